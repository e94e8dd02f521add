"""What invoices and customers show of the follow-up, and the settings."""

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools.safe_eval import safe_eval

from .backoffice_common import BackOfficeCommon


class TestViewsInvoices(BackOfficeCommon):
    """Computed on read, searchable, never stored."""

    def _found(self, *domain):
        invoices = self.invoice + self.old_invoice + self.said_invoice + self.unsaid
        found = self.env["account.move"].search(
            [("id", "in", invoices.ids), *domain], order="id"
        )
        return found

    def setUp(self):
        super().setUp()
        self.unsaid = self._invoice(self._customer("Unsaid Upholstery"), 70, -3)

    def test_figures(self):
        self.assertRecordValues(
            self.invoice + self.said_invoice + self.unsaid,
            [
                {
                    "ar_notice_count": 1,
                    "ar_stage": False,  # a proposal is no step taken
                    "ar_last_notice_date": False,
                    "ar_excluded": False,
                },
                {
                    "ar_notice_count": 1,
                    "ar_stage": "gentle",
                    "ar_last_notice_date": self.today,
                    "ar_excluded": False,
                },
                {
                    "ar_notice_count": 0,
                    "ar_stage": False,
                    "ar_last_notice_date": False,
                    "ar_excluded": False,
                },
            ],
        )
        self.notice.cancel("settled")
        self.invoice.invalidate_recordset()
        self.assertEqual(self.invoice.ar_notice_count, 0)

    def test_a_due_date_moved_later_starts_afresh(self):
        self._items(self.said_invoice).date_maturity = self._ago(-20)
        self.said_invoice.invalidate_recordset()
        self.assertFalse(self.said_invoice.ar_stage)
        self.assertEqual(self.said_invoice.ar_last_notice_date, self.today)

    def test_searches_agree_with_the_figures(self):
        self._items(self.old_invoice).no_followup = True
        moves = self._found()
        for name, operator, value, holds in (
            ("ar_notice_count", "=", 1, lambda m: m.ar_notice_count == 1),
            ("ar_notice_count", "=", 0, lambda m: m.ar_notice_count == 0),
            ("ar_notice_count", "!=", 0, lambda m: m.ar_notice_count != 0),
            ("ar_notice_count", ">", 0, lambda m: m.ar_notice_count > 0),
            ("ar_notice_count", "<", 1, lambda m: m.ar_notice_count < 1),
            ("ar_notice_count", ">=", 0, lambda m: True),
            ("ar_stage", "=", "gentle", lambda m: m.ar_stage == "gentle"),
            ("ar_stage", "!=", "gentle", lambda m: m.ar_stage != "gentle"),
            ("ar_stage", "=", False, lambda m: not m.ar_stage),
            ("ar_stage", "!=", False, lambda m: bool(m.ar_stage)),
            ("ar_stage", "in", ["gentle", False], lambda m: True),
            ("ar_last_notice_date", "=", False, lambda m: not m.ar_last_notice_date),
            ("ar_last_notice_date", "!=", False, lambda m: m.ar_last_notice_date),
            ("ar_last_notice_date", ">=", self.today, lambda m: m.ar_last_notice_date),
            ("ar_last_notice_date", "<", self.today, lambda m: False),
            ("ar_last_notice_date", "=", self.today, lambda m: m.ar_last_notice_date),
            ("ar_excluded", "=", True, lambda m: m.ar_excluded),
            ("ar_excluded", "=", False, lambda m: not m.ar_excluded),
            ("ar_excluded", "!=", True, lambda m: not m.ar_excluded),
        ):
            with self.subTest(field=name, operator=operator, value=value):
                found = self._found((name, operator, value))
                self.assertEqual(found, moves.filtered(holds).sorted("id"))

    def test_figures_are_read_in_a_batch(self):
        moves = self._found()
        moves.mapped("ar_notice_count")
        for some in (moves[:1], moves):
            self.env.flush_all()
            self.env.invalidate_all()
            some.mapped("name")
            with self.assertQueryCount(1):
                some.mapped("ar_notice_count")

    def test_buttons(self):
        env = self.as_user("accountant")
        action = self.rpc(
            env, "account.move", "action_open_ar_notices", self.invoice.ids
        )
        self.assertEqual(env["ar.notice"].search(action["domain"]), self.notice)
        action = self.rpc(
            env, "account.move", "action_open_ar_debtor", self.invoice.ids
        )
        self.assertEqual(action["res_id"], self.debtor.id)

    def test_form_and_list_of_invoices_open(self):
        env = self.as_user("accountant")
        with Form(env["account.move"].browse(self.invoice.ids)) as form:
            self.assertEqual(form.ar_notice_count, 1)
        arch = env["account.move"].get_view(
            self.env.ref("account.view_out_invoice_tree").id, "list"
        )["arch"]
        self.assertIn("ar_stage", arch)

    def test_customer_leads_to_its_debtor(self):
        child = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.late.id}
        )
        for role in ("collector", "accountant"):
            env = self.as_user(role)
            for partner in self.late + child:
                mine = env["res.partner"].browse(partner.id)
                self.assertEqual(mine.ar_debtor_id.id, self.debtor.id)
                action = mine.action_open_ar_debtor()
                self.assertEqual(action["res_id"], self.debtor.id)
        Partner = self.as_user("collector")["res.partner"]
        self.assertEqual(
            Partner.search([("ar_debtor_id", "=", self.debtor.id)]).ids,
            (self.late + child).ids,
        )
        self.assertIn(child.id, Partner.search([("ar_debtor_id", "!=", False)]).ids)
        self.assertIn(
            self.customer.id, Partner.search([("ar_debtor_id", "=", False)]).ids
        )
        self.debtor.stop_contact("court")
        self.late.invalidate_recordset()
        self.assertTrue(self.late.ar_is_stopped)

    def test_customer_form_opens_for_everybody_inside(self):
        for role in ("none", "collector", "accountant"):
            env = self.as_user(role)
            with self.subTest(role=role):
                arch = self.rpc(env, "res.partner", "get_view", view_type="form")[
                    "arch"
                ]
                has_button = "action_open_ar_debtor" in arch
                self.assertEqual(has_button, role != "none")


