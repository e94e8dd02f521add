from odoo import api, fields, models

from ...models.company.roles import is_manager


class ArNoticeCancel(models.TransientModel):
    """Ask why notices are not sent, and when to ask again."""

    _name = "ar.notice.cancel"
    _inherit = ["ar.wizard"]
    _description = "Cancel Notices"

    notice_ids = fields.Many2many(
        "ar.notice",
        string="Notices",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    how = fields.Selection(
        selection="_selection_how", string="What is it?", required=True, default="later"
    )
    reason = fields.Char()
    again_on = fields.Date(
        string="Ask again on",
        default=lambda self: fields.Date.add(self.env.company._ar_today(), days=7),
    )

    @api.model
    def _selection_how(self):
        manager = is_manager(self.env)
        return [
            (key, label)
            for key, label in self.env["ar.notice"]
            ._fields["cancel_how"]
            ._description_selection(self.env)
            if key != "lapsed" and (manager or key != "not_needed")
        ]

    def action_apply(self):
        """Cancel."""
        self.ensure_one()
        again_on = self.again_on if self.how in ("later", "answered") else None
        self.notice_ids.cancel(self.how, self.reason, again_on)
        return {"type": "ir.actions.act_window_close"}
