"""Two Odoo servers on one database, each with scheduled actions of its own."""

import contextlib

import psycopg2

from .child import ChildCase
from .server import Server, wait_until

COUNT = 300


class TestTwoServers(ChildCase):
    """Both decide and both send, at the same time: the same notices, once."""

    def _more_actions(self):
        """Let there be something for both servers to run at the same time.

        Odoo itself gives one scheduled action to one server at a time.

        :return: ``{id: name}`` of those that decide and send, twice each
        """
        self.db.sql("UPDATE ir_cron SET active = FALSE")
        for name in ("plan", "deliver"):
            [(ident,)] = self.db.sql(
                """SELECT res_id FROM ir_model_data
                    WHERE module = 'ar_followup_plus' AND name = %s""",
                f"ir_cron_{name}",
            )
            copy = self.worker.call("call", model="ir.cron", ids=[ident], method="copy")
            self.db.sql(
                """UPDATE ir_cron SET active = TRUE, user_id = 1,
                          nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'
                    WHERE id = ANY(%s)""",
                [ident, *copy],
            )
            yield from [ident, *copy]

    def _let_all_run(self, idents):
        """Make them due, and wake the servers."""
        self.db.sql(
            """UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC'
                WHERE id = ANY(%s)""",
            idents,
        )
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('cron_trigger', %s)", [self.db.name])

    def test_same_notices_once(self):
        customers = self._customers(*[f"Server {n:03}" for n in range(COUNT)])
        wanted = {customer[1]: 1 for customer in customers.values()}
        idents = list(self._more_actions())
        servers = [Server(self.db.name) for _number in range(2)]
        for server in servers:
            self.addCleanup(server.close)
            server.start()
        self._let_all_run(idents)
        wait_until(
            lambda: (
                not self.db.sql(
                    """SELECT 1 FROM ir_cron WHERE id = ANY(%s)
                          AND nextcall <= now() AT TIME ZONE 'UTC'""",
                    idents,
                )
                and len(self.sink.inboxes("server.")) == COUNT
                and not self.db.sql(
                    "SELECT 1 FROM ar_notice WHERE state IN ('ready', 'sending')"
                )
            )
        )
        rows = self.db.sql(
            """SELECT debtor_id, count(*) FROM ar_notice
                WHERE state = 'sent' AND debtor_id = ANY(%s) GROUP BY 1""",
            list(wanted),
        )
        self.assertEqual(dict(rows), wanted)
        self.assertEqual(
            self.sink.inboxes("server."), {c[3]: 1 for c in customers.values()}
        )
        for server in servers:
            # Each of them decided and sent, and neither met an error
            self.assertIn("Receivables 2", server.text())
            self.assertIn("Receivables 3", server.text())
            self.assertEqual(server.errors(), [])
