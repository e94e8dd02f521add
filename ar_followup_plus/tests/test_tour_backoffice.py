"""A collector at work, in a real browser."""

from odoo.tests import HttpCase

from .common import ArCommon


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
