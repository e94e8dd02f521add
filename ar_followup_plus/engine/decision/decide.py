"""The decision: which customers are contacted today, about which items, and why not.

One pure function serves the nightly run, the preview, the explanation and the
tests. docs/RULES.md states the rules by number and name.
"""

from datetime import timedelta

from ..values import STAGE_RANK, Decision, Reason, Verdict
from .contact import (
    beside_proposal,
    held,
    make_contact,
    may_not_contact,
    obstacle,
    worth,
)
from .cover import by_age, collectible, company_amount
from .ladder import above, backlog_taken, is_quiet, may_act, next_loud, reached_on

#: Harshest stage for the rest of a partly disputed invoice ("Amounts taken out").
_MOST_DISPUTED = STAGE_RANK["firm"]
#: States in which a notice is on its way to the customer.
LEAVING = ("ready", "sending")


def decide(debtor, items, ladder, rules, today):
    """Decide for one debtor and one day.

    :param values.Debtor debtor: the debtor
    :param list items: all its open items (:class:`values.Item`), any order
    :param ladder.Ladder ladder: the ladder that applies
    :param values.Rules rules: of the company
    :param datetime.date today: the day, in the company's time zone
    :return: the contact or contacts of the day, a verdict for each item, the reason
        if there is no contact, and the next day on which that can change
    :rtype: values.Decision
    """
    items = sorted(items, key=by_age)
    open_amounts = collectible(debtor, items, rules)
    unusable = set()
    while True:
        states = [
            _state(item, open_amounts[item.id], debtor, ladder, rules, today, unusable)
            for item in items
            if item.residual > 0
        ]
        # A call below its minimum does not block the letters above it
        poor = _poor_call(states)
        if poor is None:
            break
        unusable.add(poor.id)
    brake = _brake(debtor, states, rules, today)
    if brake:
        reason, on = brake
        why = Reason.OTHER_STEP if reason is Reason.IN_OUTBOX else reason
        states = [held(state, why, on) if state.step else state for state in states]
        if reason.holds_all:
            states = [
                state._replace(step=None, reason=reason, on=on, amount=0)
                for state in states
            ]
        return _silence(states, items, reason)
    chosen, states = _choose(debtor, states, rules, today)
    if chosen is None:
        return _silence(states, items, None)
    contact, after = make_contact(chosen, debtor, states, items, rules, today)
    contacts = [contact]
    lower = [state for state in states if state.step is not chosen]
    beside = beside_proposal(chosen, debtor, lower, rules, today)
    if beside:
        second, rest = make_contact(beside, debtor, lower, items, rules, today)
        # An item sent alone does not take a step with the proposal too
        also = [(item, amount, None) for item, amount, _step in contact.also]
        contacts = [contact._replace(also=also), second]
        by_item = {state.item.id: state for state in rest}
        after = [by_item.get(state.item.id, state) for state in after]
    verdicts = _with_credits(after, items)
    if debtor.proposal and debtor.proposal.step_id == chosen.id:
        verdicts = _await_approval(verdicts, contact)
    return Decision(contacts, verdicts, None, today, chosen)


def _await_approval(verdicts, contact):
    """Return the verdicts; what a proposal asks for again waits for approval."""
    asked = {item.id for item, _amount, _step in contact.about}
    return [
        v._replace(reason=Reason.AWAITING_APPROVAL)
        if v.item.outbox == "proposed" and v.item.id in asked
        else v
        for v in verdicts
    ]


def is_candidate(debtor, items, delays, rules, today):
    """Return whether a debtor can possibly get a contact today.

    Conservative and cheap: if not, :func:`decide` returns no contact. The run evaluates
    it in SQL, and reads only the debtors that pass.

    :param delays: delays of all steps of all ladders, ascending
    """
    if not any(may_act(item, delays, today) for item in items):
        return False
    if debtor.proposal:
        return True
    if any(item.outbox in LEAVING and item.residual > 0 for item in items):
        return False
    if debtor.last_contact and not any(item.at_once for item in items):
        return debtor.last_contact + timedelta(days=max(rules.gap_days, 1)) <= today
    return True


