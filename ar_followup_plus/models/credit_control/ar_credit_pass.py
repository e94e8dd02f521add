"""Overrides: who permitted a document on credit, why, and for which one."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

#: Hours for which an override is valid.
HOURS = 24


class ArCreditPass(models.Model):
    """Permission for one order or invoice that would otherwise be blocked."""

    _name = "ar.credit.pass"
    _description = "Credit Override"
    _order = "id desc"

    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("manager", "Overridden by a credit manager"),
            ("proof", "Proof of payment"),
            ("payment", "Authorised payment"),
        ],
        required=True,
    )
    reason = fields.Char(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(
        string="Paid",
        help="A payment overrides the credit check up to this amount only.",
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
        "This payment has already been used for an override.",
    )

    def write(self, vals):
        """Refuse direct writes by users: it is proof.

        :raise AccessError: always, except for our own methods, which use sudo
        """
        if not self.env.su:
            raise AccessError(self.env._("The log of overrides cannot be edited."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        raise UserError(self.env._("The log of overrides cannot be deleted."))

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
        """Mark as used for a document: it is valid for no other one."""
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

    @api.model
    def _make(self, debtor, kind, reason, document=None, **values):
        """Permit one document of a customer, for some hours.

        :param str kind: see the field
        :param document: sale.order or account.move; None: the next one
        """
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say why it may pass: it is kept with the document.")
            )
        return self.create(
            {
                "debtor_id": debtor.id,
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
