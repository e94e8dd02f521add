"""The one definition of a receivable item of a past day, as SQL.

A posted receivable line ``l`` of that day or earlier, with the residual that it had then:
the present one plus what was matched later. A partial matching counts from ``max_date``,
the later date of the two entries that it matches.
"""

from odoo.tools import SQL

from .money import IS_MONEY, SINCE_AGREED

#: The residual of an item ``l`` on the day, in its own and in company currency; needs
#: the table of :func:`matched_later` as ``later``.
RESIDUAL = SQL("l.amount_residual_currency + COALESCE(later.amount_currency, 0)")
RESIDUAL_COMPANY = SQL("l.amount_residual + COALESCE(later.amount, 0)")
#: Dates of an item: without a due date it is due on the day of its entry.
DUE_DATE = SQL("COALESCE(l.date_maturity, l.date)")
INVOICE_DATE = SQL("COALESCE(m.invoice_date, l.date)")


def matched_later(day, lines=None):
    """Return SQL for what was matched after a day: (line_id, amount_currency, amount).

    :param SQL lines: a table of ids; only these journal items
    """
    debit, credit = (
        (
            SQL(
                "%s mine JOIN account_partial_reconcile p ON %s = mine.id",
                lines,
                column,
            )
            if lines
            else SQL("account_partial_reconcile p")
        )
        for column in (SQL("p.debit_move_id"), SQL("p.credit_move_id"))
    )
    return SQL(
        """SELECT r.line_id, sum(r.amount_currency) AS amount_currency,
                  sum(r.amount) AS amount
             FROM (SELECT p.debit_move_id AS line_id,
                          p.debit_amount_currency AS amount_currency, p.amount
                     FROM %(debit)s WHERE p.max_date > %(day)s
                    UNION ALL
                   SELECT p.credit_move_id, -p.credit_amount_currency, -p.amount
                     FROM %(credit)s WHERE p.max_date > %(day)s) r
            GROUP BY r.line_id""",
        day=day,
        debit=debit,
        credit=credit,
    )


def existed(day):
    """Return the condition for posted lines ``l`` that may have been open on a day."""
    return SQL(
        """l.parent_state = 'posted' AND l.date <= %s
           AND (l.reconciled IS NOT TRUE OR later.line_id IS NOT NULL)""",
        day,
    )


def kept_apart_on(day, debtor_ids=None):
    """Return SQL for the disputed, promised and planned amounts of a past day.

    Payments that arrived by then reduce the agreed amounts.

    :param list debtor_ids: only these customers; default: all
    :return: rows of (journal item id, disputed, promised, planned)
    """
    mine = SQL("TRUE")
    if debtor_ids is not None:
        mine = SQL("t.debtor_id = ANY(%s)", list(debtor_ids))
    return SQL(
        """SELECT t.id, sum(t.disputed) AS disputed, sum(t.promised) AS promised,
                  sum(t.planned) AS planned
             FROM (SELECT n.move_line_id AS id, n.amount AS disputed, 0.0 AS promised,
                          0.0 AS planned
                     FROM ar_dispute_line n
                     JOIN ar_dispute t ON t.id = n.dispute_id
                    WHERE %(mine)s
                      AND t.opened_on <= %(day)s
                      AND COALESCE(t.closed_on > %(day)s, TRUE)
                    UNION ALL
                   SELECT g.id, 0.0,
                          CASE WHEN g.kind = 'promise' THEN g.amount ELSE 0.0 END,
                          CASE WHEN g.kind <> 'promise' THEN g.amount ELSE 0.0 END
                     FROM (SELECT pl.move_line_id AS id, t.kind,
                                  GREATEST(pl.amount - COALESCE(money.amount, 0), 0)
                                      AS amount
                             FROM ar_payment_plan_line pl
                             JOIN ar_payment_plan t ON t.id = pl.plan_id
                             LEFT JOIN LATERAL (
                                 SELECT sum(%(paid)s) AS amount
                                   FROM account_partial_reconcile r
                                   JOIN account_move_line c ON c.id = r.credit_move_id
                                   JOIN account_move cm ON cm.id = c.move_id
                                  WHERE r.debit_move_id = pl.move_line_id
                                    AND r.max_date <= %(day)s AND %(money)s
                             ) money ON TRUE
                            WHERE %(mine)s
                              AND t.start_on <= %(day)s
                              AND COALESCE(t.closed_on > %(day)s, TRUE)) g) t
            WHERE t.id IS NOT NULL GROUP BY t.id""",
        mine=mine,
        day=day,
        money=IS_MONEY,
        paid=SINCE_AGREED,
    )
