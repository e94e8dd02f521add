"""The dialog that lets an order or invoice pass, over HTTP as each role."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from ...models.credit_control.credit_hold import CreditHold
from .rpc_common import RpcHttp

ACCOUNTANT = "account.group_account_invoice"
ACTS = ("action_request", "action_proof", "action_let_pass")


@tagged("post_install", "-at_install")
class TestRpcGate(RpcHttp):
    """The customer is on hold for money; an invoice waits for somebody's decision."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role, group in (
            ("collector_books", "ar_followup_plus.group_collector"),
            ("manager_books", "ar_followup_plus.group_credit_manager"),
        ):
            cls.users[role] = new_test_user(
                cls.env,
                login=f"ar_{role}",
                groups=f"{group},{ACCOUNTANT}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
        cls._invoice(cls.debtor.partner_id, 120, 70)
        CreditHold(cls.debtor.sudo()).place("hold", "For a test")
        cls.needed = cls.debtor.sudo().hold_amount
        cls.document = {"res_model": "account.move", "res_id": cls.invoice.id}
        cls.customer_alone = {"debtor_id": cls.debtor.id}

    def _press(self, act, given, **values):
        """Fill in the dialog and press a button; return the answer of the last call."""
        values = {"reason": "Transfer seen", **given, **values}
        answer = self._call("ar.gate.ask", "create", [values])
        if "error" in answer:
            return answer
        return self._call("ar.gate.ask", act, answer["result"])

    def _passes(self):
        return self.debtor.sudo().credit_pass_ids

    def test_strangers_and_colleagues_without_the_right(self):
        for role, given, acts in (
            ("portal", self.document, ACTS),
            ("none", self.document, ACTS),
            ("accountant_b", self.document, ACTS),
            ("collector_b", self.customer_alone, ACTS),
            ("manager_b", self.customer_alone, ACTS),
            ("manager_b", self.document, ACTS),
            ("accountant", self.document, ACTS[1:]),
            ("accountant", self.customer_alone, ACTS),
            ("collector", self.document, ACTS),
            ("manager", self.document, ACTS),
            ("collector_books", self.document, ACTS[2:]),
        ):
            self._as(role)
            for act in acts:
                with self.subTest(role=role, given=given, act=act):
                    self._refused(self._press(act, given))
        self.assertFalse(self._passes())

    def test_only_orders_and_invoices(self):
        self._as("manager_books")
        for given in (
            {"res_model": "res.users", "res_id": 2},
            {"res_model": "ar.debtor", "res_id": self.debtor.id},
            {"res_model": "no.such.model", "res_id": 1},
        ):
            for act in ACTS:
                with self.subTest(given=given, act=act):
                    self._refused(self._press(act, given), "ValidationError")
        self._refused(
            self._press("action_let_pass", {**self.document, "res_id": 2**31 - 1}),
            "MissingError",
        )
        self.assertFalse(self._passes())

    def test_a_payment_of_less_or_of_nothing(self):
        self._as("collector")
        less = round(self.needed - 0.01, 2)
        for amount in (less, 0, -120, float("nan"), float("-inf"), float("inf")):
            with self.subTest(amount=amount):
                answer = self._press("action_proof", self.customer_alone, amount=amount)
                self.assertRegex(
                    answer["error"]["data"]["name"], r"^odoo\.exceptions\.\w+$"
                )
        self.assertFalse(self._passes())

    def test_who_may(self):
        self._as("collector")
        answer = self._press("action_proof", self.customer_alone, amount=self.needed)
        self.assertIn("result", answer, answer)
        self.assertEqual(
            (self._passes().kind, self._passes().amount, self._passes().user_id),
            ("proof", self.needed, self.user_collector),
        )
        self._as("manager_books")
        self._refused(
            self._press("action_let_pass", self.document, reason=" "),
            "ValidationError",
        )
        self._refused(self._press("action_let_pass", self.customer_alone), "UserError")
        answer = self._press("action_let_pass", self.document)
        self.assertIn("result", answer, answer)
        found = self._passes().filtered(lambda one: one.kind == "manager")
        self.assertEqual((found.res_model, found.res_id), tuple(self.document.values()))
        self.assertEqual(found.user_id, self.users["manager_books"])

    def test_several_dialogs_at_once(self):
        self._as("manager_books")
        made = self._call("ar.gate.ask", "create", [self.document, self.document])
        for ids in (made["result"], []):
            for act in ACTS:
                with self.subTest(ids=ids, act=act):
                    self._refused(self._call("ar.gate.ask", act, ids), "UserError")
