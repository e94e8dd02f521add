"""What follows from the outcome of a call or visit, one method for each."""

from datetime import timedelta

from odoo import models
from odoo.tools import format_date

#: An upset customer is left alone for so many working days.
COOL_DAYS = 5
#: After so many calls without an answer an e-mail says that we tried.
TRIES = 3
#: Working days for which a contested amount waits for our answer ("Our turn").
DISPUTE_DAYS = 10


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _call_notices(self):
        """Return the call that waits for its outcome, if any."""
        return self.env["ar.notice"].search(
            [
                ("debtor_id", "in", self.ids),
                ("channel", "=", "call"),
                ("state", "=", "ready"),
            ]
        )

    def _look_again(self):
        """Let e-mails that were made and have not left be made anew.

        Something that they list was just disputed or agreed.
        """
        self._waiting_notices().filtered(
            lambda notice: notice.state == "ready" and notice.mail_message_id
        )._make_ready_again()

    def _waiting_notices(self):
        """Return what could still be taken back before it leaves."""
        return (
            self.env["ar.notice"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.ids),
                    ("state", "in", ("proposed", "ready", "failed")),
                    ("maybe_sent", "=", False),
                ]
            )
        )

    def _spoken(self, notice):
        """Somebody was spoken with: the step is taken, and the gap begins."""
        notice._sent()
        self.write(
            {
                "last_contact_date": self.company_id._ar_today(),
                "planned_for": False,
                "next_reason": "contacted_recently",
            }
        )
        self.activity_unlink(["ar_followup_plus.activity_call"])

    def _outcome_reached(self, log, notice):
        """Talked with somebody: nothing more follows."""
        self._spoken(notice)
        self._ar_look_ahead()

    def _outcome_will_pay(self, log, notice):
        """A promise for all that is overdue, else for all that is open.

        A promise that runs is replaced by the new day. Without anything to promise,
        nothing is sent before the day has passed, with the days of grace.
        """
        self._spoken(notice)
        rules = self.company_id._ar_rules()
        free = rules.calendar.add_working(log.pay_on, rules.grace_days)
        free += timedelta(days=1)
        self._waiting_notices()._cancel("answered", self._log_text(log), free)
        items = self._promise_again()
        if items:
            self._ar_promise(
                items, log.pay_on, None, log.late_reason or None, source="call"
            )
        else:
            self.not_before = max(free, self.not_before or free)
        self.write({"next_contact_date": free, "next_step_id": False})

    def _outcome_disputes(self, log, notice):
        """What they contest is taken out: the invoice that was named, else all that the
        call was about, else all that is overdue.

        Nothing is open any more: our answer is waited for, as after a reply.
        """
        about = notice.line_ids.filtered(lambda line: line.role == "about").move_id
        self._spoken(notice)
        named = self.env.context.get("ar_dispute") or {}
        reason = self.env["ar.dispute.reason"].browse(named.get("reason") or [])
        reason = reason or self.env.ref("ar_followup_plus.ar_dispute_reason_other")
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.id),
                ("amount_residual_currency", ">", 0),
                ("move_type", "in", ("out_invoice", "out_receipt", "entry")),
            ]
        )
        moves = items.filtered(lambda i: i.id == named.get("item")).move_id
        moves = moves or items.move_id & about
        moves = moves or items.filtered(lambda item: item.days_overdue > 0).move_id
        free = items.filtered(
            lambda i: i.amount_residual_currency > i.amount_disputed
        ).move_id
        for move in moves & free:
            self._ar_dispute(move, reason, log.note, source="call")
        if not moves:
            self._wait_for_answer(DISPUTE_DAYS)
            self._ar_activity(
                "activity_reply",
                self.env._("Disputes: %(what)s", what=_short(log.note)),
            )

    def _outcome_upset(self, log, notice):
        """Left alone for five working days; the credit manager is told."""
        if log.kind == "call":
            self._spoken(notice)
        company = self.company_id
        until = company._ar_calendar().add_working(company._ar_today(), COOL_DAYS)
        until += timedelta(days=1)
        self._waiting_notices()._cancel("answered", _short(log.note), until)
        self.snooze(until, self.env._("Cool down: %(what)s", what=_short(log.note)))
        self._ar_activity(
            "activity_cool_down",
            self.env._("Upset: %(what)s", what=_short(log.note)),
            company.ar_manager_id,
        )

    def _outcome_wrong_number(self, log, notice):
        """Nobody was spoken with: the call waits until somebody finds the number."""
        self._ar_activity(
            "activity_no_contact", self.env._("The phone number is wrong: find another")
        )

    def _outcome_no_answer(self, log, notice):
        """Tried again on the next working day; after the third time we write."""
        tries = self._tries()
        company = self.company_id
        if len(tries) < TRIES:
            calendar, today = company._ar_calendar(), company._ar_today()
            following = calendar.add_working(today, 1)
            self.activity_ids.filtered(
                lambda a: (
                    a.activity_type_id == self.env.ref("ar_followup_plus.activity_call")
                )
            ).date_deadline = following
            return
        if notice:
            notice._cancel("lapsed", self.env._("No answer, three times"))
        self.activity_unlink(["ar_followup_plus.activity_call"])
        self._send_tried(tries)

    def _tries(self):
        """Return the calls without an answer since somebody was last spoken with."""
        tries = self.env["ar.contact.log"]
        for log in self.env["ar.contact.log"].search(
            [("debtor_id", "=", self.id), ("kind", "=", "call")],
            order="id desc",
            limit=TRIES,
        ):
            if log.outcome != "no_answer":
                break
            tries |= log
        return tries

    def _wait_for_answer(self, days):
        company = self.company_id
        until = company._ar_calendar().add_working(company._ar_today(), days)
        self._waiting_notices()._cancel("answered", None, until)
        self.write({"reply_until": until, "next_reason": "waiting_for_us"})

    def _send_tried(self, tries):
        """Write that we tried to call; not under a contact stop, nor when paused."""
        company = self.company_id
        if self._why_held() or not company._ar_may_send_now():
            return
        people = self.env["ar.notice"]._people_of(self).get(self.id, [])
        if not people:
            self._ar_activity(
                "activity_no_contact",
                self.env._("Nobody can be reached: add an address"),
            )
            return
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.id, "company_id": company.id}
        )
        lang = shell._lang([people[0]])
        template = self.env.ref("ar_followup_plus.mail_template_tried")
        days = sorted({log.date.date() for log in tries})
        template = template.with_context(
            lang=lang, ar_call_days=[format_date(self.env, d, lang) for d in days]
        )
        mail = self._make_mail(template, people[0], shell._sender(), shell._author())
        self.write({"last_contact_date": company._ar_today()})
        mail.send_after_commit()

    def _overdue_text(self):
        """Return what is overdue, for each currency, as a text."""
        rows = self._balance_rows().get(self.id, [])
        return " + ".join(
            row["currency"].format(row["overdue"]) for row in rows if row["overdue"]
        )

    def _tell_account_manager(self):
        """Tell the salespeople of key accounts that a call is due."""
        for debtor in self:
            user = debtor.partner_id.user_id
            if user and user != debtor.user_id:
                debtor.message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=self.env._(
                        "A call is due: %(customer)s", customer=debtor.display_name
                    ),
                    body=self.env._(
                        "%(amount)s is overdue. Nothing is written to this customer "
                        "before somebody has called.",
                        amount=debtor._overdue_text(),
                    ),
                )


def _short(text):
    """Return a text of people for a line of a list."""
    return " ".join((text or "").split())[:200]
