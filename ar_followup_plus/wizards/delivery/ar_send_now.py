from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...models.notice.waiting_notices import WaitingNotices


class ArSendNow(models.TransientModel):
    """Show the messages to send to one customer now, and send them."""

    _name = "ar.send.now"
    _inherit = ["ar.wizard"]
    _description = "Send Now"

    debtor_id = fields.Many2one("ar.debtor", required=True, readonly=True)
    notice_ids = fields.Many2many("ar.notice", compute="_compute_notices")
    warning = fields.Char(compute="_compute_notices")

    @api.depends("debtor_id")
    def _compute_notices(self):
        for wizard in self:
            debtor = wizard.debtor_id
            wizard.notice_ids = WaitingNotices(debtor).to_send()
            wizard.warning = debtor and wizard._contacted_lately()

    def _contacted_lately(self):
        """Return a warning if the customer was contacted within the gap."""
        company = self.debtor_id.sudo().company_id
        last = self.debtor_id.last_contact_date
        if not last or (company._ar_today() - last).days >= company.ar_gap_days:
            return False
        return self.env._(
            "This customer was contacted on %(day)s. Is another message needed?",
            day=format_date(self.env, last),
        )

    def action_apply(self):
        """Approve the messages shown, and start the delivery."""
        self.ensure_one()
        self.debtor_id.check_access("write")
        self.debtor_id._check_not_held()
        notices = WaitingNotices(self.debtor_id).to_send()
        if not notices:
            raise UserError(
                self.env._("Nothing is pending any more: it was sent or paid.")
            )
        notices.filtered(lambda notice: notice.state == "proposed").approve()
        if notices.filtered(lambda notice: notice.state == "proposed"):
            return self.debtor_id.action_send_now()  # the figures changed
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": notices._sending_text(),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
