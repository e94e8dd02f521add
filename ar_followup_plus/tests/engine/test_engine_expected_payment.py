"""When an item will be paid: properties, and examples that can be checked by hand."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.expected_payment import (
    EARLIEST,
    LATEST,
    WEEKS,
    Forecast,
    History,
    Open,
    Paid,
    Spread,
    promise_rate,
)
from ...engine.schedule import Calendar
from .engine_strategies import EXAMPLES

TODAY = date(2026, 3, 4)  # a Wednesday
DAY = timedelta(days=1)

paid = st.builds(
    lambda customer, group, delay, age, by_email: Paid(
        customer, group, delay, TODAY - age * DAY, by_email
    ),
    st.integers(1, 3),
    st.sampled_from([None, "A", "B"]),
    st.integers(-60, 400),
    st.integers(0, 900),
    st.booleans(),
)
calendars = st.sampled_from(
    [
        Calendar(),
        Calendar(weekdays=range(7)),
        Calendar(holidays=[TODAY + n * DAY for n in range(9)]),
    ]
)
agreed = st.lists(
    st.tuples(
        st.integers(-9, 200).map(lambda n: TODAY + n * DAY), st.integers(1, 9**6)
    ),
    max_size=3,
)
opens = st.builds(
    lambda age, amount, by_email, debited, apart, agreed, kept: Open(
        7, 1, "A", TODAY - age * DAY, amount, by_email, debited, apart, agreed, kept
    ),
    st.integers(-200, 900),
    st.integers(1, 10**9),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 0, 1, 5000]),
    agreed,
    st.floats(0, 1),
)


def forecast(history, calendar=None):
    return Forecast(History(history, TODAY), calendar)


def regular(delay, count=12, customer=1, **values):
    """Return the paid invoices of a customer who always pays so late."""
    return [
        Paid(customer, "A", delay, TODAY - 20 * number * DAY, **values)
        for number in range(1, count + 1)
    ]


@tagged("post_install", "-at_install")
class TestExpectedPayment(BaseCase):
    @EXAMPLES
    @given(st.lists(paid, max_size=20), opens, calendars)
    def test_dates_come_in_order_from_today_on(self, history, item, calendar):
        found = forecast(history, calendar).of(item)
        if found.kind in ("apart", "old"):
            self.assertIsNone(found.on)
            return
        self.assertLessEqual(TODAY, found.first)
        self.assertLessEqual(found.first, found.on)
        self.assertLessEqual(found.on, found.last)
        for day in found[2:5]:
            self.assertTrue(calendar.is_working(day))

    @EXAMPLES
    @given(st.lists(paid, max_size=20), opens, calendars)
    def test_weeks_add_up_to_what_is_expected(self, history, item, calendar):
        found = forecast(history, calendar).of(item)
        wanted = 0
        if found.kind not in ("apart", "old"):
            wanted = item.amount - min(item.apart, item.amount)
            if (TODAY - item.due).days > LATEST:
                wanted = min(wanted, sum(part for _on, part in item.agreed))
        self.assertEqual(sum(found.weeks), wanted)
        self.assertEqual(len(found.weeks), WEEKS + 1)
        self.assertGreaterEqual(min(found.weeks), 0)

    @EXAMPLES
    @given(
        st.lists(paid, max_size=20),
        st.integers(-60, 300),
        st.integers(0, 300),
        st.integers(0, 900),
        st.booleans(),
    )
    def test_a_later_payment_never_gives_an_earlier_date(
        self, history, overdue, later, age, by_email
    ):
        item = Open(7, 1, "A", TODAY - overdue * DAY, 100, by_email)
        # One way of sending, so that the usual difference does not change
        history = [one._replace(by_email=by_email) for one in history]
        before = forecast(history).of(item).on
        # Later than expected by more than an invoice is spread around it
        delay = (before - item.due).days + 7 + later
        more = Paid(1, "A", delay, TODAY - age * DAY, by_email)
        self.assertLessEqual(before, forecast([*history, more]).of(item).on)

    @EXAMPLES
    @given(st.lists(paid, min_size=1, max_size=20), st.integers(1, 200))
    def test_all_later_gives_no_earlier_date(self, history, days):
        item = Open(7, 1, "A", TODAY + 150 * DAY, 100)
        later = [one._replace(delay=one.delay + days) for one in history]
        self.assertLessEqual(forecast(history).of(item).on, forecast(later).of(item).on)

    @EXAMPLES
    @given(st.lists(paid, max_size=20), st.integers(EARLIEST, LATEST))
    def test_passing_time_gives_no_earlier_date(self, history, overdue):
        model = History(history, TODAY).of(1, "A")
        earlier = model.quantile(0.5, overdue)
        self.assertLessEqual(earlier, model.quantile(0.5, min(overdue + 1, LATEST)))
        self.assertLessEqual(overdue, earlier)

    def test_usual_delay_decides(self):
        found = forecast(regular(9)).of(Open(1, 1, "A", date(2026, 3, 10), 1000))
        self.assertEqual((found.kind, found.usual, found.count), ("pattern", 9, 12))
        self.assertEqual(found.on, date(2026, 3, 19))
        self.assertLess(found.first, found.on)
        self.assertLess(found.on, found.last)

    def test_what_did_not_happen_does_not_count(self):
        history = regular(0) + regular(30, count=6)
        item = Open(1, 1, "A", TODAY - 20 * DAY, 1000)
        found = forecast(history).of(item)
        self.assertLess(abs((found.on - item.due).days - 30), 4)

    def test_recent_payments_weigh_more(self):
        old = [Paid(1, "A", 0, TODAY - 900 * DAY)] * 8
        found = forecast(old + regular(25, count=6)).of(
            Open(1, 1, "A", TODAY + 30 * DAY, 1000)
        )
        self.assertAlmostEqual(found.usual, 25, delta=1)

    def test_few_payments_are_drawn_towards_the_others(self):
        others = [
            one for customer in range(2, 30) for one in regular(20, customer=customer)
        ]
        item = Open(1, 1, "A", TODAY + 30 * DAY, 1000)
        self.assertEqual(forecast(others).of(item).usual, 20)
        one = forecast([*others, *regular(0, count=1)]).of(item).usual
        many = forecast([*others, *regular(0)]).of(item).usual
        self.assertGreater(one, many)
        self.assertEqual(many, 0)

    def test_similar_customers_come_before_all(self):
        others = [
            one._replace(group="B" if customer % 2 else "A")
            for customer in range(2, 80)
            for one in regular(40 if customer % 2 else 5, customer=customer)
        ]
        for group, usual in (("A", 5), ("B", 40)):
            item = Open(1, 1, group, TODAY + 30 * DAY, 1000)
            self.assertEqual(forecast(others).of(item).usual, usual)

    def test_way_of_sending_shifts_the_date(self):
        history = [
            one
            for customer in range(1, 20)
            for one in (
                *regular(20, customer=customer),
                *regular(10, customer=customer, by_email=True),
            )
        ]
        paper = regular(30, customer=99)
        item = Open(1, 99, "A", TODAY + 30 * DAY, 1000)
        known = forecast(history + paper)
        self.assertEqual(known.of(item).usual, 30)
        self.assertLess(known.of(item._replace(by_email=True)).usual, 23)

    def test_nothing_known(self):
        found = forecast([]).of(Open(1, 1, "A", TODAY, 1000))
        self.assertEqual((found.usual, found.count), (9, 0))
        self.assertEqual(sum(found.weeks), 1000)
        later = forecast([]).of(Open(1, 1, "A", TODAY - 60 * DAY, 1000))
        self.assertGreater(later.on, TODAY + 60 * DAY)

    def test_promises_by_the_rate_at_which_they_are_kept(self):
        day = date(2026, 3, 20)
        item = Open(1, 1, "A", TODAY, 1000, agreed=((day, 1000),))
        found = forecast(regular(9)).of(item)
        self.assertEqual(found[1:5], ("promise", day, day, day))
        self.assertEqual(found.weeks[2], 1000)
        doubted = forecast(regular(9)).of(item._replace(kept=0.7))
        self.assertEqual(doubted.on, day)
        self.assertGreater(doubted.last, day)
        self.assertEqual(doubted.weeks[:2], (0, 0))
        self.assertAlmostEqual(doubted.weeks[2], 700, delta=150)
        broken = forecast(regular(9)).of(item._replace(kept=0.2))
        self.assertGreater(broken.on, day)

    def test_installments_and_the_rest(self):
        item = Open(
            1, 1, "A", TODAY, 1000, agreed=((TODAY + DAY, 300), (TODAY + 28 * DAY, 300))
        )
        found = forecast(regular(60)).of(item)
        self.assertAlmostEqual(found.weeks[0], 300, delta=2)
        self.assertGreaterEqual(found.weeks[4], 298)
        self.assertGreater(found.on, TODAY + 28 * DAY)

    def test_direct_debits_by_date_and_days_off_move(self):
        calendar = Calendar(holidays=[date(2026, 3, 9)])
        item = Open(1, 1, "A", date(2026, 3, 7), 1000, debited=True)
        found = forecast(regular(30), calendar).of(item)
        self.assertEqual(found[1:5], ("debit", *[date(2026, 3, 10)] * 3))
        self.assertEqual(found.weeks[1], 1000)

    def test_weekend_money_comes_in_the_next_week(self):
        history = [Paid(1, "A", 0, TODAY - 9 * n * DAY) for n in range(1, 90)]
        item = Open(1, 1, "A", date(2026, 3, 15), 10**6)  # a Sunday
        every, working = (
            forecast(history).of(item),
            forecast(history, Calendar()).of(item),
        )
        self.assertEqual(every.on, date(2026, 3, 15))
        self.assertEqual(working.on, date(2026, 3, 16))
        self.assertLess(working.weeks[1], every.weeks[1])

    def test_apart_is_not_expected(self):
        item = Open(1, 1, "A", TODAY, 1000, apart=1000)
        self.assertEqual(forecast(regular(9)).of(item)[1:5], ("apart", *[None] * 3))
        part = forecast(regular(9)).of(item._replace(apart=400))
        self.assertEqual(sum(part.weeks), 600)
        old = forecast(regular(9)).of(item._replace(apart=0, due=TODAY - 731 * DAY))
        self.assertEqual(old.kind, "old")

    def test_an_old_item_is_expected_as_it_was_promised(self):
        day = date(2026, 3, 20)
        item = Open(1, 1, "A", TODAY - 900 * DAY, 1000, agreed=((day, 300),), kept=0.5)
        found = forecast(regular(9)).of(item)
        self.assertEqual(found[1:5], ("promise", day, day, day))
        self.assertEqual((found.weeks[2], sum(found.weeks)), (300, 300))

    def test_promise_rate(self):
        self.assertEqual(promise_rate(0, 0, 0, 0), 0.5)
        self.assertGreater(promise_rate(8, 0, 0, 0), 0.8)
        self.assertLess(promise_rate(0, 8, 90, 10), 0.4)

    def test_items_of_one_customer_are_paid_together(self):
        def width(groups):
            spread = Spread()
            for items in groups:
                spread.add(items)
            low, high = spread.around([1000] * (WEEKS + 1))[0]
            return high - low

        item = (500, 500, *[0] * (WEEKS - 1))
        self.assertGreater(width([[item, item]]), width([[item], [item]]))
        self.assertEqual(width([[(1000, *[0] * WEEKS)]]), 0)
