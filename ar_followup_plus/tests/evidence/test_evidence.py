"""The evidence pack: what is in it, whose it is, and that every sum is right."""

import csv
import hashlib
import io
import json
import zipfile
from contextlib import suppress
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools.pdf import OdooPdfFileReader

from ...models.evidence.pack_request import PackRequest
from ...models.payment_plan.agreement import Agreement
from ...models.signature.ar_guarded import KEY, RECEIVED
from ...models.statement.statement import Statement
from ...tools.pdf import pdf_cover
from ..credit_terms.policy_common import PolicyMixin
from ..dispute.dispute_common import DisputeCommon


class EvidenceCommon(PolicyMixin, DisputeCommon):
    """Two customers with the same history; wkhtmltopdf is pretended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)
        cls.second = cls._debtor(cls.other)
        cls.calls = []

    def setUp(self):
        super().setUp()
        self.calls.clear()
        Report = type(self.env["ir.actions.report"])

        def run(report, bodies, *args, **kwargs):
            self.calls.append(bodies[0])
            return pdf_cover.draw_cover("Page", [str(len(bodies[0]))])

        for target, name, new in (
            (Report, "_run_wkhtmltopdf", run),
            (Report, "get_wkhtmltopdf_state", lambda _report: "ok"),
            (
                Statement,
                "pdf",
                lambda statement, lang: (
                    "Statement.pdf",
                    self._pdf(f"statement of {statement.debtor.partner_id.name}"),
                ),
            ),
        ):
            patcher = patch.object(target, name, new)
            patcher.start()
            self.addCleanup(patcher.stop)

    @staticmethod
    def _pdf(text):
        return pdf_cover.draw_cover("Document", [text])

    @classmethod
    def _with_pdf(cls, invoice):
        """Keep a PDF with an invoice, as sending does."""
        file = cls.env["ir.attachment"].create(
            {
                "name": f"{invoice.name.replace('/', '_')}.pdf",
                "raw": cls._pdf(f"invoice {invoice.name} {invoice.partner_id.name}"),
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
                "mimetype": "application/pdf",
            }
        )
        invoice.invalidate_recordset(
            ["invoice_pdf_report_id", "invoice_pdf_report_file"]
        )
        return file

    def _history(self, partner):
        """Give a customer one of each: two invoices, a notice, a dispute and more."""
        debtor = self._debtor(partner)
        late = self._invoice(partner, 500, 10, ref=f"ORDER {partner.name}")
        contested = self._invoice(partner, 300, 12)
        for invoice in (late, contested):
            self._with_pdf(invoice)
        self._plan(None, partner)
        self._deliver()
        notice = self._notices(partner, "sent")
        dispute = self._dispute(
            contested,
            text=f"Wrong price, says {partner.name}",
            documents=[("proof.pdf", self._pdf(f"proof of {partner.name}"))],
        )
        items = self.env["ar.open.item"].search([("move_id", "=", late.id)])
        Agreement(debtor.with_user(self.user_collector)).promise(
            items.with_user(self.user_collector), self._ago(-5)
        )
        self.env.flush_all()
        return debtor, late, contested, notice, dispute

    def _make(self, debtor=None, scope=None, user=None):
        """Ask for a pack, and let the background do its work."""
        debtor = (debtor or self.debtor).with_user(user or self.user_collector)
        pack = PackRequest(debtor).make(scope)
        self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        return pack.sudo()

    def _open(self, pack):
        """Return the files of the ZIP by path, and the index."""
        self.assertEqual((pack.state, pack.attempts), ("done", 0), pack.note)
        content = pack.zip_id.raw
        self.assertEqual(hashlib.sha256(content).hexdigest(), pack.zip_sha256)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertIsNone(archive.testzip())
            files = {name: archive.read(name) for name in archive.namelist()}
        return files, json.loads(files["index.json"])

    def _check_sums(self, pack):
        """Assert that each file is in the index with its sum, and the other way."""
        files, index = self._open(pack)
        rows = [row for row in index["files"] if row["file"]]
        self.assertEqual(
            {row["file"] for row in rows}, set(files) - {"index.json", "index.csv"}
        )
        for row in rows:
            content = files[row["file"]]
            self.assertEqual(
                hashlib.sha256(content).hexdigest(), row["sha256"], row["file"]
            )
            self.assertEqual(len(content), row["bytes"])
        table = list(
            csv.DictReader(io.StringIO(files["index.csv"].decode("utf-8-sig")))
        )
        self.assertEqual(
            [(row["file"], row["sha256"], row["number"]) for row in table],
            [(r["file"], r["sha256"], str(r["number"])) for r in index["files"]],
        )
        return files, rows

    def _text(self, pack):
        """Return the pages of the PDF as text."""
        reader = OdooPdfFileReader(io.BytesIO(pack.pdf_id.raw), strict=False)
        return [page.extract_text() for page in reader.pages]


class TestEvidence(EvidenceCommon):
    def test_sections_are_numbered_without_gaps(self):
        """In the contents, on the pages and in the names of the folders."""
        self._history(self.customer)
        pack = self._make()
        numbers = pack.section_numbers
        self.assertEqual(sorted(numbers.values()), list(range(1, len(numbers) + 1)))
        self.assertLess(len(numbers), len(pack._sections()))
        files, _index = self._open(pack)
        for file in pack.file_ids.filtered("path"):
            self.assertTrue(file.path.startswith(f"{numbers[file.section]:02} "))
        folders = {int(name[:2]) for name in files if name[:2].isdigit()}
        self.assertLessEqual(folders, set(numbers.values()))

    def test_all_that_happened_begins_with_the_first_entry(self):
        """Not on a day when nobody had a computer."""
        self._history(self.customer)
        pack = self._make()
        _open, activity = pack._statement_periods()
        moves = self.env["account.move"].search(
            [("commercial_partner_id", "=", self.customer.id)]
        )
        self.assertEqual(activity.first, min(moves.mapped("date")))

    # === WHAT IS IN IT === #

    def test_every_sum_and_nothing_of_others(self):
        """All documents of this customer, and none of another."""
        self._publish()
        for debtor in (self.debtor, self.second):
            self._accept(debtor)
        debtor, late, contested, notice, _dispute = self._history(self.customer)
        _theirs = self._history(self.other)
        pack = self._make(debtor)
        files, rows = self._check_sums(pack)
        self.assertFalse(pack.note)
        sections = {row["section"] for row in rows if row["section"]}
        self.assertEqual(
            sections,
            {
                "Terms of payment accepted",
                "Invoices",
                "Notices",
                "Other messages",  # the signed terms, sent back to the signer
                "Disputes",
                "Statements",
            },
        )
        names = [row["document"] for row in rows]
        for number in (late.name, contested.name):
            self.assertIn(number, names)
        self.assertIn("proof.pdf", names)
        self.assertTrue(notice.number in {row["belongs_to"] for row in rows})
        # The bytes are those that were kept
        [proof] = [row for row in rows if row["document"] == "proof.pdf"]
        self.assertEqual(files[proof["file"]], self._pdf("proof of First Customer"))
        # Nothing of the other customer: neither their files, nor their names, nor
        # the numbers of their invoices
        others = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_field", "in", (False, "invoice_pdf_report_file")),
                    "|",
                    ("res_id", "=", _theirs[4].id),
                    ("res_id", "in", (_theirs[1] | _theirs[2]).ids),
                ]
            )
            .filtered(
                lambda a: (
                    (a.res_model, a.res_id)
                    in {
                        ("ar.dispute", _theirs[4].id),
                        ("account.move", _theirs[1].id),
                        ("account.move", _theirs[2].id),
                    }
                )
            )
        )
        self.assertEqual(len(others), 3)
        theirs = {hashlib.sha256(file.raw).hexdigest() for file in others}
        self.assertFalse(theirs & {row["sha256"] for row in rows})
        words = (self.other.name, _theirs[1].name, _theirs[2].name, _theirs[3].number)
        html = "".join(self.calls)
        for content in (*files.values(), *(page.encode() for page in self._text(pack))):
            for word in words:
                self.assertNotIn(word.encode(), content)
        for word in words:
            self.assertNotIn(word, html)

    def test_the_pages_say_what_happened(self):
        debtor, late, _contested, notice, _dispute = self._history(self.customer)
        self._accept_terms(debtor)
        self.env["ar.contact.log"].sudo().create(
            {
                "debtor_id": debtor.id,
                "kind": "call",
                "outcome": "will_pay",
                "user_id": self.user_collector.id,
                "date": "2026-03-09 09:00:00",
                "pay_on": "2026-03-20",
                "note": "He sounded drunk",
            }
        )
        self._make(debtor)
        html = "".join(self.calls)
        for word in (
            "Ann Adams",
            late.name,
            "ORDER First Customer",
            notice.number,
            "Will pay on a specific date",
            "Wrong price, says First Customer",
            "Promise",
            "first.customer@example.com",
        ):
            self.assertIn(word, html)
        # A pack is kept for longer than addresses of the internet may be
        self.assertNotIn("203.0.113.7", html)
        # What a colleague noted for colleagues is not for a judge
        self.assertNotIn("drunk", html)

    def _accept_terms(self, debtor):
        self._publish()
        return self._accept(debtor)

    def test_contents_name_the_right_pages(self):
        debtor, *_rest = self._history(self.customer)
        pack = self._make(debtor)
        pages = self._text(pack)
        for file in pack.file_ids.filtered(lambda f: f.kind in ("file", "invoice")):
            if file.pages:
                source = self.env["ir.attachment"].browse(file.source_id)
                if file.kind == "invoice":
                    move = self.env["account.move"].browse(file.source_id)
                    source = move.invoice_pdf_report_id
                reader = OdooPdfFileReader(io.BytesIO(source.raw))
                wanted = reader.pages[0].extract_text().strip()
                found = pages[file.page - 1].strip()
                self.assertTrue(found.startswith(wanted), (found, wanted))
                self.assertTrue(found.endswith(str(file.page)))
        self.assertEqual(
            len(pages), max(f.page + f.pages - 1 for f in pack.file_ids if f.pages)
        )
        self.assertIn(f">{pack.file_ids.filtered('pages')[:1].page}<", self.calls[-1])

    def test_history_notes_are_private(self):
        """Messages to and from the customer are in it, notes of colleagues never."""
        debtor, *_rest, dispute = self._history(self.customer)
        debtor = debtor.sudo()
        secret = self.env["ir.attachment"].create(
            {"name": "secret.pdf", "raw": self._pdf("secret"), "res_model": "ar.debtor",
             "res_id": debtor.id}
        )  # fmt: skip
        debtor.message_post(
            body="NOTE: we would take half",
            subtype_xmlid="mail.mt_note",
            attachment_ids=secret.ids,
        )
        whisper = self.env["ir.attachment"].create(
            {"name": "whisper.pdf", "raw": self._pdf("whisper"),
             "res_model": "ar.dispute", "res_id": dispute.id}
        )  # fmt: skip
        dispute.sudo().message_post(
            body="NOTE: they are right",
            subtype_xmlid="mail.mt_note",
            attachment_ids=whisper.ids,
        )
        # Among colleagues, though no note: the customer was not written to
        debtor.message_post(
            body="CHAT: shall we?",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            partner_ids=self.user_manager.partner_id.ids,
        )
        sent = debtor.message_post(
            body="We look forward to it",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            partner_ids=self.customer.ids,
        )
        came = debtor.with_context(ar_origin=RECEIVED).message_post(
            body="<p>We pay on Friday<img src='http://evil.example.com/x.png'/></p>",
            subtype_xmlid="mail.mt_comment",
            message_type="email",
            author_id=self.customer.id,
            email_from="first.customer@example.com",
        )
        pack = self._make(debtor)
        files, rows = self._check_sums(pack)
        messages = set(
            pack.file_ids.filtered(lambda f: f.kind == "message").mapped("source_id")
        )
        self.assertLessEqual({sent.id, came.id}, messages)
        everything = b"".join(files.values()).decode(errors="replace")
        for word in ("we would take half", "they are right", "shall we"):
            self.assertNotIn(word, "".join(self.calls))
            self.assertNotIn(word, everything)
        names = {row["document"] for row in rows}
        self.assertFalse(names & {"secret.pdf", "whisper.pdf"})
        self.assertIn("proof.pdf", names)
        # What others wrote is printed as text: nothing is fetched for it
        self.assertIn("We pay on Friday", "".join(self.calls))
        self.assertNotIn('evil.example.com/x.png"', "".join(self.calls))

    def test_an_attachment_of_another_customer_stays_out(self):
        """A colleague's mistake is not ours: what hangs on another is named, not taken."""
        debtor, *_rest = self._history(self.customer)
        theirs = self._history(self.other)
        wrong = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", "ar.dispute"), ("res_id", "=", theirs[4].id)])
        )
        message = debtor.sudo().message_post(
            body="Here you are",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            partner_ids=self.customer.ids,
        )
        message.with_context(ar_evidence=KEY).attachment_ids = [Command.link(wrong.id)]
        pack = self._make(debtor)
        _files, rows = self._check_sums(pack)
        digest = hashlib.sha256(wrong.raw).hexdigest()
        self.assertNotIn(digest, {row["sha256"] for row in rows})
        self.assertIn("belongs to another record", pack.note)

    def test_an_invoice_alone(self):
        debtor, late, _contested, _notice, _dispute = self._history(self.customer)
        other = self._invoice(self.customer, 700, 3)
        self._with_pdf(other)
        pack = self._make(debtor, late, self.user_accountant)
        _files, rows = self._check_sums(pack)
        numbers = [r["document"] for r in rows if r["section"] == "Invoices"]
        self.assertEqual(numbers, [late.name])
        self.assertNotIn("Disputes", {row["section"] for row in rows})
        self.assertNotIn("Statements", {row["section"] for row in rows})
        self.assertIn("Notices", {row["section"] for row in rows})
        self.assertNotIn(other.name, "".join(self.calls))
        # By the button that accountants have
        action = late.with_user(self.user_accountant).action_ar_evidence()
        again = self.env["ar.evidence"].browse(action["res_id"])
        self.assertEqual((again.scope, again.move_id), ("move", late))
        self.assertNotEqual(again, pack)

    def test_a_dispute_alone(self):
        _debtor, _late, contested, _notice, dispute = self._history(self.customer)
        action = dispute.with_user(self.user_collector).action_evidence()
        self.env["ar.evidence"]._cron_evidence()
        pack = self.env["ar.evidence"].browse(action["res_id"]).sudo()
        _files, rows = self._check_sums(pack)
        numbers = [r["document"] for r in rows if r["section"] == "Invoices"]
        self.assertEqual(numbers, [contested.name])
        self.assertIn("proof.pdf", {row["document"] for row in rows})
        self.assertNotIn("<h1>10.", "".join(self.calls))

    def test_order_is_the_same_each_time(self):
        debtor, *_rest = self._history(self.customer)
        first, second = self._make(debtor), self._make(debtor)

        def order(pack):
            return [
                (f.number, f.section, f.name, f.source_id, f.path)
                for f in pack.file_ids
            ]

        self.assertNotEqual(first, second)
        self.assertEqual(order(first), order(second))

    # === WHO MAY === #

    def test_rights(self):
        debtor, _late, _contested, _notice, _dispute = self._history(self.customer)
        pack = self._make(debtor)
        for user in (self.user_collector, self.user_manager, self.user_accountant):
            self.assertTrue(pack.with_user(user).display_name)
            action = pack.with_user(user).action_download_zip()
            file = self.env["ir.attachment"].browse(
                int(action["url"].split("/")[-1].split("?")[0])
            )
            self.assertTrue(file.with_user(user).raw)
        for user in (self.user_none, self.user_portal):
            for act in (
                lambda u: PackRequest(debtor.with_user(u)).make(),
                lambda u: pack.with_user(u).action_download_zip(),
                lambda u: pack.zip_id.with_user(u).raw,
                lambda u: pack.file_ids.with_user(u).mapped("sha256"),
            ):
                with self.assertRaises(AccessError):
                    act(user)
        with self.assertRaises(AccessError):
            pack.with_user(self.user_manager).write({"note": "nothing is missing"})
        with self.assertRaises(AccessError):
            pack.with_user(self.user_collector).unlink()
        pack.with_user(self.user_manager).unlink()
        self.assertFalse(pack.exists())

    def test_other_companies(self):
        debtor, *_rest = self._history(self.customer)
        pack = self._make(debtor)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.user_manager.write(
            {
                "company_ids": [Command.set(elsewhere.ids)],
                "company_id": elsewhere.id,
            }
        )
        for act in (
            lambda: pack.with_user(self.user_manager).note,
            lambda: pack.zip_id.with_user(self.user_manager).raw,
            lambda: PackRequest(debtor.with_user(self.user_manager)).make(),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_scope_of_another_customer(self):
        debtor, *_rest = self._history(self.customer)
        theirs = self._history(self.other)
        draft = self._invoice(self.customer, 10, 1, post=False)
        for scope in (theirs[1], theirs[4], draft):
            with self.assertRaises(UserError):
                PackRequest(debtor).make(scope)

    def test_a_contact_stop_does_not_forbid_it(self):
        """It goes to a lawyer by hand: nothing leaves by us."""
        debtor, *_rest = self._history(self.customer)
        debtor.stop_contact("court")
        mails = self.env["mail.mail"].sudo().search_count([])
        self._check_sums(self._make(debtor))
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), mails)

    # === IN THE BACKGROUND === #

    def test_the_user_is_told(self):
        debtor, *_rest = self._history(self.customer)
        pack = PackRequest(debtor.with_user(self.user_collector)).make()
        # Asked for twice, it is one
        self.assertEqual(
            PackRequest(debtor.with_user(self.user_collector)).make(), pack
        )
        self.assertNotEqual(
            PackRequest(debtor.with_user(self.user_manager)).make(), pack
        )
        self.assertEqual((pack.state, pack.progress), ("waiting", 0))
        sent = []
        with patch.object(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **kw: sent.append((user, kind, message)),
        ):
            self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        self.assertEqual((pack.state, pack.progress), ("done", 100))
        mine = [m for user, kind, m in sent if user == self.user_collector and
                kind == "simple_notification"]  # fmt: skip
        self.assertEqual(len(mine), 1)
        self.assertIn("First Customer", mine[0]["title"])
        activity = pack.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user_collector)
        pack.action_download_pdf()
        self.assertFalse(pack.sudo().activity_ids)

    def test_a_killed_process_goes_on(self):
        """No document is made twice, and no pack half."""
        debtor, *_rest = self._history(self.customer)
        for number in range(25):
            debtor.sudo().with_context(ar_origin=RECEIVED).message_post(
                body=f"Message {number}",
                subtype_xmlid="mail.mt_comment",
                message_type="email",
                author_id=self.customer.id,
            )
        pack = PackRequest(debtor.with_user(self.user_collector)).make().sudo()
        self.env["ar.evidence"].with_context(cron_end_time=0)._cron_evidence()
        pack.invalidate_recordset()
        self.assertEqual((pack.state, pack.done), ("making", 10))
        self.assertAlmostEqual(pack.progress, 1000 / pack.total)
        first = len(self.calls)

        def killed(_pack):
            raise KeyboardInterrupt

        # Not assertRaises, which would undo what was committed
        with patch.object(type(pack), "_finish", killed), suppress(KeyboardInterrupt):
            self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        self.assertEqual(pack.done, pack.total - 1)
        made = len(self.calls)
        self.assertGreater(made, first)
        self.env["ar.evidence"]._cron_evidence()
        # Only contents (twice) and sections were made now
        sections = [html for html in self.calls[made:] if "<h1>" in html]
        self.assertEqual(len(sections), len(self.calls) - made)
        messages = [html for html in self.calls if "Message 7<" in html]
        self.assertEqual(len(messages), 1)
        self._check_sums(pack)
        left = (
            self.env["ir.attachment"]
            .sudo()
            .search_count([("res_model", "=", "ar.evidence.file")])
        )
        self.assertEqual(left, 0)

    def test_gathering_takes_a_constant_number_of_statements(self):
        debtor, *_rest = self._history(self.customer)

        def statements():
            pack = PackRequest(debtor.with_user(self.user_collector)).make().sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            pack = pack._localized()
            before = self.env.cr.sql_log_count
            pack._gather()
            self.env.flush_all()
            counted = self.env.cr.sql_log_count - before
            pack.write({"state": "failed"})
            return counted, pack.total

        few, small = statements()
        for number in range(40):
            invoice = self._invoice(self.customer, 10 + number, 5 + number)
            self._with_pdf(invoice)
            debtor.sudo().with_context(ar_origin=RECEIVED).message_post(
                body=f"Message {number}",
                subtype_xmlid="mail.mt_comment",
                message_type="email",
                author_id=self.customer.id,
            )
        many, large = statements()
        self.assertGreaterEqual(large - small, 80)
        self.assertLessEqual(many, few + 2)
