"""Companies, branches, currencies and time zones."""

from datetime import date

from odoo import Command
from odoo.tests import freeze_time

from ..common import ArCommon


class TestPlanCompanies(ArCommon):
    """Two companies, and a branch of the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(
            name="Second Company", currency_id=cls.eur.id
        )["company"]
        cls.second.partner_id.write({"country_id": cls.us.id, "lang": "en_US"})
        cls._live(cls.second)
        cls.branch = cls.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": cls.company.id,
                "country_id": cls.company.country_id.id,
            }
        )
        cls.env.cr.precommit.run()  # gives the branch the accounts of its root
        cls.env.user.company_ids |= cls.second | cls.branch
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": [cls.company.id, cls.second.id, cls.branch.id],
            }
        )

    def _as(self, user):
        """Return the environment of a user with the companies that are theirs."""
        context = dict(self.env.context, allowed_company_ids=user.company_ids.ids)
        return self.env(user=user, context=context)

    def test_each_company_writes_for_itself(self):
        ours = self._invoice(self.customer, 100, 10)
        theirs = self._invoice(self.customer, 70, 20, company=self.second)
        self.assertEqual(self._plan()["notices"], 2)
        mine = self._notices(self.customer)
        self.assert_notice(mine, "business_gentle", about={ours: 100})
        other = self._notices(self.customer, company=self.second)
        self.assert_notice(other, "business_gentle", about={theirs: 70})
        self.assertEqual((mine.currency_id, other.currency_id), (self.usd, self.eur))
        self.assertNotEqual(mine.debtor_id, other.debtor_id)
        self.assertEqual(mine.debtor_id.partner_id, other.debtor_id.partner_id)

    def test_a_credit_of_the_other_company_covers_nothing(self):
        ours = self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 500, company=self.second)
        self._plan()
        self.assert_notice(
            self._notices(self.customer), "business_gentle", about={ours: 100}
        )
        self.assertFalse(self._notices(self.customer, company=self.second))

    def test_one_off_and_one_live(self):
        self.second.ar_state = "off"
        self._invoice(self.customer, 100, 10)
        self._invoice(self.customer, 100, 10, company=self.second)
        self.assertEqual(self._plan()["notices"], 1)
        self.assertFalse(self._notices(self.customer, company=self.second))

    def test_only_companies_of_the_user(self):
        self._invoice(self.customer, 100, 10)
        self._invoice(self.customer, 100, 10, company=self.second)
        notices = self._as(self.user_collector)["ar.notice"]
        notices.plan()
        self.assertTrue(self._notices(self.customer))
        self.assertFalse(self._notices(self.customer, company=self.second))
        self.assertEqual(notices.search([]).company_id, self.company)

    def test_branch_belongs_to_its_root(self):
        root = self._invoice(self.customer, 100, 10)
        branch = self._invoice(self.customer, 60, 12, company=self.branch)
        self.assertEqual(branch.company_id, self.branch)
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={root: 100, branch: 60})
        self.assertEqual(notice.company_id, self.company)
        debtor = self._debtor(self.customer, self.branch)
        self.assertEqual(debtor.company_id, self.company)
        items = self.env["ar.open.item"].search([("debtor_id", "=", debtor.id)])
        self.assertEqual(items.company_id, self.company)
        self.assertEqual(len(items), 2)

    def test_credit_in_a_branch_counts(self):
        self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 100, company=self.branch)
        self.assertEqual(self._plan()["notices"], 0)

    # === CURRENCIES === #

    def test_currencies_are_never_added(self):
        dollars = self._invoice(self.customer, 100, 10)
        euros = self._invoice(self.customer, 50, 10, self.eur)
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={dollars: 100, euros: 50})
        self.assertEqual(notice.totals, {"USD": {"about": 100}, "EUR": {"about": 50}})
        # 2 EUR are 1 USD
        self.assertEqual(notice.amount, 125)
        self.assertIn("€", notice.totals_text)

    def test_credit_of_another_currency_covers_nothing(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 150, currency=self.eur)
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(
            notice.totals, {"USD": {"about": 100}, "EUR": {"credit": -150}}
        )
        self.assertEqual(
            notice.line_ids.filtered(lambda x: x.role == "about").move_id, invoice
        )

    def test_nothing_owed_net(self):
        """More credit in euros than debt in dollars: nobody is asked."""
        self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 201, currency=self.eur)
        self.assertEqual(self._plan()["notices"], 0)
        self.assertEqual(self._debtor(self.customer).next_reason, "credit_covers")

    def test_minimum_is_in_company_currency(self):
        """8 EUR are 4 USD, and the gentle reminder begins at 5 USD."""
        self._invoice(self.customer, 8, 10, self.eur)
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(
            self.customer, "below_minimum", amount=8, currency="EUR", says="4.00"
        )
        self._invoice(self.customer, 3, 10, self.eur)
        self._plan()
        self.assertEqual(self._notices(self.customer).amount, 5.5)

    def test_yen_have_no_cents(self):
        yen = self.setup_other_currency("JPY", rates=[("2016-01-01", 100)])
        invoice = self._invoice(self.customer, 12345, 10, yen)
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 12345})
        self.assertEqual(notice.totals, {"JPY": {"about": 12345}})
        self.assertAlmostEqual(notice.amount, 123.45)

    def test_three_decimals(self):
        dinar = self.setup_other_currency(
            "TND", rates=[("2016-01-01", 3)], rounding=0.001
        )
        invoice = self._invoice(self.customer, 100.125, 10, dinar)
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(notice.totals, {"TND": {"about": 100.125}})
        self.assertEqual(
            notice.line_ids.amount_residual_currency, invoice.amount_residual
        )

    # === TIME ZONES === #

    def test_today_is_that_of_the_company(self):
        """On one moment it is the 11th in Auckland and the 10th in Los Angeles."""
        self.company.ar_calendar_id = self._calendar(
            self.company, tz="America/Los_Angeles"
        )
        self.second.ar_calendar_id = self._calendar(self.second, tz="Pacific/Auckland")
        due = date(2026, 3, 7)
        first = self._invoice(self.customer, 100, due)
        second = self._invoice(self.customer, 100, due, company=self.second)
        with freeze_time("2026-03-10 12:00:00"):
            self.assertEqual(self.company._ar_today(), date(2026, 3, 10))
            self.assertEqual(self.second._ar_today(), date(2026, 3, 11))
        with freeze_time("2026-03-10 06:00:00"):
            # 23:00 on the 9th there, and two days overdue; 19:00 on the 10th here
            self.assertEqual(self.company._ar_today(), date(2026, 3, 9))
            self.assertEqual(self._plan()["notices"], 1)
            notice = self._notices(self.customer, company=self.second)
            self.assert_notice(notice, "business_gentle", about={second: 100})
            self.assertEqual(
                (notice.date, notice.line_ids.days_overdue), (date(2026, 3, 10), 3)
            )
            self.assertFalse(self._notices(self.customer))
            items = self.env["ar.open.item"].search(
                [("partner_id", "=", self.customer.id)]
            )
            self.assertEqual(
                {item.move_id: item.days_overdue for item in items},
                {first: 2, second: 3},
            )
        with freeze_time("2026-03-10 08:00:00"):
            self._plan()
            notice = self._notices(self.customer)
            self.assertEqual(
                (notice.date, notice.line_ids.days_overdue), (date(2026, 3, 10), 3)
            )

    def test_zone_of_the_partner_where_there_is_no_calendar(self):
        self.company.write({"ar_calendar_id": False, "resource_calendar_id": False})
        self.company.partner_id.tz = "Pacific/Auckland"
        with freeze_time("2026-03-10 12:00:00"):
            self.assertEqual(self.company._ar_today(), date(2026, 3, 11))
        self.company.partner_id.tz = False
        self.assertEqual(self.company._ar_tz(), "UTC")

    def test_sending_hours_are_local(self):
        self.company.write(
            {
                "ar_calendar_id": self._calendar(
                    self.company, tz="Pacific/Auckland"
                ).id,
                "ar_hour_from": 8,
                "ar_hour_to": 18,
            }
        )
        for moment, may in (
            ("2026-03-10 18:59:00", False),  # 7:59 there
            ("2026-03-10 19:00:00", True),
            ("2026-03-11 04:59:00", True),  # 17:59
            ("2026-03-11 05:00:00", False),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self.company._ar_may_send_now(), may)

    # === CONTACTS PAY AND OWE === #

    def test_contacts_are_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Branch Office", "parent_id": self.customer.id, "type": "other"}
        )
        invoice = self._invoice(contact, 100, 10)
        self._pay_on_account(contact, 30)
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(notice.totals, {"USD": {"about": 70, "credit": -30}})
        self.assertEqual(notice.debtor_id.partner_id, self.customer)
        self.assertEqual(self._debtor(contact), self._debtor(self.customer))
        self.assertEqual(invoice.partner_id, contact)

    def test_users_of_one_company_do_not_see_the_other(self):
        self._invoice(self.customer, 100, 10, company=self.second)
        self._plan()
        other = self.env["res.users"].create(
            {
                "name": "Test Elsewhere",
                "login": "ar_elsewhere",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": self.user_manager.group_ids.ids,
            }
        )
        for model in ("ar.debtor", "ar.notice", "ar.notice.line", "ar.open.item"):
            found = self._as(other)[model].search([])
            if model == "ar.notice.line":
                found = found.notice_id
            self.assertNotIn(self.second, found.sudo().company_id, model)
