"""Unmatched replies: who writes again, whom a message belongs to, who really left."""

from ...tools.mail_classifier import has_left
from .test_replies_gateway import GatewayCommon

STRANGER = "Stranger <stranger@elsewhere.example>"


class TestRepliesAgain(GatewayCommon):
    def _unmatched(self):
        return self.env["ar.unmatched.reply"].search([])

    def _again(self, reply, body="And another thing.", header=""):
        """Let the stranger write in the same conversation."""
        reference = reply.message_id.message_id or self.first
        self._receive(
            "Re: Money",
            body,
            sender=STRANGER,
            header=f"{header}In-Reply-To: {reference}\n",
        )

    def _first(self):
        self._receive("Money", "We will pay.", sender=STRANGER)
        reply = self._unmatched()
        self.first = reply.message_id.message_id
        return reply

    def test_second_mail_opens_what_was_closed(self):
        reply = self._first()
        reply.with_user(self.user_collector).action_close()
        self._again(reply)
        self.assertEqual(self._unmatched(), reply)
        self.assertEqual(reply.state, "open")
        self.assertEqual(len(reply.sudo().activity_ids), 1)
        self.assertIn("another thing", reply.body)

    def test_second_mail_to_an_open_one_is_one_activity(self):
        reply = self._first()
        self._again(reply)
        self.assertEqual(len(reply.sudo().activity_ids), 1)

    def test_a_machine_opens_nothing(self):
        reply = self._first()
        reply.with_user(self.user_collector).action_close()
        self._again(reply, header="Auto-Submitted: auto-replied\n")
        self.assertEqual(reply.state, "closed")
        self.assertFalse(reply.sudo().activity_ids)

    def test_all_that_was_written_moves_to_the_customer(self):
        reply = self._first()
        self._again(reply)
        mine = reply.with_user(self.user_collector)
        mine.debtor_id = self.debtor.id
        mine.action_assign()
        bodies = "".join(
            self.debtor.message_ids.filtered(
                lambda m: m.message_type == "email"
            ).mapped("body")
        )
        self.assertIn("We will pay.", bodies)
        self.assertIn("another thing", bodies)

    def test_second_mail_after_assigning_reaches_the_customer(self):
        reply = self._first()
        mine = reply.with_user(self.user_collector)
        mine.debtor_id = self.debtor.id
        mine.action_assign()
        self.debtor.sudo().reply_until = False
        self._again(reply)
        self.assertTrue(self.debtor.reply_until)
        bodies = "".join(self.debtor.message_ids.mapped("body"))
        self.assertIn("another thing", bodies)

    # === WHOSE IT IS === #

    def test_who_names_another_customer_is_looked_at_by_a_person(self):
        """A known sender with the number of somebody else: neither gets it."""
        second = self._invoice(self.other, 50, 3)
        self._receive(f"About {second.name}")
        self.assertFalse(self._debtor(self.other).message_ids.filtered("email_from")
                         .filtered(lambda m: m.message_type == "email"))  # fmt: skip
        self.assertEqual(len(self._unmatched()), 1)

    def test_who_names_an_own_number_is_known(self):
        self._receive(f"About {self.invoice.name}")
        self.assertTrue(self.debtor.reply_until)
        self.assertFalse(self._unmatched())

    def test_mail_that_makes_records_of_another_app_is_left_alone(self):
        """A server that makes contacts, say, of what comes in says so by the model."""
        people = self.env["res.partner"].search_count([])
        text = (
            f"From: {STRANGER}\nTo: receivables@example.com\nSubject: Hello\n"
            "Message-Id: <model@customer.example>\n\nA word."
        )
        self.env["mail.thread"].message_process("res.partner", text)
        self.assertFalse(self._unmatched())
        self.assertEqual(self.env["res.partner"].search_count([]), people + 1)

    # === WHO LEFT === #

    def test_who_left_the_company_and_who_only_left_the_room(self):
        for text in (
            "Ms Sample no longer works with us.",
            "She has left the company.",
            "Er arbeitet nicht mehr bei uns.",
            "Frau Muster hat das Unternehmen verlassen.",
            "Il ne travaille plus ici.",
        ):
            self.assertTrue(has_left(text), text)
        for text in (
            "I no longer have access to my mail today.",
            "I have left the office until Monday.",
            "She has left for the day, back tomorrow.",
            "Ich bin nicht mehr im Büro, ab Montag wieder.",
            "Er hat das Büro verlassen.",
            "The driver has left the depot with your goods.",
        ):
            self.assertFalse(has_left(text), text)
