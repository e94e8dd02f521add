"""Days as people type them after a call."""

from datetime import date

from odoo.tests import BaseCase

from ...engine.when import parse_day

#: A Tuesday.
TODAY = date(2026, 3, 10)
FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
    "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


class TestWhen(BaseCase):
    def _says(self, text, day, today=TODAY, **options):
        self.assertEqual(parse_day(text, today, **options), day, text)

    def test_weekdays(self):
        """A weekday is the next one; today's own name means in a week."""
        for text in ("Fri", "friday", " FRIDAY ", "on Fri.", "next fri"):
            self._says(text, date(2026, 3, 13))
        self._says("Tue", date(2026, 3, 17))
        self._says("mon", date(2026, 3, 16))

    def test_so_many_days(self):
        self._says("today", TODAY)
        self._says("tomorrow", date(2026, 3, 11))
        self._says("+7", date(2026, 3, 17))
        self._says("+ 3 days", date(2026, 3, 13))
        self._says("+2w", date(2026, 3, 24))

    def test_day_of_month(self):
        """Past this month's, it is next month's; a 31st waits for a month that has it."""
        for text in ("20", "20th", "the 20th", "20."):
            self._says(text, date(2026, 3, 20))
        self._says("10th", TODAY)
        self._says("5th", date(2026, 4, 5))
        self._says("31st", date(2026, 5, 31), date(2026, 4, 2))
        self._says("2nd", date(2027, 1, 2), date(2026, 12, 10))
        self._says("end of month", date(2026, 3, 31))
        self._says("eom", date(2028, 2, 29), date(2028, 2, 3))

    def test_dates(self):
        for text in ("3 May", "3rd may", "May 3", "May 3rd, 2026", "2026-05-03"):
            self._says(text, date(2026, 5, 3))
        self._says("3/5", date(2026, 5, 3))
        self._says("5/3/2026", date(2026, 5, 3), day_first=False)
        self._says("3.5.", date(2026, 5, 3))
        self._says("2 Feb", date(2027, 2, 2))

    def test_other_languages(self):
        french = {"weekdays": FRENCH_DAYS, "months": FRENCH_MONTHS}
        self._says("ven", date(2026, 3, 13), **french)
        self._says("20 août", date(2026, 8, 20), **french)
        self._says("Fri", date(2026, 3, 13), **french)
        self._says("ju 3", None, **french)

    def test_what_is_no_coming_day(self):
        for text in (
            None, "", "soon", "fr", "+", "0", "32", "-3", "2026-03-09", "2027-06-01",
            "30 Feb", "31/4", "13/13", "+999", "7 7", "1e3", "<b>",
        ):  # fmt: skip
            self._says(text, None)
