"""The nightly run as jobs, shared by any number of servers."""

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
        """Create a job for each slice of the nightly run, instead of deciding here.

        Create no job that is already queued.
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
        """Decide on one slice, then deliver the ready notices.

        Use the day on which the job runs: a delayed job decides on the items due then.

        :param debtor_ids: the slice; None: all of the company
        """
        company = self.env["res.company"].sudo().browse(company_id).exists()
        for active in company._ar_to_plan():
            PlanRun(self.sudo(), active, None, debtor_ids).work()
            self.env.ref("ar_followup_plus.ir_cron_deliver")._trigger()

    @api.model
    def _deliver_in_time(self):
        """Create a job for each batch of notices that may be sent now."""
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
        """Deliver one batch; the rest is sent a quarter of an hour later."""
        counts, _more = self.sudo()._deliver(limit=BATCH)
        if any(counts.values()):
            self.env.ref("ar_followup_plus.ir_cron_refresh")._trigger()
