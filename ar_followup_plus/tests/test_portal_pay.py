"""Paying from the customer's page, in a real browser on a phone."""

from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged("-at_install", "post_install")
class TestPortalPay(PortalCommon):
    browser_size = "390x844"
    touch_enabled = True

    def test_pay_on_a_phone(self):
        self._demo_provider()
        paid = self._invoice(self.customer, 1250, 10)
        left = self._invoice(self.customer, 300, 9)
        notice = self._sent(self.customer, paid, left)
        form = self.url_open(self._path(notice, f"/pay/{paid.id}"))
        self.assertEqual(form.status_code, 200, form.text)
        self.start_tour(self._path(notice), "ar_customer_pays", login=None)
        self.env.invalidate_all()
        self.assertEqual(paid.payment_state, paid._get_invoice_in_payment_state())
        self.assertTrue(all(self._items(paid).mapped("reconciled")))
        self.assertFalse(any(self._items(left).mapped("reconciled")))
        transaction = self.env["payment.transaction"].sudo().search([], limit=1)
        self.assertEqual(
            (transaction.state, transaction.amount, transaction.invoice_ids),
            ("done", 1250, paid),
        )
        self.assertTrue(notice.opened_at)
        page = self.url_open(self._path(notice)).text
        self.assertNotIn(paid.name, page)
        self.assertIn(left.name, page)
        # The token of the invoice was neither needed nor made
        self.assertFalse(paid.access_token)
