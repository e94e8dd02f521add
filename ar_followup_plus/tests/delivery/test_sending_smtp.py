"""Notices over real SMTP: what arrives, and what a mail server can do to it."""

from ..child import ChildCase


class TestSendingSmtp(ChildCase):
    """A child process sends to a real mail server that may misbehave."""

    # === A SERVER THAT REFUSES === #

    def test_refused_then_retried_once(self):
        customer = self._ready("Refused One")["Refused One"]
        self.sink.rules((customer[3], "refuse"))
        counts = self.worker.call("deliver")
        self.assertEqual((counts["sent"], counts["failed"]), (0, 1))
        [notice] = self._notices(customer[1])
        self.assertEqual(notice["state"], "failed")
        self.assertIn("no such mailbox here", notice["failure_reason"])
        self.assertEqual((notice["can_retry"], notice["maybe_sent"]), (False, False))
        self.assertEqual(self._activities(customer[1]), ["activity_check_notice"])
        self.sink.rules()
        self._age(60)
        self.worker.call("deliver")
        self.assertEqual(self.sink.messages(customer[3]), [], "a person decides")
        retry = {"model": "ar.notice", "ids": [notice["id"]], "method": "retry"}
        self.worker.call("call", **retry)
        self.assertEqual(self.worker.call("deliver")["sent"], 1)
        self.assertEqual(self.worker.call("deliver")["sent"], 0)
        self.worker.call("mail_queue")
        self.assert_only(self._notices(customer[1]), "sent", attempts=2)
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_refused_after_the_message(self):
        customer = self._ready("Refused Late")["Refused Late"]
        self.sink.rules((customer[3], "refuse_data"))
        self.worker.call("deliver")
        [notice] = self._notices(customer[1])
        self.assertEqual((notice["state"], notice["maybe_sent"]), ("failed", False))
        self.assertIn("refused as unwanted", notice["failure_reason"])

    def test_one_refused_of_several(self):
        customers = self._ready("Several A", "Several B", "Several C", "Several D")
        self.sink.rules(("several.b", "refuse"), ("several.c", "later"))
        counts = self.worker.call("deliver")
        self.assertEqual((counts["sent"], counts["failed"]), (2, 2))
        states = {
            name: self._notices(c[1])[0]["state"] for name, c in customers.items()
        }
        self.assertEqual(
            states,
            {
                "Several A": "sent",
                "Several B": "failed",
                "Several C": "failed",
                "Several D": "sent",
            },
        )
        self.assertTrue(self._notices(customers["Several C"][1])[0]["can_retry"])
        self.assertEqual(len(self.sink.messages("several")), 2)

    def test_later_is_tried_again_by_itself(self):
        customer = self._ready("Try Later")["Try Later"]
        self.sink.rules((customer[3], "later"))
        self.worker.call("deliver")
        self.assert_only(self._notices(customer[1]), "failed", can_retry=True)
        self.assertEqual(self._activities(customer[1]), [], "nobody has to do anything")
        self.sink.rules()
        self.worker.call("deliver")
        self.assertEqual(self.sink.messages(customer[3]), [], "not at once")
        self._age(31)
        self.worker.call("deliver")
        self.worker.call("deliver")
        self.assert_only(self._notices(customer[1]), "sent", attempts=2)
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_too_many_on_one_connection(self):
        """A server that hangs up between two messages costs no message."""
        customers = self._ready("Hang Up A", "Hang Up B", "Hang Up C")
        self.sink.rules(("hang.up.b", "drop"))
        self.worker.call("deliver")
        states = {c[3]: self._notices(c[1])[0]["state"] for c in customers.values()}
        self.assertEqual(sorted(states.values()), ["failed", "sent", "sent"])
        self.assertEqual(states["hang.up.b@example.com"], "failed")

    def test_busy_server_is_tried_later(self):
        customer = self._ready("Busy Server")["Busy Server"]
        self.sink.rules(("from:", "busy"))
        self.worker.call("deliver")
        self.assert_only(
            self._notices(customer[1]), "failed", can_retry=True, maybe_sent=False
        )
        self.assertEqual(self.sink.messages(customer[3]), [])

    # === NO SERVER === #

    def test_connection_refused(self):
        customer = self._ready("No Server")["No Server"]
        self.sink.stop()
        try:
            self.worker.call("deliver")
            self.assert_only(
                self._notices(customer[1]), "failed", can_retry=True, maybe_sent=False
            )
            self._age(31)
            self.worker.call("deliver")
            self.assert_only(self._notices(customer[1]), "failed", attempts=2)
        finally:
            self.sink.start()
        self._age(31)
        self.assertEqual(self.worker.call("deliver")["sent"], 1)
        self.worker.call("deliver")
        self.worker.call("mail_queue")
        self.assert_only(self._notices(customer[1]), "sent", attempts=3)
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    # === NOBODY KNOWS === #

    def _assert_a_person_decides(self, customer):
        """Assert that what may have been sent waits, whatever runs."""
        self.assert_only(
            self._notices(customer[1]), "failed", can_retry=False, maybe_sent=True
        )
        self.assertIn(
            "may have been sent", self._notices(customer[1])[0]["failure_reason"]
        )
        self.assertEqual(self._activities(customer[1]), ["activity_check_notice"])
        self.sink.rules()
        self._age(120)
        for work in ("deliver", "mail_queue", "plan", "deliver"):
            self.worker.call(work)
        self.assertEqual(len(self.sink.messages(customer[3])), 1)
        [notice] = self._notices(customer[1])
        self.assertEqual(notice["state"], "failed")
        self.worker.call("call", model="ar.notice", ids=[notice["id"]], method="retry")
        self.worker.call("deliver")
        self.assert_only(self._notices(customer[1]), "sent", maybe_sent=False)
        self.assertEqual(len(self.sink.messages(customer[3])), 2, "as a person said")

    def test_dropped_after_the_message(self):
        customer = self._ready("Dropped Late")["Dropped Late"]
        self.sink.rules((customer[3], "drop"))
        self.worker.call("deliver")
        self._assert_a_person_decides(customer)

    def test_no_answer_to_the_message(self):
        customer = self._ready("No Answer")["No Answer"]
        self.sink.rules((customer[3], "stall"))
        self.worker.call("deliver")
        self._assert_a_person_decides(customer)

    def test_server_that_breaks_off_again_and_again(self):
        names = [f"Breaks Off {letter}" for letter in "ABCDE"]
        customers = self._ready(*names)
        self.sink.rules(("breaks.off", "drop"))
        self.worker.call("deliver")
        states = [self._notices(c[1])[0]["state"] for c in customers.values()]
        self.assertEqual(sorted(states), ["failed"] * 3 + ["ready"] * 2)
        self.sink.rules()
        self.assertEqual(self.worker.call("deliver")["sent"], 2)
        self.assertEqual(set(self.sink.inboxes("breaks.off").values()), {1})

    # === ODOO'S OWN MAIL QUEUE === #

    def test_mail_queue_passes_the_gate(self):
        customer = self._ready("Mail Queue")["Mail Queue"]
        self.worker.call("make_mails")
        self.worker.call("mail_queue")
        self.assert_only(self._notices(customer[1]), "sent")
        self.worker.call("mail_queue")
        self.worker.call("deliver")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_mail_queue_finds_old_mails_closed(self):
        """What was made long ago is made anew, for it may have been paid."""
        customer = self._ready("Old Mail")["Old Mail"]
        self.worker.call("make_mails")
        self._age(20)
        self.worker.call("mail_queue")
        self.assertEqual(self.sink.messages(customer[3]), [])
        self.assert_only(self._notices(customer[1]), "ready")
        self.worker.call("deliver")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_person_sends_the_mail_again(self):
        """Odoo's button on the mail does not go around the notice."""
        customer = self._ready("Button Again")["Button Again"]
        self.worker.call("deliver")
        [notice] = self._notices(customer[1])
        mails = self.worker.call(
            "find", model="mail.mail", domain=[["ar_notice_id", "=", notice["id"]]]
        )
        again = {"model": "mail.mail", "ids": mails}
        self.worker.call("call", method="mark_outgoing", **again)
        self.worker.call("call", method="send", **again)
        self.worker.call("mail_queue")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def test_paid_while_the_mail_waits(self):
        """Paid between making the mail and sending it: settled meanwhile."""
        customers = self._ready("Paid Waits", "Waits On")
        customer = customers["Paid Waits"]
        self.worker.call("make_mails")
        self.worker.call("pay", moves=customer[2])
        self.worker.call("mail_queue")
        self.assertEqual(self.sink.messages(customer[3]), [])
        self.assertEqual(len(self.sink.messages("waits.on")), 1)
        self.worker.call("deliver")
        self.assert_only(self._notices(customer[1]), "cancelled")
        self.assertEqual(self.sink.messages(customer[3]), [])
