"""How a customer pays, by hand-made vectors."""

from datetime import date
from unittest import TestCase

from ..engine.behaviour import Paid, behaviour


def paid(amount, due, on, issued=1):
    return Paid(amount, date(2026, 1, issued), date(2026, 1, due), date(2026, 1, on))


class TestEngineBehaviour(TestCase):
    """Weighted by amount; paying early is no credit for paying late."""

    def test_nothing_paid_says_nothing(self):
        self.assertIsNone(behaviour([]))

    def test_weighted_by_amount(self):
        # 900 × 10 days and 100 × 0 days late: 9 days, not 5
        found = behaviour([paid(900, 10, 20), paid(100, 10, 10)])
        self.assertEqual(found, (2, 50, 9, 18))

    def test_early_does_not_make_up_for_late(self):
        found = behaviour([paid(100, 20, 10), paid(100, 10, 20)])
        self.assertEqual((found.on_time, found.days_late), (50, 5))

    def test_paid_on_the_due_date_is_on_time(self):
        self.assertEqual(behaviour([paid(100, 10, 10)]).on_time, 100)

    def test_paid_before_the_invoice_takes_no_days(self):
        self.assertEqual(behaviour([paid(100, 20, 1, issued=9)]).days_to_pay, 0)
