"""Expected payments and the cash forecast, on a ledger that can be checked by hand."""

from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.forecast.forecast import CashForecast, _shares
from ...models.payment_plan.agreement import Agreement
from .forecast_common import ForecastCommon


class TestExpectedPayments(ForecastCommon):
    """Today is Tuesday, 10 March 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._paid_late(cls.customer, 9)

    def _open(self, *invoices):
        debtor = self._debtor(self.customer)
        items = self.env["ar.open.item"].browse(self._items(*invoices).ids)
        return debtor.with_user(self.user_collector), items.with_user(
            self.user_collector
        )

    def test_as_they_usually_pay(self):
        invoice = self._invoice(self.customer, 1000, -10)  # 20 March
        self._night()
        found = self._expected(invoice)
        self.assertEqual(found.kind, "pattern")
        self.assertEqual((found.usual_days, found.paid_count), (9, 8))
        self.assertEqual(found.expected_on, date(2026, 3, 30))  # 29 is a Sunday
        self.assertLess(found.first_on, found.expected_on)
        self.assertGreater(found.last_on, found.expected_on)
        self.assertEqual(found.why, "usually 9 days late; paid invoices: 8")
        self.assertEqual(
            (found.number, found.due_date), (invoice.name, date(2026, 3, 20))
        )
        debtor = self._debtor(self.customer)
        self.assertEqual(debtor.expected_on, found.expected_on)
        self.assertEqual(debtor.expected_payment_ids, found)

    def test_paid_is_no_longer_expected(self):
        invoice = self._invoice(self.customer, 1000, -10)
        self._night()
        self.assertTrue(self._expected(invoice))
        self._pay(invoice)
        self._night()
        self.assertFalse(self._expected(invoice))
        self.assertFalse(self._debtor(self.customer).expected_on)
        self.assertEqual(sum(self._weeks().mapped("amount")), 0)

    def test_promise_dispute_debit_and_stop(self):
        promised, disputed, other = (
            self._invoice(self.customer, amount, -10) for amount in (1000, 300, 50)
        )
        debtor, items = self._open(promised)
        Agreement(debtor).promise(items, date(2026, 3, 24))
        reason = self.env["ar.dispute.reason"].search([], limit=1)
        DisputeIntake(debtor).open(disputed, reason)
        self._debtor(self.other, direct_debit=True)
        debited = self._invoice(self.other, 70, -5)  # Sunday, 15 March
        self._night()
        found = self._expected(promised)
        self.assertEqual(
            (found.kind, found.expected_on), ("promise", date(2026, 3, 24))
        )
        self.assertIn("promised", found.why)
        found = self._expected(disputed)
        self.assertEqual((found.kind, found.amount), ("apart", 0))
        self.assertFalse(found.expected_on)
        found = self._expected(debited)
        self.assertEqual((found.kind, found.expected_on), ("debit", date(2026, 3, 16)))
        self.assertAlmostEqual(sum(self._weeks().mapped("amount")), 1000 + 50 + 70)
        debtor.sudo().write({"stop_reason": "insolvency", "stop_from": self.today})
        self._night()
        self.assertEqual(self._expected(other).kind, "apart")
        self.assertAlmostEqual(sum(self._weeks().mapped("amount")), 70)

    def test_what_is_sold_pays_the_factor(self):
        sold, other = (self._invoice(self.customer, 300, -10) for _number in range(2))
        self.env["ar.exclusion"].sudo().create(
            {
                "reason": "Sold",
                "kind": "factor",
                "until": self._ago(-90),
                "user_id": self.user_manager.id,
                "company_id": self.company.id,
                "move_line_id": self._items(sold).id,
            }
        )
        self._night()
        self.assertEqual(self._expected(sold).kind, "apart")
        self.assertEqual(self._expected(other).kind, "pattern")
        self.assertAlmostEqual(sum(self._weeks().mapped("amount")), 300)

    def test_installments_share_the_items(self):
        first, second = (self._invoice(self.customer, 300, 5) for _number in range(2))
        debtor, items = self._open(first, second)
        plan = (
            Agreement(debtor)
            .propose(
                items,
                {
                    "count": 3,
                    "first_on": date(2026, 3, 17),
                    "rhythm": "week",
                },
            )
            .sudo()
        )
        plan.with_user(self.user_manager).action_offer()
        plan._start()
        self._night()
        days = [part.date for part in plan.installment_ids.sorted("date")]
        self.assertEqual(len(days), 3)
        self.assertGreaterEqual(self._expected(first).expected_on, days[1])
        self.assertGreaterEqual(self._expected(second).expected_on, days[2])
        self.assertEqual(self._expected(first).kind, "promise")

    def test_what_was_paid_takes_the_first_dates_off(self):
        days = [(date(2026, 3, n), 100) for n in (1, 8, 15)]
        self.assertEqual(
            _shares(days, 150), ((date(2026, 3, 8), 50), (date(2026, 3, 15), 100))
        )
        self.assertEqual(_shares(days, 0), ())

    def test_credits_pay_what_is_due_first(self):
        first = self._invoice(self.customer, 100, 5)
        second = self._invoice(self.customer, 200, -5)
        self._pay_on_account(self.customer, 150)
        self._night()
        self.assertEqual(self._expected(first).kind, "apart")
        self.assertAlmostEqual(self._expected(second).amount, 150)

    def test_weeks_add_up_by_currency(self):
        for due in (-60, -20, 0, 30, 90):
            self._invoice(self.customer, 333.33, due)
        self._invoice(self.customer, 500, -10, self.eur)
        self._night()
        weeks = self._weeks()
        self.assertEqual(len(weeks), 14)
        self.assertEqual(weeks.mapped("is_later"), [False] * 13 + [True])
        self.assertAlmostEqual(sum(weeks.mapped("amount")), 5 * 333.33, places=2)
        for week in weeks:
            self.assertLessEqual(week.low, week.amount)
            self.assertGreaterEqual(week.high, week.amount)
        self.assertAlmostEqual(sum(self._weeks(self.eur).mapped("amount")), 500)

    def test_forecast_of_the_week_beside_what_came(self):
        invoice = self._invoice(self.customer, 1000, -1)
        new = None
        with freeze_time("2026-03-09 08:00:00"):
            self._night()
            first = self._weeks()[0].first_amount
        self._pay(invoice, 600, on=date(2026, 3, 11))
        with freeze_time("2026-03-11 08:00:00"):
            # Dated in the week itself: the forecast did not know it
            new = self._invoice(self.customer, 77, 0, invoice_date=date(2026, 3, 11))
            self._pay(new, on=date(2026, 3, 11))
            self._night()
            self.assertEqual(self._weeks()[0].first_amount, first)
            self.assertNotEqual(self._weeks()[0].amount, first)
        with freeze_time("2026-03-17 08:00:00"):
            self._night()
            self.assertNotEqual(self._weeks()[0].made_in, date(2026, 3, 9))
        kept = self.env["ar.forecast.week"].search(
            [("company_id", "=", self.company.id), ("week", "=", "2026-03-09")]
        )
        self.assertEqual((len(kept), kept.came), (1, 600))

    def test_statements_do_not_grow(self):
        self._invoice(self.customer, 100, 5)
        forecast = CashForecast(self.company.sudo())
        forecast.store()

        def statements():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            CashForecast(self.company.sudo()).store()
            return self.env.cr.sql_log_count - before

        def add(count):
            for number in range(count):
                partner = self._customer(f"Customer {number}")
                self._invoice(partner, 100, 3)
                self._invoice(partner, 100, -3)
                self._debtor(partner)

        add(1)
        few = statements()
        add(12)
        self.assertLessEqual(statements(), few)
        self.assertLess(few, 40)


class TestForecastRights(ForecastCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.setup_other_company(name="Company B")["company"]
        cls._paid_late(cls.customer, 9, count=3)
        cls._invoice(cls.customer, 1000, -10)
        cls._invoice(cls.customer, 5000, -10, company=cls.company_b)
        both = (cls.company + cls.company_b).ids
        debtors = cls.env["ar.debtor"].with_context(allowed_company_ids=both).sudo()
        for company in (cls.company, cls.company_b):
            debtors.for_partner(cls.customer.id, company.id)
            CashForecast(company.sudo()).store()
        cls.env.invalidate_all()

    def test_each_company_is_a_task_of_its_own(self):
        """One that fails does not stop the others, and is told by its name."""
        tasks = {
            task.company
            for task in self.env["ar.nightly"]._tasks()
            if task.name == "res.company._ar_keep_figures"
        }
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        self.assertEqual(tasks, set(roots))
        self._invoice(self.customer, 100, -10)
        self.assertGreaterEqual(self.company.sudo()._ar_keep_figures()["expected"], 1)

    def test_two_companies_apart(self):
        rows = self.env["ar.expected.payment"].with_user(self.user_manager).search([])
        self.assertEqual(rows.company_id, self.company)
        self.assertAlmostEqual(sum(rows.mapped("amount")), 1000)
        total = sum(self._weeks(company=self.company_b).sudo().mapped("amount"))
        self.assertAlmostEqual(total, 5000)
        self.user_manager.company_ids = [Command.link(self.company_b.id)]
        both = rows.with_context(
            allowed_company_ids=(self.company + self.company_b).ids
        ).search([])
        self.assertEqual(both.company_id, self.company + self.company_b)

    def test_roles(self):
        for name, model, may in (
            ("collector", "ar.expected.payment", True),
            ("manager", "ar.expected.payment", True),
            ("accountant", "ar.expected.payment", True),
            ("none", "ar.expected.payment", False),
            ("portal", "ar.expected.payment", False),
            ("collector", "ar.forecast.week", False),
            ("manager", "ar.forecast.week", True),
            ("accountant", "ar.forecast.week", True),
            ("none", "ar.forecast.week", False),
            ("portal", "ar.forecast.week", False),
        ):
            with self.subTest(role=name, model=model):
                user = getattr(self, f"user_{name}")
                self.assertEqual(
                    self.env[model].with_user(user).has_access("read"), may
                )
                for mode in ("write", "create", "unlink"):
                    self.assertFalse(self.env[model].with_user(user).has_access(mode))

    def test_a_collector_sees_why(self):
        found = (
            self.env["ar.expected.payment"].with_user(self.user_collector).search([])
        )
        self.assertTrue(found.why)
        self.assertTrue(found.number)
        self.assertEqual(found.item_id.debtor_id, found.debtor_id)

    def test_next_payment_sorts_customers(self):
        later = self._customer("Later")
        self._invoice(later, 10, -80)
        self._debtor(later)
        CashForecast(self.company.sudo()).store()
        self.env.invalidate_all()
        found = (
            self.env["ar.debtor"]
            .with_user(self.user_collector)
            .search([("expected_on", "!=", False)], order="expected_on desc")
        )
        self.assertEqual(found[0].partner_id, later)
        self.assertEqual(
            found[-1].expected_on - self.today, timedelta(days=20)
        )  # 20 March + 9, then Monday
