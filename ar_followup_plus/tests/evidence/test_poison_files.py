"""Poisoned PDFs and pictures: named in words, and nothing else has to wait for them."""

import base64
import io
import os
import re
import signal
import tempfile
import time
import zipfile
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import TransactionCase
from odoo.tools.pdf import OdooPdfFileReader

from ...models.delivery import ar_copies
from ...models.dispute.dispute_intake import DisputeIntake
from ...tools.file_names import plain, plain_file
from ...tools.pdf import pdf_apart
from ...tools.pdf.pdf_apart import PdfApart
from ...tools.pdf.pdf_cover import draw_cover
from ...tools.picture_size import MOST_PIXELS, picture_pixels
from ..child import ChildCase
from ..portal.test_portal_answers import AnswerCommon
from . import poison
from .test_evidence import EvidenceCommon

#: Words of a PDF that does something when it is opened, or brings a file with it.
ACTIVE = re.compile(
    rb"evil|JavaScript|/JS\b|/Launch|OpenAction|/AA\b|/EF\b|/AF\b|EmbeddedFile"
    rb"|FileAttachment|RichMedia|SubmitForm|/Ref\b"
)

#: How three kinds of WebP begin, of 31 × 17 pixels: lossy, lossless, with more in it.
WEBP = (
    "524946464c0000005745425056503820400000007003009d012a1f001100",
    "524946461c000000574542505650384c0f0000002f1e0004000710fd8ffe",
    "524946466800000057454250565038580a000000080000001e0000100000",
)


class TestPoisonApart(TransactionCase):
    """The process that opens files of others."""

    def test_each_poison_is_named(self):
        good = draw_cover("Good", ["A line"])
        with PdfApart(self.env) as pdfs, patch.object(pdf_apart, "SECONDS", 8):
            for name, content in poison.poisons().items():
                begin = time.monotonic()
                with self.assertRaises(UserError, msg=name):
                    pdfs.count(content)
                self.assertLess(time.monotonic() - begin, 30, name)
                # The next one is read as if nothing had been
                self.assertEqual(pdfs.count(good), 1, name)

    def test_memory_and_time_are_limited(self):
        with PdfApart(self.env) as pdfs:
            with self.assertRaisesRegex(UserError, "seconds and 1024 MB"):
                pdfs.count(poison.bomb())
            # Stopped, or it may answer before the time is over
            pdfs.count(draw_cover("Good", ["A line"]))
            os.kill(pdfs.process.pid, signal.SIGSTOP)
            with (
                patch.object(pdf_apart, "SECONDS", 0.0),
                self.assertRaisesRegex(UserError, "cannot be read within"),
            ):
                pdfs.count(draw_cover("Good", ["A line"] * 30))

    def test_nothing_of_the_server_is_passed_on(self):
        with (
            patch.dict("os.environ", {"PGPASSWORD": "secret"}),
            PdfApart(self.env) as p,
        ):
            p.count(draw_cover("Good", []))
            with open(f"/proc/{p.process.pid}/environ", "rb") as file:
                self.assertNotIn(b"PGPASSWORD", file.read())

    def test_pixels_are_counted_before_decoding(self):
        sizes = {
            "PNG": poison.huge_picture(),
            "JPEG": poison.huge_jpeg(),
            "GIF": poison.huge_gif(),
            "WEBP": poison.huge_webp(),
        }
        self.assertLess(len(sizes["PNG"]), 800_000)
        for kind, content in sizes.items():
            begin = time.monotonic()
            self.assertGreater(picture_pixels(content), MOST_PIXELS, kind)
            self.assertLess(time.monotonic() - begin, 1, kind)
            with PdfApart(self.env) as pdfs, self.assertRaises(UserError, msg=kind):
                pdfs.picture(content)
        for begin in WEBP:
            self.assertEqual(picture_pixels(bytes.fromhex(begin)), 31 * 17)
        for broken in (b"", b"RIFF1234WEBP", b"RIFF1234WEBPVP8 1234", b"\x89PNG"):
            self.assertIsNone(picture_pixels(broken))

    def test_large_pictures_are_printed_smaller(self):
        with PdfApart(self.env) as pdfs:
            for kind, mode in (("PNG", "RGBA"), ("JPEG", "L"), ("GIF", "P")):
                file = io.BytesIO()
                Image.new(mode, (4000, 3000)).save(file, kind)
                page = pdfs.picture(file.getvalue())
                self.assertEqual(pdfs.count(page), 1)
                self.assertIn(b"/Width 2400", page)

    def test_actions_are_stripped(self):
        content = poison.active_pdf()
        self.assertRegex(content, ACTIVE)
        with tempfile.TemporaryFile() as file:
            with PdfApart(self.env, file) as pdfs:
                pdfs.join("Pack")
                pdfs.add(content, "One")
                pdfs.close()
            file.seek(0)
            content = file.read()
        self.assertIsNone(ACTIVE.search(content))
        reader = OdooPdfFileReader(io.BytesIO(content), strict=True)
        self.assertIn("Contract", reader.pages[0].extract_text())
        marks = [one.get_object() for one in reader.pages[0]["/Annots"]]
        links = [
            mark["/A"]["/URI"]
            for mark in marks
            if isinstance(mark, dict) and "/A" in mark
        ]
        self.assertEqual(links, ["https://example.com/good"])


