"""Every list, form and search of ours opens for every role that has the menu."""

import json
from copy import deepcopy

from lxml import etree

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from ...models.evidence.pack_request import PackRequest
from ...models.payment_plan.agreement import Agreement
from ..credit_terms.policy_common import PolicyMixin
from .backoffice_common import BackOfficeCommon

ROLES = ("collector", "manager", "accountant")
OURS = (
    "ar.debtor",
    "ar.notice",
    "ar.open.item",
    "ar.parked",
    "ar.answer",
    "ar.ladder",
    "ar.ladder.step",
    "ar.credit.policy",
    "ar.credit.policy.acceptance",
    "ar.payment.plan",
    "ar.evidence",
    "ar.letter",
    "ar.letter.text",
    "ar.demand.preset",
)


#: Opens one action after the other; the last line printed is what the test waits for.
SCRIPT = """
(async () => {
    const { action } = odoo.__WOWL_DEBUG__.root.env.services;
    for (const [id, name] of %s) {
        await action.doAction(id, { clearBreadcrumbs: true });
        await new Promise((resolve) => setTimeout(resolve, 250));
        if (document.querySelector(".o_error_dialog, .o_dialog_error")) {
            console.error(`The screen "${name}" shows an error.`);
            return;
        }
    }
    console.log("test successful");
})();
"""


class ViewsCommon(BackOfficeCommon):
    """Reads views as the web client does: views, then what their fields need."""

    def _views(self, env, model, kinds, action=None):
        """Return ``get_views`` of the views of an action, or the default ones."""
        views = {kind: False for kind in (*kinds, "search")}
        if action:
            views.update({kind: view for view, kind in action.views})
        return self.rpc(
            env,
            model,
            "get_views",
            [(view, kind) for kind, view in views.items()],
            options={"toolbar": True, "action_id": action and action.id},
        )

    def _specification(self, env, model, arch):
        """Return what web_read is asked for by a list or form."""
        specification = {}
        fields = env[model]._fields
        for node in arch.iter("field"):
            if any(parent.tag == "field" for parent in node.iterancestors()):
                continue
            name = node.get("name")
            field = fields[name]
            if field.type in ("one2many", "many2many"):
                inner = next(
                    (
                        child
                        for child in node
                        if child.tag in ("list", "form", "kanban")
                    ),
                    None,
                )
                spec = {"display_name": {}}
                if inner is not None:
                    # A copy of its own: what is within it stands in no field any more
                    spec = self._specification(env, field.comodel_name, deepcopy(inner))
                specification[name] = {"fields": spec, "limit": 40}
            elif field.type == "many2one":
                specification[name] = {"fields": {"display_name": {}}}
            else:
                specification[name] = {}
        return specification

    def _arch(self, result, kind):
        return etree.fromstring(result["views"][kind]["arch"])

    def _actions(self, env):
        """Return the window actions behind our menus, as far as a user sees them."""
        menus = self.env["ir.ui.menu"].sudo().search([])
        mine = env["ir.ui.menu"]._visible_menu_ids()
        names = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", "ir.ui.menu")]
        )
        ours = menus.filtered(lambda m: m.id in names.mapped("res_id"))
        return [
            menu.action
            for menu in ours
            if menu.id in mine
            and menu.action
            and menu.action._name == "ir.actions.act_window"
        ]


