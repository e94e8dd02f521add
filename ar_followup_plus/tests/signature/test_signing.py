"""Signing on the customer's page: what is kept, and what is refused."""

import base64
import hashlib
import io
import re
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools.pdf import OdooPdfFileReader

from ...models.credit_terms.credit_terms import CreditTerms
from ...models.signature.ar_guarded import KEY
from ...models.signing import ar_signed
from ...tools.pdf import pdf_signature_page
from ..credit_terms.policy_common import PROOF, PolicyMixin, drawing
from ..portal.portal_common import PortalCommon


class TestSigning(PolicyMixin, PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "ann@first.example.com"
        cls.policy = cls._publish()
        cls.debtor = cls._debtor(cls.customer)
        cls.second = cls._debtor(cls.other)

    def setUp(self):
        super().setUp()
        signed = self._cheap_signed()
        signed.start()
        self.addCleanup(signed.stop)

    def _request(self, debtor=None):
        debtor = (debtor or self.debtor).sudo()
        return CreditTerms(debtor).request(CreditTerms(debtor).to_ask()[debtor])

    def _sign(self, request, name="Ann Adams", function="Director", **values):
        values = {
            "signature": drawing(),
            "sha256": request._sign_sha256(),
            "proof": PROOF,
            **values,
        }
        request._sign(name, function, **values)

    # === EVIDENCE === #

    def test_what_is_kept(self):
        request = self._request()
        self.assertTrue(CreditTerms(self.debtor).not_accepted())
        self._sign(request, " Ann \n Adams ")
        self.assertEqual(request.state, "accepted")
        self.assertEqual(request.policy_id, self.policy)
        self.assertEqual(request.signer_name, "Ann Adams")
        self.assertEqual(request.signer_function, "Director")
        self.assertEqual(request.signer_email, "ann@first.example.com")
        self.assertEqual(request.signer_ip, "203.0.113.7")
        self.assertEqual(request.signer_agent, "A Browser/1.0")
        self.assertEqual(request.signer_proof, "code")
        self.assertTrue(base64.b64decode(request.signature).startswith(b"\x89PNG"))
        text = self.policy.text_ids._best("en_US", self.company)
        self.assertEqual(request.signed_sha256, text.sha256)
        self.assertFalse(CreditTerms(self.debtor).not_accepted())
        self.assertEqual(CreditTerms(self.debtor).accepted(), request)
        [mail] = self._mails_to("ann@first.example.com")
        self.assertEqual(mail.attachment_ids.raw, request.signed_document_id.raw)
        self.assertIn("signed by Ann Adams", self.debtor.message_ids[1].body)

    def test_checked_again_from_outside(self):
        """The real PDF has what was signed in it, with the sum that is printed."""
        request = self._request()
        with patch.object(ar_signed, "signed_pdf", pdf_signature_page.signed_pdf):
            self._sign(request)
        stored = request.signed_document_id.raw
        self.assertEqual(
            hashlib.sha256(stored).hexdigest(), request.signed_document_sha256
        )
        reader = OdooPdfFileReader(io.BytesIO(stored), strict=False)
        [(_name, original)] = list(reader.getAttachments())
        self.assertEqual(hashlib.sha256(original).hexdigest(), request.signed_sha256)
        self.assertEqual(
            original, self.policy.text_ids._best("en_US", self.company).document_id.raw
        )
        last = reader.pages[-1].extract_text()
        self.assertIn("Ann Adams", last)
        self.assertIn("UTC", last)
        self.assertIn(self.customer.name, last)
        self.assertIn("Terms of payment, version 1.0", " ".join(last.split()))
        self.assertIn(request.signed_sha256, re.sub(r"\s", "", last))

    def test_evidence_is_nobodys_to_change(self):
        request = self._request()
        self._sign(request)
        before = request.read()[0]
        file = request.signed_document_id
        admin = self.env.ref("base.user_admin")
        for env in (
            self.env(su=True),
            self.env(user=admin),
            self.env(user=self.user_manager),
        ):
            mine = request.with_env(env)
            for act in (
                lambda r=mine: r.write({"signer_name": "Bob"}),
                lambda r=mine: r.write({"state": "requested"}),
                lambda r=mine: r.with_context(ar_evidence=True).write({"reason": "x"}),
                lambda r=mine: r.unlink(),
                lambda r=mine: r.with_context(_force_unlink=True).unlink(),
                lambda r=mine: r.copy(),
                lambda r=mine: r.create(
                    {"debtor_id": self.second.id, "state": "accepted"}
                ),
                lambda e=env: file.with_env(e).write({"raw": b"other"}),
                lambda e=env: file.with_env(e).write({"res_model": False}),
                lambda e=env: file.with_env(e).unlink(),
            ):
                with self.assertRaises(UserError):
                    act()
        for method, args in (
            ("write", [{"signer_name": "Bob"}]),
            ("web_save", [{"state": "requested"}]),
            ("unlink", []),
            ("_ar_unlocked", []),
            ("_sign", ["Bob", "Boss", drawing(), request.signed_sha256, PROOF]),
        ):
            kwargs = {"specification": {}} if method == "web_save" else {}
            for user in (admin, self.user_manager, self.user_collector):
                with self.assertRaises(UserError, msg=method):
                    call_kw(
                        request.with_user(user), method, [request.ids, *args], kwargs
                    )
        request.invalidate_recordset()
        self.assertEqual(request.read()[0], before)
        # Moving files to another storage keeps them as they are, and may be done
        file.write({"raw": file.raw, "mimetype": file.mimetype})
        # The retention job has the key, which is an object
        request.with_context(ar_evidence=KEY).unlink()
        self.assertFalse(request.exists())

    # === BAD INPUT === #

    def test_what_is_refused(self):
        request = self._request()
        for what, values in (
            ("full name", {"name": "  "}),
            ("full name", {"name": None}),
            ("full name", {"name": "..."}),
            ("at most", {"name": "A" * 101}),
            ("your own name", {"name": self.customer.name.upper()}),
            ("function", {"function": ""}),
            ("still empty", {"signature": None}),
            ("still empty", {"signature": drawing(ink=False)}),
            ("still empty", {"signature": drawing(dot=True)}),
            ("could not be read", {"signature": "not base64!"}),
            ("could not be read", {"signature": base64.b64encode(b"x" * 99).decode()}),
            ("could not be read", {"signature": drawing(size=(5000, 10))}),
            ("could not be read", {"signature": "A" * 2_000_000}),
            ("has changed", {"sha256": "0" * 64}),
            ("has changed", {"sha256": None}),
        ):
            with self.subTest(values=str(values)[:60]):
                with self.assertRaisesRegex(UserError, what):
                    self._sign(request, **values)
                self.assertEqual(
                    (request.state, request.signed_at), ("requested", False)
                )
        self._sign(request)
        with self.assertRaisesRegex(UserError, "already signed by Ann Adams"):
            self._sign(request, "Bob Brown")
        self.assertEqual(request.signer_name, "Ann Adams")

    def test_old_version(self):
        request = self._request()
        self._next_version(self.policy)
        with self.assertRaisesRegex(UserError, "newer version"):
            self._sign(request)
        newer = self._request()
        self.assertNotEqual(newer, request)
        with self.assertRaisesRegex(UserError, "newer version"):
            self._sign(request)
        self._sign(newer)

    def test_under_a_contact_stop(self):
        request = self._request()
        self.debtor.stop_contact("insolvency")
        with self.assertRaisesRegex(UserError, "cannot be signed now"):
            self._sign(request)

    def test_people_sign_for_themselves(self):
        self.debtor.kind = "consumer"
        request = self._request()
        self._sign(request, function="")
        self.assertFalse(request.signer_function)

    # === THE PAGE === #

    def _sign_path(self, request, suffix=""):
        return self._own_path(request.debtor_id, f"/sign/terms/{request.id}{suffix}")

    def _enter(self, request):
        """Have a code sent, and give it; return the page."""
        path = self._sign_path(request)
        page = self.url_open(path)
        self.assertNotIn("within", page.text)
        self.assertIn("a•••@first.example.com", page.text)
        self.assertEqual(
            self.url_open(self._sign_path(request, "/document.pdf")).status_code, 404
        )
        self._act(self._sign_path(request, "/code"), page)
        [mail] = self._mails_to("ann@first.example.com")
        code = re.search(r">(\d{6})<", mail.body_html).group(1)
        page = self._act(self._sign_path(request, "/open"), page, code="12")
        self.assertIn("wrong or has expired", page.text)
        return self._act(self._sign_path(request, "/open"), page, code=code)

    def _accept_call(self, request, **values):
        params = {
            "name": "Ann Adams",
            "function": "Director",
            "signature": drawing(),
            "sha256": request._sign_sha256(),
            **values,
        }
        return self._call(self._sign_path(request, "/accept"), **params).get("result")

    def test_from_code_to_signature(self):
        request = self._request()
        self.env.flush_all()
        self.assertIn("new code sent", self._accept_call(request)["error"])
        page = self._enter(request)
        self.assertIn("within 30 days of its date", page.text)
        pdf = self.url_open(self._sign_path(request, "/document.pdf"))
        self.assertEqual(
            hashlib.sha256(pdf.content).hexdigest(), request._sign_sha256()
        )
        self.assertIn("still empty", self._accept_call(request, signature="")["error"])
        answer = self._accept_call(request)
        self.assertTrue(answer["force_refresh"], answer)
        self.assertIn("already signed", self._accept_call(request)["error"])
        self.env.invalidate_all()
        self.assertEqual(request.state, "accepted")
        self.assertEqual(request.signer_email, "ann@first.example.com")
        self.assertTrue(request.signer_ip and request.signer_agent)
        page = self.url_open(self._sign_path(request))
        self.assertIn("Ann Adams", page.text)
        pdf = self.url_open(self._sign_path(request, "/document.pdf"))
        self.assertEqual(pdf.content, request.signed_document_id.raw)

    def test_reading_changes_nothing(self):
        request = self._request()
        path = self._sign_path(request)
        self.env.flush_all()
        before = request.sudo().read()[0], self.debtor.sudo().read(["code_hash"])
        for _n in range(3):
            self.assertEqual(self.url_open(path).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(
            before, (request.sudo().read()[0], self.debtor.sudo().read(["code_hash"]))
        )

    def test_token_of_another_customer(self):
        request = self._request()
        token = self.second.sudo()._portal_ensure_token()
        self.env.flush_all()
        for debtor in (self.debtor, self.second):
            path = f"/my/receivables/{debtor.id}/sign/terms/{request.id}"
            page = self.url_open(f"{path}?access_token={token}")
            self.assertNotIn("Our terms", page.text)
            self.assertEqual(page.status_code, 404)
            answer = self._call(
                f"{path}/accept?access_token={token}",
                name="Eve Evil",
                function="Director",
                signature=drawing(),
                sha256=request._sign_sha256(),
            )
            self.assertIn("does not work", answer["result"]["error"])
        for path in ("/sign/other/1", "/sign/terms/99999999999", "/sign/terms/0"):
            self.assertEqual(
                self.url_open(self._own_path(self.debtor, path)).status_code, 404
            )
        self.assertEqual(request.state, "requested")

    def test_decline_goes_to_the_collector(self):
        request = self._request()
        page = self._enter(request)
        path = self._sign_path(request, "/decline")
        self._act(path, page, reason="  ")
        self.env.invalidate_all()
        self.assertEqual(request.state, "requested")
        page = self._act(path, page, reason="We pay after 60 days <b>only</b>")
        self.assertIn("Thank you for telling us", page.text)
        self.env.invalidate_all()
        self.assertEqual(request.state, "declined")
        self.assertEqual(request.reason, "We pay after 60 days <b>only</b>")
        self.assertIn(
            "Talk about the terms of payment", self._activity_names(self.customer)
        )
        self.assertEqual(self.debtor.policy_state, "declined")
        self.assertIn("can no longer be signed", self._accept_call(request)["error"])

    def test_card_on_the_customers_page(self):
        invoice = self._invoice(self.customer, 100, 10)
        notice = self._sent(self.customer, invoice)
        page = self.url_open(self._path(notice))
        self.assertIn("o_ar_terms", page.text)
        page = self._act(self._path(notice, "/terms"), page)
        request = self.debtor.acceptance_ids
        self.assertEqual(
            (request.state, request.requested_by_id.id), ("requested", False)
        )
        self.assertIn(f"/sign/terms/{request.id}", page.url)
        self._sign(request)
        self.env.flush_all()
        self.assertNotIn("o_ar_terms", self.url_open(self._path(notice)).text)
