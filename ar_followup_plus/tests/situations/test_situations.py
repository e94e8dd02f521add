"""Each customer of the demonstration gets the notice, or the reason, it must get."""

from datetime import date, datetime

from odoo.tests import freeze_time

from ...demo.situations import SITUATIONS, Situations
from ..common import ArCommon


class TestSituations(ArCommon):
    """On a Tuesday."""

    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls._every_day()
        second = cls.setup_other_company(name="Other Company", currency_id=cls.eur.id)
        cls.second = second["company"]
        cls._live(cls.second, ar_calendar_id=cls._calendar(cls.second).id)
        cls.env.user.company_ids |= cls.second
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": [cls.company.id, cls.second.id],
            }
        )
        cls.situations = Situations(
            cls.company.with_env(cls.env), cls.second.with_env(cls.env), cls.today
        )
        cls.customers = cls.situations.build()
        cls.made = cls._notices()
        cls.counts = cls._plan()

    def new(self, key, company=None):
        """Return the notices of a customer that are not sent yet."""
        return self._notices(self.customers[key], "proposed", "ready", company=company)

    def bill(self, key):
        """Return an invoice of the demonstration."""
        return self.situations.invoices[key]

    def assert_gets(self, key, step, channel="email", state="ready", **lists):
        """Assert the one notice that a customer gets."""
        notice = self.new(key)
        self.assert_notice(notice, step, **lists)
        self.assertEqual((notice.channel, notice.state), (channel, state))
        return notice

    def assert_silent(self, key, reason, **figures):
        """Assert that a customer gets nothing, and why."""
        self.assertFalse(self.new(key))
        debtor = self._debtor(self.customers[key])
        self.assertEqual(debtor.next_reason, reason)
        bill = self.bill(key)
        self.assert_item(bill, reason, **figures)

    # === WHO GETS A NOTICE === #

    def test_forgot_once(self):
        notice = self.assert_gets(
            "forgot_once",
            "business_gentle_first",
            about={self.bill("forgot_once"): 180},
        )
        self.assertTrue(notice.is_first)
        self.assertEqual(notice.date_given, self._ago(-7))

    def test_always_late(self):
        # Final demands are proposed on Monday to Thursday: it waits since then
        notice = self.assert_gets(
            "always_late",
            "strict_final",
            state="proposed",
            about={self.bill("always_late"): 480},
            also={self.bill("always_late_new"): 210},
        )
        self.assertLessEqual((self.today - notice.date).days, 3)
        self.assertEqual(notice, self.made.filtered(lambda n: n.state == "proposed"))
        sent = self._notices(self.customers["always_late"], "sent")
        self.assertEqual(
            [(n.stage, n.sent_on) for n in sent],
            [("gentle", self._ago(26)), ("firm", self._ago(15))],
        )
        self.assertEqual(len(sent.mail_message_id), 2)

    def test_installments(self):
        first, second, _third = self._items(self.bill("installments"))
        self.assert_gets(
            "installments", "business_gentle", about={first: 360, second: 270}
        )

    def test_two_currencies(self):
        notice = self.assert_gets(
            "two_currencies",
            "business_gentle",
            about={
                self.bill("two_currencies"): 800,
                self.bill("two_currencies_eur"): 450,
            },
        )
        self.assertEqual(notice.totals, {"USD": {"about": 800}, "EUR": {"about": 450}})
        rate = self.bill("two_currencies_eur")
        self.assertAlmostEqual(notice.amount, 800 + rate.amount_residual_signed)

    def test_french(self):
        self.assert_gets("french", "business_gentle", about={self.bill("french"): 340})
        self.assertEqual(self.customers["french"].lang, "fr_FR")

    def test_two_contacts(self):
        notice = self.assert_gets(
            "two_contacts", "business_firm", about={self.bill("two_contacts"): 420}
        )
        self.assertFalse(notice.is_first)

    def test_due_soon(self):
        notice = self.assert_gets(
            "due_soon", "business_preventive", about={self.bill("due_soon"): 640}
        )
        self.assertFalse(notice.date_given)

    def test_consumer(self):
        notice = self.assert_gets(
            "consumer", "consumer_gentle", about={self.bill("consumer"): 95}
        )
        self.assertEqual(notice.date_given, self._ago(-14))
        self.assertEqual(notice.debtor_id.kind, "consumer")

    def test_public_body(self):
        self.assert_gets(
            "public_body", "public_gentle", about={self.bill("public_body"): 1750}
        )

    def test_shared(self):
        self.assert_gets(
            "shared", "business_call", "call", about={self.bill("shared"): 1500}
        )
        theirs = self.new("shared", self.second)
        self.assert_notice(
            theirs, "business_gentle", about={self.bill("shared_second"): 90}
        )
        self.assertEqual(theirs.currency_id, self.eur)
        self.assertTrue(theirs.is_first)

    # === WHO DOES NOT, AND WHY === #

    def test_big_credit(self):
        self.assert_silent("big_credit", "credit_covers", amount=0, residual=200)

    def test_four_cents(self):
        self.assert_silent(
            "four_cents", "below_minimum", amount=0.04, says="0.04 is below"
        )

    def test_three_short(self):
        self.assert_silent("three_short", "small_difference", says="3.00 is left")

    def test_no_email(self):
        self.assert_silent("no_email", "no_contact", amount=260)

    def test_old_debt(self):
        self.assert_silent("old_debt", "needs_person", says="700 days overdue")

    def test_snoozed(self):
        self.assert_silent("snoozed", "snoozed")
        debtor = self._debtor(self.customers["snoozed"])
        self.assertEqual(debtor.next_contact_date, self._ago(-10))

    def test_insolvent(self):
        self.assert_silent("insolvent", "contact_stopped", amount=0)

    def test_excluded(self):
        self.assert_silent("excluded", "excluded")

    def test_parent(self):
        self.assert_silent("parent", "credit_covers", says="250.00")

    def test_bank_line(self):
        self.assert_silent("bank_line", "bank_unmatched", says="480.00 has arrived")

    def test_just_sent(self):
        self.assert_silent("just_sent", "just_sent", amount=390)
        debtor = self._debtor(self.customers["just_sent"])
        self.assertEqual(debtor.next_contact_date, self._ago(-6))

    # === ALL TOGETHER === #

    def test_nobody_else(self):
        asked = self._notices(None, "proposed", "ready").partner_id
        silent = (
            "big_credit four_cents three_short no_email old_debt snoozed insolvent"
            " excluded parent bank_line just_sent"
        ).split()
        wanted = [self.customers[k] for k in SITUATIONS if k not in silent]
        self.assertEqual(set(asked), set(wanted))

    def test_again_not_one_more(self):
        before = self.env["ar.notice"].search([]).mapped(lambda n: (n.id, n.state))
        self.env["ar.debtor"].refresh()
        counts = self._plan()
        self.assertEqual(
            (counts["notices"], counts["updated"], counts["cancelled"]), (0, 0, 0)
        )
        after = self.env["ar.notice"].search([]).mapped(lambda n: (n.id, n.state))
        self.assertEqual(after, before)

    def test_explain_agrees(self):
        said = {}
        for debtor in self.env["ar.debtor"].search([]):
            for entry in debtor.explain():
                said[entry["move_line_id"]] = entry["reason"]
        asked = self._notices(None, "proposed", "ready").line_ids
        for line in asked.filtered(lambda line: line.role == "about"):
            reason = said[line.move_line_id.id]
            self.assertIn(reason, ("in_outbox", "awaiting_approval", "quiet_day"))

    def test_loading_again(self):
        """The demonstration of this database is there, and made once."""
        company = self.env.ref("ar_followup_plus.demo_company").sudo()
        Move = self.env["account.move"].sudo()
        before = Move.search_count([("company_id", "=", company.id)])
        self.assertGreater(before, 20)
        self.env["ar.debtor"].sudo()._make_demo()
        self.assertEqual(
            self.env["res.company"].sudo().search_count([("name", "=", company.name)]),
            1,
        )
        self.assertEqual(Move.search_count([("company_id", "=", company.id)]), before)


@freeze_time(datetime(2026, 3, 13, 10))
class TestSituationsFriday(TestSituations):
    """On a Friday, when no final demand leaves."""

    def test_day(self):
        self.assertEqual(self.today, date(2026, 3, 13))


@freeze_time(datetime(2026, 3, 15, 23))
class TestSituationsSunday(TestSituations):
    """Late on a Sunday."""

    def test_day(self):
        self.assertEqual(self.today, date(2026, 3, 15))
