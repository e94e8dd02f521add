"""Documents that go with a notice: statement and copies of invoices."""

import hashlib

from odoo import fields, models

#: More copies than this become too heavy for an e-mail.
MOST_INVOICES = 10


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _attach_documents(self):
        """Make the documents that the step asks for, as copies of our own.

        Copies are kept with the notice and are proof: collectors may read them,
        though not the invoice's own files.
        """
        self.ensure_one()
        files = []
        if self.step_id.attach_statement:
            files.append(self.debtor_id._statement_pdf(self._lang()))
        if self.step_id.attach_invoices:
            moves = self.line_ids.filtered(lambda line: line.role == "about").move_id
            invoices = moves.filtered(lambda move: move.is_invoice())
            for move in invoices.sorted("invoice_date_due")[:MOST_INVOICES]:
                files.append(self._invoice_pdf(move))
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                    "description": f"sha256 {hashlib.sha256(content).hexdigest()}",
                }
                for name, content in files
            ]
        )
        self.write(
            {
                "attachment_ids": [fields.Command.set(attachments.ids)],
                "attachments_ready": True,
            }
        )

    def _invoice_pdf(self, move):
        """Return ``(name, content)`` of the invoice as it was sent, else made now."""
        if move.invoice_pdf_report_id:
            return (move.invoice_pdf_report_id.name, move.invoice_pdf_report_id.raw)
        report = self.env["ir.actions.report"].with_company(move.company_id)
        content, kind = report._render_qweb_pdf("account.account_invoices", move.ids)
        name = (move.name or "invoice").replace("/", "_")
        return (f"{name}.{kind}", content)
