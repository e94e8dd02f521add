"""What changes between plan() and deliver(), and notices that cannot be made."""

import hashlib
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time

from ...models.delivery.delivery import ArNotice
from ...models.ladder.channel import CHANNELS, Channel
from ...models.ledger.ledger_reader import Reader
from ...models.statement.statement import Statement
from .sending_common import SendingCommon


class TestSendingChecks(SendingCommon):
    """The ledger is read again before a notice leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What waits in the demonstration is not delivered beside what is tested
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_company SET ar_state = 'off' WHERE id <> %s", [cls.company.id]
        )
        cls.env.invalidate_all()

    # === SETTLED MEANWHILE === #

    def _planned(self, *amounts):
        """Return invoices of the customer, due for ten days, and their notice."""
        invoices = [self._invoice(self.customer, amount, 10) for amount in amounts]
        self._plan()
        notice = self._notices(self.customer, "ready")
        self.assertEqual(len(notice), 1)
        return (*invoices, notice)

    def test_paid(self):
        invoice, notice = self._planned(100)
        self._pay(invoice)
        self.assertEqual(self._deliver()["cancelled"], 1)
        self.assert_settled(notice)
        self.assertEqual(notice.cancel_reason, "Settled meanwhile")

    def test_one_of_two_paid(self):
        paid, left, notice = self._planned(100, 70)
        self._pay(paid)
        self.assertEqual(self._deliver()["sent"], 1)
        self.assert_notice(notice, "business_gentle", about={left: 70})
        self.assertEqual(notice.amount, 70)
        mail = self._mails(self.customer)
        self.assertIn("70.00", mail.body_html)
        self.assertNotIn("170.00", mail.body_html)
        self.assertNotIn(paid.name, mail.body_html)

    def test_partly_paid(self):
        invoice, notice = self._planned(100)
        self._pay(invoice, 60)
        self.assertEqual(self._deliver()["sent"], 1)
        self.assert_notice(notice, "business_gentle", about={invoice: 40})
        self.assertIn("40.00", self._mails(self.customer).body_html)

    def test_partly_paid_below_the_minimum(self):
        invoice, notice = self._planned(100)
        self._pay(invoice, 97)
        self.assertEqual(self._deliver()["cancelled"], 1)
        self.assert_settled(notice)
        self.assertEqual(self._plan()["notices"], 0)

    def test_what_is_planned_meets_its_minimum_when_it_is_sent(self):
        self._every_day()
        held = self._invoice(self.customer, 30, 40)  # final: at least 50
        asked = self._invoice(self.customer, 26, 25)  # firm: at least 25
        self._night(self._ago(36))
        self._night(self._ago(20))
        self._plan()
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.stage, "firm")
        self.assertEqual(self._deliver()["sent"], 1)
        self.assertEqual(notice.state, "sent")
        self.assert_notice(notice, "business_firm", about={asked: 26}, also={held: 30})

    def test_settled_twice_running_needs_a_person(self):
        invoice, first = self._planned(100)
        line = self._items(invoice)
        line.no_followup = True
        self._deliver()
        self.assert_settled(first)
        self.assertFalse(self._debtor(self.customer).sudo().activity_ids)
        line.no_followup = False
        self._plan(None, self.customer)
        second = self._notices(self.customer) - first
        self.assertEqual(second.state, "ready")
        line.no_followup = True
        self.assertEqual(self._deliver()["failed"], 1)
        self.assertEqual(second.state, "failed")
        self.assertIn("minimum of the step", second.failure_reason)
        self.assertTrue(self._debtor(self.customer).sudo().activity_ids)
        # Not planned again until a person handled it
        line.no_followup = False
        self._plan(None, self.customer)
        self.assertEqual(self._notices(self.customer), first | second)

    def test_paid_twice_needs_nobody(self):
        for amount in (100, 120):
            invoice, notice = self._planned(amount)
            self._pay(invoice)
            self._deliver()
            self.assert_settled(notice)

    def test_channels_agree(self):
        """The table, the boxes of a step and the selection name the same channels."""
        Step = self.env["ar.ladder.step"]
        selection = self.env["ar.notice"]._fields["channel"].get_values(self.env)
        known = [channel.code for channel in Step._channels()]
        self.assertEqual(sorted(known), sorted(selection))
        debtor = self._debtor(self.customer)
        # A channel of an addon that is installed in another database
        with patch.dict(CHANNELS, {"pigeon": Channel()}):
            self.assertEqual([channel.code for channel in Step._channels()], known)
            [(values, _items, _ladder)] = Reader(self.env, self.company).read_debtors(
                debtor.ids
            )
            self.assertLessEqual(values.channels, set(known))
            self.assertIn("call", values.channels)
            with self.assertRaisesRegex(ValidationError, "not known"):
                self._step("business_gentle").channels = "email,pigeon"

    def test_no_automatic_contact_any_more(self):
        _invoice, notice = self._planned(100)
        self._debtor(self.customer, kind="group")
        self._deliver()
        self.assert_settled(notice)
        self.assertIn("never followed up automatically", notice.cancel_reason)

    def test_unmatched_payment(self):
        _invoice, notice = self._planned(100)
        self._pay_on_account(self.customer, 100)
        self._deliver()
        self.assert_settled(notice)

    def test_credit_note(self):
        invoice, notice = self._planned(100)
        self._credit(self.customer, 30, of=invoice)
        self._deliver()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.amount, 70)
        self.assertIn("70.00", self._mails(self.customer).body_html)

    def test_excluded(self):
        excluded, left, notice = self._planned(100, 70)
        self._items(excluded).no_followup = True
        self._deliver()
        self.assert_notice(notice, "business_gentle", about={left: 70})
        self.assertEqual(notice.state, "sent")

    def test_reset_to_draft(self):
        invoice, notice = self._planned(100)
        invoice.button_draft()
        self._deliver()
        self.assert_settled(notice)

    def test_figures_of_another_day(self):
        _invoice, notice = self._planned(100)
        with freeze_time("2026-03-12 10:00:00"):
            self._deliver()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(notice.line_ids.days_overdue, 12)
        self.assertGreater(notice.date_given, fields.Date.to_date("2026-03-18"))
        self.assertEqual(notice.sent_on, fields.Date.to_date("2026-03-12"))

    # === HELD MEANWHILE === #

    def test_stopped(self):
        _invoice, notice = self._planned(100)
        self._debtor(self.customer).sudo().stop_reason = "court"
        self.assertEqual(self._deliver()["cancelled"], 1)
        self.assert_settled(notice)

    def test_snoozed(self):
        _invoice, notice = self._planned(100)
        until = self._ago(-9)
        self._debtor(self.customer).snooze(until, "Their system changes")
        self._deliver()
        self.assert_settled(notice, "later")
        self.assertEqual(notice.again_on, until)

    def test_answered(self):
        _invoice, notice = self._planned(100)
        self._debtor(self.customer, reply_until=self._ago(-7))
        self._deliver()
        self.assert_settled(notice, "later")

    def test_paused_keeps_what_is_ready(self):
        _invoice, notice = self._planned(100)
        self.company.ar_paused = True
        self.assertEqual(sum(self._deliver().values()), 0)
        self.assertEqual(notice.state, "ready")
        # Also where the pause begins while a batch is made
        counts = {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
        self.assertFalse(notice.sudo()._check_again(self.company, counts))
        self.assertEqual((notice.state, counts["cancelled"]), ("ready", 0))

    def test_outside_the_sending_hours(self):
        _invoice, notice = self._planned(100)
        self.company.write({"ar_hour_from": 11, "ar_hour_to": 12})
        self.assertEqual(sum(self._deliver().values()), 0)
        self.assertEqual(notice.state, "ready")

    def test_approve_under_a_pause(self):
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.company.ar_paused = True
        with self.assertRaisesRegex(UserError, "not live"):
            notice.approve()
        self.assertEqual(notice.state, "proposed")

    # === LIMITS, REPETITION === #

    def test_limit_takes_the_largest_first(self):
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 900, 10)
        self._plan()
        self.assertEqual(self._deliver(1)["sent"], 1)
        self.assertEqual(self._notices(self.other).state, "sent")
        self.assertEqual(self._notices(self.customer).state, "ready")
        self.assertEqual(self._deliver()["sent"], 1)
        self.assertEqual(sum(self._deliver().values()), 0)
        self.assertEqual(len(self._mails()), 2)

    def test_cancelled_takes_the_mail_back(self):
        """A message that never left is no history."""
        _invoice, notice = self._planned(100)
        made = (
            notice.sudo()
            .with_company(self.company)
            ._prepare_delivery(
                self.company, {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
            )
        )
        message = notice.mail_message_id
        self.assertEqual(made.mail_message_id, message)
        notice.cancel("later")
        self.assertFalse(message.exists() or made.exists())

    def test_cron_returns_in_time(self):
        """A worker that takes too long is killed: the rest is for the next call."""
        partners = [self._customer(f"Many {n}") for n in range(3)]
        for partner in partners:
            self._invoice(partner, 100, 10)
        self._plan()
        module = "odoo.addons.ar_followup_plus.models.delivery.delivery"
        with patch(f"{module}.BATCH", 2):
            counts, more = self.env["ar.notice"].sudo()._deliver(until=0)
            self.assertEqual((counts["sent"], more), (2, True))
            counts, more = self.env["ar.notice"].sudo()._deliver(until=0)
        self.assertEqual(counts["sent"], 1)

    # === WHAT CANNOT BE MADE === #

    def test_template_that_raises_for_one(self):
        partners = [self._customer(f"Fine {n}") for n in range(4)]
        rotten = self._customer("Rotten")
        for partner in (*partners, rotten):
            self._invoice(partner, 100, 10)
        template = self._step("business_gentle").mail_template_id.sudo()
        template.body_html = (
            '<t t-if="object.partner_id.name == \'Rotten\'"><t t-out="1/0"/></t>Pay!'
        )
        self._plan()
        counts = self._deliver()
        self.assertEqual((counts["sent"], counts["failed"]), (4, 1))
        failed = self._notices(rotten)
        self.assertEqual(failed.state, "failed")
        self.assertIn(template.name, failed.failure_reason)
        self.assertIn("correct the template, then try again", failed.failure_reason)
        self.assertIn("division by zero", failed.failure_reason)
        self.assertFalse(failed.can_retry)
        self.assertEqual(len(self._debtor(rotten).sudo().activity_ids), 1)
        template.body_html = "Pay!"
        failed.retry()
        self.assertEqual(self._deliver()["sent"], 1)

    def test_index_that_refuses_one(self):
        """What the database refuses for one notice is no concern of the others."""
        self._invoice(self.other, 200, 10)
        _invoice, notice = self._planned(100)
        kind = type(self.env["ar.notice"])
        original = kind._mail_vals

        def refuse(notices, *args):
            if self.customer in notices.partner_id:
                raise UniqueViolation("duplicate key")
            return original(notices, *args)

        with patch.object(kind, "_mail_vals", refuse):
            counts = self._deliver()
        self.assertEqual((counts["sent"], counts["failed"]), (1, 1))
        self.assertEqual(notice.state, "failed")
        self.assertIn("duplicate key", notice.failure_reason)

    def test_step_without_template(self):
        self._step("business_gentle").mail_template_id = False
        _invoice, notice = self._planned(100)
        self.assertEqual(self._deliver()["failed"], 1)
        self.assertIn("has no e-mail template: choose one", notice.failure_reason)
        self.assertIn(self._step("business_gentle").name, notice.failure_reason)

    def test_activity_that_raises_does_not_hide_the_failure(self):
        self._step("business_gentle").mail_template_id = False
        _invoice, notice = self._planned(100)
        with (
            patch.object(
                type(self.env["ar.debtor"]), "_ar_activity", side_effect=ValueError
            ),
            self.assertLogs(
                ArNotice.__module__.replace(
                    "delivery.delivery", "notice.ar_notice_state"
                ),
                "ERROR",
            ),
        ):
            self._deliver()
        self.assertEqual(notice.state, "failed")

    # === DOCUMENTS === #

    def _with_documents(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._step("business_gentle").attach_statement = True
        self._plan()
        return invoice, self._notices(self.customer)

    def _pdf(self, *contents):
        made = iter(contents)
        return patch.object(
            Statement,
            "pdf",
            side_effect=lambda lang: ("Statement.pdf", next(made)),
        )

    def test_documents_say_what_the_notice_says(self):
        """Paid after the PDF was made: it is made anew, and the old one is gone."""
        invoice, notice = self._with_documents()
        with self._pdf(b"%PDF old", b"%PDF new"):
            self.assertEqual(notice.sudo()._make_attachments(self.company), 1)
            old = notice.attachment_ids
            self.assertEqual(old.raw, b"%PDF old")
            self._pay(invoice, 60)
            self.assertEqual(self._deliver()["sent"], 1)
        self.assertFalse(old.exists())
        self.assertEqual(notice.attachment_ids.raw, b"%PDF new")
        self.assertEqual(
            notice.file_sums,
            {str(notice.attachment_ids.id): hashlib.sha256(b"%PDF new").hexdigest()},
        )
        self.assertEqual(
            self._mails(self.customer).attachment_ids, notice.attachment_ids
        )

    def test_documents_that_cannot_be_made(self):
        _invoice, notice = self._with_documents()
        self._invoice(self.other, 50, 10)
        self._plan()
        good = self._notices(self.other)
        with patch.object(
            Statement,
            "pdf",
            side_effect=OSError("no tool"),
        ):
            self._deliver()
        for failed in (notice, good):
            self.assertEqual(failed.state, "failed")
            self.assertIn("no tool", failed.failure_reason)
            self.assertTrue(failed.can_retry)
        with freeze_time("2026-03-10 10:45:00"), self._pdf(b"%PDF a", b"%PDF b"):
            self.assertEqual(self._deliver()["sent"], 2)
