"""The aged list of a past day, beside one plain SQL aggregate of the same day."""

from odoo.tools import SQL

from .measuring import Statements, median, timed

RUNS = 3


def measure(bench, size):
    """Return the figures of the aged list on a ledger of a size."""
    with bench.copy(bench.planned(size)) as database:
        with bench.worker(database) as worker:
            return worker.call("aging", "run")


def run(env):
    """Make the aged list by customer; compare it with the ledger."""
    from odoo.addons.ar_followup_plus.models.analytics.aging import Aging
    from odoo.addons.ar_followup_plus.models.analytics.aging_terms import AgingTerms
    from odoo.addons.ar_followup_plus.tools.transactions import for_slices

    company = env.ref("base.main_company")
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    day = company._ar_today().replace(day=1)
    # The server's just-in-time compiler takes longer than reading
    for_slices(env)
    aging = Aging(env, AgingTerms(day), "1-30, 31-60, 61-90, 91-120")
    figures = {}
    floors, ours, ratios = [], [], []
    for _number in range(RUNS):
        floor, rows = timed(_floor, env, company, day)
        env.invalidate_all()
        with Statements() as counted:
            table = aging.table("partner_id")
        floors.append(floor)
        ours.append(counted.seconds)
        ratios.append(counted.seconds / floor)
        figures["statements"] = counted.count
    figures["items"] = env["ar.aging.item"].with_context(aging.context).search_count([])
    figures["customers"] = sum(len(lines) for _currency, lines, _sums in table)
    figures["plain rows"] = rows
    figures["one SQL"] = median(floors)
    figures["aging"] = median(ours)
    figures["aging / one SQL"] = median(ratios)
    figures["ties"], ties = timed(aging.ties)
    figures["difference"] = sum(abs(tie.difference) for tie in ties)
    return figures


def _floor(env, company, day):
    """Sum the open amounts of a day by customer and bucket with one plain statement."""
    env.cr.execute(
        SQL(
            """WITH later AS (
                   SELECT r.id, sum(r.amount) AS amount
                     FROM (SELECT debit_move_id AS id, amount
                             FROM account_partial_reconcile WHERE max_date > %(day)s
                            UNION ALL
                           SELECT credit_move_id, -amount
                             FROM account_partial_reconcile WHERE max_date > %(day)s) r
                    GROUP BY r.id)
               SELECT p.commercial_partner_id,
                      width_bucket(%(day)s::date - COALESCE(l.date_maturity, l.date),
                                   ARRAY[1, 31, 61, 91, 121]),
                      sum(l.amount_residual + COALESCE(later.amount, 0))
                 FROM account_move_line l
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 LEFT JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN later ON later.id = l.id
                WHERE l.parent_state = 'posted' AND l.date <= %(day)s
                  AND l.company_id = %(company)s
                  AND (l.reconciled IS NOT TRUE OR later.id IS NOT NULL)
                GROUP BY 1, 2""",
            day=day,
            company=company.id,
        )
    )
    return len(env.cr.fetchall())