def _state(item, open_amount, debtor, ladder, rules, today, unusable):
    """Return the verdict on one item as if it were the only one."""
    amount, reason, detail = open_amount
    if reason:
        return Verdict(item, None, reason, 0, None, detail)
    withheld = _withheld(item, amount, rules, today)
    if withheld:
        return withheld
    overdue = (today - item.due).days
    if item.taken is None and not debtor.allow_old:
        limit = rules.old_days
        if rules.backlog == "person" and _is_backlog(item, rules):
            limit = min(limit, rules.backlog_days)
        if overdue > limit:
            return Verdict(item, None, Reason.NEEDS_PERSON, amount, None, overdue)
    steps = ladder.steps_for(debtor)
    taken = item.taken
    if taken is None and rules.backlog == "below_age" and _is_backlog(item, rules):
        usable = [step for step in steps if step.id not in unusable]
        taken = backlog_taken(usable, item, today, rules.calendar)
    had = None if taken is None else ladder.variant_had(debtor, taken)
    for step in above(steps, item, today, taken, had):
        reason, on = _when(step, item, debtor, rules, today)
        if step.id in unusable and on <= today:
            continue
        if step.stage == "preventive" and on >= item.due:
            continue  # the due date comes before it
        if item.capped and STAGE_RANK[step.stage] > _MOST_DISPUTED:
            return Verdict(item, None, Reason.DISPUTED, amount)
        if on > today:
            return Verdict(item, None, reason, amount, on, 0, step)
        return Verdict(item, step, None, amount, today)
    back = None
    if item.taken_on:
        back = max(rules.calendar.add_working(item.taken_on, rules.done_days), today)
    return Verdict(item, None, Reason.LADDER_DONE, amount, back)


def _withheld(item, amount, rules, today):
    """Return the verdict on an item that must not be mentioned now, or None."""
    if not item.sent and rules.require_sent:
        return Verdict(item, None, Reason.NOT_SENT, amount)
    if item.quiet_until and today < item.quiet_until:
        return Verdict(item, None, Reason.DISPUTED, amount, item.quiet_until)
    if item.outbox and item.outbox != "proposed":
        known = _known_on(item, rules)
        if known and known > today and today > item.due:
            return Verdict(item, None, Reason.JUST_SENT, amount, known)
        return Verdict(item, None, Reason.IN_OUTBOX, amount)
    if item.again_on and today < item.again_on:
        return Verdict(item, None, Reason.SNOOZED, amount, item.again_on)
    return None


def _when(step, item, debtor, rules, today):
    """Return ``(reason, day)``: the first day of a step, and the rule behind it."""
    calendar = rules.calendar
    on = reached_on(step, item, calendar)
    if item.taken is not None and item.taken_on and not item.at_once:
        spaced = item.taken_on + timedelta(days=step.delay - item.taken)
        on = max(on, spaced)
    reason = Reason.NOT_DUE
    if item.date_given and not item.at_once:
        bound = calendar.add_working(item.date_given, rules.grace_days)
        if bound >= on and bound >= today:
            on, reason = bound + timedelta(days=1), Reason.DATE_GIVEN
    if step.stage != "preventive":
        known = _known_on(item, rules)
        if known and known > on and known > today:
            on, reason = known, Reason.JUST_SENT
        if debtor.direct_debit:
            debit = calendar.add_working(item.due, rules.direct_debit_days)
            if debit >= on and debit >= today:
                on, reason = debit + timedelta(days=1), Reason.DIRECT_DEBIT
    return reason, on


def _known_on(item, rules):
    """Return the first day after the time to read a sent invoice, or None."""
    return item.sent_on and item.sent_on + timedelta(days=rules.just_sent_days)


def _is_backlog(item, rules):
    return rules.backlog_date is not None and item.due < rules.backlog_date


def _poor_call(states):
    """Return the lowest step of only calls that is below its minimum, or None."""
    calls = {
        state.step.id: state.step
        for state in states
        if state.step and state.step.channels == ("call",)
    }
    poor = [s for s in calls.values() if worth(states, s.delay) < s.min_amount]
    return min(poor, key=lambda step: (step.delay, step.id), default=None)


