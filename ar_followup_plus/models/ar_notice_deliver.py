"""deliver(): takes what is ready out of the outbox, one channel at a time.

A notice is checked once more against the ledger, its e-mail is made and committed,
and only then handed to the mail server (see mail_mail.py for the gate).
"""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.tools import SQL

from ..engine.cover import HELD, company_amount
from ..engine.decide import decide, still_asked
from ..engine.values import Contact
from .ar_notice_plan import line_rows
from .ar_reader import Reader

_logger = logging.getLogger(__name__)

#: Notices in one transaction.
BATCH = 100
#: Key of the advisory lock under which the documents of a notice are made.
PDF_LOCK = 0x0A2E
#: A notice in 'sending' for longer may or may not have been sent.
STUCK_MINUTES = 15
#: What failed for sure without being sent is tried again by itself so often ...
RETRIES = 20
#: ... and not sooner than so many minutes after it failed.
RETRY_MINUTES = 30


class ArNotice(models.Model):
    _inherit = "ar.notice"

    attachments_ready = fields.Boolean(readonly=True)
    can_retry = fields.Boolean(
        string="Certainly not sent",
        readonly=True,
        help="It failed before anything left, so it is tried again by itself.",
    )
    mail_ids = fields.One2many("mail.mail", "ar_notice_id", readonly=True)

    @api.model
    def deliver(self, limit=None):
        """Deliver what is ready, in the companies that may send at this moment.

        :param int limit: at most so many notices
        :return: counts: sent, failed, cancelled (settled meanwhile) and calls
        :rtype: dict
        """
        self._check_collector()
        model = self.sudo()
        model._fail_stuck()
        model._retry_certain()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        if not self.env.su:
            companies &= self.env.companies.root_id.sudo()
        counts = {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
        left = limit
        for company in companies:
            if not company._ar_may_send_now() or Reader(self.env, company).books_behind():
                continue
            model._send_leftovers(company, counts)
            model._make_attachments(company, left)
            while left is None or left > 0:
                size = BATCH if left is None else min(BATCH, left)
                ids = model._deliver_some(company, size, counts)
                if not ids:
                    break
                if left is not None:
                    left -= len(ids)
        self.invalidate_model()
        return counts

    def _deliver_some(self, company, size, counts):
        """Deliver one batch; return the ids that were taken out of the outbox."""
        ids = self._claim(company, size)
        if not ids:
            self._commit()
            return ids
        batch = self.browse(ids).with_company(company)
        try:
            with self.env.cr.savepoint():
                mails = batch._prepare_delivery(company, counts)
        except Exception as error:  # one rotten notice must not stop the others
            _logger.info("A batch of notices is made one by one: %s", error)
            mails = batch._prepare_one_by_one(company, counts)
        self.env.flush_all()
        self._commit()
        self._send_mails(mails, counts)
        return ids

    def _claim(self, company, size):
        """Claim ready notices, those of the highest amount first.

        The claim is written, so that a concurrent one is seen as a conflict.
        """
        self.flush_model()
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """WITH mine AS (
                           SELECT n.id FROM ar_notice n
                             JOIN ar_ladder_step s ON s.id = n.step_id
                            WHERE n.state = 'ready' AND n.company_id = %(company)s
                              AND n.mail_message_id IS NULL
                              AND n.date <= %(today)s
                              AND (n.channel <> 'letter')
                              AND NOT (n.channel = 'call' AND COALESCE(n.attempts, 0) > 0)
                              AND (n.channel <> 'email' OR n.attachments_ready
                                   OR NOT COALESCE(s.attach_statement
                                                   OR s.attach_invoices, FALSE))
                            ORDER BY n.amount DESC, n.id
                            LIMIT %(size)s FOR NO KEY UPDATE OF n SKIP LOCKED)
                       UPDATE ar_notice n SET state_at = %(now)s
                         FROM mine WHERE n.id = mine.id RETURNING n.id""",
                    company=company.id,
                    size=size,
                    today=company._ar_today(),
                    now=self.env.cr.now(),
                )
            )
        ]

    def _prepare_delivery(self, company, counts):
        """Check the notices again and make what is to be sent; return the mails."""
        kept = self._check_again(company, counts)
        mails = self.env["mail.mail"]
        for channel, notices in kept.grouped("channel").items():
            made = getattr(notices, f"_deliver_{channel}")(company, counts)
            mails |= made or mails
        self.env.flush_all()
        return mails

    def _prepare_one_by_one(self, company, counts):
        mails = self.env["mail.mail"]
        for notice in self:
            try:
                with self.env.cr.savepoint():
                    mails |= notice._prepare_delivery(company, counts)
            except Exception as error:
                notice._fail(str(error).strip().splitlines()[0][:500] if str(error) else repr(error))
                counts["failed"] += 1
        return mails

    # === CHECKED AGAIN === #

    def _check_again(self, company, counts):
        """Read the ledger again: drop what is not owed any more, bring figures up to
        date, and cancel what has nothing left.

        :return: the notices that may leave
        """
        reader = Reader(self.env, company)
        rules = company._ar_rules()
        data = {
            debtor.id: (debtor, items, ladder)
            for debtor, items, ladder in reader.read(self.debtor_id.ids)
        }
        digits = {c.id: c.decimal_places for c in self.line_ids.currency_id}
        digits.update(
            (c.id, c.decimal_places)
            for c in self.env["res.currency"].browse(
                {item.currency for _d, items, _l in data.values() for item in items}
            )
        )
        kept, settled, fresh = self.browse(), self.browse(), []
        today = reader.date
        for notice in self:
            debtor, items, ladder = data[notice.debtor_id.id]
            held = _held_until(debtor, today)
            if debtor.stopped:
                notice._cancel("settled", self.env._("All contact stopped"))
                counts["cancelled"] += 1
                continue
            if held:
                notice._cancel("later", self.env._("Snoozed or answered"), held)
                counts["cancelled"] += 1
                continue
            decision = decide(debtor, items, ladder, rules, today)
            contact = notice._contact_now(decision, items, reader, today)
            step = notice.step_id
            minimum = round(step.min_amount * 10**company.currency_id.decimal_places)
            worth = sum(company_amount(i, a) for i, a, _s in contact.about)
            if not contact.about or worth < minimum:
                settled |= notice
                continue
            rows = line_rows(notice.id, contact, notice.channel, today, digits)
            if notice._said() != {_said(row) for row in rows}:
                fresh.append((notice, rows, worth))
            notice.date_given = contact.date_given
            kept |= notice
        if settled:
            settled._cancel("settled", self.env._("Settled meanwhile"))
            counts["cancelled"] += len(settled)
        for notice, rows, worth in fresh:
            notice._rewrite(rows, worth / 10**company.currency_id.decimal_places)
        return kept

    def _contact_now(self, decision, items, reader, today):
        """Return the notice as the engine's contact, with today's figures."""
        asked = still_asked(decision)
        open_items = {item.id: item for item in items}
        lists = {"about": [], "also": [], "coming": []}
        steps = {}
        for line in self.line_ids:
            item = open_items.get(line.move_line_id.id)
            if item and item.id in asked and line.role in lists:
                step = None
                if line.step_id:
                    step = steps.setdefault(line.step_id.id, line.step_id._engine(1))
                lists[line.role].append((item, asked[item.id], step))
        apart = [
            (item, min(getattr(item, name), item.residual), reason)
            for item in items
            for name, reason in HELD
            if item.residual > 0 and getattr(item, name) and not item.excluded
        ]
        credits = [i for i in items if i.residual < 0 and not i.keep_apart]
        given = None
        if self.step_id.date_given_days:
            given = reader.calendar.date_to_give(
                fields.Date.add(today, days=self.step_id.date_given_days)
            )
        return Contact(
            self.step_id, *lists.values(), apart, credits, given, self.is_first
        )

    def _said(self):
        """Return what the lines say, in a form to compare with fresh rows."""
        return {
            (
                line.move_line_id.id,
                line.role,
                line.currency_id.id,
                round(line.amount, 4),
                round(line.amount_residual_currency, 4),
                line.days_overdue,
            )
            for line in self.line_ids
        }

    def _rewrite(self, rows, amount):
        """Replace the lines of a notice that has not left with today's."""
        self.ensure_one()
        names = {line.move_id.id: line.move_name for line in self.line_ids}
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM ar_notice_line WHERE notice_id = %s", self.id)
        )
        self.invalidate_recordset(["line_ids"])
        self.env["ar.notice.line"].invalidate_model()
        self.env["ar.notice.line"].create(
            [
                {
                    "notice_id": row[0],
                    "move_line_id": row[1],
                    "move_id": row[2],
                    "step_id": row[3],
                    "channel": row[4],
                    "role": row[5],
                    "active": row[6],
                    "taken": row[7],
                    "move_name": names.get(row[2])
                    or self.env["account.move"].browse(row[2]).name,
                    "date_due": row[9],
                    "currency_id": row[10],
                    "amount_residual_currency": float(row[11]),
                    "amount": float(row[12]),
                    "days_overdue": row[13],
                    "delay_days": row[14],
                }
                for row in rows
            ]
        )
        self.amount = amount

    # === STATES === #

    def _fail(self, reason, certain=True):
        """Mark notices as failed.

        :param str reason: in words
        :param bool certain: nothing left, so it may be tried again by itself
        """
        self._set_state("failed", failure_reason=reason, can_retry=False)
        for notice in self:
            notice.debtor_id._ar_activity(
                "activity_check_notice",
                self.env._("%(notice)s failed: %(why)s", notice=notice.display_name, why=reason),
            )
        if certain:
            self.can_retry = True

    @api.model
    def _fail_stuck(self):
        """Show to a person what may have been sent when a process was killed."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=STUCK_MINUTES)
        stuck = self.search([("state", "=", "sending"), ("state_at", "<", since)])
        if stuck:
            stuck._fail(
                self.env._("It may have been sent: check before sending again."),
                certain=False,
            )
            stuck.mail_ids.filtered(lambda m: m.state == "outgoing").write(
                {"state": "cancel"}
            )
            self._commit()

    @api.model
    def _retry_certain(self):
        """Try again what did not leave, as when the mail server was down."""
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=RETRY_MINUTES)
        again = self.search(
            [
                ("state", "=", "failed"),
                ("can_retry", "=", True),
                ("attempts", "<", RETRIES),
                ("state_at", "<", since),
            ]
        )
        if again:
            again._make_ready_again()
            self._commit()

    def _make_ready_again(self):
        """Return failed notices to the outbox; their text is made anew when sent."""
        for notice in self:
            unsent = notice.mail_ids.filtered(lambda m: m.state != "sent")
            if notice.can_retry:
                unsent.mail_message_id.unlink()
            else:
                unsent.write({"state": "cancel"})
        self._set_state(
            "ready", failure_reason=False, can_retry=False, mail_message_id=False
        )

    def retry(self):
        """Let failed notices try again; the text is made anew with today's figures."""
        result = super().retry()
        self.sudo()._make_ready_again()
        return result

    def _sent(self):
        """Record that notices left, and when each debtor was last contacted."""
        for company, notices in self.grouped("company_id").items():
            today = company._ar_today()
            notices._set_state("sent", sent_on=today, failure_reason=False, can_retry=False)
            debtors = notices.debtor_id
            vals = {"contacted": True, "last_contact_date": today, "next_reason": False}
            debtors.write(vals)
            early = notices.filtered(lambda n: n.stage == "preventive").debtor_id
            if early:
                early.write({"last_preventive_date": today})

    @api.model
    def _make_attachments(self, company, limit=None):
        """Make the PDFs of ready notices, each in a transaction of its own.

        One process makes those of a notice: a lock on the session says so, which
        ends with the process.
        """
        ready = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "ready"),
                ("channel", "=", "email"),
                ("attachments_ready", "=", False),
                "|",
                ("step_id.attach_invoices", "=", True),
                ("step_id.attach_statement", "=", True),
            ],
            limit=limit,
        )
        for notice in ready:
            [(mine,)] = self.env.execute_query(
                SQL("SELECT pg_try_advisory_lock(%s, %s)", PDF_LOCK, notice.id)
            )
            if not mine:
                continue
            try:
                notice._attach_documents()
                self._commit()
            except Exception as error:
                self._rollback()
                notice._fail(
                    self.env._("The documents could not be made: %(why)s", why=error)
                )
                self._commit()
            finally:
                self.env.cr.execute(
                    SQL("SELECT pg_advisory_unlock(%s, %s)", PDF_LOCK, notice.id)
                )

    @api.model
    def _cron_plan(self):
        """Scheduled action: decide, then let what is ready leave."""
        self.sudo().plan()
        self.env.ref("ar_followup_plus.ir_cron_deliver")._trigger()

    @api.model
    def _cron_deliver(self):
        """Scheduled action: every 15 minutes within sending hours."""
        counts = self.sudo().deliver()
        if any(counts.values()):
            self.env.ref("ar_followup_plus.ir_cron_refresh")._trigger()

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

    @api.model
    def _cron_watch(self):
        """Scheduled action: what waits, runs out, or got stuck."""
        model = self.sudo()
        model._fail_stuck()
        model._lapse_calls()
        model._remind_approvals()
        self.env["ar.debtor"].sudo()._end_waits()
        if not module.current_test:
            self.env.cr.commit()
        self.env.ref("ar_followup_plus.ir_cron_plan")._trigger()


def _held_until(debtor, today):
    """Return until when a person or a reply holds the debtor, or None."""
    days = [d for d in (debtor.snooze_until, debtor.reply_until) if d and d > today]
    return max(days, default=None)


def _said(row):
    """Return a row of line_rows in the form of ArNotice._said."""
    return (
        row[1], row[5], row[10], round(float(row[12]), 4), round(float(row[11]), 4),
        row[13],
    )  # fmt: skip
