"""One contact: the items that it demands, and the others that it lists."""

from datetime import date, timedelta
from typing import NamedTuple

from ..values import Contact, Reason, Verdict
from .cover import HELD, company_amount
from .ladder import reached_on

#: Preventive notices are sent up to once a week and bundle that week.
BUNDLE = timedelta(days=7)


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


def obstacle(step, debtor, total, today):
    """Return ``(reason, first day without it)`` of the brake on a step.

    :param int total: amount at or above the step, minor units of company currency
    :return: ``(None, None)`` if the debtor can be contacted at the step
    """
    if total < step.min_amount:
        return Reason.BELOW_MINIMUM, None
    if not debtor.channels.intersection(step.channels):
        return Reason.NO_CONTACT, None
    if step.stage == "preventive" and debtor.last_preventive:
        free = debtor.last_preventive + BUNDLE
        if today < free:
            return Reason.CONTACTED_RECENTLY, free
    return None, None


def make_contact(chosen, debtor, states, items, rules, today):
    """Return the contact at a step and the verdicts that follow from it.

    :param values.Step chosen: the step that decides the text
    :param list states: verdicts on the items that the contact may list
    :param list items: all open items of the debtor, credits included
    :rtype: tuple
    """
    about, also, coming, after = [], [], [], []
    preventive = chosen.stage == "preventive"
    for state in states:
        item, step = state.item, state.step
        overdue = item.due < today
        if step is chosen or (preventive and _is_bundled(state, chosen, rules, today)):
            about.append((item, state.amount, chosen))
            state = Verdict(
                item, chosen, None, state.amount, today, state.detail, state.coming
            )
        elif (
            state.amount > 0
            and overdue
            and (state.reason is None or state.reason.is_listed)
        ):
            own = _own_step(step, chosen)
            also.append((item, state.amount, own))
            if step is not None and own is None:
                state = held(state, Reason.OTHER_STEP)
        elif step is not None:
            state = held(state, Reason.OTHER_STEP)
        elif preventive and state.reason is Reason.NOT_DUE:
            coming.append((item, state.amount, None))
        after.append(state)
    contact = build_contact(
        chosen, (about, also, coming), items, rules.calendar, today, debtor.contacted
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


def _own_step(step, chosen):
    """Return the step that an item takes if it is listed as also open, or None.

    Only its own gentle step, and only in writing: a call may never be made, and a
    hand-over is proposed to us, not to the customer ("Referral is proposed").
    """
    if step is None or step.stage != "gentle" or chosen.channels == ("call",):
        return None
    return None if chosen.stage == "handover" else step


def _is_bundled(state, chosen, rules, today):
    """Return whether a preventive notice bundles an item that is not yet due."""
    item = state.item
    return (
        state.reason is Reason.NOT_DUE
        and state.coming is chosen
        and item.taken is None
        and state.amount > 0
        and reached_on(chosen, item, rules.calendar) < today + BUNDLE
    )


def beside_proposal(chosen, debtor, lower, rules, today):
    """Return a lower step to send alone beside an unhandled proposal.

    A proposal older than three working days no longer holds lower steps that need no
    approval ("Approvals").

    :param values.Step chosen: the step of today's contact
    :param list lower: the verdicts on the items that are not at that step
    :rtype: values.Step or None
    """
    proposal = debtor.proposal
    if not proposal or proposal.step_id != chosen.id or rules.state != "live":
        return None
    if rules.calendar.add_working(proposal.on, rules.approval_days) >= today:
        return None
    steps = {state.step.id: state.step for state in lower if state.step}
    for step in sorted(steps.values(), key=lambda s: (s.delay, s.id), reverse=True):
        if step.delay >= chosen.delay or step.approval:
            continue
        reason, _on = obstacle(step, debtor, worth(lower, step.delay), today)
        if reason is None:
            return step
    return None
