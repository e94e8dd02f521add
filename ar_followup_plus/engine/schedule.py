"""Working days: the calendar for delays and for dates to pay."""

from datetime import date, timedelta

DAY = timedelta(days=1)


class Calendar:
    """The working days of a company.

    :param weekdays: weekdays on which people work (Monday is 0)
    :param holidays: single days off, on which nothing is sent
    :param closed: longer closures ``(first day, last day)``: nothing harsher than a
        gentle reminder is sent in them, and no date to pay falls into them
    """

    def __init__(self, weekdays=(0, 1, 2, 3, 4), holidays=(), closed=()):
        # Without any working day the search for the next one would never end: in that
        # case count every day as a working day
        self.weekdays = frozenset(weekdays) or frozenset(range(7))
        self.holidays = frozenset(holidays)
        self.closed = tuple(closed)
        # A cache: a run asks for the same few days many times
        self._next = {}
        self._added = {}

    def __repr__(self):
        return f"Calendar({self.weekdays}, {self.holidays}, {self.closed})"

    def is_working(self, day: date) -> bool:
        """Return whether a day is a working day (closures aside)."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def is_closed(self, day: date) -> bool:
        """Return whether the day lies in a longer closure."""
        return any(first <= day <= last for first, last in self.closed)

    def next_working(self, day: date) -> date:
        """Return the day itself if it is a working day, else the next one."""
        found = self._next.get(day)
        if found is None:
            found = day
            for _step in range(400):
                if self.is_working(found):
                    break
                found += DAY
            self._next[day] = found
        return found

    def add_working(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (0: ``next_working``).

        A negative count goes back: -1 is the last working day before ``day``.
        """
        key = (day, count)
        found = self._added.get(key)
        if found is None:
            if count < 0:
                found = self._back(day, -count)
            else:
                found = self.next_working(day) if not count else day
                for _step in range(count):
                    found = self.next_working(found + DAY)
            self._added[key] = found
        return found

    def _back(self, day: date, count: int) -> date:
        found = day
        for _step in range(400):
            if not count:
                break
            found -= DAY
            count -= self.is_working(found)
        return found

    def date_to_give(self, day: date) -> date:
        """Return the first day from ``day`` on that can be a payment date.

        It is a working day outside closures.
        """
        found = self.next_working(day)
        for _step in range(len(self.closed) + 1):
            period = next((p for p in self.closed if p[0] <= found <= p[1]), None)
            if period is None:
                break
            found = self.next_working(period[1] + DAY)
        return found
