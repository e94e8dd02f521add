"""Working days, dates that we give, and aging."""

from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ...engine.aging import BUCKETS, bucket, days_overdue
from ...engine.decision.ladder import is_quiet, next_loud
from ...engine.schedule import Calendar

WEDNESDAY = date(2026, 3, 4)
FRIDAY = date(2026, 3, 6)
SATURDAY = date(2026, 3, 7)
MONDAY = date(2026, 3, 9)


@tagged("post_install", "-at_install")
class TestEngineSchedule(BaseCase):
    """The calendar by which delays are counted."""

    def test_next_working(self):
        calendar = Calendar(holidays=[MONDAY])
        self.assertEqual(calendar.next_working(FRIDAY), FRIDAY)
        self.assertEqual(calendar.next_working(SATURDAY), date(2026, 3, 10))

    def test_add_working(self):
        calendar = Calendar()
        for day, count, expected in (
            (WEDNESDAY, 0, WEDNESDAY),
            (SATURDAY, 0, MONDAY),
            (WEDNESDAY, 1, date(2026, 3, 5)),
            (FRIDAY, 1, MONDAY),
            (SATURDAY, 1, MONDAY),
            (FRIDAY, 3, date(2026, 3, 11)),
            (MONDAY, -1, FRIDAY),
            (SATURDAY, -1, FRIDAY),
            (WEDNESDAY, -5, date(2026, 2, 25)),
        ):
            with self.subTest(day=day, count=count):
                self.assertEqual(calendar.add_working(day, count), expected)

    def test_other_weeks(self):
        # Sunday to Thursday.
        calendar = Calendar(weekdays=(6, 0, 1, 2, 3))
        self.assertEqual(calendar.next_working(FRIDAY), date(2026, 3, 8))

    def test_calendar_without_working_days_does_not_hang(self):
        calendar = Calendar(weekdays=())
        self.assertEqual(calendar.next_working(SATURDAY), SATURDAY)
        always = Calendar(
            holidays=[SATURDAY + timedelta(days=n) for n in range(-900, 900)]
        )
        self.assertGreater(always.next_working(SATURDAY), SATURDAY)
        self.assertLess(always.add_working(SATURDAY, -3), SATURDAY)

    def test_date_to_give(self):
        august = (date(2026, 8, 3), date(2026, 8, 23))
        calendar = Calendar(closed=[august, (date(2026, 8, 24), date(2026, 8, 24))])
        for day, expected in (
            (FRIDAY, FRIDAY),
            (SATURDAY, MONDAY),
            (date(2026, 8, 2), date(2026, 8, 25)),  # a Sunday before two closures
            (date(2026, 8, 23), date(2026, 8, 25)),
            (date(2026, 7, 31), date(2026, 7, 31)),
        ):
            with self.subTest(day=day):
                self.assertEqual(calendar.date_to_give(day), expected)

    def test_quiet_days(self):
        closed = Calendar(holidays=[WEDNESDAY], closed=[(MONDAY, MONDAY)])
        for stage, day, quiet in (
            ("gentle", WEDNESDAY, True),  # a holiday
            ("gentle", FRIDAY, False),
            ("gentle", SATURDAY, True),
            ("gentle", MONDAY, False),  # closed: gentle ones may leave
            ("preventive", MONDAY, False),
            ("call", MONDAY, True),
            ("firm", MONDAY, True),
            ("firm", FRIDAY, False),
            ("final", FRIDAY, True),
            ("notice", FRIDAY, True),
            ("final", date(2026, 3, 5), False),  # a Thursday
        ):
            with self.subTest(stage=stage, day=day):
                self.assertIs(is_quiet(stage, day, closed), quiet)

    def test_next_loud(self):
        self.assertEqual(next_loud("final", FRIDAY, Calendar()), MONDAY)
        self.assertEqual(next_loud("firm", FRIDAY, Calendar()), FRIDAY)
        closed = Calendar(closed=[(FRIDAY, date(2026, 3, 15))])
        self.assertEqual(next_loud("firm", FRIDAY, closed), date(2026, 3, 16))

    # === AGING === #

    def test_buckets(self):
        for days, expected in (
            (-10, "current"),
            (0, "current"),  # due today is not overdue
            (1, "1_30"),
            (30, "1_30"),
            (31, "31_60"),
            (60, "31_60"),
            (61, "61_90"),
            (90, "61_90"),
            (91, "91_120"),
            (120, "91_120"),
            (121, "older"),
            (4000, "older"),
        ):
            with self.subTest(days=days):
                self.assertEqual(bucket(days), expected)
        self.assertIsNone(BUCKETS[-1][1])

    def test_days_overdue(self):
        self.assertEqual(days_overdue(WEDNESDAY, WEDNESDAY), 0)
        self.assertEqual(days_overdue(date(2026, 2, 2), WEDNESDAY), 30)
        self.assertEqual(days_overdue(MONDAY, WEDNESDAY), -5)
        # 29 February 2028 counts.
        self.assertEqual(days_overdue(date(2028, 2, 1), date(2028, 3, 2)), 30)
