"""The only list of scheduled tasks: at night, and every 15 minutes."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.transactions import (
    CONFLICTS,
    RACES,
    commit,
    in_turn,
    is_free,
    quietly,
    rollback,
)

_logger = logging.getLogger(__name__)

#: Days for which the log is kept.
LOG_DAYS = 90
#: Tasks that return counts: without any, there was nothing to do.
COUNTING = ("ar.notice._plan_night", "ar.notice._deliver_in_time")


class Task(NamedTuple):
    """One task: a method of a subject, bound to its model or company."""

    #: 'watch' (at night), 'plan' (after it), 'deliver' or 'refresh' (every 15 minutes)
    when: str
    work: Callable
    #: In one transaction, repeated after a conflict; else it opens its own
    whole: bool = True
    #: The company for which it runs; None: all
    company: models.Model | None = None

    @property
    def name(self):
        return f"{self.work.__self__._name}.{self.work.__name__}"


class ArNightly(models.AbstractModel):
    """Runs the tasks in their order; one that fails does not stop the others."""

    _name = "ar.nightly"
    _description = "Nightly Tasks"

    @api.model
    def _tasks(self):
        """Hook: return all tasks in the order in which they run.

        :rtype: list[Task]
        """
        env = self.sudo().env
        notices, debtors = env["ar.notice"], env["ar.debtor"]
        plans, returned = env["ar.payment.plan"], env["ar.returned.payment"]
        companies = env["res.company"].search([("parent_id", "=", False)])
        charged = env["ar.late.charge"]._charged_companies()
        return [
            # Charges first, because later demands include them
            *(
                Task("watch", company._ar_charge_company, False, company)
                for company in companies
                if company.ar_charge_mode == "posted" or company in charged
            ),
            Task("watch", notices._fail_stuck),
            Task("watch", notices._lapse_calls),
            Task("watch", notices._hand_out_calls),
            Task("watch", notices._alarm_letters),
            Task("watch", notices._remind_approvals),
            Task("watch", notices._expire_links),
            Task("watch", plans._watch),
            Task("watch", returned._watch),
            Task("watch", env["ar.referral"]._watch),
            Task("watch", env["ar.copies"]._forget_expired),
            Task("watch", debtors._end_waits),
            Task("watch", debtors._end_gone_tasks),
            Task("watch", env["ar.answer"]._close_settled),
            Task("watch", env["res.users"]._ar_hand_over),
            Task("watch", env["ar.exclusion"]._end_over),
            Task("watch", env["ar.dispute"]._watch),
            Task("watch", debtors._judge_all),
            Task("watch", debtors._hold_all),
            Task("watch", env["ar.letter"]._take_back_gone),
            *(
                Task("watch", company._ar_keep_figures, False, company)
                for company in companies
            ),
            Task("watch", env["account.move"]._ar_check_ready),
            Task("watch", env["ar.credit.policy.acceptance"]._end_over),
            Task("watch", env["res.company"]._ar_offer_live),
            Task("watch", env["ar.nightly.log"]._forget_old),
            Task("plan", notices._plan_night, False),
            # In the order of their importance, except that final demands go first: the
            # others wait for them
            Task("deliver", returned._send_due, False),
            Task("deliver", plans._send_due, False),
            Task("deliver", debtors._thank_all, False),
            Task("deliver", notices._deliver_in_time, False),
            Task("deliver", debtors._hold_tell_customers, False),
            Task("deliver", env["res.company"]._ar_tell_overpaid, False),
            Task("deliver", env["res.users"]._ar_mail_weekly, False),
            Task("refresh", debtors._write_after_contacts, False),
            Task("refresh", debtors.refresh, False),
            Task("refresh", debtors._hold_refresh, False),
        ]

    @api.model
    def _run(self, when):
        """Run the tasks of a moment, each in a transaction of its own.

        :param str when: see :class:`Task`
        """
        for task in self._tasks():
            if task.when == when:
                self._run_task(task)
        if when == "watch":
            self.env.ref("ar_followup_plus.ir_cron_plan").sudo()._trigger()

    @api.model
    def _run_task(self, task):
        """Run one task and log it. Only a lost connection stops the others."""
        started, begin = fields.Datetime.now(), time.monotonic()
        work = partial(in_turn, self.env, task.work) if task.whole else task.work
        try:
            if is_free(self.env):
                result = work()
                commit(self.env)
            else:
                with self.env.cr.savepoint():
                    result = work()
            failed = None
        except Exception as error:
            if self.env.cr.closed:
                raise
            rollback(self.env)
            self.env.invalidate_all(flush=False)
            _logger.exception("%s failed; the other tasks go on", task.name)
            result, failed = None, error
        seconds = time.monotonic() - begin
        try:
            in_turn(
                self.env, lambda: self._note(task, started, seconds, result, failed)
            )
        except CONFLICTS:
            _logger.warning("%s could not be logged", task.name)

    @api.model
    def _note(self, task, started, seconds, result, failed):
        """Log a task, and schedule an activity if it failed for good.

        Not for a concurrent change: the next run tries again.
        """
        why = failed and " ".join((str(failed) or repr(failed)).split())[:1000]
        self.env["ar.nightly.log"].sudo()._write_down(
            task, started, seconds, result, why
        )
        if failed and not isinstance(failed, RACES):
            self._tell_manager(task, why)

    @api.model
    def _tell_manager(self, task, why):
        """Schedule an activity for a credit manager, unless one is open for the task."""
        roots = (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ).sorted("id")
        company = task.company or (roots.filtered("ar_manager_id") or roots)[0]
        user = company.ar_manager_id or self.env.ref("base.user_admin")
        partner = company.partner_id.sudo().with_context(
            mail_activity_quick_update=True
        )
        summary = self.env._("A nightly task failed: %(task)s", task=task.name)
        kind = "ar_followup_plus.activity_task_failed"
        if not partner.activity_search(
            [kind], additional_domain=[("summary", "=", summary)]
        ):
            partner.activity_schedule(
                kind,
                summary=summary,
                note=why,
                user_id=user.id,
                date_deadline=company._ar_today(),
            )


def task_words(env):
    """Return what each task does, in words: ``{name of the task: words}``."""
    return {
        "res.company._ar_charge_company": env._("Charge late charges"),
        "ar.notice._fail_stuck": env._(
            "Mark e-mails that may have been sent as failed"
        ),
        "ar.notice._lapse_calls": env._("Cancel calls that nobody made"),
        "ar.notice._hand_out_calls": env._("Hand out the calls of the day"),
        "ar.notice._alarm_letters": env._("Remind of letters that were not posted"),
        "ar.notice._remind_approvals": env._("Remind of notices that need approval"),
        "ar.notice._expire_links": env._("Let old links of customers expire"),
        "ar.payment.plan._watch": env._("Check promises and payment plans"),
        "ar.returned.payment._watch": env._("Check returned payments"),
        "ar.referral._watch": env._("Check payments of referred items"),
        "ar.copies._forget_expired": env._(
            "Delete copies of invoices after their time"
        ),
        "ar.debtor._end_waits": env._("End pauses and snoozes that are over"),
        "ar.debtor._end_gone_tasks": env._("End tasks whose cause is gone"),
        "ar.answer._close_settled": env._("Close answers on settled invoices"),
        "res.users._ar_hand_over": env._("Hand over customers of absent colleagues"),
        "ar.exclusion._end_over": env._("End exclusions that are over"),
        "ar.dispute._watch": env._("Check the deadlines of disputes"),
        "ar.debtor._judge_all": env._("Work out how customers pay"),
        "ar.debtor._hold_all": env._("Update credit holds"),
        "ar.letter._take_back_gone": env._("Delete prepared letters without cause"),
        "res.company._ar_keep_figures": env._("Work out the cash forecast"),
        "account.move._ar_check_ready": env._("Check invoices before they are due"),
        "ar.credit.policy.acceptance._end_over": env._("End requests to accept terms"),
        "res.company._ar_offer_live": env._("Offer to go live"),
        "ar.nightly.log._forget_old": env._("Delete old rows of this list"),
        "ar.notice._plan_night": env._("Decide who is contacted"),
        "ar.notice._deliver_in_time": env._("Send notices"),
        "ar.payment.plan._send_due": env._(
            "Send messages on promises and payment plans"
        ),
        "ar.returned.payment._send_due": env._("Send messages on returned payments"),
        "ar.debtor._hold_tell_customers": env._("Warn customers of a credit hold"),
        "ar.debtor._thank_all": env._("Thank customers who paid"),
        "res.company._ar_tell_overpaid": env._("Tell customers who paid too much"),
        "res.users._ar_mail_weekly": env._("Send the overview by e-mail"),
        "ar.debtor._write_after_contacts": env._("Update what comes next"),
        "ar.debtor.refresh": env._("Update the figures of customers"),
        "ar.debtor._hold_refresh": env._("Release credit holds that were paid"),
    }


def count_words(env, key, count):
    """Return a count of a task in words, as "12 notices".

    :param str key: its key in the result of the task
    """
    words = {
        "debtors": env._("%(count)s customers decided", count=count),
        "notices": env._("%(count)s notices", count=count),
        "updated": env._("%(count)s notices updated", count=count),
        "cancelled": env._("%(count)s notices cancelled", count=count),
        "failed": env._("%(count)s failed", count=count),
        "sent": env._("%(count)s sent", count=count),
        "calls": env._("%(count)s calls handed out", count=count),
        "expected": env._("%(count)s payments expected", count=count),
    }
    return words.get(key, f"{key}: {count}")


class ArNightlyLog(models.Model):
    """One run of a task. Runs of frequent tasks that did nothing share one row."""

    _name = "ar.nightly.log"
    _description = "Log of Nightly Tasks"
    _order = "started desc, id desc"

    task = fields.Char(string="Technical name", required=True, readonly=True)
    name = fields.Char(string="Task", compute="_compute_words", search="_search_name")
    result_words = fields.Char(string="Result", compute="_compute_words")
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Empty: all companies.",
    )
    started = fields.Datetime(required=True, readonly=True)
    seconds = fields.Float(
        readonly=True, digits=(10, 1), aggregator="max", help="How long it took."
    )
    result = fields.Char(
        string="Counts", readonly=True, help="What it counted. Empty: nothing."
    )
    failed = fields.Text(string="Failed because", readonly=True)

    _task_idx = models.Index("(task, id)")
    _started_idx = models.Index("(started)")

    # In the reader's language: a run is logged in that of the scheduled action
    @api.depends("task", "result", "failed")
    @api.depends_context("lang")
    def _compute_words(self):
        names = task_words(self.env)
        for row in self:
            row.name = names.get(row.task, row.task)
            if row.failed:
                row.result_words = self.env._("Failed")
            elif row.result:
                row.result_words = ", ".join(
                    count_words(self.env, *count.split(": ", 1))
                    for count in row.result.split(", ")
                )
            elif row.task in COUNTING:
                row.result_words = self.env._("Nothing to do")
            else:
                row.result_words = self.env._("Done")

    def _search_name(self, operator, value):
        if operator not in ("ilike", "like", "=", "in"):
            return NotImplemented
        wanted = [value] if isinstance(value, str) else value
        exact = operator in ("=", "in")
        found = [
            task
            for task, words in task_words(self.env).items()
            if any(
                words == one if exact else one.lower() in words.lower()
                for one in wanted
            )
        ]
        return Domain("task", "in", found) | Domain("task", operator, value)

    @api.model
    def _write_down(self, task, started, seconds, result, failed):
        """Log a run; reuse the last row of a frequent task if nothing happened.

        :param result: result of the task: counts are logged
        :param str failed: the error, or None
        """
        values = {
            "task": task.name,
            "company_id": task.company.id if task.company else False,
            "started": started,
            "seconds": seconds,
            "result": self._in_words(result),
            "failed": failed,
        }
        last = self.browse()
        if task.when in ("deliver", "refresh") and not failed and not values["result"]:
            last = self.search(
                [("task", "=", task.name), ("company_id", "=", values["company_id"])],
                order="id desc",
                limit=1,
            ).filtered(lambda row: not row.failed and not row.result)
        if last:
            # Another server may be noting the same: the caller tries again
            quietly(
                self.env,
                SQL(
                    "SELECT id FROM ar_nightly_log WHERE id = %s FOR NO KEY UPDATE",
                    last.id,
                ),
            )
            last.write(values)
        else:
            self.create(values)

    @api.model
    def _in_words(self, result):
        """Return the counts of a task, without zeros."""
        if not isinstance(result, dict):
            return False
        counts = [
            f"{key}: {value}"
            for key, value in result.items()
            if isinstance(value, int) and value
        ]
        return ", ".join(counts) or False

    @api.model
    def _forget_old(self):
        """Delete rows that are older than 90 days."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM ar_nightly_log WHERE started < %s",
                fields.Datetime.subtract(fields.Datetime.now(), days=LOG_DAYS),
            )
        )
        self.invalidate_model()


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.model
    def _cron_refresh(self):
        """Scheduled action: every 15 minutes, and after each delivery."""
        self.env["ar.nightly"]._run("refresh")


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _cron_watch(self):
        self.env["ar.nightly"]._run("watch")

    @api.model
    def _cron_plan(self):
        self.env["ar.nightly"]._run("plan")

    @api.model
    def _cron_deliver(self):
        self.env["ar.nightly"]._run("deliver")
