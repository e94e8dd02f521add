"""Late-payment interest: simple, by the day, exact until it is rounded once.

For each segment with one base, rate and length of the year::

    interest = base * annual rate / day basis * days

1,000.00 at 10.5 % for 30 days on 365 is 8.63; at 8.5 % for 50 days 11.64. Directive
2011/7/EU asks for simple interest from the day after the due date.

Amounts are integers in the minor unit of their currency, rates are integers in
ten-thousandths of a percent. Interest is a whole number of ``UNIT``: so sums over days
and pieces are exact, in any order, and rounding happens once for each item.

The first day that bears interest is the day after the due date. A payment counts from
the day after it arrived: an invoice paid five days late bears interest for five days.
"""

from bisect import bisect_right
from datetime import date, timedelta
from typing import NamedTuple

#: Common multiple of the lengths of a year: 360, 365 and 366 days.
DAYS = 360 * 73 * 61
#: Parts of a rate of 100 %: rates are in ten-thousandths of a percent.
PARTS = 1_000_000
#: Parts of a minor unit in which interest is counted.
UNIT = DAYS * PARTS
BASES = ("365", "360", "actual")
_DAY = timedelta(days=1)


class NoRate(Exception):
    """No rate is known for a day: it is never guessed."""

    def __init__(self, day: date):
        super().__init__(day)
        self.day = day


class Rate(NamedTuple):
    """A rate and the days on which it holds, both included."""

    first: date
    last: date | None  # None: until further notice
    rate: int  # ten-thousandths of a percent a year


class Pause(NamedTuple):
    """Days on which an item, or a part of it, bears no interest."""

    first: date
    last: date | None = None  # None: still
    amount: int | None = None  # None: all of it


class Late(NamedTuple):
    """One item: the amount owed at first, and its reductions with their days."""

    amount: int
    due: date
    changes: tuple = ()  # pairs (day, reduction)
    pauses: tuple = ()  # of Pause
    not_before: date | None = None  # first day that may bear interest


class Piece(NamedTuple):
    """Days on which the same amount bears interest, both included."""

    first: date
    last: date
    base: int


