"""Customers who are suppliers too: what we owe them, and setting one against the other."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .ar_text_words import one_line
from .statement import Statement

READS = {
    "account.move.line": ["amount_residual", "amount_residual_currency", "reconciled"],
    "account.move": ["ref", "state"],
    "res.partner": ["commercial_partner_id"],
}


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    supplier_words = fields.Char(compute="_compute_supplier_words")

    @api.depends_context("lang")
    def _compute_supplier_words(self):
        found = self._supplier_standing()
        for debtor in self:
            debtor.supplier_words = (
                debtor._supplier_in_words(*found[debtor.id])
                if (debtor.id in found)
                else False
            )

    def _supplier_in_words(self, ours, theirs, since, asks):
        """Return in a sentence what we owe, and what that means."""
        self.ensure_one()
        money = self.sudo().company_id.currency_id.format
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

    def _supplier_standing(self, companies=None):
        """Return what we owe those to whom we owe anything, in one statement.

        In company currency: an order of size, not a claim.

        :param res.company companies: the companies of these customers, where known
        :return: ``{debtor id: (ours, theirs, our oldest overdue day, asks)}``; asks
            where we owe more than they do, or are late ourselves
        """
        if not self.ids:
            return {}
        for model, names in READS.items():
            self.env[model].flush_model(names)
        days = SQL(", ").join(
            SQL("(%s, %s::date)", company.id, company._ar_today())
            for company in companies or self.sudo().company_id
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
                lines=self._supplier_lines_sql(),
                ids=self.ids,
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

    @api.model
    def _supplier_lines_sql(self):
        """Return SQL that joins the open lines ``l`` of debtors ``d``."""
        return SQL(
            """JOIN res_partner p ON p.commercial_partner_id = d.partner_id
               JOIN account_move_line l ON l.partner_id = p.id
                AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
               JOIN res_company co ON co.id = l.company_id
                AND split_part(co.parent_path, '/', 1)::int = d.company_id
               JOIN account_account a ON a.id = l.account_id"""
        )

    # === SET OFF === #

    def action_set_off(self):
        """Propose in a letter to set off what we owe against what they owe.

        :raise UserError: where one of the two owes nothing
        """
        self.ensure_one()
        self.check_access("write")
        debtor_sudo = self.sudo()
        if not debtor_sudo._set_off()["sums"]:
            raise UserError(
                self.env._(
                    "There is nothing to set off with %(customer)s: each of the two "
                    "has to owe something in the same currency.",
                    customer=self.display_name,
                )
            )
        letter = debtor_sudo._ar_letter("set_off")
        if not letter:
            raise UserError(
                self.env._(
                    "The text of this letter is archived: a credit manager can "
                    "restore it under Texts of letters."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Letter"),
            "res_model": "ar.letter",
            "res_id": letter.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _set_off(self):
        """Return both lists, and what can be set off in each currency.

        Theirs without what is disputed or agreed; ours as our books have it.

        :return: ``{"theirs": rows, "ours": rows, "sums": {currency: (theirs, ours)}}``
        """
        self.ensure_one()
        theirs, ours = self._set_off_theirs(), self._set_off_ours()
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

    def _set_off_theirs(self):
        return [
            {
                "name": one_line(row["move_name"]) or "-",
                "ref": one_line(row["ref"]),
                "due": row["due_date"],
                "amount": amount,
                "currency": part["currency"],
            }
            for part in Statement(self).figures().get(self.id, [])
            for row in part["rows"]
            if (amount := row["residual"] - row["disputed"] - row["agreed"])
        ]

    def _set_off_ours(self):
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
                    lines=self._supplier_lines_sql(),
                    id=self.id,
                )
            )
        ]


class ArLetter(models.Model):
    _inherit = "ar.letter"

    def _moment_parts(self, words):
        # EXTENDS ar.letter: both lists of a set-off, and what is left
        values, blocks = super()._moment_parts(words)
        if self.moment != "set_off":
            return values, blocks
        found = self.debtor_id._set_off()
        sums = found["sums"]
        own = self.company_id.currency_id
        code = any(currency != own for currency in sums)

        def named(amounts):
            kept = {c: c.round(amount) for c, amount in amounts.items() if amount > 0}
            return words.sums(kept, code) if kept else ""

        theirs = {currency: pair[0] for currency, pair in sums.items()}
        ours = {currency: pair[1] for currency, pair in sums.items()}
        values.update(
            theirs_total=named(theirs),
            ours_total=named(ours),
            set_off_total=named({c: min(pair) for c, pair in sums.items()}),
            rest_theirs=named({c: pair[0] - pair[1] for c, pair in sums.items()}),
            rest_ours=named({c: pair[1] - pair[0] for c, pair in sums.items()}),
        )
        blocks.update(
            theirs_table=words.table(found["theirs"], theirs, code, late=False),
            ours_table=words.table(found["ours"], ours, code, late=False),
        )
        return values, blocks


class ArNotice(models.Model):
    _inherit = "ar.notice"

    supplier_words = fields.Char(related="debtor_id.supplier_words")