def _brake(debtor, states, rules, today):
    """Return ``(reason, first day without it)`` of the brake on the debtor, or None."""
    why = may_not_contact(debtor, rules, today)
    if why and why.reason.holds_all:
        return why
    if not any(state.step for state in states):
        return None
    if why:
        return why
    if rules.books_behind:
        return Reason.BOOKS_BEHIND, None
    if debtor.not_before and today < debtor.not_before:
        return Reason.CONTACTED_RECENTLY, debtor.not_before
    if any(state.item.outbox in LEAVING for state in states):
        # A notice on its way is a contact too, though its day is not known yet
        return Reason.IN_OUTBOX, None
    if debtor.last_contact:
        # "At once" means the next run, and never two contacts on one day
        at_once = any(state.step and state.item.at_once for state in states)
        gap = 1 if at_once else max(rules.gap_days, 1)
        free = debtor.last_contact + timedelta(days=gap)
        if today < free:
            return Reason.CONTACTED_RECENTLY, free
    if (
        rules.first_left is not None
        and rules.first_left <= 0
        and not debtor.contacted
        and any(s.step and _is_backlog(s.item, rules) for s in states)
    ):
        return Reason.DAILY_LIMIT, today + timedelta(days=1)
    return None


def _choose(debtor, states, rules, today):
    """Return the step that decides the text, and the verdicts after that choice."""
    due = states
    steps = {state.step.id: state.step for state in states if state.step}
    for step in sorted(steps.values(), key=lambda s: (s.delay, s.id), reverse=True):
        # An amount held at a higher step counts towards the lower ones
        total = worth(due, step.delay)
        reason, on = obstacle(step, debtor, total, today)
        if reason is None and not is_quiet(step.stage, today, rules.calendar):
            return step, states
        if reason is None:
            reason, on = Reason.QUIET_DAY, next_loud(step.stage, today, rules.calendar)
            if (on - today).days <= rules.gap_days:
                # Hold the lower steps too: a contact now would delay the demand by the
                # gap after it. During a long closure the lower steps continue.
                return None, [held(s, reason, on) if s.step else s for s in states]
            total = 0
        states = [
            held(s, reason, _changes_on(s, on), total) if s.step is step else s
            for s in states
        ]
    return None, states


def _changes_on(state, on):
    """Return the first day on which the reason for holding a step can end, or None.

    On the due date a preventive step is replaced by the steps after it.
    """
    if state.step.stage != "preventive":
        return on
    return min(on, state.item.due) if on else state.item.due


def _with_credits(states, items):
    """Return the verdicts with those on credits added."""
    return states + [
        Verdict(item, None, Reason.CREDIT_COVERS, 0, None, -item.residual)
        for item in items
        if item.residual < 0
    ]


def _silence(states, items, reason):
    """Return a decision without a contact."""
    dated = [state for state in states if state.on]
    first = min(dated, key=lambda state: state.on, default=None)
    if reason is None and states:
        # The reason of the largest item is the debtor's; "not due" only if there is
        # no other
        reason = max(
            states,
            key=lambda s: (s.reason is not Reason.NOT_DUE, s.item.residual_company),
        ).reason
    return Decision(
        [],
        _with_credits(states, items),
        reason,
        first.on if first else None,
        first.coming if first else None,
    )


def worth_due(decision, contact):
    """Return the total that counts towards the minimum of a contact planned before.

    As when it was planned: its demanded items, and items due at its step or a higher
    one and held there. In minor units of company currency.

    :param values.Decision decision: today's decision; the contact itself is in the
        outbox
    """
    own = {item.id for item, _amount, _step in contact.about}
    total = sum(company_amount(item, amount) for item, amount, _s in contact.about)
    for verdict in decision.verdicts:
        step = verdict.step or verdict.coming
        if (
            step
            and step.delay >= contact.step.delay
            and verdict.item.id not in own
            and not (verdict.reason and verdict.reason.is_early)
        ):
            total += company_amount(verdict.item, verdict.amount)
    return total


def still_asked(decision):
    """Return ``{item id: amount}`` that a notice in the outbox may still ask for.

    Brakes hold new notices only. Items paid, disputed, excluded or the like meanwhile
    are left out ("Second look").
    """
    return {
        verdict.item.id: verdict.amount
        for verdict in decision.verdicts
        if verdict.amount > 0 and not (verdict.reason and verdict.reason.takes_out)
    }
