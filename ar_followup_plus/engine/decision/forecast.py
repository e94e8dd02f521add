"""The next steps by the same rules, for texts, worklists and the preview."""

from datetime import timedelta

from .decide import LEAVING, decide
from .ladder import next_loud, reached_on


def next_after(step, due, debtor, ladder, rules, sent_on, date_given):
    """Return ``(next step, day)`` if nobody pays or answers after a step, or None.

    :param values.Step step: the step that is taken
    :param datetime.date due: oldest due date of the items it is about
    :param datetime.date sent_on: the day on which it is sent
    :param date_given: the date to pay that it names, or None
    """
    following = next(
        (
            s
            for s in ladder.steps_for(debtor)
            if s.delay > step.delay and s.stage not in ("preventive", "call")
        ),
        None,
    )
    if following is None:
        return None
    day = max(
        reached_on(following, _Due(due), rules.calendar),
        sent_on + timedelta(days=max(following.delay - step.delay, rules.gap_days)),
    )
    if date_given:
        bound = rules.calendar.add_working(date_given, rules.grace_days)
        day = max(day, bound + timedelta(days=1))
    return following, next_loud(following.stage, day, rules.calendar)


class _Due:
    """The one attribute of an item that :func:`ladder.reached_on` reads."""

    def __init__(self, due):
        self.due = due


def after_contact(contact, debtor, items, day):
    """Return the debtor and items as they are after a contact."""
    taken = {
        item.id: step
        for item, _amount, step in contact.about + contact.also
        if step is not None
    }
    dated = {item.id for item, _amount, _step in contact.about}
    items = [
        item._replace(
            taken=taken[item.id].delay,
            taken_on=day,
            outbox=None,
            at_once=False,
            date_given=(contact.date_given if item.id in dated else None)
            or item.date_given,
        )
        if item.id in taken
        else item
        for item in items
    ]
    preventive = contact.step.stage == "preventive"
    debtor = debtor._replace(
        contacted=True,
        last_contact=day,
        last_preventive=day if preventive else debtor.last_preventive,
        proposal=None,
    )
    return debtor, items


def preview(debtor, items, ladder, rules, today, days=30):
    """Return ``[(day, contact)]`` of the coming days if nobody pays or answers.

    Assume that approvals are given on the day, and that the outbox is sent.
    """
    if any(item.outbox in LEAVING for item in items):
        debtor = debtor._replace(contacted=True, last_contact=today)
        items = [
            item._replace(outbox=None, taken_on=item.taken_on or today)
            if item.outbox in LEAVING
            else item
            for item in items
        ]
    found = []
    day, last = today, today + timedelta(days=days)
    while day <= last:
        decision = decide(debtor, items, ladder, rules, day)
        tomorrow = day + timedelta(days=1)
        if decision.contacts:
            contact = decision.contacts[0]
            found.append((day, contact))
            debtor, items = after_contact(contact, debtor, items, day)
            day = tomorrow
        elif decision.next_on:
            day = max(decision.next_on, tomorrow)
        else:
            break
    return found
