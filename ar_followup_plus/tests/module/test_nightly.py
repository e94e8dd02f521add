"""The night's tasks: their order, each on its own, and what the log says."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ...models.nightly import task_words
from ..common import ArCommon

LOGGER = "odoo.addons.ar_followup_plus.models.nightly"


class TestNightly(ArCommon):
    def _names(self, when):
        return [t.name for t in self.env["ar.nightly"]._tasks() if t.when == when]

    def _rows(self, task=None):
        domain = [("task", "=", task)] if task else []
        return self.env["ar.nightly.log"].sudo().search(domain)

    def _alarms(self):
        kind = self.env.ref("ar_followup_plus.activity_task_failed")
        return self.env["mail.activity"].search([("activity_type_id", "=", kind.id)])

    def _night_with_a_broken_task(self, error):
        """Let a night pass in which the task of disputes raises."""

        def broken(model):
            model.env.cr.execute("UPDATE ar_debtor SET no_cheques = TRUE")
            raise error

        disputes = self.env.registry["ar.dispute"]
        with patch.object(disputes, "_watch", broken), mute_logger(LOGGER):
            broken.__name__ = "_watch"
            self.env["ar.notice"]._cron_watch()

    # === ORDER === #

    def test_order(self):
        night = self._names("watch")
        self.assertLess(
            night.index("ar.payment.plan._watch"), night.index("ar.debtor._judge_all")
        )
        self.assertLess(
            night.index("ar.debtor._judge_all"), night.index("ar.debtor._hold_all")
        )
        self.assertEqual(self._names("plan"), ["ar.notice._plan_night"])
        self.assertEqual(
            self._names("deliver"),
            [
                "ar.returned.payment._send_due",
                "ar.payment.plan._send_due",
                "ar.debtor._thank_all",
                "ar.notice._deliver_in_time",
                "ar.debtor._hold_tell_customers",
                "res.company._ar_tell_overpaid",
                "res.users._ar_mail_weekly",
            ],
        )

    def test_charges_come_first_and_by_company(self):
        scheme = self.env["ar.late.charge.scheme"].create(
            {"name": "None", "kind": "none", "company_id": self.company.id}
        )
        self.company.write(
            {"ar_charge_mode": "posted", "ar_charge_scheme_id": scheme.id}
        )
        tasks = self.env["ar.nightly"]._tasks()
        charges = [t for t in tasks if t.work.__name__ == "_ar_charge_company"]
        self.assertIn(self.company, [task.company for task in charges])
        self.assertEqual(tasks[: len(charges)], charges)
        self.env["ar.notice"]._cron_watch()
        row = self._rows("res.company._ar_charge_company")
        self.assertIn(self.company, row.company_id)

    def test_whole_night_logs_each_task_and_none_fails(self):
        crons = self.env["ir.cron.trigger"].sudo()
        crons.search([]).unlink()
        self.env["ar.notice"]._cron_watch()
        plan = self.env.ref("ar_followup_plus.ir_cron_plan")
        self.assertIn(plan, crons.search([]).cron_id)
        self.env["ar.notice"]._cron_plan()
        deliver = self.env.ref("ar_followup_plus.ir_cron_deliver")
        self.assertIn(deliver, crons.search([]).cron_id)
        self.env["ar.notice"]._cron_deliver()
        self.env["ar.debtor"]._cron_refresh()
        rows = self._rows()
        names = [task.name for task in self.env["ar.nightly"]._tasks()]
        self.assertEqual(rows.sorted("id").mapped("task"), names)
        self.assertEqual(rows.filtered("failed").mapped("failed"), [])
        self.assertFalse(self._alarms())

    # === FAILURES === #

    def test_raising_task_is_undone_and_stops_no_other(self):
        self.debtor = self._debtor(self.customer)
        self._night_with_a_broken_task(ValueError("A broken task"))
        self.assertFalse(self.debtor.no_cheques, "what it wrote is undone")
        rows = self._rows().sorted("id")
        self.assertEqual(rows.mapped("task"), self._names("watch"))
        self.assertEqual(
            [(row.task, row.failed) for row in rows if row.failed],
            [("ar.dispute._watch", "A broken task")],
        )

    def test_one_activity_for_a_credit_manager(self):
        self.company.ar_manager_id = self.user_manager
        for _night in range(2):
            self._night_with_a_broken_task(ValueError("A broken task"))
        alarm = self._alarms()
        self.assertEqual(len(alarm), 1)
        self.assertIn("ar.dispute._watch", alarm.summary)
        self.assertIn("A broken task", alarm.note)
        self.assertTrue(
            alarm.user_id.has_group("ar_followup_plus.group_credit_manager")
        )
        alarm.action_done()
        self._night_with_a_broken_task(ValueError("A broken task"))
        self.assertEqual(len(self._alarms().filtered("active")), 1)

    # === LOG === #

    def test_counts_are_logged(self):
        self._invoice(self.customer, 1000, 20)
        self.env.flush_all()
        self.env["ar.notice"]._cron_plan()
        row = self._rows("ar.notice._plan_night")
        self.assertIn("notices: 1", row.result)

    def test_said_in_words(self):
        """A manager reads what a task does and did, not names of methods."""
        self._invoice(self.customer, 1000, 20)
        self.env.flush_all()
        self.env["ar.notice"]._cron_plan()
        self._night_with_a_broken_task(ValueError("A broken task"))
        self.env["ar.notice"]._cron_deliver()
        self.env["ar.notice"]._cron_deliver()
        planned = self._rows("ar.notice._plan_night")
        self.assertEqual(planned.name, "Decide who is contacted")
        self.assertIn("1 notices", planned.result_words.split(", "))
        self.assertNotIn(":", planned.result_words)
        self.assertEqual(self._rows("ar.dispute._watch").result_words, "Failed")
        sent = self._rows("ar.notice._deliver_in_time")
        self.assertEqual(sent[0].result_words, "Nothing to do")
        self.assertEqual(self._rows("ar.debtor._thank_all").result_words, "Done")
        found = self._rows().search([("name", "ilike", "who is contacted")])
        self.assertEqual(found, planned)

    def test_each_task_has_a_name_in_words(self):
        known = task_words(self.env)
        for task in self.env["ar.nightly"]._tasks():
            self.assertIn(task.name, known)

    def test_frequent_tasks_keep_one_row_while_nothing_happens(self):
        self.env["ar.notice"]._cron_deliver()
        rows = self._rows()
        rows.started = fields.Datetime.now() - timedelta(hours=1)
        before = fields.Datetime.now() - timedelta(minutes=1)
        self.env["ar.notice"]._cron_deliver()
        self.assertEqual(self._rows(), rows)
        self.assertTrue(all(row.started > before for row in rows))

    def test_old_rows_are_deleted(self):
        self.env["ar.notice"]._cron_deliver()
        rows = self._rows()
        rows[0].started = fields.Datetime.now() - timedelta(days=91)
        rows[1].started = fields.Datetime.now() - timedelta(days=89)
        self.env["ar.notice"]._cron_watch()
        self.assertFalse(rows[0].exists())
        self.assertTrue(rows[1].exists())

    def test_constant_number_of_queries(self):
        def count():
            self.env.flush_all()
            self.env.cr.execute("UPDATE ar_nightly_log SET started = '2020-01-01'")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["ar.notice"]._cron_deliver()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        row = self._rows("ar.debtor._thank_all")
        row.copy({"task": row.task})
        for _number in range(50):
            row.copy({"task": row.task, "started": row.started - timedelta(days=1)})
        self.assertLessEqual(count(), few)

    # === ACCESS === #

    def test_who_reads_the_log(self):
        other = self.setup_other_company(name="Second House")["company"]
        Log = self.env["ar.nightly.log"].sudo()
        mine, theirs, everybodys = Log.create(
            [
                {
                    "task": "ar.test",
                    "started": fields.Datetime.now(),
                    "company_id": company,
                }
                for company in (self.company.id, other.id, False)
            ]
        )
        seen = Log.with_user(self.user_manager).search([("task", "=", "ar.test")])
        self.assertEqual(seen, mine | everybodys)
        self.assertNotIn(theirs, seen)
        with self.assertRaises(AccessError):
            mine.with_user(self.user_manager).failed = "changed"
        with self.assertRaises(AccessError):
            mine.with_user(self.user_manager).unlink()
        with self.assertRaises(AccessError):
            Log.with_user(self.user_collector).search([]).mapped("task")
