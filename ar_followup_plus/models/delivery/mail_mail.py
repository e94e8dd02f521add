"""The send gate: a notice passes once, and only if it was ready."""

import logging
from datetime import timedelta

import psycopg2

from odoo import fields, models
from odoo.tools import SQL, email_normalize

from ...tools.smtp_outcome import LATER, SENT, UNSURE, SmtpWatch, is_dead
from ...tools.transactions import CONFLICTS, in_turn, in_turn_now, rollback
from ..ledger.ar_exclusion import EXCLUDES
from ..ledger.ledger_reader import STOPPED
from ..voice.voice import LEGAL, PASSING

_logger = logging.getLogger(__name__)

#: Minutes after which an unsent mail is created again, with current figures.
FRESH_MINUTES = 15
#: Mails in a row with unknown result after which the others wait for the next run.
MOST_UNSURE = 3
#: Attempts to record the result of a mail: more than usual, because losing it means
#: that nobody knows whether the mail was sent.
RECORD_ATTEMPTS = 20
#: Takes notice ``n`` from 'ready' to 'sending' for the mail ``m``. The conditions on the
#: customer are those of ``engine.decision.contact.may_not_contact``. It writes the row
#: of the customer, as :meth:`Voice.note` does: of two messages of parallel transactions
#: the second one fails, is tried again, and sees the first.
ENTER = f"""
    WITH claimed AS (
        UPDATE ar_debtor SET last_contact_date = last_contact_date
         WHERE id = (SELECT debtor_id FROM ar_notice WHERE id = %(notice)s)
        RETURNING *)
    UPDATE ar_notice n
       SET state = 'sending', attempts = COALESCE(n.attempts, 0) + 1,
           state_at = %(now)s
      FROM mail_mail m, claimed d, res_company c
     WHERE n.id = %(notice)s AND m.id = %(mail)s
       AND d.id = n.debtor_id AND c.id = n.company_id
       AND n.state = 'ready' AND n.state_at > %(oldest)s
       AND COALESCE(n.leaves_at, %(now)s) <= %(now)s
       AND m.state = 'outgoing' AND m.mail_message_id = n.mail_message_id
       AND c.ar_state IN ('ask', 'live') AND c.ar_paused IS NOT TRUE
       AND NOT {STOPPED} AND d.kind <> 'group'
       AND COALESCE(d.snooze_until, %(today)s) <= %(today)s
       AND COALESCE(d.reply_until, %(today)s) <= %(today)s
       AND (d.last_contact_date IS DISTINCT FROM %(today)s
            OR n.asked_on = %(today)s
            OR (n.stage = ANY(%(legal)s)
                AND NOT EXISTS (SELECT 1 FROM ar_outgoing o
                                 WHERE o.debtor_id = n.debtor_id AND o.day = %(today)s
                                   AND o.kind <> ALL(%(passing)s)))
            OR EXISTS (SELECT 1 FROM ar_notice o
                        WHERE o.debtor_id = n.debtor_id AND o.id <> n.id
                          AND o.step_id = n.step_id AND o.sent_on = %(today)s))
       AND NOT EXISTS (
           SELECT 1 FROM ar_notice_line nl
             LEFT JOIN account_move_line l ON l.id = nl.move_line_id
             LEFT JOIN account_journal j ON j.id = l.journal_id
            WHERE nl.notice_id = n.id AND nl.role IN ('about', 'also', 'coming')
              AND (l.id IS NULL OR l.parent_state <> 'posted'
                   OR abs(l.amount_residual_currency - nl.amount_residual_currency)
                      >= 0.0005
                   OR (l.no_followup AND j.type <> 'general')
                   OR EXISTS (SELECT 1 FROM ar_exclusion x WHERE {EXCLUDES})))
    RETURNING n.id
"""


