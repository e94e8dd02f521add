"""Item holds: SQL for amounts that are not asked for, part of the open-item query.

Two lists of sources: for amounts of items, and for whole invoices. A new hold is a new
entry of a list.
"""

from odoo.tools import SQL

from ...tools.transactions import id_array

#: Days for which an accepted dispute without a credit note holds the invoice: the
#: ten working days of "Our turn" as calendar days.
NO_CREDIT_DAYS = 14
#: SQL that is true for a journal item ``l`` that is with a third party. Hashed once for a
#: full read, because there are few. An item that was replaced when its invoice was
#: edited stays with the invoice.
HANDED_OVER = SQL(
    """(l.id IN (SELECT x.move_line_id FROM ar_referral_line x
                  WHERE x.hold = 'out' AND x.move_line_id IS NOT NULL)
        OR l.move_id IN (SELECT x.move_id FROM ar_referral_line x
                          WHERE x.hold = 'out' AND x.move_line_id IS NULL
                            AND x.move_id IS NOT NULL))"""
)


def answered(where):
    """Return the invoices that are held until somebody handles the answer.

    By invoice and not by item, so that the hold survives an edit of the invoice.

    :param SQL where: a condition on ``h.move_id`` and ``h.debtor_id``
    """
    return SQL(
        """SELECT h.move_id AS id, h.debtor_id, TRUE AS waits, FALSE AS is_capped,
                  NULL::date AS quiet_until, NULL::date AS date_given
             FROM (SELECT n.move_id, a.debtor_id, a.company_id, a.waits_until
                     FROM ar_answer_line n
                     JOIN ar_answer a ON a.id = n.answer_id
                    WHERE n.waits AND a.state = 'open') h
             JOIN c ON c.id = h.company_id
            WHERE h.waits_until > c.today AND %s""",
        where,
    )


def charged_too_much(where):
    """Return the amounts of draft credit notes for late charges."""
    return SQL(
        """SELECT i.id, h.debtor_id, 0.0 AS disputed, h.amount AS waiting
             FROM (SELECT DISTINCT e.note_id AS move_id, e.debtor_id, credit.id,
                          credit.amount_total AS amount
                     FROM ar_late_charge e
                     JOIN account_move credit ON credit.id = e.credit_id
                    WHERE credit.state = 'draft' AND e.note_id IS NOT NULL) h
             JOIN account_move_line i ON i.move_id = h.move_id
             JOIN account_account ia
               ON ia.id = i.account_id AND ia.account_type = 'asset_receivable'
            WHERE i.parent_state = 'posted' AND i.reconciled IS NOT TRUE
              AND %(where)s""",
        where=where,
    )


def came_back(where):
    """Return the invoices with a payment date from a message about a returned payment.

    :param SQL where: a condition on ``h.move_id`` and ``h.debtor_id``
    """
    return SQL(
        """SELECT h.move_id AS id, h.debtor_id, FALSE AS waits, FALSE AS is_capped,
                  NULL::date AS quiet_until, h.pay_by AS date_given
             FROM (SELECT rel.move_id, b.debtor_id, b.company_id, b.pay_by
                     FROM ar_returned_payment b
                     JOIN ar_returned_payment_move_rel rel ON rel.returned_id = b.id
                    WHERE b.pay_by IS NOT NULL) h
             JOIN c ON c.id = h.company_id
            WHERE h.pay_by >= c.today - 31 AND %s""",
        where,
    )


def _disputed(where):
    """Return the disputed amounts of items.

    Editing an invoice replaces its journal items or changes their amounts. A disputed
    amount that exceeds its item then moves to other items of the invoice, the oldest
    due date first.
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
    """Return the effects of a dispute on all items of its invoice.

    Open: nothing is sent for some days; the undisputed rest gets no step above "firm",
    and is held if our answer is overdue. Accepted: everything is held until the credit
    note is posted and matched; without a credit note, or if it was cancelled, for some
    days only, because accounting may have corrected the invoice manually. Rejected: the
    customer has some days to pay.
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
ITEM_SOURCES = [_disputed, charged_too_much]
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
    """Return CTEs that group the holds once, and their joins (shape 'all')."""
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
    """Return SQL for payment dates given outside the ladder, by invoice.

    Those given after a rejected dispute or a returned payment; not those of notices.

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
