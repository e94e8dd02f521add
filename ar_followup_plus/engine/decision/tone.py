"""The customer's tone: what is held for the next notice, and how it is written.

A customer reads all messages as those of one person. What each item demands is its
own; when and how firmly the customer is written to follows from all items.
"""

from datetime import timedelta

from ..values import STAGE_RANK, Reason
from .cover import company_amount
from .ladder import is_firm, is_written, next_loud, reached_on

#: The next message is announced for a day at most this far ahead, unless a date to pay
#: runs longer: what becomes overdue in the meantime is not held any longer.
MOST_AHEAD = timedelta(days=14)


class Tone:
    """The tone of one debtor on one day.

    :param list states: verdicts on the open items, before brakes
    """

    def __init__(self, debtor, states, ladder, rules, today):
        self.debtor = debtor
        self.ladder = ladder
        self.rules = rules
        self.today = today
        self.states = states
        heard = [state for state in states if _is_open(state)]
        self.is_firm = ladder.firm_from is not None and any(
            state.item.taken is not None and state.item.taken >= ladder.firm_from
            for state in heard
        )
        self.told = told_until(debtor, states, ladder, rules)

    def text_of(self, step):
        """Return the step whose text is used for a step of items.

        While something is open at firm or higher, there is no gentler message.
        """
        if not self.is_firm or step.stage != "gentle" or not is_written(step):
            return step
        return self.ladder.firm_step(self.debtor) or step

    def is_late(self):
        """Return whether something is overdue that is worth an overdue notice."""
        late = sum(
            company_amount(state.item, state.amount)
            for state in self.states
            if _is_open(state) and state.item.due < self.today
        )
        first = next(
            (
                step
                for step in self.ladder.steps_for(self.debtor)
                if step.stage != "preventive"
            ),
            None,
        )
        return late > 0 and first is not None and late >= first.min_amount

    def is_proposed(self, step):
        """Return whether a notice of a step waits for approval.

        It is kept, whatever was told since: its day is found when it is approved.
        """
        proposal = self.debtor.proposal
        return bool(proposal) and proposal.step_id == step.id

    def obstacle(self, step, states):
        """Return ``(reason, first day without it)`` why a step waits for the next one.

        :param step: the step with the text
        :param list states: the verdicts on the items that it would be about
        """
        if any(state.item.at_once for state in states):
            return None, None
        if not is_written(step) or step.stage == "handover":
            return None, None
        if step.stage == "preventive":
            held = self.is_firm or self.is_late()
            return (Reason.WITH_NEXT, None) if held else (None, None)
        if self.told and self.today < self.told:
            return Reason.WITH_NEXT, self.told
        day = self._together_on(step, states)
        return (Reason.WITH_NEXT, day) if day else (None, None)

    def _together_on(self, step, states):
        """Return the day on which a higher step takes a step along, or None.

        A message today would hold the higher one for the gap between contacts. A step
        waits at most for that gap, from the first day on which it could leave.
        """
        debtor, gap = self.debtor, timedelta(days=max(self.rules.gap_days, 1))
        days = [
            min(state.since for state in states), self.told, debtor.budget_on,
            debtor.last_contact and debtor.last_contact + gap,
            debtor.not_before, debtor.snooze_until, debtor.reply_until,
        ]  # fmt: skip
        limit = max(filter(None, days)) + gap
        found = {}
        for state in self.states:
            other = state.coming
            if (
                state.step is None
                and state.reason in (Reason.NOT_DUE, Reason.DATE_GIVEN)
                and other.delay > step.delay
                and other.stage not in ("preventive", "handover")
                and is_written(other)
                and self.debtor.channels.intersection(other.channels)
            ):
                day = next_loud(other.stage, state.on, self.rules.calendar)
                if self.today < day <= limit:
                    found.setdefault(other.id, [other, 0, day])
                    found[other.id][1] += company_amount(state.item, state.amount)
                    found[other.id][2] = max(day, found[other.id][2])
        days = [
            day for other, total, day in found.values() if total >= other.min_amount
        ]
        return max(days, default=None)


