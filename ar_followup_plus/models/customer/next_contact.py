"""The next contact of a customer, and why not today: the only code that writes it."""

from datetime import date
from typing import NamedTuple

from odoo.tools import SQL

#: Values that make the next run decide again, even if it decided for today already.
DECIDE_AGAIN = {"next_reason": False, "planned_for": False}


class Next(NamedTuple):
    """The next contact of a customer, by the decision."""

    debtor_id: int
    day: date | None
    step_id: int | None
    reason: str | None  # a key of the engine's reasons


def next_of(debtor_id, decision):
    """Return the next contact by a decision.

    :param engine.values.Decision decision: on this debtor
    :rtype: Next
    """
    step, reason = decision.next_step, decision.reason
    return Next(
        debtor_id,
        decision.next_on,
        step.id if step else None,
        reason.value if reason else None,
    )


def write_next(env, rows, planned_for=None):
    """Write the next contacts of debtors in one statement.

    The caller flushes before and invalidates afterwards.

    :param list rows: the next contacts, as Next
    :param datetime.date planned_for: the day of the decision
    """
    if not rows:
        return
    ids, days, steps, reasons = map(list, zip(*rows, strict=True))
    planned = SQL()
    if planned_for:
        planned = SQL(
            ", planned_for = %s, planned_at = clock_timestamp() AT TIME ZONE 'UTC'",
            planned_for,
        )
    env.cr.execute(
        SQL(
            """UPDATE ar_debtor d
                  SET next_contact_date = s.day, next_step_id = s.step,
                      next_reason = s.reason%s
                 FROM unnest(%s::int[], %s::date[], %s::int[], %s::text[])
                      AS s(id, day, step, reason)
                WHERE d.id = s.id""",
            planned,
            ids,
            days,
            steps,
            reasons,
        )
    )


def next_values(reason, day=None):
    """Return the values to write if a person's action sets the next contact.

    :param engine.values.Reason reason: why nothing is sent
    :param datetime.date day: the first day without it, if known
    """
    return {
        "next_contact_date": day or False,
        "next_step_id": False,
        "next_reason": reason.value,
    }
