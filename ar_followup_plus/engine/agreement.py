"""Promises and payment plans: dates, parts, and what was kept.

Amounts are integers in minor units, as everywhere in the engine (values.py).
"""

import calendar as months
from datetime import date, timedelta
from typing import NamedTuple

#: How the installments of a plan follow each other.
RHYTHMS = ("week", "two_weeks", "month", "month_end")
#: More installments than this are a mistake.
MOST_INSTALLMENTS = 120


class Terms(NamedTuple):
    """What was agreed, as far as it decides what was kept."""

    kind: str  # promise, plan or settlement
    installments: tuple  # ((date, amount, missed), ...) in the order of the dates
    grace_days: int = 3  # working days
    small_percent: float = 1.0
    cure_until: date | None = None  # a part was missed: they have until then


def schedule(total, count, first_on, rhythm, down=0, down_on=None):
    """Return ``[(date, amount)]``: equal parts, of which the last takes the rounding.

    :param int total: what is paid in parts, the down payment included
    :param int count: how many parts follow the down payment
    :param datetime.date first_on: when the first of them is due
    :param str rhythm: one of :data:`RHYTHMS`
    :param int down: what is paid first, on ``down_on``
    :raise ValueError: where there are no such parts
    """
    rest = total - down
    if (
        not 0 < count <= MOST_INSTALLMENTS
        or rhythm not in RHYTHMS
        or down < 0
        or rest < count
    ):
        raise ValueError("There are no such parts")
    part = rest // count
    parts = [part] * (count - 1) + [rest - part * (count - 1)]
    result = [(down_on or first_on, down)] if down else []
    return result + list(zip(_dates(first_on, count, rhythm), parts, strict=True))


def _dates(first_on, count, rhythm):
    if rhythm in ("week", "two_weeks"):
        days = 7 if rhythm == "week" else 14
        return [first_on + timedelta(days=days * number) for number in range(count)]
    day = 31 if rhythm == "month_end" else first_on.day
    return [_month_after(first_on, number, day) for number in range(count)]


def _month_after(start, number, day):
    """Return a day of the month ``number`` months later, the last if it is shorter."""
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    return date(year, month + 1, min(day, months.monthrange(year, month + 1)[1]))


def paid_of(amount, at_start, residual):
    """Return what was paid of an item since the start, at most what is covered.

    A payment that came back makes it open again.

    :param int amount: of the item that promise or plan covers
    :param int at_start: the item's residual when it began
    :param int residual: its residual now
    """
    return min(max(at_start - residual, 0), amount)


def allocate(amounts, paid):
    """Return what was paid of each installment, the oldest first."""
    result = []
    for amount in amounts:
        part = min(amount, max(paid, 0))
        result.append(part)
        paid -= part
    return result


def shortened(amounts, less):
    """Return installments without an amount that is no longer owed, the last first.

    :param int less: what a credit note took away
    """
    result = []
    for amount in reversed(amounts):
        part = min(amount, less)
        result.append(amount - part)
        less -= part
    return result[::-1]


def is_met(amount, paid, percent):
    """Return whether an amount counts as paid: all, but for a small difference."""
    return (amount - paid) * 100 <= percent * amount


def deadline(day, grace_days, calendar):
    """Return the last day on which a payment agreed for a day is in time."""
    return calendar.add_working(day, grace_days)


def states(terms, paid, today, calendar):
    """Return the state of each installment: paid, partly, open or late.

    :param int paid: what arrived since the start
    """
    parts = allocate([amount for _day, amount, _missed in terms.installments], paid)
    result = []
    for (day, amount, _missed), part in zip(terms.installments, parts, strict=True):
        if is_met(amount, part, terms.small_percent):
            result.append("paid")
        elif today > deadline(day, terms.grace_days, calendar):
            result.append("late")
        else:
            result.append("partly" if part else "open")
    return result


def judge(terms, paid, today, calendar, books_reach=None):
    """Return what a night decides of an agreement, and of which installments.

    ``kept``, ``partly`` and ``broken`` end a promise or settlement; a plan is
    ``kept``, or parts of it are ``missed``, then ``cured`` or, after the time for it or
    with a second miss, ``default``. None: nothing is to be decided.

    :param Terms terms: what was agreed
    :param int paid: what arrived since the start, whichever way it came
    :param datetime.date today: the day
    :param schedule.Calendar calendar: of the company
    :param datetime.date books_reach: the last day of which the books know, or None
        where they are up to date: what they do not know yet is not held against anybody
    :return: ``(outcome or None, [places of the installments that are late])``
    """
    known = today if books_reach is None else min(today, books_reach + _DAY)
    found = states(terms, paid, known, calendar)
    if all(state == "paid" for state in found):
        return "kept", []
    late = [place for place, state in enumerate(found) if state == "late"]
    if terms.kind != "plan":
        if not late:
            return None, []
        return ("partly" if paid > 0 else "broken"), late
    if not late:
        return ("cured" if terms.cure_until else None), []
    missed = sum(bool(entry[2]) for entry in terms.installments)
    fresh = [place for place in late if not terms.installments[place][2]]
    if (fresh and missed) or len(fresh) > 1:
        return "default", late
    if fresh:
        return "missed", fresh
    if terms.cure_until is None or known > terms.cure_until:
        return "default", late
    return None, late


_DAY = timedelta(days=1)
