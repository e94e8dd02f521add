"""The payment date given after a returned payment (see ar.open.item)."""

from odoo.tools import SQL


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
