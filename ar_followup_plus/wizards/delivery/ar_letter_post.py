from odoo import api, fields, models

from ...models.delivery.channel_letter import POSTAGE_SELECTION
from ...models.voice.voice import Voice


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
    warning = fields.Char(compute="_compute_warning")

    @api.depends("notice_ids")
    def _compute_warning(self):
        """Say which of these customers were written to today.

        A letter and an e-mail of one step are one contact.
        """
        for wizard in self:
            letters = wizard.notice_ids
            sent = letters.search(
                [
                    ("debtor_id", "in", letters.debtor_id.ids),
                    ("step_id", "in", letters.step_id.ids),
                    ("state", "=", "sent"),
                ]
            )
            siblings = {
                (notice.debtor_id, notice.step_id)
                for notice in sent
                if notice.sent_on == notice.company_id._ar_today()
            }
            others = letters.filtered(
                lambda n, known=siblings: (n.debtor_id, n.step_id) not in known
            )
            voice = Voice(others.debtor_id)
            wizard.warning = voice.question(today_only=True)

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
