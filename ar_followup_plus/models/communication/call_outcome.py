"""The consequences of the outcome of a call or visit."""

from datetime import timedelta

from odoo.exceptions import ValidationError

from ...tools.customer_format import Words
from ..customer.ar_debtor import LATE_REASON_SELECTION
from ..customer.debtor_mail import DebtorMail
from ..decision.outlook import Outlook
from ..dispute.dispute_intake import DisputeIntake
from ..notice.waiting_notices import WaitingNotices
from ..payment_plan.agreement import Agreement
from ..voice.voice import Voice
from .ar_contact_log import OUTCOME_SELECTION

#: Working days without contact after a call with an upset customer.
COOL_DAYS = 5
#: Unanswered calls after which an e-mail tells the customer that we tried.
TRIES = 3
#: Working days to answer a dispute without open items.
DISPUTE_DAYS = 10


class CallOutcome:
    """Handles the outcome of a call or visit, one method for each outcome."""

    def __init__(self, debtor):
        """
        :param ar.debtor debtor: as superuser
        """
        self.env = debtor.env
        self.debtor = debtor

    def check(self, outcome, note, day, reason, kind):
        """Check what was typed.

        :raise ValidationError: for an unknown outcome, or a day in the past
        """
        if outcome not in dict(OUTCOME_SELECTION) or kind not in ("call", "visit"):
            raise ValidationError(self.env._("This is no outcome of a call or visit."))
        if reason and reason not in dict(LATE_REASON_SELECTION):
            raise ValidationError(self.env._("Choose the reason from the list."))
        if outcome == "will_pay" and (
            not day or day < self.debtor.company_id._ar_today()
        ):
            raise ValidationError(
                self.env._("Enter the day on which they will pay, today or later.")
            )
        if outcome in ("disputes", "upset") and not (note or "").strip():
            raise ValidationError(
                self.env._("Write down what they said: colleagues will need it.")
            )

    def _take_step(self, notice):
        """Mark the step as taken, and start the gap between contacts."""
        notice._sent()
        Voice(self.debtor).note("call")
        self.debtor.write({"planned_for": False, "next_reason": "contacted_recently"})
        self.debtor.activity_unlink(["ar_followup_plus.activity_call"])

    def reached(self, log, notice):
        """Handle a talk without further consequences."""
        self._take_step(notice)
        Outlook(self.debtor).write_next_contact()

    def will_pay(self, log, notice):
        """Record a promise to pay for all overdue items, else for all open items.

        Replaces an active promise. Without open items, nothing is sent until the day and
        the days of grace have passed.
        """
        self._take_step(notice)
        rules = self.debtor.company_id._ar_rules()
        free = rules.calendar.add_working(log.pay_on, rules.grace_days)
        free += timedelta(days=1)
        WaitingNotices(self.debtor).unsent()._cancel("answered", log._as_html(), free)
        items = Agreement(self.debtor).end_promises()
        if items:
            Agreement(self.debtor).promise(
                items, log.pay_on, None, log.late_reason or None, source="call"
            )
        else:
            self.debtor.not_before = max(free, self.debtor.not_before or free)
        self.debtor.write({"next_contact_date": free, "next_step_id": False})

    def disputes(self, log, notice):
        """Record a dispute of the named invoice, reason and amount.

        Without open items, nothing is sent until our answer is due, as after a reply.
        """
        self._take_step(notice)
        named = self.env.context.get("ar_dispute") or {}
        intake = DisputeIntake(self.debtor)
        items = intake.all_items()
        move = items.filtered(lambda i: i.id == named.get("item")).move_id
        if move:
            reason = self.env["ar.dispute.reason"].browse(named.get("reason"))
            intake.open(
                move,
                reason,
                log.note,
                intake.spread(move, named.get("amount")),
                source="call",
            )
        elif items:
            raise ValidationError(
                self.env._(
                    "Choose the disputed invoice, why they dispute it, and the amount."
                )
            )
        else:
            self._wait_for_answer(DISPUTE_DAYS)
            self.debtor._ar_activity(
                "activity_reply",
                self.env._("Disputes: %(what)s", what=_short(log.note)),
            )

    def upset(self, log, notice):
        """Send nothing for five working days, and notify the credit manager."""
        if log.kind == "call":
            self._take_step(notice)
        company = self.debtor.company_id
        until = company._ar_calendar().add_working(company._ar_today(), COOL_DAYS)
        until += timedelta(days=1)
        WaitingNotices(self.debtor).unsent()._cancel(
            "answered", _short(log.note), until
        )
        self.debtor.snooze(
            until,
            self.env._(
                "Contact paused after a difficult call: %(what)s", what=_short(log.note)
            ),
        )
        self.debtor._ar_activity(
            "activity_cool_down",
            self.env._("Upset: %(what)s", what=_short(log.note)),
            company.ar_manager_id,
        )

    def wrong_number(self, log, notice):
        """Postpone the call until somebody finds the number."""
        self.debtor._ar_activity(
            "activity_no_contact", self.env._("The phone number is wrong: find another")
        )

    def no_answer(self, log, notice):
        """Try again on the next working day; send an e-mail after the third attempt."""
        tries = self._tries()
        company = self.debtor.company_id
        if len(tries) < TRIES:
            calendar, today = company._ar_calendar(), company._ar_today()
            following = calendar.add_working(today, 1)
            self.debtor.activity_ids.filtered(
                lambda a: (
                    a.activity_type_id == self.env.ref("ar_followup_plus.activity_call")
                )
            ).date_deadline = following
            return
        if notice:
            notice._cancel("lapsed", self.env._("No answer, three times"))
        self.debtor.activity_unlink(["ar_followup_plus.activity_call"])
        self._send_tried(tries)

    def _tries(self):
        """Return the unanswered calls since the last talk."""
        tries = self.env["ar.contact.log"]
        for log in self.env["ar.contact.log"].search(
            [("debtor_id", "=", self.debtor.id), ("kind", "=", "call")],
            order="id desc",
            limit=TRIES,
        ):
            if log.outcome != "no_answer":
                break
            tries |= log
        return tries

    def _wait_for_answer(self, days):
        """Send nothing until our answer is due."""
        company = self.debtor.company_id
        until = company._ar_calendar().add_working(company._ar_today(), days)
        WaitingNotices(self.debtor).unsent()._cancel("answered", None, until)
        self.debtor.write({"reply_until": until, "next_reason": "waiting_for_us"})

    def _send_tried(self, tries):
        """Send the e-mail that we tried to call, unless contact is not allowed."""
        company = self.debtor.company_id
        if self.debtor._why_held() or not company._ar_may_send_now():
            return
        wait = Voice(self.debtor).waits("tried").get(self.debtor.id)
        if wait:
            # Another message is today's: a person writes on the day after
            self.debtor._ar_activity(
                "activity_check_notice",
                self.env._("Three calls were not answered: write to them"),
                deadline=wait.until,
            )
            return
        people = self.env["ar.notice"]._people_of(self.debtor).get(self.debtor.id, [])
        if not people:
            self.debtor._ar_activity(
                "activity_no_contact",
                self.env._("Nobody can be reached: add an address"),
            )
            return
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": company.id}
        )
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_tried")
        days = sorted({log.date.date() for log in tries})
        words = Words(self.env(context={**self.env.context, "lang": lang}))
        template = template.with_context(
            lang=lang, ar_call_days=[words.join(words.day(day) for day in days)]
        )
        mail = DebtorMail(self.debtor).make(
            template, people[0], shell._sender(), shell._author()
        )
        Voice(self.debtor).note("tried", True, {self.debtor.id: [people[0][2]]})
        mail.send_after_commit()


def _short(text):
    """Return a user's text, shortened for one line of a list."""
    return " ".join((text or "").split())[:200]
