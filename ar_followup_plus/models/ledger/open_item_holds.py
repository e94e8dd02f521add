"""What holds open items beside the ledger: rows of SQL for their one definition.

Two lists of sources, for amounts of items and for whole invoices. Whoever has more
to hold adds one entry to a list.
"""

from odoo.tools import SQL

from ...tools.transactions import id_array
from .open_item_holds_answers import answered
from .open_item_holds_returned import came_back

#: Days for which an accepted dispute without a credit note holds the invoice: the
#: ten working days of "Our turn" as calendar days.
NO_CREDIT_DAYS = 14


def _disputed(where):
    """Return the contested amounts.

    When an invoice is edited, journal items are made anew, or get another amount:
    what then is more than its item ever was goes to where there is room, to the
    oldest due date first.
    """
    return SQL(
        """SELECT dl.move_line_id AS id, h.debtor_id, dl.amount AS disputed,
                  0.0 AS waiting
             FROM ar_dispute h
             JOIN ar_dispute_line dl ON dl.dispute_id = h.id
            WHERE h.state IN ('open', 'in_progress')
              AND dl.move_line_id IS NOT NULL AND %(where)s
           UNION ALL
           SELECT anew.id, anew.debtor_id,
                  LEAST(anew.amount, anew.upto) - (anew.upto - anew.room), 0.0
             FROM (
                 SELECT r.*, sum(r.room) OVER (
                            PARTITION BY r.move_id, r.debtor_id
                            ORDER BY r.due, r.id) AS upto
                   FROM (
                       SELECT i.id, lost.move_id, lost.debtor_id, lost.amount,
                              COALESCE(i.date_maturity, i.date) AS due,
                              GREATEST(i.amount_residual_currency - COALESCE((
                                  SELECT sum(own.amount)
                                    FROM ar_dispute_line own
                                    JOIN ar_dispute oh ON oh.id = own.dispute_id
                                   WHERE own.move_line_id = i.id
                                     AND oh.debtor_id = lost.debtor_id
                                     AND oh.state IN ('open', 'in_progress')
                              ), 0), 0) AS room
                         FROM (
                             SELECT h.move_id, h.debtor_id,
                                    sum(dl.amount - COALESCE(was.amount_currency, 0))
                                        AS amount
                               FROM ar_dispute h
                               JOIN ar_dispute_line dl ON dl.dispute_id = h.id
                               LEFT JOIN account_move_line was
                                 ON was.id = dl.move_line_id
                              WHERE h.state IN ('open', 'in_progress')
                                AND dl.amount > COALESCE(was.amount_currency, 0)
                                AND %(where)s
                              GROUP BY h.move_id, h.debtor_id
                         ) lost
                         JOIN account_move_line i ON i.move_id = lost.move_id
                         JOIN account_account ia
                           ON ia.id = i.account_id
                          AND ia.account_type = 'asset_receivable'
                        WHERE i.parent_state = 'posted' AND i.reconciled IS NOT TRUE
                          AND i.amount_residual_currency > 0
                   ) r
             ) anew
            WHERE anew.amount > anew.upto - anew.room""",
        where=where,
    )


def _dispute_of_move(where):
    """Return what a dispute does to all items of its invoice.

    While it is open: nothing is sent for some days, the rest gets at most a firm
    step, and waits when we are late ourselves. Accepted: all waits until the credit
    note is posted and matched; without one, or if it was cancelled, for some days:
    accounting may have put it right by hand. Rejected: the customer has some days
    to pay.
    """
    return SQL(
        """SELECT h.move_id AS id, h.debtor_id,
                  CASE WHEN h.state = 'accepted'
                       THEN h.amount_accepted > 0
                            AND CASE WHEN COALESCE(credit.state, 'cancel') = 'cancel'
                                     THEN h.closed_on >= c.today - %(days)s::integer
                                     ELSE credit.state <> 'posted'
                                          OR credit.amount_residual <> 0 END
                       WHEN h.state IN ('open', 'in_progress')
                       THEN h.deadline < c.today AND h.rest_until >= c.today
                       ELSE FALSE END AS waits,
                  h.state IN ('open', 'in_progress') AS is_capped,
                  CASE WHEN h.state IN ('open', 'in_progress')
                       THEN h.quiet_until END AS quiet_until,
                  CASE WHEN h.state NOT IN ('open', 'in_progress')
                       THEN h.pay_by END AS date_given
             FROM ar_dispute h
             JOIN c ON c.id = h.company_id
             LEFT JOIN account_move credit ON credit.id = h.credit_move_id
            WHERE (h.state IN ('open', 'in_progress')
                   OR h.state = 'accepted' AND h.amount_accepted > 0
                   OR h.pay_by >= c.today - 31) AND %(where)s""",
        days=NO_CREDIT_DAYS,
        where=where,
    )


