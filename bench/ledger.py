"""A generator of ledgers that Odoo itself accepts.

Seeds are made by the ORM: posted invoices, installments, partial payments, credit
notes, two currencies, excluded items, contacts and languages. They are then cloned
by SQL, with ids shifted, to the size that is wanted. A sample of the clones is
computed again by Odoo and must be equal.
"""

import random
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from .clone import clone, without_indexes

#: customers, documents
SIZES = {"S": (1_000, 10_000), "M": (10_000, 100_000), "L": (50_000, 1_000_000)}
SEED_CUSTOMERS = 50


def fill(env, size, seed):
    """Fill a database with the ledger of a size, and commit.

    :param str size: a key of SIZES
    :param int seed: of the random numbers
    """
    customers, documents = SIZES[size]
    rng = random.Random(seed)
    env = env(context={**env.context, "tracking_disable": True, "lang": "en_US"})
    company = _company(env)
    partners, moves = _seeds(env, company, rng, documents // customers)
    env.flush_all()
    with without_indexes(env, size):
        clone(env, partners, moves, customers // SEED_CUSTOMERS - 1)
    env.cr.commit()
    env.invalidate_all()
    _check_sample(env, rng)
    env.cr.rollback()  # what was computed again is what was there


def facts(env):
    """Return how much there is of what."""
    counts = {
        "customers": "SELECT count(*) FROM res_partner WHERE parent_id IS NULL"
        " AND name LIKE 'Customer %'",
        "documents": "SELECT count(*) FROM account_move"
        " WHERE move_type IN ('out_invoice', 'out_refund')",
        "journal items": "SELECT count(*) FROM account_move_line",
        "open items": """SELECT count(*) FROM account_move_line l
             JOIN account_account a ON a.id = l.account_id
            WHERE a.account_type = 'asset_receivable'
              AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE""",
    }
    return {what: env.execute_query(SQL(query))[0][0] for what, query in counts.items()}


def _company(env):
    """Return the company, with a chart of accounts, and a second language."""
    company = env.ref("base.main_company")
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company, False)
    env["res.lang"]._activate_lang("fr_FR")
    env.ref("base.user_admin").group_ids += env.ref("account.group_account_manager")
    return company


def _seeds(env, company, rng, documents_each):
    """Make the seed customers and their documents with the ORM."""
    today = fields.Date.context_today(env.user)
    term = env["account.payment.term"].create(
        {
            "name": "Three installments",
            "line_ids": [
                Command.create(
                    {"value": "percent", "value_amount": share, "nb_days": days}
                )
                for share, days in ((40, 0), (30, 30), (30, 60))
            ],
        }
    )
    foreign = env.ref("base.EUR" if company.currency_id.name != "EUR" else "base.USD")
    foreign.active = True
    env["res.currency.rate"].create(
        {
            "currency_id": foreign.id,
            "company_id": company.id,
            "name": today - timedelta(days=700),
            "rate": 0.9,
        }
    )
    partners = env["res.partner"]
    for number in range(SEED_CUSTOMERS):
        partner = env["res.partner"].create(
            {
                "name": f"Customer {number}",
                "is_company": True,
                "email": f"customer{number}@example.com",
                "lang": "fr_FR" if number % 5 == 0 else "en_US",
                "street": f"{number} Long Street",
                "city": "Exampleton",
                "country_id": company.country_id.id or env.ref("base.us").id,
            }
        )
        partners |= partner
        for contact in range(number % 3):
            partners |= env["res.partner"].create(
                {
                    "name": f"Contact {contact} of {number}",
                    "parent_id": partner.id,
                    "type": "invoice" if contact == 0 else "contact",
                    "email": f"contact{contact}.{number}@example.com",
                }
            )
    heads = partners.filtered(lambda partner: not partner.parent_id)
    vals_list = []
    for partner in heads:
        for _document in range(documents_each):
            late = rng.randint(-45, 120)
            due = today - timedelta(days=late)
            vals = {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": company.id,
                "invoice_date": due - timedelta(days=30),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": rng.randint(2000, 500000) / 100,
                            "tax_ids": False,
                        }
                    )
                ],
            }
            kind = rng.random()
            if kind < 0.08:
                vals["invoice_payment_term_id"] = term.id
            else:
                vals["invoice_date_due"] = due
            if kind > 0.85:
                vals["currency_id"] = foreign.id
            vals_list.append(vals)
    invoices = env["account.move"].with_company(company).create(vals_list)
    invoices.action_post()
    moves = invoices
    for invoice in invoices:
        kind = rng.random()
        if kind < 0.15:
            moves |= _pay(env, invoice, 1.0)
        elif kind < 0.25:
            moves |= _pay(env, invoice, rng.choice((0.3, 0.5, 0.99)))
        elif kind < 0.28:
            moves |= _credit(env, company, invoice, rng.choice((0.2, 1.5)))
        elif kind < 0.31:
            invoice.no_followup = True
    env.flush_all()
    return partners, moves


def _pay(env, invoice, share):
    wizard = (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create(
            {
                "amount": invoice.currency_id.round(invoice.amount_residual * share),
                "payment_date": invoice.invoice_date,
            }
        )
    )
    return wizard._create_payments().move_id


def _credit(env, company, invoice, share):
    credit = (
        env["account.move"]
        .with_company(company)
        .create(
            {
                "move_type": "out_refund",
                "partner_id": invoice.partner_id.id,
                "invoice_date": invoice.invoice_date,
                "currency_id": invoice.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Credit",
                            "price_unit": invoice.amount_total * share,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
    )
    credit.action_post()
    return credit


def _check_sample(env, rng):
    """Let Odoo compute a sample of cloned items again: the figures must be equal."""
    [(low, high)] = env.execute_query(
        SQL("SELECT min(id), max(id) FROM account_move_line")
    )
    wanted = rng.sample(range(low, high + 1), min(3000, high - low))
    lines = env["account.move.line"].search(
        [("id", "in", wanted), ("account_type", "=", "asset_receivable")], limit=300
    )
    names = ("amount_residual", "amount_residual_currency", "reconciled")
    _compute_again(lines, names)
    names = ("amount_residual", "amount_total", "payment_state")
    _compute_again(lines.move_id, names)


def _compute_again(records, names):
    was = {record: [record[name] for name in names] for record in records}
    for name in names:
        records.env.add_to_compute(records._fields[name], records)
    for record, old in was.items():
        for name, value in zip(names, old, strict=True):
            again = record[name]
            same = (
                abs(again - value) < 0.001
                if isinstance(value, float)
                else again == value
            )
            if not same:
                raise AssertionError(
                    f"Odoo computes {again}: {record}.{name} = {value}"
                )
