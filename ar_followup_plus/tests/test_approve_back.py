"""Ten minutes in which an approval can be taken back."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from .sending_common import SendingCommon


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
            with self.assertRaisesRegex(UserError, "cannot be taken back"):
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
        self.assertIn("1 approved. They leave from", answer["params"]["message"])
        answer = self.notice.action_take_back()
        self.assertIn("1 taken back", answer["params"]["message"])
        self.company.ar_hour_to = 9
        answer = self.notice.action_approve()
        self.assertIn("hours for sending begin", answer["params"]["message"])
        self.assertIn("as soon as", self.notice.action_send_now()["params"]["message"])
