"""Item holds for customers' answers that we must check first (see ar.open.item)."""

from odoo.tools import SQL


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
