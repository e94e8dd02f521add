"""Who let a document on credit through, why, and for which document it was used."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount

from ...tools.picture_size import check_pictures

#: A payment that is on its way lets one order through for so long.
HOURS = 24


class ArCreditPass(models.Model):
    """Lets one order or invoice through although it would wait."""

    _name = "ar.credit.pass"
    _description = "Order Let Through"
    _order = "id desc"

    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("manager", "A credit manager let it pass"),
            ("proof", "Proof of payment"),
            ("payment", "Authorised payment"),
        ],
        required=True,
    )
    reason = fields.Char(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Paid", help="A payment lets pass only what waits for no more than this."
    )
    user_id = fields.Many2one("res.users", string="By", required=True)
    valid_until = fields.Datetime(required=True)
    used_on = fields.Datetime()
    res_model = fields.Char(string="For", help="Empty: for the next one.")
    res_id = fields.Many2oneReference(model_field="res_model")
    document_name = fields.Char(string="Document")
    transaction_id = fields.Many2one(
        "payment.transaction", ondelete="set null", index="btree_not_null"
    )

    _open_idx = models.Index("(debtor_id) WHERE used_on IS NULL")
    _transaction_unique = models.UniqueIndex(
        "(transaction_id) WHERE transaction_id IS NOT NULL",
        "This payment let an order pass already.",
    )

    def write(self, vals):
        """Refuse what people write: it is proof.

        :raise AccessError: always, but for the methods, which act through sudo
        """
        if not self.env.su:
            raise AccessError(
                self.env._("Who let an order pass, and why, cannot be edited.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        raise UserError(
            self.env._("Who let an order pass, and why, cannot be deleted.")
        )

    def _in_words(self):
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(kind)s (%(user)s): %(reason)s",
            kind=kinds[self.kind],
            user=self.user_id.name,
            reason=self.reason,
        )

    def _use(self, document):
        """Mark as used for a document: it lets no other one through."""
        if self:
            self.write(
                {
                    "used_on": fields.Datetime.now(),
                    "res_model": document._name,
                    "res_id": document.id,
                    "document_name": document.display_name,
                }
            )
            document.sudo().message_post(body=self._in_words())


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    credit_pass_ids = fields.One2many(
        "ar.credit.pass", "debtor_id", string="Let through", readonly=True
    )

    @api.private
    def let_pass(self, document, reason):
        """Let one order or invoice through. A credit manager only, with a reason.

        :param document: sale.order or account.move
        :rtype: ar.credit.pass
        """
        self.ensure_one()
        self._check_write()
        self._check_hold_manager()
        found = self.sudo()._make_pass("manager", reason, document)
        self._log_on(document, found)
        return found.with_env(self.env)

    @api.private
    def accept_payment_proof(self, reason, document=None, files=(), amount=None):
        """Let the next order through for 24 hours: proof of a payment was seen.

        It opens a credit hold of no more than its amount. Missing terms are not
        opened by it.

        :param str reason: which payment, seen where
        :param document: the order that it is for; None: the next one
        :param list files: ``[(name, bytes)]``, kept with the customer
        :param float amount: in company currency; None: what has to be paid
        """
        self.ensure_one()
        self._check_write()
        check_pictures(self.env, files)
        amount = self.hold_amount if amount is None else amount
        found = self.sudo()._make_pass("proof", reason, document, amount=amount)
        self.message_post(body=found._in_words(), attachments=list(files))
        if document:
            self._log_on(document, found)
        return found.with_env(self.env)

    def _make_pass(self, kind, reason, document=None, **values):
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why it may pass: it is kept with the document.")
            )
        return self.env["ar.credit.pass"].create(
            {
                "debtor_id": self.id,
                "kind": kind,
                "reason": reason,
                "user_id": self.env.uid,
                "valid_until": fields.Datetime.now() + timedelta(hours=HOURS),
                "res_model": document._name if document else False,
                "res_id": document.id if document else False,
                "document_name": document.display_name if document else False,
                **values,
            }
        )

    def _log_on(self, document, found):
        document.sudo().message_post(body=found._in_words())

    # === AT THE GATE === #

    def _open_pass(self, document, found):
        """Return the pass that lets a document through now, if any.

        A payment, or proof of one, opens a hold of no more than its amount; whatever
        else stops a document is let pass by a credit manager only.

        :param engine.gate.Answer found: what stops it
        """
        self.ensure_one()
        now = fields.Datetime.now()
        passes = self.env["ar.credit.pass"].search(
            Domain("debtor_id", "=", self.id)
            & Domain("used_on", "=", False)
            & Domain("valid_until", ">=", now)
            & (
                Domain("res_model", "=", False)
                | (
                    Domain("res_model", "=", document._name)
                    & Domain("res_id", "=", document.id)
                )
            ),
            order="res_model, id",
        )
        passes = passes.filtered(
            lambda one: (
                one.kind == "manager"
                or (not found.by_manager and self._pays_enough(one.amount))
            )
        )
        mine = passes.filtered("res_model")
        if passes or found.by_manager:
            return (mine or passes)[:1]
        return self._pass_of_payment()

    def _pass_of_payment(self):
        """Return a pass for a payment that the provider authorised or took lately.

        One that is in the books has lowered what has to be paid already.
        """
        since = fields.Datetime.now() - timedelta(hours=HOURS)
        partners = self.env["res.partner"].search(
            [("commercial_partner_id", "=", self.partner_id.id)]
        )
        for transaction in self.env["payment.transaction"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "child_of", self.company_id.id),
                ("state", "in", ("authorized", "done")),
                # The validation of a card is no payment
                ("operation", "not in", ("refund", "validation")),
                ("last_state_change", ">=", since),
                "|",
                ("payment_id", "=", False),
                ("payment_id.move_id", "=", False),
            ],
            order="id",
        ):
            known = self.env["ar.credit.pass"].search_count(
                [("transaction_id", "=", transaction.id)], limit=1
            )
            amount = transaction.currency_id._convert(
                transaction.amount,
                self.company_id.currency_id,
                self.company_id,
                self.company_id._ar_today(),
            )
            if not known and self._pays_enough(amount):
                return self._make_pass(
                    "payment",
                    self.env._(
                        "Payment %(reference)s of %(amount)s",
                        reference=transaction.reference,
                        amount=format_amount(
                            self.env, transaction.amount, transaction.currency_id
                        ),
                    ),
                    amount=amount,
                    transaction_id=transaction.id,
                    valid_until=transaction.last_state_change + timedelta(hours=HOURS),
                )
        return self.env["ar.credit.pass"]

    def _pays_enough(self, amount):
        """Return whether an amount covers what has to be paid to end the hold.

        Where nothing has to be paid, no payment ends it.
        """
        currency = self.company_id.currency_id
        return (
            self.hold_amount > 0
            and currency.compare_amounts(amount, self.hold_amount) >= 0
        )
