"""Actions after a returned payment: automatic ones, and those of a person."""

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..voice.voice import Voice


class ArReturnedPayment(models.Model):
    _inherit = "ar.returned.payment"

    def _tell(self):
        """Prepare a call and a message to the customer; they are today's contact."""
        self.ensure_one()
        debtor, company = self.debtor_id, self.company_id
        values = {
            "amount": self.currency_id.format(self.amount),
            "day": format_date(self.env, self.paid_on),
        }
        if self.kind == "unclear":
            text = self.env._(
                "%(amount)s of %(day)s was cancelled or paid out. Was the payment "
                "returned? Answer under Returned payments",
                **values,
            )
        else:
            text = self.env._("Payment returned: %(amount)s of %(day)s", **values)
        # One call about both: the payment, and what was agreed to be paid with it
        agreed = self.env["ar.payment.plan"].search(
            [
                ("debtor_id", "=", debtor.id),
                ("line_ids.move_id", "in", self.move_ids.ids),
            ]
        )
        debtor._ar_activity_over(agreed, "activity_call")
        debtor._ar_activity("activity_call", text, about=self)
        debtor.message_post(body=text)
        debtor.planned_for = False
        if self.message_due and company.ar_state == "live" and not debtor._why_held():
            Voice(debtor).reserve()

    def _charge_fee(self):
        """Make a draft of an invoice for the bank's fee; accounting checks and posts."""
        self.ensure_one()
        fee = self.company_id.sudo().ar_return_fee
        if not fee or self.kind != "returned" or self.debtor_id.kind == "group":
            return
        partner = self.debtor_id.partner_id
        words = self.with_context(lang=partner.lang or self.env.lang)
        draft = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "currency_id": self.company_id.currency_id.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": words.env._(
                                    "Bank fee for the returned payment of %(day)s",
                                    day=format_date(words.env, self.paid_on),
                                ),
                                "quantity": 1,
                                "price_unit": fee,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        self.debtor_id.message_post(
            body=self.env._(
                "A draft invoice for the bank's fee was made: %(amount)s. Accounting "
                "checks and posts it.",
                amount=draft.currency_id.format(draft.amount_total),
            )
        )

    # === BY A PERSON === #

    def action_came_back(self):
        """Confirm the return, and write at once; ask first on a day with a message.

        :raise UserError: under a contact stop, or if the return was already decided on
        """
        self._check_tellable()
        ask = Voice(self.debtor_id).ask_first("returned", self)
        return ask or self._tell_came_back()

    def _check_tellable(self):
        """Check that the user may write about these returns, and did not yet."""
        for returned in self:
            returned.debtor_id.check_access("write")
            returned.debtor_id._check_not_held()
            if returned.sudo().pay_by or returned.sudo().kind == "corrected":
                raise UserError(self.env._("This was answered already."))

    def _tell_came_back(self):
        """Confirm the returns, and write to the customers."""
        self._check_tellable()
        for returned_sudo in self.sudo():
            if returned_sudo.kind == "unclear":
                returned_sudo.kind = "returned"
                returned_sudo._charge_fee()
                returned_sudo.debtor_id._ar_activity_over(returned_sudo)
            returned_sudo.message_due = True
            if not returned_sudo._send_one(by_hand=True):
                raise UserError(
                    self.env._("Nothing of it is open any more: no message is needed.")
                )
        return True

    def action_corrected(self):
        """Record that it was our own mistake: the customer gets no message."""
        for returned in self:
            returned.debtor_id.check_access("write")
            if returned.kind != "unclear":
                raise UserError(self.env._("This was answered already."))
            returned.sudo().kind = "corrected"
            returned.debtor_id._ar_activity_over(returned)
        return True
