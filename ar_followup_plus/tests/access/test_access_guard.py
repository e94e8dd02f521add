"""Protected fields, forged calls, and people without rights."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from ..module.backoffice_common import BackOfficeCommon


class TestAccessGuard(BackOfficeCommon):
    """What nobody may type over, whoever asks."""

    def test_debtor_protected_fields(self):
        tomorrow = self._ago(-1)
        values = {
            "company_id": self.company.id,
            "partner_id": self.other.id,
            "stop_reason": False,
            "stop_from": tomorrow,
            "stop_until": tomorrow,
            "stop_note": "x",
            "stop_user_id": self.user_manager.id,
            "snooze_until": tomorrow,
            "snooze_reason": "x",
            "contacted": True,
            "last_contact_date": tomorrow,
            "last_preventive_date": tomorrow,
            "reply_until": tomorrow,
            "planned_at": "2026-01-01 00:00:00",
            "next_contact_date": tomorrow,
            "next_step_id": self._step("business_final").id,
            "next_reason": "snoozed",
            "snapshot_at": "2026-01-01 00:00:00",
            "amount_owed": 1,
            "amount_overdue": 1,
            "days_overdue": 1,
            "stage": "final",
            "priority": 9,
            "access_token": "x",
            "notice_ids": [(5,)],
            "open_item_ids": [(5,)],
        }
        for role in ("collector", "manager"):
            env = self.as_user(role)
            for name, value in values.items():
                with self.subTest(role=role, field=name):
                    self.assert_refused(
                        lambda v={name: value}, e=env: self.rpc(
                            e, "ar.debtor", "web_save", self.debtor.ids, v, {}
                        ),
                        "buttons on the customer's form",
                    )

    def test_every_stored_field_of_a_debtor_is_decided_on(self):
        """A field that is added later is protected until somebody allows it."""
        env = self.as_user("collector")
        debtor = env["ar.debtor"].browse(self.debtor.id)
        allowed = set()
        for name, field in self.env["ar.debtor"]._fields.items():
            if not field.store or field.type == "one2many" or name in MAGIC_COLUMNS:
                continue
            value = self.debtor.sudo()[name]
            value = value.id if field.type == "many2one" else value
            if not self.refuses(lambda n=name, v=value: debtor.write({n: v})):
                allowed.add(name)
        self.assertEqual(
            allowed,
            {
                "user_id",
                "substitute_id",
                "kind",
                "direct_debit",
                "no_preventive",
                "no_cheques",
                "returned_mail",
                "not_before",
                "call_first",
                "statement_schedule",
                "wants_order_number",
            },
        )

    def test_one_forbidden_field_refuses_the_whole(self):
        env = self.as_user("collector")
        self.assert_refused(
            lambda: self.rpc(
                env,
                "ar.debtor",
                "web_save",
                self.debtor.ids,
                {"direct_debit": True, "amount_overdue": 0},
                {},
            ),
            "Overdue",
        )
        self.assertFalse(self.debtor.direct_debit)

    def test_collector_is_told_whom_to_ask(self):
        env = self.as_user("collector")
        self.assert_refused(
            lambda: env["ar.debtor"].browse(self.debtor.id).write({"profile": "good"}),
            "Only a credit manager may change Payer profile",
        )

    def test_notice_is_proof(self):
        for role in ("collector", "manager"):
            env = self.as_user(role)
            for values in (
                {"state": "sent"},
                {"state": "ready"},
                {"amount": 1},
                {"date_given": self._ago(-30)},
                {"debtor_id": self._debtor(self.other).id},
                {"line_ids": [(5,)]},
                {"approved_by": self.users[role].id},
            ):
                with self.subTest(role=role, values=values):
                    self.assert_refused(
                        lambda v=values, e=env: self.rpc(
                            e, "ar.notice", "web_save", self.notice.ids, v, {}
                        ),
                        "A notice is proof",
                    )
            self.assert_refused(
                lambda e=env: self.rpc(e, "ar.notice", "unlink", self.notice.ids)
            )
            self.assert_refused(
                lambda e=env: self.rpc(
                    e, "ar.notice.line", "unlink", self.notice.line_ids.ids
                )
            )
        self.assertEqual(self.notice.state, "proposed")

    def test_even_the_administrator_deletes_no_notice(self):
        with self.assertRaisesRegex(UserError, "are never deleted"):
            self.notice.sudo().unlink()
        with self.assertRaisesRegex(UserError, "archive the debtor"):
            self.debtor.sudo().unlink()

    def test_contact_stays_with_its_debtor(self):
        other = self._debtor(self.other)
        env = self.as_user("collector")
        for values in ({"debtor_id": other.id}, {"company_id": self.company.id}):
            self.assert_refused(
                lambda v=values: self.rpc(
                    env, "ar.debtor.contact", "web_save", self.contact.ids, v, {}
                ),
                "cannot be moved to another customer",
            )

    # === WHO MAY NOT === #

    def test_approve_and_lift_by_who_may_not(self):
        stopped = self._debtor(self.other)
        stopped.stop_contact("insolvency")
        for role in ("none", "portal", "accountant", "collector"):
            env = self.as_user(role)
            with self.subTest(role=role):
                self.assert_refused(
                    lambda e=env: self.rpc(
                        e, "ar.notice", "action_approve", self.final_notice.ids
                    )
                )
                self.assert_refused(
                    lambda e=env: self.rpc(e, "ar.debtor", "lift_stop", stopped.ids)
                )
        self.assertEqual(self.final_notice.state, "proposed")
        self.assertTrue(stopped.is_stopped)
        collector = self.as_user("collector")
        self.assert_refused(
            lambda: collector["ar.debtor"].browse(stopped.id).lift_stop(),
            "Only a credit manager",
        )

    def test_some_of_many_may_not_be_approved(self):
        """Then none is: nothing is half done."""
        env = self.as_user("collector")
        both = (self.notice + self.final_notice).ids
        self.assert_refused(lambda: self.rpc(env, "ar.notice", "action_approve", both))
        self.assertEqual(self.notice.state, "proposed")

    def test_private_methods_are_not_callable(self):
        env = self.as_user("manager")
        for model, method in (
            ("ar.notice", "_set_state"),
            ("ar.notice", "_cancel"),
            ("ar.notice", "_sent"),
            ("ar.debtor", "_make_missing"),
            ("ar.debtor", "_claim_row"),
            ("ar.open.item", "_query"),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(env, model, method, [])

    def test_settings_are_not_for_collectors(self):
        values = {"ar_state": "live"}
        for role in ("none", "portal", "collector", "accountant"):
            env = self.as_user(role)
            self.assert_refused(
                lambda e=env: self.rpc(
                    e, "res.company", "web_save", self.company.ids, values, {}
                )
            )
        self.assertEqual(self.company.ar_state, "ask")

    def test_manager_sets_the_follow_up_and_nothing_else_of_a_company(self):
        env = self.as_user("manager")
        for values in (
            {"name": "Renamed"},
            {"ar_gap_days": 3, "name": "Renamed"},
            {"ar_live_since": self.today},
            {"ar_mail_server_id": False},
        ):
            self.assert_refused(
                lambda v=values: self.rpc(
                    env, "res.company", "web_save", self.company.ids, v, {}
                )
            )
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.rpc(
                env,
                "res.company",
                "web_save",
                self.company.ids,
                {"ar_gap_days": -1},
                {},
            )

    def test_portal_and_public_see_no_settings(self):
        names = [n for n in self.env["res.company"]._fields if n.startswith("ar_")]
        self.assertGreater(len(names), 20)
        portal = self.as_user("portal")
        known = self.rpc(portal, "res.company", "fields_get")
        self.assertFalse(set(known) & set(names))
        for name in names:
            self.assert_refused(
                lambda n=name: self.rpc(
                    portal, "res.company", "read", self.company.ids, [n]
                )
            )

    def test_portal_sees_nothing_on_its_invoices_and_itself(self):
        self.late.user_ids = self.user_portal
        self.user_portal.partner_id = self.late
        portal = self.as_user("portal")
        self.rpc(portal, "account.move", "read", self.invoice.ids, ["name"])
        for model, ids, name in (
            ("account.move", self.invoice.ids, "ar_notice_count"),
            ("account.move", self.invoice.ids, "ar_stage"),
            ("account.move", self.invoice.ids, "ar_last_notice_date"),
            ("account.move", self.invoice.ids, "ar_excluded"),
            ("res.partner", self.late.ids, "ar_debtor_id"),
            ("res.partner", self.late.ids, "ar_is_stopped"),
        ):
            with self.subTest(field=name):
                self.assert_refused(
                    lambda m=model, i=ids, n=name: self.rpc(portal, m, "read", i, [n])
                )
                self.assert_refused(
                    lambda m=model, n=name: self.rpc(
                        portal, m, "search", [(n, "!=", False)]
                    )
                )


class TestAccessOverHttp(BackOfficeCommon, HttpCase):
    """The same over the wire, without and with a login that has no rights."""

    # Sessions are compared with the real clock
    freeze_time = None

    def test_public_and_portal_get_nothing(self):
        calls = [
            (model, "web_search_read", [[]], {"specification": {"display_name": {}}})
            for model in (
                "ar.debtor",
                "ar.debtor.contact",
                "ar.open.item",
                "ar.ladder",
                "ar.ladder.step",
                "ar.notice",
                "ar.notice.line",
            )
        ]
        calls += [
            ("ar.debtor", "explain", [self.debtor.ids], {}),
            ("ar.debtor", "preview", [self.debtor.ids], {}),
            ("ar.debtor", "for_partner", [self.late.id], {}),
            ("ar.debtor", "refresh", [], {}),
            ("ar.debtor", "lift_stop", [self.debtor.ids], {}),
            ("ar.notice", "approve", [self.notice.ids], {}),
            ("ar.notice", "plan", [], {}),
            ("ar.notice", "deliver", [], {}),
        ]
        self.user_portal.password = "a long password"
        for login in (None, self.user_portal.login):
            self.authenticate(login, "a long password" if login else None)
            for model, method, args, kwargs in calls:
                with self.subTest(login=login, model=model, method=method):
                    answer = self._call(model, method, args, kwargs)
                    self.assertNotIn("result", answer)
                    self.assertIn("error", answer)
        self.assertEqual(self.notice.state, "proposed")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def _call(self, model, method, args, kwargs):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "model": model,
                    "method": method,
                    "args": args,
                    "kwargs": kwargs,
                },
            },
        )
        return response.json()
