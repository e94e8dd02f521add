"""Approval: the text shown is the text sent; approval can be withdrawn for minutes."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime

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
                and bool(notice.approved_by)
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
                        "%(notice)s is not waiting for approval.",
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
            announced = notices._announced()
            for day, some in notices.grouped(
                lambda n, a=announced: a.get(n.debtor_id.id)
            ).items():
                named = company._ar_opens_at(day) if day else leaves
                # sudo: collectors have no right to write notices
                some._set_state(
                    "ready",
                    approved_by=self.env.uid,
                    approved_at=now,
                    leaves_at=max(leaves, named),
                )
            cron_sudo._trigger(at=leaves)

    def _announced(self):
        """Return the day before which customers were told to hear nothing.

        What the last message named as the earliest day of the next one, if it is still
        to come and something that it asked for is open: an approval does not break it.

        :return: ``{debtor id: day}``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT n.debtor_id, n.next_on
                     FROM (SELECT DISTINCT ON (debtor_id) id, debtor_id, next_on
                             FROM ar_notice
                            WHERE debtor_id = ANY(%s) AND state = 'sent'
                              AND channel <> 'call' AND stage <> 'preventive'
                            ORDER BY debtor_id, sent_on DESC, id DESC) n
                    WHERE EXISTS (SELECT 1 FROM ar_notice_line nl
                                    JOIN account_move_line l ON l.id = nl.move_line_id
                                   WHERE nl.notice_id = n.id AND nl.taken
                                     AND l.parent_state = 'posted'
                                     AND l.reconciled IS NOT TRUE)""",
                self.debtor_id.ids,
            )
        )
        today = self.company_id[:1]._ar_today()
        return {debtor_id: day for debtor_id, day in rows if day and day > today}

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
                        "The approval of %(notice)s cannot be withdrawn: it is no "
                        "approved notice, or it has been sent.",
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
        self.sudo()._ask_for()
        self.sudo().leaves_at = fields.Datetime.now()
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()

    def _leave_soon(self):
        """Bring forward approved notices that wait for their turn, as somebody asked."""
        for company, notices in self.grouped("company_id").items():
            soon = fields.Datetime.now() + timedelta(
                minutes=company.ar_approval_minutes
            )
            notices.filtered(
                lambda n, soon=soon: (
                    n.state == "ready" and n.leaves_at and n.leaves_at > soon
                )
            ).leaves_at = soon

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
                    "Changed since proposed: %(count)s. They now show today's figures: "
                    "review and approve them again.",
                    count=len(changed),
                )
            )
        gone = self - approved - changed
        if gone:
            text.append(
                self.env._(
                    "Settled or put on hold in the meantime: %(count)s.",
                    count=len(gone),
                )
            )
        return self._tell(" ".join(text))

    def _approved_text(self):
        """Return how many are approved, and when they are sent at the earliest."""
        text = self.env._("1 notice approved.")
        if len(self) != 1:
            text = self.env._("%(count)s notices approved.", count=len(self))
        if self.sudo()._announced():
            why = self.env._("The last message to the customer named that day.")
            return " ".join((text, self._sending_text(), why))
        back = self.env._(
            "Until then they can be taken back under Notices, Being sent."
        )
        return " ".join((text, self._sending_text(), back))

    def action_take_back(self):
        """Withdraw approvals."""
        self.take_back()
        return self._tell(
            self.env._(
                "Approvals withdrawn: %(count)s. They can be approved again.",
                count=len(self),
            )
        )

    def action_send_now(self):
        """Send without delay, and show when."""
        self.send_now()
        return self._tell(self._sending_text())

    def _sending_text(self):
        """Return a sentence that says when the notices are sent."""
        now = fields.Datetime.now()
        first = max(filter(None, self.sudo().mapped("leaves_at")), default=now)
        moments = [
            company._ar_next_sending(max(first, now))
            for company in self.sudo().company_id
        ]
        if None in moments:
            return self.env._("Sending begins when the follow-up goes on.")
        moment = max(moments, default=now)
        if moment <= now:
            return self.env._("Sending begins within minutes.")
        return self.env._(
            "Sending begins on %(weekday)s, %(moment)s.",
            weekday=format_datetime(self.env, moment, dt_format="EEEE"),
            moment=format_datetime(self.env, moment, dt_format="short"),
        )

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
