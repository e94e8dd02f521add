"""What notices say of the terms of payment, and the copy that goes with them."""

from odoo.tools import html2plaintext

from ...models.credit_terms.credit_terms import CreditTerms
from ..delivery.sending_common import SendingCommon
from .policy_common import PolicyMixin


class TestPolicyNotices(PolicyMixin, SendingCommon):
    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.debtor = cls._debtor(cls.customer)

    def _final(self, partner=None):
        """Return a final demand that waits, and what it says."""
        partner = partner or self.customer
        self._step("business_final").attach_letter = False
        self._invoice(partner, 900, 40)
        self._plan(None, partner)
        notice = self._notices(partner)[-1:].sudo()
        notice.write(
            {
                "step_id": self._step("business_final").id,
                "stage": "final",
                "state": "ready",
                "leaves_at": False,
            }
        )
        self.env.flush_all()
        return notice

    def _says(self, notice):
        template = notice.step_id.mail_template_id
        body = notice._render_bodies(template)[notice.id]
        return " ".join(html2plaintext(body).split())

    def test_nothing_published(self):
        notice = self._final()
        text = self._says(notice)
        self.assertNotIn("terms of payment", text)
        notice._attach_documents()
        self.assertFalse(notice.attachment_ids)

    def test_not_accepted(self):
        """Our terms of payment, and nothing that the customer agreed to."""
        policy = self._publish()
        notice = self._final()
        text = self._says(notice)
        self.assertIn("Our terms of payment are attached.", text)
        for word in ("accepted", "agreed", "as you", "Section", "section"):
            self.assertNotIn(word, text)
        notice._attach_documents()
        self.assertEqual(
            notice.attachment_ids.raw,
            policy.text_ids._best("en_US", self.company).document_id.raw,
        )
        # Asked, or declined, is not accepted
        CreditTerms(self.debtor.sudo()).request(policy)._sign_decline("No")
        self.env.invalidate_all()
        self.assertIn("Our terms of payment are attached.", self._says(notice))

    def test_accepted(self):
        self._publish()
        signed = self._accept(self.debtor)
        notice = self._final()
        text = self._says(notice)
        self.assertIn(
            "This follows section 3.3 of the terms of payment accepted by Ann Adams on "
            "March 10, 2026; a copy is attached.",
            text,
        )
        self._deliver()
        [mail] = self._mails(self.customer)
        self.assertIn(signed.signed_document_id.raw, mail.attachment_ids.mapped("raw"))
        self.assertIn("terms of payment accepted by Ann Adams", mail.body_html)

    def test_quote_of_what_comes_next(self):
        self._publish()
        self._accept(self.debtor)
        self._invoice(self.customer, 900, 6)
        self._plan(None, self.customer)
        notice = self._notices(self.customer).sudo()
        self.assertEqual(notice.stage, "gentle")
        text = self._says(notice)
        self.assertIn(
            "Section 3.2 of the terms of payment that Ann Adams accepted on March 10, "
            "2026 says: “From",
            text,
        )
        self.assertIn("we will write to you again, on", text)
        self.debtor.acceptance_ids.with_user(self.env.user).withdraw("They gave notice")
        self.env.invalidate_all()
        text = self._says(notice)
        self.assertNotIn("terms of payment", text)
        self.assertIn("we will write to you again, on", text)

    def test_their_own_contract(self):
        """Our terms are not theirs: neither said nor attached."""
        self._publish()
        CreditTerms(self.debtor).record(
            "contract",
            ("contract.pdf", b"%PDF-1.4"),
            day=self.today,
            valid_until=self.today.replace(year=self.today.year + 1),
        )
        notice = self._final()
        self.assertNotIn("terms of payment", self._says(notice))
        notice._attach_documents()
        self.assertFalse(notice.attachment_ids)

    def test_public_body_reads_no_threat(self):
        self._publish(kind="public")
        self.debtor.kind = "public"
        self._accept(self.debtor)
        notice = self._final()
        text = self._says(notice)
        self.assertNotIn("Ann Adams", text)
        self.assertNotIn("paid in advance", text)

    def test_many_notices_take_a_constant_number_of_queries(self):
        self._publish()
        for number in range(8):
            partner = self._customer(f"Customer {number}")
            self._accept(self._debtor(partner))
            self._invoice(partner, 100, 6)
        self._plan()
        notices = (
            self.env["ar.notice"].sudo().search([("company_id", "=", self.company.id)])
        )
        self.assertGreaterEqual(len(notices), 8)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(some._text_extra())
            return self.env.cr.sql_log_count - before

        count(notices)
        self.assertEqual(count(notices[:2]), count(notices))
