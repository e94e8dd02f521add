"""The retention job is killed at any moment, and goes on."""

from ..child import ChildCase


class TestRetentionKills(ChildCase):
    def _records(self, debtor_ids):
        return self.db.sql(
            "SELECT count(*) FROM ar_contact_log WHERE debtor_id = ANY(%s)", debtor_ids
        )[0][0]

    def test_killed_while_listing_and_while_doing(self):
        made = self._customers("Long Ago A", "Long Ago B", "Owes Still")
        closed = [made["Long Ago A"], made["Long Ago B"]]
        ids = [customer[1] for customer in closed]
        self.worker.call("pay", moves=closed[0][2] + closed[1][2])
        everybody = [*ids, made["Owes Still"][1]]
        self.db.sql(
            """INSERT INTO ar_contact_log
                      (debtor_id, company_id, kind, outcome, user_id, date, note)
               SELECT d.id, d.company_id, 'call', 'reached', 1, '2009-01-01', 'x'
                 FROM ar_debtor d, generate_series(1, 700)
                WHERE d.id = ANY(%s);
               UPDATE account_partial_reconcile
                  SET max_date = '2010-01-01', create_date = '2010-01-01';
               UPDATE account_move_line SET date = '2009-01-01'
                WHERE partner_id = ANY(%s);
               UPDATE account_move SET invoice_date = '2008-01-01'
                WHERE partner_id = ANY(%s);
               UPDATE res_company SET ar_retention_how = 'delete',
                      ar_retention_years = CASE WHEN id = %s THEN 10 ELSE 0 END""",
            everybody,
            [customer[0] for customer in made.values()],
            [customer[0] for customer in made.values()],
            self.company_id,
        )
        # Killed when the first customers were looked through, before the commit
        self._die("_list_strangers")
        self.assertEqual(
            self.db.sql("SELECT state FROM ar_retention WHERE scope = 'month'"),
            [("listing",)],
        )
        self.worker.call("retention")
        [(listed,)] = self.db.sql(
            "SELECT count(*) FROM ar_retention_item WHERE debtor_id = ANY(%s)", ids
        )
        self.assertGreaterEqual(listed, 1400)
        self.db.sql("UPDATE ar_retention SET run_on = '2020-01-01'")
        # Killed with 500 deleted and not committed: all of them are still there
        self._die("_delete")
        self.assertEqual(self._records(ids), 1400)
        # Killed after the first 500 were committed
        self._die("_delete", after=2)
        self.assertEqual(self._records(ids), 900)
        self.worker.call("retention")
        self.assertEqual(self._records(ids), 0)
        self.assertEqual(self._records([made["Owes Still"][1]]), 700)
        self.assertEqual(
            self.db.sql(
                """SELECT l.done, l.kept, r.state FROM ar_retention_line l
                     JOIN ar_retention r ON r.id = l.retention_id
                    WHERE l.kind = 'call'"""
            ),
            [(1400, 0, "done")],
        )
        self.assertEqual(self.db.sql("SELECT count(*) FROM ar_retention_item"), [(0,)])

    def _die(self, method, after=1):
        """Let the job be killed in a method, when it was called so often."""
        self.worker.start("retention", die_in=method, after=after)
        self.assertEqual(self.worker.wait_dead(), -9)
        self.worker.kill()
        type(self).worker = self.db.worker()
