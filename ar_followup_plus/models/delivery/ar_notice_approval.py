"""Approval: the text shown is the text sent; approval can be withdrawn for minutes."""

from datetime import timedelta

from pytz import utc

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..company.roles import require_manager
from ..ladder.channel import CHANNELS


class ArNotice(models.Model):
    _inherit = "ar.notice"

    is_waiting = fields.Boolean(
        string="Can be taken back", compute="_compute_is_waiting"
    )

    def _compute_is_waiting(self):
        now = fields.Datetime.now()
        for notice in self:
            notice.is_waiting = (
                notice.state == "ready"
                and bool(notice.leaves_at)
                and notice.leaves_at > now
            )

    @api.private
    def approve(self):
        """Approve proposed notices, to be sent as they were shown.

        Those whose figures changed since they were proposed are brought up to date and
        stay proposed; those with nothing left to ask for are cancelled.

        :return: the approved notices
        :raise AccessError: unless the user is a credit manager, or the approval is
            required only by the company and not by the step
        :raise UserError: in a company that is off, in preview, or paused
        """
        self.check_access("write")
        for notice in self:
            if notice.state != "proposed":
                raise UserError(
                    self.env._(
                        "%(notice)s does not wait for approval.",
                        notice=notice.display_name,
                    )
                )
            notice.debtor_id._check_not_held()
            if notice.step_id.sudo().approval == "needs_approval":
                require_manager(self.env)
        seen = {notice.id: notice._asked() for notice in self}
        # sudo: collectors have no right to write notices
        for company, notices_sudo in self.sudo().grouped("company_id").items():
            notices_sudo._bring_up_to_date(company, {"cancelled": 0})
        same = self.filtered(
            lambda n: n.state == "proposed" and n._asked() == seen[n.id]
        )
        same._approved()
        return same

    def _asked(self):
        """Return the items and amounts of a notice: ``{(item id, amount)}``."""
        self.ensure_one()
        return {
            (line.move_line_id.id, round(line.amount, 4))
            for line in self.line_ids
            if line.role == "about"
        }

    def _approved(self):
        """Approve notices, to be sent some minutes from now."""
        now = fields.Datetime.now()
        cron_sudo = self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()
        for company, notices in self.sudo().grouped("company_id").items():
            leaves = now + timedelta(minutes=company.ar_approval_minutes)
            # sudo: collectors have no right to write notices
            notices._set_state(
                "ready", approved_by=self.env.uid, approved_at=now, leaves_at=leaves
            )
            cron_sudo._trigger(at=leaves)

    @api.private
    def take_back(self):
        """Withdraw the approval of notices that were not sent yet.

        :raise UserError: for a notice not approved by a person, or being sent already
        """
        self.check_access("write")
        for notice in self:
            if notice.state != "ready" or not notice.approved_by:
                raise UserError(
                    self.env._(
                        "%(notice)s is no approved notice that still waits: it cannot "
                        "be taken back.",
                        notice=notice.display_name,
                    )
                )
        notices_sudo = self.sudo()
        notices_sudo.filtered("mail_message_id")._drop_unsent()
        notices_sudo._forget_documents()  # created again with the figures of that day
        notices_sudo._set_state(
            "proposed",
            approved_by=False,
            approved_at=False,
            leaves_at=False,
            mail_message_id=False,
            sender=False,
            printed_at=False,
        )
        for channel, some_sudo in notices_sudo.grouped("channel").items():
            CHANNELS[channel].take_back(some_sudo)

    @api.private
    def send_now(self):
        """Send approved notices without delay, within the sending hours."""
        self.check_access("write")
        for notice in self:
            notice.debtor_id._check_not_held()
            if notice.state != "ready":
                raise UserError(
                    self.env._(
                        "%(notice)s is not approved: approve it first.",
                        notice=notice.display_name,
                    )
                )
        self.sudo().leaves_at = fields.Datetime.now()
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()

    # === BUTTONS === #

    def action_approve(self):
        """Approve the selected notices, and show when they are sent."""
        if not self:
            raise UserError(self.env._("Choose at least one notice."))
        approved = self.approve()
        text = [approved._approved_text()] if approved else []
        changed = self.filtered(lambda n: n.state == "proposed")
        if changed:
            text.append(
                self.env._(
                    "%(count)s changed since they were proposed, and show today's "
                    "figures now: look at them and approve them again.",
                    count=len(changed),
                )
            )
        gone = self - approved - changed
        if gone:
            text.append(
                self.env._("%(count)s are settled or held meanwhile.", count=len(gone))
            )
        return self._tell(" ".join(text))

    def _approved_text(self):
        """Return how many are approved, and when they are sent at the earliest."""
        return self.env._(
            "%(count)s approved. They leave from %(time)s on; until then they can "
            "be taken back under Notices, On the way.",
            count=len(self),
            time=self._leaving_text(),
        )

    def action_take_back(self):
        """Withdraw approvals."""
        self.take_back()
        return self._tell(
            self.env._("%(count)s taken back, to be approved again.", count=len(self))
        )

    def action_send_now(self):
        """Send without delay, and show when."""
        self.send_now()
        text = self.env._("They leave now.")
        if not all(company._ar_may_send_now() for company in self.sudo().company_id):
            text = self.env._("They leave as soon as the hours for sending begin.")
        return self._tell(text)

    def _leaving_text(self):
        """Return when the notices are sent at the earliest, in the user's format."""
        moments = [
            company._ar_next_sending(max(notices.mapped("leaves_at")))
            for company, notices in self.sudo().grouped("company_id").items()
        ]
        moment = max(moments).astimezone(utc).replace(tzinfo=None)
        return format_datetime(self.env, moment, dt_format="short")

    def _tell(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
