"""Key figures of a small ledger, computed by hand."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.analytics.key_figures import Key, KeyFigures, months_back
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from .analytics_common import AnalyticsCommon


@tagged("post_install", "-at_install")
class TestKeyFigures(AnalyticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._invoice(cls.customer, 1000, date(2026, 2, 4))
        cls._pay(cls.first, 400, date(2026, 2, 14))
        cls._invoice(cls.customer, 500, date(2026, 3, 31))
        cls.third = cls._invoice(cls.other, 300, date(2026, 2, 25), term=5)
        cls._credit(cls.other, 100, invoice_date=date(2026, 3, 1))

    def _figures(self, day=None, months=3, by="company"):
        return KeyFigures(self._one_company(), day or self.today, months, by).figures()

    def _of_company(self, **options):
        return self._figures(**options)[Key(self.company.id, None)]

    def test_by_hand(self):
        found = self._of_company()
        for name, expected in {
            "receivables": 1300,
            "overdue": 900,
            "overdue_share": 900 / 14,
            "delinquent": 600,
            "delinquent_share": 600 / 14,
            "concentration": 100,
            # 1,000 + 500 + 300 less 100, in 90 days
            "sales": 1700,
            "dso": 1300 / 1700 * 90,
            "best_dso": 500 / 1700 * 90,
            "days_delinquent": 800 / 1700 * 90,
            # 700 in 28 days, none in 31, then 600 of 1,000 in 31
            "count_back_dso": 28 + 31 + 18.6,
            "effectiveness": 100 * (1700 - 1300) / (1700 - 500),
            "turnover": 1700 * 365 / 90 / 650,
            "paid": 400,
            "days_to_pay": 40,
            "days_late": 10,
            "promises": 0,
            "kept_rate": None,
            "kept_rate_amount": None,
            "disputes": 0,
            "dispute_rate": 0,
            "dispute_days": None,
            "written_off": 0,
            "write_off_rate": 0,
        }.items():
            with self.subTest(name=name):
                if expected is None:
                    self.assertIsNone(found[name])
                else:
                    self.assertAlmostEqual(found[name], expected)

    def test_sales_are_without_tax(self):
        taxed = self._invoice(self.other, 100, -10, post=False)
        taxed.invoice_line_ids.tax_ids = self.company_data["default_tax_sale"]
        taxed.action_post()
        self.assertGreater(taxed.amount_total, 100)
        found = self._of_company()
        self.assertAlmostEqual(found["sales"], 1800)
        self.assertAlmostEqual(found["receivables"], 1300 + taxed.amount_total)

    def test_no_sales_is_no_error(self):
        found = self._of_company(day=date(2025, 6, 30))
        for name in (
            "dso",
            "best_dso",
            "days_delinquent",
            "count_back_dso",
            "turnover",
        ):
            self.assertIsNone(found[name], name)
        ask = self.env["ar.key.figures.ask"].create({"day": "2025-06-30"})
        row = self.env["ar.key.figure"].browse(ask.action_show()["res_id"])
        self.assertEqual(row.dso, 0)
        self.assertIn("dso", row.unknown.split())
        self.assertNotIn("receivables", row.unknown.split())

    def test_a_day_in_the_future(self):
        ask = self.env["ar.key.figures.ask"].create({"day": "2026-03-11"})
        with self.assertRaisesRegex(UserError, "in the future"):
            ask.action_show()

    def test_months(self):
        """From a month's end, calendar months; else months that end on that day."""
        self.assertEqual(
            months_back(date(2026, 2, 28), 2),
            [
                (date(2026, 1, 31), date(2026, 2, 28)),
                (date(2025, 12, 31), date(2026, 1, 31)),
            ],
        )
        self.assertEqual(
            [month.days for month in months_back(date(2026, 3, 30), 2)], [30, 29]
        )

    def test_groups_add_up_to_the_company(self):
        self._debtor(self.customer, user_id=self.user_collector.id)
        self._debtor(self.other, kind="public")
        self.other.country_id = self.env.ref("base.be")
        self.third.invoice_user_id = self.user_manager
        whole = self._of_company()
        for by, groups in (
            ("collector_id", {self.user_collector.id, None}),
            ("kind", {"business", "public"}),
            ("country_id", {self.us.id, self.env.ref("base.be").id}),
            ("salesperson_id", {self.env.uid, self.user_manager.id}),
        ):
            with self.subTest(by=by):
                found = self._figures(by=by)
                self.assertEqual({key.group for key in found}, groups)
                for name in ("receivables", "overdue", "sales", "paid"):
                    self.assertAlmostEqual(
                        sum(figures[name] for figures in found.values()), whole[name]
                    )

    def test_promises_and_disputes(self):
        debtor = self._debtor(self.customer).with_user(self.user_collector)
        items = self.env["ar.open.item"].with_user(self.user_collector)
        items = items.browse(self._items(self.first).ids)
        states = {"kept": 100, "partly": 50, "broken": 50, "cancelled": 20}
        for state, amount in states.items():
            plan = Agreement(debtor).promise(items, self._ago(-5), amount)
            self.env.flush_all()
            self.env.cr.execute(
                """UPDATE ar_payment_plan
                      SET state = %s, last_date = %s, closed_on = %s WHERE id = %s""",
                [state, self._ago(2), self._ago(1), plan.id],
            )
            self.env.cr.execute(
                "UPDATE ar_payment_plan_line SET active = FALSE WHERE plan_id = %s",
                [plan.id],
            )
            self.env.invalidate_all()
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        DisputeIntake(debtor).open(self.first, reason)
        found = self._of_company()
        self.assertEqual(found["promises"], 3)
        self.assertAlmostEqual(found["kept_rate"], 100 / 3)
        self.assertAlmostEqual(found["kept_rate_amount"], 50)
        self.assertEqual(found["disputes"], 1)
        self.assertAlmostEqual(found["dispute_rate"], 100 / 3)
        self.assertEqual(found["dispute_reasons"], f"{reason.name} (1)")
        self.assertAlmostEqual(found["disputed"], 600)

    def test_write_offs(self):
        self._debtor(self.other)
        self._concede(self.third, 300, self._ago(1))
        found = self._of_company()
        self.assertEqual(found["written_off"], 300)
        self.assertAlmostEqual(found["write_off_rate"], 300 / 17)
        self.assertEqual(self._of_company(day=self._ago(2))["written_off"], 0)

    def test_each_figure_opens_its_records(self):
        for by in ("company", "kind", "collector_id", "country_id", "salesperson_id"):
            with self.subTest(by=by):
                self._check_opened(by)

    def test_records_of_customers_with_and_without_debtor(self):
        self._debtor(self.other, kind="public", user_id=self.user_collector.id)
        for by in ("kind", "collector_id"):
            ask = self.env["ar.key.figures.ask"].create({"by": by})
            rows = self.env["ar.key.figure"].search(ask.action_show()["domain"])
            self.assertEqual(sorted(rows.mapped("sales")), [200, 1500])
            for row in rows:
                self.assertEqual(
                    sum(self._open(row, "sales").mapped("amount_untaxed_signed")),
                    row.sales,
                )

    def _open(self, row, figure):
        """Return the records that a figure opens."""
        target = row.with_context(figure=figure).action_open()
        records = self.env[target["res_model"]].with_context(**target["context"])
        return records.search(target["domain"])

    def _check_opened(self, by):
        action = self.env["ar.key.figures.ask"].create({"by": by}).action_show()
        row = self.env["ar.key.figure"].search(action["domain"])
        self.assertEqual(len(row), 1)
        opened = {}
        for name, field in row._fields.items():
            if field.type not in ("monetary", "float", "char", "integer"):
                continue
            if not field.help:
                continue
            with self.subTest(figure=name):
                opened[name] = self._open(row, name)
        self.assertGreater(len(opened), 25)
        self.assertEqual(sum(opened["receivables"].mapped("amount")), row.receivables)
        self.assertEqual(sum(opened["overdue"].mapped("overdue")), row.overdue)
        self.assertEqual(sum(opened["delinquent"].mapped("bucket_2")), row.delinquent)
        self.assertEqual(
            sum(opened["sales"].mapped("amount_untaxed_signed")), row.sales
        )
        self.assertEqual(opened["paid"], self.first)
        with self.assertRaises(UserError):
            row.with_context(figure="name").action_open()

    def test_roles(self):
        for user in (self.user_manager, self.user_accountant):
            ask = self.env["ar.key.figures.ask"].with_user(user).create({})
            row = self.env["ar.key.figure"].with_user(user)
            row = row.browse(ask.action_show()["res_id"])
            self.assertEqual(row.receivables, 1300)
            with self.assertRaises(AccessError):
                row.receivables = 1
        for user in (self.user_none, self.user_portal, self.user_collector):
            with self.assertRaises(AccessError):
                self.env["ar.key.figures.ask"].with_user(user).create({})

    def test_rows_of_others_are_closed(self):
        """They may be of a company that is closed to the reader."""
        ask = self.env["ar.key.figures.ask"].with_user(self.user_manager).create({})
        row_id = ask.action_show()["res_id"]
        theirs = self.env["ar.key.figure"].with_user(self.user_accountant)
        self.assertFalse(theirs.search([("id", "=", row_id)]))
        with self.assertRaises(AccessError):
            theirs.browse(row_id).read(["receivables"])

    def test_two_companies_apart(self):
        other = self.setup_other_company(name="Company B")["company"]
        self._ledger(other).invoice(self._customer("Of B"), 33, 5)
        self.assertEqual(set(self._figures()), {Key(self.company.id, None)})
        self.env.user.company_ids = [Command.link(other.id)]
        env = self.env(
            context={
                **self.env.context,
                "allowed_company_ids": [self.company.id, other.id],
            }
        )
        found = KeyFigures(env, self.today, 3).figures()
        self.assertEqual(found[Key(self.company.id, None)]["receivables"], 1300)
        self.assertEqual(found[Key(other.id, None)]["receivables"], 33)

    def test_statements_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._figures(by="kind")
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        for number in range(15):
            self._invoice(self._customer(f"Many {number}"), 10, 5)
        self.env["ar.debtor"]._make_missing()
        self.assertEqual(count(), few)
        self.assertLessEqual(few, 25)
