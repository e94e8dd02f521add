"""deliver(): delivers the ready notices of the outbox, one channel at a time.

Check a notice once more against the ledger, create its e-mail and commit, and only then
hand it to the mail server (see mail_mail.py for the gate).
"""

import logging
import random
import time

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.decision.ladder import is_quiet
from ...engine.values import STAGES
from ...tools.transactions import (
    CONFLICTS,
    RACES,
    commit,
    in_turn,
    let_others_go_on,
    only_one,
    quietly,
    without_jit,
)
from ..ladder.channel import CHANNELS
from ..ledger.ledger_reader import Reader

_logger = logging.getLogger(__name__)

#: Notices in one transaction.
BATCH = 125
#: Key of the advisory lock that is held while a delivery is running.
SENDER_LOCK = 0x0A2D


class ArNotice(models.Model):
    _inherit = "ar.notice"

    can_retry = fields.Boolean(
        string="Retried automatically",
        readonly=True,
        help="It failed before anything was sent, for a reason that may be temporary.",
    )
    maybe_sent = fields.Boolean(
        string="May have been sent",
        readonly=True,
        help="Only a person decides whether it is sent again.",
    )
    sender = fields.Integer(
        readonly=True, aggregator=None, help="Key of the delivery that made its mail."
    )
    mail_ids = fields.One2many("mail.mail", "ar_notice_id", readonly=True)

    @api.private
    @api.model
    def deliver(self, limit=None):
        """Deliver the ready notices of the companies that may send now.

        Several processes may run this at once. Commits.

        :param int limit: deliver up to this number of notices
        :return: counts: sent, failed, cancelled (settled in the meantime) and calls
        :rtype: dict
        """
        self._check_collector()
        for model in ("ar.payment.plan", "ar.returned.payment"):
            let_others_go_on(self.env, self.env[model].sudo()._send_due)
        counts, _more = self._deliver(limit)
        self.invalidate_model()
        return counts

    @api.model
    def _deliver(self, limit=None, until=None):
        """Deliver until a time limit.

        :param float until: by ``time.monotonic()``; one batch is always delivered
        :return: the counts, and whether the time ran out
        """
        model = self.sudo()
        model._tidy_outbox()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        if not self.env.su:
            companies &= self.env.companies.root_id.sudo()
        counts = {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
        left, in_time = limit, True
        sender = random.getrandbits(31)
        with only_one(self.env, SENDER_LOCK, sender):
            for company in companies.with_env(model.env):
                run = Delivery(model, company, sender, counts)
                left, in_time = run.work(left, until)
                if not in_time or left == 0:
                    break
        self.invalidate_model()
        return counts, not in_time

    @api.model
    def _tidy_outbox(self):
        """Fail stuck notices, and retry those that were certainly not sent."""
        for tidy in (self._fail_stuck, self._retry_certain):
            try:
                in_turn(self.env, tidy)
            except CONFLICTS:
                _logger.debug("Another process does %s.", tidy.__name__)
        let_others_go_on(self.env, self._refresh_proposals)

    @api.model
    def _refresh_proposals(self):
        """Update the proposals of customers to be decided on again.

        An item may have been excluded or promised since: the list must show the text
        that will be sent.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT n.debtor_id FROM ar_notice n
                     JOIN ar_debtor d ON d.id = n.debtor_id
                     JOIN res_company c ON c.id = n.company_id
                    WHERE n.state = 'proposed' AND d.planned_for IS NULL
                      AND c.ar_state IN ('ask', 'live') AND c.ar_paused IS NOT TRUE"""
            )
        )
        if rows:
            self.plan(debtor_ids=[debtor_id for (debtor_id,) in rows])

    # === SCHEDULED === #

    @api.model
    def _plan_night(self):
        """Make today's decisions, then trigger the delivery.

        :return: the counts of :meth:`plan`
        """
        counts = self.plan()
        self.env.ref("ar_followup_plus.ir_cron_deliver").sudo()._trigger()
        return counts

    @api.model
    def _deliver_in_time(self):
        """Deliver within the time of the scheduled action.

        A worker that takes too long is killed, so it returns in time, and Odoo calls
        it again for the rest.

        :return: the counts of :meth:`deliver`
        """
        counts, more = self._deliver(until=self.env.context.get("cron_end_time"))
        if self.env.context.get("ir_cron_progress_id"):
            self.env["ir.cron"]._commit_progress(
                sum(counts.values()), remaining=int(more)
            )
        if any(counts.values()):
            self.env.ref("ar_followup_plus.ir_cron_refresh").sudo()._trigger()
        return counts

    # Scheduled actions of existing databases call these three

    # === ONE BATCH === #

    def _claim(self, company, size, sender):
        """Claim ready notices, those of the highest amount first.

        The claim is a write, so that a concurrent claim causes a conflict.
        """
        self.flush_model()
        today, calendar = company._ar_today(), company._ar_calendar()
        return [
            notice_id
            for (notice_id,) in quietly(
                self.env,
                SQL(
                    """WITH mine AS (
                           SELECT n.id FROM ar_notice n
                             JOIN ar_ladder_step s ON s.id = n.step_id
                            WHERE n.state = 'ready' AND n.company_id = %(company)s
                              AND n.mail_message_id IS NULL
                              AND n.date <= %(today)s
                              AND COALESCE(n.leaves_at, %(now)s) <= %(now)s
                              AND n.stage <> ALL(%(quiet)s)
                              AND CASE n.channel %(claimable)s END
                            ORDER BY n.amount DESC, n.id
                            LIMIT %(size)s FOR NO KEY UPDATE OF n SKIP LOCKED)
                       UPDATE ar_notice n SET state_at = %(now)s, sender = %(sender)s
                         FROM mine WHERE n.id = mine.id RETURNING n.id""",
                    company=company.id,
                    size=size,
                    today=today,
                    # Approved on a day on which no message of its stage may be sent
                    quiet=[
                        stage for stage in STAGES if is_quiet(stage, today, calendar)
                    ],
                    claimable=SQL(" ").join(
                        SQL("WHEN %s THEN %s", channel.code, channel.claimable(company))
                        for channel in self.env["ar.ladder.step"]._channels()
                    ),
                    now=fields.Datetime.now(),
                    sender=sender,
                ),
            )
        ]

    def _prepare_delivery(self, company, counts):
        """Check the notices again, create their messages, and return the mails."""
        reading = self._reading(company)
        kept = self.with_context(ar_reading=reading)._check_again(company, counts)
        mails = self.env["mail.mail"]
        for channel, notices in kept.grouped("channel").items():
            mails |= CHANNELS[channel].deliver(notices, company, counts) or mails
        self.env.flush_all()
        return mails

    def _prepare_one_by_one(self, company, counts):
        """Prepare each notice in its own savepoint: only the faulty one fails."""
        mails = self.env["mail.mail"]
        for notice in self:
            tally = dict.fromkeys(counts, 0)
            try:
                with self.env.cr.savepoint():
                    mails |= notice._prepare_delivery(company, tally)
            except RACES:
                raise
            except Exception as error:
                _logger.info("%s cannot be made: %s", notice, error)
                notice._fail(notice._why_not_made(error))
                tally = {"failed": 1}
            for key, count in tally.items():
                counts[key] += count
        return mails

    def _why_not_made(self, error):
        """Return a text saying why the text of a notice could not be rendered."""
        self.ensure_one()
        lines = (str(error) or repr(error)).strip().splitlines()
        template = self.step_id.mail_template_id
        if not CHANNELS[self.channel].by_mail or not template:
            return lines[0][:500]
        return self.env._(
            "The e-mail template %(template)s does not work for it: correct the "
            "template, then try again. (%(why)s)",
            template=template.name,
            why=" ".join(lines)[:500],
        )


