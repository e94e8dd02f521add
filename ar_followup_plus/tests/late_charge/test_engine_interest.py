"""Late-payment interest: hand-computed vectors, and what holds whatever the figures."""

from datetime import date, timedelta
from fractions import Fraction
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.interest import (
    BASES,
    UNIT,
    Late,
    NoRate,
    Pause,
    Rate,
    Rates,
    interest,
    limited,
    pieces,
    rounded,
    segments,
    split_payment,
    starts,
)
from ..engine.engine_strategies import EXAMPLES

DAY = timedelta(days=1)
DUE = date(2025, 12, 31)
#: 10.15 % in the first half of 2026, 10.40 % in the second.
HALVES = [
    Rate(date(2026, 1, 1), date(2026, 6, 30), 101_500),
    Rate(date(2026, 7, 1), date(2026, 12, 31), 104_000),
]


def flat(percent, basis="365"):
    return Rates([Rate(date(2020, 1, 1), None, round(percent * 10_000))], basis)


def cents(item, rates, until, **options):
    return rounded(interest(item, rates, until, **options))


class TestEngineInterest(TestCase):
    """Amounts in cents; each expected figure is worked out beside it."""

    def test_vectors(self):
        late = Late(100_000, DUE)
        # 1,000.00 × 10.5 % × 30 / 365 = 8.6301
        self.assertEqual(cents(late, flat(10.5), DUE + 30 * DAY), 863)
        # 1,000.00 × 8.5 % × 50 / 365 = 11.6438; rounding the day's 0.23 gives 11.50
        self.assertEqual(cents(late, flat(8.5), DUE + 50 * DAY), 1164)

    def test_day_bases(self):
        late = Late(100_000, date(2023, 12, 31))
        until = date(2024, 1, 30)
        # 1,000.00 × 10.5 % × 30 = 3,150.00, over 360, 365 and, in 2024, 366 days
        for basis, wanted in (("360", 875), ("365", 863), ("actual", 861)):
            with self.subTest(basis=basis):
                self.assertEqual(cents(late, flat(10.5, basis), until), wanted)

    def test_actual_over_new_year(self):
        # 2023-12-22 to -31: 10 days / 365; 2024-01-01 to -10: 10 days / 366
        late = Late(1_000_000, date(2023, 12, 21))
        found = segments(late, flat(10, "actual"), date(2024, 1, 10))
        self.assertEqual([(s.days, s.basis) for s in found], [(10, 365), (10, 366)])
        # 10,000 × 10 % × (10/365 + 10/366) = 27.3973 + 27.3224 = 54.7197
        self.assertEqual(rounded(sum(s.exact for s in found)), 5472)

    def test_change_of_rate(self):
        late = Late(100_000, date(2026, 6, 20))
        # 10 days at 10.15 % = 2.7808; 10 days at 10.40 % = 2.8493; together 5.6301
        found = segments(late, Rates(HALVES), date(2026, 7, 10))
        self.assertEqual(
            [(s.days, s.rate) for s in found], [(10, 101500), (10, 104000)]
        )
        self.assertEqual(rounded(sum(s.exact for s in found)), 563)

    def test_first_and_last_day(self):
        late = Late(100_000, DUE)
        self.assertEqual(interest(late, flat(10), DUE), 0)
        self.assertEqual(pieces(late, DUE + DAY), [(DUE + DAY, DUE + DAY, 100_000)])
        # Paid five days late: five days, and none for who pays on the due date
        paid = late._replace(changes=((DUE + 5 * DAY, 100_000),))
        self.assertEqual(
            pieces(paid, DUE + 60 * DAY), [(DUE + DAY, DUE + 5 * DAY, 100_000)]
        )
        on_time = late._replace(changes=((DUE, 100_000),))
        self.assertEqual(pieces(on_time, DUE + 60 * DAY), [])

    def test_grace_days(self):
        late = Late(100_000, DUE)
        self.assertEqual(pieces(late, DUE + 10 * DAY, 10), [])
        self.assertEqual(
            pieces(late, DUE + 12 * DAY, 10)[0][:2], (DUE + 11 * DAY, DUE + 12 * DAY)
        )

    def test_part_paid(self):
        # 20 days on 1,000.00 and 10 on 400.00 at 9 %: 4.9315 + 0.9863 = 5.9178
        late = Late(100_000, DUE, ((DUE + 20 * DAY, 60_000),))
        self.assertEqual(cents(late, flat(9), DUE + 30 * DAY), 592)

    def test_dispute_and_plan(self):
        first = DUE + 11 * DAY
        part = Pause(first, DUE + 20 * DAY, 30_000)
        frozen = Pause(DUE + 26 * DAY)
        late = Late(100_000, DUE, (), (part, frozen))
        # 10 days on 1,000, 10 on 700 while 300 are in question, 5 on 1,000, then none
        self.assertEqual(
            [
                (p.base, (p.last - p.first).days + 1)
                for p in pieces(late, DUE + 60 * DAY)
            ],
            [(100_000, 10), (70_000, 10), (100_000, 5)],
        )

    def test_no_rate_is_an_error_with_its_day(self):
        rates = Rates(HALVES)
        for due, until, day in (
            (date(2025, 12, 20), date(2026, 1, 5), date(2025, 12, 21)),
            (date(2026, 12, 20), date(2027, 1, 5), date(2027, 1, 1)),
        ):
            with self.assertRaises(NoRate) as caught:
                interest(Late(100_000, due), rates, until)
            self.assertEqual(caught.exception.day, day)
            with self.assertRaises(NoRate):
                segments(Late(100_000, due), rates, until)
        with self.assertRaises(NoRate):
            interest(Late(100, DUE), Rates([]), DUE + DAY)
        # A day that bears nothing needs none
        paid = Late(100_000, date(2026, 12, 20), ((date(2026, 12, 25), 100_000),))
        self.assertEqual(cents(paid, rates, date(2027, 2, 1)), 142)  # 5 × 0.28493

    def test_minimum_and_cap(self):
        self.assertEqual(limited(499, 100_000, minimum=500), 0)
        self.assertEqual(limited(500, 100_000, minimum=500), 500)
        self.assertEqual(limited(12_000, 100_000, cap=10), 10_000)

    def test_the_rate_of_the_start(self):
        """A debt keeps the rate of the half-year in which its interest began."""
        rates = Rates(
            [
                Rate(date(2022, 7, 1), date(2022, 12, 31), 92_500),
                Rate(date(2023, 1, 1), date(2023, 6, 30), 115_000),
            ]
        )
        late = Late(500_000, date(2022, 12, 15))
        until = date(2023, 5, 31)
        # 5,000.00 × 9.25 % × 167 / 365 = 211.6096
        held = rates.held(starts(late))
        self.assertEqual(cents(late, held, until), 21161)
        # Following the change: 16 days at 9.25 %, 151 at 11.5 %: 20.2740 + 237.8767
        self.assertEqual(cents(late, rates, until), 25815)
        # Due at the end of the year, interest begins in the next half-year
        self.assertEqual(starts(Late(1, date(2022, 12, 31))), date(2023, 1, 1))
        with self.assertRaises(NoRate):
            rates.held(date(2022, 6, 30))

    def test_order_of_counting(self):
        self.assertEqual(split_payment(100, 30, 1000, "charges"), (30, 70, 0))
        self.assertEqual(split_payment(100, 30, 1000, "principal"), (0, 100, 0))
        self.assertEqual(split_payment(1050, 30, 1000, "principal"), (30, 1000, 20))


