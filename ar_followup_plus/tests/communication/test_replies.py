"""Answers that come in: of people, and of machines."""

from datetime import date

from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ..delivery.sending_common import SendingCommon

MAIL = """From: {sender}
To: receivables@example.com
Subject: {subject}
Message-Id: <{key}@customer.example>
In-Reply-To: {reference}
References: {reference}
Date: Tue, 10 Mar 2026 11:00:00 +0000
{header}Content-Type: text/plain; charset=utf-8

We pay on Friday.
"""


class TestReplies(SendingCommon):
    """A person's answer holds automatic notices for five working days."""

    def setUp(self):
        super().setUp()
        self._invoice(self.customer, 100, 10)
        self._plan()
        self._deliver()
        self.notice = self._notices(self.customer, "sent")
        self.debtor = self.notice.debtor_id
        self.count = 0

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def _receive(self, subject="Re: your invoice", header="", sender=None):
        self.count += 1
        self.env["mail.thread"].message_process(
            None,
            MAIL.format(
                sender=sender or self.customer.email_formatted,
                subject=subject,
                key=f"answer-{self.count}",
                reference=self.notice.mail_message_id.message_id,
                header=f"{header}\n" if header else "",
            ),
        )

    def _received(self):
        return self.debtor.message_ids.filtered(lambda m: m.message_type == "email")

    def test_answer_of_a_person(self):
        self._receive()
        self.assertIn("We pay on Friday.", self._received().body)
        self.assertEqual(self._received().parent_id, self.notice.mail_message_id)
        self.assertEqual(self.debtor.reply_until, date(2026, 3, 17))
        self.assertEqual(self.debtor.next_reason, "waiting_for_us")
        activity = self.debtor.sudo().activity_ids
        self.assertEqual(
            activity.activity_type_id,
            self.env.ref("ar_followup_plus.activity_reply"),
        )
        self.assertIn("Re: your invoice", activity.summary)

    def test_second_answer_is_the_same_activity(self):
        self._receive()
        self._receive(subject="Re: and another thing")
        self.assertEqual(len(self._received()), 2)
        self.assertEqual(len(self.debtor.sudo().activity_ids), 1)
        self.assertIn("another thing", self.debtor.sudo().activity_ids.summary)

    def test_nothing_leaves_while_an_answer_waits(self):
        self._receive()
        self._invoice(self.customer, 300, 40)
        debtor = self._debtor(self.customer)
        self.assertEqual(str(debtor.reply_until), "2026-03-17")
        # Afterwards the day counts that the notice before it announced
        told = self._notices(self.customer, "sent").next_on
        self.assertGreater(str(told), "2026-03-17")
        for day, reason in (("2026-03-16", "waiting_for_us"), (told, None)):
            with freeze_time(f"{day} 10:00:00"):
                self._plan(None, self.customer)
                waiting = self._notices(self.customer, "ready", "proposed")
                self.assertEqual(bool(waiting), reason is None, day)

    def test_answers_of_machines(self):
        """They are kept, and neither hold notices nor ask anybody for anything."""
        machines = (
            {"header": "Auto-Submitted: auto-replied"},
            {"header": "Auto-Submitted: auto-generated; owner-email=x"},
            {"header": "Precedence: bulk"},
            {"header": "X-Autoreply: yes"},
            {"header": "List-Id: <all.customer.example>"},
            {"header": "Return-Path: <>"},
            {"subject": "Automatic reply: your invoice"},
            {"subject": "Out of Office Re: your invoice"},
            {"subject": "Réponse automatique : facture"},
            {"subject": "Automatische Antwort: Rechnung"},
            {"subject": "Read: your invoice"},
            {"sender": "Desk <no-reply@example.com>"},
        )
        for machine in machines:
            with self.subTest(**machine):
                self._receive(**machine)
                self.assertFalse(self.debtor.reply_until)
                self.assertFalse(self.debtor.sudo().activity_ids)
        self.assertEqual(len(self._received()), len(machines))

    def test_people_who_sound_like_machines(self):
        for person in (
            {"header": "Auto-Submitted: no"},
            {"header": "Precedence: normal"},
            {"subject": "Re: Automatic reply: your invoice"},
            {"subject": "Already paid"},
        ):
            with self.subTest(**person):
                self.debtor.sudo().reply_until = False
                self._receive(**person)
                self.assertTrue(self.debtor.reply_until)

    def test_mail_of_a_colleague_is_no_answer(self):
        self._receive(sender=self.user_collector.email_formatted)
        self.assertEqual(len(self._received()), 1)
        self.assertFalse(self.debtor.reply_until)

    def test_answer_of_a_stranger_counts(self):
        """Another person at the customer answers from an address we do not know."""
        self._receive(sender="Unknown <unknown@elsewhere.example>")
        self.assertTrue(self.debtor.reply_until)

    def test_waiting_ends(self):
        self._receive()
        with freeze_time("2026-03-17 10:00:00"):
            self.env["ar.debtor"].sudo()._end_waits()
        self.assertFalse(self.debtor.reply_until)
