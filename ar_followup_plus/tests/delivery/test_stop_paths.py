"""Each path by which something could leave, under a contact stop, a pause, or off."""

from ..child import ChildCase, ChildError

#: What is said to who tries it under a stop.
SAID = "is stopped|is not live"
#: What is tried: how the customer is prepared, and what a person then does. First what
#: sends, or makes mails of, all that is ready.
PATHS = {
    "retry": ("_failed", "_retry"),
    "mails already made": ("_mail_made", None),
    "ready notices": ("_ready_one", None),
    "nothing planned yet": ("_owing", None),
    "approve": ("_proposed", "_approve"),
    "approve of several": ("_proposed", "_approve_several"),
    "send now": ("_owing", "_send_now"),
    "send one now": ("_ready_one", "_send_one_now"),
    "letters by mail": ("_letter_to_mail", None),
    "statement": ("_statement_asked", "_send_statement"),
    "statement already made": ("_statement_made", None),
    "statements of several": ("_statement_asked", "_send_statements"),
    "statements by schedule": ("_statement_due", None),
    "code for the page": ("_statement_asked", "_send_code"),
    "requests for signatures": ("_may_sign", "_ask_to_sign"),
    "signed terms": ("_may_sign", "_sign"),
    "copies": ("_statement_asked", "_send_copies"),
    "answer to a dispute": ("_disputing", "_reject"),
    "thanks": ("_statement_asked", "_thank"),
    "invoice asked for": ("_statement_asked", "_not_received"),
    "we tried to reach you": ("_third_call", "_no_answer"),
    "reminder of an installment": ("_installment_due", None),
    "promise not kept": ("_promise_not_kept", None),
    "offer of a plan": ("_offered", "_offer"),
    "payment that came back": ("_came_back", None),
    "hold by a person": ("_on_hold", "_warn"),
    "hold by itself": ("_on_hold", None),
}


