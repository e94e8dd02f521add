"""A thousand statements, beside one SQL statement that reads the same rows."""

from odoo.tools import SQL

from .measuring import Statements, median, timed

MANY = 1000
RUNS = 3


def measure(bench, size):
    """Return the figures of statements on a ledger of a size."""
    with bench.copy(bench.planned(size)) as database:
        with bench.worker(database) as worker:
            return worker.call("statements", "run")


def run(env):
    """Make the figures of statements: of today, of a past day, of a period."""
    from odoo.addons.ar_followup_plus.models.statement.statement import (
        Statement,
        checked_period,
    )
    from odoo.addons.ar_followup_plus.tools.transactions import for_slices

    company = env.ref("base.main_company")
    debtors = env["ar.debtor"].search([("item_count", ">", 0)], limit=MANY)
    if len(debtors) < MANY:
        debtors = env["ar.debtor"].search([], limit=MANY)
    today = company._ar_today()
    past = today.replace(day=1, month=1)
    periods = {
        "today": checked_period(debtors),
        "past": checked_period(debtors, day=past),
        "activity": checked_period(debtors, "activity", first=past),
    }
    Statement(debtors, periods["activity"]).figures()
    figures = {"statements": len(debtors)}
    # As plan() reads them; the server's just-in-time compiler takes longer than reading
    for_slices(env)
    floors, ours = [], {name: [] for name in periods}
    for _number in range(RUNS):
        floors.append(timed(_floor, env, debtors.ids)[0])
        for name, period in periods.items():
            env.invalidate_all()
            with Statements() as counted:
                Statement(debtors, period).figures()
            ours[name].append(counted.seconds)
            figures[f"{name} statements"] = counted.count
    figures["one SQL"] = median(floors)
    for name, seconds in ours.items():
        figures[name] = median(seconds)
        figures[f"{name} / one SQL"] = median(
            [mine / floor for mine, floor in zip(seconds, floors, strict=True)]
        )
    few = debtors[:10]
    with Statements() as counted:
        Statement(few, periods["today"]).figures()
    figures["ten statements"] = counted.count
    return figures


def _floor(env, debtor_ids):
    """Read the open items of the debtors with one statement, into Python."""
    env.cr.execute(
        SQL(
            """SELECT x.*, m.partner_bank_id FROM (%s) x
                 JOIN account_move m ON m.id = x.move_id ORDER BY x.debtor_id, x.id""",
            env["ar.open.item"]._query("all", debtor_ids),
        )
    )
    return len(env.cr.dictfetchall())
