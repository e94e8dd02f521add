"""Copies of invoices: cover page, mail or link, and the wait of the ladder."""

import io
import zipfile
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase
from odoo.tools import mute_logger
from odoo.tools.pdf import OdooPdfFileReader, OdooPdfFileWriter

from ...models.delivery import ar_copies
from ...models.delivery.ar_copies import InvoiceCopies
from ...tools.pdf.pdf_apart import PdfApart
from ...tools.pdf.pdf_cover import draw_cover, put_in_front
from .sending_common import SendingCommon


def make_pdf(text="Invoice", pages=1, files=()):
    """Return a PDF as an invoice could be, with files in it."""
    reader = OdooPdfFileReader(io.BytesIO(draw_cover(text, [])), strict=False)
    writer = OdooPdfFileWriter()
    for _page in range(pages):
        writer.add_page(reader.pages[0])
    for name, content in files:
        writer.addAttachment(name, content)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def texts(content):
    """Return the text of each page of a PDF."""
    reader = OdooPdfFileReader(io.BytesIO(content), strict=False)
    return [page.extract_text() for page in reader.pages]


def lose(attachment):
    """Let a file vanish from the file store, as after a restore without it."""
    attachment.flush_recordset()
    attachment.env.cr.execute(
        "UPDATE ir_attachment SET store_fname = 'aa/gone', db_datas = NULL WHERE id = %s",
        [attachment.id],
    )
    attachment.invalidate_recordset()


