from odoo import fields, models

from ...models.referral.ar_referral import OUTCOME_SELECTION


class ArReferralEnd(models.TransientModel):
    """Ask how and why a referral ends."""

    _name = "ar.referral.end"
    _inherit = ["ar.wizard"]
    _description = "End a Referral"

    referral_id = fields.Many2one("ar.referral", required=True)
    outcome = fields.Selection(OUTCOME_SELECTION, string="How it ended", required=True)
    reason = fields.Text(required=True)

    def action_apply(self):
        """End it."""
        self.ensure_one()
        self.referral_id._end_by_hand(self.outcome, self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
