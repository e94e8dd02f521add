"""Definition of money: payments and equivalents, but no entries of our own."""

from odoo.tools import SQL

#: Whether a journal item ``c`` of a move ``cm``, matched with a debt, is money:
#: payments, bank entries and nettings. Credit notes, reversals, exchange differences
#: and write-offs (entries that only know income, expense and tax) are none.
IS_MONEY = SQL(
    """cm.move_type = 'entry'
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
                       (ARRAY['income%%', 'expense%%'])))"""
)

#: What a partial matching ``r`` of journal item ``c`` paid of line ``pl`` of an agreement
#: since it was made: without the amount that was matched before and is matched again.
SINCE_AGREED = SQL(
    """GREATEST(r.debit_amount_currency
                - COALESCE((pl.matched_before ->> c.id::text)::numeric, 0), 0)"""
)
