"""Charging at the same time, and after a crash: each day once."""

from ..child import ChildCase, ChildError


class TestChargesRaces(ChildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker.call("set_up_charges")
        cls.workers = [cls.worker, cls.db.worker(), cls.db.worker()]
        # Beside those of the demonstration
        [(cls.last,)] = cls.db.sql("SELECT COALESCE(max(id), 0) FROM ar_late_charge")
        [(cls.last_move,)] = cls.db.sql("SELECT max(id) FROM account_move")

    def _charged(self):
        """Return how often each item was charged, and on how many invoices."""
        return self.db.sql(
            """SELECT move_line_id, count(*), count(DISTINCT note_id)
                 FROM ar_late_charge WHERE active AND id > %s
                GROUP BY move_line_id ORDER BY move_line_id""",
            self.last,
        )

    def _notes(self):
        [(count,)] = self.db.sql(
            """SELECT count(*) FROM account_move m
                 JOIN res_company c ON c.ar_charge_journal_id = m.journal_id
                WHERE m.id > %s""",
            self.last_move,
        )
        return count

    def test_in_parallel_and_after_a_crash(self):
        customers = self._customers(*(f"Charged {n:02}" for n in range(12)), due=70)
        crashed = self.db.worker()
        with self.assertRaises(ChildError):
            crashed.call("charge", crash=True)
        self.assertEqual(self._charged(), [])
        self.assertEqual(self._notes(), 0)
        for worker in self.workers:
            worker.start("charge")
        for worker in self.workers:
            worker.result()
        # Who met another one leaves the rest to the next night
        self.worker.call("charge")
        self.assertEqual([row[1:] for row in self._charged()], [(1, 1)] * 12)
        self.assertEqual(self._notes(), 12)
        # By hand, twice at once: what accrued since then, once
        [(item,)] = self.db.sql(
            "SELECT id FROM account_move_line WHERE move_id = %s "
            "AND account_id IN (SELECT id FROM account_account "
            "WHERE account_type = 'asset_receivable')",
            customers["Charged 00"][2][0],
        )
        debtor = customers["Charged 00"][1]
        for worker in self.workers[:2]:
            worker.start("charge_by_hand", debtor=debtor, item=item)
        ended = sorted(worker.result() for worker in self.workers[:2])
        self.assertEqual(ended.count("charged"), 1, ended)
        self.assertEqual(self._notes(), 13)
