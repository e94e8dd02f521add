"""All public methods of ours over HTTP, called by people who mean no good.

Each call ends in a sentence, or has no effect: no row of ours or of Odoo changes, no
name of a customer is told, and no programming error shows.
"""

import json
import logging

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .rpc_common import RpcCommon, public_methods

_logger = logging.getLogger(__name__)

#: A portal customer and a colleague without rights of the company itself, and people
#: with rights in another company.
CALLERS = ("portal", "none", "accountant_b", "collector_b", "manager_b")
#: What may change with any request.
NOISE = ("bus_", "res_device", "res_users_log", "ir_logging")
#: Acts on no record: these make something in the caller's own company.
OWN_COMPANY = {
    ("mail.activity", "create"),
    # Without a record; on a customer: see test_rpc_cases.py
    ("mail.message", "create"),
}
#: Arguments that no method expects: ``{method: arguments}``.
WRONG = {
    "save_call_draft": ([5], [{"a": 1}], ["x" * 5000]),
    "send_statement": (["open", "garbage"], ["open", "2030-99-99"], [{}, []]),
    "action_stop": ([5], [["x"]]),
    "update_field_translations": (["name", {"en_US": "x"}], ["x", 5]),
    "onchange": ([{}, [], {}],),
    "write": ([{}],),
    "create": ([[{}]],),
    "default_get": ([["notice_ids"]],),
}
#: Who tries ids that no record has: the least, and the most rights.
THOROUGH = ("portal", "manager_b")
#: Ids that no record has.
NO_IDS = ([10**30], [2**31 - 1], ["x"], [-1], [0.5], [{"id": 1}])


@tagged("post_install", "-at_install")
class TestRpcHostile(RpcCommon, HttpCase):
    """Real HTTP, a session for each caller, one request for each attempt."""

    # Sessions are compared with the real clock
    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for caller in CALLERS:
            cls.users[caller].password = "a long password"
        cls.dispute.owner_id = cls.user_manager
        cls.quiet = tuple(
            model._table for model in cls.env.values() if model._transient
        )
        cls.secrets = (
            cls.late.name, cls.old.name, cls.said.name, cls.closed.name,
            "Secret words", cls.invoice.name, cls.notice.number or cls.invoice.name,
        )  # fmt: skip

    def _log_in(self, caller):
        self.authenticate(self.users[caller].login, "a long password")

    def _written(self):
        """Return ``{table: rows written in this transaction}``."""
        self.env.cr.execute(
            """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
                 FROM pg_stat_xact_user_tables
                WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""
        )
        return {
            name: count
            for name, count in self.env.cr.fetchall()
            if not name.startswith(NOISE) and name not in self.quiet
        }

    def _call(self, model, method, args, context=None):
        """Call a method as the web client does; return the answer."""
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": {"context": context or {}},
                }
            },
        )
        self.assertEqual(response.status_code, 200, (model, method))
        return response.json()

    def _contexts(self, ids):
        """Return contexts: none, defaults and flags of ours, a company that is closed."""
        flags = (
            "ar_automatic", "ar_dispute", "ar_addressed", "ar_statements", "ar_reading",
            "ar_statement_lang", "ar_evidence", "ar_steps", "ar_paper",
        )  # fmt: skip
        return (
            {
                "default_debtor_id": self.debtor.id,
                "default_company_id": self.company.id,
                "default_state": "sent",
                "default_user_id": 1,
                "active_ids": ids,
                **dict.fromkeys(flags, "KEY"),
            },
            {"allowed_company_ids": self.company.ids},
        )

    def _attempts(self, caller, method, ids):
        """Yield arguments and context of each attempt on a method."""
        first = WRONG.get(method, ([],))[0]
        for context in self._contexts(ids):
            yield [ids, *first], context
        for wrong in NO_IDS if caller in THOROUGH else ():
            yield [wrong, *first], {}
        for more in WRONG.get(method, ())[1:]:
            yield [ids, *more], {}

    @mute_logger(
        "odoo.http",
        "odoo.sql_db",
        "odoo.addons.base.models.ir_model",
        "odoo.addons.base.models.ir_rule",
        "odoo.models",
    )
    def test_nobody_gets_in(self):
        samples, kinds = self._samples(), public_methods(self.env)
        self.env.flush_all()
        self.tried, self.refused, faults = 0, 0, []
        for caller in CALLERS:
            self._log_in(caller)
            self.before = self._written()
            for (model, method), kind in sorted(kinds.items()):
                record = samples.get(model, ({}, {}, {}))[0]
                ids = [2**31 - 2] if isinstance(record, dict) else record.ids
                if kind == "private":
                    attempts = [([ids], {})]
                elif method == "message_process":
                    continue  # see test_rpc_cases.py
                elif kind == "core":
                    # Ids that no record has are Odoo's to refuse
                    attempts = list(self._attempts(caller, method, ids))[:2]
                else:
                    attempts = self._attempts(caller, method, ids)
                if hasattr(getattr(self.registry[model], method), "_api_model"):
                    attempts = [(args[1:], context) for args, context in attempts]
                for args, context in attempts:
                    fault = self._attempt(kind, model, method, args, context)
                    if fault:
                        faults.append(f"{caller} {model}.{method}{args}: {fault}")
        _logger.info("%s requests, %s refused.", self.tried, self.refused)
        self.assertFalse(faults, "\n".join(map(str, faults)))
        self.assertGreater(self.tried, 2000)

    def _attempt(self, kind, model, method, args, context):
        """Try one call; return in words what is wrong with what came of it."""
        self.tried += 1
        answer = self._call(model, method, args, context)
        before, self.before = self.before, self._written()
        if "error" in answer:
            self.refused += 1
            data = answer["error"]["data"]
            if not data["name"].startswith("odoo.exceptions."):
                return f"{data['name']}: {data['message'][:200]}"
            if kind == "private" and data["name"] != "odoo.exceptions.AccessError":
                return "not refused as private"
            return self._told(data["message"])
        changed = {t for t, n in self.before.items() if n != before.get(t, 0)}
        if changed and (model, method) not in OWN_COMPANY:
            return f"wrote {sorted(changed)}"
        return self._told(json.dumps(answer.get("result")))

    def _told(self, text):
        return next((f"told {s}" for s in self.secrets if s in text), None)
