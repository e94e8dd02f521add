"""The message that arrives: parsed, answered, bounced."""

import re
from email.utils import getaddresses, parseaddr

from ..child import ChildCase

REPLY = """From: {sender}
To: {to}
Subject: Re: {subject}
Message-Id: <answer-{key}@customer.example>
In-Reply-To: {reference}
References: {reference}
Date: Tue, 10 Mar 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

We pay on Friday.
"""
BOUNCE = """From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-{key}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-Id: {reference}
From: receivables@example.com
To: {address}
Subject: {subject}

The text.
--b--
"""


class TestSendingMessage(ChildCase):
    """Everything in the message leads where it should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = {"model": "res.company", "ids": [cls.company_id]}
        [company] = cls.worker.call("read", names=["name", "ar_user_id"], **cls.company)
        [user] = cls.worker.call(
            "read", model="res.users", ids=[company["ar_user_id"]], names=["name"]
        )
        cls.sender = f"{user['name']}, {company['name']}"

    def _alias_domain(self, name):
        """Let the company have an alias domain, or none."""
        ids = self.worker.call(
            "find", model="mail.alias.domain", domain=[["name", "=", name]]
        )
        if name and not ids:
            ids = [self.worker.call("create", model="mail.alias.domain", name=name)]
        self.worker.call(
            "write", alias_domain_id=ids[0] if name else False, **self.company
        )

    def _arrived(self, customer):
        self.worker.call("deliver")
        [message] = self.sink.messages(customer[3])
        return message

    def _answer(self, message, text=REPLY, **values):
        self.worker.call(
            "receive",
            text=text.format(
                **{
                    "to": parseaddr(message["Reply-To"])[1],
                    "sender": message["To"],
                    "subject": message["Subject"],
                    "reference": message["Message-Id"],
                    "address": parseaddr(message["To"])[1],
                    **values,
                }
            ),
        )

    def test_message_with_an_alias_domain(self):
        self._alias_domain("mail.example.com")
        customer = self._ready("Reads Mail", amounts=[100, 250.5])["Reads Mail"]
        message = self._arrived(customer)
        self.assertEqual(
            getaddresses([message["To"]]), [("Reads Mail", "reads.mail@example.com")]
        )
        self.assertIsNone(message["Cc"])
        self.assertEqual(message["X-Sent-To"], customer[3])
        self.assertEqual(message["X-Sent-From"], "bounce@mail.example.com")
        self.assertEqual(
            parseaddr(message["From"]), (self.sender, "receivables@example.com")
        )
        self.assertEqual(parseaddr(message["Reply-To"])[1], "catchall@mail.example.com")
        self.assertIn(message["Message-Id"], message["References"])
        self.assertRegex(message["Message-Id"], rf"<.*{customer[1]}-ar\.debtor@")
        self.assertNotIn("\n", message["Subject"])
        text = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        names = self.worker.call(
            "read",
            model="account.move",
            ids=customer[2],
            names=["name"],
        )
        for part in (text, html):
            self.assertIn("350.50", part)
            for name in names:
                self.assertIn(name["name"], part)
        token = self.db.sql(
            "SELECT access_token FROM ar_notice WHERE debtor_id = %s", customer[1]
        )[0][0]
        self.assertTrue(token)
        links = re.findall(r'href="([^"]+/receivables/n/[^"]+)"', html)
        self.assertTrue(links)
        for link in links:
            self.assertIn(token, link)
        # A person answers: the debtor has it, waits, and somebody is to answer
        self._answer(message, key="alias")
        self._assert_answered(customer, "We pay on Friday.")

    def test_answer_without_an_alias_domain(self):
        self._alias_domain(False)
        customer = self._ready("Plain Setup")["Plain Setup"]
        message = self._arrived(customer)
        self.assertEqual(parseaddr(message["Reply-To"])[1], "receivables@example.com")
        html = message.get_body(("html",)).get_content()
        self.assertIn("/receivables/n/", html, "the page of the notice")
        self._answer(message, key="plain")
        self._assert_answered(customer, "We pay on Friday.")

    def _assert_answered(self, customer, text):
        messages = self.db.sql(
            "SELECT body FROM mail_message WHERE model = 'ar.debtor' AND res_id = %s "
            "AND message_type = 'email'",
            customer[1],
        )
        self.assertEqual(len(messages), 1)
        self.assertIn(text, messages[0][0])
        [(waits, reason)] = self.db.sql(
            "SELECT reply_until, next_reason FROM ar_debtor WHERE id = %s", customer[1]
        )
        self.assertEqual(str(waits), self.worker.call("working_day", days=5))
        self.assertEqual(reason, "waiting_for_us")
        self.assertEqual(self._activities(customer[1]), ["activity_reply"])

    def test_bounce_marks_the_notice(self):
        self._alias_domain("mail.example.com")
        customer = self._ready("Moved Away")["Moved Away"]
        message = self._arrived(customer)
        for key in ("one", "two"):
            self._answer(message, BOUNCE, to=message["X-Sent-From"], key=key)
        [(delivery,)] = self.db.sql(
            "SELECT delivery FROM ar_notice WHERE debtor_id = %s", customer[1]
        )
        self.assertEqual(delivery, "bounced")
        self.assertEqual(self._activities(customer[1]), ["activity_no_contact"])
        [(waits,)] = self.db.sql(
            "SELECT reply_until FROM ar_debtor WHERE id = %s", customer[1]
        )
        self.assertIsNone(waits, "a bounce is no answer")
        # Nobody else can be reached: nothing is sent to the address again
        self._customers_again(customer)
        self.worker.call("night")
        self.assertEqual(len(self.sink.messages(customer[3])), 1)

    def _customers_again(self, customer):
        """Give a customer another invoice that is due, long after the first notice."""
        self.db.sql(
            "UPDATE ar_debtor SET last_contact_date = last_contact_date - 60 "
            "WHERE id = %s",
            customer[1],
        )
        self.worker.call("copy_invoices", moves=customer[2])

    def test_two_languages_in_one_batch(self):
        self.worker.call("french", template="ar_followup_plus.mail_template_gentle")
        english = self._customers("Speaks English")["Speaks English"]
        french = self._customers("Parle Autrement", lang="fr_FR")["Parle Autrement"]
        self.worker.call("plan", debtors=[english[1], french[1]])
        self.worker.call("deliver")
        [message] = self.sink.messages(french[3])
        self.assertEqual(message["Subject"], "Rappel en deux lignes")
        self.assertIn("Bonjour", message.get_body(("html",)).get_content())
        [message] = self.sink.messages(english[3])
        self.assertNotIn("Rappel", message["Subject"])
        self.assertNotIn("Bonjour", message.get_body(("html",)).get_content())
