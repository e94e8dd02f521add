"""Netting: what we owe customers, set off against what they owe us."""

from odoo.tools import SQL, format_date

from ...tools.customer_format import one_line
from ..ledger.suppliers import LINES, READS, we_owe
from ..statement.statement import Statement


class Netting:
    """Our debts to debtors who are suppliers too, and the possible set-off."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    def in_words(self, ours, theirs, since, asks):
        """Return a sentence with the amount we owe and its consequence."""
        money = self.debtor.sudo().company_id.currency_id.format
        if since:
            text = self.env._(
                "We owe them %(amount)s ourselves, overdue since %(day)s.",
                amount=money(ours),
                day=format_date(self.env, since),
            )
        else:
            text = self.env._("We owe them %(amount)s ourselves.", amount=money(ours))
        if asks:
            text = self.env._(
                "%(what)s Firm messages and later ones need a person.", what=text
            )
        return text

    def standing(self):
        """Return our open payables to these debtors, see :func:`we_owe`."""
        return we_owe(self.debtors)

    def set_off(self):
        """Return both lists, and what can be set off in each currency.

        Their items without disputed or agreed amounts; ours as in our books.

        :return: ``{"theirs": rows, "ours": rows, "sums": {currency: (theirs, ours)}}``
        """
        theirs, ours = self._theirs(), self._ours()
        sums = {}
        for place, rows in enumerate((theirs, ours)):
            for row in rows:
                pair = sums.setdefault(row["currency"], [0, 0])
                pair[place] = row["currency"].round(pair[place] + row["amount"])
        sums = {
            currency: tuple(pair) for currency, pair in sums.items() if min(pair) > 0
        }
        return {
            "theirs": [row for row in theirs if row["currency"] in sums],
            "ours": [row for row in ours if row["currency"] in sums],
            "sums": sums,
        }

    def _theirs(self):
        """Return the collectible part of what they owe."""
        return [
            {
                "name": one_line(row["move_name"]) or "-",
                "ref": one_line(row["ref"]),
                "due": row["due_date"],
                "amount": amount,
                "currency": part["currency"],
            }
            for part in Statement(self.debtor).figures().get(self.debtor.id, [])
            for row in part["rows"]
            if (amount := row["asked"])
        ]

    def _ours(self):
        """Return our bills under the number that the supplier gave them."""
        for model, names in READS.items():
            self.env[model].flush_model(names)
        Currency = self.env["res.currency"]
        return [
            {
                "name": one_line(ref or name) or "-",
                "due": due,
                "amount": float(amount),
                "currency": Currency.browse(currency_id),
            }
            for ref, name, due, amount, currency_id in self.env.execute_query(
                SQL(
                    """SELECT m.ref, m.name, COALESCE(l.date_maturity, l.date),
                              -l.amount_residual_currency, l.currency_id
                         FROM ar_debtor d
                         %(lines)s AND a.account_type = 'liability_payable'
                         JOIN account_move m ON m.id = l.move_id
                        WHERE d.id = %(id)s AND l.amount_residual_currency <> 0
                        ORDER BY 3, l.id""",
                    lines=LINES,
                    id=self.debtor.id,
                )
            )
        ]
