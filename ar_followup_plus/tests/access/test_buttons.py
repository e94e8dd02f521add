"""Every button of every view of ours, pressed by each role that sees it."""

import re

from lxml import etree

from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .rpc_common import RpcHttp

ROLES = ("none", "accountant", "collector", "manager")
#: What tells a user what to do.
CLEAR = {
    f"odoo.exceptions.{name}"
    for name in ("UserError", "ValidationError", "AccessError", "RedirectWarning")
}
LOGGERS = (
    "odoo.http",
    "odoo.sql_db",
    "odoo.models",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
)
#: Views whose buttons the web client presses on records.
KINDS = ("form", "list", "kanban")


class _Undo(Exception):
    """Ends a savepoint whose writes are not wanted."""


@tagged("post_install", "-at_install")
class TestViewsButtons(RpcHttp):
    """Real HTTP, through the route that the web client calls for a button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ar.letter"]._for_moment(cls.debtor, "hold")

    def _views(self):
        """Return our views and those that they extend, and the names of our buttons.

        :return: ``[(model, id, kind)]``, ``{name of the method}``
        """
        data = self.env["ir.model.data"].search(
            [("module", "=like", "ar_followup_plus%"), ("model", "=", "ir.ui.view")]
        )
        roots, names = set(), set()
        for view in self.env["ir.ui.view"].browse(data.mapped("res_id")).exists():
            arch = etree.fromstring(view.arch_db.encode())
            names.update(arch.xpath("//*[@type='object']/@name"))
            while view.inherit_id and view.mode == "extension":
                view = view.inherit_id
            if view.type in KINDS and view.model in self.env:
                roots.add((view.model, view.id, view.type))
        return sorted(roots), names

    def _buttons(self, env):
        """Yield each button that a user sees, once: (model, without a record, node)."""
        views, names = self._views()
        seen = set()
        for model, view_id, kind in views:
            if not env[model].has_access("read"):
                continue
            arch = etree.fromstring(env[model].get_view(view_id, kind)["arch"])
            for node in arch.xpath("//*[@type='object' and @name]"):
                owner = self._owner(env, model, node)
                alone = self._stands_alone(node)
                key = (owner._name, node.get("name"), alone, node.get("context"))
                if key[1] not in names or key in seen:
                    continue
                if owner.has_access("read"):
                    seen.add(key)
                    yield owner, alone, node

    def _owner(self, env, model, node):
        """Return the model of the records that a button is pressed on."""
        owner = env[model]
        for field in reversed([n for n in node.iterancestors() if n.tag == "field"]):
            owner = env[owner._fields[field.get("name")].comodel_name]
        return owner

    def _stands_alone(self, node):
        """Return whether a button of a list is there without a selected record."""
        return node.getparent().tag == "header" and node.get("display") == "always"

    def _eval(self, record, text):
        """Evaluate an expression of a view on the values of a record."""
        values = {"uid": record.env.uid, "id": record.id, "active_id": record.id}
        for name in set(re.findall(r"[a-z]\w*", text)) & set(record._fields):
            value, field = record[name], record._fields[name]
            if field.relational:
                value = value.id if field.type == "many2one" else value.ids
            values[name] = value
        return safe_eval(text, {"context": {}, **values})

    def _fits(self, record, node):
        """Return whether a record shows a button."""
        for part in (node, *node.iterancestors()):
            if part.tag == "field":
                return True
            text = part.get("invisible")
            if not text:
                continue
            try:
                if self._eval(record, text):
                    return False
            except (NameError, ValueError, KeyError):
                return False
        return True

    def _record(self, owner, node):
        """Return the record on which a role presses a button: one that shows it."""
        if owner._name == "ar.go.live.customer":
            panel = owner.env["ar.go.live"].create({"company_id": self.company.id})
            step = self.env.ref("ar_followup_plus.step_business_gentle")
            values = {"debtor_id": self.debtor.id, "step_id": step.id}
            return owner.create({**values, "panel_id": panel.id})
        if owner._transient:
            sample, _change, add = self.samples[owner._name]
            values = sample if isinstance(sample, dict) else add
            return owner.create(values)
        found = owner.search([], limit=60)
        sample = self.samples.get(owner._name, [None])[0]
        if sample is not None and not isinstance(sample, dict):
            found = (sample.with_env(owner.env) & found) | found
        return next((r for r in found.sudo() if self._fits(r, node)), found[:1])

    @mute_logger(*LOGGERS)
    def _press(self, record, node):
        """Press a button as the web client does; return what the server answers."""
        context = self._eval(record, node.get("context") or "{}")
        name, model = node.get("name"), record._name
        response = self.url_open(
            f"/web/dataset/call_button/{model}/{name}",
            json={
                "params": {
                    "model": model,
                    "method": name,
                    "args": [record.ids],
                    "kwargs": {
                        "context": {
                            **context,
                            "lang": "en_US",
                            "uid": record.env.uid,
                            "allowed_company_ids": record.env.companies.ids,
                        }
                    },
                }
            },
        )
        self.env.invalidate_all()
        return response.json()

    def _opens(self, env, action):
        """Read what the web client reads to open the window that a button answers."""
        if not isinstance(action, dict):
            return
        action = action.get("params", {}).get("next") or action
        if action.get("type") != "ir.actions.act_window":
            return
        model = env[action["res_model"]]
        views = model.get_views([tuple(view) for view in action["views"]])["views"]
        if action.get("res_id"):
            names = {
                field.get("name")
                for field in etree.fromstring(views["form"]["arch"]).xpath(
                    "//field[not(ancestor::field)]"
                )
            }
            model.browse(action["res_id"]).web_read({name: {} for name in names})

    def test_every_button(self):
        """No traceback behind any; what is refused is refused in words."""
        self.samples, pressed = self._samples(), 0
        for role in ROLES:
            env = self.as_user(role)
            self._as(role)
            for owner, alone, node in self._buttons(env):
                with self.subTest(role=role, model=owner._name, act=node.get("name")):
                    self._try(owner, alone, node)
                    pressed += 1
        self.assertGreater(pressed, 200)

    def _try(self, owner, alone, node):
        try:
            with self.env.cr.savepoint():
                record = owner.browse() if alone else self._record(owner, node)
                self.assertTrue(record or alone, "There is no record to press it on")
                answer = self._press(record.with_env(owner.env), node)
                error = answer.get("error", {}).get("data", {})
                if error:
                    self.assertIn(error["name"], CLEAR, error.get("debug"))
                    self.assertTrue(error["message"])
                else:
                    self._opens(owner.env, answer["result"])
                raise _Undo
        except _Undo:
            self.env.invalidate_all()
