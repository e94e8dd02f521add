"""Evidence over HTTP: what colleagues cannot change, and that SQL is seen."""

import base64
import contextlib
import io
from pathlib import Path
from runpy import run_path
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.modules import get_module_path
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.customer.debtor_merge import DebtorMerge
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.evidence.pack_request import PackRequest
from ...models.notice.correspondence import PageCorrespondence
from ...models.payment_plan.agreement import Agreement
from ...models.signature.ar_guarded import KEY, is_guarded
from ...models.signature.ar_proof import START
from ...tools.pdf import pdf_cover
from ..credit_terms.policy_common import PolicyMixin
from ..portal.portal_common import PortalCommon

PASSWORD = "a long password"
ROLES = ("none", "collector", "manager", "accountant")
MAIL = """From: {sender}
To: {to}
Subject: About {key}
Message-Id: <{key}@customer.example>
In-Reply-To: {reference}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

We paid {key}
--part
Content-Type: text/plain; name="slip.txt"
Content-Disposition: attachment; filename="slip.txt"

Paid
--part--
"""


class ProofCommon(PolicyMixin, PortalCommon):
    """One customer with evidence of each kind, and people who are logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: getattr(cls, f"user_{role}") for role in ROLES}
        for user in cls.users.values():
            user.password = PASSWORD
        cls.users["admin"] = cls.env.ref("base.user_admin")
        cls.users["admin"].write(
            {
                "password": PASSWORD,
                "company_ids": [Command.link(cls.company.id)],
                "group_ids": [
                    Command.link(
                        cls.env.ref("ar_followup_plus.group_credit_manager").id
                    )
                ],
            }
        )
        cls.customer = cls._customer("Proof Paper", email="ann@proof.example.com")
        cls.invoice = cls._invoice(cls.customer, 500, 10)
        cls.contested = cls._invoice(cls.customer, 300, 12)
        cls.debtor = cls._debtor(cls.customer)
        cls.other_debtor = cls._debtor(cls._customer("Another Atelier"))

    def setUp(self):
        super().setUp()
        Report = type(self.env["ir.actions.report"])
        for name, new in (
            (
                "_run_wkhtmltopdf",
                lambda *args, **kwargs: pdf_cover.draw_cover("Page", ["text"]),
            ),
            ("get_wkhtmltopdf_state", lambda _report: "ok"),
        ):
            patcher = patch.object(Report, name, new)
            patcher.start()
            self.addCleanup(patcher.stop)

    # === EVIDENCE === #

    def _sent_notice(self):
        """Return a notice that left with a file."""
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready") or self._notices(self.customer)
        notice.sudo()._ar_unlocked().write({"file_sums": False})
        files, sums = notice.sudo()._ar_make_files(
            [("Statement.pdf", b"%PDF what we said", "application/pdf")]
        )
        notice.sudo()._ar_unlocked().write(
            {
                "attachment_ids": [Command.set(files.ids)],
                "attachments_ready": True,
                "file_sums": sums,
            }
        )
        self._deliver()
        self.assertEqual(notice.state, "sent", notice.failure_reason)
        self.env.flush_all()
        return notice.sudo()

    def _posted_letter(self):
        letter = self.env["ar.letter"]._for_moment(self.debtor, "hold").sudo()
        self.customer.write({"street": "1 Main Street", "city": "Here", "zip": "1"})
        letter._print()
        letter.mark_posted()
        return letter

    def _opened_dispute(self):
        dispute = DisputeIntake(self.debtor).open(
            self.contested,
            self.env.ref("ar_followup_plus.ar_dispute_reason_price"),
            text="The price is wrong",
            documents=[("photo.png", base64.b64decode(PIXEL))],
            source="customer",
        )
        dispute.sudo().owner_id = self.user_none
        self.env.flush_all()
        return dispute.sudo()

    def _received(self, key="received"):
        """Let an e-mail of the customer come in through the gateway."""
        notice_mail = self.env["mail.message"].search(
            [("model", "=", "ar.debtor"), ("res_id", "=", self.debtor.id)], limit=1
        )
        if not notice_mail:
            self._sent_notice()
            return self._received(key)
        self.env["mail.thread"].message_process(
            None,
            MAIL.format(
                sender="ann@proof.example.com",
                to="receivables@example.com",
                key=key,
                reference=notice_mail.message_id,
            ),
        )
        return self.env["mail.message"].search(
            [("subject", "=", f"About {key}"), ("message_type", "=", "email")]
        )

    def _page_message(self, text="Please wait a week"):
        PageCorrespondence(self.debtor).take_message(text)
        return self.env["mail.message"].search(
            [("model", "=", "ar.debtor"), ("res_id", "=", self.debtor.id)],
            order="id desc",
            limit=1,
        )

    def _answered(self):
        answer = (
            self.env["ar.answer"]
            .sudo()
            .create(
                {
                    "debtor_id": self.debtor.id,
                    "kind": "paid",
                    "text": "Paid on Monday",
                    "line_ids": [Command.create({"move_id": self.invoice.id})],
                }
            )
        )
        answer._keep_files([("slip.png", base64.b64decode(PIXEL))])
        return answer

    # === CALLS === #

    def _rpc(self, role, model, method, *args, **kwargs):
        """Call a method over HTTP as a role; return the error in words, or None."""
        self.env.flush_all()
        self.authenticate(self.users[role].login, PASSWORD)
        context = {"allowed_company_ids": self.company.ids, **kwargs.pop("context", {})}
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_model"):
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": list(args),
                        "kwargs": {**kwargs, "context": context},
                    },
                },
            ).json()
        self.env.invalidate_all()
        self.result = answer.get("result")
        error = answer.get("error")
        return error and error["data"]["message"]

    def assert_refused(self, role, model, method, *args, **kwargs):
        self.assertTrue(
            self._rpc(role, model, method, *args, **kwargs),
            f"{role} may {model}.{method}{args}",
        )

    def _append(self):
        self.env["ar.proof"]._cron_append()

    def _differences(self):
        self.env.flush_all()
        return self.env["ar.proof"]._verify(self.company)["differences"]

    def _sql(self, query, *args):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *args))
        self.env.invalidate_all()


def is_same(before, value):
    """Return whether a value that RPC sends is what a field has."""
    return (before.id if hasattr(before, "_ids") else before) == value


#: A picture of one pixel.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestProofFiles(ProofCommon):
    """Files of what was sent and received, as each role over HTTP."""

    def _assert_file_is_kept(self, file, content):
        """Write, replace, move, delete: refused for each role, and nothing changed."""
        acts = (
            ("write", [file.id], {"datas": base64.b64encode(b"forged").decode()}),
            ("write", [file.id], {"raw": "forged"}),
            ("write", [file.id], {"name": "other.pdf"}),
            ("write", [file.id], {"description": "sha256 0"}),
            ("write", [file.id], {"res_id": self.other_debtor.id}),
            ("write", [file.id], {"res_model": "res.partner", "res_id": 1}),
            ("write", [file.id], {"type": "url", "url": "https://forged.example"}),
            ("web_save", [file.id], {"public": True}, {}),
            ("unlink", [file.id]),
        )
        for role in (*ROLES, "admin"):
            for method, *args in acts:
                with self.subTest(role=role, method=method, args=args[1:]):
                    self.assert_refused(role, "ir.attachment", method, *args)
        self.assertEqual(file.sudo().raw, content)
        self.assertTrue(file.sudo().exists())
        for values in ({"raw": b"forged"}, {"res_id": self.other_debtor.id}):
            with self.assertRaises(AccessError):
                file.sudo().write(values)
        with self.assertRaises(AccessError):
            file.sudo().unlink()

    def test_file_of_a_sent_notice(self):
        notice = self._sent_notice()
        file = notice.attachment_ids
        self._assert_file_is_kept(file, b"%PDF what we said")
        self.assertEqual(notice.mail_message_id.ar_file_sums, notice.file_sums)
        for role in ROLES:
            self.assert_refused(
                role,
                "mail.message",
                "write",
                notice.mail_message_id.ids,
                {"attachment_ids": [[5]]},
            )
        self.assertEqual(notice.mail_message_id.attachment_ids, file)

    def test_file_of_a_posted_letter(self):
        letter = self._posted_letter()
        self._assert_file_is_kept(letter.letter_id, letter.letter_id.raw)

    def test_photo_of_a_dispute_for_who_answers_it(self):
        dispute = self._opened_dispute()
        [file_id] = map(int, dispute.file_sums)
        file = self.env["ir.attachment"].browse(file_id)
        self._assert_file_is_kept(file, base64.b64decode(PIXEL))

    def test_files_of_an_answer_and_of_mails(self):
        answer = self._answered()
        self._assert_file_is_kept(answer._attachments(), base64.b64decode(PIXEL))
        received = self._received().attachment_ids
        self.assertEqual(len(received), 1)
        self._assert_file_is_kept(received, received.raw)

    def test_file_of_a_colleagues_mail(self):
        """What a colleague writes to the customer is evidence once it went out."""
        file = self.env["ir.attachment"].create(
            {
                "name": "offer.txt",
                "raw": b"An offer",
                "res_model": "mail.compose.message",
            }
        )
        self.assertFalse(
            self._rpc(
                "collector",
                "ar.debtor",
                "message_post",
                self.debtor.ids,
                body="See the offer",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.customer.ids,
            )
        )
        message = self.debtor.message_ids[:1]
        self.assertEqual(message.ar_origin, "written")
        self.assert_refused(
            "collector", "mail.message", "write", message.ids, {"body": "x"}
        )
        posted = self.debtor.with_user(self.user_collector).message_post(
            body="With a file",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
            attachments=[("offer.txt", b"An offer")],
        )
        self.assertEqual(posted.ar_origin, "written")
        self._assert_file_is_kept(posted.attachment_ids, b"An offer")
        # A file of nobody's message is no evidence
        self.assertFalse(self._rpc("admin", "ir.attachment", "unlink", file.ids))

    def test_nothing_is_added_to_evidence(self):
        records = (self._sent_notice(), self._posted_letter(), self._answered())
        free = self.env["ir.attachment"].create({"name": "free.txt", "raw": b"free"})
        for role in (*ROLES, "admin"):
            for record in records:
                place = {"res_model": record._name, "res_id": record.id}
                with self.subTest(role=role, model=record._name):
                    self.assert_refused(
                        role,
                        "ir.attachment",
                        "create",
                        [{"name": "forged.pdf", "raw": "x", **place}],
                    )
                    self.assert_refused(
                        role,
                        "ir.attachment",
                        "create",
                        [{"name": "forged.pdf", "raw": "x", "res_id": record.id}],
                        context={"default_res_model": record._name},
                    )
                    self.assert_refused(role, "ir.attachment", "write", free.ids, place)
                    for file_id in map(int, record.file_sums or {}):
                        self.assert_refused(role, "ir.attachment", "copy", [file_id])
        # On a dispute it is a note of a colleague: never among what the customer sent
        dispute = self._opened_dispute()
        self.assertFalse(
            self._rpc(
                "collector",
                "ir.attachment",
                "create",
                [
                    {
                        "name": "forged.txt",
                        "raw": "forged",
                        "res_model": "ar.dispute",
                        "res_id": dispute.id,
                    }
                ],
            )
        )
        pack = self._pack()
        self.assertNotIn("forged.txt", pack.file_ids.mapped("name"))
        self.assertIn("photo.png", pack.file_ids.mapped("name"))
        self.assertIn("forged.txt is not in the pack", pack.note)

    def test_a_note_does_not_hide_a_photo(self):
        dispute = self._opened_dispute()
        self.assertFalse(
            self._rpc(
                "collector",
                "ar.dispute",
                "message_post",
                dispute.ids,
                body="Look",
                attachment_ids=[int(one) for one in dispute.file_sums],
                subtype_xmlid="mail.mt_note",
            )
        )
        self.assertIn("photo.png", self._pack().file_ids.mapped("name"))

    def _pack(self):
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make()
        self.env["ar.evidence"]._cron_evidence()
        pack.invalidate_recordset()
        pack = pack.sudo()
        self.assertEqual(pack.state, "done", pack.note)
        return pack

    def test_a_difference_is_shown_where_it_is_served_and_packed(self):
        """The file is another since somebody was at the database."""
        notice = self._sent_notice()
        file = notice.attachment_ids
        with self._tampered(file):
            self.authenticate(self.users["manager"].login, PASSWORD)
            with mute_logger("odoo.http"):
                answer = self.url_open(f"/web/content/{file.id}?download=true")
            self.assertNotEqual(answer.status_code, 200)
            self.assertNotIn(b"forged", answer.content)
            self.assertIn("is not what was noted", answer.text)
            with self.assertRaisesRegex(UserError, "is not what was noted"):
                file._ar_content()
            self.assertIn("not what was noted", self._pack().note)
            self.assertTrue(any("is not what was" in d for d in self._differences()))
        self.assertEqual(self.url_open(f"/web/content/{file.id}").status_code, 200)

    @contextlib.contextmanager
    def _tampered(self, file):
        """Replace the content of a file behind the back of the ORM."""
        other = self.env["ir.attachment"].create({"name": "other", "raw": b"forged"})
        columns = ("store_fname", "checksum", "file_size", "db_datas")
        before = {
            name: self.env.execute_query(
                SQL(
                    "SELECT %s FROM ir_attachment WHERE id = %s",
                    SQL.identifier(name),
                    file.id,
                )
            )[0][0]
            for name in columns
        }
        self._sql(
            """UPDATE ir_attachment a SET store_fname = o.store_fname,
                      checksum = o.checksum, file_size = o.file_size,
                      db_datas = o.db_datas
                 FROM ir_attachment o WHERE a.id = %s AND o.id = %s""",
            file.id,
            other.id,
        )
        yield
        for name, value in before.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE ir_attachment SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    value,
                    file.id,
                )
            )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestProofMessages(ProofCommon):
    """Messages with customers, as each role over HTTP."""

    def test_messages_are_neither_changed_hidden_moved_nor_deleted(self):
        notice = self._sent_notice()
        messages = {
            "sent": notice.mail_message_id,
            "email": self._received(),
            "page": self._page_message(),
        }
        for origin, message in messages.items():
            self.assertEqual(message.ar_origin, origin)
            said = message.read(["body", "res_id", "is_internal", "author_id"])
            for role in (*ROLES, "admin"):
                for values in (
                    {"body": "<p>forged</p>"},
                    {"is_internal": True},
                    {"parent_id": messages["page"].id or False},
                    {"res_id": self.other_debtor.id},
                    {"model": "res.partner", "res_id": self.customer.id},
                    {"author_id": self.users["collector"].partner_id.id},
                    {"date": "2020-01-01 00:00:00"},
                    {"email_from": "forged@example.com"},
                    {"subtype_id": self.env.ref("mail.mt_note").id},
                    {"message_type": "notification"},
                    {"ar_origin": False},
                    {"ar_file_sums": {}},
                    {"attachment_ids": [[0, 0, {"name": "x", "raw": "x"}]]},
                ):
                    if all(is_same(message[n], value) for n, value in values.items()):
                        continue
                    with self.subTest(origin=origin, role=role, values=values):
                        self.assert_refused(
                            role, "mail.message", "write", message.ids, values
                        )
                with self.subTest(origin=origin, role=role):
                    self.assert_refused(role, "mail.message", "unlink", message.ids)
            self.assertEqual(
                said, message.read(["body", "res_id", "is_internal", "author_id"])
            )
            with self.assertRaises(AccessError):
                message.sudo().write({"is_internal": True})
            with self.assertRaises(AccessError):
                message.sudo().unlink()
            # Marks of colleagues are theirs
            message.sudo().write({"starred_partner_ids": [Command.set([])]})

    def test_nobody_speaks_for_a_customer(self):
        for role in ("collector", "manager", "admin"):
            for values in (
                {"author_id": self.customer.id},
                {"email_from": self.customer.email},
                {"message_type": "email"},
                {"author_id": self.customer.id, "message_type": "email"},
            ):
                with self.subTest(role=role, values=values):
                    self._rpc(
                        role,
                        "ar.debtor",
                        "message_post",
                        self.debtor.ids,
                        body="We admit the debt",
                        **values,
                    )
            self._rpc(
                role,
                "mail.message",
                "create",
                [
                    {
                        "model": "ar.debtor",
                        "res_id": self.debtor.id,
                        "author_id": self.customer.id,
                        "message_type": "email",
                        "body": "We admit the debt",
                    }
                ],
            )
            for context in (
                {"default_ar_origin": "email"},
                {"ar_origin": "email"},
                {"ar_evidence": True},
            ):
                self._rpc(
                    role,
                    "ar.debtor",
                    "message_post",
                    self.debtor.ids,
                    body="We admit the debt",
                    context=context,
                )
            self.assert_refused(
                role,
                "mail.message",
                "create",
                [
                    {
                        "model": "ar.debtor",
                        "res_id": self.debtor.id,
                        "ar_origin": "page",
                        "body": "We admit the debt",
                    }
                ],
            )
        forged = self.env["mail.message"].search(
            [("model", "=", "ar.debtor"), ("body", "ilike", "We admit the debt")]
        )
        self.assertFalse(set(forged.mapped("ar_origin")) - {False})
        self.assertNotIn(self.customer, forged.author_id)
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        self.assertFalse(set(forged.ids) & set(pack._found().messages.ids))

    def test_a_mail_that_nobody_received(self):
        """A collector hands the gateway a mail of his own making."""
        self._sent_notice()
        reference = self._received("true").message_id
        self._rpc(
            "collector",
            "mail.thread",
            "message_process",
            None,
            MAIL.format(
                sender="ann@proof.example.com",
                to="receivables@example.com",
                key="forged",
                reference=reference,
            ),
        )
        forged = self.env["mail.message"].search([("subject", "=", "About forged")])
        self.assertFalse(forged.filtered("ar_origin"))

    def test_packs_say_who_posted(self):
        self._sent_notice()
        self._page_message("We wait for a copy")
        self.debtor.with_user(self.user_collector).message_post(
            body="Here is the copy",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.ids,
        )
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        pack._gather()
        files = pack.file_ids.filtered(lambda file: file.kind == "message")
        pages = "".join(str(file._message_html()) for file in files)
        self.assertIn("Written on the customer&#39;s page", pages)
        self.assertIn(f"Written by a colleague: {self.user_collector.name}", pages)
        self.assertIn("Sent by the follow-up", pages)

    def test_a_reply_is_moved_to_its_customer(self):
        """Assigning is an act of ours: the messages go along, and the chain says so."""
        self.env["mail.thread"].message_process(
            "ar.unmatched.reply",
            MAIL.format(
                sender="stranger@example.com",
                to="receivables@example.com",
                key="stranger",
                reference="<none@example.com>",
            ),
            custom_values={"company_id": self.company.id},
        )
        message = self.env["mail.message"].search([("subject", "=", "About stranger")])
        self.assertEqual(
            (message.model, message.ar_origin), ("ar.unmatched.reply", "email")
        )
        reply = self.env["ar.unmatched.reply"].browse(message.res_id)
        self._append()
        reply.sudo().debtor_id = self.debtor
        reply.sudo().action_assign()
        self.assertEqual((message.model, message.res_id), ("ar.debtor", self.debtor.id))
        self._append()
        self.assertEqual(self._differences(), [])


@tagged("post_install", "-at_install")
class TestProofRecords(ProofCommon):
    """Letters, terms, disputes, and every kind there is."""

    def test_a_letter_that_never_existed(self):
        text = self.env["ar.letter.text"].search([("moment", "=", "hold")], limit=1)
        base = {"debtor_id": self.debtor.id, "text_id": text.id}
        forged = {
            "state": "posted",
            "number": "N-2020-1",
            "posted_on": "2020-01-01",
            "printed_on": "2020-01-01",
            "posted_by": self.user_manager.id,
            "letter_id": self.env["ir.attachment"].create({"name": "x"}).id,
            "file_sums": {"1": "0" * 64},
        }
        for role in ("collector", "manager", "admin"):
            for name, value in forged.items():
                with self.subTest(role=role, name=name):
                    self.assert_refused(
                        role, "ar.letter", "create", [{**base, name: value}]
                    )
            self._rpc(
                role,
                "ar.letter",
                "create",
                [base],
                context={f"default_{name}": value for name, value in forged.items()},
            )
        letters = (
            self.env["ar.letter"].sudo().search([("debtor_id", "=", self.debtor.id)])
        )
        self.assertEqual(set(letters.mapped("state")), {"draft"})
        for name in forged.keys() - {"state"}:
            self.assertFalse(any(letters.mapped(name)), name)
        with self.assertRaises(AccessError):
            self.env["ar.letter"].sudo().create({**base, "state": "posted"})

    def test_terms_that_nobody_can_read(self):
        for role in ("manager", "admin"):
            values = {"name": "Empty", "company_id": self.company.id}
            context = {
                "default_state": "published",
                "default_major": 9,
                "default_published_on": "2020-01-01 00:00:00",
            }
            self._rpc(role, "ar.credit.policy", "create", [values], context=context)
            self.assert_refused(
                role, "ar.credit.policy", "create", [{**values, "state": "published"}]
            )
        found = self.env["ar.credit.policy"].search([("name", "=", "Empty")])
        self.assertEqual(len(found), 2)
        self.assertEqual(set(found.mapped("state")), {"draft"})
        self.assertFalse(any(found.mapped("major")))
        found.unlink()

    def test_what_the_customer_says_stays(self):
        dispute = self._opened_dispute()
        for state in ("open", "closed"):
            for role in (*ROLES, "admin"):
                with self.subTest(role=role, state=state):
                    self.assert_refused(
                        role,
                        "ar.dispute",
                        "write",
                        dispute.ids,
                        {"text": "All is well"},
                    )
                    self.assert_refused(
                        role,
                        "ar.dispute",
                        "web_save",
                        dispute.ids,
                        {"text": "All is well"},
                        {},
                    )
            with self.assertRaises(AccessError):
                dispute.sudo().write({"text": "All is well"})
            # A correction is a note, with its author
            self.assertFalse(
                self._rpc(
                    "collector",
                    "ar.dispute",
                    "message_post",
                    dispute.ids,
                    body="The customer corrected it by phone",
                )
            )
            if state == "open":
                dispute.reject("It is right", send=False)
        self.assertEqual(dispute.text, "The price is wrong")
        self.assertEqual(
            dispute.message_ids[:1].author_id, self.user_collector.partner_id
        )
        with self.assertRaises(AccessError):
            dispute.sudo().write({"answer": "It is wrong"})

    def _one_of_each(self):
        """Return a record of each kind of evidence, by model."""
        self._publish()
        acceptance = self._accept(self.debtor)
        plan = self.env["ar.payment.plan"]
        found = {
            "ar.notice": self._sent_notice(),
            "ar.letter": self._posted_letter(),
            "ar.dispute": self._opened_dispute(),
            "ar.answer": self._answered(),
            "ar.credit.policy.acceptance": acceptance.sudo(),
            "ar.credit.policy.text": acceptance.sudo().text_id,
            "ar.copies": self.env["ar.copies"]._keep(self.debtor, [("a.pdf", b"%PDF")]),
        }
        found["ar.evidence"] = (
            PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        )
        self.env["ar.evidence"]._cron_evidence()
        found["ar.evidence"].invalidate_recordset()
        items = self.env["ar.open.item"].search([("move_id", "=", self.invoice.id)])
        plan = Agreement(self.debtor).promise(items, self._ago(-5)).sudo()
        found["ar.payment.plan"] = plan
        plan._ar_unlocked().write(
            {"signed_at": "2026-01-01 00:00:00", "signer_name": "Ann Adams"}
        )
        self.env.flush_all()
        return found

    def test_every_kind_there_is(self):
        """A kind that is added later fails here until it is guarded and tried."""
        found = self._one_of_each()
        kinds = {
            name
            for name, model in self.env.registry.items()
            if is_guarded(model) and model._auto and not model._abstract
        }
        self.assertEqual(kinds, set(found))
        self.assertEqual(
            {model._name for model, _event in self.env["ar.proof"]._kinds()},
            kinds - {"ar.copies", "ar.evidence"} | {"mail.message"},
        )
        for name, record in found.items():
            self.assertEqual(len(record), 1, name)
            for event in record._ar_events:
                if not record.filtered_domain(event.domain):
                    continue
                for field in event.fields:
                    value = self._another(record, field)
                    with self.subTest(model=name, field=field):
                        for role in ("collector", "manager", "admin"):
                            self.assert_refused(
                                role, name, "write", record.ids, {field: value}
                            )
                        with self.assertRaises(UserError):
                            record.with_env(self.env).sudo().write({field: value})
            for role in ("none", "collector", "manager", "accountant", "admin"):
                with self.subTest(model=name, role=role):
                    if name != "ar.evidence":  # a pack can be made again
                        self.assert_refused(role, name, "unlink", record.ids)
                    self.assert_refused(
                        role, name, "write", record.ids, {"file_sums": {}}
                    )
                    self.assert_refused(role, name, "copy", record.ids)
            if record._ar_events:
                with self.assertRaises(UserError):
                    record.with_env(self.env).sudo().unlink()
            for file_id in map(int, record.file_sums or {}):
                file = self.env["ir.attachment"].browse(file_id)
                for act in (
                    lambda file=file: file.sudo().write({"raw": b"forged"}),
                    lambda file=file: file.sudo().write({"res_id": 0}),
                    lambda file=file: file.sudo().unlink(),
                ):
                    with self.subTest(model=name), self.assertRaises(AccessError):
                        act()

    def _another(self, record, name):
        """Return another value of a field, as RPC sends it."""
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            other = (
                self.env[field.comodel_name]
                .sudo()
                .search([("id", "!=", value.id)], limit=1)
            )
            return other.id or False
        if field.type == "selection":
            values = field.get_values(self.env)
            return next(one for one in values if one != value)
        return {
            "char": "forged",
            "text": "forged",
            "html": "<p>forged</p>",
            "date": "2001-01-01",
            "datetime": "2001-01-01 00:00:00",
            "float": 1234.0,
            "monetary": 1234.0,
            "integer": 1234,
            "binary": "Zm9yZ2Vk",
            "json": {"forged": "x"},
            "boolean": not value,
        }[field.type]


@tagged("post_install", "-at_install")
class TestProofRegister(ProofCommon):
    """The chain, and that what goes past the ORM is seen."""

    def setUp(self):
        super().setUp()
        self.notice = self._sent_notice()
        self.letter = self._posted_letter()
        self.dispute = self._opened_dispute()
        self.received = self._received()

    def _entries(self, model=None):
        domain = [("company_id", "=", self.company.id)]
        if model:
            domain.append(("model", "=", model))
        return self.env["ar.proof"].search(domain, order="sequence, id")

    def test_what_is_new_waits_and_is_entered_once(self):
        found = self.env["ar.proof"]._verify(self.company)["companies"]
        self.assertGreater(found[0]["waiting"], 3)
        self.assertEqual((found[0]["entries"], found[0]["head"]), (0, START))
        self._append()
        entries = self._entries()
        self.assertEqual(entries.mapped("sequence"), list(range(1, len(entries) + 1)))
        self.assertEqual(
            entries.mapped("previous_sha256"),
            [START, *entries.mapped("sha256")[:-1]],
        )
        self.assertLessEqual(
            {
                ("ar.notice", self.notice.id, "sent"),
                ("ar.letter", self.letter.id, "posted"),
                ("ar.dispute", self.dispute.id, "opened"),
                ("mail.message", self.received.id, "message"),
                ("mail.message", self.notice.mail_message_id.id, "message"),
            },
            {(one.model, one.res_id, one.event) for one in entries},
        )
        self._append()
        self.assertEqual(self._entries(), entries)
        self.assertEqual(self._differences(), [])
        found = self.env["ar.proof"]._verify(self.company)["companies"][0]
        self.assertEqual((found["waiting"], found["head"]), (0, entries[-1].sha256))

    def test_appending_is_set_based_and_sending_pays_nothing(self):
        self._append()
        for number in range(6):
            self._page_message(f"Message {number}")
        self.env.flush_all()
        with self.assertQueryCount(8):
            self._append()
        before = len(self._entries())
        for number in range(30):
            self._page_message(f"More {number}")
        self.env.flush_all()
        with self.assertQueryCount(8):
            self._append()
        self.assertEqual(len(self._entries()), before + 30)

    def test_tampering_by_sql_is_seen(self):
        self._append()
        message = self.notice.mail_message_id.id
        cases = {
            "UPDATE ar_notice SET recipients = 'x' WHERE id = %s": self.notice.id,
            "UPDATE ar_notice_line SET amount = amount + 1 WHERE notice_id = %s": (
                self.notice.id
            ),
            "UPDATE ar_letter SET posted_on = '2020-01-01' WHERE id = %s": self.letter.id,
            "UPDATE ar_dispute SET text = 'All is well' WHERE id = %s": self.dispute.id,
            "UPDATE mail_message SET body = 'x' WHERE id = %s": message,
            "UPDATE mail_message SET is_internal = is_internal IS NOT TRUE WHERE id = %s": self.received.id,
            "UPDATE mail_message SET ar_file_sums = NULL WHERE id = %s": self.received.id,
            "UPDATE mail_message SET ar_origin = NULL WHERE id = %s": self.received.id,
            "DELETE FROM mail_message WHERE id = %s": self.received.id,
            "DELETE FROM ir_attachment WHERE id = %s": self.received.attachment_ids.id,
            "UPDATE ar_proof SET content_sha256 = 'x' WHERE id = %s": self._entries()[
                1
            ].id,
            "UPDATE ar_proof SET date = '2020-01-01' WHERE id = %s": self._entries()[
                1
            ].id,
            "DELETE FROM ar_proof WHERE id = %s": self._entries()[1].id,
        }
        self.assertEqual(self._differences(), [])
        for query, record_id in cases.items():
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self._sql(query, record_id)
                self.assertTrue(self._differences())
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self._differences(), [])

    def test_an_entry_made_to_fit_breaks_the_next(self):
        self._append()
        entry = self._entries()[1]
        self._sql("UPDATE ar_proof SET sha256 = %s WHERE id = %s", "0" * 64, entry.id)
        found = self._differences()
        self.assertTrue(any("does not follow" in one for one in found), found)

    def test_difference_names_the_record(self):
        self._append()
        self._sql("UPDATE ar_dispute SET text = 'x' WHERE id = %s", self.dispute.id)
        [difference] = self._differences()
        self.assertIn(f"Dispute {self.dispute.id}", difference)
        self.assertIn(self.company.name, difference)

    def test_button(self):
        self._append()
        self.assertFalse(self._rpc("manager", "ar.proof", "action_verify", []))
        self.assertEqual(self.result["params"]["type"], "success")
        self._sql("UPDATE ar_dispute SET text = 'x' WHERE id = %s", self.dispute.id)
        self.assertFalse(self._rpc("manager", "ar.proof", "action_verify", []))
        self.assertEqual(self.result["params"]["type"], "danger")
        self.assertIn(f"Dispute {self.dispute.id}", self.result["params"]["message"])
        for role in ("none", "collector", "accountant"):
            self.assert_refused(role, "ar.proof", "action_verify", [])

    def test_register_is_written_by_the_server_alone(self):
        self._append()
        entry = self._entries()[:1]
        for role in (*ROLES, "admin"):
            with self.subTest(role=role):
                self.assert_refused(
                    role, "ar.proof", "write", entry.ids, {"sha256": "0" * 64}
                )
                self.assert_refused(role, "ar.proof", "unlink", entry.ids)
                self.assert_refused(role, "ar.proof", "copy", entry.ids)
                self.assert_refused(
                    role,
                    "ar.proof",
                    "create",
                    [
                        {
                            "company_id": self.company.id,
                            "model": "ar.notice",
                            "res_id": 1,
                            "event": "sent",
                            "act": "removed",
                        }
                    ],
                )
        for act in (
            lambda: entry.sudo().write({"sha256": "0" * 64}),
            lambda: entry.sudo().unlink(),
        ):
            with self.assertRaises(AccessError):
                act()
        for role in ("none", "collector", "accountant"):
            self.assert_refused(role, "ar.proof", "search_read", [])
        self.assertFalse(self._rpc("manager", "ar.proof", "search_read", []))
        self.assertTrue(self.result)
        entry.with_user(self.user_manager).action_open_record()

    def test_other_companies_see_no_entries(self):
        self._append()
        other = self.env["res.company"].create({"name": "Other Company"})
        self.user_manager.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(
            self.env["ar.proof"]
            .with_user(self.user_manager)
            .search([("company_id", "=", self.company.id)])
        )

    def test_retention_leaves_the_entries(self):
        self._append()
        retention = (
            self.env["ar.retention"]
            .sudo()
            .create(
                {"company_id": self.company.id, "how": "delete", "state": "running"}
            )
        )
        kinds = type(retention)._delete.__globals__["kinds"](self.env)
        retention._delete(kinds["message"], self.received.ids)
        retention._delete(kinds["letter"], self.letter.ids)
        self.env.invalidate_all()
        self.assertFalse(self.letter.exists())
        self.assertEqual(self._differences(), [])
        self._append()
        self.assertEqual(self._differences(), [])
        removed = self._entries().filtered(lambda one: one.act == "removed")
        self.assertEqual(
            {(one.model, one.res_id, one.event) for one in removed},
            {
                ("ar.letter", self.letter.id, "printed"),
                ("ar.letter", self.letter.id, "posted"),
                ("mail.message", self.received.id, "message"),
            },
        )
        self.assertTrue(all(removed.mapped("sha256")))

    def test_merging_customers_is_an_act_of_ours(self):
        self._append()
        into = self.other_debtor
        DebtorMerge(self.debtor.sudo(), into.sudo()).merge()
        self.assertEqual(self.notice.debtor_id, into)
        self._append()
        self.assertEqual(self._differences(), [])

    def test_an_answer_completes_a_dispute(self):
        self._append()
        self.dispute.reject(
            "It is right", send=False, documents=[("terms.pdf", b"%PDF terms")]
        )
        self._append()
        self.assertEqual(self._differences(), [])
        events = self._entries("ar.dispute").mapped(lambda one: (one.event, one.act))
        self.assertEqual(
            sorted(events),
            [("closed", "made"), ("opened", "again"), ("opened", "made")],
        )

    def test_a_pack_says_what_is_not_entered(self):
        pack = PackRequest(self.debtor.with_user(self.user_collector)).make().sudo()
        customer = str(pack._facts_customer(pack._found(), []))
        self.assertIn("Not in the register yet", customer)
        self._append()
        customer = str(pack._facts_customer(pack._found(), []))
        self.assertNotIn("Not in the register yet", customer)
        self.assertIn(self._entries()[-1].sha256, customer)

    def test_upgrade_notes_what_is_there(self):
        """Sums and origins of before are noted as they are on the day of the upgrade."""
        page = self._page_message()
        kept = self.notice.file_sums, self.dispute.file_sums
        mail = self.notice.mail_message_id
        sums = mail.ar_file_sums, self.received.ar_file_sums
        self.env.flush_all()
        for table, names in (
            ("ar_notice", "file_sums = NULL"),
            ("ar_dispute", "file_sums = NULL"),
            ("mail_message", "ar_file_sums = NULL, ar_origin = NULL"),
        ):
            self._sql(f"UPDATE {table} SET {names}")
        public = self.env.ref("base.public_user").id
        self._sql(
            "UPDATE mail_message SET create_uid = %s WHERE id = %s", public, page.id
        )
        path = Path(get_module_path("ar_followup_plus"))
        run_path(str(path / "migrations/19.0.2.0.0/post-proof.py"))["migrate"](
            self.env.cr, "19.0.1.4.0"
        )
        self.env.invalidate_all()
        self.assertEqual((self.notice.file_sums, self.dispute.file_sums), kept)
        self.assertEqual((mail.ar_file_sums, self.received.ar_file_sums), sums)
        self.assertEqual(
            [one.ar_origin for one in (mail, self.received, page)],
            ["sent", "email", "page"],
        )
        self._append()
        self.assertEqual(self._differences(), [])

    def test_an_object_is_no_key(self):
        """What opens evidence cannot be sent: nothing that JSON can say is it."""
        file = self.notice.attachment_ids
        for value in (True, 1, "KEY", {}, [], str(KEY)):
            self.assert_refused(
                "admin",
                "ir.attachment",
                "unlink",
                file.ids,
                context={"ar_evidence": value},
            )
        buffer = io.BytesIO(file.raw)
        self.assertEqual(buffer.read(), b"%PDF what we said")