def by_the_day(item, rates, until):
    """Return the interest in minor units, added up day by day and rounded half up."""
    total, day = Fraction(0), item.due + DAY
    while day <= until:
        base = min(
            item.amount,
            item.amount - sum(amount for on, amount in item.changes if on < day),
        )
        for pause in item.pauses:
            if pause.first <= day and (pause.last is None or day <= pause.last):
                base -= base if pause.amount is None else pause.amount
        if item.not_before is None or day >= item.not_before:
            length = date(day.year + 1, 1, 1) - date(day.year, 1, 1)
            basis = length.days if rates.basis == "actual" else int(rates.basis)
            total += Fraction(max(base, 0) * rates.at(day).rate, basis * 1_000_000)
        day += DAY
    return int(total + Fraction(1, 2))


_days = st.integers(-40, 400).map(lambda n: DUE + n * DAY)
_amounts = st.integers(1, 10_000_000)


@st.composite
def _pauses(draw):
    first = draw(_days)
    last = draw(st.none() | st.integers(0, 90).map(lambda n: first + n * DAY))
    return Pause(first, last, draw(st.none() | _amounts))


@st.composite
def _rates(draw):
    day, rates = date(2025, 6, 1), []
    for length in draw(st.lists(st.integers(1, 200), max_size=5)):
        rates.append(Rate(day, day + (length - 1) * DAY, draw(st.integers(0, 300_000))))
        day += length * DAY
    rates.append(Rate(day, None, draw(st.integers(0, 300_000))))
    return Rates(rates, draw(st.sampled_from(BASES)))


