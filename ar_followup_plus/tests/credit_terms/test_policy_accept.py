"""Requests, and what customers accepted elsewhere: on paper, by a contract."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from ...models.credit_terms.credit_terms import CreditTerms
from ...models.customer.debtor_merge import DebtorMerge
from ...models.voice.voice import Voice
from ..common import ArCommon
from .policy_common import PROOF, PolicyMixin, drawing

PDF = ("scan.pdf", b"%PDF-1.4 scan")


class TestPolicyAccept(PolicyMixin, ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls._publish()
        cls.customer.email = "ann@first.example.com"
        cls.debtor = cls._debtor(cls.customer, user_id=cls.user_collector.id)
        cls.mine = cls.debtor.with_user(cls.user_collector)

    def _mails(self):
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("email_to", "ilike", "ann@first.example.com")])
        )

    def _watch(self, day=None):
        with freeze_time(f"{day or self.today} 10:00:00"):
            self.env["ar.credit.policy.acceptance"]._end_over()

    # === REQUESTS === #

    def test_request(self):
        self.mine.action_request_policy()
        [request] = self.debtor.acceptance_ids
        self.assertEqual(
            (request.state, request.sent_to), ("requested", "ann@first.example.com")
        )
        self.assertEqual(request.requested_by_id, self.user_collector)
        mail = self._mails()
        self.assertIn(f"/sign/terms/{request.id}?access_token=", mail.body_html)
        self.assertIn(self.debtor.sudo().access_token, mail.body_html)
        # A second click: nothing more
        CreditTerms(self.mine).request_all()
        self.assertEqual(len(self._mails()), 1)
        # Asked again: the same request, and one more mail
        with freeze_time(f"{self.today} 10:02:00"):
            CreditTerms(self.mine).request_all()
        self.assertEqual(self.debtor.acceptance_ids, request)
        self.assertEqual(len(self._mails()), 2)
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.user_accountant).action_request_policy()

    def test_asked_first_on_a_day_with_a_message(self):
        Voice(self.debtor.sudo()).note("call")
        others = self.mine | self._debtor(self.other).with_user(self.user_collector)
        again = self.env["ar.contact.again"].with_user(self.user_collector)
        for debtors, words in ((self.mine, "Call or visit"), (others, "1 of these")):
            action = debtors.action_request_policy()
            self.assertEqual(action["res_model"], "ar.contact.again")
            self.assertIn(words, action["context"]["default_warning"])
            self.assertFalse(debtors.acceptance_ids)
        result = again.with_context(**action["context"]).create({}).action_apply()
        self.assertIn("2", result["params"]["title"])
        self.assertEqual(
            result["params"]["next"], {"type": "ir.actions.act_window_close"}
        )
        self.assertEqual(others.mapped("policy_state"), ["requested"] * 2)

    def test_who_signs(self):
        """The director before the head of finance before the rest."""
        people = {
            role: self._customer(role, parent_id=self.customer.id, is_company=False)
            for role in ("accounts_payable", "finance", "director")
        }
        for role, person in people.items():
            self.env["ar.debtor.contact"].create(
                {"debtor_id": self.debtor.id, "partner_id": person.id, "role": role}
            )
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids
        self.assertEqual(request.sent_to, people["director"].email_normalized)
        # The code goes to whom the request went
        self.assertEqual(request._sign_person()[0], people["director"].id)

    def test_what_cannot_be_asked(self):
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "no contact with a working"):
            self.mine.action_request_policy()
        self.customer.email = "ann@first.example.com"
        self.mine.stop_contact("court")
        with self.assertRaisesRegex(UserError, "is stopped"):
            self.mine.action_request_policy()
        self.debtor.lift_stop()
        self._accept(self.debtor)
        with self.assertRaisesRegex(UserError, "already"):
            self.mine.action_request_policy()
        self.debtor.kind = "group"
        with self.assertRaisesRegex(UserError, "No terms of payment are published"):
            self.mine.action_request_policy()

    def test_several_at_once(self):
        """Who cannot be asked is named, and keeps nobody else from being asked."""
        lost = self._debtor(self._customer("Without Address", email=False))
        third = self._debtor(self.other)
        several = (self.debtor | lost | third).with_user(self.user_collector)
        result = several.action_request_policy()["params"]
        self.assertIn("2", result["title"])
        self.assertIn("Without Address", result["message"])
        self.assertEqual(
            (self.debtor | third).mapped("policy_state"), ["requested"] * 2
        )
        with self.assertRaisesRegex(UserError, "Without Address"):
            lost.with_user(self.user_collector).action_request_policy()

    def test_request_runs_out(self):
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids
        self._watch(self.today + timedelta(days=80))
        self.assertEqual(request.state, "requested")
        self._watch(self.today + timedelta(days=91))
        self.assertEqual(request.state, "expired")

    def test_a_request_outlives_a_minor_change(self):
        """Who was asked before the change reads and signs the changed text."""
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids.sudo()
        self._next_version(self.policy, "minor")
        day = self.today + timedelta(days=1)
        for watched in (False, True):
            if watched:
                self._watch(day)
            with self.subTest(watched=watched), freeze_time(f"{day} 11:00:00"):
                self.assertEqual(request.state, "requested")
                self.assertFalse(request._sign_why_not())
                self.assertIn("1.1", request._sign_title())
                page = CreditTerms(self.debtor.sudo()).page_values()
                self.assertEqual(page["request"], request)
        with freeze_time(f"{day} 12:00:00"), self._cheap_signed():
            request._sign(
                "Ann Adams", "Director", drawing(), request._sign_sha256(), PROOF
            )
            self.assertEqual(
                (request.state, request.policy_id.version), ("accepted", "1.1")
            )
            self.assertEqual(request.text_id.policy_id, request.policy_id)
            self.assertFalse(self.debtor.needs_policy)

    def test_a_request_is_signed_before_the_night_of_the_change(self):
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids.sudo()
        shown = request._sign_sha256()
        small = self._next_version(self.policy, "minor", name="Our terms, changed")
        self.assertEqual(request._sign_title(), "Our terms, changed, version 1.1")
        with self._cheap_signed(), self.assertRaisesRegex(UserError, "has changed"):
            request._sign("Ann Adams", "Director", drawing(), shown, PROOF)
        with self._cheap_signed():
            request._sign(
                "Ann Adams", "Director", drawing(), request._sign_sha256(), PROOF
            )
        self.assertEqual(request.policy_id, small)

    def test_a_request_ends_with_a_material_change(self):
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids.sudo()
        self._next_version(self.policy)
        self.assertIn("newer version", request._sign_why_not())
        self._watch()
        self.assertEqual(
            (request.state, request.policy_id), ("superseded", self.policy)
        )

    def test_withdraw(self):
        self.mine.action_request_policy()
        request = self.debtor.acceptance_ids.with_user(self.user_collector)
        with self.assertRaisesRegex(UserError, "Say why"):
            request.withdraw(" ")
        wizard = (
            self.env["ar.policy.withdraw"]
            .with_user(self.user_collector)
            .with_context(active_ids=request.ids)
            .create({"reason": "Wrong company of the group"})
        )
        wizard.action_apply()
        self.assertEqual(
            (request.state, request.reason), ("withdrawn", "Wrong company of the group")
        )
        with self.assertRaisesRegex(UserError, "ended before"):
            request.withdraw("Again")
        signed = self._accept(self.debtor)
        with self.assertRaisesRegex(UserError, "Only a credit manager"):
            signed.with_user(self.user_collector).withdraw("They say so")
        signed.with_user(self.user_manager).withdraw("They gave notice")
        self.assertEqual((signed.state, signed.ended_on), ("withdrawn", self.today))
        self.assertTrue(signed.signature, "What was signed is still there")
        self.assertTrue(CreditTerms(self.debtor).not_accepted())
        self.assertFalse(CreditTerms(self.debtor).accepted())

    # === ELSEWHERE === #

    def test_paper(self):
        wizard = (
            self.env["ar.policy.record"]
            .with_user(self.user_collector)
            .create(
                {
                    "debtor_id": self.debtor.id,
                    "how": "paper",
                    "document": "JVBERi0xLjQgc2Nhbg==",
                    "document_name": "scan.pdf",
                    "signer_name": "Ann Adams",
                    "signed_on": self.today - timedelta(days=3),
                }
            )
        )
        self.mine.action_request_policy()
        wizard.action_apply()
        paper = CreditTerms(self.debtor).accepted()
        self.assertEqual((paper.how, paper.policy_id), ("paper", self.policy))
        self.assertEqual(paper.signed_document_id.raw, PDF[1])
        self.assertFalse(CreditTerms(self.debtor).not_accepted())
        # The open request is answered by it
        self.assertEqual(
            sorted(self.debtor.acceptance_ids.mapped("state")),
            ["accepted", "superseded"],
        )
        with self.assertRaises(UserError):
            paper.signed_document_id.unlink()
        self.assertFalse(
            CreditTerms(self.debtor).accepted(self.today - timedelta(days=4))
        )

    def test_contract(self):
        until = self.today + timedelta(days=30)
        contract = CreditTerms(self.mine).record(
            "contract", PDF, day=self.today, valid_until=until
        )
        self.assertFalse(contract.policy_id)
        self.assertFalse(CreditTerms(self.debtor).not_accepted())
        # New terms of ours change nothing of their contract
        self._next_version(self.policy)
        self.assertFalse(CreditTerms(self.debtor).not_accepted())
        with self.assertRaisesRegex(UserError, "already"):
            self.mine.action_request_policy()
        self._watch(until)
        self.assertEqual(contract.sudo().state, "accepted")
        day = until + timedelta(days=1)
        self._watch(day)
        self.assertEqual(contract.sudo().state, "expired")
        with freeze_time(f"{day} 10:00:00"):
            self.assertTrue(CreditTerms(self.debtor).not_accepted())
        names = self.debtor.sudo().activity_ids.activity_type_id.mapped("name")
        self.assertIn("Talk about the terms of payment", names)

    def test_contract_covers_what_was_signed_only_while_it_holds(self):
        signed = self._accept(self.debtor)
        until = self.today + timedelta(days=5)
        contract = CreditTerms(self.mine).record(
            "contract", PDF, day=self.today, valid_until=until
        )
        self.assertEqual(CreditTerms(self.debtor).accepted(), contract.sudo())
        self.assertEqual(
            CreditTerms(self.debtor).accepted(until + timedelta(days=1)), signed
        )

    def test_what_is_not_recorded(self):
        day = self.today
        for what, args in (
            ("on paper or a contract", ("word", PDF, "Ann", "", day)),
            ("Add the scan", ("paper", ("a.pdf", b""), "Ann", "", day)),
            ("who signed", ("paper", PDF, " ", "", day)),
            ("give the day", ("paper", PDF, "Ann", "", day + timedelta(days=1))),
            ("give the day", ("paper", PDF, "Ann", "", None)),
            ("Say until when", ("contract", PDF, "", "", day)),
            (
                "until today or later",
                ("contract", PDF, "", "", day, day - timedelta(days=1)),
            ),
        ):
            with self.subTest(what=what), self.assertRaisesRegex(UserError, what):
                CreditTerms(self.mine).record(*args)
        self.assertFalse(self.debtor.acceptance_ids)
        with self.assertRaises(AccessError):
            CreditTerms(self.debtor.with_user(self.user_accountant)).record(
                "paper", PDF, "Ann", "", day
            )

    def test_merged_customers_keep_the_evidence(self):
        other = self._debtor(self.other)
        signed = self._accept(other)
        before = signed.read(["signer_name", "signed_at", "signed_sha256", "state"])
        DebtorMerge(other, self.debtor).merge()
        self.assertEqual(signed.debtor_id, self.debtor)
        self.assertEqual(
            signed.read(["signer_name", "signed_at", "signed_sha256", "state"]), before
        )
        self.assertFalse(CreditTerms(self.debtor).not_accepted())
