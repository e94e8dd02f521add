"""Letters name the terms of payment, quote them, and bring them along."""

from odoo.tests import tagged

from ...models.credit_terms.credit_terms import CreditTerms
from ..letter.test_letters import LetterCommon
from .policy_common import PolicyMixin

#: The page of terms in these tests: of a cheap PDF.
TERMS = r"\bTerms\b"


@tagged("post_install", "-at_install")
class TestPolicyLetters(PolicyMixin, LetterCommon):
    """What e-mails do, letters do: on paper, in one PDF."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)

    def _printed(self, stage="final"):
        """Return the letter of a stage, and what is read in it."""
        letter = self._letter(stage)
        self.assertEqual(self._make(letter), [])
        return letter, self._text(letter.letter_id.raw)

    def test_nothing_published(self):
        _letter, text = self._printed()
        self.assertNotIn("terms of payment", text)
        self.assertNotIn("Enclosed", text)
        self.assertNotRegex(text, TERMS)

    def test_not_accepted(self):
        """Our terms of payment come along, and nothing is said to be agreed."""
        self._publish()
        _letter, text = self._printed()
        self.assertIn("Enclosed: our terms of payment", text)
        for word in ("accepted", "agreed with you", "as you agreed", "section"):
            self.assertNotIn(word, text)
        self.assertRegex(text, TERMS)

    def test_accepted(self):
        """What was signed follows the letter, which says so."""
        self._publish()
        self._accept(self.debtor)
        _letter, text = self._printed()
        self.assertIn(
            "This follows section 3.3 of the terms of payment accepted by Ann Adams on "
            "March 10, 2026; a copy is attached.",
            text,
        )
        self.assertIn(
            "Enclosed: the terms of payment accepted by Ann Adams on March 10, 2026",
            text,
        )
        self.assertRegex(text, TERMS)

    def test_quotes_what_comes_next(self):
        self._publish()
        self._accept(self.debtor)
        letter = self._letter("gentle")
        body = str(letter._letter_values()["body"])
        self.assertIn(
            "Section 3.2 of the terms of payment that Ann Adams accepted", body
        )
        self.debtor.acceptance_ids.with_user(self.env.user).withdraw("They gave notice")
        self.env.invalidate_all()
        body = str(letter._letter_values()["body"])
        self.assertNotIn("terms of payment", body)
        self.assertIn("we will write to you again, on", body)

    def test_a_step_that_does_not_say_so(self):
        self._publish()
        self._accept(self.debtor)
        self._step("business_final").attach_policy = False
        _letter, text = self._printed()
        self.assertNotIn("Enclosed", text)
        self.assertNotIn("a copy is attached", text)
        self.assertNotRegex(text, TERMS)

    def test_their_own_contract(self):
        self._publish()
        CreditTerms(self.debtor).record(
            "contract",
            ("contract.pdf", b"%PDF-1.4"),
            day=self.today,
            valid_until=self.today.replace(year=self.today.year + 1),
        )
        _letter, text = self._printed()
        self.assertNotIn("terms of payment", text)
        self.assertNotRegex(text, TERMS)

    def test_scan_that_is_no_pdf(self):
        """A photograph cannot be bound in: the text that was signed is."""
        self._publish()
        CreditTerms(self.debtor).record(
            "paper",
            ("scan.jpg", b"\xff\xd8\xff a photograph"),
            "Ann Adams",
            day=self.today,
        )
        letter, text = self._printed()
        self.assertIn("accepted by Ann Adams", text)
        self.assertRegex(text, TERMS)
        self.assertTrue(letter.letter_id.raw.startswith(b"%PDF-"))

    def test_terms_that_cannot_be_read(self):
        """That letter fails alone, with its reason; the others are printed."""
        policy = self._publish()
        other = self._debtor(self.other)
        self.other.write(self.customer.read(["street", "city", "zip"])[0])
        self._accept(self.debtor)
        self._accept(other)
        broken = self._letter("final")
        fine = self._letter("final", self.other)
        self.assertEqual(policy.state, "published")
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = NULL, db_datas = %s WHERE id = %s",
            [
                b"%PDF-1.4 nothing",
                self.debtor.sudo().acceptance_ids.signed_document_id.id,
            ],
        )
        self.env.invalidate_all()
        [reason] = self._make(broken | fine)
        self.assertIn("could not be made", reason)
        self.assertEqual(broken.state, "failed")
        self.assertTrue(fine.letter_id)

    def test_many_letters_take_a_constant_number_of_queries(self):
        self._publish()
        letters = self.env["ar.notice"].sudo()
        for number in range(8):
            partner = self._customer(f"Customer {number}")
            self._accept(self._debtor(partner))
            letters |= self._letter("final", partner)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(
                sum(map(len, some._attachment_parts(enclosed=True).values())), len(some)
            )
            return self.env.cr.sql_log_count - before

        count(letters)
        self.assertEqual(count(letters[:2]), count(letters))
