"""Processes that are killed, and connections that are cut, while they send."""

import random
import time

from ..child import ChildCase, ChildError

#: Kills at random moments in one test.
KILLS = 5


class TestSendingKills(ChildCase):
    """Whatever is killed, whenever: no inbox gets a notice twice, and none is lost."""

    def _die(self, **where):
        """Let the worker be killed in a task; have a new one afterwards."""
        self.worker.start("die_in", **where)
        self.assertEqual(self.worker.wait_dead(), -9)
        self._new_worker()

    def _new_worker(self):
        self.worker.kill()
        type(self).worker = self.db.worker()
        self.worker.call("short_timeouts", seconds=2)

    def _everything(self):
        """Let everything run that could send."""
        for work in ("deliver", "mail_queue", "plan", "deliver", "watch"):
            self.worker.call(work)

    def _assert_waits_for_a_person(self, customer, messages):
        """Assert that what may have been sent is shown after 15 minutes, not before."""
        self._everything()
        self.assert_only(self._notices(customer[1]), "sending", maybe_sent=False)
        self._age(16)
        self._everything()
        self.assert_only(
            self._notices(customer[1]), "failed", maybe_sent=True, can_retry=False
        )
        self.assertEqual(self._activities(customer[1]), ["activity_check_notice"])
        self._age(600)
        self._everything()
        self.assertEqual(len(self.sink.messages(customer[3])), messages)

    def test_killed_between_smtp_and_commit(self):
        customer = self._ready("Killed After")["Killed After"]
        self.sink.rules((customer[3], "kill", {"pid": self.worker.pid}))
        self.worker.start("deliver")
        self.assertEqual(self.worker.wait_dead(), -9)
        self._new_worker()
        self._assert_waits_for_a_person(customer, 1)

    def test_killed_in_odoos_queue(self):
        customer = self._ready("Killed Queue")["Killed Queue"]
        self.worker.call("make_mails")
        self.sink.rules((customer[3], "kill", {"pid": self.worker.pid}))
        self.worker.start("mail_queue")
        self.assertEqual(self.worker.wait_dead(), -9)
        self._new_worker()
        self._assert_waits_for_a_person(customer, 1)

    def test_killed_before_the_message(self):
        """After the gate nobody but the killed process knew that nothing left."""
        customer = self._ready("Killed Gate")["Killed Gate"]
        self._die(model="mail.mail", method="_ar_enter_gate")
        self._assert_waits_for_a_person(customer, 0)

    def test_killed_between_commit_and_smtp(self):
        customers = self._ready("Killed Before A", "Killed Before B")
        self._die(model="mail.mail", method="send", before=True)
        self.assertEqual(self.sink.messages("killed.before"), [])
        self.assertEqual(self.worker.call("deliver")["sent"], 2)
        self._everything()
        self.assertEqual(set(self.sink.inboxes("killed.before").values()), {1})
        for customer in customers.values():
            self.assert_only(self._notices(customer[1]), "sent", attempts=1)
            messages = self.db.sql(
                "SELECT count(*) FROM mail_message WHERE model = 'ar.debtor' "
                "AND res_id = %s AND message_type = 'email_outgoing'",
                customer[1],
            )
            self.assertEqual(messages, [(1,)], "what never left is no history")

    def test_killed_while_mails_are_made(self):
        customer = self._ready("Killed Making")["Killed Making"]
        self._die(model="ar.notice", method="_draw_numbers")
        self.assert_only(self._notices(customer[1]), "ready", attempts=0)
        self.assertEqual(self.worker.call("deliver")["sent"], 1)
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_killed_while_planning(self):
        customer = self._customers("Killed Plan")["Killed Plan"]
        self._die(
            model="res.company", method="_ar_warn_books_behind", work="plan_twice"
        )
        self.assertEqual(self._notices(customer[1]), [])
        self.worker.call("night")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_connection_cut_while_sending(self):
        """The database goes away while the mail server has the message."""
        customers = self._ready("Cut Off A", "Cut Off B")
        self.sink.rules(("cut.off", "wait"))
        self.worker.start("deliver")
        [first] = self.sink.wait_for("cut.off")
        self.db.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        self.sink.go_on()
        with self.assertRaises(ChildError):
            self.worker.result()
        self.sink.rules()
        self._new_worker()
        self.worker.call("deliver")
        states = {c[3]: self._notices(c[1])[0]["state"] for c in customers.values()}
        other = next(address for address in states if address != first["X-Sent-To"])
        self.assertEqual(states[first["X-Sent-To"]], "sending")
        self.assertEqual(states[other], "sent")
        self._age(16)
        self._everything()
        self.assertEqual(set(self.sink.inboxes("cut.off").values()), {1})

    def test_killed_at_random_moments(self):
        """Plan and deliver until all is done, however often it is killed."""
        names = [f"Random {number:03}" for number in range(60)]
        customers = self._customers(*names)
        seed = random.randrange(10**6)
        moments = random.Random(seed)
        for _kill in range(KILLS):
            self.worker.start("night")
            time.sleep(moments.uniform(0.05, 1.5))
            self._new_worker()
        self._everything()
        inboxes = self.sink.inboxes("random.")
        for customer in customers.values():
            [notice] = self._notices(customer[1])
            self.assertIn(notice["state"], ("sent", "sending"), seed)
            if notice["state"] == "sent":
                self.assertEqual(inboxes[customer[3]], 1, seed)
            else:
                self.assertLessEqual(inboxes.get(customer[3], 0), 1, seed)
        self.assertLessEqual(
            sum(
                self._notices(c[1])[0]["state"] == "sending" for c in customers.values()
            ),
            KILLS,
        )
