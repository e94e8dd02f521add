"""The credit hold: watch, warn, hold; announced before, and ended automatically."""

from datetime import date, timedelta
from typing import NamedTuple

from .schedule import Calendar


class Rule(NamedTuple):
    """Settings of the company."""

    on: bool = False
    amount: float = 0.0  # least overdue amount, disputed parts excluded
    days: int = 60  # after the due date
    notice: int = 10  # working days between announcement and hold


class Owed(NamedTuple):
    """One open item with the amount that counts. Credits are negative."""

    id: int
    due: date
    amount: float  # company currency, disputed and planned parts excluded


class Hold(NamedTuple):
    """The credit hold of a customer."""

    state: str = "none"  # none, watch, warn, hold
    reason: str | None = None  # rule, step, person, before
    start: date | None = None  # first day on which orders are held
    amount: float = 0.0  # amount to pay to prevent or end it
    told: date | None = None
    until: date | None = None  # last day of a hold that a person placed


def counted(items: list, today: date) -> list:
    """Return the overdue items after credits, which cover the oldest first."""
    left = -sum(item.amount for item in items if item.amount < 0)
    found = []
    for item in sorted(items, key=lambda one: (one.due, one.id)):
        if item.amount <= 0 or item.due >= today:
            continue
        covered = min(left, item.amount)
        left -= covered
        rest = round(item.amount - covered, 6)
        if rest > 0:
            found.append(item._replace(amount=rest))
    return found


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
    before: bool = False,
    released: date | None = None,
    reachable: bool = True,
) -> Hold:
    """Return the credit hold of a customer on a day.

    A customer is held only after being told, unless they may not be written to.

    :param steps: ``{item id: day}``: first day of a hold that a notice announced
    :param before: whether a debt was written off
    :param released: last day for which a credit manager released the customer
    :param reachable: whether the customer may be told
    """
    late = counted(items, today)
    if now.reason == "person":
        paid = now.amount and not total(late)
        over = now.until and now.until < today
        if not paid and not over:
            return _bite(now, today)
        now = Hold()
    if released and released >= today:
        return Hold()
    if before and rule.on:
        return Hold("hold", "before", now.start or today)
    announced = [item for item in late if item.id in (steps or {})]
    if announced:
        start = min(steps[item.id] for item in announced)
        found = Hold("warn", "step", start, total(announced), told=today)
        return _bite(found, today)
    if not rule.on or not late or total(late) < rule.amount:
        return Hold()
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
    if not now.told and reachable:
        return now
    return _bite(now, today)


def _old(late, day, rule):
    """Return the amount to pay so that no item is too old on a day."""
    return total(
        [item for item in late if item.due <= day - timedelta(days=rule.days)]
    ) or total(late)


def _bite(hold, today):
    if hold.state == "warn" and hold.start and hold.start <= today:
        return hold._replace(state="hold")
    return hold
