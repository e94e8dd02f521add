import base64

from odoo import api, fields, models

from ...tools.picture_size import check_pictures


class ArContactStop(models.TransientModel):
    """Ask why to stop all contact with some debtors, and for the document on it."""

    _name = "ar.contact.stop"
    _inherit = ["ar.wizard"]
    _description = "Stop All Contact"

    debtor_ids = fields.Many2many(
        "ar.debtor",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    reason = fields.Selection(selection="_selection_reason", required=True)
    until = fields.Date(
        string="Last day", help="Empty: until a credit manager lifts it."
    )
    note = fields.Char(help="Who told us, and what colleagues should know.")
    document = fields.Binary(
        help="A letter from the court or the lawyer, for instance."
    )
    document_name = fields.Char()

    @api.model
    def _selection_reason(self):
        return (
            self.env["ar.debtor"]
            ._fields["stop_reason"]
            ._description_selection(self.env)
        )

    def action_apply(self):
        """Stop all contact, and store the document on the debtor."""
        self.ensure_one()
        self.debtor_ids.stop_contact(self.reason, self.until, self.note)
        document = self.with_context(bin_size=False).document
        if document:
            name = self.document_name or self.env._("Document")
            files = [(name, base64.b64decode(document))]
            check_pictures(self.env, files)
            for debtor in self.debtor_ids:
                debtor.message_post(
                    body=self.env._("Document on the contact stop"), attachments=files
                )
        return {"type": "ir.actions.act_window_close"}
