"""The aged list of a day: one SQL statement for all receivable items."""

from odoo.tools import SQL

from ...engine.aging import MOST_RANGES
from ..customer.ar_debtor import kind_of
from ..ledger.items_on_day import (
    DUE_DATE,
    INVOICE_DATE,
    RESIDUAL,
    RESIDUAL_COMPANY,
    existed,
    kept_apart_on,
    matched_later,
)
from .aging_terms import rates

#: Where an item stands, beside the numbers of the buckets (0: not due).
CREDIT, EXCHANGE = -1, -2
#: The kind of the customer ``cp``, also of those that have no debtor ``d`` yet.
KIND = SQL("CASE WHEN cp.id IS NOT NULL THEN COALESCE(d.kind, %s) END", kind_of("cp"))


def aging_query(env, terms):
    """Return SQL with one row for each item that was open on the day of the terms.

    Of the companies that the user works in. Items open in company currency alone are
    exchange differences: with the buckets and the credits they add up to the ledger.

    :param AgingTerms terms: the day, the buckets, the amounts
    """
    return SQL(
        """
        WITH later AS MATERIALIZED (%(later)s),
             held AS MATERIALIZED (%(held)s),
             c(id, root_id, factor, currency_id, digits, collector_id) AS (
                 VALUES %(companies)s)
        SELECT y.*, %(columns)s
          FROM (SELECT x.*, %(place)s AS place
                  FROM (%(items)s) x
                 WHERE x.amount_document <> 0 OR x.amount <> 0) y
        """,
        later=matched_later(terms.day),
        held=kept_apart_on(terms.day),
        companies=_companies(env, terms),
        columns=_columns(),
        place=_place(terms),
        items=_items(terms),
    )


def _companies(env, terms):
    """Return a row of VALUES for each company that the user works in."""
    factors = rates(env, terms.day, terms.amounts)
    rows = []
    for company in env.companies.sudo():
        shown = env.company if terms.amounts == "converted" else company
        currency = shown.sudo().currency_id
        root = company._ar_root()
        rows.append(
            SQL(
                "(%s, %s, %s::numeric, %s, %s, %s::int)",
                company.id,
                root.id,
                factors[company],
                currency.id,
                currency.decimal_places,
                root.ar_user_id.id or None,
            )
        )
    return SQL(", ").join(rows)


def _items(terms):
    """Return SQL for the items with their amounts and the attributes of groups."""
    if terms.amounts == "document":
        amount, currency = RESIDUAL, SQL("l.currency_id")
    elif terms.amounts == "converted":
        amount = SQL("round((%s) * c.factor, c.digits)", RESIDUAL_COMPANY)
        currency = SQL("c.currency_id")
    else:
        amount, currency = RESIDUAL_COMPANY, SQL("l.company_currency_id")
    return SQL(
        """SELECT l.id, l.company_id, l.account_id, l.move_id, l.move_name AS name,
                  p.commercial_partner_id AS partner_id, d.id AS debtor_id,
                  COALESCE(d.user_id, c.collector_id) AS collector_id,
                  %(kind)s AS kind,
                  cp.country_id, COALESCE(m.invoice_user_id, cp.user_id) AS salesperson_id,
                  %(invoice_date)s AS invoice_date, %(due_date)s AS due_date,
                  %(day)s::date - %(dated)s AS days,
                  l.currency_id AS document_currency_id, %(residual)s AS amount_document,
                  %(currency)s AS currency_id, %(amount)s AS amount,
                  held.disputed AS held_disputed, held.promised AS held_promised,
                  held.planned AS held_planned
             FROM account_move_line l
             JOIN c ON c.id = l.company_id
             JOIN account_account a
               ON a.id = l.account_id AND a.account_type = 'asset_receivable'
             JOIN account_move m ON m.id = l.move_id
             LEFT JOIN res_partner p ON p.id = l.partner_id
             LEFT JOIN res_partner cp ON cp.id = p.commercial_partner_id
             LEFT JOIN ar_debtor d
               ON d.company_id = c.root_id AND d.partner_id = p.commercial_partner_id
             LEFT JOIN later ON later.line_id = l.id
             LEFT JOIN held ON held.id = l.id
            WHERE %(existed)s""",
        kind=KIND,
        invoice_date=INVOICE_DATE,
        due_date=DUE_DATE,
        day=terms.day,
        dated=DUE_DATE if terms.by == "due" else INVOICE_DATE,
        residual=RESIDUAL,
        currency=currency,
        amount=amount,
        existed=existed(terms.day),
    )


