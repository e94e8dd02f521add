"""Running agreements learn what was matched with their items before they began."""


def migrate(cr, version):
    cr.execute(
        """UPDATE ar_payment_plan_line pl
              SET matched_before = found.matched
             FROM (
                 SELECT own.id, jsonb_object_agg(pr.credit_move_id::text, pr.amount)
                            AS matched
                   FROM ar_payment_plan_line own
                   JOIN ar_payment_plan plan ON plan.id = own.plan_id
                   JOIN LATERAL (
                       SELECT p.credit_move_id, sum(p.debit_amount_currency) AS amount
                         FROM account_partial_reconcile p
                        WHERE p.debit_move_id = own.move_line_id
                          AND p.create_date < plan.create_date
                        GROUP BY p.credit_move_id) pr ON TRUE
                  GROUP BY own.id) found
            WHERE found.id = pl.id AND pl.matched_before IS NULL"""
    )
