"""The gate: a notice passes once, and only if it was ready."""

import logging
import smtplib

from odoo import fields, models
from odoo.modules import module
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    _inherit = "mail.mail"

    ar_notice_id = fields.Many2one(
        "ar.notice", string="Notice", index="btree_not_null", ondelete="set null"
    )

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Send mails of notices one by one through the gate, others as always.

        Core neither locks nor commits before SMTP: after a kill it sends again, and
        a dropped connection stops the rest of the batch.
        """
        ours = self.filtered("ar_notice_id")
        others = self - ours
        result = True
        if others:
            result = super(MailMail, others)._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                smtp_session=smtp_session,
                alias_domain_id=alias_domain_id,
                mail_server=mail_server,
                post_send_callback=post_send_callback,
            )
        for mail in ours:
            if not mail._ar_enter_gate():
                continue
            dropped = None
            try:
                super(MailMail, mail)._send(
                    smtp_session=smtp_session,
                    alias_domain_id=alias_domain_id,
                    mail_server=mail_server,
                    post_send_callback=post_send_callback,
                )
            except smtplib.SMTPServerDisconnected as error:
                # The others get connections of their own
                dropped, smtp_session = error, None
            mail._ar_leave_gate(dropped)
        return result

    def _ar_enter_gate(self):
        """Take the notice from 'ready' to 'sending', committed before SMTP.

        Contact stops and cancelled notices close the gate, and so does a ledger in
        which nothing of it is open any more.

        :return: whether the mail may be sent
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """UPDATE ar_notice n
                      SET state = 'sending', attempts = COALESCE(attempts, 0) + 1,
                          state_at = clock_timestamp() AT TIME ZONE 'UTC'
                     FROM res_company c
                    WHERE n.id = %s AND n.state = 'ready' AND c.id = n.company_id
                      AND c.ar_state IN ('ask', 'live') AND c.ar_paused IS NOT TRUE
                      AND EXISTS (
                          SELECT 1 FROM ar_notice_line nl
                            JOIN account_move_line l ON l.id = nl.move_line_id
                           WHERE nl.notice_id = n.id AND nl.role = 'about'
                             AND l.parent_state = 'posted'
                             AND l.reconciled IS NOT TRUE
                             AND l.no_followup IS NOT TRUE)
                RETURNING n.id""",
                self.ar_notice_id.id,
            )
        )
        self._ar_commit()
        self.ar_notice_id.invalidate_recordset()
        return bool(rows)

    def _ar_leave_gate(self, dropped):
        """Write what became of the mail on its notice, and commit.

        :param dropped: the exception of a connection that broke, or None
        """
        self.ensure_one()
        notice = self.ar_notice_id
        if self.env["ir.mail_server"]._disable_send():
            self.state = "sent"  # tests: core pretends to send
        if self.state == "sent":
            notice.delivery = "pending"
            notice._sent()
        else:
            reason = str(dropped or self.failure_reason or self.env._("Not sent"))
            unsure = dropped is not None or "imed out" in reason
            if unsure:
                reason = self.env._(
                    "It may have been sent: check before sending again. (%(why)s)",
                    why=reason,
                )
            self.write({"state": "exception", "failure_reason": reason})
            notice._fail(reason, certain=not unsure)
        self.env.flush_all()
        self._ar_commit()

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Mark notices as failed whose mail server could not be reached at all."""
        if failure_type == "mail_smtp":
            for mail in self.filtered(lambda m: m.ar_notice_id.state == "ready"):
                mail.ar_notice_id.attempts += 1
                mail.ar_notice_id._fail(
                    mail.failure_reason
                    or failure_reason
                    or self.env._("The mail server could not be reached.")
                )
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )

    def _ar_commit(self):
        if not module.current_test:
            self.env.cr.commit()
