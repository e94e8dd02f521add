"""What users of other systems complain about: to whom, from whom, in which language."""

from odoo import Command

from ..situations.test_complaints import ComplaintCommon


class TestComplaintsRecipients(ComplaintCommon):
    """To whom, from whom, in which language."""

    def _contact(self, name, kind="invoice", **values):
        return self.env["res.partner"].create(
            {
                "name": name,
                "parent_id": self.customer.id,
                "type": kind,
                "email": f"{name.lower()}@example.com",
                **values,
            }
        )

    def _address(self):
        """Return to which addresses a reminder of today goes."""
        self._invoice(self.customer, 100, 10)
        mails = self._deliver()
        self.assertLessEqual(len(mails), 1)
        return mails.email_to or ""

    def test_odoo_62141_inbox_instead_of_a_person(self):
        """The invoice inbox instead of a person: who was named is written to."""
        self._contact("Inbox")
        clerk = self._contact("Clerk", "contact")
        self._debtor(
            self.customer,
            contact_ids=[
                Command.create({"partner_id": clerk.id, "role": "accounts_payable"})
            ],
        )
        self.assertEqual(self._address(), '"Clerk" <clerk@example.com>')

    def test_invoice_contact_before_the_customer(self):
        self._contact("Inbox")
        self.assertEqual(self._address(), '"Inbox" <inbox@example.com>')

    def test_two_invoice_contacts_one_message(self):
        self._contact("North")
        self._contact("South")
        self.assertEqual(self._address(), '"North" <north@example.com>')

    def test_never_delivery_private_or_archived_contacts(self):
        self._contact("Warehouse", "delivery")
        self._contact("Gone").active = False
        self.assertIn("first.customer@example.com", self._address())

    def test_oca_credit_control_447_blacklisted(self):
        """A blacklisted address leaves the notice "queued" for ever."""
        self.env["mail.blacklist"]._add("inbox@example.com")
        self._contact("Inbox")
        self.assertIn("first.customer@example.com", self._address())

    def test_blacklisted_and_nobody_else(self):
        self.customer.write({"street": False, "phone": False})
        self.env["mail.blacklist"]._add(self.customer.email)
        self.assertEqual(self._address(), "")
        self.assert_reason(self.customer, "no_contact")

    def test_bounced_address(self):
        inbox = self._contact("Inbox")
        inbox.message_bounce = 1
        self.assertIn("first.customer@example.com", self._address())

    def test_oca_credit_control_566_address_of_the_first_for_all(self):
        """The address of the first record for all."""
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 200, 10)
        mails = self._deliver()
        self.assertEqual(
            {mail.ar_notice_id.partner_id: mail.email_to for mail in mails},
            {
                self.customer: '"First Customer" <first.customer@example.com>',
                self.other: '"Second Customer" <second.customer@example.com>',
            },
        )
        for mail in mails:
            partner = mail.ar_notice_id.partner_id
            stranger = (self.customer | self.other) - partner
            self.assertNotIn(stranger.name, mail.body_html)

    def test_odoo_44603_dear_false(self):
        """ "Dear False": nothing empty shows as a word."""
        self.customer.write({"phone": False, "street": False, "zip": False})
        self.company.write({"ar_phone_hours": False, "ar_ways_to_pay": False})
        self.company.partner_id.write({"phone": False, "email": False})
        self._invoice(self.customer, 100, 10)
        mail = self._deliver()
        for text in ("False", "None"):
            self.assertNotIn(text, mail.body_html)
            self.assertNotIn(text, mail.subject)

    def test_odoo_82364_31409_another_company(self):
        """Header, sender or language of another company or user."""
        second = self.setup_other_company(name="Another Company")["company"]
        self.env["res.lang"]._activate_lang("fr_FR")
        self._live(second, ar_email="money@other.example.com")
        self.env.user.company_ids |= second
        self.env = self.env(
            context=dict(
                self.env.context,
                allowed_company_ids=[self.company.id, second.id],
                lang="fr_FR",
            )
        )
        self._invoice(self.customer, 100, 10)
        self._invoice(self.customer, 100, 10, company=second)
        # As the scheduled action does it: everybody's, in nobody's language
        before = self.env["mail.mail"].search([])
        self.env["ar.notice"].plan()
        self.env["ar.notice"].sudo().deliver()
        mails = self.env["mail.mail"].search([]) - before
        ours = mails.filtered(
            lambda mail: mail.ar_notice_id.company_id in self.company | second
        )
        senders = {mail.ar_notice_id.company_id: mail.email_from for mail in ours}
        self.assertIn("receivables@example.com", senders[self.company])
        self.assertIn("money@other.example.com", senders[second])
        for mail in ours:
            wrong = (self.company | second) - mail.ar_notice_id.company_id
            self.assertNotIn(wrong.name, mail.body_html)
            self.assertEqual(mail.record_company_id, mail.ar_notice_id.company_id)
            # The customer's language, not the user's
            self.assertNotIn("facture", mail.body_html.lower())
