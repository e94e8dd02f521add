"""Netting: what we owe customers, set off against what they owe us."""

from odoo.tools import SQL, format_date

from ...tools.customer_format import one_line
from ..statement.statement import Statement

READS = {
    "account.move.line": ["amount_residual", "amount_residual_currency", "reconciled"],
    "account.move": ["ref", "state"],
    "res.partner": ["commercial_partner_id"],
}


class Netting:
    """What we owe debtors who are suppliers too, and what can be set off."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    def in_words(self, ours, theirs, since, asks):
        """Return in a sentence what we owe, and what that means."""
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
                "%(what)s Firm messages and later ones wait for a person.", what=text
            )
        return text

    def standing(self, companies=None):
        """Return what we owe those to whom we owe anything, in one statement.

        In company currency: an order of size, not a claim.

        :param res.company companies: the companies of these customers, where known
        :return: ``{debtor id: (ours, theirs, our oldest overdue day, asks)}``; asks
            where we owe more than they do, or are late ourselves
        """
        if not self.debtors.ids:
            return {}
        for model, names in READS.items():
            self.env[model].flush_model(names)
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._ar_today())
            for company in companies or self.debtors.sudo().company_id
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT o.id, o.ours, t.theirs, o.since
                     FROM (SELECT d.id, -sum(l.amount_residual) AS ours,
                                  min(l.date_maturity) FILTER (
                                      WHERE l.amount_residual < 0
                                        AND l.date_maturity < today.day) AS since
                             FROM ar_debtor d
                             JOIN (VALUES %(days)s) AS today (company_id, day)
                               ON today.company_id = d.company_id
                             %(lines)s AND a.account_type = 'liability_payable'
                            WHERE d.id = ANY(%(ids)s)
                            GROUP BY d.id HAVING -sum(l.amount_residual) > 0) o
                     CROSS JOIN LATERAL (
                           SELECT COALESCE(sum(l.amount_residual), 0) AS theirs
                             FROM ar_debtor d
                             %(lines)s AND a.account_type = 'asset_receivable'
                            WHERE d.id = o.id) t""",
                days=days,
                lines=self._lines_sql(),
                ids=self.debtors.ids,
            )
        )
        return {
            debtor_id: (
                float(ours),
                float(theirs),
                since,
                bool(since or ours > theirs),
            )
            for debtor_id, ours, theirs, since in rows
        }

    def _lines_sql(self):
        """Return SQL that joins the open lines ``l`` of debtors ``d``."""
        return SQL(
            """JOIN res_partner p ON p.commercial_partner_id = d.partner_id
               JOIN account_move_line l ON l.partner_id = p.id
                AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
               JOIN res_company co ON co.id = l.company_id
                AND split_part(co.parent_path, '/', 1)::int = d.company_id
               JOIN account_account a ON a.id = l.account_id"""
        )

    def set_off(self):
        """Return both lists, and what can be set off in each currency.

        Theirs without what is disputed or agreed; ours as our books have it.

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
        """Return what they owe, without what is disputed or agreed."""
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
            if (amount := row["residual"] - row["disputed"] - row["agreed"])
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
                    lines=self._lines_sql(),
                    id=self.debtor.id,
                )
            )
        ]