class Delivery:
    """One run of deliver() for one company."""

    def __init__(self, model, company, sender, counts):
        self.model = model
        self.env = model.env
        self.company = company
        self.sender = sender
        self.counts = counts

    def work(self, left, until):
        """Deliver batch by batch.

        :return: how many may still be delivered, and whether there was enough time
        """
        if not self._may_send():
            return left, True
        self._take_back()
        today = self.company._ar_today()
        large = self.model._find_large(self.company, today)
        made, full = True, False
        while left is None or left > 0:
            size = BATCH if left is None else min(BATCH, left)
            if made or not full:  # none last time: check again at the end
                made = self.model._make_attachments(
                    self.company, size, until, today, large
                )
                made += self.model._make_letters_to_mail(self.company, size)
            ids, going = self._batch(size)
            full = len(ids) == size
            if left is not None:
                left -= len(ids)
            if going and not (ids or made):
                made = self.model._make_large(large)  # the others were sent
            if not going or not (ids or made):
                break
            if until is not None and time.monotonic() >= until:
                return left, False
        return left, True

    def _may_send(self):
        company = self.company
        return (
            company._ar_may_send_now() and not Reader(self.env, company).books_behind()
        )

    def _batch(self, size):
        """Deliver one batch.

        :return: the claimed ids, and whether to continue
        """
        try:
            prepared = in_turn(self.env, lambda: self._prepare(size))
        except CONFLICTS:
            _logger.info("Others change the notices of %s just now.", self.company.id)
            return [], False
        if prepared is None:
            return [], False
        ids, mails, tally = prepared
        for key, count in tally.items():
            self.counts[key] += count
        if not mails:
            return ids, True
        return ids, self.model._send_mails(mails, self.counts)

    def _prepare(self, size):
        """Claim a batch and create its mails.

        :return: the ids, the mails and the counts of the others; None if sending is no
            longer allowed
        """
        if not self.company._ar_may_send_now():
            return None
        without_jit(self.env)
        tally = dict.fromkeys(self.counts, 0)
        ids = self.model._claim(self.company, size, self.sender)
        if not ids:
            return ids, self.env["mail.mail"], tally
        batch = self.model.browse(ids).with_company(self.company)
        batch.invalidate_recordset(flush=False)
        batch = batch._keep_turns(self.company, tally)
        alone = dict(tally)
        try:
            with self.env.cr.savepoint():
                mails = batch._prepare_delivery(self.company, tally)
        except RACES:
            raise
        except Exception as error:  # one faulty notice must not block the others
            _logger.info("A batch of notices is made one by one: %s", error)
            tally = alone
            mails = batch._prepare_one_by_one(self.company, tally)
        return ids, mails, tally

    def _take_back(self):
        """Discard mails that were created and not sent because a process ended.

        They are created again: their items may have been paid in the meantime.
        """
        left_over = [
            ("company_id", "=", self.company.id),
            ("state", "=", "ready"),
            ("mail_message_id", "!=", False),
        ]
        for sender, _count in self.model._read_group(
            left_over, ["sender"], ["__count"]
        ):
            with only_one(self.env, SENDER_LOCK, sender or 0) as ended:
                if not ended:
                    continue
                mine = [*left_over, ("sender", "=", sender or False)]
                try:
                    in_turn(
                        self.env,
                        lambda mine=mine: self.model.search(mine)._make_ready_again(),
                    )
                except CONFLICTS:
                    _logger.debug("Somebody else takes them back.")
        commit(self.env)
