from odoo import api, fields, models

from ...models.delivery.channel_letter import POSTAGE_SELECTION


class ArLetterPost(models.TransientModel):
    """Ask how letters were posted, which marks them as sent."""

    _name = "ar.letter.post"
    _inherit = ["ar.wizard"]
    _description = "Mark Letters as Mailed"

    notice_ids = fields.Many2many(
        "ar.notice",
        string="Letters",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    postage = fields.Selection(
        POSTAGE_SELECTION, string="How", required=True, default="ordinary"
    )
    tracking_number = fields.Char()

    @api.model
    def default_get(self, fields):
        """Propose registered mail for a pre-referral notice."""
        values = super().default_get(fields)
        ids = self.env.context.get("active_ids", [])
        stages = self.env["ar.notice"].browse(ids).mapped("stage")
        if "postage" in fields and stages and set(stages) == {"notice"}:
            values["postage"] = "registered"
        return values

    def action_apply(self):
        """Mark the letters as posted."""
        self.ensure_one()
        self.notice_ids.mark_posted(self.postage, self.tracking_number)
        return {"type": "ir.actions.act_window_close"}
