"""The decision: which customers are contacted today, about which items, and why not.

One pure function serves the nightly run, the preview, the explanation and the
tests. docs/RULES.md states the rules by number and name.
"""

from datetime import timedelta

from ..values import STAGE_RANK, Decision, Reason, Verdict
from .contact import (
    BUNDLE,
    Choice,
    held,
    is_bundled,
    is_enough,
    make_contact,
    may_leave_beside,
    may_not_contact,
    obstacle,
    worth,
)
from .cover import by_age, collectible, company_amount
from .ladder import (
    above,
    backlog_taken,
    is_quiet,
    is_written,
    may_act,
    next_loud,
    reached_on,
)
from .tone import Tone

#: Harshest stage for the rest of a partly disputed invoice ("Amounts taken out"), and
#: for whom the steps before it did not reach.
_FIRM = STAGE_RANK["firm"]
#: Brakes on a step that hold the lower ones, too, if they end within the gap.
_HOLDS_LOWER = (Reason.QUIET_DAY, Reason.WITH_NEXT)
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
    tone = Tone(debtor, states, ladder, rules, today)
    chosen, states = _choose(tone, states)
    if chosen is None:
        return _silence(states, items, None)
    text = chosen.text
    contact, after = make_contact(chosen, debtor, states, items, rules, today)
    contacts = [contact]
    lower = [state for state in states if state.item.id not in chosen.steps]
    beside = None
    if may_leave_beside(text, debtor, rules, today):
        beside, _held = _choose(tone, lower, text)
    if beside:
        second, rest = make_contact(beside, debtor, lower, items, rules, today)
        # An item sent alone does not take a step with the proposal too
        also = [(item, amount, None) for item, amount, _step in contact.also]
        contacts = [contact._replace(also=also), second]
        by_item = {state.item.id: state for state in rest}
        after = [by_item.get(state.item.id, state) for state in after]
    verdicts = _with_credits(after, items)
    if debtor.proposal and debtor.proposal.step_id == text.id:
        verdicts = _await_approval(verdicts, contact)
    return Decision(contacts, verdicts, None, today, text)


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
    return _next(item, amount, debtor, ladder, rules, today, unusable)


def _next(item, amount, debtor, ladder, rules, today, unusable):
    """Return the verdict by the next step of an item."""
    steps = ladder.steps_for(debtor)
    taken = item.taken
    if taken is None and rules.backlog == "below_age" and _is_backlog(item, rules):
        usable = [step for step in steps if step.id not in unusable]
        taken = backlog_taken(usable, item, today, rules.calendar)
    had = None if taken is None else ladder.variant_had(debtor, taken)
    lost = None
    for step in above(steps, item, today, taken, had):
        reason, on = _when(step, item, debtor, rules, today)
        if lost and STAGE_RANK[step.stage] > _FIRM:
            break  # nobody begins with a final demand
        if step.id in unusable and on <= today:
            continue
        if step.stage == "preventive" and on >= item.due:
            continue  # the due date comes before it
        if item.capped and STAGE_RANK[step.stage] > _FIRM:
            return Verdict(item, None, Reason.DISPUTED, amount)
        if on > today:
            if lost:
                return lost._replace(passes_on=on)
            return Verdict(item, None, reason, amount, on, 0, step)
        if debtor.channels.intersection(step.channels):
            return Verdict(item, step, None, amount, today, 0, None, on)
        # It reaches nobody: the step above it replaces it when that is reached
        lost = lost or Verdict(item, step, None, amount, today, 0, None, on)
    if lost:
        return lost
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


def _when(step, item, debtor, rules, today, ahead=timedelta()):
    """Return ``(reason, day)``: the first day of a step, and the rule behind it.

    :param datetime.timedelta ahead: so much before its delay
    """
    calendar = rules.calendar
    on = reached_on(step, item, calendar) - ahead
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
        if state.step and not is_written(state.step)
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


