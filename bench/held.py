"""Deciding while a fifth of the open items is in disputes and payment plans."""

from odoo.tools import SQL

from .measuring import median
from .plan import RUNS


def measure(bench, size):
    """Return the figures of plan() on a ledger of which a fifth is held."""
    source = f"{bench.name}_held_{size.lower()}"
    bench.duplicate(bench.with_addon(size), source)
    with bench.worker(source) as worker:
        held = worker.call("held", "fill")
    bench.settle(source)
    runs = []
    for _number in range(RUNS):
        with bench.copy(source) as database, bench.worker(database) as worker:
            runs.append(worker.call("plan", "run"))
    bench.space.drop_databases(source)
    figures = {
        name: median([one[name] for one in runs])
        for name, value in runs[0].items()
        if isinstance(value, (int, float))
    }
    figures["plan / floor"] = median([one["plan"] / one["floor"] for one in runs])
    figures["again / read"] = median([one["again"] / one["read"] for one in runs])
    return {**figures, **held}


#: Every tenth open item is contested (half of these in part), every tenth is on its
#: customer's plan in its currency.
_HELD = """
    CREATE TEMP TABLE held AS
    SELECT o.id, o.debtor_id, o.move_id, o.move_name, o.due_date, o.currency_id,
           o.amount_residual_currency AS amount, d.company_id,
           abs(hashint4(o.id)) %% 10 AS part, abs(hashint4(o.id)) %% 20 < 10 AS is_whole
      FROM (%s) o JOIN ar_debtor d ON d.id = o.debtor_id
     WHERE o.amount_residual_currency > 1 AND abs(hashint4(o.id)) %% 10 < 2
"""
_DISPUTES = """
    INSERT INTO ar_dispute (debtor_id, company_id, move_id, move_name, currency_id,
                            reason_id, source, state, opened_on, deadline, quiet_until,
                            rest_until, amount, amount_company)
    SELECT debtor_id, company_id, move_id, min(move_name), currency_id, %(reason)s,
           'customer', 'open', %(today)s::date - 9, %(today)s::date + 5,
           %(today)s::date - 4, %(today)s::date + 15, sum(amount), sum(amount)
      FROM held WHERE part = 0
     GROUP BY debtor_id, company_id, move_id, currency_id;
    INSERT INTO ar_dispute_line (dispute_id, move_line_id, date_due, currency_id, amount)
    SELECT s.id, h.id, h.due_date, h.currency_id,
           CASE WHEN h.is_whole THEN h.amount ELSE round(h.amount / 2, 2) END
      FROM held h
      JOIN ar_dispute s ON s.move_id = h.move_id AND s.debtor_id = h.debtor_id
     WHERE h.part = 0
"""
_PLANS = """
    INSERT INTO ar_payment_plan (debtor_id, company_id, kind, state, source, currency_id,
                                 charges, start_on, grace_days, cure_days, amount,
                                 last_date)
    SELECT debtor_id, company_id, 'plan', 'active', 'collector', currency_id, 'frozen',
           %(today)s::date - 9, 3, 7, sum(amount), %(today)s::date + 80
      FROM held WHERE part = 1
     GROUP BY debtor_id, company_id, currency_id;
    INSERT INTO ar_payment_plan_line (plan_id, move_line_id, move_id, move_name, date_due,
                                      amount_start, amount, active, hold)
    SELECT p.id, h.id, h.move_id, h.move_name, h.due_date, h.amount, h.amount,
           TRUE, 'planned'
      FROM held h
      JOIN ar_payment_plan p
        ON p.debtor_id = h.debtor_id AND p.currency_id = h.currency_id
     WHERE h.part = 1;
    INSERT INTO ar_payment_plan_installment (plan_id, date, amount)
    SELECT p.id, %(today)s::date + 20 + 30 * part, round(p.amount / 3, 2)
      FROM ar_payment_plan p, generate_series(0, 2) part
"""


_COUNTS = """
    SELECT count(*), count(*) FILTER (WHERE amount_disputed > 0),
           count(*) FILTER (WHERE amount_planned > 0)
      FROM (%s) o
"""


def fill(env):
    """Hold a fifth of the open items, by SQL; return how many are held how."""
    env["ar.debtor"]._make_missing()
    env.flush_all()
    items = env["ar.open.item"]._query("all")
    env.cr.execute(SQL(_HELD, items))
    values = {
        "reason": env["ar.dispute.reason"].search([], limit=1).id,
        "today": env.company._ar_today(),
    }
    env.cr.execute(_DISPUTES, values)
    env.cr.execute(_PLANS, values)
    env.cr.commit()
    [counts] = env.execute_query(SQL(_COUNTS, items))
    return dict(zip(("items", "disputed", "planned"), counts, strict=True))
