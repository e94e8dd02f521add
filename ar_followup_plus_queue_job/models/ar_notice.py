"""The night's work in jobs, which any number of servers share."""

import hashlib

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.ar_followup_plus.models.decision.decision_run import PlanRun
from odoo.addons.ar_followup_plus.models.delivery.delivery import BATCH
from odoo.addons.ar_followup_plus.models.ladder.channel import CHANNELS


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _plan_night(self):
        """Put each slice of the night into a job, instead of deciding here.

        A job that waits already is not put there again.
        """
        # EXTENDS ar_followup_plus
        model = self.sudo()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        for company in companies._ar_to_plan():
            for ids in PlanRun(model, company, None, None).slices():
                word = hashlib.sha256(repr(ids).encode()).hexdigest()[:16]
                key = f"ar_followup_plus.plan.{company.id}.{company._ar_today()}.{word}"
                model.with_delay(identity_key=key)._job_plan(company.id, ids)

    @api.model
    def _job_plan(self, company_id, debtor_ids):
        """Decide on one slice, then let what is ready leave.

        The day is that on which the job runs: one that waited too long decides on what
        is due then.

        :param debtor_ids: the slice; None: all of the company
        """
        company = self.env["res.company"].sudo().browse(company_id).exists()
        for active in company._ar_to_plan():
            PlanRun(self.sudo(), active, None, debtor_ids).work()
            self.env.ref("ar_followup_plus.ir_cron_deliver")._trigger()

    @api.model
    def _deliver_in_time(self):
        """Put as many batches into jobs as there are notices that may leave now."""
        # EXTENDS ar_followup_plus
        model = self.sudo()
        model._tidy_outbox()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        companies = companies.filtered(lambda company: company._ar_may_send_now())
        mailed = [code for code, channel in CHANNELS.items() if channel.by_mail]
        waiting = model.search_count(
            Domain("company_id", "in", companies.ids)
            & Domain("state", "=", "ready")
            & (Domain("channel", "in", mailed) | Domain("attempts", "=", 0))
        )
        for number in range(-(-waiting // BATCH)):
            key = f"ar_followup_plus.deliver.{number}"
            model.with_delay(identity_key=key)._job_deliver()

    @api.model
    def _job_deliver(self):
        """Deliver one batch; what is left over leaves with the next quarter of an hour."""
        counts, _more = self.sudo()._deliver(limit=BATCH)
        if any(counts.values()):
            self.env.ref("ar_followup_plus.ir_cron_refresh")._trigger()
