from odoo import api, models
from odoo.tools import SQL


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model
    def _ar_ordered_sql(self):
        # EXTENDS ar_followup_plus: the invoice of an order is never blocked
        return SQL(
            """EXISTS (SELECT 1 FROM account_move_line ol
                         JOIN sale_order_line_invoice_rel rel
                           ON rel.invoice_line_id = ol.id
                        WHERE ol.move_id = m.id)"""
        )
