"""The announcement of a credit hold in a notice."""

from odoo import fields, models
from odoo.tools import format_date

from .credit_hold import BANK_DAYS, NOT_ANNOUNCED


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    hold_orders = fields.Boolean(
        string="Orders on account are held afterwards",
        help="After the date that the notice names, new orders on credit are held until"
        " the amount demanded is paid. The notice says so.",
    )

    def _announcing_hold(self):
        """Return the steps and channels whose text names the first day of the hold.

        :return: ``{(step id, channel)}``
        :rtype: set
        """
        found = set()
        for step in self.search([("hold_orders", "=", True)]):
            body = step.letter_body or step._letter_text(step.stage).body
            letter = "{hold_date}" in str(body or "")
            mail = "hold_date" in str(step.mail_template_id.body_html or "")
            if mail or (letter and step.attach_letter):
                found.add((step.id, "email"))
            if letter:
                found.add((step.id, "letter"))
        return found


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        # EXTENDS ar.notice: the day from which orders on account are held
        extra = super()._text_extra()
        for notice in self:
            day = notice.date_given
            if (
                notice.step_id.hold_orders
                and day
                and notice.debtor_id.kind not in NOT_ANNOUNCED
            ):
                day = notice.company_id._ar_calendar().add_working(day, BANK_DAYS)
                extra.setdefault(notice.id, {})["hold_date"] = format_date(
                    self.env, day, date_format="long"
                )
        return extra
