"""The aged list of any day equals the receivable accounts."""

import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from .analytics_common import AnalyticsCommon


@tagged("post_install", "-at_install")
class TestAgingByHand(AnalyticsCommon):
    """Twenty entries, six days, computed by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._twenty_entries()

    def test_the_loss_is_booked_after_the_lock(self):
        loss = self.env["account.partial.reconcile"].search(
            [("exchange_move_id.company_id", "=", self.company.id)]
        )
        self.assertEqual(len(loss.exchange_move_id), 1)
        self.assertGreater(loss.exchange_move_id.date, date(2026, 2, 12))
        self.assertLessEqual(loss.exchange_move_id.date, date(2026, 3, 10))

    def test_six_days(self):
        for day, expected in self.OPEN.items():
            with self.subTest(day=day):
                self.assertEqual(self._sums(day), expected)
                (tie,) = self._aging(day).ties()
                self.assertEqual(tie.ledger, expected["amount"])
                self.assertEqual(tie.difference, 0)

    def test_by_customer(self):
        """Also the items that have none, and those that are not followed up."""
        ((_currency, rows, _sums),) = self._aging(date(2026, 1, 4)).table("partner_id")
        self.assertEqual(
            {name: amounts["amount"] for name, amounts in rows},
            {
                "First Customer": 1350,
                "Second Customer": 1800,
                "Third Customer": 250,
                "Fourth Customer": 80,
                "None": 0,
            },
        )

    def test_by_invoice_date(self):
        self.assertEqual(
            self._sums(date(2025, 12, 31), by="invoice"),
            {
                # 2,000 of 20 December, 70 of the day itself, 80 of 5 December
                "not_due": 70,
                "bucket_1": 1800 + 300 + 250 + 80,
                "bucket_2": 600,
                "bucket_4": 600,
                "amount": 3700,
            },
        )

    def test_other_buckets(self):
        self.assertEqual(
            self._sums(date(2026, 3, 10), text="10, 38"),
            {"bucket_1": 150, "bucket_3": 2020, "credits": -670, "amount": 1500},
        )

    def test_credits_by_their_date(self):
        self.assertEqual(
            self._sums(date(2026, 3, 10), credits="aged"),
            # The overpayment of 10 February, 500 of 10 January, 70 of 2 January
            {"bucket_1": 150 - 100, "bucket_2": 1950 - 500, "amount": 1500},
        )

    def test_in_document_currency(self):
        parts = self._aging(date(2026, 1, 4), amounts="document").table("partner_id")
        self.assertEqual(
            [(currency.name, sums["amount"]) for currency, _rows, sums in parts],
            [("EUR", 500), ("USD", 3230)],
        )
        # Open in company currency alone: nothing in its own
        parts = self._aging(date(2026, 1, 31), amounts="document").table("partner_id")
        self.assertEqual(
            [(currency.name, sums["amount"]) for currency, _rows, sums in parts],
            [("USD", 2230)],
        )

    def test_before_the_first_entry(self):
        aging = self._aging(date(2001, 1, 1))
        self.assertEqual(aging.table("partner_id"), [])
        self.assertEqual([tie.difference for tie in aging.ties()], [0])
        self.assertIn("0.00", aging.tie_text()[0])

    def test_what_differs_is_named(self):
        """A residual that is wrong in the database."""
        line = self._items(self._invoice(self.a, 40, 5))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_residual = 37 WHERE id = %s", [line.id]
        )
        self.env.invalidate_all()
        aging = self._aging()
        self.assertEqual([tie.difference for tie in aging.ties()], [-3])
        text, is_tied = aging.tie_text()
        self.assertFalse(is_tied)
        self.assertIn("3.00", text)
        self.assertEqual(aging.differing_ids(), line.ids)
        ask = self.env["ar.aging.ask"].create({"day": self.today})
        self.assertEqual(ask.action_differing()["domain"], [("id", "in", line.ids)])


@tagged("post_install", "-at_install")
class TestAging(AnalyticsCommon):
    def test_day_30_and_day_31(self):
        self._invoice(self.customer, 10, 0)
        self._invoice(self.customer, 20, 1)
        self._invoice(self.customer, 40, 30)
        self._invoice(self.customer, 80, 31)
        self._invoice(self.customer, 160, 121)
        self.assertEqual(
            self._sums(),
            {
                "not_due": 10,
                "bucket_1": 60,
                "bucket_2": 80,
                "bucket_5": 160,
                "amount": 310,
            },
        )

    def test_kind_of_customers_nobody_has_classified(self):
        person = self._customer("A Person", is_company=False)
        self._invoice(person, 5, 5)
        self._invoice(self.customer, 7, 5)
        self._debtor(self.customer, kind="public")
        ((_currency, rows, _sums),) = self._aging().table("kind")
        self.assertEqual(
            {name: amounts["amount"] for name, amounts in rows},
            {"Consumer": 5, "Public body": 7},
        )

    def test_disputed_promised_and_planned_are_parts(self):
        invoice = self._invoice(self.customer, 100, 10)
        promised = self._invoice(self.customer, 50, 10)
        debtor = self._debtor(self.customer).with_user(self.user_collector)
        intake = DisputeIntake(debtor)
        intake.open(
            invoice,
            self.env.ref("ar_followup_plus.ar_dispute_reason_price"),
            amounts=intake.spread(invoice, 30),
        )
        items = self.env["ar.open.item"].with_user(self.user_collector)
        Agreement(debtor).promise(
            items.browse(self._items(promised).ids), self._ago(-7)
        )
        self.assertEqual(
            self._sums(),
            {"bucket_1": 150, "amount": 150, "disputed": 30, "promised": 50},
        )
        # Yesterday neither was known
        self.assertEqual(self._sums(self._ago(1)), {"bucket_1": 150, "amount": 150})

    def test_twenty_four_month_ends(self):
        """Random documents of two companies: each list equals the ledger."""
        other = self.setup_other_company(name="Company B")
        companies = self.company + other["company"]
        self.env.user.company_ids += other["company"]
        rng = random.Random(7)
        for company in companies:
            self._random_documents(rng, company)
        env = self.env(
            context={**self.env.context, "allowed_company_ids": companies.ids}
        )
        seen = set()
        for back in range(24):
            day = (self.today + relativedelta(months=1 - back)).replace(
                day=1
            ) - timedelta(days=1)
            if day > self.today:
                continue
            for tie in self._aging(day, env=env).ties():
                with self.subTest(day=day, company=tie.company.name):
                    self.assertEqual(tie.difference, 0)
                    self.assertAlmostEqual(tie.listed, self._balance(tie.company, day))
                    seen.add(round(tie.listed, 2))
            for _currency, rows, sums in self._aging(day, env=env).table("company_id"):
                buckets = sum(
                    amount
                    for name, amount in sums.items()
                    if name.startswith(("not_due", "bucket", "credits", "exchange"))
                )
                self.assertAlmostEqual(buckets, sums["amount"])
                self.assertAlmostEqual(
                    sum(amounts["amount"] for _name, amounts in rows), sums["amount"]
                )
        self.assertGreater(len(seen), 30)
        # Odoo's own open items of today
        residual = sum(
            self.env["account.move.line"]
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", self.today),
                ]
            )
            .mapped("amount_residual")
        )
        self.assertAlmostEqual(self._sums()["amount"], residual)

    def _balance(self, company, day):
        return sum(
            self.env["account.move.line"]
            .search(
                [
                    ("company_id", "=", company.id),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", day),
                ]
            )
            .mapped("balance")
        )

    def _random_documents(self, rng, company):
        ledger = self._ledger(company)
        receivable = self.env["account.account"].search(
            [
                ("company_ids", "=", company.id),
                ("account_type", "=", "asset_receivable"),
            ],
            limit=1,
        )
        partners = [self._customer(f"{company.name} {number}") for number in range(4)]
        for partner in partners:
            partner.with_company(company).property_account_receivable_id = receivable
        for _number in range(25):
            partner = rng.choice(partners)
            currency = rng.choice((company.currency_id, self.eur))
            invoice = ledger.invoice(
                partner, rng.randint(100, 99_999) / 100, rng.randint(0, 700), currency
            )
            for _part in range(rng.choice((0, 1, 1, 2))):
                if not invoice.amount_residual:
                    break
                on = invoice.invoice_date + timedelta(days=rng.randint(0, 120))
                amount = rng.choice(
                    (invoice.amount_residual, round(invoice.amount_residual / 3, 2))
                )
                ledger.pay(
                    invoice, amount, min(on, self.today), match=rng.random() < 0.8
                )
            if rng.random() < 0.2:
                ledger.credit(
                    partner,
                    rng.randint(100, 9_999) / 100,
                    invoice_date=self._ago(rng.randint(0, 300)),
                )

    def test_a_payment_never_raises_receivables(self):
        rng = random.Random(3)
        invoices = [
            self._invoice(self.customer, rng.randint(10, 500), rng.randint(0, 90))
            for _number in range(6)
        ]
        days = [self._ago(back) for back in (0, 5, 20, 40, 80)]

        def totals():
            return [self._sums(day).get("amount", 0) for day in days]

        before = totals()
        for invoice in invoices:
            on = self._ago(rng.randint(0, 60))
            self._pay(invoice, rng.randint(1, 600), on, reconcile=rng.random() < 0.7)
            after = totals()
            for day, old, new in zip(days, before, after, strict=True):
                (self.assertLess if day >= on else self.assertEqual)(new, old)
            before = after

    def test_statements_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            aging = self._aging()
            before = self.env.cr.sql_log_count
            aging.table("country_id")
            aging.ties()
            return self.env.cr.sql_log_count - before

        self._invoice(self.customer, 10, 5)
        count()
        few = count()
        for number in range(20):
            self._invoice(self._customer(f"Many {number}"), 10, 5)
        self.assertEqual(count(), few)
        self.assertLessEqual(few, 12)

    # === BAD INPUT === #

    def test_a_day_in_the_future(self):
        ask = self.env["ar.aging.ask"].create({"day": self._ago(-1)})
        with self.assertRaisesRegex(UserError, "in the future.*Choose 03/10/2026"):
            ask.action_show()
        with self.assertRaisesRegex(UserError, "in the future"):
            self.env["ar.aging.item"].with_context(aging_day="2027-01-01").search([])
        with self.assertRaisesRegex(UserError, "Enter the day"):
            self.env["ar.aging.item"].with_context(aging_day="soon").search([])
        with self.assertRaisesRegex(UserError, "from its menu"):
            self.env["ar.aging.item"].with_context(aging_amounts="all").search([])

    def test_buckets_that_overlap(self):
        ask = self.env["ar.aging.ask"].create({"ranges": "1-30, 30-60"})
        with self.assertRaisesRegex(ValidationError, "1-30 and 30-60 overlap"):
            ask.action_show()

    def test_a_currency_without_rate(self):
        other = self.setup_other_company(name="Company B")["company"]
        other_currency = self.env["res.currency"].create(
            {"name": "XQX", "symbol": "x", "rounding": 0.01}
        )
        self.env.cr.execute(
            "UPDATE res_company SET currency_id = %s WHERE id = %s",
            [other_currency.id, other.id],
        )
        self.env.invalidate_all()
        ask = (
            self.env["ar.aging.ask"]
            .with_context(allowed_company_ids=[self.company.id, other.id])
            .create({"amounts": "converted"})
        )
        with self.assertRaisesRegex(UserError, "XQX has no rate on 03/10/2026"):
            ask.action_show()
        self.env["res.currency.rate"].create(
            {
                "name": self._ago(3),
                "rate": 4,
                "currency_id": other_currency.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(ask.action_show()["res_model"], "ar.aging.item")

    def test_a_company_without_right(self):
        other = self.setup_other_company(name="Company B")["company"]
        self._invoice(self.customer, 10, 5)
        mine = self.env["ar.aging.item"].with_user(self.user_accountant)
        self.assertEqual(mine.search([]).mapped("amount"), [10])
        with self.assertRaises(AccessError):
            mine.with_context(allowed_company_ids=[other.id]).search([])

    def test_roles(self):
        self._invoice(self.customer, 10, 5)
        for user in (self.user_manager, self.user_accountant):
            ask = self.env["ar.aging.ask"].with_user(user).create({})
            action = ask.action_show()
            items = self.env[action["res_model"]].with_user(user)
            items = items.with_context(**action["context"])
            self.assertEqual(sum(items.search([]).mapped("amount")), 10)
            self.assertIn("difference $ 0.00", action["name"].replace("\xa0", " "))
            self.assertEqual(ask.action_spreadsheet()["type"], "ir.actions.act_url")
        for user in (self.user_none, self.user_portal, self.user_collector):
            with self.assertRaises(AccessError):
                self.env["ar.aging.item"].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.env["ar.aging.ask"].with_user(user).create({})

    def test_two_companies_apart(self):
        other = self.setup_other_company(name="Company B")["company"]
        partner = self._customer("Of B")
        self._invoice(self.customer, 10, 5)
        invoice = self._ledger(other).invoice(partner, 33, 5)
        self.assertEqual(self._sums()["amount"], 10)
        env = self.env(context={**self.env.context, "allowed_company_ids": other.ids})
        ((_currency, _rows, sums),) = self._aging(env=env).table("company_id")
        self.assertEqual(sums["amount"], 33)
        self.assertEqual(invoice.company_id, other)
