"""Each path by which something could leave, under a contact stop, a pause, or off."""

from ..child import ChildCase, ChildError

STOPS = ("stop", "pause", "off", "preview")


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

    def _each_stop(self, prepare, method=None, model="ar.debtor", silent=False):
        """Try a path under each stop, and once without any.

        :param prepare: a method of a customer's name, run before; returns a customer
        :param str method: what a person tries, on the model's record; without a
            model, a task of the worker for the customer
        :param bool silent: nobody is told that it was held
        """
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                # A name of its own: the inboxes of all tests are the same
                name = (
                    f"{prepare.__name__.strip('_')} {(method or '').strip('_')} {how}"
                )
                customer = prepare(" ".join(name.split()))
                self.assertEqual(self.sink.messages(customer[3]), [])
                try:
                    if how:
                        self._hold(how)
                    if method:
                        self._try(customer, method, model, None if silent else how)
                    for work in ("deliver", "mail_queue", "crons", "mail_queue"):
                        self.worker.call(work)
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def _try(self, customer, method, model, how):
        ids = [customer[1]]
        if model == "ar.notice":
            ids = [notice["id"] for notice in self._notices(customer[1])]
        if not model:
            self.worker.call(method, debtor=customer[1])
            return
        act = {"model": model, "ids": ids, "method": method}
        if not how or (method == "retry" and how != "stop"):
            self.worker.call("call", **act)  # it leaves when the pause is over
        else:
            with self.assertRaisesRegex(ChildError, "is stopped|is not live"):
                self.worker.call("call", **act)

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

    def test_copies(self):
        """Copies of invoices, asked for before the stop and under it."""
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                customer = self._statement_asked(f"copies {how}")
                try:
                    if how:
                        self._hold(how)
                        with self.assertRaisesRegex(
                            ChildError, "is stopped|is not live"
                        ):
                            self.worker.call("send_copies", debtor=customer[1])
                    else:
                        self.worker.call("send_copies", debtor=customer[1])
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def test_answer_to_a_dispute(self):
        """Its answer is an e-mail too; the dispute stays open where it cannot leave."""
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                customer = self._statement_asked(f"dispute {how}")
                dispute = self.worker.call("open_dispute", debtor=customer[1])
                act = {"model": "ar.dispute", "ids": [dispute], "method": "reject"}
                try:
                    if how:
                        self._hold(how)
                        with self.assertRaisesRegex(
                            ChildError, "is stopped|is not live"
                        ):
                            self.worker.call("call", args=["It is right"], **act)
                    else:
                        self.worker.call("call", args=["It is right"], **act)
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def _silent(self, what, task):
        """Try a path that tells nobody that it was held."""
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                customer = self._statement_asked(f"{what} {how}")
                try:
                    if how:
                        self._hold(how)
                    self.worker.call(task, debtor=customer[1])
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def test_thanks(self):
        """A thank-you for what was paid."""
        self._silent("thanks", "thank")

    def test_invoice_asked_for_on_the_page(self):
        """The customer says that no invoice arrived: a person sees to it instead."""
        self._silent("asked", "answer_not_received")

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

    def test_ready_notices(self):
        self._each_stop(self._ready_one)

    def test_mails_already_made(self):
        self._each_stop(self._mail_made)

    def test_nothing_planned_yet(self):
        self._each_stop(self._owing)

    def test_statement(self):
        self._each_stop(self._statement_asked, "send_statement")

    def test_statement_already_made(self):
        self._each_stop(self._statement_made)

    def test_code_for_the_customers_page(self):
        """Asked for by anybody with a link, who is not told either."""
        self._each_stop(self._statement_asked, "send_code", None, True)

    def _may_sign(self, name):
        """A customer who owes nothing that is due, and has not signed the terms."""
        self.worker.call("publish_policy")
        return self._statement_asked(name)

    def test_requests_for_signatures_of_several(self):
        self._each_stop(self._may_sign, "action_request_policy")

    def test_signed_terms_of_payment(self):
        """Under a contact stop nobody signs; else the copy waits, as all mail does."""
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                customer = self._may_sign(f"signs {how}")
                try:
                    if how:
                        self._hold(how)
                    if how == "stop":
                        with self.assertRaisesRegex(ChildError, "cannot be signed"):
                            self.worker.call("sign_policy", debtor=customer[1])
                    else:
                        self.worker.call("sign_policy", debtor=customer[1])
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def test_approve(self):
        self._each_stop(self._proposed, "approve", "ar.notice")

    def test_statements_of_several(self):
        self._each_stop(self._statement_asked, "action_send_statements")

    def test_approve_of_several(self):
        self._each_stop(self._proposed, "action_approve_notices")

    def test_send_now(self):
        self._each_stop(self._owing, "action_send_now")

    def test_retry(self):
        self._each_stop(self._failed, "retry", "ar.notice")

    def test_send_one_now(self):
        self._each_stop(self._ready_one, "send_now", "ar.notice")

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

    def _third_call(self, name):
        """A customer who owes nothing that is due, called twice without an answer."""
        customer = self._customers(name, due=-20)[name]
        for _try in range(2):
            self._no_answer(customer)
        return customer

    def _no_answer(self, customer):
        act = {"model": "ar.debtor", "ids": [customer[1]], "method": "log_contact"}
        self.worker.call("call", args=["no_answer"], **act)

    def test_we_tried_to_reach_you(self):
        """The third call without an answer is logged; the e-mail about it stays here."""
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._lift()
                self._forget()
                self._lift()
                customer = self._third_call(f"Third Call {how}")
                try:
                    if how:
                        self._hold(how)
                    self._no_answer(customer)
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

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

    def _installment_due(self, name):
        """Nothing is due but an installment, of which a reminder leaves."""
        customer = self._customers(name, due=-20)[name]
        self.worker.call("agree", debtor=customer[1], what="reminder")
        return customer

    def test_reminder_of_an_installment(self):
        self._each_stop(self._installment_due)

    def _promise_not_kept(self, name):
        customer = self._customers(name, due=-20)[name]
        self.worker.call("agree", debtor=customer[1], what="broken")
        return customer

    def test_promise_not_kept(self):
        self._each_stop(self._promise_not_kept)

    def _came_back(self, name):
        customer = self._customers(name, due=-20)[name]
        self.worker.call("payment_back", debtor=customer[1])
        return customer

    def test_payment_that_came_back(self):
        self._each_stop(self._came_back)

    def test_offer_of_a_plan(self):
        for how in (None, *STOPS):
            with self.subTest(how=how):
                self._forget()
                self._lift()
                customer = self._customers(f"Offer {how}", due=-20)[f"Offer {how}"]
                ids = self.worker.call("agree", debtor=customer[1], what="offer")
                offer = {"model": "ar.payment.plan", "ids": ids}
                try:
                    if how:
                        self._hold(how)
                        with self.assertRaisesRegex(
                            ChildError, "is stopped|is not live"
                        ):
                            self.worker.call("call", method="action_offer", **offer)
                    else:
                        self.worker.call("call", method="action_offer", **offer)
                    self.worker.call("mail_queue")
                    count = len(self.sink.messages(customer[3]))
                    self.assertEqual(count, 0 if how else 1)
                finally:
                    self._lift()

    def test_letters_by_mail(self):
        self._each_stop(self._letter_to_mail)

    def _statement_due(self, name):
        """A statement that the schedule, or a person, wants sent."""
        customer = self._statement_asked(name)
        self.db.sql(
            "UPDATE ar_debtor SET statement_wanted = 'email' WHERE id = %s", customer[1]
        )
        return customer

    def test_statements_by_schedule(self):
        """Due ones leave by themselves, but under no stop."""
        self._each_stop(self._statement_due)

    def _on_hold(self, name):
        """A customer whose orders will wait, and who was not told yet."""
        customer = self._statement_asked(name)
        self.db.sql(
            """UPDATE ar_debtor SET hold_state = 'warn', hold_reason = 'person',
                      hold_from = CURRENT_DATE + 20 WHERE id = %s""",
            customer[1],
        )
        return customer

    def test_hold_by_a_person(self):
        self._each_stop(self._on_hold, "action_send_hold_warning")

    def test_hold_by_itself(self):
        self._each_stop(self._on_hold)

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