class TestStopPaths(ChildCase):
    """Nothing reaches the mail server, whatever is tried; it does once it is lifted.

    The stop is written past the method that sets it, which would cancel what waits:
    each path has to see it by itself.
    """

    def setUp(self):
        super().setUp()
        self.addCleanup(self._lift)

    def _hold(self, how):
        """Stop all debtors, or the company."""
        statement = {
            "stop": "UPDATE ar_debtor SET stop_reason = 'insolvency'",
            "pause": "UPDATE res_company SET ar_paused = TRUE",
            "off": "UPDATE res_company SET ar_state = 'off'",
            "preview": "UPDATE res_company SET ar_state = 'preview'",
        }
        self.db.sql(statement[how])

    def _lift(self):
        self.db.sql(
            "UPDATE ar_debtor SET stop_reason = NULL;"
            "UPDATE res_company SET ar_paused = FALSE, ar_state = 'off'"
        )
        self.db.sql(
            "UPDATE res_company SET ar_state = 'live' WHERE id = %s", self.company_id
        )

    def _each_path(self, how):
        """Try all paths under a stop, or without any, each for its own customer."""
        self._lift()
        customers = {}
        for path, (prepare, _act) in PATHS.items():
            # A name of its own: the inboxes of all tests are the same
            customers[path] = getattr(self, prepare)(f"{path} {how or 'free'}")
            self._lift()
            self.assertEqual(self.sink.messages(customers[path][3]), [], path)
        if how:
            self._hold(how)
        for path, (_prepare, act) in PATHS.items():
            if act:
                with self.subTest(path=path):
                    getattr(self, act)(customers[path], how)
        for work in ("deliver", "mail_queue", "crons", "mail_queue"):
            self.worker.call(work)
        for path, customer in customers.items():
            with self.subTest(path=path):
                count = len(self.sink.messages(customer[3]))
                self.assertEqual(count, 0 if how else 1)

    def test_without_a_stop(self):
        self._each_path(None)

    def test_contact_stop(self):
        self._each_path("stop")

    def test_paused(self):
        self._each_path("pause")

    def test_switched_off(self):
        self._each_path("off")

    def test_preview(self):
        self._each_path("preview")

    # === WHAT A PERSON DOES === #

    def _try(self, how, task="call", **arguments):
        """Run a task of the worker, which says so if a stop holds it."""
        if not how:
            self.worker.call(task, **arguments)
            return
        with self.assertRaisesRegex(ChildError, SAID):
            self.worker.call(task, **arguments)

    def _try_customer(self, customer, how, method, **arguments):
        act = {"model": "ar.debtor", "ids": [customer[1]], "method": method}
        self._try(how, **act, **arguments)

    def _try_notice(self, customer, how, method):
        ids = [notice["id"] for notice in self._notices(customer[1])]
        self._try(how, model="ar.notice", ids=ids, method=method)

    def _retry(self, customer, how):
        """It leaves when a pause is over."""
        self._try_notice(customer, how if how == "stop" else None, "retry")

    def _approve(self, customer, how):
        self._try_notice(customer, how, "approve")

    def _approve_several(self, customer, how):
        self._try_customer(customer, how, "action_approve_notices")

    def _send_now(self, customer, how):
        self._try_customer(customer, how, "action_send_now")

    def _send_one_now(self, customer, how):
        self._try_notice(customer, how, "send_now")

    def _send_statement(self, customer, how):
        self._try_customer(customer, how, "send_statement")

    def _send_statements(self, customer, how):
        self._try_customer(customer, how, "action_send_statements")

    def _ask_to_sign(self, customer, how):
        self._try_customer(customer, how, "action_request_policy")

    def _warn(self, customer, how):
        self._try_customer(customer, how, "action_send_hold_warning")

    def _send_copies(self, customer, how):
        self._try(how, "send_copies", debtor=customer[1])

    def _reject(self, customer, how):
        """The answer is an e-mail; the dispute stays open where it cannot leave."""
        act = {"model": "ar.dispute", "ids": [customer[4]], "method": "reject"}
        self._try(how, args=["It is right"], **act)

    def _offer(self, customer, how):
        act = {"model": "ar.payment.plan", "ids": customer[4]}
        self._try(how, method="action_offer", **act)

    # === WHAT TELLS NOBODY THAT IT WAS HELD === #

    def _send_code(self, customer, _how):
        """Asked for by anybody with a link, who is not told either."""
        self.worker.call("send_code", debtor=customer[1])

    def _thank(self, customer, _how):
        self.worker.call("thank", debtor=customer[1])

    def _not_received(self, customer, _how):
        """The customer says that no invoice arrived: a person sees to it instead."""
        self.worker.call("answer_not_received", debtor=customer[1])

    def _no_answer(self, customer, _how=None):
        """The third call is logged; the e-mail about it stays here."""
        act = {"model": "ar.debtor", "ids": [customer[1]], "method": "log_contact"}
        self.worker.call("call", args=["no_answer"], **act)

    def _sign(self, customer, how):
        """Under a contact stop nobody signs; else the copy waits, as all mail does."""
        if how != "stop":
            self.worker.call("sign_policy", debtor=customer[1])
            return
        with self.assertRaisesRegex(ChildError, "cannot be signed"):
            self.worker.call("sign_policy", debtor=customer[1])

    # === CUSTOMERS === #

    def _ready_one(self, name):
        return self._ready(name)[name]

    def _owing(self, name):
        return self._customers(name)[name]

    def _mail_made(self, name):
        customer = self._ready_one(name)
        self.worker.call("make_mails")
        return customer

    def _statement_asked(self, name):
        """A customer who owes nothing that is due: only the statement can leave."""
        return self._customers(name, due=-20)[name]

    def _statement_made(self, name):
        customer = self._statement_asked(name)
        self.worker.call("make_statement", debtor=customer[1])
        return customer

    def _proposed(self, name):
        self.db.sql(
            "UPDATE res_company SET ar_state = 'ask' WHERE id = %s", self.company_id
        )
        return self._ready_one(name)

    def _failed(self, name):
        customer = self._ready_one(name)
        self.sink.rules((customer[3], "refuse"))
        self.worker.call("deliver")
        self.sink.rules()
        return customer

    def _may_sign(self, name):
        """A customer who owes nothing that is due, and has not signed the terms."""
        self.worker.call("publish_policy")
        return self._statement_asked(name)

    def _third_call(self, name):
        """A customer who owes nothing that is due, called twice without an answer."""
        customer = self._customers(name, due=-20)[name]
        for _try in range(2):
            self._no_answer(customer)
        return customer

    def _letter_to_mail(self, name):
        """A letter of a company without a printer."""
        customer = self._ready_one(name)
        self.db.sql(
            "UPDATE res_partner SET street = '1 Street', city = 'Town' WHERE id = %s",
            customer[0],
        )
        self.db.sql(
            "UPDATE res_company SET ar_letter_by_email = TRUE WHERE id = %s",
            self.company_id,
        )
        self.addCleanup(
            self.db.sql, "UPDATE res_company SET ar_letter_by_email = FALSE"
        )
        self.db.sql(
            "UPDATE ar_notice SET channel = 'letter' WHERE debtor_id = %s", customer[1]
        )
        return customer

    def _disputing(self, name):
        customer = self._statement_asked(name)
        return *customer, self.worker.call("open_dispute", debtor=customer[1])

    def _offered(self, name):
        customer = self._statement_asked(name)
        ids = self.worker.call("agree", debtor=customer[1], what="offer")
        return *customer, ids

    def _installment_due(self, name):
        """Nothing is due but an installment, of which a reminder leaves."""
        customer = self._customers(name, due=-20)[name]
        self.worker.call("agree", debtor=customer[1], what="reminder")
        return customer

    def _promise_not_kept(self, name):
        customer = self._customers(name, due=-20)[name]
        self.worker.call("agree", debtor=customer[1], what="broken")
        return customer

    def _came_back(self, name):
        customer = self._customers(name, due=-20)[name]
        self.worker.call("payment_back", debtor=customer[1])
        return customer

    def _statement_due(self, name):
        """A statement that the schedule, or a person, wants sent."""
        customer = self._statement_asked(name)
        self.db.sql(
            "UPDATE ar_debtor SET statement_wanted = 'email' WHERE id = %s", customer[1]
        )
        return customer

    def _on_hold(self, name):
        """A customer whose orders will wait for what is late, and was not told yet.

        It is too early for a reminder of it.
        """
        customer = self._customers(name, due=2)[name]
        self.db.sql(
            """UPDATE ar_debtor SET hold_state = 'warn', hold_reason = 'person',
                      hold_from = CURRENT_DATE + 20 WHERE id = %s""",
            customer[1],
        )
        return customer

    # === OTHERS === #

    def test_bulk_approve_with_one_stopped(self):
        """One customer who is stopped does not let the others' approval through."""
        self._lift()
        self.db.sql(
            "UPDATE res_company SET ar_state = 'ask' WHERE id = %s", self.company_id
        )
        self._forget()
        customers = self._ready("Bulk A", "Bulk B")
        stopped = customers["Bulk B"]
        self.worker.call(
            "call",
            model="ar.debtor",
            ids=[stopped[1]],
            method="stop_contact",
            args=["moratorium"],
        )
        self.assert_only(self._notices(stopped[1]), "cancelled")
        ids = [self._notices(c[1])[0]["id"] for c in customers.values()]
        with self.assertRaises(ChildError):
            self.worker.call("call", model="ar.notice", ids=ids, method="approve")
        self.worker.call("call", model="ar.notice", ids=ids[:1], method="approve")
        self.worker.call("deliver")
        self.assertEqual(self.sink.inboxes("bulk."), {customers["Bulk A"][3]: 1})

    def test_send_to_me(self):
        """It goes to the person who asked, also under a stop, and to nobody else."""
        self._lift()
        customer = self._ready_one("Preview To Me")
        self._hold("stop")
        ids = [notice["id"] for notice in self._notices(customer[1])]
        self.worker.call(
            "call",
            model="ar.notice",
            ids=ids,
            method="action_send_to_me",
            user="base.user_admin",
        )
        # Beside what tells them of disputes that other tests opened
        subjects = [message["Subject"] for message in self.sink.messages("admin")]
        checks = [subject for subject in subjects if "[For you to check]" in subject]
        self.assertEqual(len(checks), 1)
        self.assertEqual(self.sink.messages(customer[3]), [])
        self.assert_only(self._notices(customer[1]), "ready", attempts=0)

    def test_chatter_message_of_a_person(self):
        """Under a stop what is written to the customer stays here; colleagues get it."""
        self._lift()
        customer = self._customers("Chatter Reader")["Chatter Reader"]
        users = self.worker.call(
            "find", model="res.partner", domain=[["email", "=", "mate@example.com"]]
        )
        mate = users or [
            self.worker.call(
                "create", model="res.partner", name="Mate", email="mate@example.com"
            )
        ]
        post = {"debtor": customer[1], "partners": [customer[0], *mate]}
        self.worker.call("post", body="Before the stop", **post)
        self.worker.call("mail_queue")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)
        self.assertEqual(len(self.sink.messages("mate@")), 1)
        self._hold("stop")
        self.worker.call("post", body="During the stop", **post)
        self.worker.call("mail_queue")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)
        self.assertEqual(len(self.sink.messages("mate@")), 2)

    def test_statement_leaves_otherwise(self):
        """The same paths do send where nothing is stopped."""
        self._lift()
        customer = self._customers("Gets Statement")["Gets Statement"]
        send = {"model": "ar.debtor", "ids": [customer[1]], "method": "send_statement"}
        self.worker.call("call", **send)
        [message] = self.sink.messages(customer[3])
        attachment, table = message.iter_attachments()
        self.assertEqual(attachment.get_content_type(), "application/pdf")
        self.assertTrue(attachment.get_content().startswith(b"%PDF"))
        self.assertTrue(table.get_filename().endswith(".xlsx"))
        self.worker.call("mail_queue")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)
