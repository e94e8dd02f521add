"""The snapshot of debtors: one aggregate over the open items, written by SQL."""

from odoo import fields
from odoo.tools import SQL

from ...tools.transactions import for_slices

#: Days for which a customer who broke an agreement gets priority.
BROKEN_DAYS = 30

FIGURES = (
    "amount_owed", "amount_overdue", "amount_current", "amount_1_30",
    "amount_31_60", "amount_61_90", "amount_91_120", "amount_older",
    "amount_disputed", "amount_credits", "oldest_due_date", "days_overdue",
    "item_count", "stage", "priority",
)  # fmt: skip


class Snapshot:
    """The figures that debtor lists use to sort and group."""

    def __init__(self, env, debtor_ids):
        self.env = env
        self.debtor_ids = debtor_ids

    def store(self):
        """Write the rows that changed and that no other transaction has locked.

        :return: the number of rows written
        """
        for_slices(self.env)
        old = SQL(", ").join(SQL.identifier("d", name) for name in FIGURES)
        new = SQL(", ").join(SQL.identifier("s", name) for name in FIGURES)
        assigns = SQL(", ").join(
            SQL("%s = s.%s", SQL.identifier(name), SQL.identifier(name))
            for name in FIGURES
        )
        self.env.cr.execute(
            SQL(
                """
                WITH s AS (%(figures)s), mine AS (
                    SELECT d.id FROM ar_debtor d JOIN s ON s.id = d.id
                     WHERE d.snapshot_at IS NULL OR (%(old)s) IS DISTINCT FROM (%(new)s)
                     ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
                )
                UPDATE ar_debtor d SET %(assigns)s, snapshot_at = %(now)s
                  FROM s JOIN mine ON mine.id = s.id
                 WHERE d.id = s.id
                """,
                figures=self.figures_query(),
                old=old,
                new=new,
                assigns=assigns,
                now=self.env.cr.now(),
            )
        )
        return self.env.cr.rowcount

    def figures_query(self):
        """Return the current figures, a row for each debtor."""
        return SQL(
            """
            SELECT d.id,
                   COALESCE(x.owed, 0) AS amount_owed,
                   COALESCE(x.overdue, 0) AS amount_overdue,
                   COALESCE(x.b_current, 0) AS amount_current,
                   COALESCE(x.b_1_30, 0) AS amount_1_30,
                   COALESCE(x.b_31_60, 0) AS amount_31_60,
                   COALESCE(x.b_61_90, 0) AS amount_61_90,
                   COALESCE(x.b_91_120, 0) AS amount_91_120,
                   COALESCE(x.b_older, 0) AS amount_older,
                   COALESCE(x.disputed, 0) AS amount_disputed,
                   COALESCE(x.credits, 0) AS amount_credits,
                   x.oldest AS oldest_due_date,
                   GREATEST(COALESCE(x.days, 0), 0) AS days_overdue,
                   COALESCE(x.items, 0) AS item_count,
                   COALESCE(st.stage, 'none') AS stage,
                   round((GREATEST(COALESCE(x.overdue, 0), 0)
                          * (1 + GREATEST(COALESCE(x.days, 0), 0) / 30.0)
                          * CASE d.profile WHEN 'chronic' THEN 1.5
                                           WHEN 'good' THEN 0.8 ELSE 1 END
                          * CASE WHEN d.reply_until IS NULL THEN 1 ELSE 2 END
                          * CASE WHEN EXISTS (
                                SELECT 1 FROM ar_payment_plan b
                                 WHERE b.debtor_id = d.id
                                   AND b.state IN ('partly', 'broken')
                                   AND b.closed_on >= %(broken)s)
                            THEN 1.5 ELSE 1 END
                         )::numeric, 2)::float8 AS priority
              FROM ar_debtor d
              LEFT JOIN (%(aggregate)s) x ON x.debtor_id = d.id
              LEFT JOIN LATERAL (
                  SELECT n.stage FROM ar_notice n
                   WHERE n.debtor_id = d.id AND n.state = 'sent'
                     AND x.overdue > 0 AND n.stage <> 'preventive'
                     AND EXISTS (SELECT 1 FROM ar_notice_line nl
                                   JOIN account_move_line l
                                     ON l.id = nl.move_line_id
                                  WHERE nl.notice_id = n.id AND nl.taken
                                    AND l.reconciled IS NOT TRUE)
                   ORDER BY n.delay_days DESC, n.id DESC LIMIT 1) st ON TRUE
             WHERE d.id = ANY(%(ids)s)
            """,
            aggregate=self.aggregate_query(),
            ids=self.debtor_ids,
            # Customers who recently broke a promise are called first
            broken=fields.Date.subtract(fields.Date.today(), days=BROKEN_DAYS),
        )

    def aggregate_query(self):
        """Return one aggregate over the open items, a row for each debtor.

        Company currency. Credits reduce the amount owed, but not the buckets, which
        contain open invoiced amounts only.
        """
        owes = SQL("q.amount_residual_currency > 0 AND NOT q.is_excluded")
        buckets = SQL(", ").join(
            SQL(
                "sum(q.amount_residual) FILTER (WHERE %s AND q.bucket = %s) AS %s",
                owes,
                key,
                SQL.identifier(f"b_{key}"),
            )
            for key in ("current", "1_30", "31_60", "61_90", "91_120", "older")
        )
        return SQL(
            """SELECT q.debtor_id,
                      sum(q.amount_residual) AS owed,
                      sum(q.amount_residual) FILTER (WHERE %(owes)s AND q.days_overdue > 0)
                          AS overdue,
                      %(buckets)s,
                      sum(CASE WHEN q.amount_residual_currency > 0
                               THEN q.amount_residual * q.amount_disputed
                                    / q.amount_residual_currency END) AS disputed,
                      sum(-q.amount_residual) FILTER (WHERE q.amount_residual_currency < 0)
                          AS credits,
                      min(q.due_date) FILTER (WHERE %(owes)s) AS oldest,
                      max(q.days_overdue) FILTER (WHERE %(owes)s) AS days,
                      count(*) FILTER (WHERE %(owes)s) AS items
                 FROM (%(query)s) q GROUP BY q.debtor_id""",
            owes=owes,
            buckets=buckets,
            query=self.env["ar.open.item"]._query("all", self.debtor_ids),
        )
