"""The steps that apply to a debtor, and the day of the next one."""

from datetime import timedelta

from ..values import STAGE_RANK

#: No ladder can threaten a public body or hand it over ("Kind and profile").
NOT_FOR_PUBLIC = ("final", "notice", "handover")
#: Final demands and later stages are sent Monday to Thursday only ("Quiet days").
LAST_WEEKDAY_OF_FINAL = 3


class Ladder:
    """The steps of one policy, lowest first.

    :param int id: identifier, opaque
    :param steps: iterable of :class:`values.Step`
    """

    def __init__(self, steps, id=0):  # noqa: A002
        self.id = id
        self.steps = tuple(sorted(steps, key=lambda step: (step.delay, step.id)))
        self._for = {}
        self._had = {}
        #: Delay from which the customer was written to firmly, or None
        self.firm_from = min(
            (step.delay for step in self.steps if is_firm(step)), default=None
        )

    def __repr__(self):
        return f"Ladder({self.steps!r})"

    def steps_for(self, debtor):
        """Return the steps that apply to a debtor's profile and kind.

        A step that reaches the debtor by none of its channels has the first of its
        other channels that does.
        """
        early = not (debtor.direct_debit or debtor.no_preventive)
        key = (
            debtor.profile, debtor.kind, early, debtor.call_first, debtor.channels,
            debtor.has_phone,
        )  # fmt: skip
        found = self._for.get(key)
        if found is None:
            found = tuple(
                as_call(step) if debtor.call_first else _as_reached(step, debtor)
                for step in self.steps
                if (not step.profiles or debtor.profile in step.profiles)
                and not (debtor.kind == "public" and step.stage in NOT_FOR_PUBLIC)
                and (early or step.stage != "preventive")
            )
            self._for[key] = found
        return found

    def _step_at(self, taken):
        """Return the step with the delay of the last step taken, or below it."""
        at = None
        for step in self.steps:
            if taken is not None and step.delay <= taken:
                at = step
        return at

    def was_call(self, taken):
        """Return whether the last step taken was a call."""
        step = self._step_at(taken)
        return step is not None and not is_written(step)

    def was_handover(self, taken):
        """Return whether the last step taken was proposed to us, not to the customer."""
        step = self._step_at(taken)
        return step is not None and step.stage == "handover"

    def firm_step(self, debtor):
        """Return the step with the text for a debtor in a firm tone, or None."""
        return next(
            (
                step
                for step in self.steps_for(debtor)
                if step.stage == "firm" and is_written(step)
            ),
            None,
        )

    def next_written(self, debtor, delay):
        """Return the next step above a delay that is announced in a text, or None.

        A hand-over is proposed to us, and a call is not announced.
        """
        for step in self.steps_for(debtor):
            if step.delay > delay and step.stage not in ("preventive", "call"):
                announced = step.stage != "handover" and is_written(step)
                return step if announced else None
        return None

    def variant_had(self, debtor, taken):
        """Return the stage that a debtor had as a variant for other profiles.

        :param taken: delay of the last step taken, or None
        :return: the stage, or None if the step taken is one of the debtor's own
        """
        early = not (debtor.direct_debit or debtor.no_preventive)
        key = (debtor.profile, debtor.kind, early, taken)
        if key not in self._had:
            at = self._step_at(taken)
            own = at is None or at.id in {step.id for step in self.steps_for(debtor)}
            self._had[key] = None if own else at.stage
        return self._had[key]


def is_written(step):
    """Return whether a step is a message that the customer reads."""
    return step.channels != ("call",)


def is_firm(step):
    """Return whether a step is written to the customer firmly, or more harshly."""
    return (
        STAGE_RANK[step.stage] >= STAGE_RANK["firm"]
        and step.stage != "handover"
        and is_written(step)
    )


def _as_reached(step, debtor):
    """Return a step with the channels by which it reaches a debtor."""
    if debtor.channels.intersection(step.channels):
        return step
    for code in step.fallback:
        if code == "call" and debtor.has_phone:
            return as_call(step)
        if code != "call" and code in debtor.channels:
            return step._replace(channels=(code,))
    return step


def as_call(step):
    """Return a step as a call, with the same delay and minimum.

    Preventive steps stay as they are. A call needs no approval: only messages do.
    """
    if step.stage == "preventive" or not is_written(step):
        return step
    return step._replace(channels=("call",), approval=False, date_given_days=0)


def reached_on(step, item, calendar):
    """Return the day on which a step is reached: its delay after the due date.

    A due date on a day off counts as the next working day.
    """
    due = calendar.next_working(item.due)
    if step.working:
        return calendar.add_working(due, step.delay)
    return due + timedelta(days=step.delay)


def above(steps, item, today, taken, had=None):
    """Yield the steps above the last one taken that can still apply to an item.

    A step limited to some profiles is a variant of its stage: a debtor who had that
    stage already does not get it again after a change of profile.

    :param had: stage already had under another profile (:meth:`Ladder.variant_had`)
    """
    for step in steps:
        if taken is not None and step.delay <= taken:
            continue
        if step.stage == "preventive" and (
            today >= item.due or not _has_term(step, item)
        ):
            continue
        if step.profiles and step.stage == had:
            continue
        yield step


def _has_term(step, item):
    """Return whether the invoice's term is long enough for a preventive step."""
    if not step.min_term:
        return True
    return item.issued is not None and (item.due - item.issued).days >= step.min_term


def backlog_taken(steps, item, today, calendar):
    """Return the delay that counts as taken if old debts begin below their age.

    The next step is then the one below the highest that the age has reached.
    """
    overdue = [step for step in steps if step.stage != "preventive"]
    reached = [s for s in overdue if reached_on(s, item, calendar) <= today]
    return reached[-3].delay if len(reached) > 2 else None


def may_act(item, delays, today):
    """Return whether an item can possibly bring its debtor a contact today.

    Conservative and cheap: without such an item the decision returns no contact. The
    run evaluates it in SQL, and reads only the debtors that pass.

    :param delays: delays of all steps of all ladders, ascending
    """
    if item.residual <= 0 or item.excluded or item.broken:
        return False
    if item.outbox not in (None, "proposed"):
        return False
    if item.again_on and item.again_on > today:
        return False
    if item.at_once:
        return True
    if item.date_given and item.date_given >= today:
        return False
    following = next((d for d in delays if item.taken is None or d > item.taken), None)
    if following is None or item.due + timedelta(days=following) > today:
        return False
    if item.taken is None or item.taken_on is None:
        return True
    return item.taken_on + timedelta(days=following - item.taken) <= today


def is_quiet(stage, day, calendar):
    """Return whether no message of a stage may be sent on a day ("Quiet days")."""
    if not calendar.is_working(day):
        return True
    if stage in NOT_FOR_PUBLIC and day.weekday() > LAST_WEEKDAY_OF_FINAL:
        return True
    return STAGE_RANK[stage] > STAGE_RANK["gentle"] and calendar.is_closed(day)


def next_loud(stage, day, calendar):
    """Return the first day from ``day`` on which a stage may be sent."""
    found = day
    for _step in range(400):
        if not is_quiet(stage, found, calendar):
            break
        found += timedelta(days=1)
    return found
