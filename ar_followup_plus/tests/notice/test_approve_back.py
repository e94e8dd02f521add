"""Ten minutes in which an approval can be taken back."""

import base64
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from ...models.statement.statement import Statement
from ..delivery.sending_common import SendingCommon


class TestApproveBack(SendingCommon):
    """Approved, taken back, sent now; and what deliver and the gate make of it."""

    def setUp(self):
        super().setUp()
        self.company.write({"ar_state": "ask", "ar_approval_minutes": 10})
        self._invoice(self.customer, 100, 10)
        self._plan()
        self.notice = self._notices(self.customer)
        self.notice.with_user(self.user_collector).approve()

    def test_ten_minutes_are_the_default(self):
        company = self.setup_other_company(name="New one")["company"]
        self.assertEqual(company.ar_approval_minutes, 10)

    def test_leaves_ten_minutes_later(self):
        self.assertEqual(
            self.notice.leaves_at - self.notice.approved_at, timedelta(minutes=10)
        )
        self.assertTrue(self.notice.is_waiting)
        with freeze_time("2026-03-10 10:09:59"):
            self.assertEqual(self._deliver()["sent"], 0)
        self.assertEqual(self.notice.state, "ready")
        with freeze_time("2026-03-10 10:10:00"):
            self.assertEqual(self._deliver()["sent"], 1)
        self.assertEqual(self.notice.state, "sent")

    def test_delivery_is_called_when_the_time_is_over(self):
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("ar_followup_plus.ir_cron_deliver").id)]
        )
        self.assertIn(self.notice.leaves_at, triggers.mapped("call_at"))

    def test_taken_back(self):
        self.notice.with_user(self.user_collector).take_back()
        self.assertRecordValues(
            self.notice,
            [{"state": "proposed", "approved_by": False, "leaves_at": False}],
        )
        with freeze_time("2026-03-10 10:30:00"):
            self.assertEqual(self._deliver()["sent"], 0)
        self._plan()
        self.assertEqual(len(self._notices(self.customer)), 1)
        self.notice.with_user(self.user_collector).approve()
        with freeze_time("2026-03-10 10:30:00"):
            self.assertEqual(self._deliver()["sent"], 1)

    def test_sent_cannot_be_taken_back(self):
        with freeze_time("2026-03-10 10:30:00"):
            self._deliver()
            with self.assertRaisesRegex(UserError, "cannot be withdrawn"):
                self.notice.with_user(self.user_manager).take_back()
        self.assertEqual(self.notice.state, "sent")

    def test_what_nobody_approved_is_not_taken_back(self):
        self.company.ar_state = "live"
        self._invoice(self.other, 100, 10)
        self._plan()
        with self.assertRaisesRegex(UserError, "no approved notice"):
            self._notices(self.other, "ready").take_back()

    def test_send_now_skips_the_wait(self):
        self.notice.with_user(self.user_collector).send_now()
        self.assertEqual(self._deliver()["sent"], 1)

    def test_send_now_heeds_a_contact_stop(self):
        self._debtor(self.customer).sudo().stop_reason = "court"
        with self.assertRaisesRegex(UserError, "is stopped"):
            self.notice.send_now()

    def test_the_gate_keeps_the_wait(self):
        """A mail made for an approval before does not leave within a new wait."""
        self.notice.send_now()
        batch = self.notice.sudo()
        batch.leaves_at = False
        mails = batch._prepare_delivery(self.company, dict.fromkeys(
            ("sent", "failed", "cancelled", "calls"), 0))  # fmt: skip
        batch.leaves_at = batch.approved_at + timedelta(minutes=10)
        mails.send()
        self.assertEqual(self.notice.state, "ready")
        self.assertFalse(self._mails(self.customer))

    def test_who_may(self):
        for user in (self.user_none, self.user_portal, self.user_accountant):
            for act in ("take_back", "send_now"):
                with self.subTest(user=user.name, act=act):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        getattr(self.notice.with_user(user), act)()
        self.assertEqual(self.notice.state, "ready")

    def test_buttons_say_when(self):
        self.notice.take_back()
        answer = self.notice.action_approve()
        self.assertIn(
            "1 notice approved. Sending begins on", answer["params"]["message"]
        )
        answer = self.notice.action_take_back()
        self.assertIn("Approvals withdrawn: 1", answer["params"]["message"])
        self.company.write({"ar_hour_from": 8, "ar_hour_to": 9})
        answer = self.notice.action_approve()
        self.assertRegex(
            answer["params"]["message"], "Sending begins on [A-Z].*day, 3/11/26"
        )
        self.assertRegex(
            self.notice.action_send_now()["params"]["message"],
            "Sending begins on [A-Z].*day, 3/11/26",
        )


