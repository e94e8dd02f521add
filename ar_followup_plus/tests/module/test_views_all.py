"""Every menu, action and view of ours opens for each role that may see it."""

import re

from lxml import etree

from odoo.tools import file_path
from odoo.tools.safe_eval import safe_eval

from ..credit_terms.policy_common import PolicyMixin
from .test_views_open import ROLES, ViewsCommon

#: Kinds that read records as a list does.
READ = ("list", "kanban", "form")


class TestViewsAll(PolicyMixin, ViewsCommon):
    """What the web client asks for when somebody clicks, for everything there is."""

    def _ours(self, model):
        """Return the records of a model that our data files made."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", model)]
        )
        return self.env[model].sudo().browse(data.mapped("res_id")).exists()

    def _menus(self, env):
        mine = env["ir.ui.menu"]._visible_menu_ids()
        return self._ours("ir.ui.menu").filtered(lambda m: m.id in mine and m.action)

    def _may(self, env, action):
        """Say whether a user gets at an action: by its groups, and by its model."""
        groups = action.group_ids
        return (not groups or groups & env.user.all_group_ids) and env[
            action.res_model
        ].has_access("read")

    def _eval(self, env, text):
        return safe_eval(
            text or "[]",
            {
                "uid": env.uid,
                "allowed_company_ids": env.companies.ids,
                "context_today": lambda: self.today,
                "active_id": False,
                "active_ids": [],
            },
        )

    def _open(self, env, action):
        """Read the views of an action, and what they show of the first records."""
        kinds = [kind for kind in action.view_mode.split(",") if kind != "activity"]
        result = self._views(env, action.res_model, kinds, action)
        self.assertLessEqual(set(kinds) | {"search"}, set(result["views"]))
        if env[action.res_model]._transient:
            return  # a dialog opens with new values
        domain = self._eval(env, action.domain)
        for kind in kinds:
            if kind in READ:
                specification = self._specification(
                    env, action.res_model, self._arch(result, kind)
                )
                self.rpc(
                    env,
                    action.res_model,
                    "web_search_read",
                    domain,
                    specification,
                    limit=20,
                )
            elif kind in ("pivot", "graph"):
                arch = self._arch(result, kind)
                groups = [
                    ":".join(filter(None, (field.get("name"), field.get("interval"))))
                    for field in arch.iter("field")
                    if field.get("type") != "measure"
                ]
                self.rpc(
                    env,
                    action.res_model,
                    "formatted_read_grouping_sets",
                    domain,
                    [groups[:1], []],
                    ["__count"],
                )

    def test_windows(self):
        """Those of menus and those of buttons."""
        opened = {}
        for role in ROLES:
            env = self.as_user(role)
            for action in self._ours("ir.actions.act_window"):
                if self._may(env, action):
                    with self.subTest(role=role, action=action.name):
                        self._open(env, action)
                        opened.setdefault(role, set()).add(action.id)
        self.assertGreater(len(opened["accountant"]), 20)
        self.assertLessEqual(opened["collector"], opened["manager"])

    def test_menus_that_run(self):
        """Menus without a window of their own lead to one."""
        for role in ROLES:
            env = self.as_user(role)
            for menu in self._menus(env):
                action = menu.action
                if action._name != "ir.actions.server":
                    continue
                with self.subTest(role=role, menu=menu.name):
                    result = action.with_env(env).sudo(False).run()
                    self.assertEqual(result["type"], "ir.actions.act_window")
                    self.rpc(
                        env,
                        result["res_model"],
                        "get_views",
                        [(view, kind) for view, kind in result["views"]],
                    )

    def test_every_menu_leads_somewhere(self):
        """Nobody sees a menu whose action refuses."""
        for role in ROLES:
            env = self.as_user(role)
            for menu in self._menus(env):
                with self.subTest(role=role, menu=menu.name):
                    action = menu.action
                    if action._name == "ir.actions.act_window":
                        self.assertTrue(self._may(env, action))

    def test_empty_lists_say_what_comes_here(self):
        """A list of a menu that is empty says what will be in it."""
        for menu in self._ours("ir.ui.menu"):
            action = menu.action
            if action and action._name == "ir.actions.act_window":
                if action.view_mode.startswith("form"):
                    continue
                with self.subTest(menu=menu.complete_name):
                    self.assertTrue(action.help, "says nothing when it is empty")

    def test_pictures_are_there(self):
        """What pages show of our files, and of core's, exists."""
        found = set()
        for view in self._ours("ir.ui.view"):
            found |= set(re.findall(r"/(\w+/static/[\w/.-]+\.\w+)", view.arch_db))
        self.assertTrue(found)
        for path in sorted(found):
            with self.subTest(path=path):
                self.assertTrue(file_path(path))

    def test_words(self):
        """Nobody reads words of the trade that we do not use."""
        for view in self._ours("ir.ui.view"):
            text = " ".join(
                etree.fromstring(view.arch_db.encode()).xpath(
                    "//@string | //@help | //@placeholder | //@title | //text()"
                )
            ).lower()
            for word in ("debtor", "dunning", "delinquent"):
                with self.subTest(view=view.name, word=word):
                    self.assertNotIn(word, text)
