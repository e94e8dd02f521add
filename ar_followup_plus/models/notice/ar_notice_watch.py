"""Daily checks: stale approvals, expired links, stuck notices."""

from odoo import api, models
from odoo.tools import SQL

from ..customer.responsible import Responsible

#: Working days after which the substitute is asked about a proposal ("Approvals").
REMIND_DAYS = 3


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _remind_approvals(self):
        """Remind the substitute, else the credit manager, of old proposals."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            calendar, today = company._ar_calendar(), company._ar_today()
            rows = self.env.execute_query(
                SQL(
                    """SELECT DISTINCT n.debtor_id, n.date
                         FROM ar_notice n
                         JOIN res_company c ON c.id = n.company_id
                        WHERE n.company_id = %s AND n.state = 'proposed'
                          AND c.ar_state IN ('ask', 'live')""",
                    company.id,
                )
            )
            old = {
                debtor_id
                for debtor_id, date in rows
                if calendar.add_working(date, REMIND_DAYS) < today
            }
            debtors = self.env["ar.debtor"].browse(sorted(old))
            in_charge = Responsible(debtors).today(after_collector=True)
            asked = {}
            for debtor in debtors:
                asked.setdefault(in_charge[debtor.id], []).append(debtor.id)
            for user, ids in asked.items():
                debtors.browse(ids)._ar_activity(
                    "activity_approve",
                    self.env._("Proposal not approved for several days"),
                    user,
                )
