"""The overview: its figures, what opens behind them, rights, statements, thresholds."""

from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, new_test_user

from ...models.analytics.key_figures import Key, KeyFigures
from .forecast_common import ForecastCommon


class TestOverview(ForecastCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._paid_late(cls.customer, 9)
        cls.late = cls._invoice(cls.customer, 400, 50)
        cls._invoice(cls.customer, 600, -10)
        cls._invoice(cls.other, 250, 3)
        cls._invoice(cls.other, 900, -20, cls.eur)  # 450 USD
        cls.user_reader = new_test_user(
            cls.env,
            login="ar_reader",
            groups="account.group_account_readonly",
            company_id=cls.company.id,
        )

    def _page(self, user=None):
        user = user or self.user_manager
        return self.env["ar.overview"].with_user(user).figures()

    def _lists(self, action):
        model = self.env[action["res_model"]].with_context(
            **(action.get("context") or {})
        )
        return model.search(action["domain"])

    def test_figures(self):
        self._night()
        page = self._page()
        self.assertFalse(page["empty"])
        tiles = {tile["key"]: tile for tile in page["tiles"]}
        self.assertIn("1,700", tiles["owed"]["value"])
        self.assertIn("650", tiles["overdue"]["value"])
        # 50 days ago and four weeks ago
        self.assertIn("more than a month ago", tiles["overdue"]["change"]["text"])
        self.assertEqual(tiles["overdue"]["change"]["good"], -1)
        self.assertIn("days", tiles["dso"]["value"])
        self.assertEqual(
            [round(row["value"]) for row in page["aging"]], [1050, 250, 400, 0, 0, 0]
        )
        self.assertEqual(page["worst"]["rows"][0]["name"], "First Customer")
        self.assertEqual(
            [row["name"] for row in page["worse"]["rows"]], ["Second Customer"]
        )
        self.assertEqual(sum(row["count"] for row in page["stages"]), 2)
        weeks = page["forecast"]["weeks"]
        self.assertEqual(len(weeks), 13)
        self.assertIn("EUR at 0.5000", page["forecast"]["rates"][0])
        self.assertLess(sum(week["amount"] for week in weeks), 1700)
        self.assertGreater(sum(week["amount"] for week in weeks), 1300)
        changed = {row["title"]: row for row in page["changed"]}
        self.assertEqual(changed["Customers newly late"]["count"], 1)

    def test_dso_is_that_of_the_key_figures(self):
        """Also of a customer who bought before the months that count."""
        self._invoice(self.other, 5000, 170)
        self._night()
        row = self.env["ar.overview.day"].search(
            [("company_id", "=", self.company.id), ("day", "=", self.today)]
        )
        months = self.env["ar.key.figures.ask"].default_get(["months"])["months"]
        env = self.env(context={"allowed_company_ids": self.company.ids})
        found = KeyFigures(env, self.today, int(months)).figures()
        found = found[Key(self.company.id, None)]
        self.assertGreater(found["sales"], 0)
        self.assertAlmostEqual(row.sales, found["sales"])
        self.assertAlmostEqual(row.dso, found["dso"], 1)

    def test_each_figure_opens_its_list(self):
        self._night()
        page = self._page()
        tiles = {tile["key"]: tile["action"] for tile in page["tiles"]}
        owed = self._lists(tiles["owed"])
        self.assertAlmostEqual(sum(owed.mapped("amount_owed")), 1700)
        overdue = self._lists(tiles["overdue"])
        self.assertAlmostEqual(sum(overdue.mapped("amount_overdue")), 650)
        self.assertTrue(self._lists(tiles["expected"]))
        self.assertTrue(self._lists(tiles["dso"]))
        for row in page["aging"]:
            items = self._lists(row["action"])
            self.assertAlmostEqual(sum(items.mapped("amount_residual")), row["value"])
        for row in page["changed"] + page["needs"]:
            with self.subTest(row=row["title"]):
                self.assertEqual(len(self._lists(row["action"])), row["count"])
        worst = self._lists(page["worst"]["rows"][0]["action"])
        self.assertIn(self.late, worst.move_id)
        for row in page["stages"]:
            self.assertEqual(len(self._lists(row["action"])), row["count"])
        self.assertEqual(len(self._lists(page["forecast"]["action"])), 28)

    def test_lists_of_what_is_left_out_and_of_archived_customers(self):
        left_out = self._invoice(self.customer, 80, 20)
        self._items(left_out).no_followup = True
        self._debtor(self.other).sudo().active = False
        self._night()
        page = self._page()
        [tile] = [one for one in page["tiles"] if one["key"] == "owed"]
        owed = self._lists(tile["action"])
        self.assertAlmostEqual(sum(owed.mapped("amount_owed")), 1780)
        self.assertIn("1,780", tile["value"])
        for row in page["aging"]:
            items = self._lists(row["action"])
            self.assertAlmostEqual(sum(items.mapped("amount_residual")), row["value"])

    def test_what_needs_a_manager(self):
        self._night()
        before = {row["key"]: row["count"] for row in self._page()["needs"]}
        self.assertEqual(set(before.values()), {0})
        self._debtor(self.customer).sudo().hold_state = "warn"
        self.company.ar_state = "ask"
        self.env["ar.notice"].plan(debtor_ids=self._debtor(self.customer).ids)
        page = self._page()
        found = {row["key"]: row for row in page["needs"]}
        self.assertEqual(found["holds"]["count"], 1)
        self.assertTrue(found["approvals"]["count"])
        listed = self._lists(found["approvals"]["action"])
        self.assertEqual(len(listed), found["approvals"]["count"])
        self.assertEqual(listed.debtor_id, self._debtor(self.customer))

    def test_at_most_fifteen_statements(self):
        self._night()
        overview = self.env["ar.overview"].with_user(self.user_manager)
        overview.figures()  # fills the caches of the registry
        for customers in (0, 15):
            for number in range(customers):
                self._invoice(self._customer(f"Customer {number}"), 100 + number, 9)
            self._night()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            overview.figures()
            self.assertLessEqual(self.env.cr.sql_log_count - before, 15)

    def test_rights(self):
        self._night()
        for user in (self.user_manager, self.user_accountant, self.user_reader):
            self.assertTrue(self._page(user)["tiles"])
        for user in (self.user_collector, self.user_none, self.user_portal):
            for act in ("figures", "work_out"):
                with self.assertRaises(AccessError):
                    getattr(self.env["ar.overview"].with_user(user), act)()

    def test_two_companies_apart(self):
        company_b = self.setup_other_company(name="Company B")["company"]
        self._night()
        page = (
            self.env["ar.overview"]
            .with_context(allowed_company_ids=(company_b + self.company).ids)
            .figures()
        )
        self.assertEqual(page["company"], "Company B")
        self.assertTrue(page["empty"]["text"])

    def test_first_day_and_now(self):
        self._debtor(self.customer)
        self.env["ar.debtor"].sudo().search([]).write({"snapshot_at": False})
        page = self._page()
        self.assertIn("worked out", page["empty"]["title"])
        self.assertNotIn("tiles", page)
        page = self.env["ar.overview"].with_user(self.user_manager).work_out()
        self.assertFalse(page["empty"])
        # The month before comes from the ledger: no empty comparison on the first day
        tiles = {tile["key"]: tile for tile in page["tiles"]}
        self.assertTrue(tiles["owed"]["change"]["text"])
        rows = self.env["ar.overview.day"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(rows.mapped("is_from_ledger"), [False, True, True])

    def test_figures_of_a_past_day_are_those_of_the_ledger(self):
        self._night()
        row = self.env["ar.overview.day"].search(
            [("company_id", "=", self.company.id), ("day", "=", "2026-02-10")]
        )
        self.assertTrue(row.is_from_ledger)
        lines = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("date", "<=", "2026-02-10"),
            ]
        )
        self.assertAlmostEqual(row.owed, sum(lines.mapped("balance")))
        # 400 of the late one, 100 that was due the day before and paid on the 18th
        self.assertAlmostEqual(row.overdue, 500)

    def test_a_loan_was_no_more_overdue_than_it_is(self):
        borrower = self._customer("Borrower")
        borrower.property_account_receivable_id = self.receivable.copy(
            {"name": "Loans", "non_trade": True}
        )
        self._invoice(borrower, 700, 50)
        self._night()
        debtor = self._debtor(borrower)
        self.assertEqual(debtor.amount_overdue, 0)
        self.assertEqual((debtor.overdue_before, debtor.overdue_change), (0, 0))

    def test_no_sales_is_said(self):
        company = self.setup_other_company(name="Company C")["company"]
        self.env["ar.overview.day"].sudo().create(
            {"company_id": company.id, "day": self.today, "owed": 5, "sales": 0}
        )
        self.env["ar.debtor"].with_context(
            allowed_company_ids=(company + self.company).ids
        ).sudo().for_partner(self.customer.id, company.id).write(
            {"snapshot_at": "2026-03-10 04:00:00", "amount_owed": 5}
        )
        page = (
            self.env["ar.overview"]
            .with_context(allowed_company_ids=(company + self.company).ids)
            .figures()
        )
        tiles = {tile["key"]: tile for tile in page["tiles"]}
        self.assertEqual(tiles["dso"]["value"], "no sales")
        self.assertFalse(page["forecast"]["weeks"])

    def test_threshold_is_told_once(self):
        self.company.write(
            {"ar_warn_overdue": 20, "ar_manager_id": self.user_manager.id}
        )
        kind = self.env.ref("ar_followup_plus.activity_threshold")

        def told():
            return self.env["mail.activity"].search(
                [
                    ("activity_type_id", "=", kind.id),
                    ("res_id", "=", self.company.partner_id.id),
                ]
            )

        self._night()
        self.assertEqual(told().user_id, self.user_manager)
        self.assertIn("overdue", told().summary)
        self.assertIn("First Customer", told().note)
        told().action_done()
        for days in (0, 1, 2):
            with freeze_time(f"{self.today + timedelta(days=days)} 12:00:00"):
                self._night()
                self.assertFalse(told())
        self._pay(self.late)
        with freeze_time("2026-03-13 12:00:00"):
            self._night()
        self._invoice(self.customer, 900, 40)
        with freeze_time("2026-03-14 12:00:00"):
            self._night()
            self.assertEqual(len(told()), 1)

    def test_thresholds_are_shares(self):
        for value in (-1, 101):
            with self.assertRaises(ValidationError):
                self.company.ar_warn_overdue = value
