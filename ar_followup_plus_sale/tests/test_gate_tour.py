"""A salesperson at the gate, in a real browser."""

from odoo.tests import HttpCase

from odoo.addons.ar_followup_plus.models.credit_control.credit_hold import CreditHold

from .gate_common import GateCommon


class TestGateTour(GateCommon, HttpCase):
    """Stopped by a hold; prepaid passes; a payment releases the hold by itself."""

    freeze_time = None  # a browser has the real clock

    def test_stopped_prepaid_released(self):
        self.company.write({"ar_gate": "off", "ar_hold_rule": True})
        invoice = self._invoice(self.customer, 900, 90)
        CreditHold(self.debtor.sudo()).update()
        self.debtor.sudo().write(
            {"hold_told": self._ago(20), "hold_from": self._ago(1)}
        )
        CreditHold(self.debtor.sudo()).update()
        self.assertEqual(self.debtor.hold_state, "hold")
        order = self._order()
        prepaid = self._order(term=self.at_once)
        self.user_seller.password = "a-long-password"
        self.start_tour(
            f"/odoo/orders/{order.id}", "ar_gate_stopped", login=self.user_seller.login
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "draft")
        self.start_tour(
            f"/odoo/orders/{prepaid.id}", "ar_gate_passes", login=self.user_seller.login
        )
        self._pay(invoice)
        self.start_tour(
            f"/odoo/orders/{order.id}", "ar_gate_passes", login=self.user_seller.login
        )
        self.env.invalidate_all()
        self.assertEqual(prepaid.state, "sale")
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.debtor.hold_state, "none")
