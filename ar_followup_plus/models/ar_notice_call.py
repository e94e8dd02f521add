"""The call channel: an activity, and a step that is taken when its outcome is logged."""

from odoo import api, models
from odoo.exceptions import UserError


class ArNotice(models.Model):
    _inherit = "ar.notice"

    # === CALLS === #

    def _deliver_call(self, company, counts):
        """Give the collector an activity. The step is taken when its outcome is
        logged, so the notice stays ready until then.
        """
        self.debtor_id._ar_activity(
            "activity_call",
            {
                notice.debtor_id.id: f"{notice.step_id.name}: {notice.totals_text}"
                for notice in self
            },
        )
        for notice in self:
            notice.attempts += 1
        counts["calls"] += len(self)

    def log_call(self, outcome):
        """Log the outcome of a call or task: the step is taken.

        :param str outcome: in words
        """
        self.check_access("write")
        for notice in self:
            if notice.channel != "call" or notice.state != "ready":
                raise UserError(
                    self.env._(
                        "%(notice)s is not a call to make.", notice=notice.display_name
                    )
                )
            if not (outcome or "").strip():
                raise UserError(self.env._("Write down what came of the call."))
            notice.debtor_id.message_post(
                body=self.env._("Call: %(outcome)s", outcome=outcome.strip())
            )
        notices_sudo = self.sudo()
        notices_sudo._sent()
        notices_sudo.debtor_id.activity_feedback(
            ["ar_followup_plus.activity_call"], user_id=self.env.uid
        )

    @api.model
    def _lapse_calls(self):
        """Let calls that nobody made lapse after five working days (rule 11)."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            calendar, today = company._ar_calendar(), company._ar_today()
            calls = self.search(
                [
                    ("company_id", "=", company.id),
                    ("channel", "=", "call"),
                    ("state", "=", "ready"),
                    ("date", "<", today),
                ]
            ).filtered(lambda n, c=calendar, t=today: c.add_working(n.date, 5) < t)
            if calls:
                calls._cancel("lapsed", self.env._("Not made within five working days"))
                calls.debtor_id.activity_unlink(["ar_followup_plus.activity_call"])
