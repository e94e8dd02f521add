"""Bounces, people who left, and replies that no reference leads home.

All of them are messages as they come in, through Odoo's mail gateway.
"""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..delivery.sending_common import SendingCommon

MAIL = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{key}@customer.example>
Date: Tue, 10 Mar 2026 11:00:00 +0000
{header}Content-Type: text/plain; charset=utf-8

{body}
"""

REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: {to}
Subject: {subject}
Message-Id: <{key}@mx.example.net>
Date: Tue, 10 Mar 2026 11:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type={report}; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

This is what became of your message.

--part
{machine}

--part
Content-Type: message/rfc822

From: receivables@example.com
To: {address}
Subject: your invoice
Message-Id: {reference}
Content-Type: text/plain

Pay.

--part--
"""

STATUS = """Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
"""

OPENED = """Content-Type: message/disposition-notification

Final-Recipient: rfc822; {address}
Disposition: manual-action/MDN-sent-manually; displayed
"""


class GatewayCommon(SendingCommon):
    """A customer to whom a notice was sent today."""

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        self._deliver()
        self.notice = self._notices(self.customer, "sent")
        self.debtor = self.notice.debtor_id
        self.count = 0

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def _process(self, text, **values):
        self.count += 1
        values = {"key": f"m-{self.count}", "to": "receivables@example.com", **values}
        return self.env["mail.thread"].message_process(None, text.format(**values))

    def _receive(
        self,
        subject="Hello",
        body="A word.",
        sender=None,
        answers=False,
        header="",
        **kw,
    ):
        if answers:
            header += f"In-Reply-To: {self._reference()}\n"
        return self._process(
            MAIL,
            subject=subject,
            body=body,
            sender=sender or self.customer.email_formatted,
            header=header,
            **kw,
        )

    def _report(self, machine, report="delivery-status", address=None, **status):
        address = address or self.customer.email
        return self._process(
            REPORT,
            subject="About your message",
            report=report,
            machine=machine.format(address=address, **status),
            address=address,
            reference=self._reference(),
        )

    def _reference(self):
        return self.notice.mail_message_id.message_id

    def _kinds(self, debtor=None):
        activities = (debtor or self.debtor).sudo().activity_ids
        return activities.mapped("activity_type_id.name")

    def _unmatched(self):
        return self.env["ar.unmatched.reply"].search([])


class TestBounces(GatewayCommon):
    def test_bounce(self):
        """It marks the contact, waits some days, and asks for a new address."""
        for _again in range(2):
            self._report(STATUS, action="failed", status="5.1.1")
        self.assertTrue(self.customer.message_bounce)
        self.assertEqual(self.notice.delivery, "bounced")
        self.assertEqual(self._kinds(), ["No contact to write to"])
        self.assertIn("ask for a new contact", self.debtor.sudo().activity_ids.summary)
        self.assertEqual(self.debtor.snooze_until, date(2026, 3, 17))
        self.assertIn(self.customer.email, self.debtor.snooze_reason)
        self.assertFalse(self.debtor.reply_until)
        people = self.env["ar.notice"]._people_of(self.debtor)
        self.assertFalse(people.get(self.debtor.id))

    def test_bounce_lets_nothing_leave_for_the_days_of_the_company(self):
        self.company.ar_reply_days = 2
        self._report(STATUS, action="failed", status="5.1.1")
        self.assertEqual(self.debtor.snooze_until, date(2026, 3, 12))
        self._invoice(self.customer, 300, 40)
        self._plan(date(2026, 3, 11), self.customer)
        self.assertFalse(self._notices(self.customer, "ready", "proposed"))

    def test_another_address_takes_the_mark_away(self):
        self._report(STATUS, action="failed", status="5.1.1")
        self.customer.email = "new@example.com"
        self.assertEqual(self.customer.message_bounce, 0)
        self.assertTrue(self.env["ar.notice"]._people_of(self.debtor)[self.debtor.id])

    def test_next_contact_is_written_to(self):
        director = self._customer("Next Role", parent_id=self.customer.id)
        self.env["ar.debtor.contact"].create(
            {"debtor_id": self.debtor.id, "partner_id": director.id, "role": "director"}
        )
        self.env["ar.debtor.contact"].create(
            {"debtor_id": self.debtor.id, "partner_id": self.customer.id, "sequence": 1}
        )
        self.assertEqual(
            self.notice._recipients()[self.notice.id][0][0], self.customer.id
        )
        self._report(STATUS, action="failed", status="5.1.1")
        self.assertEqual(self.notice._recipients()[self.notice.id][0][0], director.id)

    def test_bounce_that_names_no_message_of_ours(self):
        self._process(
            REPORT,
            subject="Undelivered",
            report="delivery-status",
            machine=STATUS.format(
                address=self.customer.email, action="failed", status="5.1.1"
            ),
            address=self.customer.email,
            reference="<lost@example.com>",
        )
        self.assertEqual(self.notice.delivery, "bounced")
        self.assertEqual(self._kinds(), ["No contact to write to"])

    def test_bounce_that_names_no_address(self):
        self._receive(
            sender="MAILER-DAEMON@mx.example.net", answers=True, body="User unknown"
        )
        self.assertTrue(self.customer.message_bounce)
        self.assertEqual(self.notice.delivery, "bounced")

    def test_receipts_and_delays_are_no_bounces(self):
        for machine, report, status in (
            (STATUS, "delivery-status", {"action": "delayed", "status": "4.4.1"}),
            (STATUS, "delivery-status", {"action": "delivered", "status": "2.0.0"}),
            (OPENED, "disposition-notification", {}),
        ):
            with self.subTest(report=report, **status):
                self._report(machine, report, **status)
                self.assertFalse(self.customer.message_bounce)
                self.assertFalse(self.debtor.snooze_until)
                self.assertFalse(self._kinds())

    def test_bounce_under_a_contact_stop(self):
        self.debtor.stop_contact("insolvency")
        self._report(STATUS, action="failed", status="5.1.1")
        self.assertEqual(self.debtor.next_reason, "contact_stopped")
        self.assertEqual(self._kinds(), ["No contact to write to"])


