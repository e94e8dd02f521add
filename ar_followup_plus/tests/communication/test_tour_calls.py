"""Calls in a real browser: three outcomes in at most nine clicks, notes that survive."""

from datetime import date, timedelta

from odoo.tests import HttpCase

from ..common import ArCommon


class TestTourCalls(ArCommon, HttpCase):
    freeze_time = None  # a browser has the real clock

    def setUp(self):
        super().setUp()
        self._every_day()
        self.user_collector.password = "a-long-password"
        self.company.ar_user_id = self.user_collector

    def _calls(self, count):
        """Return calls that wait, the first one about the most."""
        partners = self.env["res.partner"]
        for number in range(count):
            partner = self._customer(f"Call Me {number}", phone=f"+1 555 010{number}")
            self._invoice(partner, 900 - number, 12)
            partners |= partner
            debtor = self._debtor(partner, call_first=True)
            debtor.flush_recordset()
        self._plan(None, *partners)
        calls = self._notices(None, "ready")
        self.env["ar.notice"].sudo()._hand_out_calls()
        self.assertEqual(len(calls.filtered("call_on")), count)
        return calls

    def test_three_calls(self):
        calls = self._calls(3)
        self.start_tour(
            "/odoo/receivables-calls", "ar_calls", login=self.user_collector.login
        )
        self.env.invalidate_all()
        logs = self.env["ar.contact.log"].search(
            [("debtor_id", "in", calls.debtor_id.ids)], order="id"
        )
        self.assertEqual(logs.mapped("outcome"), ["will_pay", "no_answer", "reached"])
        self.assertEqual(logs[0].pay_on, date.today() + timedelta(days=7))
        self.assertEqual(logs[0].note, "Ms Test pays with the next run")
        self.assertEqual(sorted(calls.mapped("state")), ["ready", "sent", "sent"])

    def test_note_is_kept_while_typed(self):
        [debtor] = self._calls(1).debtor_id
        self.start_tour(
            f"/odoo/receivables/{debtor.id}",
            "ar_call_draft",
            login=self.user_collector.login,
        )
        self.env.invalidate_all()
        self.assertEqual(debtor.call_draft, "She said that")
        self.assertFalse(debtor.contact_log_ids)
        self.assertTrue(debtor.in_call_note)
