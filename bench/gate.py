"""Posting a thousand invoices with the gate on, and with it off."""

from .measuring import Statements

MANY = 1000


def measure(bench, size):
    """Return how many SQL statements the gate adds to posting many invoices."""
    figures = {}
    with bench.copy(bench.with_addon(size)) as database:
        with bench.worker(database) as worker:
            worker.call("posting", "prepare", count=MANY)
            worker.call("gate", "publish")
            for on in (False, True):
                worker.call("gate", "run", on=on, limit=20)  # fills the caches
                name = "with" if on else "without"
                seconds, statements, listed = worker.call(
                    "gate", "run", on=on, limit=MANY
                )
                figures[name] = seconds
                figures[f"statements {name}"] = statements
                figures[f"listed {name}"] = listed
    figures["invoices"] = MANY
    figures["added"] = figures["statements with"] - figures["statements without"]
    return figures


def publish(env):
    """Publish terms of payment that nobody has accepted, and give credit; commit."""
    preset = env.ref("ar_followup_plus.policy_preset")
    preset.copy({"company_id": env.company.id}).publish()
    invoices = env["account.move"].search(
        [("ref", "=", "bench"), ("state", "=", "draft")]
    )
    invoices.invoice_date_due = env.company._ar_gate_grace_proposal()
    env.cr.commit()


def run(env, on, limit):
    """Post invoices as a scheduled action does: nothing is stopped, much is listed.

    :return: seconds, statements, and how many customers are listed afterwards
    """
    env.company.write(
        {
            "ar_gate": "block" if on else "off",
            "ar_gate_invoices": on,
            "ar_gate_grace": env.company._ar_gate_grace_proposal(),
        }
    )
    invoices = env["account.move"].search(
        [("ref", "=", "bench"), ("state", "=", "draft")], order="id", limit=limit
    )
    env.flush_all()
    env.invalidate_all()
    with Statements() as done:
        invoices._post()
        env.flush_all()
    if set(invoices.mapped("state")) != {"posted"}:
        raise AssertionError("Not every invoice was posted.")
    listed = env["ar.debtor"].search_count([("gate_passed_on", "!=", False)])
    return done.seconds, done.count, listed
