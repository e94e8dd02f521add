"""Posting and paying invoices with the addon and without it."""

from .measuring import Statements, median


def measure(bench, size):
    """Return the figures of pairs of runs, with and without, in turn."""
    count, pairs = (1000, 9) if bench.full else (40, 3)
    with (
        bench.copy(bench.ledger(size)) as bare,
        bench.copy(bench.with_addon(size)) as ours,
        bench.worker(bare) as without,
        bench.worker(ours) as with_addon,
    ):
        for worker in (without, with_addon):
            worker.call("posting", "prepare", count=count)
            worker.call("posting", "run", limit=20)  # fills the caches
        seconds, statements = {without: [], with_addon: []}, {}
        for number in range(pairs):
            pair = (without, with_addon) if number % 2 else (with_addon, without)
            for worker in pair:
                took, statements[worker] = worker.call("posting", "run", limit=count)
                seconds[worker].append(took)
    return {
        "invoices": count,
        "pairs": pairs,
        "without": median(seconds[without]),
        "with": median(seconds[with_addon]),
        "with / without": median(
            [a / b for a, b in zip(seconds[with_addon], seconds[without], strict=True)]
        ),
        "statements without": statements[without],
        "statements with": statements[with_addon],
    }


def prepare(env, count):
    """Make draft invoices for many customers."""
    env = _accountant(env)
    partners = env["res.partner"].search(
        [("name", "=like", "Customer %"), ("parent_id", "=", False)], limit=200
    )
    today = env.cr.now().date()
    env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partners[number % len(partners)].id,
                "invoice_date": today,
                "invoice_date_due": today,
                "ref": "bench",
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {"name": "Goods", "price_unit": 100 + number, "tax_ids": False},
                    )
                ],
            }
            for number in range(count)
        ]
    )
    env.cr.commit()


def run(env, limit):
    """Post and pay the invoices; the worker undoes it."""
    env = _accountant(env)
    invoices = env["account.move"].search(
        [("ref", "=", "bench"), ("state", "=", "draft")], order="id", limit=limit
    )
    env.invalidate_all()
    with Statements() as done:
        invoices.action_post()
        payer = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        )
        payer.create({"group_payment": False})._create_payments()
        env.flush_all()
    if set(invoices.mapped("payment_state")) - {"paid", "in_payment"}:
        raise AssertionError("Not every invoice was paid.")
    return done.seconds, done.count


def _accountant(env):
    """The ledger's accountant, who has no more rights than an administrator."""
    admin = env.ref("base.user_admin")
    return env(user=admin, context={"lang": "en_US", "uid": admin.id})
