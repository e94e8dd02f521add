"""State changes of notices: failed, retried, returned to the outbox, sent."""

import logging

from odoo import api, fields, models
from odoo.tools.mail import email_normalize_all

from ...tools.transactions import RACES
from ..signature.ar_guarded import KEY
from ..voice.voice import Voice

_logger = logging.getLogger(__name__)

#: Minutes in 'sending' after which it is unknown whether the notice was sent.
STUCK_MINUTES = 15
#: Automatic retries of a notice that failed and was certainly not sent ...
RETRIES = 20
#: ... and the minutes between a failure and its retry.
RETRY_MINUTES = 30


class ArNotice(models.Model):
    _inherit = "ar.notice"

    # === STATES === #

    def _fail(self, reason, again=False, maybe_sent=False):
        """Mark notices as failed.

        :param str reason: in words
        :param bool again: nothing was sent, and it may be retried automatically
        :param bool maybe_sent: it is unknown whether it was sent
        """
        self._set_state(
            "failed", failure_reason=reason, can_retry=again, maybe_sent=maybe_sent
        )
        self.flush_recordset()
        people = self.filtered(lambda n: not (again and n.attempts < RETRIES))
        if not people:
            return
        try:
            with self.env.cr.savepoint():
                people.debtor_id._ar_activity(
                    "activity_check_notice",
                    {
                        notice.debtor_id.id: self.env._(
                            "%(notice)s failed: %(why)s",
                            notice=notice.display_name,
                            why=reason,
                        )
                        for notice in people
                    },
                )
        except RACES:
            raise
        except Exception:  # the failure has to be recorded in any case
            _logger.exception("Nobody could be told about %s", people)

    @api.model
    def _fail_stuck(self):
        """Fail notices that a killed process may have sent: a person checks them."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=STUCK_MINUTES)
        stuck = self.search([("state", "=", "sending"), ("state_at", "<", since)])
        if stuck:
            stuck._fail(
                self.env._("It may have been sent: check before sending it again."),
                maybe_sent=True,
            )
            stuck.mail_ids.filtered(lambda m: m.state == "outgoing").write(
                {"state": "cancel"}
            )

    @api.model
    def _retry_certain(self):
        """Retry notices that were certainly not sent (mail server down)."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=RETRY_MINUTES)
        again = self.search(
            [
                ("state", "=", "failed"),
                ("can_retry", "=", True),
                ("attempts", "<", RETRIES),
                ("state_at", "<", since),
            ],
            limit=1000,
        )
        if again:
            again._make_ready_again()

    def _make_ready_again(self):
        """Return notices to the outbox; their text is rendered again when sent."""
        self._drop_unsent()
        self._set_state(
            "ready",
            failure_reason=False,
            can_retry=False,
            maybe_sent=False,
            mail_message_id=False,
            sender=False,
        )

    def _drop_unsent(self):
        """Remove messages that were certainly never sent from the history."""
        mails = self.mail_ids.filtered(lambda mail: mail.state != "sent")
        known = mails.filtered(
            lambda mail: (
                not mail.ar_notice_id.maybe_sent
                and mail.mail_message_id == mail.ar_notice_id.mail_message_id
            )
        )
        (mails - known).write({"state": "cancel"})
        known.mail_message_id.with_context(ar_evidence=KEY).unlink()

    def _sent(self):
        """Record that notices were sent, and each debtor's last contact date."""
        for company, notices in self.grouped("company_id").items():
            today = company._ar_today()
            debtors = notices.debtor_id
            early = notices.filtered(lambda n: n.stage == "preventive").debtor_id
            debtors.write({"contacted": True, "next_reason": False})
            early.write({"last_preventive_date": today})
            self._note_written(notices)
            # In the order in which others lock them: debtors, then notices
            debtors.flush_recordset()
            notices._set_state(
                "sent",
                sent_on=today,
                failure_reason=False,
                can_retry=False,
                maybe_sent=False,
            )

    @api.model
    def _note_written(self, notices):
        """Note the notices that were sent in writing; a call is noted with its outcome.

        What somebody asked to send is not automatic.
        """
        for automatic in (True, False):
            some = notices.filtered(
                lambda n, a=automatic: n.channel != "call" and bool(n.asked_on) != a
            )
            addresses = {}
            for notice in some:
                known = addresses.setdefault(notice.debtor_id.id, set())
                known.update(email_normalize_all(notice.recipients or ""))
            if some:
                Voice(some.debtor_id).note("notice", automatic, addresses)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_before_write(self, vals):
        # EXTENDS res.company: cancel waiting notices when a preview or the follow-up ends
        state = vals.get("ar_state")
        if "ar_state" in vals:
            self.filtered(
                lambda company: (
                    company.ar_state != state
                    and (state == "off" or company.ar_state == "preview")
                )
            )._ar_clear_outbox()
        return super()._ar_before_write(vals)

    def _ar_clear_outbox(self):
        """Cancel notices of a preview, or pending in a company that is switched off.

        Items still due are proposed again, within the limits of a safe start.
        """
        waiting = (
            self.env["ar.notice"]
            .sudo()
            .search(
                [("company_id", "in", self.ids), ("state", "in", ("proposed", "ready"))]
            )
        )
        waiting._cancel("settled", self.env._("Follow-up status changed"))