_items = st.builds(
    Late,
    _amounts,
    st.just(DUE),
    st.lists(st.tuples(_days, _amounts), max_size=6).map(tuple),
    st.lists(_pauses(), max_size=3).map(tuple),
    st.none() | _days,
)
_grace = st.integers(0, 40)


@tagged("post_install", "-at_install")
class TestInterestProperties(BaseCase):
    """Rule "Interest" on generated items and rates: base x rate / basis x days."""

    @EXAMPLES
    @given(_items, _rates(), _days, _days, _grace)
    def test_additive_over_days(self, item, rates, middle, until, grace):
        middle = min(middle, until)
        whole = interest(item, rates, until, grace)
        parts = interest(item, rates, middle, grace) + interest(
            item, rates, until, grace, since=middle + DAY
        )
        self.assertEqual(whole, parts)

    @EXAMPLES
    @given(_items, _rates(), _days, _grace)
    def test_line_by_line_is_the_sum(self, item, rates, until, grace):
        """The lines that are shown make the figure, each by the plain formula."""
        total = Fraction(0)
        for line in segments(item, rates, until, grace):
            plain = Fraction(line.base * line.rate * line.days, line.basis * 1_000_000)
            self.assertEqual(Fraction(line.exact, UNIT), plain)
            total += plain
        self.assertEqual(Fraction(interest(item, rates, until, grace), UNIT), total)

    @EXAMPLES
    @given(_items, _rates(), _days, _grace)
    def test_never_negative_nor_more_than_on_the_whole(self, item, rates, until, grace):
        exact = interest(item, rates, until, grace)
        whole = interest(Late(item.amount, item.due), rates, until, grace)
        self.assertTrue(0 <= exact <= whole)

    @EXAMPLES
    @given(_items, _rates(), _days, _grace)
    def test_zero_for_zero_days(self, item, rates, day, grace):
        self.assertEqual(interest(item, rates, day, grace, since=day + DAY), 0)
        self.assertEqual(interest(item, rates, item.due, grace), 0)

    @EXAMPLES
    @given(_items, _rates(), _days, st.randoms())
    def test_order_of_payments_is_irrelevant(self, item, rates, until, random):
        """Same-day payments too: what counts is what is open at the end of a day."""
        changes = [(DUE + (day - DUE) // 3 // DAY * DAY, n) for day, n in item.changes]
        mixed = random.sample(changes, len(changes))
        self.assertEqual(
            interest(item._replace(changes=tuple(changes)), rates, until),
            interest(item._replace(changes=tuple(mixed)), rates, until),
        )

    @EXAMPLES
    @given(_items, _rates(), st.lists(_days, min_size=1, max_size=6), st.data())
    def test_posted_waived_accrued_make_the_total(self, item, rates, days, data):
        """Charged in any number of pieces: the rounding makes no cent more or less."""
        posted = waived = 0
        for day in sorted(days):
            accrued = rounded(interest(item, rates, day)) - posted - waived
            self.assertGreaterEqual(accrued, 0)
            part = data.draw(st.integers(0, accrued))
            posted, waived = posted + part, waived + accrued - part
            self.assertEqual(posted + waived, by_the_day(item, rates, day))
