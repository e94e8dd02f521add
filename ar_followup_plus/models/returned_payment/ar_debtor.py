"""Returned payments on the customer's record."""

from odoo import fields, models


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    returned_count = fields.Integer(
        string="Returned", compute="_compute_returned_count"
    )
    no_cheques = fields.Boolean(
        string="No more cheques",
        tracking=True,
        help="A cheque was returned: the customer's page no longer accepts “Cheque is "
        "in the post”.",
    )

    def _compute_returned_count(self):
        counts = dict(
            self.env["ar.returned.payment"]._read_group(
                [("debtor_id", "in", self.ids), ("kind", "!=", "corrected")],
                ["debtor_id"],
                ["__count"],
            )
        )
        for debtor in self:
            debtor.returned_count = counts.get(debtor, 0)

    def action_open_returned(self):
        """Open the customer's returned payments."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_returned_payment_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        return action
