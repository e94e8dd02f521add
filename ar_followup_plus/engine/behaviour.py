"""How a customer pays: figures, late periods, and the profile they add up to."""

from datetime import date, timedelta
from typing import NamedTuple

from .schedule import Calendar

#: Late means more than so many working days after the due date.
LATE_AFTER = 5
#: Rules of the profiles. So many paid invoices before anybody is called good ...
ENOUGH_PAID = 3
#: ... from so many late periods a customer pays late regularly, or always ...
REGULAR_PERIODS = 2
CHRONIC_PERIODS = 4
#: ... which they also do who are so many days late on average, more than once.
CHRONIC_DAYS = 30


class Paid(NamedTuple):
    """One invoice, or installment, that was paid."""

    amount: float  # in company currency
    issued: date
    due: date
    paid: date | None  # None: not paid yet
    starts: date | None = None  # from when it can be late: sent after the due date
    counts: bool = True  # False: disputed, small, not sent, or held by us


class Behaviour(NamedTuple):
    """What is said of a customer. Days late are weighted by amount."""

    count: int
    on_time: float  # percent of the invoices, by number
    days_late: float  # 0 where they pay early
    days_to_pay: int
    longest: int  # days late, of what was paid
    amount: float  # that was paid


class Period(NamedTuple):
    """A late period: late invoices that overlap are one."""

    first: date
    last: date | None  # None: not over yet


class Verdict(NamedTuple):
    """The profile, and what it rests on."""

    profile: str
    rule: str
    periods: int
    days_late: float
    count: int


def behaviour(paid: list) -> Behaviour | None:
    """Return how a customer paid, or None where nothing was paid.

    Paying early counts as not late: it does not make up for paying late.
    """
    paid = [one for one in paid if one.paid]
    weight = sum(one.amount for one in paid)
    if not paid or weight <= 0:
        return None
    late = sum(one.amount * max((one.paid - one.due).days, 0) for one in paid)
    taken = sum(one.amount * (one.paid - one.issued).days for one in paid)
    in_time = sum(one.paid <= one.due for one in paid)
    return Behaviour(
        count=len(paid),
        on_time=round(100 * in_time / len(paid), 1),
        days_late=round(late / weight, 1),
        days_to_pay=max(round(taken / weight), 0),
        longest=max(0, *((one.paid - one.due).days for one in paid)),
        amount=round(weight, 2),
    )


def periods(items: list, today: date, calendar: Calendar | None = None) -> list:
    """Return the late periods, the first first.

    :param items: what was paid, and what is open
    """
    calendar = calendar or Calendar()
    late = sorted(
        (one.starts or one.due, one.paid or date.max)
        for one in items
        if one.counts
        and (one.paid or today)
        > calendar.add_working(one.starts or one.due, LATE_AFTER)
    )
    found = []
    for first, last in late:
        if found and first <= found[-1][1]:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return [Period(first, None if last == date.max else last) for first, last in found]


def judge(items: list, today: date, calendar: Calendar | None = None) -> Verdict:
    """Return the profile by which a customer is treated today.

    Who is late at the moment is treated as they were before that: the present late
    period counts once it is over.
    """
    found = periods(items, today, calendar)
    now = next((period for period in found if period.last is None), None)
    if now:
        before = now.first + timedelta(days=1)
        items = [one for one in items if one.paid and one.paid < before]
        found = [period for period in found if period.last]
    figures = behaviour(items)
    count = figures.count if figures else 0
    days = figures.days_late if figures else 0
    number = len(found)
    if number >= CHRONIC_PERIODS:
        return Verdict("chronic", "periods", number, days, count)
    if number >= REGULAR_PERIODS and days >= CHRONIC_DAYS:
        return Verdict("chronic", "days", number, days, count)
    if number >= REGULAR_PERIODS:
        return Verdict("regular", "periods", number, days, count)
    if number:
        return Verdict("first_late", "periods", number, days, count)
    if count >= ENOUGH_PAID:
        return Verdict("good", "paid", number, days, count)
    return Verdict("new", "paid", number, days, count)
