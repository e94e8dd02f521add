"""From the menu to the invoice behind a figure, in a real browser."""

from odoo.tests import HttpCase

from .analytics_common import AnalyticsCommon


class TestTourReports(AnalyticsCommon, HttpCase):
    freeze_time = None  # a browser has the real clock

    def test_aged_receivables(self):
        self._invoice(self._customer("Northwind Bakery"), 1250, 20)
        self.user_accountant.password = "a-long-password"
        self.start_tour(
            "/odoo/action-ar_followup_plus.ar_debtor_action",
            "ar_aging",
            login=self.user_accountant.login,
        )
