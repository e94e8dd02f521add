"""Disputes: what a customer contests is not asked for, and the rest goes on."""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ArCommon


@tagged("post_install", "-at_install")
class TestDisputes(ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("ar_followup_plus.ar_dispute_reason_price")

    def _item(self, move):
        return self.env["ar.open.item"].search([("move_id", "=", move.id)])

    def test_only_the_disputed_amount_leaves(self):
        invoice = self._invoice(self.customer, 100, 30)
        debtor = self._debtor(self.customer)
        item = self._item(invoice)
        dispute = debtor._ar_dispute(invoice, self.reason, amounts={item.id: 40})
        item.invalidate_recordset()
        self.assertEqual(item.amount_disputed, 40)
        self.assertEqual(dispute.amount_open, 40)
        with self.assertRaises(UserError):
            debtor._ar_dispute(invoice, self.reason, amounts={item.id: 61})
        debtor._ar_dispute(invoice, self.reason)
        item.invalidate_recordset()
        self.assertEqual(item.amount_disputed, 100)
