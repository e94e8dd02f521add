"""Statements of a past day: what was agreed then, and the charges of then."""

from datetime import date

from odoo.tests import freeze_time

from ...models.payment_plan.agreement import Agreement
from ...models.statement.statement import Statement, checked_period
from ..late_charge.charges_common import ChargesCommon


class TestStatementPast(ChargesCommon):
    def _figures(self, kind="open", day=None, first=None):
        period = checked_period(self.debtor, kind, day, first)
        return Statement(self.debtor, period).figures()[self.debtor.id][0]

    def test_what_was_paid_of_a_promise_is_not_agreed(self):
        """Of 1,000, 500 were promised; 400 arrived: 100 are agreed, 500 overdue."""
        self._invoice(self.customer, 1000, 20)
        item = self.env["ar.open.item"].search([("debtor_id", "=", self.debtor.id)])
        with freeze_time("2026-03-01 10:00:00"):
            promise = Agreement(self.debtor).promise(item, date(2026, 3, 20), 500)
        self._pay(item.move_id, 400, date(2026, 3, 5))
        for day, agreed, overdue in (
            (date(2026, 3, 9), 100, 500),
            (date(2026, 3, 4), 500, 500),
        ):
            part = self._figures(day=day)
            self.assertEqual((part["agreed"], part["overdue"]), (agreed, overdue))
        self.assertEqual(promise.sudo().amount_paid, 400)

    def test_charges_of_a_past_day(self):
        """1,000 for 20 days are 4.93, although they were charged since."""
        invoice = self._invoice(self.customer, 1000, 30)
        day = self._ago(10)
        self.assertEqual(self._figures(day=day)["charges"], 4.93)
        self._decide({invoice: 7.40})
        self.assertEqual(self._figures()["charges"], 0)
        self.assertEqual(self._figures(day=day)["charges"], 4.93)
        # Nor did it change because it was paid since
        self._pay(invoice)
        self.company.ar_charge_since = date(2026, 1, 1)
        self.assertEqual(self._figures(day=day)["charges"], 4.93)

    def test_charges_have_their_own_name(self):
        invoice = self._invoice(self.customer, 1000, 30)
        note = self._decide({invoice: 7.40}).note_id
        rows = self._figures("activity", first=date(2026, 1, 1))["rows"]
        whats = {row["move_id"]: row["what"] for row in rows}
        self.assertEqual(whats, {invoice.id: "invoice", note.id: "charge"})
        labels = Statement(self.debtor).labels()
        self.assertEqual(labels["charge"], "Charge for paying late")
