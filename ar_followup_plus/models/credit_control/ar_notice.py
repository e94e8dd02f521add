"""What a notice says of orders that will wait."""

from odoo import fields, models
from odoo.tools import format_date


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    hold_orders = fields.Boolean(
        string="Orders on account wait afterwards",
        help="Once the date that the notice gives is over, new orders on credit wait "
        "until what it asked for is paid. The notice says so.",
    )


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _text_extra(self):
        # EXTENDS ar.notice: the day from which orders on account wait
        extra = super()._text_extra()
        for notice in self:
            day = notice.date_given
            if (
                notice.step_id.hold_orders
                and day
                and notice.debtor_id.kind
                not in (
                    "public",
                    "consumer",
                )
            ):
                day = notice.company_id._ar_calendar().add_working(day, 3)
                extra.setdefault(notice.id, {})["hold_date"] = format_date(
                    self.env, day, date_format="long"
                )
        return extra
