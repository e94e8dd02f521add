"""Two companies that do not see each other, and the company switcher."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..module.backoffice_common import BackOfficeCommon

MODELS = (
    "ar.debtor",
    "ar.debtor.contact",
    "ar.open.item",
    "ar.notice",
    "ar.notice.line",
    "ar.ladder",
    "ar.ladder.step",
)


class TestAccessCompanies(BackOfficeCommon):
    """Company A is the test's; B is another, with its own customer and people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.setup_other_company(name="Company B")
        cls.company_b = data["company"]
        cls.company_b.partner_id.write({"country_id": cls.us.id, "lang": "en_US"})
        cls._live(cls.company_b, "ask")
        cls.env.user.company_ids += cls.company_b
        env_b = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": (cls.company + cls.company_b).ids,
            }
        )
        cls.shared = cls._customer("Shared Shoes", property_account_receivable_id=False)
        account = data["default_account_receivable"]
        cls.shared.with_company(cls.company_b).property_account_receivable_id = account
        cls.shared.property_account_receivable_id = cls.receivable
        cls._invoice(cls.shared, 300, 8)
        company_b = cls.company_b.with_env(env_b)
        cls.invoice_b = cls._invoice(cls.shared, 700, 8, company=company_b)
        Debtor = env_b["ar.debtor"]
        cls.debtor_a = Debtor.for_partner(cls.shared.id, cls.company.id)
        cls.debtor_b = Debtor.for_partner(cls.shared.id, cls.company_b.id)
        env_b["ar.notice"].plan(None, (cls.debtor_a + cls.debtor_b).ids)
        cls.env["ar.debtor.contact"].sudo().create(
            [
                {"debtor_id": debtor.id, "partner_id": cls.shared.id}
                for debtor in cls.debtor_a + cls.debtor_b
            ]
        )
        cls.env["ar.ladder"].sudo().create(
            {
                "name": "Ladder of B",
                "company_id": cls.company_b.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Call",
                            "delay_days": 9,
                            "stage": "call",
                            "channels": "call",
                        }
                    )
                ],
            }
        )
        cls.users["collector_b"] = cls._user("b", "collector", cls.company_b)
        cls.users["manager_b"] = cls._user("bm", "credit_manager", cls.company_b)
        cls.users["both"] = cls._user("ab", "collector", cls.company + cls.company_b)
        cls.env["ar.debtor"].sudo().refresh()
        cls.env.flush_all()

    @classmethod
    def _user(cls, login, group, companies):
        return new_test_user(
            cls.env,
            login=f"ar_of_{login}",
            email=f"{login}@example.com",
            groups=f"ar_followup_plus.group_{group}",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )

    def _companies_seen(self, env, model):
        """Return the companies of all records that the web client would get."""
        found = self.rpc(env, model, "web_search_read", [], {"display_name": {}})
        records = self.env[model].sudo().browse(r["id"] for r in found["records"])
        path = "notice_id.company_id" if model == "ar.notice.line" else "company_id"
        shared = self.env["res.company"]  # shipped ladders are for all companies
        return {record.mapped(path) for record in records} - {shared}

    def test_each_sees_its_own(self):
        a, b = {self.company}, {self.company_b}
        for model in MODELS:
            with self.subTest(model=model):
                self.assertEqual(
                    self._companies_seen(self.as_user("collector"), model), a
                )
                self.assertEqual(
                    self._companies_seen(self.as_user("collector_b"), model), b
                )

    def test_switcher(self):
        both = self.company + self.company_b
        for model in MODELS:
            with self.subTest(model=model):
                for chosen in (self.company, self.company_b, both):
                    env = self.as_user("both", chosen)
                    self.assertEqual(self._companies_seen(env, model), set(chosen))

    def test_a_company_that_is_not_mine_cannot_be_chosen(self):
        env = self.as_user("collector", self.company_b)
        for model in MODELS:
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.rpc(env, model, "web_search_read", [], {"display_name": {}})

    def test_groups_and_counts_leak_nothing(self):
        env = self.as_user("collector")
        groups = self.rpc(
            env,
            "ar.open.item",
            "formatted_read_group",
            [("partner_id", "=", self.shared.id)],
            ["company_id"],
            ["amount_residual:sum", "__count"],
        )
        self.assertEqual([g["amount_residual:sum"] for g in groups], [300])
        domain = [("debtor_id", "=", self.debtor_b.id)]
        self.assertEqual(self.rpc(env, "ar.notice", "search_count", domain), 0)
        found = self.rpc(env, "ar.debtor", "name_search", "Shared Shoes")
        self.assertEqual([debtor_id for debtor_id, _name in found], self.debtor_a.ids)

    def test_forged_ids_are_refused(self):
        env = self.as_user("collector")
        notice = self._notices(self.shared, company=self.company_b)
        for model, ids, method, args in (
            ("ar.debtor", self.debtor_b.ids, "web_read", [{"amount_overdue": {}}]),
            ("ar.debtor", self.debtor_b.ids, "web_save", [{"direct_debit": True}, {}]),
            ("ar.debtor", self.debtor_b.ids, "snooze", [self._ago(-5), "A test"]),
            ("ar.debtor", self.debtor_b.ids, "stop_contact", ["court"]),
            ("ar.debtor", self.debtor_b.ids, "wake", []),
            ("ar.debtor", self.debtor_b.ids, "explain", []),
            ("ar.debtor", self.debtor_b.ids, "preview", []),
            ("ar.debtor", self.debtor_b.ids, "action_plan_now", []),
            ("ar.debtor", self.debtor_b.ids, "action_refresh", []),
            ("ar.debtor", self.debtor_b.ids, "send_statement", []),
            ("ar.notice", notice.ids, "web_read", [{"state": {}}]),
            ("ar.notice", notice.ids, "approve", []),
            ("ar.notice", notice.ids, "cancel", []),
            ("ar.notice", notice.ids, "action_send_to_me", []),
        ):
            with self.subTest(model=model, method=method):
                # Not through call_kw: it refuses some methods whatever the ids are
                self.env.invalidate_all()
                call = getattr(env[model].browse(ids), method)
                self.assert_refused(lambda f=call, a=args: f(*a))
        self.assertEqual(notice.state, "proposed")
        with self.assertRaisesRegex(UserError, "is not among your companies"):
            env["ar.debtor"].for_partner(self.shared.id, self.company_b.id)

    def test_dialogs_do_not_reach_another_company(self):
        env = self.as_user("collector")
        for model, values in (
            (
                "ar.snooze",
                {"debtor_ids": [(6, 0, self.debtor_b.ids)], "reason": "A test"},
            ),
            (
                "ar.contact.stop",
                {"debtor_ids": [(6, 0, self.debtor_b.ids)], "reason": "court"},
            ),
            (
                "ar.notice.cancel",
                {
                    "notice_ids": [
                        (6, 0, self._notices(self.shared, company=self.company_b).ids)
                    ],
                    "how": "settled",
                },
            ),
        ):
            with self.subTest(model=model):
                self.assert_refused(
                    lambda m=model, v=values: env[m].create(v).action_apply()
                )
        wizard = env["ar.exclude"].create(
            {"item_ids": self._items(self.invoice_b).ids, "reason": "A test"}
        )
        self.assertFalse(wizard.numbers)
        with self.assertRaisesRegex(UserError, "This invoice has nothing open"):
            wizard.action_apply()
        self.assertFalse(self._items(self.invoice_b).no_followup)

    def test_settings_of_another_company(self):
        env = self.as_user("manager_b")
        self.rpc(
            env, "res.company", "web_save", self.company_b.ids, {"ar_gap_days": 9}, {}
        )
        self.assertEqual(self.company_b.ar_gap_days, 9)
        self.assert_refused(
            lambda: self.rpc(
                env, "res.company", "web_save", self.company.ids, {"ar_gap_days": 9}, {}
            )
        )
        self.assert_refused(
            lambda: self.rpc(env, "res.company", "action_ar_pause", self.company.ids)
        )

    def test_branch_belongs_to_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.users["branch"] = self._user("branch", "collector", branch)
        env = self.as_user("branch")
        self.assertEqual(self._companies_seen(env, "ar.debtor"), {self.company})
        action = env["res.partner"].browse(self.shared.id).action_open_ar_debtor()
        self.assertEqual(action["res_id"], self.debtor_a.id)
        self.users["branch_m"] = self._user("branch_m", "credit_manager", branch)
        with self.assertRaisesRegex(UserError, "company switcher"):
            branch.with_env(self.as_user("branch_m"))._ar_action_settings()
