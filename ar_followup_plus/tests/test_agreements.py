"""Promises and plans hold their items, and nothing else."""

from datetime import timedelta

from odoo.exceptions import ValidationError

from .common import ArCommon


class TestPromises(ArCommon):
    def _open(self, partner=None):
        debtor = self._debtor(partner or self.customer)
        return debtor, self.env["ar.open.item"].search([("debtor_id", "=", debtor.id)])

    def test_promise_holds_what_is_promised(self):
        self._invoice(self.customer, 1000, self.today - timedelta(days=20))
        debtor, items = self._open()
        plan = debtor.with_user(self.user_collector)._ar_promise(
            items.with_user(self.user_collector), self.today + timedelta(days=7), 300
        )
        self.assertEqual(plan.state, "active")
        items.invalidate_recordset()
        self.assertEqual(items.amount_promised, 300)
        entry = debtor.explain()[0]
        self.assertEqual(entry["amount"], 700)
