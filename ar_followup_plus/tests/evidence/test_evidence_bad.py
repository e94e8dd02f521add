"""Evidence packs where something is missing: the rest goes on, and the index says so."""

import csv
import io
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ...models.delivery.ar_copies import InvoiceCopies
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.evidence.pack_request import PackRequest
from ...models.signature.ar_guarded import KEY, RECEIVED
from .test_evidence import EvidenceCommon

MAKE = "odoo.addons.ar_followup_plus.models.evidence.evidence_make"


class TestEvidenceBad(EvidenceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(cls.customer, 500, 10)
        cls._with_pdf(cls.invoice)
        cls.dispute = DisputeIntake(cls.debtor).open(cls.invoice, cls.price)

    def _document(self, name, content):
        return self.dispute.sudo()._ar_keep([(name, content, None)])

    def _row(self, index, name):
        [row] = [row for row in index["files"] if row["document"] == name]
        return row

    def test_a_file_gone_from_the_filestore(self):
        lost = self._document("lost.pdf", self._pdf("lost"))
        self._document("here.pdf", self._pdf("here"))
        Attachment = type(self.env["ir.attachment"])
        read = Attachment._file_read

        def gone(attachment, fname, *args, **kwargs):
            if fname == lost.store_fname:
                return b""
            return read(attachment, fname, *args, **kwargs)

        with patch.object(Attachment, "_file_read", gone):
            pack = self._make()
            files, rows = self._check_sums(pack)
        _files, index = self._open(pack)
        row = self._row(index, "lost.pdf")
        self.assertEqual((row["file"], row["sha256"]), ("", ""))
        self.assertIn("gone from the server", row["problem"])
        self.assertIn("lost.pdf", " ".join(index["missing"]))
        self.assertIn("lost.pdf", pack.note)
        table = csv.DictReader(io.StringIO(files["index.csv"].decode("utf-8-sig")))
        self.assertIn("gone from the server", "".join(r["problem"] for r in table))
        self.assertIn("here.pdf", {row["document"] for row in rows})
        # The contents name it too
        self.assertIn("gone from the server", self.calls[-1])

    def test_a_file_that_goes_while_the_pack_is_made(self):
        lost = self._document("lost.pdf", self._pdf("lost"))
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        with patch.object(type(pack), "_finish", lambda pack: None):
            self.env["ar.evidence"]._cron_evidence()
        lost.with_context(ar_evidence=KEY).unlink()
        self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        self._check_sums(pack)
        self.assertIn("The file was deleted", pack.note)

    def test_wkhtmltopdf_missing(self):
        """No pages, but all originals, and in words what they would have said."""
        bare = self._invoice(self.customer, 70, 3)
        self.debtor.sudo().with_context(ar_origin=RECEIVED).message_post(
            body="We pay on Friday",
            subtype_xmlid="mail.mt_comment",
            message_type="email",
            author_id=self.customer.id,
        )
        Report = type(self.env["ir.actions.report"])
        with (
            patch.object(Report, "get_wkhtmltopdf_state", lambda _report: "install"),
            patch.object(Report, "_run_wkhtmltopdf", side_effect=FileNotFoundError),
        ):
            pack = self._make()
        files, rows = self._check_sums(pack)
        self.assertFalse(pack.pdf_id)
        self.assertIn("wkhtmltopdf is missing", pack.note)
        self.assertIn(self.invoice.name, {row["document"] for row in rows})
        self.assertNotIn(bare.name, {row["document"] for row in rows})
        self.assertIn(bare.name, pack.note)
        [page] = [name for name in files if name.endswith("Invoices.html")]
        self.assertIn(bare.name, files[page].decode())
        self.assertIn(b"We pay on Friday", b"".join(files.values()))
        with self.assertRaises(UserError):
            pack.action_download_pdf()

    def test_an_invoice_that_cannot_be_made(self):
        bare = self._invoice(self.customer, 70, 3)
        with patch.object(
            InvoiceCopies,
            "original",
            side_effect=ValueError("the report is broken"),
        ):
            pack = self._make()
        _files, rows = self._check_sums(pack)
        self.assertIn(self.invoice.name, {row["document"] for row in rows})
        self.assertIn("the report is broken", pack.note)
        self.assertIn(bare.name, pack.note)
        self.assertTrue(pack.pdf_id)

    def test_an_invoice_that_is_drawn_leaves_no_trace(self):
        bare = self._invoice(self.customer, 70, 3)
        before = (
            self.env["ir.attachment"]
            .sudo()
            .search_count(
                [("res_model", "=", "account.move"), ("res_field", "in", (False, "x"))]
            )
        )
        made = self._pdf("drawn now")

        def draw(copies, move):
            self.env["ir.attachment"].create(
                {"name": "trace", "res_model": "account.move", "res_id": move.id}
            )
            return ("drawn.pdf", made)

        with patch.object(InvoiceCopies, "original", draw):
            pack = self._make()
        files, rows = self._check_sums(pack)
        [row] = [row for row in rows if row["document"] == bare.name]
        self.assertEqual(files[row["file"]], made)
        after = (
            self.env["ir.attachment"]
            .sudo()
            .search_count(
                [("res_model", "=", "account.move"), ("res_field", "in", (False, "x"))]
            )
        )
        self.assertEqual(before, after)

    def test_what_is_no_pdf(self):
        """A damaged PDF, a picture, a table: all in the ZIP, pages where there are any."""
        self._document("damaged.pdf", b"%PDF-1.4 nothing that is one")
        self._document("list.xlsx", b"PK\x03\x04 not really")
        picture = io.BytesIO()
        Image.new("RGB", (3000, 200), "red").save(picture, "PNG")
        self._document("photo.png", picture.getvalue())
        pack = self._make()
        self._check_sums(pack)
        by_name = {file.name: file for file in pack.file_ids}
        self.assertEqual(by_name["photo.png"].pages, 1)
        self.assertEqual(by_name["list.xlsx"].pages, 0)
        self.assertFalse(by_name["list.xlsx"].problem)
        self.assertIn("damaged", by_name["damaged.pdf"].problem)
        self.assertTrue(by_name["damaged.pdf"].sha256)
        self.assertIn("in the ZIP", self.calls[-1])

    def test_names_of_files_are_hostile(self):
        self._document("../../../etc/passwd.pdf", self._pdf("one"))
        self._document("=cmd|'/c calc'!A1.pdf", self._pdf("two"))
        self._document("a" * 300 + ".pdf", self._pdf("three"))
        pack = self._make()
        files, _rows = self._check_sums(pack)
        for name in files:
            self.assertNotIn("..", name)
            self.assertFalse(name.startswith("/"))
            self.assertLess(len(name.split("/")[-1]), 130)
        self.assertNotIn(",=cmd", files["index.csv"].decode("utf-8-sig"))

    def test_what_was_signed_is_compared(self):
        """The sum that was noted when a letter was printed is checked."""
        letter = self.env["ar.letter"]._for_moment(self.debtor, "hold").sudo()
        letter = letter._ar_unlocked()
        letter.number = "N1"
        letter.letter_id = letter._ar_keep(
            [("N1.pdf", self._pdf("another text"), "application/pdf")]
        )
        letter.file_sums = {str(letter.letter_id.id): "0" * 64}
        pack = self._make()
        _files, rows = self._check_sums(pack)
        [row] = [row for row in rows if row["document"] == "N1.pdf"]
        self.assertEqual(row["sha256_noted"], "0" * 64)
        self.assertIn("not what was noted", row["problem"])
        self.assertIn("not what was noted", pack.note)

    @mute_logger(MAKE)
    def test_a_pack_that_fails_is_given_up_and_tried_again(self):
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        with patch.object(
            type(pack), "_write_zip", side_effect=ValueError("disk full")
        ):
            for attempt in range(1, 4):
                self.env["ar.evidence"]._cron_evidence()
                pack.invalidate_recordset()
                self.assertEqual(pack.attempts, attempt)
        self.assertEqual(pack.state, "failed")
        self.assertIn("disk full", pack.note)
        self.assertEqual(pack.activity_ids.user_id, self.user_collector)
        pack.with_user(self.user_collector).action_retry()
        self.assertEqual((pack.state, pack.note), ("making", False))
        self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        self._check_sums(pack)

    def test_a_customer_with_nothing(self):
        nobody = self._debtor(self._customer("Nobody Yet"))
        pack = self._make(nobody)
        _files, rows = self._check_sums(pack)
        self.assertTrue(pack.pdf_id)
        self.assertEqual([row["number"] for row in rows], [0])
