import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf


class ArMessagePreview(models.TransientModel):
    """Preview a customer's message before anything is created or sent."""

    _name = "ar.message.preview"
    _inherit = ["ar.wizard"]
    _description = "Preview of a Message"

    step_id = fields.Many2one("ar.ladder.step", readonly=True, ondelete="cascade")
    debtor_id = fields.Many2one("ar.debtor", string="Customer", ondelete="cascade")
    channel = fields.Selection(
        lambda self: (
            self.env["ar.notice"]._fields["channel"]._description_selection(self.env)
        ),
        readonly=True,
        default="email",
    )
    message_html = fields.Html(readonly=True, sanitize=False)
    pdf = fields.Binary(attachment=False, readonly=True)
    pdf_name = fields.Char(readonly=True)

    @api.model
    def _open(self, step, debtor):
        """Return the dialog for a step and a customer.

        :raise UserError: for a step that sends nothing, or without any customer
        """
        chosen = step.channels.split(",")
        channel = next(
            (c.code for c in step._channels() if c.is_written and c.code in chosen),
            None,
        )
        if not channel:
            raise UserError(
                self.env._("A call has no text to preview: this step sends nothing.")
            )
        if not debtor:
            raise UserError(
                self.env._("No customer owes anything, so there is nothing to show.")
            )
        preview = self.create(
            {"step_id": step.id, "debtor_id": debtor.id, "channel": channel}
        )
        return preview.action_show()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("As a customer gets it"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_customer(self):
        if not self.debtor_id:
            raise UserError(self.env._("Choose a customer first."))

    def action_show(self):
        """Show the message with the data of the selected customer."""
        self.ensure_one()
        self._check_customer()
        with self.step_id._sample(self.debtor_id, self.channel) as notice_sudo:
            shown = notice_sudo._shown_message()
        self.message_html = shown
        return self._reopen()

    def action_send_to_me(self):
        """Send the e-mail with this customer's data to the user alone."""
        self.ensure_one()
        self._check_customer()
        with self.step_id._sample(self.debtor_id, self.channel) as notice_sudo:
            notice_sudo._check_copy()
            subject, body = notice_sudo._render_for_me()
            company_sudo = notice_sudo.company_id
        return self.env["ar.notice"]._send_copy(company_sudo, subject, body)

    def action_pdf(self):
        """Show the letter as it would be printed."""
        self.ensure_one()
        self._check_customer()
        with self.step_id._sample(self.debtor_id, "letter") as notice_sudo:
            content = notice_sudo._preview_pdf()
        return self._show_pdf(content)

    def _show_pdf(self, content):
        """Store a PDF for the user alone, and return the action that opens it."""
        self.write(
            {
                "pdf": base64.b64encode(content),
                "pdf_name": self.env._("Preview") + ".pdf",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/pdf/{self.pdf_name}",
            "target": "new",
        }

    @api.model
    def _merge(self, contents):
        """Return several PDFs as one."""
        return contents[0] if len(contents) == 1 else merge_pdf(contents)
