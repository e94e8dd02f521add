"""Open items: propose a referral of them."""

from odoo import models


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_refer(self):
        """Propose a referral of these items of one customer."""
        self.check_access("read")
        self.debtor_id.check_access("write")
        return self.env["ar.referral"]._propose(self)._open()