class TestPoisonNames(TransactionCase):
    NAMES = (
        "..\\..\\windows\\system32\\evil.dll",
        "../../etc/passwd.pdf",
        "/abs.pdf",
        "C:\\x.pdf",
        "con.pdf",
        "LPT1",
        "nul.tar.gz",
        "a\0b\x01\x1f\x7f\r\n.pdf",
        "tric\u202efdp.exe",
        "dots...pdf",
        " .",
        "",
        "x" * 300 + ".pdf",
    )

    def _check(self, name):
        self.assertNotRegex(name, r"[\\\\/:*?\"<>|\x00-\x1f\x7f\u202e]")
        self.assertNotIn("..", name)
        self.assertFalse(name.startswith(".") or name.endswith((".", " ")), name)
        self.assertNotIn(name.split(".")[0].lower(), ("con", "lpt1", "nul", ""))
        self.assertLessEqual(len(name), 96)

    def test_names(self):
        for name in self.NAMES:
            self._check(plain(name))
            self._check(plain_file(name))
        self.assertEqual(plain_file("Rechnung März (2).pdf"), "Rechnung März (2).pdf")
        self.assertEqual(plain_file("x" * 300 + ".pdf")[-4:], ".pdf")

    def test_copies(self):
        content = ar_copies.zip_files([(name, b"x") for name in self.NAMES])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        self.assertEqual(len({name.lower() for name in names}), len(self.NAMES))
        for name in names:
            self._check(name)


