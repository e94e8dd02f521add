"""Calls and visits: what came of them, and what follows."""

from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ...models.communication.call_sheet import CallSheet
from ..delivery.sending_common import SendingCommon


class CallCommon(SendingCommon):
    """A customer whose next step is a call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"ar_user_id": cls.user_collector.id, "ar_manager_id": cls.user_manager.id}
        )
        cls.debtor = cls._debtor(cls.customer)
        cls.invoice = cls._invoice(cls.customer, 900, 12)

    def _call(self, partner=None):
        """Return the call that waits after a night."""
        partner = partner or self.customer
        self._plan(None, partner)
        first = self._notices(partner, "ready")
        if first.channel != "call":
            self._leave(first, self.today - timedelta(days=9))
            self._debtor(partner).sudo().last_contact_date = self.today - timedelta(9)
            first._ar_unlocked().sent_on = self.today - timedelta(days=9)
            first._ar_unlocked().date_given = False
            self.env.flush_all()
            self._plan(None, partner)
        self._deliver()
        call = self._notices(partner, "ready")
        self.assertEqual(call.channel, "call")
        return call

    def _as_collector(self, record=None):
        record = record or self.debtor
        return record.with_user(self.user_collector)

    def _wizard(self, debtor=None, **values):
        debtor = self._as_collector(debtor)
        action = debtor.action_log_call()
        return (
            self.env["ar.call.log"]
            .with_user(self.user_collector)
            .with_context(**action["context"])
            .create(values)
        )

    def _activities(self, xmlid, debtor=None):
        kind = self.env.ref(f"ar_followup_plus.{xmlid}")
        debtor = (debtor or self.debtor).sudo()
        return debtor.activity_ids.filtered(lambda a: a.activity_type_id == kind)


@tagged("post_install", "-at_install")
class TestCalls(CallCommon):
    # === OUTCOMES === #

    def test_reached(self):
        """The step is taken, the gap begins, and the note is kept."""
        call = self._call()
        self.assertTrue(self._activities("activity_call"))
        self._wizard(note="Will <b>look</b>", late_reason="forgot").action_reached()
        self.assertEqual(call.state, "sent")
        self.assertEqual(self.debtor.last_contact_date, self.today)
        [log] = self.debtor.contact_log_ids
        self.assertEqual(
            (log.outcome, log.late_reason, log.note, log.notice_id, log.user_id),
            ("reached", "forgot", "Will <b>look</b>", call, self.user_collector),
        )
        self.assertFalse(self._activities("activity_call"))
        body = self.debtor.message_ids[0].body
        self.assertIn("Call: Reached", body)
        self.assertIn("&lt;b&gt;", body)
        self._plan(self.today + timedelta(days=4), self.customer)
        self.assertFalse(self._notices(self.customer, "ready", "proposed"))

    def test_will_pay(self):
        """Nothing leaves before the day they named, with three working days."""
        call = self._call()
        self._wizard(pay_on="20th").action_will_pay()
        self.assertEqual(call.state, "sent")
        log = self.debtor.contact_log_ids
        self.assertEqual((log.outcome, log.pay_on), ("will_pay", date(2026, 3, 20)))
        # Friday 20th, and Wednesday 25th is the third working day after it
        self.assertEqual(self.debtor.next_contact_date, date(2026, 3, 26))
        promise = self.debtor.plan_ids
        self.assertEqual((promise.kind, promise.source), ("promise", "call"))
        for day in (date(2026, 3, 20), date(2026, 3, 25)):
            self._plan(day, self.customer)
            self.assertFalse(self._notices(self.customer, "ready", "proposed"))
        self._plan(date(2026, 3, 26), self.customer)
        self.assertEqual(
            self._notices(self.customer, "ready").step_id, self._step("business_firm")
        )

    def test_will_pay_takes_back_what_waits(self):
        """No second notice to somebody one has just talked to."""
        self._plan(None, self.customer)
        waiting = self._notices(self.customer, "ready")
        self.assertTrue(waiting)
        self._as_collector().log_contact("will_pay", day=date(2026, 3, 13))
        self.assertEqual((waiting.state, waiting.cancel_how), ("cancelled", "answered"))
        self.assertEqual(self._deliver()["sent"], 0)

    def test_day_as_typed(self):
        wizard = self._wizard(pay_on="Fri")
        self.assertEqual(wizard.pay_on_day, date(2026, 3, 13))
        wizard.pay_on = "+7"
        self.assertEqual(wizard.pay_on_day, date(2026, 3, 17))
        for text in ("", "soon", "-1", "2020-01-01"):
            wizard.pay_on = text
            with self.assertRaisesRegex(ValidationError, "Fri, \\+7, 20th"):
                wizard.action_will_pay()
        self.assertFalse(self.debtor.contact_log_ids)

    def test_disputes(self):
        """The invoice, the reason and the amount that they name, and no more."""
        call = self._call()
        invoice = self._invoice(self.customer, 70, 20)
        item = self.env["ar.open.item"].search([("move_id", "=", invoice.id)])
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_damaged")
        wizard = self._wizard()
        named = {"dispute_item_id": item.id, "dispute_reason_id": reason.id}
        wizard.write(named)
        self.assertEqual(wizard.dispute_amount, 70)
        with self.assertRaisesRegex(ValidationError, "Write down"):
            wizard.action_disputes()
        wizard.note = "Two were broken"
        wizard.dispute_amount = 20
        wizard.action_disputes()
        self.assertEqual(call.state, "sent")
        self.assertFalse(self.debtor.reply_until)
        [dispute] = self.debtor.dispute_ids
        self.assertEqual((dispute.move_id, dispute.source), (invoice, "call"))
        self.assertEqual((dispute.amount, dispute.reason_id), (20, reason))
        self.assertEqual(dispute.text, "Two were broken")

    def test_disputes_what_exactly(self):
        """Not everything as "Other", because nobody said what."""
        self._call()
        item = self.env["ar.open.item"].search(
            [("debtor_id", "=", self.debtor.id)], limit=1
        )
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_damaged")
        whole = {"dispute_item_id": item.id, "dispute_reason_id": reason.id}
        for values in (
            {},
            {"dispute_item_id": item.id},
            {"dispute_reason_id": reason.id},
            {**whole, "dispute_amount": 0},
        ):
            wizard = self._wizard()
            wizard.write({"note": "They disagree", **values})
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "the amount"),
            ):
                wizard.action_disputes()
        self.assertFalse(self.debtor.dispute_ids)

    def test_disputes_where_nothing_is_open(self):
        """Our answer is waited for, and somebody gets to give it."""
        debtor = self._debtor(self.other)
        debtor.log_contact("disputes", "Never bought anything")
        self.assertFalse(debtor.dispute_ids)
        self.assertEqual(debtor.reply_until, date(2026, 3, 24))

    def test_wrong_number(self):
        """The call waits for the right number; nobody was contacted."""
        call = self._call()
        last = self.debtor.last_contact_date
        self._wizard().action_wrong_number()
        self.assertEqual(call.state, "ready")
        self.assertEqual(self.debtor.last_contact_date, last)
        self.assertIn("number", self._activities("activity_no_contact").summary)

    def test_no_answer(self):
        """Tried on the next working day; the third time an e-mail says so."""
        call = self._call()
        for day in ("2026-03-10", "2026-03-11"):
            with freeze_time(f"{day} 10:00:00"):
                self._wizard().action_no_answer()
            self.assertEqual(call.state, "ready")
        self.assertEqual(
            self._activities("activity_call").date_deadline, date(2026, 3, 12)
        )
        self.assertFalse(self._tried())
        with freeze_time("2026-03-12 10:00:00"):
            self._wizard().action_no_answer()
        mail = self._tried()
        self.assertEqual(len(mail), 1)
        self.assertIn(
            "tried to call you on March 10, 2026", " ".join(mail.body_html.split())
        )
        self.assertNotIn("/2026", mail.body_html)
        self.assertIn("900.00", mail.body_html)
        self.assertNotIn("False", mail.body_html)
        self.assertIn(self.customer.email, mail.email_to)
        self.assertEqual((call.state, call.cancel_how), ("cancelled", "lapsed"))
        self.assertTrue(all(call.line_ids.filtered("step_id").mapped("taken")))
        self.assertEqual(self.debtor.last_contact_date, date(2026, 3, 12))

    def test_no_answer_counts_since_somebody_was_reached(self):
        debtor = self._as_collector()
        for outcome in ("no_answer", "no_answer", "reached", "no_answer"):
            debtor.log_contact(outcome)
        self.assertFalse(self._tried())

    def test_no_mail_under_a_stop(self):
        """The outcome is logged; nothing leaves."""
        for how in ("stop", "pause"):
            with self.subTest(how=how):
                self.debtor.contact_log_ids.sudo().note = False
                if how == "stop":
                    self.debtor.sudo().stop_reason = "court"
                else:
                    self.debtor.sudo().stop_reason = False
                    self.company.ar_paused = True
                for _try in range(3):
                    self._as_collector().log_contact("no_answer")
                self.assertFalse(self._tried())

    def _tried(self):
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", "ar.debtor"),
                    ("res_id", "=", self.debtor.id),
                    ("subject", "ilike", "tried to reach"),
                ]
            )
        )

    def test_cool_down(self):
        """Five working days; the manager is told; the facts are noted."""
        self._call()
        self._wizard(note="Shouted at us").action_cool_down()
        self.assertEqual(self.debtor.snooze_until, date(2026, 3, 18))
        activity = self._activities("activity_cool_down")
        self.assertEqual(activity.user_id, self.user_manager)
        self.assertIn("Shouted at us", activity.summary)
        self._plan(date(2026, 3, 17), self.customer)
        self.assertFalse(self._notices(self.customer, "ready", "proposed"))

    # === WITHOUT A PLANNED CALL === #

    def test_unplanned_call_and_visit_begin_the_gap(self):
        for kind in ("call", "visit"):
            with self.subTest(kind=kind):
                self.debtor.sudo().last_contact_date = False
                self._as_collector().log_contact("reached", kind=kind)
                self.assertEqual(self.debtor.last_contact_date, self.today)
                self._plan(self.today + timedelta(days=1), self.customer)
                self.assertFalse(self._notices(self.customer, "ready"))
                self.assertFalse(self.debtor.contacted)

    def test_visit_leaves_a_call_to_be_made(self):
        call = self._call()
        self._as_collector().log_contact("wrong_number", kind="visit")
        self.assertEqual(call.state, "ready")

    def test_bad_input(self):
        debtor = self._as_collector()
        for values in (
            {"outcome": "nonsense"},
            {"outcome": "reached", "kind": "letter"},
            {"outcome": "reached", "reason": "nonsense"},
            {"outcome": "will_pay"},
            {"outcome": "will_pay", "day": "2026-03-09"},
            {"outcome": "upset", "note": "  "},
        ):
            with self.assertRaises(ValidationError):
                debtor.log_contact(**values)
        self.assertFalse(self.debtor.contact_log_ids)

    def test_who_may(self):
        """A log is proof: nobody writes or deletes one; others may not log."""
        log = self._as_collector().log_contact("reached")
        for user in (self.user_collector, self.user_manager):
            with self.assertRaises(AccessError):
                log.with_user(user).note = "Changed"
        with self.assertRaises(UserError):
            log.sudo().unlink()
        for user in (self.user_none, self.user_accountant):
            with self.assertRaises(AccessError):
                self.debtor.with_user(user).action_log_call()
            with self.assertRaises(AccessError):
                self.debtor.with_user(user).save_call_draft("We pay on Friday")
            with self.assertRaises(AccessError):
                self.debtor.with_user(user).log_contact("reached")

    # === IN CALL, AND NOTES === #

    def test_in_call(self):
        """A colleague sees who is on the phone since when."""
        self._as_collector().action_log_call()
        manager = self.debtor.with_user(self.user_manager).with_context(tz="UTC")
        self.user_manager.tz = "UTC"
        self.assertRegex(manager.in_call_note, "In call since 10:00.*, Test Collector")
        wizard = (
            self.env["ar.call.log"]
            .with_user(self.user_manager)
            .with_context(**manager.action_log_call()["context"])
            .create({})
        )
        self.assertIn("Test Collector", wizard.warning)
        self.assertEqual(self.debtor.in_call_user_id, self.user_collector)
        self._as_collector().log_contact("reached", note="Done")
        self.assertFalse(manager.in_call_note)
        self.assertIn("Test Collector, Reached", manager.last_outcome)
        self._as_collector().action_log_call()
        with freeze_time("2026-03-10 11:30:00"):
            manager.invalidate_recordset()
            self.assertFalse(manager.in_call_note)

    def test_note_survives(self):
        """What is typed is kept on the server, until it is logged."""
        debtor = self._as_collector()
        debtor.save_call_draft("She said that")
        wizard = self._wizard()
        self.assertEqual(wizard.note, "She said that")
        wizard.note = "She said that it is paid"
        wizard.action_leave()
        self.assertEqual(self.debtor.call_draft, "She said that it is paid")
        self.assertFalse(self.debtor.in_call_note)
        wizard = self._wizard()
        wizard.action_reached()
        self.assertEqual(self.debtor.contact_log_ids.note, "She said that it is paid")
        self.assertFalse(self.debtor.call_draft)
        # The last keystroke may arrive after the outcome
        debtor.save_call_draft("She said that it is paid")
        self.assertFalse(self.debtor.call_draft)

    # === MANY CALLS === #

    def test_calls_of_a_day(self):
        """Up to the daily number for each collector, highest priority first."""
        self.company.ar_calls_per_day = 2
        step = self._step("business_call")
        calls = self.env["ar.notice"]
        for number, priority in enumerate((1, 30, 20, 10)):
            partner = self._customer(f"Call {number}")
            self._invoice(partner, 600, 12)
            debtor = self._debtor(partner, priority=priority)
            calls |= (
                self.env["ar.notice"]
                .sudo()
                .create(
                    {
                        "debtor_id": debtor.id,
                        "company_id": self.company.id,
                        "step_id": step.id,
                        "stage": "call",
                        "channel": "call",
                        "date": self.today,
                        "state": "ready",
                    }
                )
            )
        model = self.env["ar.notice"].sudo()
        model._hand_out_calls()
        self.assertEqual(
            calls.mapped(lambda n: bool(n.call_on)), [False, True, True, False]
        )
        model._hand_out_calls()
        self.assertEqual(len(calls.filtered("call_on")), 2)
        self._as_collector(calls[1].debtor_id).log_contact("reached")
        model._hand_out_calls()
        self.assertFalse(calls[3].call_on, "made calls count on their day")
        with freeze_time("2026-03-11 10:00:00"):
            model._hand_out_calls()
        self.assertEqual(calls[3].call_on, date(2026, 3, 11))
        self.assertFalse(calls[0].call_on)

    # === KEY ACCOUNTS === #

    def test_call_first(self):
        """A call instead of a reminder; the salesperson is told."""
        seller = self.user_accountant
        self.customer.user_id = seller
        self._as_collector().call_first = True
        self._plan(None, self.customer)
        call = self._notices(self.customer, "ready")
        self.assertEqual((call.channel, call.stage), ("call", "gentle"))
        self.assertFalse(call.date_given)
        self._deliver()
        told = (
            self.env["mail.message"]
            .sudo()
            .search([("notified_partner_ids", "in", seller.partner_id.ids)])
        )
        self.assertIn("900.00", told.body)
        self.assertFalse(self._mails(self.customer))

    def test_call_first_takes_back_what_waits(self):
        self._plan(None, self.customer)
        waiting = self._notices(self.customer, "ready")
        self.assertEqual(waiting.channel, "email")
        self._as_collector().call_first = True
        self.assertEqual(waiting.state, "cancelled")
        self._plan(None, self.customer)
        self.assertEqual(self._notices(self.customer, "ready").channel, "call")


@tagged("post_install", "-at_install")
class TestClosedPeriod(CallCommon):
    """A closed period: August or Christmas."""

    def _close(self):
        self.company.resource_calendar_id = self._calendar(
            self.company, leaves=[(date(2026, 3, 5), date(2026, 3, 20))]
        )

    def test_nothing_harsher_than_gentle(self):
        """Neither decided in it, nor approved before and sent in it."""
        firm = self._customer("Firm In August")
        invoice = self._invoice(firm, 400, 20)
        self._plan(None, firm)
        gentle = self._notices(firm, "ready")
        gentle.sudo().write(
            {"stage": "firm", "step_id": self._step("business_firm").id}
        )
        self._close()
        late = self._customer("Gentle In August")
        self._invoice(late, 300, 6)
        self._plan(None, late)
        self._deliver()
        self.assertEqual(gentle.state, "ready")
        sent = self._notices(late, "sent")
        self.assertEqual(sent.stage, "gentle")
        self.assertEqual(len(self._mails(firm)), 0)
        self.assertTrue(invoice)

    def test_no_date_falls_into_it(self):
        self._close()
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.stage, "gentle")
        # A week from the 10th lies in it; the first day after it is the 21st
        self.assertEqual(notice.date_given, date(2026, 3, 21))


@tagged("post_install", "-at_install")
class TestCallBrief(CallCommon):
    """One screen and one page, for people without accounting rights."""

    def test_says_what_one_needs(self):
        self.customer.write(
            {
                "phone": "+1 (555) 01 77",
                "country_id": self.env.ref("base.fr").id,
                "property_payment_term_id": self.pay_terms_a.id,
            }
        )
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self.today - timedelta(days=40),
                "invoice_date_due": self.today - timedelta(days=9),
                "invoice_line_ids": [
                    (0, 0, {"name": "Bill", "price_unit": 77, "tax_ids": []})
                ],
            }
        )
        bill.action_post()
        old = self._invoice(self.customer, 250, 60)
        self._pay(old, on=self.today - timedelta(days=30))
        self._call()
        self._as_collector().log_contact("no_answer", note="Rang <i>twice</i>")
        html = str(CallSheet(self._as_collector()).html())
        for part in (
            "Call: $",
            "900.00",
            self.invoice.name,
            "77.00",
            "tel:+15550177",
            "250.00",
            "(30 days late)",
            "Immediate Payment",
            "On which day will",
            "No answer",
            "Rang &lt;i&gt;twice&lt;/i&gt;",
            "It is 11:00 there.",
            "Gentle reminder",
        ):
            self.assertIn(part, html)
        self.assertNotIn("False", html)
        self.assertNotIn("Disputed", html)
        self.assertNotIn("They said they will pay", html)
        self._as_collector().log_contact("will_pay", day=date(2026, 3, 20))
        self.assertIn(
            "They said they will pay", str(CallSheet(self._as_collector()).html())
        )

    def test_nothing_known(self):
        """Without phone, debts or history it is readable all the same."""
        self.other.phone = False
        html = str(CallSheet(self._as_collector(self._debtor(self.other))).html())
        self.assertIn("No phone number is known", html)
        self.assertIn("Nothing is overdue", html)
        self.assertNotIn("False", html)
        self.assertNotIn("None", html)

    def test_opens_with_few_statements(self):
        """However many invoices are open."""
        debtor = self._as_collector()
        CallSheet(debtor).html()

        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            CallSheet(debtor).html()
            return self.cr.sql_log_count - before

        few = count()
        for _number in range(30):
            self._invoice(self.customer, 100, 12)
        self.env.flush_all()
        self.assertLessEqual(count(), few + 2)
        self.assertLess(few, 60)

    def test_report_is_for_collectors(self):
        report = self.env["ir.actions.report"]
        name = "ar_followup_plus.action_report_call_brief"
        html, _kind = report.with_user(self.user_collector)._render_qweb_html(
            name, self.debtor.ids
        )
        self.assertIn(b"Why today", html)
        for user in (self.user_none, self.user_portal):
            with self.assertRaises(AccessError):
                report.with_user(user)._render_qweb_html(name, self.debtor.ids)
        for name in ("letter", "statement"):
            record = self.debtor
            if name == "letter":
                self._plan(None, self.customer)
                record = self._notices(self.customer, "ready")
            for user in (self.user_none, self.user_portal):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    report.with_user(user)._render_qweb_html(
                        f"ar_followup_plus.action_report_{name}", record.ids
                    )
