"""What cannot be answered on the customer's page: kind words, and nothing lost."""

import io
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from ...models.delivery.ar_copies import InvoiceCopies
from ...models.portal import customer_page
from ...models.portal.answer_intake import ANSWERS_AN_HOUR, AnswerIntake
from ...tools.uploads import MOST_BYTES
from .test_portal_answers import PDF, AnswerCommon


class TestPortalAnswersBad(AnswerCommon):
    # === BAD INPUT === #

    def _assert_refused(self, kind, words, *invoices, page=None, files=None, **values):
        """Assert that a form comes back with a reason, and what was typed."""
        before = len(self._answers())
        page = self._say(
            kind, *invoices, page=page, files=files, text="Typed before", **values
        )
        self.assertEqual(page.status_code, 200)
        self.assertIn(words, page.text)
        self.assertIn("Typed before", page.text)
        self.assertEqual(len(self._answers()), before)
        self.assertNotIn("Traceback", page.text)

    def test_bad_dates_and_amounts(self):
        tomorrow, yesterday = (str(self.now + timedelta(days=d)) for d in (1, -1))
        for kind, words, values in (
            ("paid", "still to come", {"paid_on": tomorrow}),
            ("paid", "enter a date", {"paid_on": "31/31/2026"}),
            ("paid", "enter a date", {"paid_on": ""}),
            ("paid", "check the year", {"paid_on": "1026-01-01"}),
            ("promise", "today or later", {"date": yesterday}),
            ("promise", "at the latest", {"date": str(self.now + timedelta(days=400))}),
            ("promise", "at most", {"date": tomorrow, "amount": "100.01"}),
            ("promise", "above zero", {"date": tomorrow, "amount": "0"}),
            ("promise", "figures only", {"date": tomorrow, "amount": "-1"}),
            ("parts", "between 2 and", {"date": tomorrow, "count": "400"}),
            ("parts", "between 2 and", {"date": tomorrow, "count": "-3"}),
            ("parts", "today or later", {"date": yesterday, "count": "2"}),
        ):
            with self.subTest(kind=kind, values=values):
                self._assert_refused(kind, words, self.first, **values)
        self._assert_refused("paid", "choose an invoice", paid_on=str(self.now))
        self._assert_refused("promise", "choose an invoice", date=tomorrow)

    def test_bad_disputes(self):
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        page = self.url_open(f"{self.page_path}/answer/dispute?i={self.first.id}")
        theirs = self._invoice(self.other, 10, 5).invoice_line_ids
        for words, values in (
            ("what is wrong", {}),
            ("what is wrong", {"reason": "999999"}),
            ("can still be disputed", {"what": "amount", "amount": "100.01"}),
            ("above zero", {"what": "amount", "amount": "0"}),
            ("figures only", {"what": "amount", "amount": "ten"}),
            ("amount that is wrong", {"what": "amount"}),
            ("choose a line", {"what": "lines"}),
            ("choose a line", {"what": "lines", "l": [theirs.id]}),
        ):
            with self.subTest(words=words):
                values = {"reason": str(reason.id), **values} if values else {}
                self._assert_refused("dispute", words, self.first, page=page, **values)

    def test_promised_already(self):
        day = str(self.now + timedelta(days=5))
        self._say("promise", self.first, date=day)
        self._assert_refused("promise", "agreed", self.first, date=day)

    def test_files(self):
        exe = b"MZ\x90\0" + b"\0" * 60 + b"PE\0\0"
        html = b"<html><script>alert(1)</script></html>"
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
        for words, content, name in (
            ("neither a PDF", exe, "invoice.pdf"),
            ("neither a PDF", html, "invoice.pdf"),
            ("neither a PDF", svg, "picture.png"),
            ("neither a PDF", b"#!/bin/sh\nid\n", "a.jpg"),
            ("too large", PDF + b"0" * MOST_BYTES, "big.pdf"),
        ):
            with self.subTest(name=name, words=words):
                self._assert_refused(
                    "paid",
                    words,
                    self.first,
                    paid_on=str(self.now),
                    files=[("file", (name, io.BytesIO(content), "application/pdf"))],
                )
        self._assert_refused(
            "paid",
            "At most 3 files",
            self.first,
            paid_on=str(self.now),
            files=[("file", (f"{n}.pdf", io.BytesIO(PDF), "x/y")) for n in range(4)],
        )
        # The name says what it is, and is a plain name
        self._say(
            "paid",
            self.first,
            paid_on=str(self.now),
            files=[
                ("file", ("../../<b>.exe", io.BytesIO(PDF), "application/x-dosexec"))
            ],
        )
        [file] = self._answers()._attachments()
        self.assertEqual((file.name, file.mimetype), ("b.pdf", "application/pdf"))
        self.assertFalse(file.public)

    def test_sent_twice_counts_once(self):
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        third, fourth = (self._invoice(self.customer, 80, 8) for _n in range(2))
        for invoice in third, fourth:
            self.notice.line_ids[:1].sudo().copy(
                {"move_line_id": self._items(invoice).id, "move_id": invoice.id}
            )
        self.env.flush_all()
        copies = patch.object(
            InvoiceCopies,
            "files",
            lambda _copies, moves, lang: [(move.name, PDF) for move in moves],
        )
        copies.start()
        self.addCleanup(copies.stop)
        soon = str(self.now + timedelta(days=4))
        for kind, invoice, values in (
            ("paid", self.first, {"paid_on": str(self.now)}),
            ("not_received", self.first, {}),
            ("easier", self.first, {"wish": "online"}),
            ("promise", self.second, {"date": soon}),
            ("parts", third, {"date": soon, "count": "2"}),
            ("dispute", fourth, {"reason": str(reason.id)}),
        ):
            with self.subTest(kind=kind):
                path = f"{self.page_path}/answer/{kind}?i={invoice.id}"
                page = self.url_open(path)
                pages = [
                    self._say(kind, invoice, page=page, **values) for _n in range(3)
                ]
                self.assertEqual(len(self._answers(kind)), 1)
                self.assertEqual(len({page.url for page in pages}), 1)
        plans = self.debtor.sudo().plan_ids
        self.assertEqual(sorted(plans.mapped("kind")), ["plan", "promise"])
        self.assertEqual(len(self.debtor.sudo().dispute_ids), 1)
        # A message too; the same words some time later are another one
        before = len(self.debtor.message_ids)
        page = self.url_open(self.page_path)
        for seconds, count in ((600, 1), (600, 1), (0, 2)):
            with patch.object(customer_page, "AGAIN_SECONDS", seconds):
                answer = self._act(f"{self.page_path}/message", page, message="Hello")
            self.assertIn("Thank you", answer.text)
            self.env.invalidate_all()
            self.assertEqual(len(self.debtor.message_ids) - before, count)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self._answers("easier").copy({"once": self._answers("easier").once})
                self.env.flush_all()

    def test_no_more_than_so_many_in_an_hour(self):
        for _n in range(ANSWERS_AN_HOUR):
            self.assertTrue(AnswerIntake(self.debtor.sudo()).count_answer())
        self._assert_refused("easier", "many answers", wish="online")

    def test_old_link_after_all_is_settled(self):
        kinds = ("paid", "promise", "parts", "dispute", "not_received")
        forms = {
            kind: self.url_open(f"{self.page_path}/answer/{kind}?i={self.first.id}")
            for kind in kinds
        }
        form = forms["paid"]
        self._pay(self.first)
        self._pay(self.second)
        self.env.flush_all()
        day = str(self.now)
        for kind in kinds:
            with self.subTest(kind=kind):
                page = self.url_open(f"{self.page_path}/answer/{kind}")
                self.assertIn("settled already", page.text)
                page = self._say(
                    kind, self.first, page=forms[kind], date=day, paid_on=day, count="2"
                )
                self.assertIn("settled already", page.text)
                self.assertFalse(self._answers())
        # What was typed meanwhile is not lost
        page = self._say(
            "paid", self.first, page=form, paid_on=str(self.now), text="On the 3rd"
        )
        self.assertIn("settled already", page.text)
        self.assertFalse(self._answers())
        self.assertIn("On the 3rd", self.debtor.message_ids[0].body)

    def test_what_is_not_listed_cannot_be_answered(self):
        theirs = self._invoice(self.other, 10, 5)
        later = self._invoice(self.customer, 10, 5)
        self.env.flush_all()
        for invoice in (theirs, later):
            page = self._say("paid", invoice, paid_on=str(self.now))
            self.assertNotIn(invoice.name, page.text)
        self.assertFalse(self._answers())

    def test_contact_stop_closes_it(self):
        form = self._form("paid")
        self.debtor.sudo().stop_contact("insolvency")
        self.env.flush_all()
        for kind in ("paid", "not_received", "wrong_person", "easier"):
            page = self.url_open(f"{self.page_path}/answer/{kind}")
            self.assertEqual(page.status_code, 404)
            page = self._say(kind, self.first, page=form, paid_on=str(self.now))
            self.assertEqual(page.status_code, 404)
        self.assertFalse(self._answers())
