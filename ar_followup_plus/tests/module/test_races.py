"""Processes that plan and deliver at the same time, and an accountant who works."""

from ..child import ChildCase
from ..credit_terms.policy_common import drawing

COUNT = 300


class TestRaces(ChildCase):
    """Several processes on one database: the same notices, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workers = [cls.worker] + [cls.db.worker() for _number in range(3)]

    def _all(self, task, count, **arguments):
        """Run a task in several processes at once; return the results."""
        for worker in self.workers[:count]:
            worker.start(task, **arguments)
        return [worker.result() for worker in self.workers[:count]]

    def _count(self, *states):
        [(count,)] = self.db.sql(
            "SELECT count(*) FROM ar_notice WHERE state = ANY(%s)", list(states)
        )
        return count

    def test_plan_and_deliver_at_once(self):
        customers = self._customers(*[f"Race {number:03}" for number in range(COUNT)])
        before = self._count("sent")
        self.db.sql("UPDATE ar_notice SET is_first = FALSE")
        company = {"model": "res.company", "ids": [self.company_id]}
        today = self.worker.call("today")
        # At most 30 first notices a day, whoever makes them
        self.worker.call("write", ar_backlog_date=today, ar_first_per_day=30, **company)
        counts = self._all("plan", 2)
        self.assertEqual(sum(count["notices"] for count in counts), 30, counts)
        self.assertEqual(self._count("ready"), 30)
        counts = self._all("plan", 4)
        self.assertEqual(sum(count["notices"] for count in counts), 0, counts)
        # All others, once
        self.worker.call("write", ar_first_per_day=0, **company)
        counts = self._all("plan", 2)
        self.assertEqual(sum(count["notices"] for count in counts), COUNT - 30, counts)
        self.assertEqual(sum(c["notices"] for c in self._all("plan", 2)), 0)
        rows = self.db.sql(
            "SELECT debtor_id, count(*) FROM ar_notice WHERE state = 'ready' GROUP BY 1"
        )
        self.assertEqual(
            dict(rows), {customer[1]: 1 for customer in customers.values()}
        )
        # Each inbox, once
        counts = self._all("deliver", 4)
        self.assertEqual(sum(count["sent"] for count in counts), COUNT, counts)
        self.assertEqual(sum(count["failed"] for count in counts), 0, counts)
        inboxes = self.sink.inboxes("race.")
        self.assertEqual(inboxes, {customer[3]: 1 for customer in customers.values()})
        self.assertEqual(self._count("sent") - before, COUNT)
        self.assertEqual(sum(c["sent"] for c in self._all("deliver", 2)), 0)

    def test_a_notice_and_a_plan_message_at_once(self):
        """Of two messages of parallel transactions the second one is tried again."""
        for gate_first in (True, False):
            with self.subTest(gate_first=gate_first):
                name = f"Gate {gate_first}"
                customer = self._ready(name)[name]
                error = self.worker.call(
                    "write_at_the_gate", debtor=customer[1], gate_first=gate_first
                )
                self.assertEqual(error, "SerializationFailure")

    def test_two_clicks_at_once(self):
        """The same form sent four times at once counts once; payments are numbered."""
        customer = self._customers("Clicks Twice")["Clicks Twice"]
        once = "00000000-0000-4000-8000-000000000001"
        counted = self._all("answer", 4, debtor=customer[1], kind="paid", once=once)
        self.assertEqual(sum(counted), 1, counted)
        [(answers,)] = self.db.sql(
            "SELECT count(*) FROM ar_answer WHERE debtor_id = %s", customer[1]
        )
        self.assertEqual(answers, 1)
        drawn = self._all("draw_payment", 4, debtor=customer[1])
        self.assertEqual(
            sorted(drawn), [f"C{customer[1]}-{number}" for number in range(1, 5)]
        )

    def test_each_answer_at_once(self):
        """The same form four times, then four browsers at once: one effect each.

        Whoever comes second is told; no more is disputed or promised than is open.
        """
        day = self.worker.call("today_and", days=5)
        [(reason,)] = self.db.sql(
            "SELECT id FROM ar_dispute_reason WHERE code = 'price' LIMIT 1"
        )
        for kind, table, values in (
            ("promise", "ar_payment_plan", {"date": day}),
            ("parts", "ar_payment_plan", {"date": day, "count": "3"}),
            ("dispute", "ar_dispute", {"reason": str(reason), "amount": "60"}),
            ("easier", None, {"wish": "online"}),
            ("wrong_person", None, {}),
            ("not_received", None, {}),
        ):
            with self.subTest(kind=kind):
                name = f"At Once {kind}"
                customer = self._customers(name)[name]
                once = f"00000000-0000-4000-8000-{customer[1]:012}"
                values = {"debtor": customer[1], "kind": kind, **values}
                for worker in self.workers:
                    worker.start("answer", once=once, **values)
                counted = [worker.result() for worker in self.workers]
                self.assertEqual(sum(counted), 1, counted)
                for number, worker in enumerate(self.workers):
                    other = f"00000000-0000-4000-800{number}-{customer[1]:012}"
                    if number:
                        worker.start("answer", once=other, **values)
                more = [worker.result() for worker in self.workers[1:]]
                if not table:
                    continue
                self.assertEqual(sum(more), 0, more)
                [(count,)] = self.db.sql(
                    f"SELECT count(*) FROM {table} WHERE debtor_id = %s", customer[1]
                )
                self.assertEqual(count, 1)

    def test_codes_guessed_at_once(self):
        """Five tries are five, whoever types at the same moment; a code opens once."""
        customer = self._customers("Guess Me")["Guess Me"]
        code = {"debtor": customer[1], "code": "123456"}
        self.worker.call("set_code", tries=5, **code)
        wrong = self._all("guess_code", 4, debtor=customer[1], code="000000")
        self.assertEqual(sum(wrong), 0)
        [(tries,)] = self.db.sql(
            "SELECT code_tries FROM ar_debtor WHERE id = %s", customer[1]
        )
        self.assertEqual(tries, 1)
        self.worker.call("set_code", tries=5, **code)
        self.assertEqual(sum(self._all("guess_code", 4, **code)), 1)

    def test_signed_at_once(self):
        """Two browsers sign at once: one signature, the other is told."""
        customer = self._customers("Sign Once")["Sign Once"]
        request = self.worker.call("ask_to_sign", debtor=customer[1])
        for number, worker in enumerate(self.workers):
            name = f"{'ABCD'[number]} Signer"
            worker.start("sign", request=request, name=name, picture=drawing())
        signed = [worker.result() for worker in self.workers]
        self.assertEqual(sum(signed), 1, signed)
        [(name,)] = self.db.sql(
            "SELECT signer_name FROM ar_credit_policy_acceptance WHERE id = %s", request
        )
        self.assertEqual(name, f"{'ABCD'[signed.index(True)]} Signer")

    def test_deliver_beside_odoos_queue(self):
        customers = self._ready(*[f"Beside {number:03}" for number in range(40)])
        self.worker.call("make_mails")
        for worker, task in zip(
            self.workers,
            ("mail_queue", "deliver", "mail_queue", "deliver"),
            strict=True,
        ):
            worker.start(task)
        for worker in self.workers:
            worker.result()
        self.worker.call("deliver")
        self.assertEqual(
            self.sink.inboxes("beside."), {c[3]: 1 for c in customers.values()}
        )
        for customer in customers.values():
            self.assert_only(self._notices(customer[1]), "sent")

    def test_flaky_server(self):
        """A server that drops, refuses, stalls or says "later" for 30 of 100."""
        for worker in self.workers[1:2]:
            worker.call("short_timeouts", seconds=2)
        customers = self._ready(*[f"Flaky {number:02}" for number in range(50)])
        self.sink.rules(("flaky.", "flaky", {"share": 0.3}))
        for _round in range(12):
            self._all("deliver", 2)
            self._age(31)
            if not self.db.sql(
                "SELECT 1 FROM ar_notice WHERE state = 'ready' "
                "OR (state = 'failed' AND can_retry)"
            ):
                break
        inboxes = self.sink.inboxes("flaky.")
        states = {}
        for customer in customers.values():
            [notice] = self._notices(customer[1])
            count = inboxes.get(customer[3], 0)
            states.setdefault(notice["state"], []).append(notice)
            if notice["state"] == "sent":
                self.assertEqual(count, 1, notice)
            else:
                self.assertEqual(notice["state"], "failed", notice)
                self.assertFalse(notice["can_retry"], notice)
                self.assertEqual(count, int(notice["maybe_sent"]), notice)
        self.assertGreater(len(states["sent"]), 15)
        self.assertGreater(len(states["failed"]), 0)

    def test_accountant_at_work(self):
        """Who posts, pays and resets invoices of the same customers sees no error."""
        customers = self._customers(*[f"Busy {number:02}" for number in range(30)])
        moves = [move for customer in customers.values() for move in customer[2]]
        accountant, *others = self.workers
        accountant.start("account", moves=moves, seconds=6)
        for worker in others[:2]:
            worker.start("work_for", seconds=6)
        errors, longest, acts, met = accountant.result()
        for worker in others[:2]:
            self.assertGreater(worker.result(), 0)
        self.assertEqual((errors, met), ([], 0))
        self.assertGreater(acts, 3)
        self.assertLess(longest, 5, "a wait, on a machine that does other things")
        # Each item was asked for at most once at a step
        doubled = self.db.sql(
            """SELECT move_line_id FROM ar_notice_line WHERE active AND step_id IS NOT NULL
                GROUP BY move_line_id, step_id, channel HAVING count(*) > 1"""
        )
        self.assertEqual(doubled, [])
