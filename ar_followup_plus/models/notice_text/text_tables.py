"""The tables of a notice: its items, less credits."""

from odoo.tools import float_compare

from ...tools.customer_format import one_line


class NoticeTables:
    """The lists of one notice as tables.

    A notice asks for the open amount of an item, less held amounts and less credits.
    The table shows the amount before credits, the credits below it, and the total that
    is asked for.

    :param TextReader reader: with the lines of the notice
    :param Words words: of the customer's language
    :param ar.notice notice: the notice
    """

    def __init__(self, reader, words, notice):
        self.reader = reader
        self.words = words
        self.notice = notice
        self.day = reader.days[notice.id]
        lines = reader.lines_of(
            notice, "about", "also", "coming", "apart", "agreed", "credit"
        )
        own = notice.company_id.currency_id
        # A symbol shared by several currencies is ambiguous
        self.code = any(currency != own for currency in lines.currency_id)
        self._apart, self._lists = {}, {}
        for line in lines:
            if line.role in ("apart", "agreed") and line.move_line_id:
                item = line.move_line_id.id
                self._apart[item] = self._apart.get(item, 0) + line.amount

    def all(self):
        """Return the tables, by the list that they show."""
        return {
            "items": self._items(),
            "also": self._list("also"),
            "coming": self._list("coming", late=False),
            "apart": self.words.table(
                [
                    {**self._row(line), "state": self.words.labels[line.role]}
                    for line in self._sorted("apart", "agreed")
                    if line.amount
                ],
                {},
                self.code,
                late=False,
                state=True,
            ),
        }

    def totals(self, role):
        """Return the sum of a list for each currency, without what is zero."""
        sums = {}
        for line in self._sorted(role):
            sums[line.currency_id] = sums.get(line.currency_id, 0) + line.amount
        return {c: c.round(s) for c, s in sums.items() if not c.is_zero(s)}

    def taken_off(self):
        """Return the total of credits and payments, for each currency."""
        sums = {}
        for line in self._sorted("about"):
            off = self._off(line)
            if off:
                sums[line.currency_id] = sums.get(line.currency_id, 0) + off
        return {c: c.round(s) for c, s in sums.items() if not c.is_zero(s)}

    def _off(self, line):
        """Return the credits and pending payments of an item."""
        currency = line.currency_id
        apart = self._apart.get(line.move_line_id.id, 0) if line.move_line_id else 0
        off = line.amount_residual_currency - line.amount - apart
        return currency.round(off) if currency.compare_amounts(off, 0) > 0 else 0

    def _sorted(self, *roles):
        """Return lines by currency, the company's own first, then oldest first."""
        if roles not in self._lists:
            own = self.notice.company_id.currency_id
            self._lists[roles] = self.reader.lines_of(self.notice, *roles).sorted(
                lambda line: (
                    line.currency_id != own,
                    line.currency_id.name or "",
                    str(line.date_due or ""),
                    line.id,
                )
            )
        return self._lists[roles]

    def _list(self, role, late=True):
        rows = [self._row(line) for line in self._sorted(role) if line.amount]
        late = late and any(row["days"] for row in rows)
        return self.words.table(rows, self.totals(role), self.code, late)

    def _items(self):
        """Return the table of the items that are asked for, with credits."""
        rows = []
        lines = self._sorted("about")
        credits = self._sorted("credit")
        for currency in dict.fromkeys(line.currency_id for line in lines):
            mine = lines.filtered(lambda line, c=currency: line.currency_id == c)
            offs = {line: self._off(line) for line in mine}
            rows += [
                {**self._row(line), "amount": currency.round(line.amount + off)}
                for line, off in offs.items()
                if line.amount + off
            ]
            against = credits.filtered(lambda line, c=currency: line.currency_id == c)
            rows += self._credit_rows(currency, offs, against)
        late = any(row.get("days") for row in rows)
        return self.words.table(rows, self.totals("about"), self.code, late)

    def _credit_rows(self, currency, offs, credits):
        """Return a row for each credit whose whole amount reduces these items.

        Credits can also cover other items. Amounts that belong to no single credit
        share one row, so that the rows add up to the total.
        """
        left = currency.round(sum(offs.values()))
        if not left:
            return []
        worth = {line: -line.amount for line in credits}
        if not float_compare(
            sum(worth.values()), left, precision_digits=currency.decimal_places
        ):
            chosen = list(worth)
        else:
            chosen = []
            for off in filter(None, offs.values()):
                twin = next(
                    (
                        line
                        for line, amount in worth.items()
                        if line not in chosen
                        and not currency.compare_amounts(amount, off)
                    ),
                    None,
                )
                if twin is not None:
                    chosen.append(twin)
        rows = [self._row(line) for line in chosen]
        left = currency.round(left - sum(worth[line] for line in chosen))
        if left:
            rows.append(
                {
                    "name": self.words.labels["taken_off"],
                    "currency": currency,
                    "amount": -left,
                }
            )
        return rows

    def _row(self, line):
        """Return a line as a row of a table."""
        move, labels = line.move_id, self.words.labels
        what = ""
        if line.role == "credit":
            what = labels["credit"]
            if move.move_type == "out_refund":
                what = labels["credit_note"]
        early = self.reader.early.get((self.notice.id, line.move_line_id.id))
        if early:
            what = self.words.early(
                early.amount, line.currency_id, early.until, self.code
            )
        credit = line.role == "credit"
        days = (self.day - line.date_due).days if line.date_due else 0
        return {
            "name": one_line(line.move_name or move.name) or "-",
            "link": None if credit else self.reader.link_of(self.notice, move),
            "ref": one_line(move.ref) if move.is_invoice() and not credit else "",
            "what": what,
            "due": None if credit else line.date_due,
            "days": 0 if credit else max(days, 0),
            "amount": line.amount,
            "currency": line.currency_id,
        }


def overdue_rows(parts):
    """Return overdue amounts that may be asked for, as table rows.

    :param parts: the figures of a statement of today
    :return: the rows, ``{currency: sum}``
    """
    rows, sums = [], {}
    for part in parts:
        for row in part["rows"]:
            amount = row["asked"]
            if not row["days"] or amount <= 0:
                continue
            currency = part["currency"]
            sums[currency] = currency.round(sums.get(currency, 0) + amount)
            rows.append(
                {
                    "name": one_line(row["move_name"]) or "-",
                    "ref": one_line(row["ref"]),
                    "due": row["due_date"],
                    "days": row["days"],
                    "amount": amount,
                    "currency": currency,
                }
            )
    return rows, sums