class TestPeopleWhoLeft(GatewayCommon):
    def test_person_who_left(self):
        self._receive(
            subject="Automatic reply: your invoice",
            header="Auto-Submitted: auto-replied\n",
            body="Jo has left the company. Please write to accounts@example.com.",
            answers=True,
        )
        self.assertTrue(self.customer.message_bounce)
        self.assertEqual(self._kinds(), ["No contact to write to"])
        self.assertIn("accounts@example.com", self.debtor.sudo().activity_ids.summary)
        self.assertFalse(self.debtor.reply_until)
        self.assertFalse(self.debtor.snooze_until)

    def test_absence_pauses_nothing(self):
        """Also where it names a deputy, and where it goes to the address for bounces."""
        domain = self.company.alias_domain_id or self.env["mail.alias.domain"].create(
            {"name": "ours.example"}
        )
        for to in ("receivables@example.com", domain.bounce_email):
            with self.subTest(to=to):
                self._receive(
                    subject="Out of office",
                    header="Auto-Submitted: auto-replied\nPrecedence: auto_reply\n",
                    body="Back on Monday. If urgent: deputy@example.com",
                    answers=True,
                    to=to,
                )
                self.assertFalse(self.customer.message_bounce)
                self.assertFalse(self.debtor.reply_until)
                self.assertFalse(self.debtor.snooze_until)
                self.assertFalse(self._kinds())
        received = self.debtor.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(received), 2)

    def test_nobody_says_that_somebody_else_left(self):
        self._receive(
            sender="liar@elsewhere.example",
            header="Auto-Submitted: auto-replied\n",
            body="First Customer no longer works here.",
            answers=True,
        )
        self.assertFalse(self.customer.message_bounce)
        self.assertFalse(self._kinds())


class TestUnsubscribe(GatewayCommon):
    def test_is_explained_and_never_lost(self):
        self._receive(subject="Unsubscribe", body="Please", answers=True)
        activity = self.debtor.sudo().activity_ids
        self.assertIn("only a statement, or another contact", activity.summary)
        self.assertTrue(self.debtor.reply_until)
        blocked = self.env["mail.blacklist"].search_count(
            [("email", "=", self.customer.email)]
        )
        self.assertFalse(blocked)
        self.assertTrue(self.env["ar.notice"]._people_of(self.debtor)[self.debtor.id])

    def test_words_of_the_quoted_notice_do_not_count(self):
        self._receive(body="I pay on Friday.\n\n> to unsubscribe click", answers=True)
        self.assertIn("Answer:", self.debtor.sudo().activity_ids.summary)

    def test_in_other_words(self):
        for body in (
            "Bitte abmelden!",
            "Merci de me désabonner",
            "Take me off the list",
        ):
            with self.subTest(body):
                self._receive(body=body, answers=True)
                self.assertIn(
                    "not advertising", self.debtor.sudo().activity_ids.summary
                )

    def test_no_notes_before_the_due_date(self):
        other = self._debtor(self.other)
        self._invoice(self.other, 500, -5, term=30)
        planned = [entry["step"] for entry in other.preview()]
        other.with_user(self.user_collector).no_preventive = True
        self.env.flush_all()
        quieter = [entry["step"] for entry in other.preview()]
        self.assertEqual(planned[1:], quieter)
        self.assertEqual(planned[0], self._step("business_preventive").name)


