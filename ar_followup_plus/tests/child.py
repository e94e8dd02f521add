"""Processes of their own for tests of commits, kills, races and real SMTP.

They work on a database of their own, a copy of a template: within Odoo's test
transaction nothing is committed and nothing is sent.
"""

import contextlib
import email
import email.policy
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg2

from odoo.tests import BaseCase, tagged

HERE = Path(__file__).parent
#: A child that says nothing for so many seconds is stuck.
PATIENCE = 180


class Sink:
    """A real mail server in a process of its own; see smtp_sink.py."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ar_sink_"))
        self.port = 0
        self.process = None
        self.rules()
        self.start()

    def start(self):
        """Start to listen, on the same port as before."""
        self.process = subprocess.Popen(
            [sys.executable, HERE / "smtp_sink.py", self.folder, str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def stop(self):
        """Refuse connections from now on."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def close(self):
        """Stop, and forget the messages."""
        self.stop()
        shutil.rmtree(self.folder)

    def rules(self, *rules):
        """Set how to treat whom: pairs of a part of an address and a mode."""
        found = [
            {"to": rule[0], "mode": rule[1], **(rule[2] if len(rule) > 2 else {})}
            for rule in rules
        ]
        part = self.folder / "rules.part"
        part.write_text(json.dumps(found), encoding="utf-8")
        part.rename(self.folder / "rules.json")
        (self.folder / "go").unlink(missing_ok=True)

    def go_on(self):
        """Let messages in mode 'wait' be answered."""
        (self.folder / "go").touch()

    def messages(self, part=""):
        """Return the messages to addresses with a part, oldest first."""
        found = []
        for path in sorted(
            self.folder.glob("*.eml"), key=lambda p: p.stat().st_mtime_ns
        ):
            message = email.message_from_bytes(
                path.read_bytes(), policy=email.policy.default
            )
            if part in message["X-Sent-To"]:
                found.append(message)
        return found

    def wait_for(self, part, count=1, seconds=PATIENCE):
        """Return the messages as soon as there are so many."""
        end = time.monotonic() + seconds
        while len(found := self.messages(part)) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} of {count} messages to {part}")
            time.sleep(0.02)
        return found

    def clear(self):
        """Forget the messages."""
        for path in self.folder.glob("*.eml"):
            path.unlink()

    def inboxes(self, part=""):
        """Return ``{address: number of messages}`` of addresses with a part."""
        counts = {}
        for message in self.messages(part):
            address = message["X-Sent-To"]
            counts[address] = counts.get(address, 0) + 1
        return counts


class Database:
    """A database for child processes, dropped in the end."""

    count = 0

    def __init__(self):
        Database.count += 1
        if "AR_TEST_TEMPLATE_DB" not in os.environ:
            raise RuntimeError("These tests need databases of their own: script/test")
        prefix = os.environ["AR_TEST_DB_PREFIX"]
        self.name = f"{prefix}{os.getpid()}_{Database.count}"
        template = os.environ["AR_TEST_TEMPLATE_DB"]
        self._execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')
        self.workers = []

    def keep(self):
        """Keep the database as it is now, for :meth:`restore`; nobody is connected."""
        self._execute(f'CREATE DATABASE "{self.name}_kept" TEMPLATE "{self.name}"')

    def restore(self, kept=None):
        """Begin again with what was kept, here or in another database."""
        kept = kept or f"{self.name}_kept"
        self._execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{kept}"')

    def cut(self):
        """Cut all connections, as when the server is started again."""
        return len(
            self.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    def _execute(self, statement):
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)

    def sql(self, statement, *values):
        """Run a statement in a transaction of its own; return its rows."""
        connection = psycopg2.connect(dbname=self.name)
        with contextlib.closing(connection), connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def worker(self):
        """Return a new child process."""
        worker = Worker(self.name)
        self.workers.append(worker)
        return worker

    def drop(self):
        """End the processes and drop the database."""
        for worker in self.workers:
            worker.kill()
        for name in (self.name, f"{self.name}_kept"):
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class ChildError(Exception):
    """A task raised in a child."""