class TestViewsOpen(PolicyMixin, ViewsCommon):
    """No AccessError on any screen of who has no accounting rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ar.answer"].sudo().create(
            {
                "debtor_id": cls.debtor.id,
                "kind": "paid",
                "notice_id": cls.notice.id,
                "line_ids": [
                    (0, 0, {"move_id": cls.invoice.id, "move_name": cls.invoice.name})
                ],
            }
        )
        cls._publish()
        cls._accept(cls.debtor)
        items = cls.env["ar.open.item"].browse(cls._items(cls.said_invoice).ids)
        Agreement(cls._debtor(cls.said)).promise(items, cls.today)
        cls.env.flush_all()

    def test_menus_by_role(self):
        names = {}
        self.assert_refused(lambda: self._actions(self.as_user("portal")))
        for role in ("none", *ROLES):
            actions = self._actions(self.as_user(role))
            names[role] = {action.res_model for action in actions}
        self.assertEqual(names["none"], set())
        shared = {
            "ar.answer",
            "ar.debtor",
            "ar.dispute",
            "ar.evidence",
            "ar.expected.payment",
            "ar.late.charge",
            "ar.letter",
            "ar.notice",
            "ar.open.item",
            "ar.parked",
            "ar.payment.plan",
            "ar.referral",
            "ar.returned.payment",
        }
        own = shared | {"ar.unmatched.reply"}
        self.assertEqual(names["collector"], own)
        figures = {
            "ar.aging.ask",
            "ar.financing.ask",
            "ar.forecast.week",
            "ar.key.figures.ask",
        }
        self.assertEqual(names["accountant"], shared | figures)
        settings = {
            "ar.credit.policy",
            "ar.credit.policy.acceptance",
            "ar.demand.preset",
            "ar.dispute.reason",
            "ar.financing.rule",
            "ar.ladder",
            "ar.late.charge.pause",
            "ar.late.charge.reference",
            "ar.late.charge.scheme",
            "ar.letter.text",
            "ar.nightly.log",
            "ar.proof",
            "ar.referral.partner",
            "ar.retention",
            "mail.template",
            "res.users",
        }
        self.assertEqual(names["manager"], own | figures | settings)

    def test_each_action_opens(self):
        self.env["ar.letter"]._for_moment(self.debtor, "hold")
        PackRequest(self.debtor).make().sudo()._gather()
        for role in ROLES:
            env = self.as_user(role)
            for action in self._actions(env):
                if action.res_model not in OURS:
                    continue
                with self.subTest(role=role, action=action.name):
                    kinds = action.view_mode.split(",")
                    result = self._views(env, action.res_model, kinds, action)
                    domain = safe_eval(action.domain or "[]")
                    self._open_list(env, action.res_model, result, domain)
                    if "form" in kinds:
                        self._open_forms(env, action.res_model, result)

    def _open_list(self, env, model, result, domain):
        specification = self._specification(env, model, self._arch(result, "list"))
        self.assertGreater(len(specification), 3)
        found = self.rpc(env, model, "web_search_read", domain, specification, limit=80)
        self.assertEqual(found["length"], env[model].search_count(domain))

    def _open_forms(self, env, model, result):
        """Open each record that there is, with all that the form shows."""
        specification = self._specification(env, model, self._arch(result, "form"))
        records = env[model].search([], limit=20)
        self.assertTrue(records)
        for record in records:
            [values] = self.rpc(env, model, "web_read", record.ids, specification)
            self.assertEqual(values["id"], record.id)

    def test_searches_and_groups(self):
        for role in ROLES:
            env = self.as_user(role)
            for model in ("ar.debtor", "ar.notice", "ar.open.item", "ar.ladder"):
                arch = self._arch(self._views(env, model, ["list"]), "search")
                for node in arch.iter("filter"):
                    with self.subTest(role=role, model=model, name=node.get("name")):
                        self._filter(env, model, node)
                for node in arch.iter("field"):
                    with self.subTest(role=role, model=model, name=node.get("name")):
                        self._search(env, model, node)

    def _filter(self, env, model, node):
        if node.get("domain"):
            domain = safe_eval(node.get("domain"), {"uid": env.uid})
            self.rpc(env, model, "web_search_read", domain, {"display_name": {}})
        elif node.get("date"):
            self.assertIn(
                env[model]._fields[node.get("date")].type, ("date", "datetime")
            )
        else:
            group = safe_eval(node.get("context"))["group_by"]
            groups = self.rpc(
                env, model, "formatted_read_group", [], [group], ["__count"]
            )
            self.assertTrue(groups, f"{group} has no group at all")

    def _search(self, env, model, node):
        if node.get("filter_domain"):
            domain = safe_eval(node.get("filter_domain"), {"self": "INV"})
        else:
            operator = node.get("operator") or "ilike"
            kind = env[model]._fields[node.get("name")].type
            operator = operator if kind == "many2one" else "ilike"
            value = "Late" if operator == "ilike" else self.late.id
            domain = [(node.get("name"), operator, value)]
        self.rpc(env, model, "web_search_read", domain, {"display_name": {}})

    def test_pivot_and_graph_of_open_items(self):
        for role in ROLES:
            groups = self.rpc(
                self.as_user(role),
                "ar.open.item",
                "formatted_read_grouping_sets",
                [],
                [["partner_id"], ["bucket"], ["partner_id", "bucket"], []],
                ["amount_residual:sum", "__count"],
            )
            self.assertEqual(groups[3][0]["amount_residual:sum"], 2550)

    def test_debtor_form_says_what_the_ledger_says(self):
        self._credit(self.late, 50)
        env = self.as_user("collector")
        names = ("balances", "behaviour", "coming_contacts", "company_note")
        [values] = self.rpc(
            env, "ar.debtor", "web_read", self.debtor.ids, {name: {} for name in names}
        )
        for amount in ("1,250.00", "-50.00", "1,200.00"):
            self.assertIn(amount, values["balances"].replace("\ufeff", ""))
        self.assertIn("Nothing was paid", values["behaviour"])
        self.assertIn('aria-label="USD: 1-30 days $', values["balances"])
        [item] = self.rpc(
            env, "ar.open.item", "web_read", self._items(self.invoice).ids, {"why": {}}
        )
        self.assertEqual(item["why"], "A proposal waits for approval.")
        self.assertIn(self.invoice.name, values["coming_contacts"])
        self.assertIn("waits for a click", values["company_note"])
        # Opening a form writes nothing, and figures in lists wait for the refresh
        self.assertEqual(self.debtor.amount_owed, 1250)

    def test_debtor_form_says_so_when_there_is_nothing(self):
        debtor = self._debtor(self.other)
        [values] = self.rpc(
            self.as_user("collector"),
            "ar.debtor",
            "web_read",
            debtor.ids,
            {"balances": {}, "behaviour": {}, "coming_contacts": {}},
        )
        self.assertIn("Nothing is open.", values["balances"])
        self.assertIn("Nothing would be sent", values["coming_contacts"])

    def test_items_of_a_form_open_their_debtor(self):
        env = self.as_user("collector")
        item = env["ar.open.item"].browse(self._items(self.invoice).ids)
        action = self.rpc(env, "ar.open.item", "action_open_debtor", item.ids)
        self.assertEqual(action["res_id"], self.debtor.id)
        fresh = self._invoice(self._customer("Fresh Florist"), 80, -20)
        action = self.rpc(
            env, "ar.open.item", "action_open_debtor", self._items(fresh).ids
        )
        debtor = self.env["ar.debtor"].browse(action["res_id"])
        self.assertEqual(debtor.partner_id, fresh.partner_id)
        self.assert_refused(
            lambda: self.rpc(env, "ar.open.item", "action_open_invoice", item.ids)
        )
        accountant = self.as_user("accountant")
        action = self.rpc(accountant, "ar.open.item", "action_open_invoice", item.ids)
        self.assertEqual(action["res_id"], self.invoice.id)

    def test_needs_attention(self):
        nowhere = self._customer("Nowhere Nursery", country_id=False)
        self._invoice(nowhere, 10, 3)
        action = self.env.ref("ar_followup_plus.ar_open_item_action_attention")
        found = self.rpc(
            self.as_user("collector"),
            "ar.open.item",
            "web_search_read",
            safe_eval(action.domain),
            {"attention": {}, "partner_id": {"fields": {"display_name": {}}}},
        )
        self.assertIn(
            ("no_country", "Nowhere Nursery"),
            [
                (r["attention"], r["partner_id"]["display_name"])
                for r in found["records"]
            ],
        )


class TestWorklistQueries(ViewsCommon):
    """The worklist does not cost more with more rows."""

    def test_worklist_query_count(self):
        partners = [self._customer(f"Row {number}") for number in range(80)]
        for partner in partners:
            self._invoice(partner, 100, 10)
        self.env["ar.debtor"].refresh()
        self.env["ar.notice"].plan()
        env = self.as_user("collector")
        result = self._views(env, "ar.debtor", ["list"])
        specification = self._specification(
            env, "ar.debtor", self._arch(result, "list")
        )
        counts = {}
        for limit in (10, 80, 10, 80):  # the first round fills caches of the registry
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.rpc(
                env,
                "ar.debtor",
                "web_search_read",
                [("amount_overdue", ">", 0)],
                specification,
                limit=limit,
            )
            self.assertEqual(len(found["records"]), limit)
            counts[limit] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[10], counts[80])
        self.assertLess(counts[80], 25)

    @freeze_time("2026-03-11 10:00:00")
    def test_list_of_notices_query_count(self):
        partners = [self._customer(f"Row {number}") for number in range(40)]
        for partner in partners:
            self._invoice(partner, 100, 10)
        self.env["ar.notice"].plan()
        env = self.as_user("collector")
        result = self._views(env, "ar.notice", ["list"])
        specification = self._specification(
            env, "ar.notice", self._arch(result, "list")
        )
        counts = {}
        for limit in (5, 40, 5, 40):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.rpc(
                env, "ar.notice", "web_search_read", [], specification, limit=limit
            )
            self.assertEqual(len(found["records"]), limit)
            counts[limit] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[5], counts[40])


@tagged("post_install", "-at_install")
class TestViewsBrowser(ViewsCommon, HttpCase):
    # Sessions are compared with the real clock
    freeze_time = None

    def test_each_screen_shows_no_error(self):
        """As a credit manager, whose menus are the most."""
        self.env["ar.letter"]._for_moment(self.debtor, "hold")
        self.env["ar.proof"]._append_some()
        self.assertTrue(self.env["ar.proof"].search_count([]))
        self.user_manager.password = "a long password"
        actions = self._actions(self.as_user("manager"))
        self.assertGreater(len(actions), 20)
        self.env.flush_all()
        self.browser_js(
            "/odoo?debug=1",
            SCRIPT % json.dumps([(action.id, action.name) for action in actions]),
            ready="!!(odoo.__WOWL_DEBUG__?.root && document.querySelector('.o_navbar'))",
            login=self.user_manager.login,
            timeout=180,
        )
