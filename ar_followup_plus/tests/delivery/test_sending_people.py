"""Who gets a notice, from whom, in which language."""

from email.utils import getaddresses, parseaddr

from odoo import Command
from odoo.tools import mute_logger

from .sending_common import SendingCommon


class TestSendingPeople(SendingCommon):
    """Recipients, senders and languages."""

    def _contact(self, name, partner=None, role=None, **values):
        """Return a contact of the customer, with a function in the matter if any."""
        partner = partner or self.customer
        word = name.lower().replace(" ", ".")
        contact = self.env["res.partner"].create(
            {
                "name": name,
                "parent_id": partner.id,
                "email": f"{word}@example.com",
                "type": "contact",
                **values,
            }
        )
        if role:
            self.env["ar.debtor.contact"].create(
                {
                    "debtor_id": self._debtor(partner).id,
                    "partner_id": contact.id,
                    "role": role,
                }
            )
        return contact

    def _sent_to(self, partner=None, days=10):
        """Plan and deliver; return the addresses that got the notice."""
        partner = partner or self.customer
        self._invoice(partner, 100, days)
        self._plan()
        self._deliver()
        return sorted(
            address
            for mail in self._mails(partner)
            for _name, address in getaddresses([mail.email_to])
        )

    # === RECIPIENTS === #

    def test_invoice_contact_before_the_customer(self):
        self._contact("Invoice Desk", type="invoice")
        self._contact("Some Person")
        self.assertEqual(self._sent_to(), ["invoice.desk@example.com"])

    def test_person_with_the_function_before_others(self):
        self._contact("Invoice Desk", type="invoice")
        self._contact("Pays Bills", role="accounts_payable")
        self._contact("Buys Things", role="buyer")
        self.assertEqual(self._sent_to(), ["pays.bills@example.com"])

    def test_each_function_that_the_step_names(self):
        self._step("business_gentle").contact_roles = "accounts_payable,buyer"
        self._contact("Pays Bills", role="accounts_payable")
        self._contact("Buys Things", role="buyer")
        self._contact("Buys More", role="buyer")
        self.assertEqual(
            self._sent_to(), ["buys.things@example.com", "pays.bills@example.com"]
        )

    def test_never_to_a_delivery_address(self):
        self.customer.email = False
        self._only_by_email()
        self._contact("Ware House", type="delivery")
        self.assertEqual(self._sent_to(), [])
        self.assert_unreachable(self.customer)

    def test_never_to_an_archived_contact(self):
        gone = self._contact("Left Long Ago", role="accounts_payable")
        gone.active = False
        self.assertEqual(self._sent_to(), [self.customer.email])

    def test_consumer_is_written_to_alone(self):
        """No copy to third persons, not even to a contact with a function."""
        debtor = self._debtor(self.customer)
        stranger = self._customer("Curious Neighbour")
        self.env["ar.debtor.contact"].create(
            {"debtor_id": debtor.id, "partner_id": stranger.id}
        )
        self.customer.is_company = False
        debtor.kind = "consumer"
        self.assertEqual(self._sent_to(days=40), [self.customer.email])

    # === ADDRESSES THAT DO NOT WORK === #

    def assert_unreachable(self, partner):
        """Assert that nobody can be reached, and that one activity says so."""
        self.assertFalse(self._notices(partner, "ready", "failed", "sent"))
        self._plan(None, partner)
        self.assert_reason(partner, "no_contact")
        self.assertEqual(self._activity_names(partner), [self._no_contact().name])

    def _only_by_email(self):
        """Leave the customer no address for letters and no telephone."""
        self.customer.write({"street": False, "phone": False})

    def _no_contact(self):
        return self.env.ref("ar_followup_plus.activity_no_contact")

    def test_blacklisted_before_planning(self):
        self.env["mail.blacklist"].sudo()._add(self.customer.email)
        self._contact("Invoice Desk", type="invoice")
        self.assertEqual(self._sent_to(), ["invoice.desk@example.com"])

    def test_bounced_address(self):
        self.customer.message_bounce = 2
        self._contact("Pays Bills", role="accounts_payable")
        self.assertEqual(self._sent_to(), ["pays.bills@example.com"])

    def test_nobody_left(self):
        self._only_by_email()
        self.env["mail.blacklist"].sudo()._add(self.customer.email)
        self.assertEqual(self._sent_to(), [])
        self.assert_unreachable(self.customer)

    def test_blacklisted_between_plan_and_deliver(self):
        """Next contact first; without any, decided anew: nobody, and one activity."""
        self._only_by_email()
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.env["mail.blacklist"].sudo()._add(self.customer.email)
        self.assertEqual(self._deliver()["cancelled"], 1)
        self.assert_settled(notice, "later")
        self.assertFalse(notice.again_on)
        self.assert_unreachable(self.customer)
        desk = self._contact("Invoice Desk", type="invoice")
        self._plan(None, self.customer)
        self._deliver()
        again = self._notices(self.customer, "sent")
        self.assert_notice(again, "business_gentle", about={invoice: 100})
        self.assertIn(desk.email, again.recipients)

    def test_next_channel_where_mail_does_not_work(self):
        step = self._step("business_gentle")
        step.channels = "email,letter"
        invoice = self._invoice(self.customer, 100, 10)
        self.env["mail.blacklist"].sudo()._add(self.customer.email)
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertEqual((notice.channel, notice.state), ("letter", "ready"))

    def test_no_address_at_all(self):
        self._only_by_email()
        self.customer.email = False
        self.assertEqual(self._sent_to(), [])
        self.assert_unreachable(self.customer)

    # === SENDER AND LANGUAGE === #

    def test_sender_is_the_collector_at_the_follow_up_address(self):
        self._debtor(self.customer).sudo().user_id = self.user_collector
        self._sent_to()
        mail = self._mails(self.customer)
        self.assertEqual(
            parseaddr(mail.email_from),
            (
                f"{self.user_collector.name}, {self.company.name}",
                "receivables@example.com",
            ),
        )
        self.assertEqual(mail.author_id, self.user_collector.partner_id)

    def test_two_languages_in_one_batch(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self._step("business_gentle").mail_template_id.sudo()
        template.body_html = "<p>Hello</p>"
        template.with_context(lang="fr_FR").body_html = "<p>Bonjour</p>"
        template.with_context(lang="fr_FR").subject = "Rappel\r\n deux"
        french = self._customer("Parle Autrement", lang="fr_FR")
        self._invoice(french, 100, 10)
        self._invoice(self.other, 100, 10)
        self._sent_to()
        self.assertIn("Bonjour", self._mails(french).body_html)
        self.assertEqual(self._mails(french).subject, "Rappel deux")
        self.assertIn("Hello", self._mails(self.other).body_html)
        self.assertIn("Hello", self._mails(self.customer).body_html)

    def test_language_that_is_not_installed(self):
        self.customer.lang = False
        self._sent_to()
        self.assertEqual(len(self._mails(self.customer)), 1)

    @mute_logger("odoo.addons.base.models.ir_cron")
    def test_two_companies_from_the_scheduled_action(self):
        """Each has its own sender, mail server and language."""
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self._step("business_gentle").mail_template_id.sudo()
        template.body_html = "<p>Hello from <t t-out='object.company_id.name'/></p>"
        template.with_context(
            lang="fr_FR"
        ).body_html = "<p>Bonjour de <t t-out='object.company_id.name'/></p>"
        second = self.setup_other_company(name="Second House")["company"]
        servers = self.env["ir.mail_server"].create(
            [
                {"name": name, "smtp_host": f"{name}.example", "smtp_port": 25}
                for name in ("first", "second")
            ]
        )
        self._live(self.company, ar_mail_server_id=servers[0].id)
        self._live(
            second, ar_mail_server_id=servers[1].id, ar_email="money@second.example"
        )
        second.partner_id.lang = "fr_FR"
        self.env.user.company_ids = [Command.link(second.id)]
        self.other.with_company(second).lang = False
        self._invoice(self.customer, 100, 10)
        self._invoice(
            self.other.with_company(second),
            100,
            10,
            company=second,
        )
        root = self.env["ar.notice"].with_user(self.env.ref("base.user_root"))
        root._cron_plan()
        self._notices(None, "proposed", company=second).sudo().approve()
        root._cron_deliver()
        mails = {
            company: self.env["mail.mail"]
            .sudo()
            .search(
                [("ar_notice_id.company_id", "=", company.id), ("state", "=", "sent")]
            )
            for company in (self.company, second)
        }
        for company, server, address, word in (
            (self.company, servers[0], "receivables@example.com", "Hello from"),
            (second, servers[1], "money@second.example", "Bonjour de Second House"),
        ):
            mail = mails[company]
            self.assertEqual(len(mail), 1)
            self.assertEqual(mail.mail_server_id, server)
            self.assertEqual(parseaddr(mail.email_from)[1], address)
            self.assertIn(word, mail.body_html)
            self.assertEqual(mail.record_company_id, company)
