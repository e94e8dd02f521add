"""Promises and payment plans: dates, installments, and whether they were kept.

Amounts are integers in minor units, as everywhere in the engine (values.py).
"""

import calendar as months
from datetime import date, timedelta
from typing import NamedTuple

#: Intervals between the installments of a plan.
RHYTHMS = ("week", "two_weeks", "month", "month_end")
#: Most installments of a plan: a higher number is a typing error.
MOST_INSTALLMENTS = 120
#: Final states of a promise that was not kept.
MISSED = ("partly", "broken")


class Installment(NamedTuple):
    """One installment of an agreement."""

    on: date  # when it is due
    amount: int
    missed: bool  # it was reported as missed


class Terms(NamedTuple):
    """The terms of an agreement that decide whether it was kept."""

    kind: str  # promise, plan or settlement
    installments: tuple  # of Installment, in the order of their dates
    grace_days: int = 3  # working days
    small_percent: float = 1.0
    cure_until: date | None = None  # last day to catch up


def schedule(total, count, first_on, rhythm, down=0, down_on=None):
    """Return ``[(date, amount)]``: equal parts; the last one takes the rounding.

    :param int total: the amount, down payment included
    :param int count: number of parts after the down payment
    :param datetime.date first_on: due date of the first part
    :param str rhythm: one of :data:`RHYTHMS`
    :param int down: the down payment, due on ``down_on``
    :raise ValueError: if the amount cannot be split like this
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
    """Return a day of the month ``number`` months later, or its last day if earlier."""
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    return date(year, month + 1, min(day, months.monthrange(year, month + 1)[1]))


def paid_of(amount, at_start, residual):
    """Return the amount paid of an item since the start, up to the amount covered.

    A returned payment makes it open again.

    :param int amount: of the item, covered by the promise or plan
    :param int at_start: the item's residual when it began
    :param int residual: its residual now
    """
    return min(max(at_start - residual, 0), amount)


def allocate(amounts, paid):
    """Return the amount paid of each installment, oldest first."""
    result = []
    for amount in amounts:
        part = min(amount, max(paid, 0))
        result.append(part)
        paid -= part
    return result


def shortened(amounts, less):
    """Return installments less an amount no longer owed, deducted from the last first.

    :param int less: the amount removed by a credit note
    """
    result = []
    for amount in reversed(amounts):
        part = min(amount, less)
        result.append(amount - part)
        less -= part
    return result[::-1]


def is_met(amount, paid, percent):
    """Return whether an amount counts as paid, a small difference aside."""
    return (amount - paid) * 100 <= percent * amount


def deadline(day, grace_days, calendar):
    """Return the last day on which a payment agreed for a day is on time."""
    return calendar.add_working(day, grace_days)


def states(terms, paid, today, calendar):
    """Return the state of each installment: paid, partly, open or late.

    :param int paid: amount paid since the start
    """
    parts = allocate([part.amount for part in terms.installments], paid)
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
    """Return the outcome of an agreement on a day, and the installments concerned.

    ``kept``, ``partly`` and ``broken`` end a promise or settlement. A plan is ``kept``,
    or installments are ``missed``, then ``cured``; after the time to catch up, or with
    a second miss, the plan is in ``default``. None: nothing changes.

    :param Terms terms: of the agreement
    :param int paid: amount paid since the start, by any means
    :param datetime.date today: the day
    :param schedule.Calendar calendar: of the company
    :param datetime.date books_reach: last day that the bank journals cover, None if
        they are up to date; no payment is judged late beyond it
    :return: ``(outcome or None, [indexes of the late installments])``
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
    missed = sum(part.missed for part in terms.installments)
    fresh = [place for place in late if not terms.installments[place].missed]
    if (fresh and missed) or len(fresh) > 1:
        return "default", late
    if fresh:
        return "missed", fresh
    if terms.cure_until is None or known > terms.cure_until:
        return "default", late
    return None, late


_DAY = timedelta(days=1)
