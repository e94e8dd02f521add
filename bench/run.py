"""Times planning on a small generated ledger; started by ``script/bench``."""

import argparse
import time
from datetime import timedelta

from odoo import fields
from odoo.fields import Command


def main(env, arguments):
    parser = argparse.ArgumentParser("script/bench")
    parser.add_argument("--debtors", type=int, default=200)
    parser.add_argument("--invoices", type=int, default=3, help="for each debtor")
    options = parser.parse_args(arguments)
    # A company of the demonstration: live, and open on every day of the week.
    company = env["res.company"].search([("ar_state", "=", "live")], limit=1)
    company.write({"ar_first_per_day": 1_000_000, "ar_check_books": False})
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    _timed("ledger generated", _generate, env, options.debtors, options.invoices)
    env.flush_all()
    print("plan() gave", _timed("planned", env["ar.notice"].plan))
    _timed("snapshot refreshed", env["ar.debtor"].refresh)


def _timed(what, function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    print(f"{time.perf_counter() - start:8.2f} s  {what}", flush=True)
    return result


def _generate(env, debtors, invoices):
    """Customers with invoices that fell due on days from the last to long ago."""
    today = fields.Date.context_today(env.user)
    env = env(context={**env.context, "tracking_disable": True})
    partners = env["res.partner"].create(
        [
            {"name": f"Customer {n}", "email": f"customer{n}@example.com"}
            for n in range(debtors)
        ]
    )
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": today - timedelta(days=30 + 7 * n),
                "invoice_date_due": today - timedelta(days=7 * n),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": 100 + n, "tax_ids": False}
                    )
                ],
            }
            for partner in partners
            for n in range(invoices)
        ]
    )
    moves.action_post()
