"""A collector at work, in a real browser."""

from datetime import timedelta

from odoo.tests import HttpCase

from ..common import ArCommon


class TestTourBackOffice(ArCommon, HttpCase):
    """The worklist, a customer, back, and the notices to approve."""

    freeze_time = None  # a browser has the real clock

    def test_collector_opens_the_worklist(self):
        self._every_day()
        self.company.ar_state = "ask"
        partner = self._customer("Northwind Bakery")
        self._invoice(partner, 1250, 6)
        self.user_collector.password = "a-long-password"
        self._plan(None, partner)
        self.env["ar.debtor"].refresh()
        notice = self._notices(partner)
        self.assertEqual(notice.state, "proposed")
        self.start_tour(
            "/odoo/receivables", "ar_backoffice", login=self.user_collector.login
        )
        self.env.invalidate_all()
        self.assertEqual(notice.state, "proposed")  # looking changes nothing

    def test_morning_without_going_back_to_the_list(self):
        """Snooze one, let one leave, call one who names a day: by the pager alone."""
        self._every_day()
        self.company.ar_state = "ask"
        amounts = {"First Florist": 2000, "Second Sawmill": 900, "Third Tannery": 300}
        partners = {name: self._customer(name) for name in amounts}
        for name, amount in amounts.items():
            self._invoice(partners[name], amount, 6)
        self.user_collector.password = "a-long-password"
        self._plan(None, *partners.values())
        self.env["ar.debtor"].refresh()
        self.start_tour(
            "/odoo/receivables", "ar_morning", login=self.user_collector.login
        )
        self.env.invalidate_all()
        first, second, third = (self._debtor(partner) for partner in partners.values())
        self.assertTrue(first.is_snoozed)
        self.assertEqual(first.snooze_user_id, self.user_collector)
        notice = self._notices(second.partner_id)
        self.assertEqual(notice.state, "ready")
        self.assertEqual(notice.approved_by, self.user_collector)
        # Who names a day is not written to before it
        waiting = self._notices(third.partner_id)
        self.assertEqual((waiting.state, waiting.cancel_how), ("cancelled", "answered"))
        log = third.contact_log_ids
        self.assertEqual((log.outcome, log.user_id), ("will_pay", self.user_collector))
        self.assertEqual(log.pay_on, self.company._ar_today() + timedelta(days=7))

    def test_few_buttons_and_more(self):
        """Four acts that apply are shown, all the others are two clicks away."""
        self._every_day()
        partner = self._customer("Northwind Bakery")
        self._invoice(partner, 1250, 6)
        self.user_collector.password = "a-long-password"
        self._plan(None, partner)
        self.env["ar.debtor"].refresh()
        self.start_tour(
            "/odoo/receivables", "ar_few_buttons", login=self.user_collector.login
        )
        self.env.invalidate_all()
        debtor = self._debtor(partner)
        self.assertTrue(debtor.is_snoozed)
        self.assertEqual(debtor.stop_reason, "insolvency")
