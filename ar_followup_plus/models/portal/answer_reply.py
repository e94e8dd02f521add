"""Our reply to what a customer answered on the page: told by e-mail, then it waits or ends."""

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize, format_date

from ..customer.debtor_mail import DebtorMail
from ..delivery.ar_copies import InvoiceCopies
from ..ledger.asked import asked_for
from ..notice.correspondence import PageCorrespondence, Person
from ..voice.voice import Voice
from .res_company import MOST_DAYS

#: Days for which a person can let invoices wait for a payment.
LONGEST_WAIT = 60


class AnswerReply:
    """Reply to one answer that is not closed yet.

    :param ar.answer answer: as superuser
    """

    def __init__(self, answer):
        answer.ensure_one()
        self.env = answer.env
        self.answer = answer
        self.debtor = answer.debtor_id

    # === WHAT A PERSON DECIDES === #

    def found(self, text):
        """Thank for a payment that was found.

        The invoices go on waiting until it is matched, some days at most.
        """
        self._check_kind("paid")
        self._send(text)
        answer = self.answer
        answer.outcome = "found"
        if self._is_settled():
            answer._close()
        else:
            self._wait(self._day_after(self.debtor.company_id.ar_paid_days))
            self._ask_owner(
                self.env._("Match the payment: %(numbers)s", numbers=answer.numbers)
            )

    def not_found(self, text):
        """Ask for a proof of payment; the invoices wait for it."""
        self._check_kind("paid")
        self._send(text)
        self.answer.outcome = "not_found"
        self._wait(self.proof_day())
        self._ask_owner(
            self.env._("Waits for a proof: %(numbers)s", numbers=self.answer.numbers)
        )

    def keep_waiting(self, until, text=None):
        """Let the invoices wait until a day; tell the customer if a text is given.

        :raise ValidationError: for a day that is not in the next weeks
        """
        today = self.debtor.company_id._ar_today()
        last = fields.Date.add(today, days=LONGEST_WAIT)
        if not until or not today < until <= last:
            raise ValidationError(
                self.env._(
                    "Choose a day after today and until %(day)s.",
                    day=format_date(self.env, last),
                )
            )
        if text:
            self._send(text)
        self.answer.outcome = "wait"
        self._wait(until)
        self._ask_owner(self.answer.display_name)

    def resend(self, text):
        """Send the invoices again, and tell it."""
        self._check_kind("not_received")
        moves = self.answer.line_ids.move_id.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        if not moves:
            raise UserError(
                self.env._("There is no invoice to send: answer in words instead.")
            )
        InvoiceCopies(self.debtor).send(moves.ids)
        self.tell(text, "resent")

    def tell(self, text, outcome="told"):
        """Reply in words; the follow-up of the invoices goes on."""
        self._send(text)
        self.answer.outcome = outcome
        self.answer._close()

    def greet(self, partner):
        """Tell a new contact that we write to them from now on."""
        person = Person(partner.id, partner.name, partner.email, partner.lang, None)
        env = self.answer.with_context(lang=self._lang()).env
        self._send(
            env._(
                "You were named to us as the right contact for our invoices to "
                "%(customer)s. Our next messages about them go to you. If that is not "
                "right, just reply to this message.",
                customer=self.debtor.partner_id.name,
            ),
            person,
        )

    # === TEXTS TO BEGIN WITH === #

    def proposal(self, how, until=None):
        """Return the text that a reply begins with, in the customer's language.

        :param str how: a key of the field ``how`` of the dialog
        """
        answer = self.answer.with_context(lang=self._lang())
        env, numbers = answer.env, answer.numbers or ""
        day = format_date(env, until or self.proof_day(), date_format="long")
        if how == "found":
            return env._(
                "We have found your payment of %(numbers)s. Thank you: there is nothing "
                "more to do for you.",
                numbers=numbers,
            )
        if how == "not_found":
            paid = ""
            if answer.paid_on:
                paid = env._(
                    "You paid on %(day)s.",
                    day=format_date(env, answer.paid_on, date_format="long"),
                )
            if answer.paid_reference:
                paid = " ".join(
                    (paid, env._("Reference: %(text)s", text=answer.paid_reference))
                )
            parts = (
                env._(
                    "We could not find your payment of %(numbers)s.", numbers=numbers
                ),
                paid,
                env._(
                    "Please send us a proof of it, a confirmation of your bank for "
                    "instance: just reply to this message. Until %(day)s we send no "
                    "reminder of it.",
                    day=day,
                ),
            )
            return " ".join(filter(None, parts))
        if how == "wait":
            return env._(
                "We are still looking for your payment of %(numbers)s. Until %(day)s we "
                "send no reminder of it.",
                numbers=numbers,
                day=day,
            )
        if how == "resend":
            return env._(
                "We have sent you %(numbers)s again, in a separate message.",
                numbers=numbers,
            )
        return ""

    def proof_day(self):
        """Return the day until which the invoices wait for a proof."""
        return self._day_after(self.debtor.company_id.ar_answer_days)

    # === STEPS === #

    def _check_kind(self, kind):
        if self.answer.kind != kind:
            raise UserError(
                self.env._("This reply does not fit what the customer answered.")
            )

    def _day_after(self, days):
        company = self.debtor.company_id
        today = company._ar_today()
        return company._ar_calendar().add_working(today, min(days, MOST_DAYS))

    def _is_settled(self):
        """Return whether nothing is asked for any more of the answer's invoices.

        Apart from the wait for this reply: by the ledger, with unmatched money counted.
        """
        self.answer.line_ids.waits = False
        self.env.flush_all()
        asked = asked_for(self.debtor)
        items = self.answer.line_ids.move_id.line_ids.ids
        return not any(asked[item].amount for item in items if item in asked)

    def _wait(self, until):
        """Let all invoices of the answer wait, and drop notices about them."""
        answer = self.answer
        answer.write({"waits_until": until, "deadline": until})
        answer.line_ids.waits = True
        answer._drop_notices(answer.line_ids.move_id)

    def _ask_owner(self, summary):
        answer = self.answer
        self.debtor._ar_activity(
            f"activity_{answer.kind}",
            summary[:200],
            answer.owner_id or self.env.user,
            answer.deadline,
        )

    def _person(self):
        return PageCorrespondence(self.debtor).contact(self.answer.notice_id)

    def _lang(self):
        person = self._person()
        return self._shell()._lang([person] if person else [])

    def _shell(self):
        company = self.debtor.company_id
        return self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": company.id}
        )

    def _send(self, text, person=None):
        """Send a reply by e-mail to who answered, in the customer's language.

        :raise UserError: under a contact stop, without a text or an address
        """
        if not (text or "").strip():
            raise UserError(self.env._("Write what the customer is to read."))
        self.debtor._check_not_held()
        is_new = bool(person)
        person = person or self._person()
        if not person:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.debtor.display_name,
                )
            )
        self.answer.told_on = self.debtor.company_id._ar_today()
        lang, shell = self._lang(), self._shell()
        answer = self.answer.with_context(lang=lang)
        template = self.env.ref("ar_followup_plus.mail_template_answer_reply")
        template = template.with_context(
            lang=lang,
            ar_reply={
                "lines": text.strip().splitlines(),
                "numbers": answer.numbers or "",
                "owner": self.env.user.name,
                "is_new": is_new,
            },
        )
        mail = DebtorMail(self.debtor).make(
            template, person, shell._sender(), self.env.user.partner_id
        )
        address = email_normalize(person[2])
        Voice(self.debtor).note(
            "answer", addresses={self.debtor.id: [address] if address else []}
        )
        # Only after the commit: a request that is retried would send twice
        mail.send_after_commit()
