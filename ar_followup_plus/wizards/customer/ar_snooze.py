from odoo import fields, models

from ...models.customer.ar_debtor import SNOOZE_KINDS


class ArSnooze(models.TransientModel):
    """Ask until when, and why, to snooze some debtors."""

    _name = "ar.snooze"
    _inherit = ["ar.wizard"]
    _description = "Snooze the Follow-up"

    debtor_ids = fields.Many2many(
        "ar.debtor",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    until = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(self.env.company._ar_today(), days=7),
        help="The first day on which the follow-up goes on.",
    )
    kind = fields.Selection(SNOOZE_KINDS, required=True, default="clarify")
    reason = fields.Char(required=True)

    def action_apply(self):
        """Snooze."""
        self.ensure_one()
        self.debtor_ids.snooze(self.until, self.reason, self.kind)
        return {"type": "ir.actions.act_window_close"}
