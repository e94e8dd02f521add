"""What accrued on all items, beside one SQL statement that multiplies the same days."""

from .measuring import Statements, median, timed
from .plan import RUNS


def measure(bench, size):
    """Return the figures of working out all late charges."""
    runs = []
    for _number in range(RUNS):
        with bench.copy(bench.planned(size)) as database:
            with bench.worker(database) as worker:
                runs.append(worker.call("charges", "run"))
    figures = {name: median([one[name] for one in runs]) for name in runs[0]}
    figures["charges / sql"] = median([one["charges"] / one["sql"] for one in runs])
    return figures


#: Amount × rate × days for each period between payments, without credits, disputes,
#: plans, fixed sums, minimum, limits, or what was decided already.
FLOOR = """
    WITH late AS (
        SELECT l.id, l.amount_currency AS amount,
               COALESCE(l.date_maturity, l.date) AS due
          FROM account_move_line l
          JOIN account_account a
            ON a.id = l.account_id AND a.account_type = 'asset_receivable'
          JOIN account_move m ON m.id = l.move_id
          JOIN res_partner p ON p.id = l.partner_id
          JOIN ar_debtor d ON d.partner_id = p.commercial_partner_id
         WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
           AND m.move_type IN ('out_invoice', 'out_receipt')
           AND l.amount_currency > 0 AND COALESCE(l.date_maturity, l.date) < %(today)s
           AND d.company_id = %(company)s
    ), paid AS (
        SELECT r.debit_move_id AS id, pay.date, sum(r.debit_amount_currency) AS amount
          FROM account_partial_reconcile r
          JOIN account_move_line pay ON pay.id = r.credit_move_id
          JOIN late ON late.id = r.debit_move_id
         GROUP BY r.debit_move_id, pay.date
    )
    SELECT late.id,
           round((late.amount * (%(today)s - late.due)
                  - COALESCE(sum(paid.amount
                                 * (%(today)s - GREATEST(paid.date, late.due))), 0))
                 * 0.09 / 365, 2)
      FROM late LEFT JOIN paid ON paid.id = late.id
     GROUP BY late.id, late.amount, late.due
"""


def run(env):
    """Work out everything for the whole company, as each of its users would see it."""
    from odoo import Command

    from odoo.addons.ar_followup_plus.models.late_charge.charge_reader import (
        ChargeReader,
    )

    company = env.company
    scheme = env["ar.late.charge.scheme"].create(
        {
            "name": "Nine percent",
            "kind": "own",
            "rate_ids": [Command.create({"date_from": "2000-01-01", "percent": 9})],
        }
    )
    company.write({"ar_charge_scheme_id": scheme.id, "ar_charge_mode": "shown"})
    env.cr.execute("UPDATE ar_debtor SET kind = 'business'")
    env.cr.execute("SET LOCAL jit = off")
    env.flush_all()
    values = {"today": company._ar_today(), "company": company.id}

    def sql():
        env.cr.execute(FLOOR, values)
        return len(env.cr.fetchall())

    def read():
        return len(ChargeReader(env, None, None, company).charges)

    sql()
    read()
    floors = [timed(sql)[0]]
    with Statements() as statements:
        count = read()
    seconds = statements.seconds
    floor, items = timed(sql)
    floors.append(floor)
    return {
        "charges": seconds,
        "sql": median(floors),
        "items": count,
        "items of the sql": items,
        "statements": statements.count,
    }
