"""The call channel: an activity; its step is taken when the outcome is logged."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..customer.responsible import Responsible
from ..ladder.channel import CHANNELS, Channel


class ArNotice(models.Model):
    _inherit = "ar.notice"

    call_on = fields.Date(
        string="To call on",
        readonly=True,
        help="Since when it is among the calls of its collector.",
    )

    # === CALLS === #

    @api.model
    def _hand_out_calls(self):
        """Give each collector the calls of the day, up to the daily limit."""
        for company in self.env["res.company"].search(
            [("parent_id", "=", False), ("ar_state", "in", ("ask", "live"))]
        ):
            if not company.ar_paused:
                self._hand_out(company)

    @api.model
    def _hand_out(self, company):
        """Hand out calls up to the daily limit, highest priority first."""
        today = company._ar_today()
        calls = self.search(
            [
                ("company_id", "=", company.id),
                ("channel", "=", "call"),
                ("state", "=", "ready"),
                ("date", "<=", today),
            ]
        ).sorted(lambda n: (-n.debtor_id.priority, -n.amount, n.id))
        limit = company.ar_calls_per_day
        made = dict(
            self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("channel", "=", "call"),
                    ("state", "=", "sent"),
                    ("sent_on", "=", today),
                ],
                ["debtor_id"],
                ["__count"],
            )
        )
        count = {}
        for debtor, done in made.items():
            user = Responsible(debtor).speaker()
            count[user] = count.get(user, 0) + done
        new = self.browse()
        waiting = calls.filtered(lambda n: not n.call_on)
        for notice in (calls - waiting) + waiting:
            user = Responsible(notice.debtor_id).speaker()
            if notice.call_on:
                count[user] = count.get(user, 0) + 1
            elif not limit or count.get(user, 0) < limit:
                count[user] = count.get(user, 0) + 1
                new |= notice
        if not new:
            return
        new.write({"call_on": today})
        new.debtor_id._ar_activity(
            "activity_call",
            {
                notice.debtor_id.id: f"{notice.step_id.name}: {notice.totals_text}"
                for notice in new
            },
        )
        Responsible(new.debtor_id.filtered("call_first")).tell_account_managers()

    @api.model
    def _lapse_calls(self):
        """Cancel calls not made within five working days ("Calls lapse")."""
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
                calls.debtor_id._ar_end_activities("activity_call")


class CallChannel(Channel):
    """A call or another task of a collector.

    The step is taken when its outcome is logged: the notice stays ready until then.
    """

    code = "call"
    is_written = False

    def claimable(self, company):
        # IMPLEMENTS Channel: handed out once
        return SQL("COALESCE(n.attempts, 0) = 0")

    def deliver(self, notices, company, counts):
        # IMPLEMENTS Channel
        for notice in notices:
            notice.attempts += 1
        counts["calls"] += len(notices)
        notices._hand_out(company)

    def take_back(self, notices):
        # IMPLEMENTS Channel
        notices.debtor_id._ar_end_activities("activity_call")
        notices.attempts = 0


CHANNELS[CallChannel.code] = CallChannel()
