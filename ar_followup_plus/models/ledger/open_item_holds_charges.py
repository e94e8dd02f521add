"""Late charges that turned out too high wait for our credit note."""

from odoo.tools import SQL


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
