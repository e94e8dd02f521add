from odoo import fields, models

#: Acts that write to a customer by a button, and the model of their record.
AGAIN_ACTS = [
    ("offer", "Send the link to the offer"),
    ("returned", "Tell them that a payment came back"),
    ("hold", "Tell them about the credit hold"),
]
ACT_MODELS = {
    "offer": "ar.payment.plan",
    "returned": "ar.returned.payment",
    "hold": "ar.debtor",
}


class ArContactAgain(models.TransientModel):
    """Ask whether to write to a customer who was contacted today already."""

    _name = "ar.contact.again"
    _inherit = ["ar.wizard"]
    _description = "Another Message Today"

    warning = fields.Char(readonly=True)
    act = fields.Selection(AGAIN_ACTS, required=True, readonly=True)
    record_id = fields.Integer(required=True, readonly=True)

    def action_apply(self):
        """Write to the customer all the same."""
        self.ensure_one()
        record = self.env[ACT_MODELS[self.act]].browse(self.record_id).exists()
        if self.act == "offer":
            record._send_link_again()
        elif self.act == "returned":
            record._tell_came_back()
        else:
            record._warn_by_hand()
        return {"type": "ir.actions.act_window_close"}