class MailMail(models.Model):
    _inherit = "mail.mail"

    ar_notice_id = fields.Many2one(
        "ar.notice", string="Notice", index="btree_not_null", ondelete="set null"
    )
    ar_tried = fields.Boolean(
        string="May have been sent",
        readonly=True,
        help="Handed to the mail server once already.",
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
        """Send mails to customers one by one through the gate, others as always.

        Core neither locks nor commits before SMTP: after a kill it sends again, and
        a dropped connection stops the rest of the batch.
        """
        ours = self.filtered(lambda mail: mail.ar_notice_id or mail._ar_is_letter())
        others = self - ours
        result = True
        held = others._ar_hold_stopped()
        if others - held:
            result = super(MailMail, others - held)._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                smtp_session=smtp_session,
                alias_domain_id=alias_domain_id,
                mail_server=mail_server,
                post_send_callback=post_send_callback,
            )
        if ours:

            def _send(mail, session):
                return super()._send(
                    smtp_session=session,
                    alias_domain_id=alias_domain_id,
                    mail_server=mail_server,
                )

            ours._ar_send_each(_send, smtp_session, mail_server)
            if post_send_callback:
                post_send_callback(ours.ids)
        return result

    def _ar_is_letter(self):
        """Return whether this is a message of ours to a customer, as a statement is.

        Notifications of chatter messages are not.
        """
        return self.model == "ar.debtor" and not self.is_notification

    def _ar_send_each(self, send, session, mail_server):
        """Send mails, each in its own transactions.

        :param send: core's way to send a mail through a session
        :param session: the session with the mail server that core opened
        """
        smtp_from = getattr(session, "smtp_from", None)
        own, unsure, lost = None, 0, None
        for mail_id in self.ids:
            mail = self.browse(mail_id)  # singly: a commit empties the cache
            if lost is None and is_dead(session) and not self._ar_pretends():
                try:
                    session = own = self.env["ir.mail_server"]._connect__(
                        mail_server_id=(mail_server or mail.mail_server_id).id,
                        smtp_from=smtp_from or mail.email_from,
                    )
                except Exception as error:
                    lost = str(error)
            if lost is not None:
                mail._ar_unreached(lost)
                continue
            unsure = unsure + 1 if mail._ar_pass(send, session) == UNSURE else 0
            if unsure >= MOST_UNSURE:
                _logger.warning("The mail server breaks off: the others wait.")
                break
        if own is not None and not is_dead(own):
            own.close()

    def _ar_pretends(self):
        """Return whether sending is only simulated, as in tests."""
        return self.env["ir.mail_server"]._disable_send()

    def _ar_pass(self, send, session):
        """Send one mail through the gate.

        :return: the result, or None if the gate was closed
        """
        self.ensure_one()
        if not self._ar_enter_gate():
            return None
        watch, error = SmtpWatch(session), None
        try:
            send(self, session)
        except Exception as raised:
            error = raised
        finally:
            watch.release()
        is_sent, reason = False, str(error or "")
        if not isinstance(error, psycopg2.Error):
            is_sent = self.state == "sent" or (not error and self._ar_pretends())
            reason = reason or self.failure_reason or ""
        else:
            rollback(self.env)
        outcome = watch.outcome(is_sent)
        self._ar_leave_gate(outcome, reason)
        return outcome

    # === BEFORE === #

    def _ar_enter_gate(self):
        """Record and commit that the mail is about to be handed over.

        :return: whether it may be
        """
        self.ensure_one()
        enter = (
            self._ar_enter_as_notice if self.ar_notice_id else self._ar_enter_as_letter
        )
        try:
            return in_turn(self.env, enter)
        except CONFLICTS:
            return False  # another process is sending it

    def _ar_enter_as_notice(self):
        """Take the notice from 'ready' to 'sending'.

        Only if this is its current and recent mail, the company may send, there is no
        contact stop, and none of its items changed.
        """
        notice = self.ar_notice_id
        company = notice.company_id
        self.env.flush_all()
        if company._ar_may_send_now():
            rows = self.env.execute_query(
                SQL(
                    ENTER,
                    mail=self.id,
                    notice=notice.id,
                    now=fields.Datetime.now(),
                    oldest=fields.Datetime.now() - timedelta(minutes=FRESH_MINUTES),
                    today=company._ar_today(),
                    legal=list(LEGAL),
                    passing=list(PASSING),
                )
            )
            notice.invalidate_recordset(flush=False)
            if rows:
                return True
        self._ar_turn_away()
        return False

    def _ar_turn_away(self):
        """Create the mail again if it may be sent later; cancel it if superseded."""
        if not self.exists() or self.state != "outgoing":
            return
        notice = self.ar_notice_id
        mine = notice.mail_message_id == self.mail_message_id
        if notice.state == "ready" and mine:
            notice._make_ready_again()
        elif not (notice.state == "sending" and mine):
            self.state = "cancel"

    def _ar_enter_as_letter(self):
        """Record, once, that a mail is about to be handed over."""
        self.env.flush_all()
        reason = self._ar_why_held()
        if reason:
            self.write({"state": "cancel", "failure_reason": reason})
            return False
        rows = self.env.execute_query(
            SQL(
                "UPDATE mail_mail SET ar_tried = TRUE WHERE id = %s "
                "AND state = 'outgoing' AND ar_tried IS NOT TRUE RETURNING id",
                self.id,
            )
        )
        self.invalidate_recordset(["ar_tried"], flush=False)
        return bool(rows)

    def _ar_why_held(self):
        """Return why no message may be sent to the customer now, or None."""
        debtor = self.env["ar.debtor"].sudo().browse(self.res_id).exists()
        if not debtor:
            return None
        blocked = debtor.answer_ids.search_count(
            [
                ("debtor_id", "=", debtor.id),
                ("blocks_address", "=", True),
                ("address", "=", email_normalize(self.email_to)),
            ],
            limit=1,
        )
        return debtor._why_held() or (
            blocked
            and self.env._("No longer contacted: %(address)s", address=self.email_to)
        )

    def _ar_hold_stopped(self):
        """Remove customers under a contact stop from notifications of chatter messages.

        Colleagues, and others who do not belong to the customer, still get them.

        :return: mails without a remaining recipient
        """
        held = self.browse()
        mails = self.filtered(
            lambda m: m.model == "ar.debtor" and m.state == "outgoing"
        )
        for mail in mails:
            debtor_sudo = self.env["ar.debtor"].sudo().browse(mail.res_id).exists()
            stopped = mail.recipient_ids.filtered(
                lambda person, debtor=debtor_sudo: (
                    person.commercial_partner_id == debtor.partner_id
                )
            )
            if not stopped or not debtor_sudo.is_stopped:
                continue
            self.env["mail.notification"].sudo().search(
                [
                    ("mail_mail_id", "=", mail.id),
                    ("res_partner_id", "in", stopped.ids),
                ]
            ).notification_status = "canceled"
            mail.recipient_ids -= stopped
            if not mail.recipient_ids and not mail.email_to:
                mail.write({"state": "cancel", "failure_reason": mail._ar_why_held()})
                held |= mail
        return held

    # === AFTERWARDS === #

    def _ar_leave_gate(self, outcome, reason):
        """Record the result of the mail, also on its notice, and commit.

        :param outcome: SENT, UNSURE, LATER or REFUSED
        :param str reason: why it was not sent
        """
        unsure = self.env._("It may have been sent: check before sending it again.")
        if outcome == UNSURE:
            reason = f"{unsure} ({reason})" if reason else unsure
        reason = reason or self.env._("The mail server did not take it.")

        def record():
            if outcome == SENT:
                vals = {"state": "sent", "failure_type": False, "failure_reason": False}
            else:
                vals = {"state": "exception", "failure_reason": reason}
                if outcome != UNSURE:
                    vals["ar_tried"] = False
            if any(self[name] != value for name, value in vals.items()):
                self.write(vals)
            notice = self.ar_notice_id
            if not notice:
                self._ar_note_copies(outcome == SENT, reason)
                return
            gone = notice.mail_message_id != self.mail_message_id
            if gone or not (notice.state == "sending" or notice.maybe_sent):
                _logger.warning("%s was handled by a person meanwhile.", notice)
            elif outcome == SENT:
                notice._left_by_mail()
            else:
                notice._fail(
                    reason, again=outcome == LATER, maybe_sent=outcome == UNSURE
                )

        try:
            in_turn_now(self.env, record, RECORD_ATTEMPTS)
        except (psycopg2.InterfaceError, psycopg2.OperationalError):
            raise  # the connection is gone
        except Exception:  # a problem of this mail must not delay the others
            _logger.exception("What became of %s is not written: %s", self, outcome)
            rollback(self.env)

    def _ar_note_copies(self, is_sent, reason):
        """Record the result of this mail on the invoices whose copies it contains.

        Core does so for notifications only, and this is a message to a customer.
        """
        vals = {"notification_status": "sent"}
        if not is_sent:
            vals = {
                "notification_status": "exception",
                "failure_type": "unknown",
                "failure_reason": reason,
            }
        self.env["mail.notification"].sudo().search(
            [
                ("mail_mail_id", "=", self.id),
                ("mail_message_id.model", "=", "account.move"),
                ("notification_status", "not in", ("sent", "canceled")),
            ]
        ).write(vals)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Mark notices as failed whose mail server could not be reached at all."""
        if failure_type == "mail_smtp":
            for mail in self.filtered("ar_notice_id"):
                mail._ar_unreached(mail.failure_reason or failure_reason or "")
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )

    def _ar_unreached(self, reason):
        """Record that no mail server could be reached: it was certainly not sent."""
        reason = reason or self.env._("The mail server could not be reached.")
        notice = self.ar_notice_id
        if not notice:
            self.write({"state": "exception", "failure_reason": reason})
            self._ar_note_copies(False, reason)
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                rows = self.env.execute_query(
                    SQL(
                        """UPDATE ar_notice SET state = 'failed'
                            WHERE id = %s AND state = 'ready' AND mail_message_id = %s
                        RETURNING id""",
                        notice.id,
                        self.mail_message_id.id,
                    )
                )
                notice.invalidate_recordset(flush=False)
                if rows:
                    notice.attempts += 1
                    notice._fail(reason, again=True)
                    self.write({"state": "exception", "failure_reason": reason})
        except CONFLICTS:
            _logger.debug("%s is in the hands of another process.", notice)

    def mark_outgoing(self):
        """Send a mail again that may have been sent, as a person decided."""
        self.ar_tried = False
        return super().mark_outgoing()
