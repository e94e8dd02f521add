"""The last step of a ladder: propose a referral of what it is about."""

from odoo import models
from odoo.exceptions import UserError


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def action_refer(self):
        """Propose a referral of the items that the notice is about."""
        self.ensure_one()
        self.check_access("read")
        about = self.line_ids.filtered(lambda line: line.role == "about")
        # By search: what was paid meanwhile is no open item any more
        items = self.env["ar.open.item"].search(
            [
                ("id", "in", about.move_line_id.ids),
                ("debtor_id", "=", self.debtor_id.id),
            ]
        )
        if not items:
            raise UserError(
                self.env._("Nothing of what this notice is about is open any more.")
            )
        return items.action_refer()
