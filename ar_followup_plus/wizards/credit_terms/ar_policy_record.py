import base64

from odoo import fields, models

from ...models.credit_terms.credit_terms import CreditTerms


class ArPolicyRecord(models.TransientModel):
    """Record terms that a customer accepted elsewhere: on paper, or in a contract."""

    _name = "ar.policy.record"
    _inherit = ["ar.wizard"]
    _description = "Accepted on Paper"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    how = fields.Selection(
        [
            ("paper", "Our terms of payment, signed on paper"),
            ("contract", "Their own or a framework contract"),
        ],
        string="What",
        required=True,
        default="paper",
    )
    document = fields.Binary(required=True, help="The scan, or the contract, as PDF.")
    document_name = fields.Char()
    signer_name = fields.Char(string="Signed by")
    signer_function = fields.Char(string="Function")
    signed_on = fields.Date(string="Signed on", required=True)
    valid_until = fields.Date(help="Afterwards the customer is asked for our terms.")

    def action_apply(self):
        """Store it on the customer."""
        self.ensure_one()
        document = self.with_context(bin_size=False).document
        CreditTerms(self.debtor_id).record(
            self.how,
            (self.document_name or "", base64.b64decode(document or b"")),
            self.signer_name,
            self.signer_function,
            self.signed_on,
            self.valid_until,
        )
        return {"type": "ir.actions.act_window_close"}


class ArPolicyWithdraw(models.TransientModel):
    """Ask why a request, or an acceptance, is withdrawn."""

    _name = "ar.policy.withdraw"
    _inherit = ["ar.wizard"]
    _description = "Withdraw an Acceptance"

    acceptance_ids = fields.Many2many(
        "ar.credit.policy.acceptance",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        """Withdraw, with the reason."""
        self.ensure_one()
        self.acceptance_ids.withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