class Segment(NamedTuple):
    """A piece within one rate and one length of the year: a line to show."""

    first: date
    last: date
    base: int
    rate: int
    basis: int
    exact: int  # in UNIT

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Rates:
    """Dated rates with their day basis.

    Sums over days are kept for each day, so that the interest of a piece takes the
    same time whether it is a day or ten years long.

    :param rates: of :class:`Rate`, without overlaps
    :param str basis: one of ``BASES``
    """

    def __init__(self, rates, basis="365"):
        self.rates = tuple(sorted(rates))
        self.basis = basis
        self._firsts = [one.first for one in self.rates]
        self._origin = self.rates[0].first.toordinal() if self.rates else 0
        self._sums = [0]  # of the rates of all days before an index, times DAYS / basis
        self._gaps = [0]  # days without a rate before an index
        self._held = {}

    def at(self, day: date) -> Rate:
        """Return the rate that applies on a day.

        :raise NoRate: if there is none
        """
        place = bisect_right(self._firsts, day) - 1
        if place < 0 or (self.rates[place].last and self.rates[place].last < day):
            raise NoRate(day)
        return self.rates[place]

    def held(self, day: date) -> "Rates":
        """Return the rate of a day for all days since it.

        For laws under which a debt keeps the rate of the day on which its interest
        begins, until it is paid.

        :raise NoRate: if the day has none
        """
        rate = self.at(day)
        if rate.first not in self._held:
            self._held[rate.first] = Rates([rate._replace(last=None)], self.basis)
        return self._held[rate.first]

    def interest(self, base: int, first: date, last: date) -> int:
        """Return the interest of an amount from a day to a day, both included.

        :raise NoRate: if a day in between has no rate
        """
        if last < first or not base:
            return 0
        if not self.rates or first < self.rates[0].first:
            raise NoRate(first)
        start = first.toordinal() - self._origin
        end = last.toordinal() + 1 - self._origin
        if end >= len(self._sums):
            self._know(end)
        if self._gaps[end] != self._gaps[start]:
            gap = next(
                n for n in range(start, end) if self._gaps[n + 1] > self._gaps[n]
            )
            raise NoRate(date.fromordinal(self._origin + gap))
        return base * (self._sums[end] - self._sums[start])

    def segments(self, piece: Piece) -> list:
        """Return a piece split where the rate, or the length of the year, changes."""
        found, day = [], piece.first
        while day <= piece.last:
            rate = self.at(day)
            last = min(piece.last, rate.last or piece.last)
            later = bisect_right(self._firsts, day)
            if later < len(self._firsts):
                last = min(last, self._firsts[later] - _DAY)
            if self.basis == "actual":
                last = min(last, date(day.year, 12, 31))
            found.append(
                Segment(
                    day,
                    last,
                    piece.base,
                    rate.rate,
                    self._length(day),
                    self.interest(piece.base, day, last),
                )
            )
            day = last + _DAY
        return found

    def _know(self, end: int):
        """Extend the sums to a day not requested before."""
        for index in range(len(self._sums) - 1, end):
            day = date.fromordinal(self._origin + index)
            try:
                step, gap = self.at(day).rate * (DAYS // self._length(day)), 0
            except NoRate:
                step, gap = 0, 1
            self._sums.append(self._sums[-1] + step)
            self._gaps.append(self._gaps[-1] + gap)

    def _length(self, day: date) -> int:
        """Return how many days the year of a day has for the calculation."""
        if self.basis != "actual":
            return int(self.basis)
        year = day.year
        return 366 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 365


def pieces(item: Late, until: date, grace: int = 0, since: date | None = None) -> list:
    """Return the days that bear interest, with their amounts.

    :param until: the last day
    :param grace: days after the due date that bear no interest
    :param since: the first day to return; default: from the beginning
    """
    first = starts(item, grace)
    if since and since > first:
        first = since
    if first > until or item.amount <= 0:
        return []
    if not item.changes and not item.pauses:
        return [Piece(first, until, item.amount)]
    turns = {first}
    turns.update(day + _DAY for day, _amount in item.changes)
    for pause in item.pauses:
        turns.add(pause.first)
        if pause.last:
            turns.add(pause.last + _DAY)
    days = sorted(day for day in turns if first <= day <= until)
    found = []
    for day, after in zip(days, [*days[1:], until + _DAY], strict=True):
        base = _base(item, day)
        if base <= 0:
            continue
        last = after - _DAY
        if found and found[-1].base == base and found[-1].last == day - _DAY:
            found[-1] = found[-1]._replace(last=last)
        else:
            found.append(Piece(day, last, base))
    return found


def starts(item: Late, grace: int = 0) -> date:
    """Return the day on which the interest of an item begins to run."""
    first = item.due + (timedelta(days=1 + grace) if grace else _DAY)
    return max(first, item.not_before) if item.not_before else first


def _base(item: Late, day: date) -> int:
    """Return the amount that bears interest on a day."""
    open_ = item.amount - sum(amount for on, amount in item.changes if on < day)
    paused = 0
    for pause in item.pauses:
        if pause.first <= day and (pause.last is None or day <= pause.last):
            if pause.amount is None:
                return 0
            paused += pause.amount
    return max(min(open_, item.amount) - paused, 0)


def interest(item, rates, until, grace=0, since=None) -> int:
    """Return the exact interest of an item in ``UNIT``.

    :raise NoRate: if a day that bears interest has no rate
    """
    return worth(pieces(item, until, grace, since), rates)


def worth(found, rates) -> int:
    """Return the exact interest of pieces in ``UNIT``.

    :raise NoRate: if one of their days has no rate
    """
    if len(found) == 1:  # the common case
        [(first, last, base)] = found
        return rates.interest(base, first, last)
    return sum(rates.interest(base, first, last) for first, last, base in found)


def segments(item, rates, until, grace=0, since=None) -> list:
    """Return the calculation of an item line by line."""
    return [
        segment
        for piece in pieces(item, until, grace, since)
        for segment in rates.segments(piece)
    ]


def rounded(exact: int) -> int:
    """Return interest in minor units: half a unit is rounded up."""
    return (2 * exact + UNIT) // (2 * UNIT)


def limited(amount: int, principal: int, minimum: int = 0, cap: float = 0) -> int:
    """Return interest within a minimum and a share of the principal.

    :param minimum: less than this is not charged
    :param cap: percent of the principal; 0: no limit
    """
    if cap:
        amount = min(amount, int(principal * cap / 100 + 0.5))
    return amount if amount >= minimum else 0


def split_payment(amount: int, charges: int, principal: int, order: str) -> tuple:
    """Split a payment into the amounts for charges, for principal, and the rest.

    :param order: 'charges' or 'principal', whichever is covered first
    """
    if order == "charges":
        first = min(amount, charges)
        second = min(amount - first, principal)
        return first, second, amount - first - second
    second = min(amount, principal)
    first = min(amount - second, charges)
    return first, second, amount - first - second
