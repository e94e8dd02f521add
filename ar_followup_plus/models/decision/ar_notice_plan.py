"""plan(): decides slice by slice and writes the notices into the outbox."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..company.roles import COLLECTOR, require_role
from ..company.rpc_border import given_day, given_ids
from .decision_run import PlanRun


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.private
    @api.model
    def plan(self, date=None, debtor_ids=None):
        """Decide which customers to contact, and write the notices into the outbox.

        Safe to repeat, and to run several times at once: the same notices, once.

        :param datetime.date date: the day; default: today in each company's zone
        :param list debtor_ids: only these debtors; default: all of the companies
            that are not off
        :return: counts: debtors looked at, notices made, updated and cancelled, and
            debtors that failed
        :rtype: dict
        :raise UserError: if a company whose debtors were named is off
        :raise ValidationError: if an argument is not a date, or not a list of ids
        """
        self._check_collector()
        date = given_day(self.env, date)
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        if debtor_ids is not None:
            debtor_ids = given_ids(self.env, debtor_ids)
            debtors = self.env["ar.debtor"].browse(debtor_ids)
            debtors.check_access("read")
            companies = debtors.company_id.sudo()
            off = companies.filtered(lambda company: company.ar_state == "off")
            if off:
                raise UserError(
                    self.env._(
                        "The follow-up of %(company)s is off: a credit manager can "
                        "switch it to preview in the settings.",
                        company=off[0].name,
                    )
                )
        elif not self.env.su:
            companies &= self.env.companies.root_id.sudo()
        counts = {
            "debtors": 0,
            "notices": 0,
            "updated": 0,
            "cancelled": 0,
            "failed": 0,
            "reasons": {},
        }
        for company in companies._ar_to_plan():
            run = PlanRun(self.sudo(), company, date, debtor_ids)
            run.work()
            for key, value in run.counts.items():
                if key == "reasons":
                    for reason, count in value.items():
                        counts[key][reason] = counts[key].get(reason, 0) + count
                else:
                    counts[key] += value
        self.invalidate_model()
        self.env["ar.notice.line"].invalidate_model()
        self.env["ar.debtor"].invalidate_model()
        self.env["ar.open.item"].invalidate_model()
        return counts

    @api.model
    def _check_collector(self):
        require_role(
            self.env,
            self.env._("Only collectors may do this: ask for the right first."),
            COLLECTOR,
        )

    @api.model
    def _first_left(self, company, date):
        """Return how many first notices to old debtors may still be made on a day.

        :return: a number, or None where there is no limit
        """
        limit = company.ar_first_per_day
        if not limit or not company.ar_backlog_date:
            return None
        self.flush_model(["debtor_id", "company_id", "is_first", "date", "state"])
        [(made,)] = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT n.debtor_id) FROM ar_notice n
                    WHERE n.company_id = %s AND n.is_first AND n.date = %s
                      AND n.state <> 'cancelled'
                      AND EXISTS (SELECT 1 FROM ar_notice_line nl
                                   WHERE nl.notice_id = n.id AND nl.role = 'about'
                                     AND nl.date_due < %s)""",
                company.id,
                date,
                company.ar_backlog_date,
            )
        )
        return max(limit - made, 0)
