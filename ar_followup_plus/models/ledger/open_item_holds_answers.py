"""What customers answered, as a source of what waits for us (see ar.open.item)."""

from odoo.tools import SQL


def answered(where):
    """Return the invoices that wait until somebody answers.

    By invoice and not by item: an invoice that was edited meanwhile waits as before.

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
