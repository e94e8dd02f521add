"""Placeholders about open disputes: amounts, owner and deadline."""

from odoo import models
from odoo.tools import format_date

from .ar_dispute import OPEN_STATES


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        """Add who answers questions about the invoices in a notice."""
        extra = super()._text_extra()
        disputes = (
            self.env["ar.dispute"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.debtor_id.ids),
                    ("state", "in", OPEN_STATES),
                ],
                order="deadline, id",
            )
        )
        if not disputes:
            return extra
        by_debtor = disputes.grouped("debtor_id")
        for notice in self:
            mine = by_debtor.get(notice.debtor_id)
            values = mine and notice._dispute_words(mine)
            if values:
                extra.setdefault(notice.id, {}).update(values)
        return extra

    def _dispute_words(self, disputes):
        """Return the placeholders about disputes of this notice's customer."""
        about = self.line_ids.filtered(lambda line: line.role == "about").move_id
        apart = self.line_ids.filtered(lambda line: line.role == "apart").move_id
        shown = disputes.filtered(lambda d: d.move_id in about | apart)
        today = self.company_id._ar_today()
        told = shown.filtered(lambda d: d.deadline >= today and d.owner_id)
        if not shown:
            return {}
        names = list(dict.fromkeys(told.owner_id.mapped("name")))
        all_told = bool(told) and told == shown
        return {
            "dispute_owner": ", ".join(names) if all_told else "",
            "dispute_deadline": self._dispute_day(max(told.mapped("deadline")))
            if all_told
            else "",
            "dispute_first": " ".join(
                self._dispute_sentence(dispute, dispute in told)
                for dispute in shown.filtered(lambda d: d.move_id in about)
            ),
        }

    def _dispute_day(self, day):
        """Return a day as it is written in sentences to customers."""
        return format_date(self.env, day, date_format="long")

    def _dispute_sentence(self, dispute, told):
        amount = dispute.currency_id.with_env(self.env).format(dispute.amount_open)
        if told:
            return self.env._(
                "Your question about %(number)s is being looked into: %(owner)s will "
                "answer you by %(day)s. %(amount)s of it is not part of this message.",
                number=dispute.move_name,
                owner=dispute.owner_id.name,
                day=self._dispute_day(dispute.deadline),
                amount=amount,
            )
        return self.env._(
            "Your question about %(number)s is being looked into. %(amount)s of it is "
            "not part of this message.",
            number=dispute.move_name,
            amount=amount,
        )
