"""Payment behaviour of a customer: figures, late periods, and the payer profile."""

from datetime import date, timedelta
from typing import NamedTuple

from .schedule import Calendar

#: Working days after the due date after which an item is late.
LATE_AFTER = 5
#: Paid invoices that a good payer needs.
ENOUGH_PAID = 3
#: Late periods from which a payer is regular, and chronic.
REGULAR_PERIODS = 2
CHRONIC_PERIODS = 4
#: Average days late from which a regular late payer is chronic.
CHRONIC_DAYS = 30


class Paid(NamedTuple):
    """One invoice or installment, paid or open."""

    amount: float  # in company currency
    issued: date
    due: date
    paid: date | None  # None: not paid yet
    starts: date | None = None  # if sent after the due date: from when it can be late
    counts: bool = True  # False: disputed, small, not sent, or held by us
    by_email: bool = False  # how the invoice was sent
    id: int = 0  # the journal item


class Behaviour(NamedTuple):
    """Payment figures of a customer. Days late are weighted by amount."""

    count: int
    on_time: float  # percent of the number of invoices
    days_late: float  # an early payment counts as 0
    days_to_pay: int
    longest: int  # days late, of paid items
    amount: float  # paid


class Period(NamedTuple):
    """A late period: one or more late invoices that overlap."""

    first: date
    last: date | None  # None: not over yet


class Verdict(NamedTuple):
    """The profile, with the rule and the figures behind it."""

    profile: str
    rule: str
    periods: int
    days_late: float
    count: int


def behaviour(paid: list) -> Behaviour | None:
    """Return the payment figures of a customer, or None if nothing was paid.

    An early payment counts as 0 days late: it does not offset a late one.
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
    """Return the late periods, oldest first.

    :param items: paid and open items
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
    """Return the payer profile of a customer on a day.

    A customer who is late now keeps the profile from before: the present late period
    counts once it is over.
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
