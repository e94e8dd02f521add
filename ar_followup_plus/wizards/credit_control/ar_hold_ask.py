import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...models.company.roles import COLLECTOR, has_role
from ...models.credit_control.credit_check import CreditCheck
from ...models.credit_control.credit_hold import CreditHold
from ...models.credit_terms.credit_terms import CreditTerms


class ArHoldAsk(models.TransientModel):
    """Ask why to hold orders, or to release them although something is owed."""

    _name = "ar.hold.ask"
    _inherit = ["ar.wizard"]
    _description = "Credit Hold"

    debtor_ids = fields.Many2many(
        "ar.debtor",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    stage = fields.Selection(
        [
            ("watch", "Watch: colleagues see it"),
            ("warn", "Warn: orders on credit are held from a date"),
            ("hold", "Hold: orders on credit are held from today"),
            ("release", "Release: orders are allowed until a date"),
        ],
        required=True,
        default="warn",
    )
    on = fields.Date(
        string="Orders are held from", help="Empty: after the days of notice."
    )
    until = fields.Date(string="Last day")
    note = fields.Char(string="Why", required=True)

    def action_apply(self):
        """Place or release the hold."""
        self.ensure_one()
        if self.stage == "release":
            CreditHold(self.debtor_ids).release(self.until, self.note)
        else:
            CreditHold(self.debtor_ids).place(
                self.stage, self.note, self.stage == "warn" and self.on, self.until
            )
        return {"type": "ir.actions.act_window_close"}


class ArGateAsk(models.TransientModel):
    """Options for an order or invoice on credit that is blocked.

    It is opened by salespeople, who may not read debtors: the customer is found from
    the document, which they must be allowed to change.
    """

    _name = "ar.gate.ask"
    _inherit = ["ar.wizard"]
    _description = "Override the Credit Check"

    debtor_id = fields.Many2one("ar.debtor", string="Of the receivables")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    customer = fields.Char(compute="_compute_customer")
    missing = fields.Char(compute="_compute_customer")
    needs_terms = fields.Boolean(compute="_compute_customer")
    is_held = fields.Boolean(compute="_compute_customer")
    currency_id = fields.Many2one("res.currency", compute="_compute_customer")
    amount = fields.Monetary(
        string="Paid",
        compute="_compute_amount",
        store=True,
        compute_sudo=False,
        readonly=False,
        help="Valid for an order up to this amount.",
    )
    reason = fields.Char(string="Reason for the override")
    document = fields.Binary(string="Proof", help="A bank's confirmation, for example.")
    document_name = fields.Char()

    @api.model
    def _open(self, debtor, document=None):
        """Return the dialog for a document, or for the next order of a customer."""
        context = {"default_debtor_id": debtor.id}
        if document:
            context = {
                "default_res_model": document._name,
                "default_res_id": document.id,
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What can be done"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    @api.depends("debtor_id", "res_model", "res_id")
    def _compute_customer(self):
        for wizard in self:
            debtor_sudo, _document = wizard._debtor()
            needs = bool(CreditTerms(debtor_sudo).not_accepted())
            wizard.customer = debtor_sudo.display_name
            wizard.needs_terms = needs
            check = CreditCheck.by_ledger(debtor_sudo)
            wizard.is_held = check.hold.state == "hold"
            wizard.currency_id = debtor_sudo.company_id.currency_id
            wizard.missing = " ".join(
                filter(
                    None,
                    (
                        CreditHold(debtor_sudo).in_words(check.hold),
                        needs
                        and self.env._("The terms of payment are not accepted yet."),
                    ),
                )
            )

    @api.depends("debtor_id", "res_model", "res_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = 0.0
            if wizard.is_held and has_role(self.env, COLLECTOR):
                wizard.amount = CreditCheck.by_ledger(wizard._debtor()[0]).hold.amount

    def _debtor(self):
        """Return the customer, as superuser, and the document, if any."""
        self.ensure_one()
        Debtor = self.env["ar.debtor"]
        if not self.res_id:
            debtor = self.debtor_id
            debtor.check_access("write")
            if not debtor:
                raise UserError(self.env._("Open this from an order or a customer."))
            return debtor.sudo(), None
        if self.res_model not in ("sale.order", "account.move"):
            raise ValidationError(
                self.env._("Only orders and invoices can be overridden.")
            )
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("write")
        partner = document.partner_id
        if document._name == "sale.order":  # as in the credit check
            partner = document.partner_invoice_id or partner
        return (
            Debtor.sudo()
            .with_context(allowed_company_ids=document.company_id._ar_root().ids)
            .for_partner(partner.id, document.company_id.id),
            document,
        )

    def action_request(self):
        """Ask the customer to accept the terms of payment."""
        debtor_sudo, _document = self._debtor()
        debtor_sudo._check_not_held()
        policies = CreditTerms(debtor_sudo).to_ask()
        CreditTerms(debtor_sudo).request(policies[debtor_sudo], self.env.user)
        return self.env["ar.notice"]._tell(
            self.env._(
                "%(customer)s was asked to accept the terms of payment.",
                customer=debtor_sudo.display_name,
            )
        )

    def action_proof(self):
        """Permit the next order within 24 hours: the payment is on its way."""
        debtor_sudo, document = self._debtor()
        debtor_sudo.sudo(False).check_access("write")
        check = CreditCheck.by_ledger(debtor_sudo)
        if check.hold.state != "hold":
            raise UserError(
                self.env._(
                    "There is no credit hold that a payment could end. Where the terms "
                    "of payment are missing, ask for the acceptance, or let a credit "
                    "manager decide."
                )
            )
        if not check.pays_enough(self.amount):
            raise UserError(self._why_no_proof(check))
        content = self.with_context(bin_size=False).document
        files = []
        if content:
            name = self.document_name or self.env._("Proof of payment")
            files = [(name, base64.b64decode(content))]
        CreditCheck(debtor_sudo.sudo(False)).accept_proof(
            self.reason, document, files, self.amount
        )
        return {"type": "ir.actions.act_window_close"}

    def _why_no_proof(self, check):
        """Return a text saying why this payment does not permit an order."""
        if not check.hold.amount:
            return self.env._(
                "No payment ends this credit hold: a credit manager releases it, or "
                "lets the order pass."
            )
        return self.env._(
            "%(amount)s must be paid first: enter a payment of at least that amount, or"
            " ask a credit manager.",
            amount=check.debtor.company_id.currency_id.format(check.hold.amount),
        )

    def action_let_pass(self):
        """Permit the document once."""
        debtor_sudo, document = self._debtor()
        if not document:
            raise UserError(self.env._("Open this from the order or invoice."))
        CreditCheck(debtor_sudo.sudo(False)).override(document, self.reason)
        return {"type": "ir.actions.act_window_close"}