class CopiesCommon(SendingCommon):
    """Invoices whose PDFs are there already, as sending them made them."""

    def setUp(self):
        super().setUp()
        self.debtor = self._debtor(self.customer)

    def _invoices(self, count, due=10, size=0):
        result = self.env["account.move"]
        for number in range(count):
            invoice = self._invoice(self.customer, 100 + number, due)
            self._store(invoice, make_pdf(f"Invoice {number}") + b"%" * size)
            result |= invoice
        return result

    def _store(self, invoice, content):
        self.env["ir.attachment"].create(
            {
                "name": f"{invoice.name.replace('/', '_')}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        invoice.invalidate_recordset()

    def _send(self, invoices, user=None):
        debtor = self.debtor.with_user(user or self.user_collector)
        InvoiceCopies(debtor).send(invoices.ids)
        return self.env["mail.mail"].search(
            [("model", "=", "ar.debtor"), ("res_id", "=", self.debtor.id)],
            order="id desc",
            limit=1,
        )

    def _copies(self):
        return self.env["ar.copies"].search([("debtor_id", "=", self.debtor.id)])


class TestCopies(CopiesCommon):
    # === THE PAGE IN FRONT === #

    def test_cover_page(self):
        invoice = self._invoices(1)
        original = invoice.invoice_pdf_report_id.raw
        mail = self._send(invoice)
        [copy] = mail.attachment_ids
        first, second = texts(copy.raw)
        self.assertIn("Copy", first)
        self.assertIn(f"Invoice {invoice.name}", first)
        self.assertIn("Was due on 02/28/2026, 10 days ago", first)
        self.assertEqual([second], texts(original))
        self.assertEqual(invoice.invoice_pdf_report_id.raw, original)
        self.assertIn(invoice.name, mail.body_html)

    def test_original_pages_and_files_stay(self):
        """An e-invoice is still one: what the PDF carries stays in it."""
        original = make_pdf(pages=3, files=[("factur-x.xml", b"<invoice/>")])
        with PdfApart(self.env) as pdfs:
            merged = put_in_front(pdfs, draw_cover("Copy", ["A line"]), original)
        reader = OdooPdfFileReader(io.BytesIO(merged), strict=False)
        self.assertEqual(len(reader.pages), 4)
        self.assertEqual(dict(reader.getAttachments()), {"factur-x.xml": b"<invoice/>"})
        self.assertIn("A line", texts(merged)[0])
        before = OdooPdfFileReader(io.BytesIO(original), strict=False)
        for page, old in zip(list(reader.pages)[1:], before.pages, strict=True):
            self.assertEqual(
                page.get_contents().get_data(), old.get_contents().get_data()
            )

    def test_what_cannot_be_opened_goes_as_it_is(self):
        cover = draw_cover("Copy", [])
        with PdfApart(self.env) as pdfs:
            self.assertEqual(put_in_front(pdfs, cover, b"broken"), b"broken")

    def test_file_that_is_gone(self):
        """No empty file is sent; the customer gets what is there once it is chosen."""
        first, second = self._invoices(2)
        lose(first.invoice_pdf_report_id)
        with (
            mute_logger("odoo.addons.base.models.ir_attachment"),
            self.assertRaisesRegex(UserError, "gone from the file store"),
        ):
            self._send(first | second)
        self.assertEqual(len(self._send(second).attachment_ids), 1)

    def test_long_lines_and_other_letters(self):
        [page] = texts(draw_cover("Копия", ["Κάτι " * 60]))
        self.assertIn("Копия", page)
        self.assertEqual(page.count("Κάτι"), 60)
        self.assertIsNone(draw_cover("コピー", []))

    def test_not_due_yet(self):
        [copy] = self._send(self._invoices(1, due=-5)).attachment_ids
        self.assertIn("Due on 03/15/2026", texts(copy.raw)[0])

    # === MANY COPIES === #

    def test_fourteen_copies_become_one_link(self):
        invoices = self._invoices(14)
        mail = self._send(invoices)
        self.assertFalse(mail.attachment_ids)
        self.assertIn(self._copies()._url(), mail.body_html)
        file = self.env["ar.copies"]._by_token(self._copies().sudo().access_token)
        archive = zipfile.ZipFile(io.BytesIO(file.raw))
        self.assertEqual(len(archive.namelist()), 14)
        self.assertIn("Copy", texts(archive.read(archive.namelist()[0]))[0])

    def test_ten_copies_are_attached(self):
        mail = self._send(self._invoices(10))
        self.assertEqual(len(mail.attachment_ids), 10)
        self.assertFalse(self._copies())

    def test_eight_megabytes_become_one_link(self):
        invoices = self._invoices(2)
        with patch.object(ar_copies, "MOST_BYTES", 1000):
            mail = self._send(invoices)
        self.assertFalse(mail.attachment_ids)
        self.assertEqual(len(self._copies()), 1)

    def test_ladder_waits_for_these_alone(self):
        invoices = self._invoices(2)
        other = self._invoice(self.customer, 400, 40)
        self._send(invoices[0])
        self.assert_item(invoices[0], "just_sent", date(2026, 3, 16))
        entries = {
            entry["move_name"]: entry["reason"]
            for entry in self.debtor.explain(date(2026, 3, 16))
        }
        self.assertNotEqual(entries[other.name], "just_sent")
        self.assertNotEqual(entries[invoices[1].name], "just_sent")
        later = self.debtor.explain(date(2026, 3, 17))
        self.assertNotIn("just_sent", [entry["reason"] for entry in later])

    def test_dialog(self):
        invoices = self._invoices(3)
        debtor = self.debtor.with_user(self.user_collector)
        action = debtor.action_send_copies()
        Ask = debtor.env[action["res_model"]].with_context(**action["context"])
        with Form(Ask) as form:
            self.assertEqual(len(form.line_ids), 3)
            with form.line_ids.edit(0) as line:
                line.chosen = False
        form.record.action_apply()
        mail = self.env["mail.mail"].search([("res_id", "=", debtor.id)], limit=1)
        self.assertEqual(len(mail.attachment_ids), 2)
        self.assertIn(invoices[2].name, mail.body_html)

    # === WHAT IS REFUSED === #

    def test_invoices_of_others(self):
        draft = self._invoice(self.customer, 5, 1, post=False)
        for invoice in (self._invoice(self.other, 10, 3), draft):
            with self.assertRaisesRegex(UserError, "invoices of this customer"):
                self._send(invoice)
        with self.assertRaisesRegex(UserError, "invoices of this customer"):
            self._send(self.env["account.move"])

    def test_contact_stop_and_rights(self):
        invoice = self._invoices(1)
        with (
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(AccessError),
        ):
            self._send(invoice, self.user_none)
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "add one first"):
            self._send(invoice)
        self.debtor.stop_contact("insolvency")
        with self.assertRaisesRegex(UserError, "is stopped"):
            self._send(invoice)

    # === FIRM NOTICES === #

    def _firm(self, count):
        """Return a notice whose step asks for copies, as the firm one does."""
        self._invoices(count)
        self._plan()
        notice = self._notices(self.customer, "ready").sudo()
        firm = self._step("business_firm")
        self.assertTrue(firm.attach_invoices)
        notice.step_id.write(
            {"attach_invoices": True, "mail_template_id": firm.mail_template_id.id}
        )
        return notice

    def test_firm_notice_carries_copies(self):
        notice = self._firm(2)
        notice._attach_documents()
        self.assertEqual(len(notice.attachment_ids), 2)
        for copy in notice.attachment_ids:
            self.assertIn("Was due on", texts(copy.raw)[0])
        self.assertTrue(notice.text_values["invoices_attached"])
        self.assertNotIn("receivables/copies", notice.pay_block)

    def test_firm_notice_with_many(self):
        notice = self._firm(11)
        notice._attach_documents()
        self.assertFalse(notice.attachment_ids)
        self.assertFalse(notice.text_values["invoices_attached"])
        template = notice.step_id.mail_template_id
        self.assertIn(
            notice.copies_id._url(), notice._render_bodies(template)[notice.id]
        )
        notice._forget_documents()
        self.assertFalse(self._copies())


class TestCopiesLink(CopiesCommon, HttpCase):
    """The link: what it gives, to whom, and that asking changes nothing."""

    freeze_time = None

    def setUp(self):
        super().setUp()
        invoices = self._invoices(11)
        InvoiceCopies(self.debtor).send(invoices.ids)
        self.copies = self._copies().sudo()
        self.path = f"/receivables/copies/{self.copies.access_token}"

    def _rows(self):
        """Return what a request could change."""
        self.env.invalidate_all()
        message_count = self.env["mail.message"].search_count([])
        return (self.copies.read(), self.debtor.read(["write_date"]), message_count)

    def test_link(self):
        before = self._rows()
        for _time in range(3):
            page = self.url_open(self.path)
            self.assertEqual(page.status_code, 200)
            self.assertEqual(
                len(zipfile.ZipFile(io.BytesIO(page.content)).namelist()), 11
            )
            self.assertEqual(page.headers["Cache-Control"], "no-store")
            head = self.opener.head(self.base_url() + self.path)
            self.assertEqual(head.status_code, 200)
        self.assertEqual(self._rows(), before)

    @mute_logger("odoo.http")
    def test_nothing_for_others(self):
        """Wrong, cut, guessed: the same answer as for what does not exist."""
        token = self.copies.access_token
        answers = set()
        for wrong in (
            token[:-1],
            token[:-1] + ("0" if token[-1] != "0" else "1"),
            token.upper(),
            str(self.copies.id),
            "0",
            "%00",
            "..%2F..%2Fetc%2Fpasswd",
            "' OR 1=1 --",
            "00000000-0000-0000-0000-000000000000",
            "x" * 5000,
        ):
            page = self.url_open(f"/receivables/copies/{wrong}")
            self.assertEqual(page.status_code, 404, wrong)
            answers.add("zip" in page.headers.get("Content-Type", ""))
        self.assertEqual(answers, {False})
        posted = self.url_open(self.path, data={"a": "b"})
        self.assertNotEqual(posted.status_code, 200)

    @mute_logger("odoo.http")
    def test_expired_stopped_revoked(self):
        self.copies.expires_on = self._ago(1)
        self.env.flush_all()
        self.assertEqual(self.url_open(self.path).status_code, 404)
        self.copies.expires_on = self._ago(-1)
        self.debtor.stop_contact("court")
        self.env.flush_all()
        self.assertEqual(self.url_open(self.path).status_code, 404)
        self.debtor.lift_stop()
        self.env.flush_all()
        self.assertEqual(self.url_open(self.path).status_code, 200)
        self.copies.expires_on = self._ago(1)
        self.env["ar.copies"].sudo()._forget_expired()
        self.env.flush_all()
        self.assertFalse(self.copies.access_token)
        self.assertEqual(self.url_open(self.path).status_code, 404)
