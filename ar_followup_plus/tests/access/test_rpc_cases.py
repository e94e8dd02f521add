"""Holes that were found, called over HTTP as the people who used them."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .rpc_common import RpcHttp

MAIL = """From: "Somebody" <{sender}>
To: {to}
Subject: {subject}
Message-Id: <{key}@example.net>
Date: Mon, 02 Mar 2026 10:00:00 +0000
Content-Type: text/plain

{subject}
"""


@tagged("post_install", "-at_install")
class TestRpcCases(RpcHttp):
    """One test for each hole."""

    # === MODELS WITHOUT RECORDS === #

    def test_the_overview_opens_for_who_may_see_it(self):
        for role in ("accountant", "manager"):
            self._as(role)
            answer = self._call("ar.overview", "figures")
            self.assertIn("company", answer["result"])
        for role in ("portal", "none", "collector"):
            self._as(role)
            for act in ("figures", "work_out"):
                self._refused(self._call("ar.overview", act))

    # === HOOKS OF CORE === #

    def test_nobody_pretends_that_a_customer_replied(self):
        debtors = self.debtor + self._debtor(self.old)
        self.unmatched.state = "closed"
        told = {"body": "I have left the company", "email_from": self.late.email}
        before = self.env["mail.activity"].search_count([])
        for role in ("portal", "none", "accountant", "collector", "manager"):
            self._as(role)
            for context in ({}, {"ar_automatic": True}):
                self._refused(
                    self._call(
                        "ar.debtor",
                        "message_update",
                        debtors.ids,
                        told,
                        context=context,
                    )
                )
                self._refused(
                    self._call(
                        "ar.unmatched.reply",
                        "message_update",
                        self.unmatched.ids,
                        told,
                        context=context,
                    )
                )
            self._refused(self._call("ar.unmatched.reply", "message_new", told))
        self.assertFalse(any(debtors.mapped("reply_until")))
        self.assertFalse(any(debtors.partner_id.mapped("message_bounce")))
        self.assertEqual(self.unmatched.state, "closed")
        self.assertEqual(self.env["mail.activity"].search_count([]), before)

    def test_nobody_learns_whose_number_it_is(self):
        self.late.message_bounce = 3
        number = self.invoice.name
        mail = MAIL.format(
            sender=self.late.email, to=self.company.ar_email, subject=number, key="1"
        )
        for role in ("portal", "none", "accountant"):
            self._as(role)
            self._refused(
                self._call(
                    "mail.thread",
                    "message_route",
                    mail,
                    {"recipients": self.company.ar_email, "subject": number},
                )
            )
            answer = self._call("mail.thread", "message_process", False, mail)
            self.assertNotIn(self.debtor.id, (answer.get("result"),))
        self._as("portal")
        self.late.message_bounce = 3
        count = len(self.debtor.message_ids)
        self._call("mail.thread", "message_process", False, mail.replace("<1@", "<2@"))
        self.assertEqual(self.late.message_bounce, 3)
        self.assertEqual(len(self.debtor.message_ids), count)

    def test_nobody_writes_into_a_history_by_its_number(self):
        for role in ("portal", "none", "accountant", "collector_b"):
            self._as(role)
            mail = MAIL.format(sender="a@b.com", to="c@d.com", subject="x", key=role)
            answer = self._call(
                "mail.thread",
                "message_process",
                "ar.debtor",
                mail,
                thread_id=self.debtor.id,
            )
            self._refused(answer)
        self.assertFalse(self.debtor.reply_until)

    def test_nobody_makes_a_message_of_a_customer_that_is_closed_to_them(self):
        place = {"model": "ar.debtor", "res_id": self.debtor.id}
        there = [(name, "=", value) for name, value in place.items()]
        count = self.env["mail.message"].search_count(there)
        for role in ("portal", "none", "accountant_b", "collector_b", "manager_b"):
            self._as(role)
            for kind in ("comment", "email", "email_outgoing", "notification"):
                values = {"body": "x", "message_type": kind}
                with self.subTest(role=role, kind=kind):
                    self._refused(
                        self._call("mail.message", "create", [{**values, **place}])
                    )
                    defaults = {f"default_{name}": place[name] for name in place}
                    self._refused(
                        self._call("mail.message", "create", [values], context=defaults)
                    )
        self.assertEqual(self.env["mail.message"].search_count(there), count)

    # === KEYS OF CUSTOMERS === #

    def test_keys_are_read_by_nobody(self):
        """Not read, filtered, sorted, grouped, exported or shared."""
        key = self.debtor.sudo()._portal_ensure_token()
        fields = ("access_token", "expired_token", "code_hash", "code_to")
        export = self.env.ref("base.group_allow_export")
        for role in ("accountant", "collector", "manager"):
            self.users[role].group_ids += export
            self._as(role)
            for record in (self.debtor, self.notice):
                model, ids = record._name, record.ids
                for name in set(fields) & set(record._fields):
                    for method, *args in (
                        ("read", ids, [name]),
                        ("web_read", ids, {name: {}}),
                        ("search_read", [(name, "=like", f"{key[0]}%")], ["id"]),
                        ("search", [], 0, None, name),
                        ("formatted_read_group", [], [name]),
                        ("export_data", ids, [name]),
                        ("write", ids, {name: key}),
                    ):
                        with self.subTest(role=role, name=name, method=method):
                            self._refused(self._call(model, method, *args))
            for method in ("get_portal_url", "_get_share_url"):
                answer = self._call("ar.debtor", method, self.debtor.ids)
                self.assertNotIn(key, str(answer))
        self.assertEqual(self.debtor.sudo().access_token, key)

    # === PLANS AND DISPUTES OF OTHERS === #

    def test_a_plan_of_another_customer_is_not_replaced(self):
        """Not by its number in the dialog: the plan of the other one goes on."""
        mine = self._debtor(self.late)
        manager = self.as_user("manager")
        for debtor, role in ((mine, "manager"), (self.debtor_b, "manager_b")):
            env = manager(user=self.users[role])
            values = {
                "debtor_id": debtor.id,
                "kind": "plan",
                "supersedes_id": self.plan.id,
            }
            with self.subTest(role=role), self.assertRaises(UserError):
                dialog = self.rpc(env, "ar.plan.ask", "create", [values])
                self.rpc(env, "ar.plan.ask", "action_apply", dialog)
        self.assertEqual(self.plan.state, "active")
        self.assertFalse(
            self.env["ar.payment.plan"].search([("supersedes_id", "=", self.plan.id)])
        )

    def test_accountants_answer_no_dispute_of_others(self):
        """Neither accept nor withdraw; their own they do, as its owner."""
        self.dispute.owner_id = self.user_manager
        before = self.dispute.state
        for how in ("accept", "withdraw", "reject"):
            for role in ("portal", "none", "accountant"):
                with self.subTest(role=role, how=how), self.assertRaises(AccessError):
                    self._reply(role, how)
        self.assertEqual(self.dispute.state, before)
        self.dispute.owner_id = self.users["accountant"]
        self._reply("accountant", "accept")
        self.assertEqual(self.dispute.state, "accepted")

    def _reply(self, role, how):
        env = self.as_user(role)
        values = {"dispute_id": self.dispute.id, "how": how, "answer": "No."}
        dialog = self.rpc(env, "ar.dispute.reply", "create", [values])
        self.rpc(env, "ar.dispute.reply", "action_apply", dialog)

    # === ARGUMENTS === #

    def test_decisions_of_another_day_are_not_for_rpc(self):
        self._as("collector")
        before = self.debtor.next_reason
        for args in (["2030-01-01"], ["garbage"], [None, [10**30]], [None, "x"]):
            self._refused(self._call("ar.notice", "plan", *args))
        self.assertEqual(self.debtor.next_reason, before)

    def test_wrong_arguments_are_said_in_words(self):
        self._as("manager")
        ids = self.debtor.ids
        for method, args, name in (
            ("send_statement", [ids, "open", "garbage"], "ValidationError"),
            ("send_statement", [ids, "open", 5], "ValidationError"),
            ("send_statement", [ids, [], None], "ValidationError"),
            ("save_call_draft", [ids, 5], "ValidationError"),
            ("action_plan_now", [[10**30]], "UserError"),
            ("action_plan_now", ["abc"], "UserError"),
            ("action_plan_now", [[2**31 - 1]], "MissingError"),
            ("action_log_call", [[]], "UserError"),
            ("action_log_call", [ids + self._debtor(self.old).ids], "UserError"),
        ):
            with self.subTest(method=method, args=args):
                self._refused(self._call("ar.debtor", method, *args), name)

    # === DEFAULTS OF THE CONTEXT === #

    def test_defaults_of_the_caller_end_where_superuser_begins(self):
        """Core drops them with sudo(), and our buttons before."""
        self._as("collector")
        me, other = self.user_collector, self.user_manager
        day = self.env.cr.now().date().isoformat()
        bad = {
            f"default_{name}": value
            for name, value in {
                "state": "kept",
                "user_id": other.id,
                "owner_id": other.id,
                "source": "customer",
                "closed_on": day,
                "amount": 1,
                "kind": "call",
                "outcome": "upset",
                "date": "2020-01-01 00:00:00",
                "until": "2099-01-01",
                "supersedes_id": self.plan.id,
                "company_id": self.env["res.company"].create({"name": "X"}).id,
            }.items()
        }

        def act(model, values, method="action_apply"):
            ids = self.env[model].with_user(me).create(values).ids
            self.env.flush_all()
            answer = self._call(model, method, ids, context=bad)
            self.assertIn("result", answer, answer)

        act(
            "ar.plan.ask",
            {"debtor_id": self.debtor.id, "kind": "promise", "date": self._ago(-3)},
        )
        plan = self.debtor.sudo().plan_ids
        self.assertEqual(
            (plan.state, plan.source, plan.closed_on, plan.supersedes_id.id),
            ("active", "collector", False, False),
        )
        self.assertEqual(plan.company_id, self.company)

        act("ar.call.log", {"debtor_id": self.debtor.id}, "action_reached")
        log = self.env["ar.contact.log"].search([], limit=1, order="id desc")
        self.assertEqual((log.user_id, log.outcome), (me, "reached"))
        self.assertEqual(log.date.date().isoformat(), day)

        item = self._items(self.old_invoice)
        act(
            "ar.exclude",
            {
                "item_ids": item.ids,
                "reason": "A test",
                "kind": "other",
                "until": self._ago(-9),
            },
        )
        out = self.env["ar.exclusion"].search([("move_line_id", "=", item.id)])
        self.assertEqual((out.user_id, out.kind), (me, "other"))

        item = self._items(self.said_invoice)
        act(
            "ar.dispute.open",
            {
                "debtor_id": self._debtor(self.said).id,
                "item_id": item.id,
                "reason_id": self.reason.id,
            },
        )
        dispute = self.env["ar.dispute"].search([("move_id", "=", item.move_id.id)])
        self.assertEqual((dispute.state, dispute.company_id), ("open", self.company))
        self.assertFalse(dispute.closed_on)

        self._call("ar.debtor", "action_evidence", self.debtor.ids, context=bad)
        pack = self.env["ar.evidence"].search([], limit=1, order="id desc")
        self.assertEqual((pack.user_id, pack.company_id), (me, self.company))
        self.assertIn(pack.state, ("waiting", "making"))