def _choose(tone, states, below=None):
    """Return the contact of the day, and the verdicts after that choice.

    :param tone.Tone tone: of the debtor
    :param list states: the verdicts to choose from
    :param values.Step below: only lower steps that need no approval
    :rtype: tuple
    """
    debtor, rules, today = tone.debtor, tone.rules, tone.today
    due = states
    steps = {state.step.id: state.step for state in states if state.step}
    for step in sorted(steps.values(), key=lambda s: (s.delay, s.id), reverse=True):
        text = tone.text_of(step)
        if below and (text.delay >= below.delay or text.approval):
            continue
        mine = [s for s in due if s.step is step or (s.step is text is not step)]
        asked = sum(company_amount(state.item, state.amount) for state in mine)
        reason, on = obstacle(text, debtor, asked, worth(due, step.delay), today)
        if reason is None and not tone.is_proposed(text):
            reason, on = tone.obstacle(text, mine)
        if reason is None and is_quiet(text.stage, today, rules.calendar):
            reason, on = Reason.QUIET_DAY, next_loud(text.stage, today, rules.calendar)
        if reason is None:
            return _about(text, step, mine, due, tone), states
        urgent = reason is Reason.WITH_NEXT and _is_urgent(states, step)
        soon = on and (on - today).days <= rules.gap_days
        if reason in _HOLDS_LOWER and soon and not urgent:
            # Hold the lower steps too: a contact now would delay this one by the gap
            # after it. During a long closure the lower steps continue.
            return None, [held(s, reason, on) if s.step else s for s in states]
        total = 0
        if not (reason in _HOLDS_LOWER or reason is Reason.BUDGET):
            total = asked if is_written(text) else worth(due, step.delay)
        states = [
            held(s, reason, _changes_on(s, on), total)._replace(
                coming=text if reason is Reason.BELOW_MINIMUM else s.step
            )
            if s.step is step
            else s
            for s in states
        ]
    return None, states


def _is_urgent(states, step):
    """Return whether another step follows a promise that was broken again."""
    return any(s.step and s.step is not step and s.item.at_once for s in states)


def _about(text, step, mine, due, tone):
    """Return the choice of a step, with the items that reach it within a week."""
    debtor, rules, today = tone.debtor, tone.rules, tone.today
    steps = {state.item.id: state.step for state in mine}
    for state in due:
        if state.step is None and _joins(state, step, debtor, rules, today):
            steps[state.item.id] = step
    return Choice(text, steps)


def _joins(state, step, debtor, rules, today):
    """Return whether an item is taken along at a step that it reaches within a week."""
    if state.reason is not Reason.NOT_DUE or state.coming is not step:
        return False
    if step.stage == "preventive":
        return is_bundled(state, step, rules, today)
    if step.stage == "handover" or state.item.due >= today or state.amount <= 0:
        return False
    ahead = BUNDLE - timedelta(days=1)
    return _when(step, state.item, debtor, rules, today, ahead)[1] <= today


def _changes_on(state, on):
    """Return the first day on which the reason for holding a step can end, or None.

    On the due date a preventive step is replaced by the steps after it.
    """
    if state.step.stage != "preventive":
        return on or state.passes_on
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


def is_still_enough(decision, contact):
    """Return whether a contact that was planned before still meets its minimum.

    By the predicate with which it was planned. What is due at its step or a higher
    one and held there counts for a call.

    :param values.Decision decision: today's decision; the contact itself is in the
        outbox
    """
    own = {item.id for item, _amount, _step in contact.about}
    asked = sum(company_amount(item, amount) for item, amount, _s in contact.about)
    above = asked
    for verdict in decision.verdicts:
        step = verdict.step or verdict.coming
        if (
            step
            and step.delay >= contact.step.delay
            and verdict.item.id not in own
            and not (verdict.reason and verdict.reason.is_early)
        ):
            above += company_amount(verdict.item, verdict.amount)
    return is_enough(contact.step, asked, above)


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
