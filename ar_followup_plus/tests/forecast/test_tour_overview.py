"""A manager's Monday in a browser: overview, figure, items, invoice."""

from odoo.tests import HttpCase, tagged

from .forecast_common import ForecastCommon


@tagged("post_install", "-at_install")
class TestTourOverview(ForecastCommon, HttpCase):
    freeze_time = None  # a browser has the real clock

    def test_overview_figure_items_invoice(self):
        partner = self._customer("Northwind Bakery")
        self._paid_late(partner, 9)
        self.invoice = self._invoice(partner, 1250, 40)
        self.user_manager.write(
            {
                "password": "a-long-password",
                "group_ids": [(4, self.env.ref("account.group_account_invoice").id)],
            }
        )
        self._night()
        self.start_tour(
            "/odoo/receivables-overview", "ar_overview", login=self.user_manager.login
        )
