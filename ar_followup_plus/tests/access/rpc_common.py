"""What of ours can be called over RPC, and a record of each model to call it on."""

import json
from inspect import isfunction

import odoo.exceptions
from odoo import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from ...models.company.rpc_border import OURS
from .test_access_table import AccessRows

#: Roles of the tables, in the order of their columns.
ROLES = ("portal", "none", "accountant", "collector", "manager")


def public_methods(env):
    """Return ``{(model, method): kind}`` of all public methods in our code.

    An override of an abstract model of Odoo stands once, for that model; methods of
    abstract models of ours for each model that has them.

    :return: kind is "private" (``@api.private``), "core" (an override of Odoo's) or
        "act"
    """
    found = {}
    for model_name, model_class in env.registry.items():
        private, core, ours = set(), set(), {}
        for cls in model_class.mro():
            for name, function in vars(cls).items():
                if name.startswith("_") or not isfunction(function):
                    continue
                if getattr(function, "_api_private", False):
                    private.add(name)
                if not function.__module__.startswith(OURS):
                    core.add(name)
                elif cls.__module__.startswith(OURS):
                    ours.setdefault(name, cls._name)
        for name, owner in ours.items():
            own = model_name.startswith("ar.")
            if model_class._abstract and (own or owner != model_name):
                continue
            abstract = not owner.startswith("ar.") and env.registry[owner]._abstract
            key = (owner if abstract and owner != model_name else model_name, name)
            kind = "core" if name in core else "act"
            found[key] = "private" if name in private else kind
    return found


class RpcCommon(AccessRows):
    """Company B has its own people, who may not see the records of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.setup_other_company(name="Company B")["company"]
        for role, group in (
            ("accountant", "account.group_account_invoice"),
            ("collector", "ar_followup_plus.group_collector"),
            ("manager", "ar_followup_plus.group_credit_manager"),
        ):
            cls.users[f"{role}_b"] = new_test_user(
                cls.env,
                login=f"ar_{role}_b",
                groups=group,
                company_id=cls.company_b.id,
                company_ids=[Command.set(cls.company_b.ids)],
            )
        cls.closed = cls._customer("Closed Clinic", company_id=cls.company.id)
        cls.debtor_b = (
            cls.env["ar.debtor"]
            .with_context(allowed_company_ids=(cls.company + cls.company_b).ids)
            .sudo()
            .for_partner(cls.other.id, cls.company_b.id)
        )
        cls.debtor.sudo()._ar_activity("activity_reply", "For a test")
        cls.debtor.sudo().message_post(body="Secret words", message_type="email")
        cls.file = cls.env["ir.attachment"].create(
            {
                "name": "Photo.png",
                "raw": b"photo",
                "res_model": "ar.dispute",
                "res_id": cls.dispute.id,
            }
        )

    def _samples(self):
        """Return ``{model: (record or values, values to change, values to add)}``."""
        found = {}
        for _label, record, change, add in self._rows():
            model = record if isinstance(record, str) else record._name
            found[model] = (add if isinstance(record, str) else record[:1], change, add)
        env, debtor = self.env, self.debtor.sudo()
        found["ar.go.live"] = ({"company_id": self.company.id}, {}, {})
        found["ar.go.live.customer"] = ({}, {}, {})
        found["ar.unmatched.reply"] = (self.unmatched, {"debtor_id": 1}, {})
        for record in (
            self.invoice,
            self.closed,
            self.company,
            self.user_manager,
            self.file,
            debtor.message_ids.filtered(lambda m: m.message_type == "email")[:1],
            debtor.activity_ids[:1],
            env["mail.mail"].sudo().create({"subject": "x", "email_to": "x@x.com"}),
        ):
            found[record._name] = (record[:1], {}, {})
        if "sale.order" in env:
            order = env["sale.order"].sudo().create({"partner_id": self.late.id})
            found["sale.order"] = (order, {}, {})
        return found


class RpcHttp(RpcCommon, HttpCase):
    """Real HTTP, in a session of a role."""

    # Sessions are compared with the real clock
    freeze_time = None

    def setUp(self):
        super().setUp()
        self.logged_in = None

    def _as(self, role):
        self.users[role].password = "a long password"
        self.authenticate(self.users[role].login, "a long password")

    @mute_logger(
        "odoo.http",
        "odoo.sql_db",
        "odoo.addons.base.models.ir_model",
        "odoo.addons.base.models.ir_rule",
        "odoo.addons.mail.models.mail_thread",
    )
    def _call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": params}, default=str),
            headers={"Content-Type": "application/json"},
        )
        self.env.invalidate_all()
        return response.json()

    def _refused(self, answer, name="AccessError"):
        self.assertEqual(answer["error"]["data"]["name"], f"odoo.exceptions.{name}")

    def rpc(self, env, model, method, *args, **kwargs):
        """Call a method over HTTP; raise what is answered."""
        self.env.flush_all()
        role = next(role for role, user in self.users.items() if user == env.user)
        if self.logged_in != role:
            self._as(role)
            self.logged_in = role
        answer = self._call(model, method, *args, context=dict(env.context), **kwargs)
        if "error" in answer:
            data = answer["error"]["data"]
            name = data["name"].removeprefix("odoo.exceptions.")
            raise getattr(odoo.exceptions, name, AssertionError)(data["message"])
        return answer["result"]
