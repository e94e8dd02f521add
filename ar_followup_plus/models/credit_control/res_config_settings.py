from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Terms before credit, credit hold and invoices to complete, in Settings."""

    _inherit = "res.config.settings"

    # Written together: without a day the gate may refuse
    ar_gate = fields.Selection(
        selection="_selection_ar_gate",
        compute="_compute_ar_gate",
        inverse="_inverse_ar_gate",
        readonly=False,
        required=True,
        string="Terms before credit",
    )
    ar_gate_grace = fields.Date(
        compute="_compute_ar_gate_grace",
        inverse="_inverse_ar_gate",
        readonly=False,
        string="Existing customers until",
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

    @api.model
    def _selection_ar_gate(self):
        return (
            self.env["res.company"]._fields["ar_gate"]._description_selection(self.env)
        )

    @api.depends("ar_company_id")
    def _compute_ar_gate(self):
        for settings in self:
            settings.ar_gate = settings.ar_company_id.ar_gate

    @api.depends("ar_company_id")
    def _compute_ar_gate_grace(self):
        for settings in self:
            settings.ar_gate_grace = settings.ar_company_id.ar_gate_grace

    def _inverse_ar_gate(self):
        for settings in self:
            company = settings.ar_company_id
            vals = {
                "ar_gate": settings.ar_gate,
                "ar_gate_grace": settings.ar_gate_grace,
            }
            if any(company[name] != value for name, value in vals.items()):
                company.write(vals)

    @api.onchange("ar_gate")
    def _onchange_ar_gate(self):
        """Propose until when existing customers may go on."""
        if self.ar_gate != "off" and not self.ar_gate_grace:
            self.ar_gate_grace = self.ar_company_id._ar_gate_grace_proposal()
