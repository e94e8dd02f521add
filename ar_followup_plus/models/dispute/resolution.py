"""Ends of a dispute: accepted, in part, rejected, withdrawn, or otherwise solved."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tools import float_compare

from ...tools.customer_format import Words
from ..customer.debtor_mail import DebtorMail
from ..decision.ledger_changes import refresh_soon
from ..delivery.ar_copies import InvoiceCopies
from ..payment_plan.agreement import Agreement
from ..payment_plan.ar_payment_plan import FIRST_DAYS, USUAL_PARTS
from ..voice.voice import Voice
from .ar_dispute import OPEN_STATES
from .dispute_intake import DisputeIntake

#: Days to pay after a rejection.
PAY_DAYS = 10


class ArDispute(models.Model):
    _inherit = "ar.dispute"

    @api.private
    def accept(self, amount=None, answer=None, send=False, documents=None):
        """Accept all or a part of the dispute, and create a draft credit note.

        The invoice is held until it is posted and matched. The rejected part is to be
        paid within ten days.

        :param float amount: the accepted amount; default: all of it
        :param str answer: to the customer, in words
        :param bool send: send the answer by e-mail
        :param list documents: ``[(name, bytes)]`` to attach to the answer
        :raise UserError: for more than is disputed, or a dispute that has an answer
        """
        self.ensure_one()
        self._check_answerable()
        digits = {"precision_rounding": self.currency_id.rounding}
        amount = self.amount if amount is None else self.currency_id.round(amount)
        over = float_compare(amount, self.amount, **digits)
        if over > 0 or float_compare(amount, 0, **digits) <= 0:
            raise UserError(
                self.env._(
                    "%(amount)s is disputed: accept at most that, or reject it.",
                    amount=self.currency_id.format(self.amount),
                )
            )
        dispute_sudo = self.sudo()
        values = {"amount_accepted": amount}
        if over < 0:
            values["pay_by"] = self._pay_by()
        dispute_sudo._close("accepted", answer, documents, send, **values)
        dispute_sudo._make_credit(amount)

    @api.private
    def reject(self, answer, send=True, documents=None):
        """Reject the dispute with a reason. The ladder resumes at its step in ten days.

        :param str answer: to the customer, in words
        :param bool send: send the answer by e-mail
        :param list documents: ``[(name, bytes)]`` to attach to the answer
        :raise UserError: without an answer, or for a dispute that has one
        """
        self.ensure_one()
        self._check_answerable()
        if not (answer or "").strip():
            raise UserError(
                self.env._(
                    "Say why the dispute is rejected: the customer will be told."
                )
            )
        self.sudo()._close("rejected", answer, documents, send, pay_by=self._pay_by())

    @api.private
    def withdraw(self, note=None):
        """Withdraw the dispute, or a mistaken one: the ladder resumes.

        :param str note: the reason, for colleagues
        """
        for dispute in self:
            dispute._check_answerable()
            dispute.sudo()._close("withdrawn", note)

    @api.private
    def send_copy(self, answer=None):
        """Send the invoice again, which settles the dispute.

        Its reminders wait as after sending an invoice.

        :raise UserError: under a contact stop, or without an address
        """
        self.ensure_one()
        self._check_answerable()
        dispute_sudo = self.sudo()
        InvoiceCopies(dispute_sudo.debtor_id).send(dispute_sudo.move_id.ids)
        dispute_sudo._close("accepted", answer or self.env._("Sent again."))

    @api.private
    def propose_plan(self):
        """Close as no dispute, and propose a payment plan: the customer cannot pay.

        :return: the action that opens the proposal
        """
        self.ensure_one()
        self._check_answerable()
        debtor_sudo = self.sudo().debtor_id
        items_sudo = DisputeIntake(debtor_sudo).open_items(self.sudo().move_id)
        self.sudo()._close(
            "withdrawn",
            self.env._("The customer cannot pay: a payment plan is proposed."),
        )
        if items_sudo:
            usual = {
                "count": USUAL_PARTS,
                "first_on": Date.add(
                    debtor_sudo.company_id._ar_today(), days=FIRST_DAYS
                ),
            }
            plan = Agreement(debtor_sudo).propose(items_sudo, usual)
            return {
                "type": "ir.actions.act_window",
                "res_model": plan._name,
                "res_id": plan.id,
                "views": [(False, "form")],
            }
        debtor_sudo._ar_activity(
            "activity_reply",
            self.env._(
                "Cannot pay %(invoice)s at once: agree on a plan",
                invoice=self.move_name or "",
            ),
        )
        return True

    # === STEPS OF AN ANSWER === #

    def _check_answerable(self):
        """Check the right to answer, and that it is not answered yet.

        :raise UserError: when the dispute is closed
        """
        self.check_access("write")
        for dispute in self:
            if dispute.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%(dispute)s has already been answered.",
                        dispute=dispute.display_name,
                    )
                )

    def _pay_by(self):
        company = self.sudo().company_id
        day = Date.add(company._ar_today(), days=PAY_DAYS)
        return company._ar_calendar().date_to_give(day)

    def _close(self, state, answer=None, documents=None, send=False, **values):
        """Store the end of a dispute, and its answer to the customer."""
        self.ensure_one()
        if send:
            self.debtor_id._check_not_held()
        # A claim: of two concurrent answers the second is retried, and refused
        self.flush_recordset()
        self.debtor_id._claim_row()
        self.write(
            {
                "state": state,
                "answer": (answer or "").strip() or False,
                "closed_on": self.company_id._ar_today(),
                **values,
            }
        )
        refresh_soon(self.env, set(self.debtor_id.partner_id.ids))
        self.activity_unlink(
            [
                "ar_followup_plus.activity_dispute",
                "ar_followup_plus.activity_dispute_late",
            ]
        )
        self.debtor_id.message_post(
            body=self.env._(
                "Dispute %(dispute)s: %(state)s. %(answer)s",
                dispute=self.display_name,
                state=dict(self._fields["state"]._description_selection(self.env))[
                    state
                ],
                answer=self.answer or "",
            )
        )
        if documents:
            self._attach(documents)
        if send:
            self._send_answer(documents)

    def _send_answer(self, documents=None):
        """Send the answer by e-mail, in the customer's language.

        :param list documents: ``[(name, bytes)]`` to attach
        :raise UserError: if nobody can be written to
        """
        self.ensure_one()
        debtor, company = self.debtor_id, self.company_id
        debtor._check_not_held()
        people = self.env["ar.notice"]._people_of(debtor).get(debtor.id)
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=debtor.display_name,
                )
            )
        shell = self.env["ar.notice"].new(
            {"debtor_id": debtor.id, "company_id": company.id}
        )
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_dispute_answer")
        template = template.with_context(
            lang=lang, ar_dispute=self.with_context(lang=lang)._answer_values()
        )
        mail = DebtorMail(debtor).make(
            template,
            people[0],
            shell._sender(),
            (self.owner_id.filtered("active") or self.env.user).partner_id,
            documents or (),
        )
        Voice(debtor).note("dispute", addresses={debtor.id: [people[0][2]]})
        # Only after the commit: a request that is retried would send twice
        mail.send_after_commit()

    @api.private
    def _answer_values(self):
        """Return the placeholders of the answer, in the language of the environment."""
        rest = self.currency_id.round(self.amount - self.amount_accepted)
        return {
            "state": self.state,
            "number": self.move_name or "",
            "amount": self._money(self.amount),
            "accepted": self._money(self.amount_accepted),
            "rest": self._money(rest) if rest else "",
            "new_invoice": self.reason_id.remedy == "new_invoice",
            "answer": (self.answer or "").splitlines(),
            "pay_by": Words(self.env).day(self.pay_by),
            "owner": self.owner_id.name or "",
        }

    def _money(self, amount):
        return self.currency_id.with_env(self.env).format(amount)
