"""Terms of payment: from a proposal to versions that never change."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ...models.credit_terms.credit_terms import CreditTerms
from ..common import ArCommon
from .policy_common import PolicyMixin


class TestPolicy(PolicyMixin, ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)

    def _needs(self, debtor=None):
        return CreditTerms(debtor or self.debtor).not_accepted()

    # === PUBLISHING === #

    def test_publishing_freezes_text_and_pdf(self):
        manager = self.env["ar.credit.policy"].with_user(self.user_manager)
        draft = manager.browse(manager.action_from_preset()["res_id"])
        self.assertEqual(draft.company_id, self.company)
        draft.legal_days = 21
        with self._cheap_pdf():
            draft.publish()
        self.assertEqual((draft.state, draft.version), ("published", "1.0"))
        self.assertEqual(draft.valid_from, self.today)
        text = draft.text_ids.filtered(lambda t: t.lang == "en_US")
        self.assertIn("within 21 days of its date", text.body)
        self.assertIn(self.company.name, text.body)
        self.assertNotIn("{", text.body)
        # What has no figure yet is left out, and not an empty paragraph
        self.assertNotIn("<p></p>", text.body)
        self.assertEqual(len(text.sha256), 64)
        self.assertEqual(
            text.next_sentences["next_firm"][0:1], ["3.2"], text.next_sentences
        )
        step = self.ladder.step_ids.filtered(lambda s: s.stage == "final")[:1]
        self.assertIn(
            f"From {step.delay_days} days", text.next_sentences["next_final"][1]
        )
        # Our proposal is as it was
        preset = self.env.ref("ar_followup_plus.policy_preset")
        self.assertEqual((preset.state, preset.legal_days), ("draft", 30))

    def test_language_in_which_all_is_written(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        draft = self._draft()
        draft.part_pay = "<p>Pay {company} in {legal_days} days.</p>"
        self.assertNotIn("fr_FR", self._publish(draft).text_ids.mapped("lang"))
        draft = self._draft(kind="consumer")
        french = draft.with_context(lang="fr_FR")
        for name in ("part_pay", "part_who", "part_late", "legal_clause"):
            draft[name] = "<p>Pay in time.</p>"
            draft.update_field_translations(
                name, {"fr_FR": {"Pay in time.": "Payez à temps."}}
            )
        for name in ("next_gentle", "next_firm", "next_final", "next_notice"):
            french[name] = f"Un jour, {name}"
        french.name = "Conditions de paiement"
        self._publish(draft)
        texts = {text.lang: text for text in draft.text_ids}
        self.assertEqual(set(texts), {"en_US", "fr_FR"})
        self.assertIn("Payez à temps.", texts["fr_FR"].body)
        self.assertEqual(draft.languages.count(","), 1)
        # Half a translation is none
        half = self._draft(kind="sole_trader")
        half.part_pay = "<p>Pay in time.</p><p>Or talk to us.</p>"
        half.update_field_translations(
            "part_pay", {"fr_FR": {"Pay in time.": "Payez à temps."}}
        )
        self.assertEqual(half.with_context(lang="en_US").languages, "English (US)")
        self.assertNotEqual(texts["fr_FR"].sha256, texts["en_US"].sha256)
        self.assertEqual(texts["fr_FR"].name, "Conditions de paiement")
        best = draft.text_ids._best
        self.assertEqual(best("fr_FR", self.company), texts["fr_FR"])
        self.assertEqual(best("fr_BE", self.company), texts["fr_FR"])
        self.assertEqual(best("de_DE", self.company), texts["en_US"])

    def test_without_a_part(self):
        for name in ("part_pay", "part_who", "part_late", "legal_clause"):
            draft = self._draft()
            draft[name] = "<p> <br/> </p>"
            with self.assertRaisesRegex(UserError, "is empty"):
                draft.publish()
            self.assertEqual(draft.state, "draft")

    def test_placeholder_that_does_not_exist(self):
        draft = self._draft()
        draft.part_who = "<p>Pay {compnay}.</p>"
        with self.assertRaisesRegex(UserError, "compnay"):
            draft.publish()
        self.assertIn("compnay", draft.preview)

    def test_markup_in_figures_is_text(self):
        self.company.name = "<script>x</script> & Sons"
        policy = self._publish()
        self.assertNotIn("<script>", policy.text_ids[0].body)
        self.assertIn("&amp; Sons", policy.text_ids[0].body)

    def test_day_in_the_past(self):
        draft = self._draft()
        draft.valid_from = self.today - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "today or later"):
            draft.publish()

    def test_two_for_the_same_customers(self):
        self._publish()
        with self.assertRaisesRegex(UserError, "for the same customers"):
            self._publish()
        self._publish(kind="consumer")

    def test_proposal_is_not_published(self):
        with self.assertRaisesRegex(UserError, "our proposal"):
            self.env.ref("ar_followup_plus.policy_preset").publish()

    def test_published_never_changes(self):
        """By nobody, on no path."""
        policy = self._publish()
        text = policy.text_ids[0]
        for env in (
            self.env(su=True),
            self.env(user=self.user_manager),
            self.env(user=self.env.ref("base.user_admin")),
        ):
            mine, words = policy.with_env(env), text.with_env(env)
            for act in (
                lambda p=mine: p.write({"part_pay": "<p>Other</p>"}),
                lambda p=mine: p.write({"state": "draft"}),
                lambda p=mine: p.with_context(lang="en_US", ar_evidence=True).write(
                    {"legal_days": 1}
                ),
                lambda p=mine: p.update_field_translations(
                    "part_pay", {"en_US": {"Each": "None"}}
                ),
                lambda p=mine: p.unlink(),
                lambda p=mine: p.with_context(_force_unlink=True).unlink(),
                lambda t=words: t.write({"body": "Other"}),
                lambda t=words: t.unlink(),
                lambda t=words: t.document_id.write({"raw": b"Other"}),
                lambda t=words: t.document_id.unlink(),
            ):
                with self.assertRaises(UserError):
                    act()
        draft = self._draft()
        for vals in ({"state": "published"}, {"major": 3}, {"origin_id": policy.id}):
            with self.assertRaises(UserError):
                draft.write(vals)
        with self.assertRaises(UserError):
            call_kw(
                self.env["ar.credit.policy"].with_user(self.user_manager),
                "web_save",
                [policy.ids, {"part_pay": "<p>Other</p>"}],
                {"specification": {}},
            )
        with self.assertRaises(AccessError):
            self._draft().with_user(self.user_collector).publish()

    # === VERSIONS === #

    def test_minor_change_asks_nobody(self):
        policy = self._publish()
        self._accept(self.debtor)
        self.assertFalse(self._needs())
        small = self._next_version(policy, "minor")
        self.assertEqual((small.version, policy.state), ("1.1", "retired"))
        self.assertFalse(self._needs())
        self.assertEqual(CreditTerms(self.debtor).accepted().policy_id, policy)
        with self.assertRaisesRegex(UserError, "accepted .* already"):
            self.debtor.action_request_policy()

    def test_material_change_from_a_day(self):
        policy = self._publish()
        old = self._accept(self.debtor)
        day = self.today + timedelta(days=30)
        new = self._next_version(policy, valid_from=day)
        self.assertEqual((new.version, policy.state), ("2.0", "published"))
        self.assertEqual(policy.valid_to, day - timedelta(days=1))
        # Until then the old one holds, and afterwards nothing
        self.assertFalse(self._needs())
        accepted = CreditTerms(self.debtor).accepted
        self.assertEqual(accepted(), old)
        self.assertEqual(accepted(day - timedelta(days=1)), old)
        self.assertFalse(accepted(day))
        # Who signs before is not asked twice
        signed = self._accept(self.debtor)
        self.assertEqual(signed.policy_id, new)
        self.assertEqual(
            (old.state, accepted(), accepted(day)), ("accepted", old, signed)
        )
        with freeze_time(f"{day} 10:00:00"):
            self.env["ar.credit.policy.acceptance"]._end_over()
            self.assertEqual((policy.state, old.state), ("retired", "superseded"))
            self.assertEqual(accepted(), signed)
            self.assertEqual(
                accepted(self.today), old, "What held then is not forgotten"
            )

    def test_minor_change_of_what_holds_later(self):
        policy = self._publish()
        day = self.today + timedelta(days=30)
        later = self._next_version(policy, valid_from=day)
        small = self._next_version(later, "minor")
        self.assertEqual((small.version, small.valid_from), ("2.1", day))
        self.assertEqual(
            CreditTerms(self.debtor).standing()[self.debtor.id][0], policy.id
        )
        self.assertEqual(
            CreditTerms(self.debtor).standing(day)[self.debtor.id][0], small.id
        )

    def test_one_draft_of_the_next_version(self):
        policy = self._publish()
        first = policy.action_new_version()["res_id"]
        self.assertEqual(policy.action_new_version()["res_id"], first)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                policy._unlocked().copy({"previous_id": policy.id})
        draft = self.env["ar.credit.policy"].browse(first)
        self._publish(draft)
        with self.assertRaisesRegex(UserError, "the last one that is published"):
            policy.action_new_version()

    # === WHICH APPLIES === #

    def test_the_best_fit_applies(self):
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        general = self._publish()
        business = self._publish(kind="business")
        country = self._publish(country_id=self.us.id)
        both = self._publish(kind="business", country_id=self.us.id)
        tagged = self._publish(tag_id=tag.id)

        def applies():
            return CreditTerms(self.debtor).standing()[self.debtor.id][0]

        self.debtor.kind = "consumer"
        self.customer.country_id = self.env.ref("base.fr")
        self.assertEqual(applies(), general.id)
        self.debtor.kind = "business"
        self.assertEqual(applies(), business.id)
        self.customer.country_id = self.us
        self.assertEqual(applies(), both.id)
        self.debtor.kind = "consumer"
        self.assertEqual(applies(), country.id)
        self.customer.category_id = tag
        self.assertEqual(applies(), tagged.id)
        self.debtor.kind = "business"
        self.assertEqual(applies(), both.id)

    def test_exempt_kinds(self):
        self._publish()
        for kind in ("public", "group"):
            self.debtor.kind = kind
            self.assertFalse(self._needs())
            self.assertEqual(self.debtor.policy_state, "none")
        self._publish(kind="public")
        self.debtor.kind = "public"
        self.assertTrue(self._needs(), "Terms of their own were written for them")

    def test_other_company(self):
        self._publish()
        other = self.env["res.company"].create({"name": "Another Company"})
        self.env.user.company_ids += other
        debtor = self.env["ar.debtor"].for_partner(self.customer.id, other.id)
        self.assertTrue(self._needs())
        self.assertFalse(CreditTerms(debtor).not_accepted())

    # === LISTS === #

    def test_lists_take_a_constant_number_of_queries(self):
        self._publish()
        partners = [self._customer(f"Customer {n}") for n in range(12)]
        debtors = self.env["ar.debtor"].browse()
        for partner in partners:
            debtors |= self._debtor(partner)
        self._accept(debtors[0])
        CreditTerms(debtors[1].sudo()).request(
            CreditTerms(debtors[1].sudo()).to_ask()[debtors[1].sudo()]
        )

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(some.mapped("policy_state"))
            return self.env.cr.sql_log_count - before

        count(debtors)
        self.assertEqual(count(debtors[:2]), count(debtors))
        self.assertEqual(debtors[0].policy_state, "accepted")
        self.assertEqual(debtors[1].policy_state, "requested")
        self.assertEqual(debtors[2].policy_state, "missing")
        found = self.env["ar.debtor"].search(
            [("id", "in", debtors.ids), ("needs_policy", "=", True)]
        )
        self.assertEqual(found, debtors[1:].sorted(lambda d: found.ids.index(d.id)))
        rest = self.env["ar.debtor"].search(
            [("id", "in", debtors.ids), ("needs_policy", "=", False)]
        )
        self.assertEqual(rest, debtors[0])
