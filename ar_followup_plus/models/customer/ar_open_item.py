"""The way from an open item to its customer."""

from odoo import models
from odoo.exceptions import UserError


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_open_debtor(self):
        """Open the debtor of the item; make it for an item that was just posted."""
        self.ensure_one()
        if not self.debtor_id and self.partner_id:
            self.env["ar.debtor"].for_partner(self.partner_id.id, self.company_id.id)
            self.invalidate_recordset(["debtor_id"])
        if not self.debtor_id:
            raise UserError(
                self.env._(
                    "%(number)s has no customer: enter one in the invoice.",
                    number=self.move_name or self.env._("This item"),
                )
            )
        return self.debtor_id._get_records_action(context={})
