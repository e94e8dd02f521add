from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Terms before credit, credit hold and invoices to complete, in Settings."""

    _inherit = "res.config.settings"

    # The day before the gate: both are written one after the other, in this order,
    # and without a day the gate would refuse
    ar_gate_grace = fields.Date(related="ar_company_id.ar_gate_grace", readonly=False)
    ar_gate = fields.Selection(
        related="ar_company_id.ar_gate", readonly=False, required=True
    )
    ar_gate_invoices = fields.Boolean(
        related="ar_company_id.ar_gate_invoices", readonly=False
    )
    ar_gate_note = fields.Char(related="ar_company_id.ar_gate_note")
    ar_hold_rule = fields.Boolean(related="ar_company_id.ar_hold_rule", readonly=False)
    ar_hold_amount = fields.Float(
        related="ar_company_id.ar_hold_amount", readonly=False
    )
    ar_hold_days = fields.Integer(related="ar_company_id.ar_hold_days", readonly=False)
    ar_hold_notice_days = fields.Integer(
        related="ar_company_id.ar_hold_notice_days", readonly=False
    )
    ar_invoicing_user_id = fields.Many2one(
        related="ar_company_id.ar_invoicing_user_id", readonly=False
    )

    @api.onchange("ar_gate")
    def _onchange_ar_gate(self):
        """Propose until when existing customers may go on."""
        if self.ar_gate != "off" and not self.ar_gate_grace:
            self.ar_gate_grace = self.ar_company_id._ar_gate_grace_proposal()
