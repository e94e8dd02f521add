"""The aged list of a day as a table, beside the general ledger."""

from typing import NamedTuple

from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ...engine.aging import label
from .aging_query import differing_query, ledger_query

#: Columns beside the buckets, in their order, and those that repeat a part of them.
PARTS = ("disputed", "promised", "planned")
#: Lines of a PDF: more are for a spreadsheet.
MOST_LINES = 3000


class Tie(NamedTuple):
    """The aged list of a company beside its receivable accounts."""

    company: object
    listed: float
    ledger: float

    @property
    def difference(self):
        """The list less the ledger, rounded; 0 if they agree."""
        return self.company.currency_id.round(self.listed - self.ledger)


class Aging:
    """The receivables of the companies that the user works in, on one day."""

    def __init__(self, env, terms, ranges_text):
        """
        :param AgingTerms terms: checked
        :param str ranges_text: its buckets, as a person wrote them
        """
        self.env = env
        self.terms = terms
        self.context = terms.context(ranges_text)
        self.items = env["ar.aging.item"].with_context(**self.context)

    # === BESIDE THE GENERAL LEDGER === #

    def ties(self):
        """Return a :class:`Tie` for each company; company currency, whatever is shown."""
        listed = self.items.with_context(aging_amounts="company")._read_group(
            [], ["company_id"], ["amount:sum"]
        )
        listed = {company.id: amount for company, amount in listed}
        self.env["account.move.line"].flush_model()
        ledger = dict(self.env.execute_query(ledger_query(self.env, self.terms.day)))
        return [
            Tie(
                company, listed.get(company.id, 0.0), float(ledger.get(company.id, 0.0))
            )
            for company in self.env.companies
        ]

    def tie_text(self):
        """Return the sentence about the ledger, and whether it is a good one.

        :return: (sentence, whether the list and the ledger agree)
        """
        ties = self.ties()
        wrong = [tie for tie in ties if tie.difference]
        shown = ", ".join(
            self._tie_amount(tie, len(ties) > 1) for tie in wrong or ties[:1]
        )
        if wrong:
            return (
                self.env._(
                    "Differs from the general ledger: %(difference)s", difference=shown
                ),
                False,
            )
        return (
            self.env._(
                "Ties to the general ledger: difference %(difference)s",
                difference=format_amount(self.env, 0.0, ties[0].company.currency_id),
            ),
            True,
        )

    def _tie_amount(self, tie, named):
        amount = format_amount(self.env, tie.difference, tie.company.currency_id)
        return f"{tie.company.display_name} {amount}" if named else amount

    def differing_ids(self):
        """Return the journal items by which the list and the ledger differ."""
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        return [
            row[0]
            for row in self.env.execute_query(differing_query(self.env, self.terms.day))
        ]

    # === TABLE === #

    def columns(self):
        """Return the columns of amounts, ``{field: heading}``, the total last."""
        names = self.items.fields_get(
            ["not_due", "credits", "exchange", "amount", *PARTS], ["string"]
        )
        buckets = {
            f"bucket_{number}": label(one)
            for number, one in enumerate(self.terms.ranges, 1)
        }
        order = {"not_due": None, **buckets, "credits": None, "exchange": None}
        return {
            name: heading or names[name]["string"]
            for name, heading in {
                **order,
                "amount": None,
                **dict.fromkeys(PARTS),
            }.items()
        }

    def table(self, group):
        """Return the amounts by currency and group, in one SQL statement.

        :param str group: the field of ``ar.aging.item`` with a row for each value
        :return: ``[(currency, [(name of the group, {field: amount})], {field: sum})]``
        """
        columns = list(self.columns())
        rows = self.items._read_group(
            [], ["currency_id", group], [f"{name}:sum" for name in columns]
        )
        parts = {}
        for currency, value, *amounts in rows:
            rounded = [currency.round(amount or 0.0) for amount in amounts]
            parts.setdefault(currency, []).append(
                (self._named(group, value), dict(zip(columns, rounded, strict=True)))
            )
        result = []
        for currency, lines in sorted(parts.items(), key=lambda part: part[0].name):
            lines.sort(key=lambda line: (line[0] or "").lower())
            sums = {
                name: currency.round(sum(line[1][name] for line in lines))
                for name in columns
            }
            result.append((currency, lines, sums))
        return result

    def _named(self, group, value):
        if not value:
            return self.env._("None")
        field = self.items._fields[group]
        if field.type == "selection":
            return dict(field._description_selection(self.env))[value]
        # sudo: users and customers are named, whoever may read them
        return value.sudo().display_name

    def printable_table(self, group):
        """Return the table for a PDF.

        :raise UserError: if it has too many lines
        """
        table = self.table(group)
        if sum(len(lines) for _currency, lines, _sums in table) > MOST_LINES:
            raise UserError(
                self.env._(
                    "More than %(most)s lines: choose the spreadsheet, or another "
                    "grouping.",
                    most=MOST_LINES,
                )
            )
        return table

    def title(self):
        """Return the heading of the list: its day, and which date counts."""
        day = format_date(self.env, self.terms.day)
        if self.terms.by == "invoice":
            return self.env._("Receivables on %(day)s, by invoice date", day=day)
        return self.env._("Receivables on %(day)s, by due date", day=day)

    def item_rows(self, limit):
        """Return the items for a spreadsheet, as the user may read them.

        :return: rows of (customer id, number, invoice date, due date, days, currency
            id, amount in document currency, shown currency id, amount, place)
        """
        names = (
            "partner_id",
            "name",
            "invoice_date",
            "due_date",
            "days",
            "document_currency_id",
            "amount_document",
            "currency_id",
            "amount",
        )
        query = self.items._search([], order="partner_id, due_date, id", limit=limit)
        table = self.items._table
        return self.env.execute_query(
            query.select(
                *(self.items._field_to_sql(table, name, query) for name in names),
                SQL.identifier(table, "place"),
            )
        )
