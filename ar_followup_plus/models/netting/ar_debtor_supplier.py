"""Customers who are suppliers too: what we owe them, and netting."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .netting import Netting


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    supplier_words = fields.Char(compute="_compute_supplier_words")

    @api.depends_context("lang")
    def _compute_supplier_words(self):
        found = Netting(self).standing()
        for debtor in self:
            debtor.supplier_words = (
                Netting(debtor).in_words(*found[debtor.id])
                if (debtor.id in found)
                else False
            )

    # === SET OFF === #

    def action_set_off(self):
        """Propose a set-off of mutual debts in a letter.

        :raise UserError: if either side owes nothing
        """
        self.ensure_one()
        self.check_access("write")
        debtor_sudo = self.sudo()
        if not Netting(debtor_sudo).set_off()["sums"]:
            raise UserError(
                self.env._(
                    "There is nothing to set off with %(customer)s: each of the two "
                    "has to owe something in the same currency.",
                    customer=self.display_name,
                )
            )
        letter = debtor_sudo.env["ar.letter"]._for_moment(debtor_sudo, "set_off")
        if not letter:
            raise UserError(
                self.env._(
                    "The text of this letter is archived: a credit manager can restore "
                    "it under Letter templates."
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


class ArLetter(models.Model):
    _inherit = "ar.letter"

    def _moment_parts(self, words):
        # EXTENDS ar.letter: both lists of a set-off, and the balance
        values, blocks = super()._moment_parts(words)
        if self.moment != "set_off":
            return values, blocks
        found = Netting(self.debtor_id).set_off()
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
