"""The next steps by the same rules, for texts, worklists and the preview."""

from datetime import timedelta

from .decide import LEAVING, decide
from .tone import announced_on


def next_after(steps, debtor, ladder, rules, sent_on):
    """Return ``(next step, day)`` of the next message after a notice, or None.

    As the customer is told: no message comes before it, whatever becomes overdue in
    the meantime, unless the customer pays or answers ("Dates bind us").

    :param steps: ``(delay of the step, due date, date to pay or None)`` of the items
        that take a step with the notice
    :param datetime.date sent_on: the day on which it is sent
    """
    found = []
    for delay, due, date_given in steps:
        step = ladder.next_written(debtor, delay)
        day = announced_on(step, delay, due, rules, sent_on, date_given)
        found.append((day, step))
    day, step = min(found, key=lambda entry: entry[0], default=(None, None))
    return (step, day) if step else None


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
