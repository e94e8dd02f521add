"""The expected payments of all open items, beside the reading of the history."""

from .measuring import Statements, median, timed

RUNS = 3


def measure(bench, size):
    """Return the figures of the cash forecast on a ledger with many paid items."""
    runs = []
    with bench.copy(bench.with_addon(size)) as database:
        with bench.worker(database) as worker:
            worker.call("expected", "pay_half")
        bench.settle(database)
        for _number in range(RUNS):
            with bench.worker(database) as worker:
                runs.append(worker.call("expected", "run"))
    figures = {name: median([one[name] for one in runs]) for name in runs[0]}
    figures["forecast / history"] = median(
        [one["forecast"] / one["history"] for one in runs]
    )
    return figures


def pay_half(env):
    """Pay what is open of every second invoice, by SQL, and commit."""
    from .behaviour import pay_all

    return pay_all(env, "l.id % 2 = 0")


def run(env):
    """Work out all expected payments for the first time, and again."""
    from odoo.addons.ar_followup_plus.models.forecast.forecast import (
        SLICE,
        CashForecast,
    )
    from odoo.addons.ar_followup_plus.models.payment_behaviour.payment_behaviour import (
        PaymentBehaviour,
    )

    company = env.company.sudo()
    env.cr.execute("SET LOCAL jit = off")
    debtors = env["ar.debtor"].search([("company_id", "=", company.id)], order="id")

    def history():
        read = 0
        for start in range(0, len(debtors), SLICE):
            some = debtors[start : start + SLICE]
            rows = PaymentBehaviour(some, company).rows(company._ar_today())
            read += sum(map(len, rows.values()))
        return read

    history()
    first, read = timed(history)
    with Statements() as counted:
        expected = CashForecast(company).store()
    second, _read = timed(history)
    again, _expected = timed(CashForecast(company).store)
    return {
        "customers": len(debtors),
        "invoices read": read,
        "history": median([first, second]),
        "forecast": counted.seconds,
        "expected": expected,
        "statements": counted.count,
        "forecast again": again,
    }
