"""The retention job is killed at any moment or fails in a part, and goes on."""

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

    def test_what_fails_stops_nothing_else(self):
        """A log that cannot be cleared, and a list that cannot be done."""
        debtor = self._customers("Has Logs")["Has Logs"][1]
        self.db.sql(
            """INSERT INTO ar_page_visit (debtor_id, kind, done_at)
               VALUES (%s, 'messages', '2020-01-01');
               UPDATE ar_debtor SET code_hash = 'x', code_until = '2020-01-01'
                WHERE id = %s;
               INSERT INTO ar_retention
                      (company_id, scope, how, state, closed_by, run_on)
               SELECT %s, 'month', 'delete', 'listed', '2010-01-01',
                      '2020-01-01'
                 FROM generate_series(1, 2);
               CREATE FUNCTION no_way() RETURNS trigger LANGUAGE plpgsql
                   AS $$BEGIN RAISE EXCEPTION 'No way'; END$$;
               CREATE TRIGGER no_way BEFORE DELETE ON ar_page_visit
                   EXECUTE FUNCTION no_way()""",
            debtor,
            debtor,
            self.company_id,
        )
        lists = [
            row[0] for row in self.db.sql("SELECT id FROM ar_retention ORDER BY id")
        ][-2:]
        self.db.sql(
            f"""CREATE TRIGGER no_way BEFORE UPDATE ON ar_retention FOR EACH ROW
                WHEN (NEW.id = {lists[0]} AND NEW.state = 'done')
                EXECUTE FUNCTION no_way()"""
        )
        self.worker.call("retention")
        self.assertEqual(
            self.db.sql(
                """SELECT (SELECT count(*) FROM ar_page_visit WHERE debtor_id = %s),
                          code_hash FROM ar_debtor WHERE id = %s""",
                debtor,
                debtor,
            ),
            [(1, None)],
        )
        states = "SELECT state FROM ar_retention WHERE id = ANY(%s) ORDER BY id"
        self.assertEqual(self.db.sql(states, lists), [("running",), ("done",)])
        self.db.sql(
            "DROP TRIGGER no_way ON ar_page_visit; DROP TRIGGER no_way ON ar_retention"
        )
        self.worker.call("retention")
        self.assertEqual(self.db.sql(states, lists), [("done",), ("done",)])
        self.assertEqual(
            self.db.sql(
                "SELECT count(*) FROM ar_page_visit WHERE debtor_id = %s", debtor
            ),
            [(0,)],
        )

    def _die(self, method, after=1):
        """Let the job be killed in a method, when it was called so often."""
        self.worker.start("retention", die_in=method, after=after)
        self.assertEqual(self.worker.wait_dead(), -9)
        self.worker.kill()
        type(self).worker = self.db.worker()
