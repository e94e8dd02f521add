"""SQL of statements: open items of today or of a past day, and movements.

Each function returns one SQL query for any number of debtors. A partial payment counts
from ``max_date``, the later date of the two entries that it matches.
"""

from odoo.tools import SQL

from ...engine.decision.cover import AMOUNT_FIELDS
from ...engine.values import Item
from ..ledger.ar_exclusion import LEFT_OUT
from ..ledger.items_on_day import (
    DUE_DATE,
    INVOICE_DATE,
    RESIDUAL,
    RESIDUAL_COMPANY,
    existed,
    matched_later,
)
from ..ledger.ledger_reader import items_sql

#: Columns of a row of a statement of open items.
COLUMNS = (
    "debtor_id", "id", "move_id", "move_name", "move_type", "ref", "invoice_date",
    "due_date", "currency_id", "amount_currency", "residual", "own", "disputed", "agreed",
    "partner_bank_id",
)  # fmt: skip
#: The same, of the open items of now.
_NOW = SQL(
    """q.debtor_id, q.id, q.move_id, q.move_name, q.move_type,
       q.ref, q.invoice_date, q.due_date, q.currency_id, q.amount_currency, q.amount_residual_currency,
       q.amount_residual, q.amount_disputed, q.amount_promised + q.amount_planned,
       q.partner_bank_id"""
)


def open_now(env, debtor_ids):
    """Return SQL for the open items of ``ar.open.item``: for the engine, and in words.

    Each row has the columns of engine.values.Item, of which those are filled on which
    the collectible amount depends, and then those of :data:`COLUMNS`.
    Also of items open in company currency alone, as after a revaluation: these are in
    the sum in company currency, and neither a row nor an item of the engine.
    """
    shape = "lookup" if len(debtor_ids) <= 20 else "all"
    return SQL(
        """%s
            UNION ALL
           SELECT %s, d.id, l.id, l.move_id, l.move_name, m.move_type, m.ref,
                  COALESCE(m.invoice_date, l.date), COALESCE(l.date_maturity, l.date),
                  l.currency_id, l.amount_currency, 0.0, l.amount_residual, 0.0, 0.0,
                  m.partner_bank_id
             FROM %s
            WHERE l.reconciled IS NOT TRUE AND l.amount_residual_currency = 0
              AND l.amount_residual <> 0""",
        items_sql(env["ar.open.item"]._query(shape, debtor_ids), AMOUNT_FIELDS, _NOW),
        SQL(", ").join([SQL("NULL")] * len(Item._fields)),
        _lines(debtor_ids),
    )


def open_on(debtor_ids, day):
    """Return SQL for the items of debtors that were open on a past day."""
    return SQL(
        """
        WITH mine AS MATERIALIZED (
            SELECT l.id FROM %(lines)s WHERE l.date <= %(day)s
        ), later AS MATERIALIZED (%(later)s)
        SELECT * FROM (
            SELECT d.id AS debtor_id, l.id, l.move_id, l.move_name, m.move_type, m.ref,
                   %(invoice_date)s AS invoice_date, %(due_date)s AS due_date,
                   l.currency_id, l.amount_currency,
                   %(residual)s AS residual, %(own)s AS own,
                   0.0 AS disputed, 0.0 AS agreed, m.partner_bank_id,
                   m.reversed_entry_id,
                   l.amount_currency > 0
                       AND (a.non_trade IS TRUE OR %(left_out)s
                            OR (COALESCE(l.no_followup, FALSE)
                                AND NOT (j.type = 'general' AND root.ar_chase_entries)))
                       AS is_excluded,
                   l.amount_currency < 0
                       AND (a.non_trade IS TRUE
                            OR (COALESCE(l.no_followup, FALSE)
                                AND j.type <> 'general')) AS is_kept_apart
              FROM %(lines)s
              JOIN res_company root ON root.id = d.company_id
              LEFT JOIN later ON later.line_id = l.id
             WHERE %(existed)s
             ORDER BY d.id, COALESCE(l.date_maturity, l.date), l.id) x
         WHERE x.residual <> 0 OR x.own <> 0""",
        day=day,
        later=matched_later(day, SQL("mine")),
        existed=existed(day),
        residual=RESIDUAL,
        own=RESIDUAL_COMPANY,
        due_date=DUE_DATE,
        invoice_date=INVOICE_DATE,
        left_out=LEFT_OUT,
        lines=_lines(debtor_ids),
    )


