import io

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...models.analytics.aging_terms import checked_day
from ...tools.file_names import plain_file
from ...tools.printing import XLSX, download_action

#: Lines of a PDF: more are for a spreadsheet.
MOST_LINES = 3000


class ArFinancingAsk(models.TransientModel):
    """Ask of which day, and by which rules, receivables are fit for financing."""

    _name = "ar.financing.ask"
    _inherit = ["ar.wizard"]
    _description = "Receivables Fit for Financing"

    rule_id = fields.Many2one(
        "ar.financing.rule",
        string="Rules",
        required=True,
        default=lambda self: self._default_rule_id(),
    )
    day = fields.Date(
        string="As of",
        required=True,
        default=lambda self: self.env.company._ar_today(),
    )

    @api.model
    def _default_rule_id(self):
        return self.env["ar.financing.rule"].search([], limit=1)

    def _items(self):
        """Return the model of the items as it is asked for.

        :raise UserError: for a day in the future
        """
        self.ensure_one()
        self.rule_id.check_access("read")
        items = self.env["ar.financing.item"]
        items.check_access("read")
        return items._on(self.rule_id, checked_day(self.env, self.day))

    def _title(self):
        return self.env._(
            "Receivables fit for financing on %(day)s: %(rules)s",
            day=format_date(self.env, self.day),
            rules=self.rule_id.name,
        )

    def _summary(self):
        """Return what is open, accepted and lent, and the rest by reason.

        :return: ({"amount", "eligible", "excluded", "advance"}, [(reason, amount)])
        """
        names = ("amount", "eligible", "excluded", "advance")
        rows = self._items()._read_group(
            [], ["reason"], [f"{name}:sum" for name in names]
        )
        currency = self.env.company.currency_id
        totals = {
            name: currency.round(sum(row[number] or 0.0 for row in rows))
            for number, name in enumerate(names, 1)
        }
        reasons = dict(
            self.env["ar.financing.item"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        return totals, [
            (reasons[row[0]], currency.round(row[3]))
            for row in rows
            if row[0] and row[3]
        ]

    def _customers(self):
        """Return (customer, open, accepted, not accepted, advance) by customer."""
        rows = self._items()._read_group(
            [],
            ["partner_id"],
            ["amount:sum", "eligible:sum", "excluded:sum", "advance:sum"],
        )
        if len(rows) > MOST_LINES:
            raise UserError(
                self.env._(
                    "More than %(most)s customers: choose the spreadsheet.",
                    most=MOST_LINES,
                )
            )
        return [
            # sudo: customers are named, whoever may read them
            (partner.sudo().display_name or self.env._("None"), *amounts)
            for partner, *amounts in rows
        ]

    def action_show(self):
        """Open the items."""
        items = self._items()
        return {
            "type": "ir.actions.act_window",
            "name": self._title(),
            "res_model": items._name,
            "views": [(False, "list"), (False, "pivot")],
            "context": {
                "financing_rule": self.rule_id.id,
                "financing_day": fields.Date.to_string(self.day),
                "group_by": ["partner_id"],
            },
        }

    def action_print(self):
        """Print the borrowing base as PDF."""
        self._items()
        return self.env.ref("ar_followup_plus.action_report_financing").report_action(
            self
        )

    def action_spreadsheet(self):
        """Download the borrowing base as spreadsheet."""
        name = plain_file(self.env._("Financing %(day)s.xlsx", day=self.day))
        return download_action(self, name, self._xlsx(), XLSX)

    def _xlsx(self):
        """Return a sheet with the borrowing base, and one with the items.

        Texts are written as strings, so that a name that begins with "=" is no formula.
        """
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            bold = book.add_format({"bold": True})
            zeros = "0" * self.env.company.currency_id.decimal_places
            money = book.add_format({"num_format": f"#,##0.{zeros}".rstrip(".")})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            self._write_base(book, bold, money)
            self._write_items(book, bold, money, day)
        return output.getvalue()

    def _write_base(self, book, bold, money):
        sheet = book.add_worksheet(self.env._("Borrowing base")[:31])
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, 1, 16)
        sheet.write_string(0, 0, self._title(), bold)
        totals, reasons = self._summary()
        names = self.env["ar.financing.item"].fields_get(list(totals), ["string"])
        lines = [
            (names["amount"]["string"], totals["amount"]),
            *((name, -amount) for name, amount in reasons),
            (names["eligible"]["string"], totals["eligible"]),
            (names["advance"]["string"], totals["advance"]),
        ]
        for line, (name, amount) in enumerate(lines, 2):
            sheet.write_string(line, 0, name)
            sheet.write_number(line, 1, amount, money)

    def _write_items(self, book, bold, money, day):
        names = {
            "partner_id": str,
            "name": str,
            "invoice_date": day,
            "due_date": day,
            "days": None,
            "amount": money,
            "eligible": money,
            "excluded": money,
            "advance": money,
            "reason": str,
        }
        items = self._items()
        heads = items.fields_get(list(names), ["string", "selection"])
        reasons = dict(heads["reason"]["selection"])
        sheet = book.add_worksheet(self.env._("Items")[:31])
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, len(names), 14)
        for column, name in enumerate(names):
            sheet.write_string(0, column, heads[name]["string"], bold)
        for line, row in enumerate(items.search_read([], list(names)), 1):
            row["partner_id"] = row["partner_id"] and row["partner_id"][1]
            row["reason"] = reasons.get(row["reason"])
            for column, (name, kind) in enumerate(names.items()):
                if kind is str:
                    sheet.write_string(line, column, row[name] or "")
                elif kind is day:
                    sheet.write_datetime(line, column, row[name], day)
                else:
                    sheet.write_number(line, column, row[name], kind)