class TestApprovedIsSent(SendingCommon):
    """What is approved is what was shown, and what is sent."""

    def setUp(self):
        super().setUp()
        self.company.write({"ar_state": "ask", "ar_approval_minutes": 0})
        self.left = self._invoice(self.customer, 100, 10)
        self.excluded = self._invoice(self.customer, 50, 10)
        self._plan()
        self.notice = self._notices(self.customer)
        self.assertEqual(self.notice.amount, 150)
        self.env["ar.exclude"].create(
            {
                "item_ids": self._items(self.excluded).ids,
                "exclude": True,
                "reason": "Sold to a factor",
                "until": self._ago(-30),
            }
        ).action_apply()

    def test_changed_is_shown_again(self):
        answer = self.notice.action_approve()
        self.assertIn("Changed since proposed: 1", answer["params"]["message"])
        self.assertRecordValues(self.notice, [{"state": "proposed", "amount": 100}])
        self.assertIn("100.00", self.notice.message_html)
        self.assertNotIn("150.00", self.notice.message_html)
        answer = self.notice.action_approve()
        self.assertIn("1 notice approved", answer["params"]["message"])
        self._deliver()
        self.assertIn("100.00", self._mails(self.customer).body_html)

    def test_list_and_message_are_brought_up_to_date(self):
        self.env["ar.notice"]._tidy_outbox()
        self.assertRecordValues(self.notice, [{"state": "proposed", "amount": 100}])
        self.assertNotIn("150.00", self.notice.message_html)
        self.assertEqual(self.notice.approve(), self.notice)

    def test_nothing_left(self):
        self._pay(self.left)
        answer = self.notice.action_approve()
        self.assertIn("in the meantime: 1", answer["params"]["message"])
        self.assertEqual(self.notice.cancel_how, "settled")

    def test_from_the_worklist(self):
        answer = self._debtor(self.customer).action_approve_notices()
        self.assertIn("Still pending: 1", answer["params"]["message"])
        self.assertRecordValues(self.notice, [{"state": "proposed", "amount": 100}])


class TestSeenBefore(SendingCommon):
    """The exact message and its PDF, before anything is approved."""

    def setUp(self):
        super().setUp()
        self._every_day()
        self.company.ar_state = "ask"
        self.invoice = self._invoice(self.customer, 700, 20)

    def _proposal(self, **step):
        self._step("business_gentle").write(step)
        self._plan(None, self.customer)
        return self._notices(self.customer).with_user(self.user_collector)

    def _pdf(self, notice):
        action = notice.action_preview_pdf()
        self.assertEqual(action["type"], "ir.actions.act_url")
        preview_id = int(action["url"].split("/")[4])
        preview = self.env["ar.message.preview"].browse(preview_id)
        self.assertEqual(preview.create_uid, self.user_collector)
        return base64.b64decode(preview.with_user(self.user_collector).pdf)

    def test_sender_and_documents_are_named(self):
        notice = self._proposal(attach_statement=True, attach_invoices=True)
        shown = notice.message_html
        self.assertIn("receivables@example.com", shown)
        self.assertIn(f"Attached: statement, {self.invoice.name}", shown)
        self.assertTrue(notice.has_pdf)

    def test_documents_of_an_e_mail(self):
        notice = self._proposal(attach_statement=True)
        with patch.object(
            Statement,
            "pdf",
            return_value=("a.pdf", b"%PDF-1.4 statement"),
        ):
            self.assertEqual(self._pdf(notice), b"%PDF-1.4 statement")
        self.env.invalidate_all()
        # A look keeps nothing: what is attached is made when it leaves
        self.assertFalse(notice.attachments_ready)
        self.assertFalse(notice.sudo().attachment_ids)
        self.assertEqual(notice.state, "proposed")

    def test_a_letter(self):
        notice = self._proposal(channels="letter", letter_body="<p>A letter</p>")
        self.assertEqual(notice.channel, "letter")
        self.assertIn("A letter", notice.message_html)
        self.assertIn("1 Sample Street", notice.message_html)
        with patch.object(
            self.env.registry["ir.actions.report"],
            "_render_qweb_pdf",
            return_value=(b"%PDF-1.4 letter", "pdf"),
        ):
            self.assertEqual(self._pdf(notice), b"%PDF-1.4 letter")

    def test_nothing_attached(self):
        notice = self._proposal()
        self.assertFalse(notice.has_pdf)
        with self.assertRaisesRegex(UserError, "Nothing is attached"):
            notice.action_preview_pdf()

    def test_of_others_nobody_sees_it(self):
        notice = self._proposal(attach_statement=True)
        for user in (self.user_none, self.user_portal):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                notice.with_user(user).action_preview_pdf()
