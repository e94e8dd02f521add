"""Copies from the customer's page, and what is noted of those that were mailed."""

import io
import re
import zipfile
from unittest.mock import patch

from odoo.tools import mute_logger

from ...models.delivery.ar_copies import InvoiceCopies
from ...tools.smtp_outcome import REFUSED
from ..portal.portal_common import PortalCommon
from .test_copies import CopiesCommon, make_pdf, texts


class TestCopiesNoted(CopiesCommon):
    """An invoice counts as sent again once its mail left."""

    def _notes(self, invoice):
        return self.env["mail.notification"].search(
            [
                ("mail_message_id.model", "=", "account.move"),
                ("mail_message_id.res_id", "=", invoice.id),
                ("mail_message_id.message_type", "=", "email_outgoing"),
            ]
        )

    def _queued(self):
        """Let mails wait for the end of the transaction, as they do but in tests."""
        Mail = self.env.registry["mail.mail"]
        return patch.object(Mail, "send_after_commit", lambda mails: None)

    def test_ready_until_it_left(self):
        invoice = self._invoices(1)
        with self._queued():
            mail = self._send(invoice)
        note = self._notes(invoice)
        self.assertEqual((note.notification_status, note.mail_mail_id), ("ready", mail))
        mail.sudo().send()
        self.assertEqual(mail.sudo().state, "sent")
        self.assertEqual(note.notification_status, "sent")

    def test_refused(self):
        invoice = self._invoices(1)
        with self._queued():
            mail = self._send(invoice).sudo()
        mail._ar_leave_gate(REFUSED, "No such mailbox")
        note = self._notes(invoice)
        self.assertEqual(note.notification_status, "exception")
        self.assertEqual(note.failure_reason, "No such mailbox")

    def test_fetched_ones_wait_like_those_that_were_sent(self):
        fetched, other = self._invoices(2)
        InvoiceCopies(self.debtor.sudo()).note_fetched(fetched)
        self.env.flush_all()
        self.assert_item(fetched, "just_sent")
        self.assert_item(other, False)


class TestCopiesPage(PortalCommon, CopiesCommon):
    """One file of all invoices on the page: by a POST, and no other way."""

    def setUp(self):
        super().setUp()
        self.invoices = self._invoices(14)
        self.notice = self._sent(self.customer, *self.invoices)
        self.page_path = self._path(self.notice)
        self.zip_path = self._path(self.notice, "/copies.zip")

    def _names(self, answer):
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        return zipfile.ZipFile(io.BytesIO(answer.content)).namelist()

    def test_fourteen_copies_in_one_file(self):
        """Each behind its cover page; their reminders wait."""
        other = self._invoice(self.customer, 77, 5)  # not in the notice
        self._store(other, make_pdf("Not yours to see"))
        self.env.flush_all()
        page = self.url_open(self.page_path)
        self.assertIn("All invoices (ZIP)", page.text)
        answer = self._act(self.zip_path, page)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        names = self._names(answer)
        self.assertEqual(len(names), 14)
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        pages = texts(archive.read(names[0]))
        self.assertIn("Was due on", pages[0])
        self.env.invalidate_all()
        invoice = self.invoices[0]
        self.assertIn("A copy was fetched", "".join(invoice.message_ids.mapped("body")))
        notes = self.env["mail.message"].search_count(
            [
                ("model", "=", "account.move"),
                ("res_id", "in", self.invoices.ids),
                ("message_type", "=", "email_outgoing"),
            ]
        )
        self.assertEqual(notes, 14)
        # Again: not noted again, so that nobody holds reminders for ever
        self._act(self.zip_path, page)
        self.env.invalidate_all()
        self.assertEqual(
            self.env["mail.message"].search_count(
                [
                    ("model", "=", "account.move"),
                    ("res_id", "in", self.invoices.ids),
                    ("message_type", "=", "email_outgoing"),
                ]
            ),
            notes,
        )

    @mute_logger("odoo.http")
    def test_no_get_and_nothing_for_others(self):
        self.assertNotEqual(self.url_open(self.zip_path).status_code, 200)
        self.assertEqual(self.opener.head(self.base_url() + self.zip_path).ok, False)
        without = self.url_open(self.zip_path, data={"a": "b"})
        self.assertNotIn("zip", without.headers.get("Content-Type", ""))
        wrong = self._act(
            "/receivables/n/00000000-0000-0000-0000-000000000000/copies.zip"
        )
        self.assertEqual(wrong.status_code, 404)
        page = self.url_open(self.page_path)
        self.debtor.stop_contact("court")
        self.env.flush_all()
        stopped = self._act(self.zip_path, page)
        self.assertNotIn("zip", stopped.headers.get("Content-Type", ""))
        self.assertFalse(
            self.invoices.message_ids.filtered(
                lambda m: m.message_type == "email_outgoing"
            )
        )

    def test_not_without_end(self):
        page = self.url_open(self.page_path)
        for _time in range(5):
            self._names(self._act(self.zip_path, page))
        answer = self._act(self.zip_path, page)
        self.assertNotIn("zip", answer.headers.get("Content-Type", ""))

    def test_collectors_leave_no_trace(self):
        """They look, and are told that only customers do something here."""
        self.authenticate("ar_collector", "ar_collector")
        path = f"/my/receivables/{self.debtor.id}"
        shown = self.url_open(path)
        self.assertEqual(shown.status_code, 200)
        self.assertNotIn("/copies.zip", shown.text)
        # Their own token: it is no missing one that stops them
        csrf = re.search(r"csrf_token: \"([^\"]+)\"", shown.text).group(1)
        for address in (f"{path}/copies.zip", self.zip_path):
            with self.subTest(address=address), mute_logger("odoo.http"):
                answer = self.url_open(address, data={"csrf_token": csrf})
                self.assertEqual(answer.status_code, 403)
                self.assertIn("You are logged in as a colleague", answer.text)
        self.env.invalidate_all()
        self.assertFalse(
            self.invoices.message_ids.filtered(
                lambda m: m.message_type == "email_outgoing"
            )
        )


class TestCopiesRevoked(CopiesCommon):
    def test_closing_all_links_closes_those_to_copies(self):
        self._send(self._invoices(11))
        copies = self._copies().sudo()
        self.assertTrue(copies._by_token(copies.access_token))
        token = copies.access_token
        self.debtor.with_user(self.user_collector).action_revoke_links()
        self.assertFalse(copies.access_token)
        self.assertFalse(self.env["ar.copies"]._by_token(token))
