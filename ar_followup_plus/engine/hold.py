"""The credit hold: watch, warn, hold; announced before, and ended automatically."""

from datetime import date, timedelta
from typing import NamedTuple

from .schedule import Calendar


class Rule(NamedTuple):
    """Settings of the company."""

    on: bool = False
    amount: float = 0.0  # minimum overdue amount, without disputed parts
    days: int = 60  # after the due date
    notice: int = 10  # working days between announcement and hold


class Owed(NamedTuple):
    """One open item with its collectible amount, in company currency."""

    id: int
    due: date
    amount: float
    expected: float = 0.0  # promised, or a payment that is not in the books yet


class Announced(NamedTuple):
    """The hold that a notice announced for an item."""

    start: date
    told: date


class Hold(NamedTuple):
    """The credit hold of a customer."""

    state: str = "none"  # none, watch, warn, hold
    reason: str | None = None  # rule, step, person, before
    start: date | None = None  # first day on which orders are held
    amount: float = 0.0  # amount to pay to prevent or end it
    told: date | None = None
    until: date | None = None  # last day of a hold that a person placed


def counted(items: list, today: date, expected: bool = False) -> list:
    """Return the overdue items with an amount, the oldest first.

    :param expected: whether to include amounts promised or being paid
    """
    if expected:
        items = [item._replace(amount=item.amount + item.expected) for item in items]
    return sorted(
        (item for item in items if item.amount > 0 and item.due < today),
        key=lambda item: (item.due, item.id),
    )


def total(items: list) -> float:
    """Return the sum of items."""
    return round(sum(item.amount for item in items), 2)


def decide(
    now: Hold,
    items: list,
    rule: Rule,
    today: date,
    calendar: Calendar,
    steps: dict | None = None,
    before: float = 0.0,
    released: date | None = None,
    reachable: bool = True,
) -> Hold:
    """Return the credit hold of a customer on a day.

    A customer is held only after being warned, unless they may not be contacted.

    :param steps: ``{item id: Announced}``: holds that notices announced
    :param before: the written-off amount of their debts
    :param released: last day for which a credit manager released the customer
    :param reachable: whether the customer may be warned
    """
    # A hold ends with the money: a promise to pay is not enough
    late = counted(items, today, expected=now.state == "hold")
    if now.reason == "person":
        paid = now.amount and not total(late)
        over = now.until and now.until < today
        if not paid and not over:
            if now.amount:
                now = now._replace(amount=total(late))
            return _bite(now, today)
        now = Hold()
    if released and released >= today:
        return Hold()
    if before > 0 and rule.on:
        if now.state == "hold":  # for what was written off meanwhile, for example
            return now._replace(reason="before", amount=before)
        if now.reason != "before":
            start = calendar.add_working(today, rule.notice)
            return Hold("warn", "before", start, before)
        return _bite_told(now._replace(amount=before), today, reachable)
    announced = [item for item in late if item.id in (steps or {})]
    if announced:
        start = min(steps[item.id].start for item in announced)
        told = min(steps[item.id].told for item in announced)
        return _bite(Hold("warn", "step", start, total(announced), told), today)
    if not rule.on or not late or total(late) < rule.amount:
        return Hold()
    return _by_rule(now, late, rule, today, calendar, reachable)


def _by_rule(now, late, rule, today, calendar, reachable):
    """Return the hold that the rule of the company gives for overdue items."""
    age = (today - late[0].due).days
    if age < rule.days // 2:
        return Hold()
    # The days of notice end when the age is reached
    lead = (calendar.add_working(today, rule.notice) - today).days
    if age < rule.days - lead:
        return Hold("watch", "rule", None, total(late))
    if now.reason == "rule" and now.state == "hold":
        if age < rule.days:
            now = Hold()  # the oldest items were paid: start again
        else:
            return now._replace(amount=_old(late, today, rule))
    if now.reason != "rule" or now.state != "warn":
        start = max(
            calendar.add_working(today, rule.notice),
            late[0].due + timedelta(days=rule.days),
        )
        return Hold("warn", "rule", start, _old(late, start, rule))
    now = now._replace(amount=_old(late, max(now.start, today), rule))
    return _bite_told(now, today, reachable)


def _old(late, day, rule):
    """Return the amount to pay so that no item is too old on a day."""
    return total(
        [item for item in late if item.due <= day - timedelta(days=rule.days)]
    ) or total(late)


def _bite_told(hold, today, reachable):
    """Begin a hold on its day, of a customer who was warned or may not be warned."""
    return _bite(hold, today) if hold.told or not reachable else hold


def _bite(hold, today):
    if hold.state == "warn" and hold.start and hold.start <= today:
        return hold._replace(state="hold")
    return hold
