"""One contact: the items that it demands, and the others that it lists."""

from datetime import date, timedelta
from typing import NamedTuple

from ..values import Contact, Reason, Step, Verdict
from .cover import HELD, company_amount
from .ladder import is_written, reached_on
from .tone import lists_coming, step_beside

#: A contact bundles the items that reach its step within a week; preventive notices are
#: sent once a week at most.
BUNDLE = timedelta(days=7)
#: Stages with legal deadlines: the budget of messages does not hold them.
_WITHOUT_BUDGET = ("final", "notice", "handover")


class Choice(NamedTuple):
    """The contact that was chosen: its text, and what it is about."""

    text: Step
    steps: dict  # {item id: the step that the item takes}


class Brake(NamedTuple):
    """Why a debtor is not contacted."""

    reason: Reason
    until: date | None = None  # first day without it


def may_not_contact(debtor, rules, today):
    """Return why a debtor may not be contacted by the ladder at all, or None.

    The only predicate: planning and the second look before sending use it. The send
    gate has it in SQL (``models/delivery/mail_mail.py``).

    :rtype: Brake or None
    """
    if debtor.stopped:
        return Brake(Reason.CONTACT_STOPPED)
    if rules.state == "off":
        return Brake(Reason.COMPANY_OFF)
    if debtor.kind == "group":
        return Brake(Reason.NEEDS_PERSON)
    if debtor.snooze_until and today < debtor.snooze_until:
        return Brake(Reason.SNOOZED, debtor.snooze_until)
    if debtor.reply_until and today < debtor.reply_until:
        return Brake(Reason.WAITING_FOR_US, debtor.reply_until)
    return None


def held(state, reason, on=None, detail=0):
    """Return a verdict with its step held for a reason."""
    return state._replace(
        step=None, reason=reason, on=on, detail=detail, coming=state.step
    )


def worth(states, delay):
    """Return the total at or above a delay, in minor units of company currency."""
    return sum(
        company_amount(state.item, state.amount)
        for state in states
        if state.step is not None and state.step.delay >= delay
    )


def is_enough(step, asked, above):
    """Return whether the minimum of a step is met: the only predicate.

    Planning and the second look before sending use it. A message must ask for enough
    itself: a small rest is never written about alone. In a call all is spoken about.

    :param int asked: total of the items that the contact is about
    :param int above: the same, with what is at a higher step and held there
    """
    return (asked if is_written(step) else above) >= step.min_amount


def obstacle(step, debtor, asked, above, today):
    """Return ``(reason, first day without it)`` of the brake on a step.

    :param int asked: see :func:`is_enough`, in minor units of company currency
    :param int above: the same
    :return: ``(None, None)`` if the debtor can be contacted at the step
    """
    if not is_enough(step, asked, above):
        return Reason.BELOW_MINIMUM, None
    if not debtor.channels.intersection(step.channels):
        return Reason.NO_CONTACT, None
    if step.stage == "preventive" and debtor.last_preventive:
        free = debtor.last_preventive + BUNDLE
        if today < free:
            return Reason.CONTACTED_RECENTLY, free
    limited = is_written(step) and step.stage not in _WITHOUT_BUDGET
    if debtor.proposal and debtor.proposal.step_id == step.id:
        return None, None  # it waits for approval: its day is found when that is given
    if limited and debtor.budget_on and today < debtor.budget_on:
        return Reason.BUDGET, debtor.budget_on
    return None, None


def make_contact(chosen, debtor, states, items, rules, today):
    """Return the contact that was chosen and the verdicts that follow from it.

    :param Choice chosen: the step with the text, and what it is about
    :param list states: verdicts on the items that the contact may list
    :param list items: all open items of the debtor, credits included
    :rtype: tuple
    """
    about, also, coming, after = [], [], [], []
    text = chosen.text
    preventive = text.stage == "preventive"
    for state in states:
        item, step = state.item, state.step
        overdue = item.due < today
        if item.id in chosen.steps:
            own = chosen.steps[item.id]
            about.append((item, state.amount, own))
            state = Verdict(
                item, own, None, state.amount, today, state.detail, state.coming
            )
        elif (
            state.amount > 0
            and overdue
            and (state.reason is None or state.reason.is_listed)
        ):
            own = step_beside(step, text)
            also.append((item, state.amount, own))
            if step is not None and own is None:
                state = held(state, Reason.OTHER_STEP)
        elif step is not None:
            if step.stage == "preventive" and lists_coming(text):
                coming.append((item, state.amount, None))
            state = held(state, Reason.OTHER_STEP)
        elif preventive and state.reason is Reason.NOT_DUE:
            coming.append((item, state.amount, None))
        after.append(state)
    contact = build_contact(
        text, (about, also, coming), items, rules.calendar, today, debtor.contacted
    )
    return contact, after


def build_contact(step, lists, items, calendar, today, contacted):
    """Return the contact at a step: the only builder of one.

    Planning, the second look before sending, and the preview of a text call it.

    :param values.Step step: without a number of days to pay, it names no date
    :param tuple lists: what it is about, also open and coming: see :class:`Contact`
    :param list items: all open items of the debtor, credits included
    :param bool contacted: the debtor had a notice before
    """
    apart, credits = [], []
    for item in items:
        if item.residual < 0:
            if not item.keep_apart:
                credits.append(item)
        elif (
            item.residual > 0
            and (item.disputed or item.promised or item.planned or item.waiting)
            and not (item.excluded or item.broken)
        ):
            apart += [
                (item, min(getattr(item, name), item.residual), reason)
                for name, reason in HELD
                if getattr(item, name)
            ]
    date_given = None
    if step.date_given_days:
        date_given = calendar.date_to_give(today + timedelta(days=step.date_given_days))
    return Contact(step, *lists, apart, credits, date_given, not contacted)


def is_bundled(state, chosen, rules, today):
    """Return whether a preventive notice bundles an item that is not yet due."""
    item = state.item
    return (
        state.reason is Reason.NOT_DUE
        and state.coming is chosen
        and item.taken is None
        and state.amount > 0
        and reached_on(chosen, item, rules.calendar) < today + BUNDLE
    )


def may_leave_beside(text, debtor, rules, today):
    """Return whether lower steps leave alone beside an unhandled proposal.

    A proposal older than three working days no longer holds lower steps that need no
    approval ("Approvals").

    :param values.Step text: the step of today's contact
    """
    proposal = debtor.proposal
    if not proposal or proposal.step_id != text.id or rules.state != "live":
        return False
    return rules.calendar.add_working(proposal.on, rules.approval_days) < today