class TestUnmatched(GatewayCommon):
    STRANGER = "Stranger <stranger@elsewhere.example>"

    def _received(self):
        return self.debtor.message_ids.filtered(lambda m: m.message_type == "email")

    def test_number_of_the_notice(self):
        self._receive(f"Your letter {self.notice.number}", sender=self.STRANGER)
        self.assertTrue(self._received())
        self.assertTrue(self.debtor.reply_until)
        self.assertEqual(self._kinds(), ["Answer the customer"])
        self.assertFalse(self._unmatched())

    def test_number_of_the_invoice_in_the_text(self):
        self._receive(body=f"About {self.invoice.name}, paid.", sender=self.STRANGER)
        self.assertTrue(self._received())

    def test_known_sender(self):
        self._receive()
        self.assertTrue(self._received())
        self.assertTrue(self.debtor.reply_until)

    def test_two_customers_named(self):
        second = self._invoice(self.other, 50, 3)
        self._receive(f"{self.invoice.name} {second.name}", sender=self.STRANGER)
        self.assertFalse(self._received())
        self.assertEqual(len(self._unmatched()), 1)

    def test_number_of_another_company(self):
        """Numbers count in the company that was written to, and in no other."""
        self.company.ar_email = "elsewhere@example.com"
        other = (
            self.company_data_2["company"]
            if hasattr(self, "company_data_2")
            else (self.env["res.company"].create({"name": "Sister"}))
        )
        self._live(other, ar_email="sister@example.com")
        self._receive(self.invoice.name, sender=self.STRANGER, to="sister@example.com")
        self.assertFalse(self._received())
        self.assertEqual(self._unmatched().sudo().company_id, other)

    def test_unknown_waits_for_a_person(self):
        self._receive("Money", "We will pay.", sender=self.STRANGER)
        reply = self._unmatched()
        self.assertEqual((reply.subject, reply.state), ("Money", "open"))
        self.assertIn("We will pay.", reply.body)
        in_charge = reply.sudo().activity_ids.user_id
        self.assertEqual(reply.message_partner_ids, in_charge.partner_id)
        self.assertEqual(
            reply.sudo().activity_ids.activity_type_id.name,
            "Find the customer of a reply",
        )
        self.assertFalse(self.debtor.reply_until)
        mine = reply.with_user(self.user_collector)
        mine.debtor_id = self.debtor.id
        mine.action_assign()
        self.assertIn("We will pay.", self._received().body)
        self.assertEqual(self.debtor.reply_until, date(2026, 3, 17))
        self.assertEqual(self._kinds(), ["Answer the customer"])
        self.assertEqual(reply.state, "assigned")
        self.assertFalse(reply.sudo().activity_ids)
        with self.assertRaisesRegex(UserError, "handled already"):
            mine.action_assign()

    def test_without_customer_nothing_moves(self):
        self._receive(sender=self.STRANGER)
        with self.assertRaisesRegex(UserError, "Choose a customer"):
            self._unmatched().with_user(self.user_collector).action_assign()

    def test_about_no_invoice(self):
        self._receive(sender=self.STRANGER)
        reply = self._unmatched()
        reply.with_user(self.user_collector).action_close()
        self.assertEqual(reply.state, "closed")
        self.assertFalse(reply.sudo().activity_ids)

    def test_machine_asks_nobody(self):
        self._receive(sender=self.STRANGER, header="Precedence: bulk\n")
        self.assertTrue(self._unmatched().is_automatic)
        self.assertFalse(self._unmatched().sudo().activity_ids)

    def test_not_in_the_open(self):
        self._receive("Secret", sender=self.STRANGER)
        reply = self._unmatched()
        sister = self.env["res.company"].create({"name": "Sister"})
        foreign = new_test_user(
            self.env,
            "ar_sister",
            groups="ar_followup_plus.group_collector",
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        self.env.flush_all()
        for user in (self.user_none, self.user_portal, self.user_accountant, foreign):
            with (
                self.subTest(user=user.login),
                mute_logger("odoo.addons.base.models.ir_model"),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    reply.with_user(user).read(["subject", "body"])
                message = reply.message_id
                with self.assertRaises(AccessError):
                    message.with_user(user).read(["body"])
        self.assertEqual(reply.with_user(self.user_collector).subject, "Secret")
        with self.assertRaises(UserError):
            reply.with_user(self.user_collector).write({"state": "closed"})

    def test_customer_under_a_contact_stop(self):
        """A reply is kept, and shown to somebody."""
        self.debtor.stop_contact("insolvency")
        self._receive("Please call", answers=True)
        self.assertTrue(self._received())
        self.assertEqual(self._kinds(), ["Answer the customer"])
        self.assertEqual(self.debtor.next_reason, "contact_stopped")

    def test_other_addresses_are_not_ours(self):
        with self.assertRaisesRegex(ValueError, "No possible route"):
            self._receive(self.invoice.name, sender=self.STRANGER, to="x@example.com")