def _is_open(state):
    """Return whether the customer may be asked for an item now or later."""
    return state.amount > 0 and not (state.reason and state.reason.takes_out)


def _is_told(verdict):
    """Return whether what was announced about an item still holds.

    Also of the rest of an item in dispute that climbs no higher than firm.
    """
    is_rest = verdict.reason is Reason.DISPUTED and verdict.item.capped
    return _is_open(verdict) or (is_rest and verdict.amount > 0)


def told_until(debtor, verdicts, ladder, rules):
    """Return the first day on which the customer is written to again, or None.

    The last notice announced it, or named a date to pay: until then no other item
    brings a message either. What the customer has paid or answered holds nothing.
    """
    said = [
        verdict.item
        for verdict in verdicts
        if _is_told(verdict)
        and verdict.item.taken is not None
        and verdict.item.taken_on
        and verdict.item.taken >= 0
        and verdict.item.outbox in (None, "proposed")
        and not verdict.item.at_once
        and not ladder.was_handover(verdict.item.taken)
    ]
    written, called = [], []
    for item in said:
        (called if ladder.was_call(item.taken) else written).append(item)
    last = max((item.taken_on for item in written), default=None)
    days = [_announced(debtor, ladder, rules, written, last, min)] if last else []
    if called:
        # A call is not announced, and moves on items that a notice spoke of: which of
        # them is not known any more
        on = max(item.taken_on for item in called)
        if last is None or on >= last:
            days.append(_announced(debtor, ladder, rules, called, on, max))
    return max(days, default=None)


def _announced(debtor, ladder, rules, items, on, pick):
    """Return the first, or last, day of the next messages about items of one day."""
    return pick(
        announced_on(
            ladder.next_written(debtor, item.taken),
            item.taken,
            item.due,
            rules,
            item.taken_on,
            item.date_given,
        )
        for item in items
        if item.taken_on == on
    )


def announced_on(following, delay, due, rules, sent_on, date_given):
    """Return the first day of the next message after a notice, as its text says.

    :param values.Step following: the next written step, or None if there is none
    :param int delay: of the step that was taken
    :param datetime.date due: of the item; the oldest of several
    :param datetime.date sent_on: the day of the notice
    :param date_given: the date to pay that it names, or None
    """
    calendar = rules.calendar
    day = sent_on + timedelta(days=rules.gap_days)
    if date_given:
        bound = calendar.add_working(date_given, rules.grace_days)
        day = max(day, bound + timedelta(days=1))
    if following is None:
        return day
    latest = max(day, sent_on + MOST_AHEAD)
    spaced = sent_on + timedelta(days=following.delay - delay)
    day = max(day, spaced, reached_on(following, Due(due), calendar))
    return next_loud(following.stage, min(day, latest), calendar)


class Due:
    """The one attribute of an item that :func:`ladder.reached_on` reads."""

    def __init__(self, due):
        self.due = due


def step_beside(step, text):
    """Return the step that an item takes if a notice lists it as also open, or None.

    Its gentle step, or its firm one in a harsher notice, and only in writing: a call
    may never be made, and a hand-over is proposed to us ("Referral is proposed").
    What needs approval is not taken along.

    :param values.Step step: the step that is due for the item
    :param values.Step text: the step with the text of the notice
    """
    if step is None or not is_written(step) or not is_written(text):
        return None
    if text.stage == "handover" or step.approval:
        return None
    if step.stage == "gentle":
        return step
    harsher = STAGE_RANK[text.stage] > STAGE_RANK["firm"]
    return step if step.stage == "firm" and harsher else None


def lists_coming(text):
    """Return whether a notice lists what will be due, in place of an early note."""
    return is_written(text) and (
        text.stage == "gentle" or (text.stage == "firm" and is_firm(text))
    )