class Worker:
    """A child process with Odoo in it; it runs the tasks of child_tasks.py."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore::DeprecationWarning",
                HERE / "child_tasks.py",
                database,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid
        self.log = []
        self._answers = queue.Queue()
        self._threads = [
            threading.Thread(target=target, daemon=True)
            for target in (self._read_answers, self._read_log)
        ]
        for thread in self._threads:
            thread.start()

    def _read_answers(self):
        for line in self.process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put({"error": "The process ended."})

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def start(self, task, **arguments):
        """Begin a task; its result is fetched with :meth:`result`."""
        self.process.stdin.write(json.dumps([task, arguments]) + "\n")
        self.process.stdin.flush()

    def result(self, seconds=PATIENCE):
        """Return what the task returned.

        :raise ChildError: with the traceback if it raised, or the process ended
        """
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise ChildError("".join(self.log[-40:]) or "No answer.") from None
        if "error" in answer:
            raise ChildError(answer["error"] + "".join(self.log[-40:]))
        return answer["result"]

    def call(self, task, **arguments):
        """Run a task and return its result."""
        self.start(task, **arguments)
        return self.result()

    def fork(self, task, **arguments):
        """Begin a task in a process forked from this one; return its id."""
        return self.call("nursery.fork", name=task, arguments=arguments)

    def wait(self, pid):
        """Return ``{"result": …}``, ``{"error": …}`` or ``{"killed": True}``."""
        return self.call("nursery.wait", pid=pid)

    def kill_fork(self, pid):
        """Kill a forked process; return the same."""
        return self.call("nursery.kill", pid=pid)

    def wait_dead(self):
        """Wait until the process was killed by somebody."""
        return self.process.wait(PATIENCE)

    def kill(self):
        """Kill the process as a crash does."""
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


@tagged("post_install", "-at_install")
class ChildCase(BaseCase):
    """Tests with a database, a mail server and one child process for the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = Sink()
        cls.addClassCleanup(cls.sink.close)
        cls.db = Database()
        cls.addClassCleanup(cls.db.drop)
        cls.worker = cls.db.worker()
        cls.company_id = cls.worker.call("set_up", port=cls.sink.port)
        cls.worker.call("short_timeouts", seconds=2)

    def setUp(self):
        super().setUp()
        self.sink.rules()
        self._forget()

    def _forget(self):
        """Let nothing that an earlier test left be sent."""
        self.db.sql(
            "UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing';"
            "UPDATE ar_notice SET state = 'cancelled' WHERE state <> 'sent';"
            "UPDATE ar_debtor SET stop_reason = 'other';"
        )

    def _customers(self, *names, **values):
        """Make customers with an invoice of 100 that is due for a gentle reminder.

        :return: ``{name: (partner id, debtor id, [invoice ids], address)}``
        """
        made = self.worker.call("make_customers", names=names, **values)
        return {
            name: (*ids, f"{name.lower().replace(' ', '.')}@example.com")
            for name, ids in made.items()
        }

    def _ready(self, *names, **values):
        """Make customers as above, and plan their notices."""
        customers = self._customers(*names, **values)
        self.worker.call("plan", debtors=[c[1] for c in customers.values()])
        return customers

    def _notices(self, debtor_id):
        """Return the rows of a debtor's notices, as dicts, oldest first."""
        names = ("id", "state", "attempts", "failure_reason", "can_retry", "maybe_sent")
        return [
            dict(zip(names, row, strict=True))
            for row in self.db.sql(
                """SELECT id, state, attempts, failure_reason, can_retry IS TRUE,
                          maybe_sent IS TRUE
                     FROM ar_notice WHERE debtor_id = %s ORDER BY id""",
                debtor_id,
            )
        ]

    def _activities(self, debtor_id):
        """Return the names of the types of a debtor's open activities."""
        return [
            row[0]
            for row in self.db.sql(
                """SELECT d.name FROM mail_activity a
                     JOIN ir_model_data d ON d.model = 'mail.activity.type'
                          AND d.res_id = a.activity_type_id
                          AND d.module = 'ar_followup_plus'
                    WHERE a.res_model = 'ar.debtor' AND a.res_id = %s AND a.active""",
                debtor_id,
            )
        ]

    def _age(self, minutes):
        """Let the present states of notices be so many minutes older."""
        self.db.sql(
            "UPDATE ar_notice SET state_at = state_at - make_interval(mins => %s) "
            "WHERE state IN ('ready', 'sending', 'failed')",
            minutes,
        )

    def assert_only(self, notices, state, **values):
        """Assert that there is one notice, its state, and more of it."""
        self.assertEqual(len(notices), 1, notices)
        self.assertEqual(notices[0]["state"], state, notices)
        for name, value in values.items():
            self.assertEqual(notices[0][name], value, name)
