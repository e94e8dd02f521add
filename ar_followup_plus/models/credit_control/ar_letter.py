"""The letter that announces a hold."""

from odoo import fields, models

from .credit_hold import CreditHold


class ArLetter(models.Model):
    _inherit = "ar.letter"

    def _after_posting(self):
        # EXTENDS ar.letter: a posted warning counts as notice given
        for letter in self:
            if letter.moment == "hold":
                CreditHold(letter.debtor_id).note_posted(letter)
        return super()._after_posting()

    def _moment_parts(self, words):
        # EXTENDS ar.letter: orders are held from the day after the date to pay
        values, blocks = super()._moment_parts(words)
        if self.moment == "hold" and self.new_date:
            day = fields.Date.add(self.new_date, days=1)
            if "hold_date" not in (self.values or {}):
                values["hold_date"] = words.day(day)
        debtor = self.debtor_id
        if self.moment == "hold" and debtor.hold_reason == "before":
            # Written-off amounts are not open items any more
            currency = debtor.company_id.currency_id
            values["total_due"] = words.money(debtor.hold_amount, currency)
        return values, blocks
