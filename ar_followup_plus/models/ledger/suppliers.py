"""Open payables to customers who are suppliers too."""

from datetime import date
from typing import NamedTuple

from odoo.tools import SQL

READS = {
    "account.move.line": ["amount_residual", "amount_residual_currency", "reconciled"],
    "account.move": ["ref", "state"],
    "res.partner": ["commercial_partner_id"],
}
#: Joins the open lines ``l`` of debtors ``d``.
LINES = SQL(
    """JOIN res_partner p ON p.commercial_partner_id = d.partner_id
       JOIN account_move_line l ON l.partner_id = p.id
        AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       JOIN res_company co ON co.id = l.company_id
        AND split_part(co.parent_path, '/', 1)::int = d.company_id
       JOIN account_account a ON a.id = l.account_id"""
)


class WeOwe(NamedTuple):
    """What we owe a customer who is a supplier too, in company currency."""

    ours: float  # what we owe
    theirs: float  # what they owe
    since: date | None  # our oldest day overdue
    asks: bool  # we owe more than they do, or are late ourselves


def we_owe(debtors, companies=None):
    """Return our open payables to customers, in one SQL statement.

    In company currency: an approximate amount, for information.

    :param res.company companies: the companies of these customers, if known
    :return: ``{debtor id: WeOwe}``
    """
    if not debtors.ids:
        return {}
    for model, names in READS.items():
        debtors.env[model].flush_model(names)
    days = SQL(", ").join(
        SQL("(%s, %s::date)", company.id, company._ar_today())
        for company in companies or debtors.sudo().company_id
    )
    rows = debtors.env.execute_query(
        SQL(
            """SELECT o.id, o.ours, t.theirs, o.since
                 FROM (SELECT d.id, -sum(l.amount_residual) AS ours,
                              min(l.date_maturity) FILTER (
                                  WHERE l.amount_residual < 0
                                    AND l.date_maturity < today.day) AS since
                         FROM ar_debtor d
                         JOIN (VALUES %(days)s) AS today (company_id, day)
                           ON today.company_id = d.company_id
                         %(lines)s AND a.account_type = 'liability_payable'
                        WHERE d.id = ANY(%(ids)s)
                        GROUP BY d.id HAVING -sum(l.amount_residual) > 0) o
                 CROSS JOIN LATERAL (
                       SELECT COALESCE(sum(l.amount_residual), 0) AS theirs
                         FROM ar_debtor d
                         %(lines)s AND a.account_type = 'asset_receivable'
                        WHERE d.id = o.id) t""",
            days=days,
            lines=LINES,
            ids=debtors.ids,
        )
    )
    return {
        debtor_id: WeOwe(
            float(ours),
            float(theirs),
            since,
            bool(since or ours > theirs),
        )
        for debtor_id, ours, theirs, since in rows
    }