class TestPoisonPack(EvidenceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(cls.customer, 500, 10)
        cls._with_pdf(cls.invoice)
        cls.dispute = DisputeIntake(cls.debtor).open(cls.invoice, cls.price)

    def _document(self, name, content, record=None):
        record = record or self.dispute
        file = record.sudo()._ar_keep([(name, content, None)])
        self.assertEqual(file.raw, content)  # kept as it came
        return file

    def test_poison_is_in_the_pack_as_a_file(self):
        poisons = {**poison.poisons(), "huge.png": poison.huge_picture()}
        for name, content in poisons.items():
            self._document(name, content)
        self._document("active.pdf", poison.active_pdf())
        with patch.object(pdf_apart, "SECONDS", 8):
            pack = self._make()
        files, rows = self._check_sums(pack)
        for name, content in poisons.items():
            [row] = [row for row in rows if row["document"] == name]
            self.assertEqual(files[row["file"]], content)
            self.assertFalse(row["pages"])
            self.assertTrue(row["problem"], name)
            self.assertIn(name, pack.note)
        # The others are joined, without what they would do
        text = "".join(self._text(pack))
        self.assertIn(self.invoice.name, text)
        self.assertIn("Contract", text)
        self.assertNotRegex(pack.pdf_id.raw, ACTIVE)

    def test_pages_that_cannot_be_joined_in_the_end(self):
        """What is found out last is left out of the PDF, whose pages are right."""
        self._document("late.pdf", self._pdf("too late"))
        add = PdfApart.add

        def once(pdfs, content, title=None):
            if title and "late.pdf" in title:
                raise UserError(pdfs.env._("too slow"))
            return add(pdfs, content, title)

        with patch.object(PdfApart, "add", once):
            pack = self._make()
        self._check_sums(pack)
        self.assertIn("late.pdf: too slow", pack.note)
        pages = self._text(pack)
        self.assertNotIn("too late", "".join(pages))
        last = max(file.page + file.pages - 1 for file in pack.file_ids if file.pages)
        self.assertEqual(len(pages), last)


class TestPoisonUpload(AnswerCommon):
    """Over HTTP, as the customer."""

    def test_a_huge_picture_is_refused(self):
        content = poison.huge_picture()
        for number in range(3):
            begin = time.monotonic()
            page = self._say(
                "paid",
                self.first,
                paid_on=str(self.now),
                paid_way="transfer",
                text=f"Broken {number}",
                files=[("file", ("p.png", content)) for _n in range(3)],
            )
            self.assertLess(time.monotonic() - begin, 20)  # decoded: minutes
            self.assertIn("more than 50 million pixels", page.text)
        self.assertFalse(self._answers())

    def test_a_photo_is_kept_as_it_came(self):
        file = io.BytesIO()
        Image.effect_noise((2600, 2000), 60).save(file, "JPEG", quality=60)
        decoded = []
        load = Image.Image.convert
        with patch.object(
            Image.Image, "convert", lambda *a, **k: decoded.append(1) or load(*a, **k)
        ):
            self._say(
                "not_received",
                self.first,
                files=[("file", ("p.jpg", file.getvalue()))],
            )
        answer = self._answers("not_received")
        self.assertEqual(answer._attachments().mapped("raw"), [file.getvalue()])
        self.assertFalse(decoded)

    def test_staff_are_told_too(self):
        with self.assertRaisesRegex(UserError, "million pixels"):
            self.env["ar.contact.stop"].with_user(self.user_collector).create(
                {
                    "debtor_ids": self.debtor.ids,
                    "reason": "court",
                    "document": base64.b64encode(poison.huge_picture()),
                    "document_name": "p.png",
                }
            ).action_apply()


class TestPoisonKills(ChildCase):
    """What ends the process of the server itself is counted, and others go first."""

    def setUp(self):
        super().setUp()
        self.worker.call("nursery.release")  # only so can it be forked

    def _ask(self, *names):
        """Ask for a pack of each of some new customers; return their ids."""
        debtors = [one[1] for one in self._customers(*names).values()]
        packs = [self.worker.call("ask_for_evidence", debtor=one) for one in debtors]
        return debtors, packs

    def _pack(self, pack):
        [row] = self.db.sql(
            "SELECT state, attempts, note FROM ar_evidence WHERE id = %s", pack
        )
        return row

    def _work(self, task, **arguments):
        """Make packs in a process; return whether it was killed."""
        self.worker.call("nursery.release")
        answer = self.worker.wait(self.worker.fork(task, **arguments))
        self.assertNotIn("error", answer)
        return "killed" in answer

    def test_killed_by_a_document(self):
        debtors = [one[1] for one in self._customers("Poison", "Healthy").values()]
        dispute = self.worker.call("open_dispute", debtor=debtors[0])
        self.worker.call(
            "keep_file",
            dispute=dispute,
            name="killer.pdf",
            data=base64.b64encode(draw_cover("Killer", [])).decode(),
        )
        poisoned, healthy = (
            self.worker.call("ask_for_evidence", debtor=one) for one in debtors
        )
        self.assertTrue(self._work("evidence_killed_by", name="killer.pdf"))
        self.assertEqual(self._pack(poisoned)[:2], ("making", 1))
        self.assertEqual(self._pack(healthy)[:2], ("waiting", 0))
        # The newer one goes first now, and is made
        self.assertTrue(self._work("evidence_killed_by", name="killer.pdf"))
        self.assertEqual(self._pack(healthy)[:2], ("done", 0))
        self.assertTrue(self._work("evidence_killed_by", name="killer.pdf"))
        self.assertFalse(self._work("evidence_killed_by", name="killer.pdf"))
        state, attempts, note = self._pack(poisoned)
        self.assertEqual((state, attempts), ("done", 0))
        self.assertRegex(note, "killer.pdf: The server stopped 3 times")
        [(path, pages)] = self.db.sql(
            "SELECT path, pages FROM ar_evidence_file WHERE name = 'killer.pdf'"
        )
        self.assertTrue(path)
        self.assertFalse(pages)

    def test_killed_while_it_is_put_together(self):
        _debtors, [pack] = self._ask("Heavy")
        die = {"model": "ar.evidence", "method": "_write_zip", "before": True}
        for attempt in range(1, 4):
            self.assertTrue(self._work("die_in", **die, work="evidence"))
            self.assertEqual(self._pack(pack)[:2], ("making", attempt))
        self.assertFalse(self._work("evidence"))
        state, _attempts, note = self._pack(pack)
        self.assertEqual(state, "failed")
        self.assertIn("The server stopped 3 times", note)
