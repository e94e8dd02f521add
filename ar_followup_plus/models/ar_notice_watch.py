"""The first scheduled action of a day: what waits, runs out, or got stuck."""

from odoo import api, models
from odoo.tools import SQL

#: A proposal that nobody handled for so many working days is brought up (rule 9).
REMIND_DAYS = 3


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _remind_approvals(self):
        """Ask the substitute, else the credit manager, about old proposals."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            calendar, today = company._ar_calendar(), company._ar_today()
            rows = self.env.execute_query(
                SQL(
                    """SELECT n.debtor_id, n.date,
                              COALESCE(d.substitute_id, c.ar_manager_id)
                         FROM ar_notice n
                         JOIN ar_debtor d ON d.id = n.debtor_id
                         JOIN res_company c ON c.id = n.company_id
                        WHERE n.company_id = %s AND n.state = 'proposed'
                          AND c.ar_state IN ('ask', 'live')""",
                    company.id,
                )
            )
            old = {}
            for debtor_id, date, user_id in rows:
                if calendar.add_working(date, REMIND_DAYS) < today:
                    old.setdefault(user_id, []).append(debtor_id)
            for user_id, debtor_ids in old.items():
                self.env["ar.debtor"].browse(debtor_ids)._ar_activity(
                    "activity_approve",
                    self.env._("A proposal waits for approval since some days"),
                    self.env["res.users"].browse(user_id or []),
                )
