"""Two Odoo servers on one database, each with scheduled actions of its own."""

import contextlib

import psycopg2

from ..child import ChildCase
from ..server import Server, wait_until, wake

COUNT = 200


class TestTwoServers(ChildCase):
    """Both decide and both send, at the same time: the same notices, once."""

    def _twice(self, name):
        """Let there be something for both servers to run at the same time.

        Odoo itself gives one scheduled action to one server at a time.

        :return: the ids of an action and of its copy
        """
        [(ident,)] = self.db.sql(
            """SELECT res_id FROM ir_model_data
                WHERE module = 'ar_followup_plus' AND name = %s""",
            f"ir_cron_{name}",
        )
        copy = self.worker.call("call", model="ir.cron", ids=[ident], method="copy")
        return [ident, *copy]

    def _run(self, servers, idents, writers):
        """Make actions due, wake the servers, and wait until all have run.

        No notice is made or claimed before each server runs one of the actions.

        :param int writers: so many are about to write notices by then. That both began
            to deliver is not enough: what comes before the notices may take one of them
            longer than the other needs for all notices
        """
        heard = [len(server.text()) for server in servers]
        connection = psycopg2.connect(dbname=self.db.name)
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ar_notice IN SHARE MODE")
            # Some time ago: Odoo leaves an action due that was due in the same second
            [(begin,)] = self.db.sql(
                """UPDATE ir_cron SET active = TRUE, lastcall = NULL,
                          nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'
                    WHERE id = ANY(%s); SELECT now() AT TIME ZONE 'UTC'""",
                idents,
            )
            wake(self.db.name)
            wait_until(
                lambda: (
                    all(
                        self._ran(server, idents, since)
                        for server, since in zip(servers, heard, strict=True)
                    )
                    and self._waiting() >= writers
                )
            )
        wait_until(
            lambda: (
                not self.db.sql(
                    "SELECT 1 FROM ir_cron WHERE id = ANY(%s) AND nextcall <= %s",
                    idents,
                    begin,
                )
            )
        )

    def _waiting(self):
        """Return how many connections wait until they may write notices.

        Tables of databases cloned from one have the same ids: only this database's count.
        """
        [(count,)] = self.db.sql(
            """SELECT count(*) FROM pg_locks
                 JOIN pg_database ON pg_database.oid = pg_locks.database
                WHERE relation = 'ar_notice'::regclass AND NOT granted
                      AND datname = current_database()"""
        )
        return count

    def _ran(self, server, idents, since=0):
        """Return those of some actions that a server ran, by its log from somewhere on."""
        text = server.text()[since:]
        return [one for one in idents if f"({one}) starting" in text]

    def test_same_notices_once(self):
        customers = self._customers(*[f"Server {n:03}" for n in range(COUNT)])
        wanted = {customer[1]: 1 for customer in customers.values()}
        self.db.sql("UPDATE ir_cron SET active = FALSE")
        plans = self._twice("plan")
        servers = [Server(self.db.name) for _number in range(2)]
        for server in servers:
            self.addCleanup(server.close)
            server.start()
        self._run(servers, plans, 0)
        # Only now: the end of planning triggers the delivery
        deliveries = self._twice("deliver")
        self._run(servers, deliveries, 2)
        rows = self.db.sql(
            """SELECT debtor_id, count(*) FROM ar_notice
                WHERE state = 'sent' AND debtor_id = ANY(%s) GROUP BY 1""",
            list(wanted),
        )
        self.assertEqual(dict(rows), wanted)
        self.assertEqual(
            self.sink.inboxes("server."), {c[3]: 1 for c in customers.values()}
        )
        [(senders,)] = self.db.sql(
            "SELECT count(DISTINCT sender) FROM ar_notice WHERE debtor_id = ANY(%s)",
            list(wanted),
        )
        self.assertEqual(senders, 2)
        for server in servers:
            # Each of them decided and sent, and neither met an error
            self.assertTrue(self._ran(server, plans), server.text())
            self.assertTrue(self._ran(server, deliveries), server.text())
            self.assertEqual(server.errors(), [])

    def test_both_log_the_same_at_once(self):
        """Runs that did nothing share a row of the log, also those of two servers."""
        task = "ar.debtor._write_after_contacts"
        self.worker.call("refresh_due")
        connection = psycopg2.connect(dbname=self.db.name)
        with contextlib.closing(connection):
            with connection, connection.cursor() as other:
                other.execute(
                    "UPDATE ar_nightly_log SET seconds = 7 WHERE task = %s", [task]
                )
                self.worker.start("refresh_due")
                wait_until(
                    lambda: self.db.sql(
                        """SELECT 1 FROM pg_stat_activity
                            WHERE datname = current_database()
                              AND wait_event_type = 'Lock'"""
                    )
                )
        self.worker.result()
        rows = self.db.sql("SELECT seconds FROM ar_nightly_log WHERE task = %s", task)
        self.assertEqual(len(rows), 1)
        self.assertNotEqual(rows, [(7,)])
        log = "".join(self.worker.log)
        self.assertNotIn(" ERROR ", log, log)