def moved(debtor_ids, first, day=None):
    """Return SQL for movements; the first rows are the opening balance.

    A match with another currency or another customer's entry is a movement, too, so that
    the closing balance is always the sum of the open items.

    :param datetime.date first: the first day of the period
    :param datetime.date day: the last one; None: everything that is posted
    """
    until = SQL("e.date <= %s", day) if day else SQL("TRUE")
    return SQL(
        """
        WITH event AS (%(events)s)
        SELECT e.debtor_id, e.currency_id, NULL AS date, NULL AS move_id,
               NULL AS move_name, NULL AS ref, 'opening' AS what,
               sum(e.amount) AS amount, sum(e.own) AS own
          FROM event e WHERE e.date < %(first)s
         GROUP BY e.debtor_id, e.currency_id
        UNION ALL
        SELECT e.debtor_id, e.currency_id, e.date, e.move_id, e.move_name, e.ref,
               e.what, sum(e.amount), sum(e.own)
          FROM event e WHERE e.date >= %(first)s AND %(until)s
         GROUP BY e.debtor_id, e.currency_id, e.date, e.move_id, e.move_name, e.ref,
                  e.what
         ORDER BY 1, 2, 3 NULLS FIRST, 4, 7""",
        events=_events(debtor_ids),
        first=first,
        until=until,
    )


def _events(debtor_ids):
    """Return SQL for entries, and for matches with other currencies or customers.

    The lines of debtors are read once for all three.
    """
    return SQL(
        """
        WITH line AS MATERIALIZED (
            SELECT d.id AS debtor_id, p.commercial_partner_id AS partner_id, l.id,
                   l.currency_id, l.date, l.move_id, l.move_name, l.amount_currency,
                   l.balance, m.ref, m.move_type, m.origin_payment_id,
                   m.statement_line_id, j.type, m.journal_id
              FROM %(lines)s
        )
        SELECT l.debtor_id, l.currency_id, l.date, l.move_id, l.move_name, l.ref,
               CASE WHEN l.move_type = 'out_invoice'
                         AND (EXISTS (SELECT 1 FROM ar_late_charge e
                                       WHERE e.note_id = l.move_id)
                              OR EXISTS (SELECT 1 FROM res_company rc
                                          WHERE rc.ar_charge_journal_id = l.journal_id))
                         THEN 'charge'
                    WHEN l.move_type IN ('out_invoice', 'out_receipt')
                         THEN 'invoice'
                    WHEN l.move_type = 'out_refund' THEN 'credit'
                    WHEN l.origin_payment_id IS NOT NULL
                         OR l.statement_line_id IS NOT NULL
                         OR l.type IN ('bank', 'cash', 'credit') THEN 'payment'
                    ELSE 'entry' END AS what,
               l.amount_currency AS amount, l.balance AS own
          FROM line l
        UNION ALL
        SELECT l.debtor_id, l.currency_id, r.max_date, l.move_id, l.move_name, om.name,
               'matched', -r.debit_amount_currency, -r.amount
          FROM line l
          JOIN account_partial_reconcile r ON r.debit_move_id = l.id
          JOIN account_move_line o ON o.id = r.credit_move_id
          JOIN account_move om ON om.id = o.move_id
          LEFT JOIN res_partner op ON op.id = o.partner_id
         WHERE %(elsewhere)s
        UNION ALL
        SELECT l.debtor_id, l.currency_id, r.max_date, l.move_id, l.move_name, om.name,
               'matched', r.credit_amount_currency, r.amount
          FROM line l
          JOIN account_partial_reconcile r ON r.credit_move_id = l.id
          JOIN account_move_line o ON o.id = r.debit_move_id
          JOIN account_move om ON om.id = o.move_id
          LEFT JOIN res_partner op ON op.id = o.partner_id
         WHERE %(elsewhere)s
        """,
        lines=_lines(debtor_ids),
        elsewhere=SQL(
            """(o.currency_id <> l.currency_id
                OR op.commercial_partner_id IS DISTINCT FROM l.partner_id)"""
        ),
    )


def _lines(debtor_ids):
    """Return SQL for the tables with the posted receivable lines of debtors."""
    return SQL(
        """ar_debtor d
           JOIN res_partner p ON p.commercial_partner_id = d.partner_id
           JOIN account_move_line l
             ON l.partner_id = p.id AND l.parent_state = 'posted' AND d.id = ANY(%s)
           JOIN account_account a
             ON a.id = l.account_id AND a.account_type = 'asset_receivable'
           JOIN res_company c ON c.id = l.company_id
            AND split_part(c.parent_path, '/', 1)::int = d.company_id
           JOIN account_move m ON m.id = l.move_id
           JOIN account_journal j ON j.id = l.journal_id""",
        list(debtor_ids),
    )
