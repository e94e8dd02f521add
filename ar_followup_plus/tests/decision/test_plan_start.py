"""A safe start: off, preview, ask, live; old debts; thirty a day; the pause."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from ..common import ArCommon


class TestPlanStart(ArCommon):
    """What a company that begins does to its customers."""

    def _start(self, state="off"):
        """Return to before going live, on this day."""
        self.company.write({"ar_state": "off"})
        self.company.write({"ar_backlog_date": False, "ar_live_since": False})
        if state != "off":
            self.company.ar_state = state

    def _owing(self, days, amount=100):
        partner = self._customer(f"Owing {amount} for {days}")
        self._invoice(partner, amount, days)
        return partner

    # === FROM OFF TO LIVE === #

    def test_off(self):
        self._start()
        self._invoice(self.customer, 100, 10)
        self.assertEqual(self._plan()["debtors"], 0)
        self.assertFalse(self._notices())
        self.assert_reason(self.customer, "company_off", amount=0)
        with self.assertRaisesRegex(UserError, "is off.*preview"):
            self._plan(None, self.customer)
        # What would happen can be looked at all the same
        coming = self._debtor(self.customer).preview()
        self.assertEqual(coming[0]["step"], "Gentle reminder")
        self.assertEqual((coming[0]["date"], coming[0]["amount"]), (self.today, 100))
        self.assertFalse(self._notices())

    def test_installing_leaves_companies_off(self):
        company = self.setup_other_company(name="New one")["company"]
        self.assertEqual(company.ar_state, "off")
        self.assertFalse(company.ar_live_since)

    def test_preview(self):
        self._start("preview")
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertEqual(notice.state, "proposed")
        with self.assertRaisesRegex(UserError, "not live"):
            notice.with_user(self.user_manager).approve()
        self.assertEqual(notice.state, "proposed")
        self.assertFalse(self.company.ar_live_since)
        self.assertEqual(self._plan()["notices"], 0)

    def test_preview_to_ask(self):
        self._start("preview")
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        seen = self._notices(self.customer)
        self.company.ar_state = "ask"
        self.assertEqual(self.company.ar_live_since, self.today)
        self.assertEqual(self.company.ar_backlog_date, self.today)
        # What was only a preview is not approved by mistake
        self.assertEqual(seen.state, "cancelled")
        self._plan()
        notice = self._notices(self.customer, "proposed")
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        notice.with_user(self.user_collector).approve()
        self.assertEqual(notice.state, "ready")
        self.assertEqual(notice.approved_by, self.user_collector)
        self.assertEqual(self._plan()["notices"], 0)

    def test_ask_to_live(self):
        self._start("ask")
        self._invoice(self.customer, 100, 10)
        self._plan()
        waiting = self._notices(self.customer)
        self.assertEqual(waiting.state, "proposed")
        self.company.ar_state = "live"
        # It was asked before, so it is not sent unasked
        self._invoice(self.other, 100, 10)
        self._plan()
        self.assertEqual(waiting.state, "proposed")
        self.assertEqual(self._notices(self.other).state, "ready")

    def test_live_to_off(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.company.ar_state = "off"
        self.assertEqual(notice.state, "cancelled")
        self.assertFalse(self.company._ar_may_send_now())

    def test_steps_that_need_approval(self):
        self._every_day()
        invoice = self._invoice(self.customer, 100, 20)
        self._night()
        self._night(self._ago(-14))
        day = self._ago(-28)
        self._plan(day)
        final = self._notices(self.customer, "proposed")
        self.assert_notice(final, "business_final", about={invoice: 100})
        with self.assertRaisesRegex(AccessError, "credit manager"):
            final.with_user(self.user_collector).approve()
        with self.assertRaises(AccessError):
            final.with_user(self.user_accountant).approve()
        self.assertEqual(final.state, "proposed")
        final.with_user(self.user_manager).approve()
        self.assertEqual(final.state, "ready")

    # === OLD DEBTS === #

    def test_backlog_begins_at_the_first_step(self):
        partner = self._owing(80)
        self._start("live")
        self._plan()
        self.assertEqual(self._notices(partner).stage, "gentle")

    def test_backlog_begins_one_step_below_its_age(self):
        self._start("live")
        self.company.ar_backlog = "below_age"
        for days, step in (
            (5, "business_gentle"),
            (20, "business_gentle"),  # too small for the call between
            (32, "business_firm"),
            (50, "business_final"),
            (80, "business_notice"),
        ):
            with self.subTest(days=days):
                partner = self._owing(days, 300)
                self._plan()
                self.assertEqual(self._notices(partner)[:1].step_id, self._step(step))

    def test_backlog_left_to_a_person(self):
        self._start("live")
        self.company.write({"ar_backlog": "person", "ar_backlog_days": 60})
        old, young = self._owing(61), self._owing(60)
        self._plan()
        self.assertFalse(self._notices(old))
        self.assert_reason(old, "needs_person", says="61 days overdue")
        self.assertEqual(self._notices(young).stage, "gentle")
        self._debtor(old, allow_old_debts=True)
        self._plan()
        self.assertEqual(self._notices(old).stage, "gentle")

    def test_what_falls_due_later_is_no_backlog(self):
        self._start("live")
        self.company.write({"ar_backlog": "person", "ar_backlog_days": 0})
        partner = self._owing(-1)
        self._plan(self._ago(-9))
        self.assertEqual(self._notices(partner).stage, "gentle")

    def test_older_than_a_year(self):
        partner = self._owing(366)
        self._plan()
        self.assert_reason(partner, "needs_person", says="366 days")
        self.assertFalse(self._notices(partner))

    # === THIRTY A DAY === #

    def test_thirty_is_the_default(self):
        company = self.setup_other_company(name="New one")["company"]
        self.assertEqual(company.ar_first_per_day, 30)

    def test_largest_first_and_the_rest_next_day(self):
        self._every_day()
        self.company.ar_first_per_day = 2
        partners = [self._owing(20, amount) for amount in (50, 300, 70, 200, 90)]
        self._start("live")
        self._night()
        self.assertEqual(
            self._notices().mapped("partner_id"), partners[1] | partners[3]
        )
        self.assert_reason(partners[0], "daily_limit")
        self.assertEqual(self._plan()["notices"], 0)
        # Who did not owe on going live is not held up by those who did
        fresh = self._owing(-1)
        tomorrow = self._ago(-1)
        self._night(tomorrow)
        got = self._notices().mapped("partner_id")
        self.assertEqual(len(got), 4)
        self.assertLess(partners[2] | partners[4], got)
        self._night(self._ago(-5))
        got = self._notices().mapped("partner_id")
        self.assertEqual(set(got), {*partners, fresh})

    def test_waiting_ones_count(self):
        """In a company that asks, no more wait than may leave on one day."""
        self.company.ar_first_per_day = 2
        for amount in (50, 300, 70, 200):
            self._owing(20, amount)
        self._start("ask")
        self._plan()
        first = self._notices()
        self.assertEqual(len(first), 2)
        tomorrow = self._ago(-1)
        self.assertEqual(self._plan(tomorrow)["notices"], 0)
        first[0].approve()
        self._leave(first[0], tomorrow)
        self.assertEqual(self._plan(self._ago(-2))["notices"], 1)

    def test_no_limit(self):
        self.company.ar_first_per_day = 0
        for amount in range(33):
            self._owing(20, 100 + amount)
        self._start("live")
        self.assertEqual(self._plan()["notices"], 33)

    # === THE PAUSE === #

    def test_pause(self):
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.company.ar_paused = True
        self.assertFalse(self.company._ar_may_send_now())
        self._invoice(self.other, 100, 10)
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(self.other, "company_off")
        self.assertEqual(notice.state, "ready")
        with freeze_time("2026-04-07 10:00:00"):
            self.company.ar_paused = False
            self.assertEqual(self.company.ar_backlog_date, self._ago(-28))
            # After a long pause too, only some get their first notice on a day
            self.company.ar_first_per_day = 1
            self._invoice(self._customer("Third"), 500, 3)
            self._invoice(self._customer("Fourth"), 400, 3)
            counts = self._plan()
            self.assertEqual(counts["reasons"].get("daily_limit"), 2)
            self.assertEqual(counts["notices"], 1)