#: Rows of (id of the journal item, debtor_id, disputed, waiting), restricted by a
#: condition on ``h.move_id`` and ``h.debtor_id``.
ITEM_SOURCES = [_disputed]
#: Rows of (id of the move, debtor_id, waits, is_capped, quiet_until, date_given).
MOVE_SOURCES = [_dispute_of_move, answered, came_back]

_OF_ITEMS = SQL(
    """s.id, s.debtor_id, sum(s.disputed) AS disputed, sum(s.waiting) AS waiting"""
)
_OF_MOVES = SQL(
    """s.id, s.debtor_id, bool_or(s.waits) AS waits, bool_or(s.is_capped) AS is_capped,
       max(s.quiet_until) AS quiet_until, max(s.date_given) AS date_given"""
)


def _union(columns, sources, where, condition):
    rows = SQL(" UNION ALL ").join(source(where) for source in sources)
    return SQL(
        "SELECT %s FROM (%s) s WHERE %s GROUP BY s.id, s.debtor_id",
        columns,
        rows,
        condition,
    )


def lateral_held():
    """Return the joins for each item ``l`` of debtor ``d`` (shape 'lookup')."""
    where = SQL("h.move_id = l.move_id")
    return SQL(
        """LEFT JOIN LATERAL (%s) held ON TRUE
           LEFT JOIN LATERAL (%s) talk ON TRUE""",
        _union(
            _OF_ITEMS, ITEM_SOURCES, where, SQL("s.id = l.id AND s.debtor_id = d.id")
        ),
        _union(
            _OF_MOVES,
            MOVE_SOURCES,
            where,
            SQL("s.id = l.move_id AND s.debtor_id = d.id"),
        ),
    )


def grouped_held(debtor_ids):
    """Return the CTEs and the joins of what was grouped once (shape 'all')."""
    where = SQL("TRUE")
    if debtor_ids is not None:
        where = SQL("h.debtor_id = ANY(%s)", id_array(debtor_ids))
    ctes = SQL(
        ", held AS MATERIALIZED (%s), talk AS MATERIALIZED (%s)",
        _union(_OF_ITEMS, ITEM_SOURCES, where, SQL("TRUE")),
        _union(_OF_MOVES, MOVE_SOURCES, where, SQL("TRUE")),
    )
    joins = SQL(
        """LEFT JOIN held ON held.id = l.id AND held.debtor_id = d.id
           LEFT JOIN talk ON talk.id = l.move_id AND talk.debtor_id = d.id"""
    )
    return ctes, joins


def dates_named(company, today, debtor_ids):
    """Return SQL for days to pay that we named beside the ladder, by invoice.

    After a dispute was rejected, or a payment came back: not those of notices.

    :return: rows of (debtor id, move id, date)
    """
    where = SQL("h.debtor_id = ANY(%s)", list(debtor_ids))
    rows = SQL(" UNION ALL ").join(source(where) for source in MOVE_SOURCES)
    return SQL(
        """WITH c(id, today) AS (VALUES (%s, %s::date))
           SELECT s.debtor_id, s.id, max(s.date_given) FROM (%s) s
            WHERE s.date_given IS NOT NULL GROUP BY s.debtor_id, s.id""",
        company.id,
        today,
        rows,
    )


def agreed_money(where, until=None):
    """Return SQL for the money that arrived for items since it was agreed on them.

    Payments, bank entries and nettings count. Credit notes, reversals, exchange
    differences and write-offs (entries that only know income, expense and tax) are
    no money. Nor is what was matched with the item before and is matched again.

    :param SQL where: on ``pl``, the lines of agreements
    :param datetime.date until: count entries up to this day; None: all
    :return: SQL of rows (line of an agreement, amount in its currency)
    """
    return SQL(
        """SELECT pl.id, sum(GREATEST(
                  pr.debit_amount_currency - COALESCE(
                      (pl.matched_before ->> c.id::text)::numeric, 0), 0)) AS amount
             FROM ar_payment_plan_line pl
             JOIN account_partial_reconcile pr
               ON pr.debit_move_id = pl.move_line_id
             JOIN account_move_line c ON c.id = pr.credit_move_id
             JOIN account_move cm ON cm.id = c.move_id
            WHERE %(where)s
              AND COALESCE(c.date <= %(until)s::date, TRUE)
              AND cm.move_type = 'entry'
              AND cm.reversed_entry_id IS NULL
              AND NOT EXISTS (SELECT 1 FROM account_partial_reconcile x
                               WHERE x.exchange_move_id = cm.id)
              AND (c.payment_id IS NOT NULL
                   OR c.statement_line_id IS NOT NULL
                   OR EXISTS (
                       SELECT 1 FROM account_move_line o
                         JOIN account_account a ON a.id = o.account_id
                        WHERE o.move_id = cm.id AND o.id <> c.id
                          AND o.tax_line_id IS NULL
                          AND a.account_type NOT LIKE ALL
                              (ARRAY['income%%', 'expense%%'])))
            GROUP BY pl.id""",
        where=where,
        until=until,
    )
