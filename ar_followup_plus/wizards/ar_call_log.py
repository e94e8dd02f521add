from odoo import fields, models


class ArCallLog(models.TransientModel):
    """Asks what came of a call: with that its step is taken."""

    _name = "ar.call.log"
    _description = "Log a Call"

    notice_ids = fields.Many2many(
        "ar.notice",
        string="Calls",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    outcome = fields.Text(string="What came of it", required=True)

    def action_apply(self):
        """Log the call."""
        self.ensure_one()
        self.notice_ids.log_call(self.outcome)
        return {"type": "ir.actions.act_window_close"}