class TestViewsSettings(BackOfficeCommon):
    """One form for settings, and the emergency button."""

    def test_install_is_off(self):
        company = self.env["res.company"].create({"name": "New Company"})
        self.assertEqual(company.ar_state, "off")
        self.assertFalse(company.ar_paused)
        self.assertEqual(company.ar_first_per_day, 30)

    def test_odoos_settings_link_to_the_form_of_the_company(self):
        arch = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        [app] = etree.fromstring(arch).xpath("//app[@name='ar_followup_plus']")
        action = self.env.ref("ar_followup_plus.res_company_action_ar_settings")
        self.assertEqual(app.xpath(".//button/@name"), [str(action.id)])
        self.assertFalse(app.xpath(".//field"), "no setting is there twice")

    def _as_administrator(self):
        admin = new_test_user(self.env, "ar_admin", "base.group_system")
        admin.write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        context = {"allowed_company_ids": self.company.ids}
        return self.env(user=admin, su=False, context=context)

    def test_administrator_in_the_same_form(self):
        env = self._as_administrator()
        action = env.ref("ar_followup_plus.res_company_action_ar_settings").run()
        self.assertEqual(action["res_id"], self.company.id)
        [(view_id, _kind)] = action["views"]
        arch = self.rpc(env, "res.company", "get_view", view_id, "form")["arch"]
        self.assertNotIn("action_ar_go_live", arch, "for credit managers")
        server = self.env["ir.mail_server"].create({"name": "S", "smtp_host": "s"})
        product = self.env["product.product"].create({"name": "Charges"})
        with Form(env["res.company"].browse(self.company.id), view_id) as form:
            form.ar_gap_days = 8
            form.ar_ways_to_pay = "By transfer"
            form.ar_letter_window = "right"
            form.ar_mail_server_id = server
            form.ar_charge_product_id = product
        self.assertEqual(self.company.ar_gap_days, 8)
        self.assertEqual(self.company.ar_ways_to_pay, "By transfer")
        self.assertEqual(self.company.ar_letter_window, "right")
        self.assertEqual(self.company.ar_mail_server_id, server)
        self.assertEqual(self.company.ar_charge_product_id, product)

    def test_branch_shows_the_settings_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.user_manager.company_ids += branch
        env = self.as_user("manager")
        env = env(context={"allowed_company_ids": (branch + self.company).ids})
        action = env.ref("ar_followup_plus.res_company_action_ar_settings").run()
        self.assertEqual(action["res_id"], self.company.id)
        env = env(context={"allowed_company_ids": branch.ids})
        with self.assertRaisesRegex(UserError, "company switcher"):
            env.ref("ar_followup_plus.res_company_action_ar_settings").run()

    def test_manager_in_the_form_of_its_own(self):
        env = self.as_user("manager")
        action = env.ref("ar_followup_plus.res_company_action_ar_settings").run()
        self.assertEqual(action["res_id"], self.company.id)
        [(view_id, _kind)] = action["views"]
        arch = self.rpc(env, "res.company", "get_view", view_id, "form")["arch"]
        self.assertIn('edit="1"', arch)
        self.assertNotIn("ar_mail_server_id", arch)
        with Form(env["res.company"].browse(self.company.id), view_id) as form:
            form.ar_user_id = self.user_collector
            form.ar_phone_hours = "9 to 12"
        # How far it may go is switched in a dialog that says what that does
        ask = env["ar.state.ask"].create(
            {"company_id": self.company.id, "to_state": "preview"}
        )
        ask.action_apply()
        self.assertEqual(self.company.ar_state, "preview")
        self.assertEqual(self.company.ar_user_id, self.user_collector)
        self.rpc(
            env,
            "res.company",
            "update_field_translations",
            self.company.ids,
            "ar_phone_hours",
            {"en_US": "9 to 13"},
        )
        self.assertEqual(
            self.company.with_context(lang="en_US").ar_phone_hours, "9 to 13"
        )

    def test_pause_is_one_click_and_said_on_each_form(self):
        env = self.as_user("manager")
        self.rpc(env, "res.company", "action_ar_pause", self.company.ids)
        self.assertTrue(self.company.ar_paused)
        self.assertIn("is paused", self.debtor.company_note)
        self.rpc(env, "res.company", "action_ar_resume", self.company.ids)
        self.assertFalse(self.company.ar_paused)
        for state, words in (("off", "is off"), ("preview", "none can be sent")):
            self.company.ar_state = state
            self.debtor.invalidate_recordset()
            self.assertIn(words, self.debtor.company_note)
        self.company.ar_state = "live"
        self.debtor.invalidate_recordset()
        self.assertFalse(self.debtor.company_note)

    def test_what_the_form_offers_may_be_changed(self):
        env = self.as_user("manager")
        view = env.ref("ar_followup_plus.res_company_view_form_ar")
        arch = self.rpc(env, "res.company", "get_view", view.id, "form")["arch"]
        nodes = [
            node
            for node in etree.fromstring(arch).xpath("//field")
            if node.get("readonly") not in ("1", "True")
        ]
        asks = [node.get("name") for node in nodes if node.get("on_change")]
        self.assertEqual(asks, [], "who cannot write companies cannot ask the server")
        offered = {node.get("name") for node in nodes}
        self.assertGreater(len(offered), 60)
        allowed = {
            name
            for name, field in env["res.company"]._fields.items()
            if getattr(field, "ar_manager", False)
        }
        self.assertEqual(offered - allowed, set())
        self.assertEqual(
            allowed - offered, {"ar_not_before", "ar_state"}, "set in dialogs"
        )

    def test_other_fields_of_a_company_are_the_administrators(self):
        env = self.as_user("manager")
        for values in (
            {"name": "Mine"},
            {"ar_mail_server_id": False},
            {"ar_charge_journal_id": False},
            {"ar_live_since": "2020-01-01"},
            {"ar_gate_since": "2020-01-01"},
            {"ar_gap_days": 3, "name": "Mine"},
            {"ar_no_field": 1},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.rpc(env, "res.company", "write", self.company.ids, values)
        with self.assertRaises(AccessError):
            self.rpc(
                self.as_user("collector"),
                "res.company",
                "write",
                self.company.ids,
                {"ar_gap_days": 3},
            )

    def test_texts_of_e_mails_are_ours_alone(self):
        domain = safe_eval(
            self.env.ref("ar_followup_plus.mail_template_action_ar").domain
        )
        models = self.env["mail.template"].search(domain).mapped("model")
        self.assertEqual(set(models) - {"ar.debtor"}, {"ar.notice"})
