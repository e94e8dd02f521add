"""How every customer pays, when all invoices were paid, beside one SQL aggregate."""

from odoo.tools import SQL

from .measuring import Statements, median, timed

RUNS = 3


def measure(bench, size):
    """Return the figures of a night on a ledger in which every invoice was paid."""
    with bench.copy(bench.with_addon(size)) as database:
        with bench.worker(database) as worker:
            paid = worker.call("behaviour", "pay_all")
        bench.settle(database)
        runs = []
        for _number in range(RUNS):
            with bench.worker(database) as worker:
                runs.append(worker.call("behaviour", "run"))
    figures = {name: median([one[name] for one in runs]) for name in runs[0]}
    figures["judge / aggregate"] = median(
        [one["judge"] / one["aggregate"] for one in runs]
    )
    return {"paid": paid, **figures}


#: The open items of invoices, and the payment that each gets: up to five weeks late.
_PAYMENTS = """
    CREATE TEMP TABLE pay AS
    SELECT l.id AS invoice_id, nextval('account_move_line_id_seq') AS id, l.company_id,
           l.amount_residual AS amount, l.amount_residual_currency AS amount_currency,
           LEAST(l.date_maturity + (l.id %% 40)::int - 5, %(today)s) AS day
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id
       AND a.account_type = 'asset_receivable'
      JOIN account_move m ON m.id = l.move_id AND m.move_type = 'out_invoice'
     WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND l.amount_residual > 0 AND %(which)s
"""
#: What differs between the payment that is taken as a pattern and the others.
_OWN = {
    "id": "pay.id",
    "partner_id": "l.partner_id",
    "currency_id": "l.currency_id",
    "date": "pay.day",
    "date_maturity": "pay.day",
    "debit": "0",
    "credit": "pay.amount",
    "balance": "-pay.amount",
    "amount_currency": "-pay.amount_currency",
    "amount_residual": "0",
    "amount_residual_currency": "0",
    "reconciled": "TRUE",
    "full_reconcile_id": "NULL",
    "matching_number": "NULL",
}


def pay_all(env, which="TRUE"):
    """Pay what is open of all invoices, by SQL, and commit.

    :param str which: a condition in SQL on the open items ``l``
    :return: how many items of invoices are paid then
    """
    env["ar.debtor"]._make_missing(env.company.ids)
    which = SQL(which.replace("%", "%%"))
    env.cr.execute(SQL(_PAYMENTS, today=env.company._ar_today(), which=which))
    env.cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = 'account_move_line' AND table_schema = 'public'"""
    )
    columns = [name for (name,) in env.cr.fetchall()]
    env.cr.execute(
        SQL(
            """INSERT INTO account_move_line (%s)
               SELECT %s FROM pay JOIN account_move_line l ON l.id = pay.invoice_id
                CROSS JOIN (SELECT x.* FROM account_move_line x
                              JOIN account_move m ON m.id = x.move_id
                               AND m.move_type = 'entry'
                              JOIN account_account a ON a.id = x.account_id
                               AND a.account_type = 'asset_receivable'
                             WHERE x.credit > 0 AND x.parent_state = 'posted'
                             LIMIT 1) pattern""",
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                SQL(_OWN[name]) if name in _OWN else SQL.identifier("pattern", name)
                for name in columns
            ),
        )
    )
    env.cr.execute(
        """INSERT INTO account_partial_reconcile
                  (debit_move_id, credit_move_id, company_id, amount, max_date,
                   debit_amount_currency, credit_amount_currency)
           SELECT invoice_id, id, company_id, amount, day, amount_currency,
                  amount_currency FROM pay"""
    )
    env.cr.execute(
        """UPDATE account_move_line l
              SET reconciled = TRUE, amount_residual = 0, amount_residual_currency = 0
             FROM pay WHERE pay.invoice_id = l.id"""
    )
    env.cr.execute(FLOOR, _values(env))
    found = env.cr.fetchall()
    env.cr.commit()
    return sum(count for _debtor, count, *_figures in found)


#: Share in time, days late by amount and longest delay: no periods, no profile, no
#: promises, disputes, limits or losses, nothing written.
FLOOR = """
    SELECT d.id, count(*), avg((last.paid <= l.date_maturity)::int),
           sum(l.balance * GREATEST(last.paid - l.date_maturity, 0)) / sum(l.balance),
           max(last.paid - l.date_maturity)
      FROM account_move_line l
      JOIN account_account a
        ON a.id = l.account_id AND a.account_type = 'asset_receivable'
      JOIN account_move m ON m.id = l.move_id AND m.move_type = 'out_invoice'
      JOIN res_partner p ON p.id = l.partner_id
      JOIN ar_debtor d
        ON d.partner_id = p.commercial_partner_id AND d.company_id = %(company)s
      JOIN (SELECT r.debit_move_id, max(c.date) AS paid
              FROM account_partial_reconcile r
              JOIN account_move_line c ON c.id = r.credit_move_id
              JOIN account_move cm
                ON cm.id = c.move_id AND cm.move_type <> 'out_refund'
             GROUP BY r.debit_move_id) last ON last.debit_move_id = l.id
     WHERE l.parent_state = 'posted' AND l.balance > 0 AND l.reconciled
       AND last.paid >= %(since)s
     GROUP BY d.id
"""


def _values(env):
    company = env.company
    from odoo.addons.ar_followup_plus.models.payment_behaviour.payment_behaviour import (
        PaymentBehaviour,
    )

    since = PaymentBehaviour(env["ar.debtor"], company).since(company._ar_today())
    return {"company": company.id, "since": since}


def run(env):
    """Judge all customers for the first time, slice by slice."""
    from odoo.addons.ar_followup_plus.models.payment_behaviour.payment_behaviour import (
        SLICE,
        PaymentBehaviour,
    )

    company, Debtor = env.company, env["ar.debtor"]
    ids = Debtor.search([("company_id", "=", company.id)], order="id").ids
    env.cr.execute("SET LOCAL jit = off")

    def aggregate():
        env.cr.execute(FLOOR, _values(env))
        return len(env.cr.fetchall())

    aggregate()
    floors = [timed(aggregate)[0]]
    PaymentBehaviour(
        Debtor.browse(ids[:10]), company
    ).store()  # fills the caches of the registry
    env.invalidate_all()
    with Statements() as few:
        PaymentBehaviour(Debtor.browse(ids[10:20]), company).store()
    seconds, counts, changed = 0.0, [], 0
    for start in range(0, len(ids), SLICE):
        env.invalidate_all()
        with Statements() as counted:
            changed += PaymentBehaviour(
                Debtor.browse(ids[start : start + SLICE]), company
            ).store()
        seconds += counted.seconds
        counts.append(counted.count)
    floors.append(timed(aggregate)[0])
    return {
        "customers": len(ids),
        "changed": changed,
        "judge": seconds,
        "slices": len(counts),
        "most statements": max(counts),
        "fewest statements": min(counts),
        "statements of ten": few.count,
        "aggregate": median(floors),
    }
