from odoo import api, fields, models


class ArReferralPay(models.TransientModel):
    """Ask for a payment of the customer to the referral partner."""

    _name = "ar.referral.pay"
    _inherit = ["ar.wizard"]
    _description = "Payment to a Referral Partner"

    referral_id = fields.Many2one("ar.referral", required=True)
    currency_id = fields.Many2one(related="referral_id.currency_id", related_sudo=False)
    paid_on = fields.Date(required=True, default=fields.Date.context_today)
    gross = fields.Monetary(string="Paid by the customer")
    commission = fields.Monetary()
    net = fields.Monetary(string="Paid out to us", compute="_compute_net")
    reference = fields.Char(help="Of the partner's settlement.")

    @api.depends("gross", "commission")
    def _compute_net(self):
        for wizard in self:
            wizard.net = wizard.gross - wizard.commission

    def action_apply(self):
        """Enter it; drafts for accounting are made."""
        self.ensure_one()
        self.referral_id._enter_payment(
            self.paid_on, self.gross, self.commission, self.reference
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
