"""Replay of a ladder over past or coming days, for all customers together."""

from datetime import timedelta

from ..values import Reason
from .decide import decide
from .forecast import after_contact


def replay(readings, rules, first, last, per_day=None):
    """Return ``[(day, debtor, contact)]`` as if the follow-up had begun on a day.

    On each day, decide on the items open now that were invoiced by then. Assume that
    nobody pays or answers, and that every proposal is approved.

    :param readings: ``[(Debtor, [Item], Ladder)]``, largest debts first
    :param int per_day: daily limit of first notices to old debts; None: no limit
    """
    rules = rules._replace(state="ask", backlog_date=first, books_behind=False)
    current = {
        at: (_fresh(debtor), [_unsaid(item) for item in items], ladder)
        for at, (debtor, items, ladder) in enumerate(readings)
    }
    agenda, waiting, found = {first: list(current)}, [], []
    day = first
    while day <= last:
        left, held = per_day, set(waiting)
        turn, waiting = sorted(held.union(agenda.pop(day, ()))), []
        for at in turn:
            if left == 0 and at in held:
                waiting.append(at)  # still held by the daily limit
                continue
            debtor, items, ladder = current[at]
            known = [item for item in items if not _comes(item, day)]
            decision = decide(
                debtor, known, ladder, rules._replace(first_left=left), day
            )
            following = decision.next_on
            if decision.contacts:
                contact = decision.contacts[0]
                found.append((day, debtor, contact))
                if left and contact.first and _is_old(contact, first):
                    left -= 1
                debtor, items = after_contact(contact, debtor, items, day)
                current[at] = (debtor, items, ladder)
                following = day
            elif decision.reason is Reason.DAILY_LIMIT:
                waiting.append(at)
                continue
            days = [item.issued for item in items if _comes(item, day)]
            days += [following] if following else []
            if days:
                on = max(min(days), day + timedelta(days=1))
                agenda.setdefault(on, []).append(at)
        day += timedelta(days=1)
    return found


def _fresh(debtor):
    return debtor._replace(
        contacted=False, last_contact=None, last_preventive=None, proposal=None
    )


def _unsaid(item):
    return item._replace(outbox=None, taken=None, taken_on=None, date_given=None)


def _comes(item, day):
    return item.issued is not None and item.issued > day


def _is_old(contact, first):
    return any(item.due < first for item, _amount, _step in contact.about)
