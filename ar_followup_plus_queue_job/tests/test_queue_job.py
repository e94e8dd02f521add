"""The night in jobs, run by the real job runner in two processes."""

import os
from pathlib import Path

from odoo.addons.ar_followup_plus.tests.child import ChildCase
from odoo.addons.ar_followup_plus.tests.server import Server, wait_until, wake

#: More than one slice.
COUNT = 1010
#: Of these so many are sent: more than one batch.
SENT = 150


class TestQueueJob(ChildCase):
    """One server with two workers; the job runner gives them the jobs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        addons, libraries = [str(Path(__file__).parents[2])], []
        for place in os.environ["AR_FROM_PYPI"].split(os.pathsep):
            if (Path(place) / "odoo").is_dir():
                addons.append(f"{place}/odoo/addons")
            else:
                libraries.append(place)
        cls.server = Server(
            cls.db.name,
            os.pathsep.join(libraries),
            {"queue_job": {"channels": "root:2,root.ar_followup_plus:2"}},
            addons_path=",".join(addons),
            server_wide_modules="base,web,queue_job",
            workers=2,
            max_cron_threads=1,
        )
        cls.addClassCleanup(cls.server.close)

    def _jobs(self, method):
        """Return ``(state, channel, pid)`` of the jobs of a method."""
        return self.db.sql(
            """SELECT state, channel, worker_pid FROM queue_job
                WHERE method_name = %s ORDER BY id""",
            method,
        )

    def _run(self, name):
        """Let a scheduled action run now, and the others not."""
        self.db.sql(
            """UPDATE ir_cron SET active = id IN (
                   SELECT res_id FROM ir_model_data
                    WHERE module = 'ar_followup_plus' AND name = 'ir_cron_' || %s),
                      nextcall = now() AT TIME ZONE 'UTC'""",
            name,
        )
        wake(self.db.name)

    def _done(self, method, count):
        jobs = self._jobs(method)
        return len(jobs) >= count and all(job[0] == "done" for job in jobs)

    def test_each_slice_and_batch_is_a_job(self):
        customers = self._customers(*[f"Job {number:03}" for number in range(COUNT)])
        self.worker.kill()  # it knows nothing of the bridge
        self.server.run("-i", "queue_job")
        [(state,)] = self.db.sql(
            "SELECT state FROM ir_module_module WHERE name = %s",
            "ar_followup_plus_queue_job",
        )
        self.assertEqual(state, "installed", "by itself")
        self.server.start()
        self._run("plan")
        wait_until(lambda: self._done("_job_plan", 2))
        rows = self.db.sql(
            """SELECT debtor_id, count(*) FROM ar_notice
                WHERE debtor_id = ANY(%s) AND state <> 'cancelled' GROUP BY 1""",
            [customer[1] for customer in customers.values()],
        )
        self.assertEqual(dict(rows), {c[1]: 1 for c in customers.values()})
        some = list(customers.values())[:SENT]
        self.db.sql(
            "UPDATE ar_notice SET state = 'cancelled' WHERE debtor_id <> ALL(%s)",
            [customer[1] for customer in some],
        )
        self._run("deliver")
        wait_until(lambda: self._done("_job_deliver", 2))
        self.assertEqual(self.sink.inboxes("job."), {c[3]: 1 for c in some})
        jobs = self._jobs("_job_plan") + self._jobs("_job_deliver")
        self.assertEqual({job[1] for job in jobs}, {"root.ar_followup_plus"})
        self.assertEqual(len({job[2] for job in jobs}), 2, "two processes")
        tasks = self.db.sql("SELECT DISTINCT task FROM ar_nightly_log ORDER BY 1")
        self.assertGreater(
            {task for (task,) in tasks},
            {"ar.debtor._hold_tell_customers", "ar.debtor._thank_all"},
            "jobs for some tasks leave out none of the others",
        )
        self.assertEqual(self.server.errors(), [])