def _place(terms):
    """Return SQL for the number of the column that has the amount of an item ``x``."""
    branches = [
        SQL("WHEN x.amount_document = 0 THEN %s", EXCHANGE),
        SQL("WHEN x.amount_document < 0 THEN %s", CREDIT)
        if terms.credits == "apart"
        else SQL(),
        SQL("WHEN x.days <= 0 THEN 0"),
        *(
            SQL("WHEN x.days <= %s THEN %s", one.last, number)
            for number, one in enumerate(terms.ranges, 1)
            if one.last is not None
        ),
    ]
    return SQL("CASE %s ELSE %s END", SQL(" ").join(branches), len(terms.ranges))


def _columns():
    """Return the amounts of an item ``y`` by column, and what of them is held."""
    places = {
        "not_due": 0,
        **{f"bucket_{number}": number for number in range(1, MOST_RANGES + 1)},
        "credits": CREDIT,
        "exchange": EXCHANGE,
    }
    share = SQL("y.amount / NULLIF(y.amount_document, 0)")
    disputed = SQL("LEAST(COALESCE(y.held_disputed, 0), y.amount_document)")
    promised = SQL(
        "LEAST(COALESCE(y.held_promised, 0), y.amount_document - %s)", disputed
    )
    planned = SQL(
        "LEAST(COALESCE(y.held_planned, 0), y.amount_document - %s - %s)",
        disputed,
        promised,
    )
    return SQL(", ").join(
        [
            *(
                SQL(
                    "CASE WHEN y.place = %s THEN y.amount ELSE 0.0 END AS %s",
                    place,
                    SQL.identifier(name),
                )
                for name, place in places.items()
            ),
            SQL("CASE WHEN y.place > 0 THEN y.amount ELSE 0.0 END AS overdue"),
            *(
                SQL(
                    """CASE WHEN y.%(held)s IS NOT NULL AND y.amount_document > 0
                            THEN (%(amount)s) * (%(share)s) ELSE 0.0 END AS %(name)s""",
                    held=SQL.identifier(f"held_{name}"),
                    amount=amount,
                    share=share,
                    name=SQL.identifier(name),
                )
                for name, amount in (
                    ("disputed", disputed),
                    ("promised", promised),
                    ("planned", planned),
                )
            ),
        ]
    )


def ledger_query(env, day):
    """Return SQL for the balance of the receivable accounts, by company.

    Independent of matchings: this is what the general ledger shows.
    """
    return SQL(
        """SELECT l.company_id, sum(l.balance)
             FROM account_move_line l
             JOIN account_account a
               ON a.id = l.account_id AND a.account_type = 'asset_receivable'
            WHERE l.parent_state = 'posted' AND l.date <= %s AND l.company_id = ANY(%s)
            GROUP BY l.company_id""",
        day,
        env.companies.ids,
    )


def differing_query(env, day):
    """Return SQL for the ids of the items by which the list and the ledger differ.

    Their residual on the day is not their balance less what was matched by then with
    entries of the same list: a matching with a company that is not shown, with a date
    that is not that of its entries, or a residual that is wrong.
    """
    return SQL(
        """WITH later AS MATERIALIZED (%(later)s), line AS MATERIALIZED (
               SELECT l.id, l.balance,
                      CASE WHEN l.reconciled IS NOT TRUE OR later.line_id IS NOT NULL
                           THEN %(own)s ELSE 0.0 END AS residual
                 FROM account_move_line l
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 LEFT JOIN later ON later.line_id = l.id
                WHERE l.parent_state = 'posted' AND l.date <= %(day)s
                  AND l.company_id = ANY(%(companies)s)
           ), matched AS (
               SELECT m.id, sum(m.amount) AS amount
                 FROM (SELECT p.debit_move_id AS id, p.amount
                         FROM account_partial_reconcile p
                         JOIN line ON line.id = p.credit_move_id
                        UNION ALL
                       SELECT p.credit_move_id, -p.amount
                         FROM account_partial_reconcile p
                         JOIN line ON line.id = p.debit_move_id) m
                GROUP BY m.id)
           SELECT line.id
             FROM line LEFT JOIN matched ON matched.id = line.id
            WHERE abs(line.residual - line.balance + COALESCE(matched.amount, 0)) > 0.0001
            ORDER BY line.id LIMIT 1000""",
        later=matched_later(day),
        own=RESIDUAL_COMPANY,
        day=day,
        companies=env.companies.ids,
    )
