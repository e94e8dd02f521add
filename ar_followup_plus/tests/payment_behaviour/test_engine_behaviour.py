"""How a customer pays, by hand-made vectors."""

from datetime import date, timedelta
from unittest import TestCase

from ...engine.behaviour import Paid, behaviour, judge, periods


def paid(amount, due, on, issued=1):
    return Paid(amount, date(2026, 1, issued), date(2026, 1, due), date(2026, 1, on))


class TestEngineBehaviour(TestCase):
    """Weighted by amount; paying early is no credit for paying late."""

    def test_nothing_paid_says_nothing(self):
        self.assertIsNone(behaviour([]))

    def test_weighted_by_amount(self):
        # 900 × 10 days and 100 × 0 days late: 9 days, not 5
        found = behaviour([paid(900, 10, 20), paid(100, 10, 10)])
        self.assertEqual(found, (2, 50, 9, 18, 10, 1000))

    def test_early_does_not_make_up_for_late(self):
        found = behaviour([paid(100, 20, 10), paid(100, 10, 20)])
        self.assertEqual((found.on_time, found.days_late), (50, 5))

    def test_paid_on_the_due_date_is_on_time(self):
        self.assertEqual(behaviour([paid(100, 10, 10)]).on_time, 100)

    def test_paid_before_the_invoice_takes_no_days(self):
        self.assertEqual(behaviour([paid(100, 20, 1, issued=9)]).days_to_pay, 0)


#: A Tuesday.
TODAY = date(2026, 3, 10)


def item(due, late=0, amount=100, **values):
    """Due so many days ago, and paid so many days late; None: not paid."""
    on = TODAY - timedelta(days=due)
    values.setdefault("paid", None if late is None else on + timedelta(days=late))
    return Paid(amount, on - timedelta(days=30), on, **values)


class TestPeriods(TestCase):
    """Late invoices that overlap are one late period."""

    def _count(self, *items):
        return len(periods(list(items), TODAY))

    def test_five_working_days_are_not_late(self):
        # Due on Monday, 2 February: Monday the 9th is the fifth working day
        due = (TODAY - date(2026, 2, 2)).days
        self.assertEqual(self._count(item(due, 7)), 0)
        self.assertEqual(self._count(item(due, 8)), 1)

    def test_overlapping_ones_are_one(self):
        self.assertEqual(self._count(item(100, 30), item(80, 30), item(60, 15)), 1)
        self.assertEqual(self._count(item(200, 30), item(80, 30)), 2)

    def test_what_does_not_count(self):
        self.assertEqual(self._count(item(100, 30, counts=False)), 0)

    def test_sent_late_starts_late(self):
        due = TODAY - timedelta(days=100)
        one = item(100, 20, starts=due + timedelta(days=18))
        self.assertEqual(self._count(one), 0)

    def test_the_present_one_has_no_end(self):
        found = periods([item(200, 30), item(20, None)], TODAY)
        self.assertEqual(found[-1], (TODAY - timedelta(days=20), None))
        self.assertEqual(len(found), 2)


class TestProfile(TestCase):
    """Which figures make which profile, and when the present lateness counts."""

    def _profile(self, *items):
        return judge(list(items), TODAY).profile

    def test_new_until_three_are_paid(self):
        self.assertEqual(self._profile(item(90), item(60)), "new")
        self.assertEqual(self._profile(item(90), item(60), item(30)), "good")

    def test_by_number_of_late_periods(self):
        late = [item(330 - 60 * n, 20) for n in range(5)]
        self.assertEqual(self._profile(item(30), late[0]), "first_late")
        self.assertEqual(self._profile(*late[:2]), "regular")
        self.assertEqual(self._profile(*late[:3]), "regular")
        self.assertEqual(self._profile(*late[:4]), "chronic")

    def test_very_late_twice_is_always(self):
        verdict = judge([item(300, 30), item(120, 31)], TODAY)
        self.assertEqual(verdict.profile, "chronic")
        self.assertEqual((verdict.rule, verdict.days_late), ("days", 30.5))

    def test_late_now_counts_when_it_is_over(self):
        before = [item(200), item(170), item(140)]
        self.assertEqual(self._profile(*before, item(30, None)), "good")
        self.assertEqual(self._profile(*before, item(30, 25)), "first_late")

    def test_what_was_paid_within_the_present_period_does_not_count(self):
        before = [item(200), item(170), item(140)]
        now = [item(60, None), item(50, 40)]
        self.assertEqual(self._profile(*before, *now), "good")
        self.assertEqual(judge([*before, *now], TODAY).count, 3)
