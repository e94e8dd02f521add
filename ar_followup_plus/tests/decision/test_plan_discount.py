"""An early-payment discount that was taken without right."""

from datetime import timedelta

from odoo import Command

from ..common import ArCommon


class TestDiscount(ArCommon):
    """1,000.00 less 2 % within ten days, due after thirty."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    def _taken(self, late, amount=980):
        """Return an invoice of which the discount was taken so many days too late."""
        issued = self._ago(60)
        invoice = self._invoice(
            self.customer,
            1000,
            0,
            invoice_payment_term_id=self.term.id,
            invoice_date=issued,
            invoice_date_due=False,
        )
        self.assertEqual(self._items(invoice).discount_date, issued + timedelta(10))
        self._pay(invoice, amount, issued + timedelta(10 + late))
        self.env.flush_all()
        return invoice

    def test_a_few_days_late_it_is_listed_for_write_off(self):
        invoice = self._taken(5)
        self.assertEqual(invoice.amount_residual, 20)
        self.assert_item(invoice, "small_difference", says="20.00")
        item = self.env["ar.open.item"].search([("move_id", "=", invoice.id)])
        self.assertTrue(item.is_small)

    def test_later_it_is_asked_for(self):
        invoice = self._taken(6)
        item = self.env["ar.open.item"].search([("move_id", "=", invoice.id)])
        self.assertFalse(item.is_small)
        [entry] = self._explain(self.customer)[invoice.name]
        self.assertNotEqual(entry["reason"], "small_difference")
        self.assertEqual(entry["amount"], 20)
        # By the company's rule it is not
        self.company.ar_discount_days = 365
        self.env.flush_all()
        self.assert_item(invoice, "small_difference")

    def test_what_is_no_discount(self):
        invoice = self._taken(0, 900)
        [entry] = self._explain(self.customer)[invoice.name]
        self.assertNotEqual(entry["reason"], "small_difference")
        self.assertEqual(entry["amount"], 100)
