"""Orders at the gate: terms × acceptance × hold × prepaid × override × automatic."""

import base64

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time

from odoo.addons.ar_followup_plus.models.credit_control.credit_check import CreditCheck
from odoo.addons.ar_followup_plus.models.credit_control.credit_hold import CreditHold
from odoo.addons.ar_followup_plus.tests.credit_terms.policy_common import drawing

from .gate_common import GateCommon


class TestGate(GateCommon):
    """What is confirmed, what is not, and what is said."""

    def _passes(self, order):
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def _stops(self, order, words):
        with self.assertRaisesRegex(RedirectWarning, words) as caught:
            order.action_confirm()
        self.assertEqual(order.state, "draft")
        return caught.exception

    def _said(self, order, words):
        return order.message_ids.filtered(lambda m: words in str(m.body))

    # === TERMS AND ACCEPTANCE === #

    def test_not_accepted_is_stopped_and_the_request_offered(self):
        order = self._order()
        error = self._stops(order, "has not accepted the terms of payment")
        action = error.args[1]
        self.assertEqual(action["res_model"], "ar.gate.ask")
        wizard = (
            self.env["ar.gate.ask"]
            .with_user(self.user_seller)
            .with_context(**action["context"])
            .create({})
        )
        self.assertTrue(wizard.needs_terms)
        wizard.action_request()
        self.assertEqual(self.debtor.policy_state, "requested")
        self._stops(order, "has not accepted")
        self._accept(self.debtor)
        self._passes(order)

    def test_warn_lets_it_pass_and_says_so(self):
        self.company.ar_gate = "warn"
        order = self._order()
        self.assertIn("has not accepted", order.ar_gate_note)
        self._passes(order)
        self.assertTrue(self._said(order, "has not accepted"))

    def test_off_says_nothing(self):
        self.company.ar_gate = "off"
        order = self._order()
        self.assertFalse(order.ar_gate_note)
        self._passes(order)
        self.assertFalse(self._said(order, "has not accepted"))

    def test_no_terms_are_published(self):
        self.env.cr.execute("UPDATE ar_credit_policy SET state = 'draft'")
        self.env.invalidate_all()
        self._passes(self._order())

    def test_existing_customers_have_a_grace_date(self):
        invoice = self._invoice(self.customer, 100, 5)
        self.env.cr.execute(
            "UPDATE account_move SET create_date = '2025-01-01' WHERE id = %s",
            [invoice.id],
        )
        self.company.write(
            {"ar_gate_grace": self._ago(-9), "ar_gate_since": "2026-01-01"}
        )
        self._passes(self._order())
        self._stops(self._order(self.other), "has not accepted")
        self.company.ar_gate_grace = self._ago(1)
        self._stops(self._order(), "has not accepted")

    # === PAID AT ONCE === #

    def test_immediate_payment_passes(self):
        self._hold()
        self._passes(self._order(term=self.at_once))

    def test_without_terms_it_is_due_at_once(self):
        self._hold()
        order = self._order()
        order.payment_term_id = False
        self._passes(order)

    def test_prepaid_passes(self):
        self._hold()
        order = self._order()
        self._paid(order, "done")
        self._passes(order)

    def test_money_on_account_covers_an_order_once(self):
        """Money that nobody matched pays orders in advance, as many as it covers."""
        self._hold()
        self._pay_on_account(self.customer, 1500)
        order, second = self._order(), self._order(amount=600)
        self.assertFalse(order.ar_gate_note)
        with self.assertRaisesRegex(RedirectWarning, "Orders on credit are held"):
            (order | second).action_confirm()
        self.assertEqual(set((order | second).mapped("state")), {"draft"})
        self._passes(order)
        self.assertFalse(self.debtor.credit_pass_ids)
        second.invalidate_recordset(["ar_gate_note"])
        self.assertIn("Orders on credit are held", second.ar_gate_note)
        self._stops(second, "Orders on credit are held")
        self._passes(self._order(amount=500))

    def test_money_on_account_pays_old_debts_first(self):
        self._hold()
        self._invoice(self.customer, 800, 10)
        self._pay_on_account(self.customer, 1500)
        order = self._order()
        self._stops(order, "Orders on credit are held")
        self._passes(self._order(amount=700))

    def test_what_was_invoiced_is_in_the_ledger(self):
        """The invoice of an order takes its money, and the order no longer does."""
        self._hold()
        self._pay_on_account(self.customer, 1500)
        order = self._order()
        self._passes(order)
        order.sudo()._create_invoices().action_post()
        self._stops(self._order(amount=600), "Orders on credit are held")
        self._passes(self._order(amount=500))

    def test_nothing_to_pay_passes(self):
        self._hold()
        self._passes(self._order(amount=0))

    # === HOLD === #

    def test_hold_stops_whatever_the_gate_is(self):
        self.company.ar_gate = "off"
        self._hold()
        order = self._order()
        self.assertIn("Orders on credit are held", order.ar_gate_note)
        self._stops(order, "Orders on credit are held")

    def test_payment_releases_the_hold_by_itself(self):
        self.company.ar_gate = "off"
        self.company.write({"ar_hold_rule": True, "ar_hold_days": 60})
        invoice = self._invoice(self.customer, 900, 90)
        CreditHold(self.debtor.sudo()).update()
        self.assertEqual(self.debtor.hold_state, "warn")
        self.debtor.sudo().write(
            {"hold_told": self._ago(20), "hold_from": self._ago(1)}
        )
        order = self._order()
        self._stops(order, "until .*900.00 is paid")
        self._pay(invoice, 100)
        order.invalidate_recordset(["ar_gate_note"])
        self.assertIn("800.00 is paid", order.ar_gate_note)
        self._pay(invoice)
        order.invalidate_recordset(["ar_gate_note"])
        self.assertFalse(order.ar_gate_note)
        self._passes(order)
        self.assertEqual(self.debtor.hold_state, "none")

    def test_who_was_written_off_orders_again(self):
        """Shown without any rule, and held by one until it is prepaid."""
        self.company.ar_gate = "off"
        self._concede(self._invoice(self.customer, 450, 400), 450)
        self.env["ar.debtor"]._judge_all()
        order = self._order()
        self.assertIn("450.00 of earlier debt was written off", order.ar_gate_note)
        self._passes(order)
        self.company.ar_hold_rule = True
        CreditHold(self.debtor.sudo()).update()
        order = self._order()
        self.assertIn("unless $\N{NO-BREAK SPACE}450.00 is paid", order.ar_gate_note)
        self._passes(order)
        self.debtor.sudo().write(
            {"hold_told": self._ago(20), "hold_from": self._ago(1)}
        )
        CreditHold(self.debtor.sudo()).update()
        order = self._order()
        self.assertEqual(order.ar_gate_note.count("was written off"), 1)
        self._stops(order, "450.00 of earlier debt was written off")
        self._passes(self._order(term=self.at_once))

    def test_only_warned_passes(self):
        self.company.ar_gate = "off"
        CreditHold(self.debtor.sudo()).place("warn", "For a test", self._ago(-5))
        order = self._order()
        self.assertIn("Orders on credit are held from", order.ar_gate_note)
        self._passes(order)

    # === LET THROUGH === #

    def test_a_credit_manager_lets_one_order_pass(self):
        self._hold()
        order, next_one = self._order(), self._order()
        manager = self.debtor.with_user(self.user_manager)
        with self.assertRaises(ValidationError):
            CreditCheck(manager).override(order, "  ")
        with self.assertRaises(AccessError):
            CreditCheck(self.debtor.with_user(self.user_collector)).override(
                order, "Please"
            )
        CreditCheck(manager).override(order, "Guaranteed by the parent company")
        self._stops(next_one, "Orders on credit are held")
        self._passes(order)
        self.assertTrue(self._said(order, "Guaranteed by the parent company"))
        found = self.debtor.credit_pass_ids
        self.assertEqual((found.kind, found.res_id), ("manager", order.id))
        self.assertTrue(found.used_on)

    def test_a_pass_is_proof(self):
        order = self._order()
        found = CreditCheck(self.debtor.with_user(self.user_manager)).override(
            order, "A reason"
        )
        with self.assertRaises(AccessError):
            found.reason = "Another"
        with self.assertRaises(AccessError):
            found.unlink()
        with self.assertRaises(UserError):
            found.sudo().unlink()
        with self.assertRaises(AccessError):
            found.with_user(self.user_seller).reason  # noqa: B018

    def _held_for(self, amount):
        """Hold the customer, whose terms are accepted, for an overdue amount."""
        self._accept(self.debtor)
        invoice = self._invoice(self.customer, amount, 70)
        self._hold()
        self.assertEqual(self.debtor.hold_amount, amount)
        return invoice

    def _ask_proof(self, **values):
        """Open the dialog "Payment seen" as a collector, and confirm it."""
        collector = self.debtor.with_user(self.user_collector)
        action = collector.action_payment_proof()
        wizard = (
            self.env["ar.gate.ask"]
            .with_user(self.user_collector)
            .with_context(**action["context"])
            .create({"reason": "Transfer seen", **values})
        )
        wizard.action_proof()
        return wizard

    def test_proof_of_payment_lets_one_order_pass_for_24_hours(self):
        """ "I need the goods tomorrow, I'll pay today"."""
        self._held_for(900)
        first, second, late = self._order(), self._order(), self._order()
        wizard = self._ask_proof(
            document=base64.b64encode(b"%PDF-1.4"), document_name="proof.pdf"
        )
        self.assertEqual(wizard.amount, 900)
        self.assertIn(
            "proof.pdf", self.debtor.message_ids.attachment_ids.mapped("name")
        )
        self._passes(first)
        self._stops(second, "Orders on credit are held")
        self._ask_proof()
        with freeze_time("2026-03-11 10:00:01"):
            self._stops(late, "Orders on credit are held")

    def test_a_proof_of_less_is_refused(self):
        self._held_for(900)
        order = self._order()
        with self.assertRaisesRegex(UserError, "900.00 must be paid first"):
            self._ask_proof(amount=899.99)
        # The amount that is to be paid grew meanwhile
        self._ask_proof(amount=900)
        self._invoice(self.customer, 50, 70)
        self.debtor.sudo().hold_amount = 950
        self._stops(order, "Orders on credit are held")

    def test_no_payment_ends_a_hold_without_an_amount(self):
        self._accept(self.debtor)
        self._hold()
        order = self._order()
        self._paid(order, "authorized", 0.01)
        self._stops(order, "Orders on credit are held")
        with self.assertRaisesRegex(UserError, "No payment ends this credit hold"):
            self._ask_proof(amount=5000)

    def test_missing_terms_are_opened_by_a_credit_manager_only(self):
        order = self._order(amount=50000)
        self._paid(order, "done", 0.01)
        self._paid(order, "authorized", 500)
        self._stops(order, "has not accepted the terms")
        with self.assertRaisesRegex(UserError, "There is no credit hold"):
            self._ask_proof(amount=50000)
        collector = self.debtor.with_user(self.user_collector)
        CreditCheck(collector).accept_proof("Transfer seen", amount=50000)
        self._stops(order, "has not accepted the terms")
        CreditCheck(self.debtor.with_user(self.user_manager)).override(
            order, "Known for years"
        )
        self._passes(order)

    def test_an_authorised_payment_lets_one_order_pass(self):
        self._held_for(900)
        other = self._order()
        self._paid(other, "pending", 900)
        order = self._order()
        self._stops(order, "Orders on credit are held")
        self._paid(other, "authorized", 899.99)
        self._stops(order, "Orders on credit are held")
        self._paid(other, "authorized", 900)
        self._passes(order)
        self.assertEqual(self.debtor.credit_pass_ids.kind, "payment")
        self.assertEqual(self.debtor.credit_pass_ids.amount, 900)
        self._stops(self._order(), "Orders on credit are held")

    def test_a_payment_in_the_books_counts_once(self):
        """It lowered what has to be paid: it does not open the rest as well."""
        self.company.write({"ar_hold_rule": True, "ar_hold_days": 60})
        self._accept(self.debtor)
        invoice = self._invoice(self.customer, 900, 90)
        self.debtor.sudo().write(
            {
                "hold_state": "hold",
                "hold_reason": "rule",
                "hold_amount": 900,
                "hold_told": self._ago(20),
                "hold_from": self._ago(1),
            }
        )
        order = self._order()
        transaction = self._paid(order, "done", 500)
        payment = self._pay(invoice, 500)
        self.assertTrue(payment.move_id)
        transaction.payment_id = payment
        self._stops(order, "until .*400.00 is paid")
        self.assertEqual(self.debtor.hold_amount, 400)
        self._pay(invoice)
        self._passes(order)

    def test_the_validation_of_a_card_is_no_payment(self):
        self._held_for(900)
        order = self._order()
        self._paid(order, "done", 900).operation = "validation"
        self._stops(order, "Orders on credit are held")

    def test_who_may_do_what_in_the_dialog(self):
        self._hold()
        order = self._order()
        wizard = (
            self.env["ar.gate.ask"]
            .with_user(self.user_seller)
            .create({"res_model": "sale.order", "res_id": order.id, "reason": "Mine"})
        )
        for act in (wizard.action_let_pass, wizard.action_proof):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            self.env["ar.gate.ask"].with_user(self.user_none).create(
                {"res_model": "sale.order", "res_id": order.id}
            )
        with self.assertRaises(ValidationError):
            self.env["ar.gate.ask"].with_user(self.user_seller).create(
                {"res_model": "res.users", "res_id": 1}
            ).action_request()

    def test_the_dialog_is_about_who_gets_the_invoice(self):
        payer = self._debtor(self.other)
        order = self._order(partner_invoice_id=self.other.id)
        action = self._stops(order, self.other.name).args[1]
        ask = self.env["ar.gate.ask"].with_context(**action["context"])
        wizard = ask.with_user(self.user_seller).create({})
        self.assertEqual(wizard.customer, payer.sudo().display_name)
        wizard.action_request()
        self.assertEqual(payer.policy_state, "requested")
        self.assertEqual(self.debtor.policy_state, "missing")
        CreditCheck(payer.with_user(self.user_manager)).override(order, "A reason")
        self._passes(order)

    def test_the_request_respects_a_contact_stop(self):
        self.debtor.stop_contact("court")
        order = self._order()
        wizard = (
            self.env["ar.gate.ask"]
            .with_user(self.user_seller)
            .create({"res_model": "sale.order", "res_id": order.id})
        )
        with self.assertRaisesRegex(UserError, "is stopped"):
            wizard.action_request()

    # === NOBODY SITS BEFORE IT === #

    def test_automatic_orders_pass_and_the_customer_is_listed(self):
        self._hold()
        order = self._order().with_user(self.env.ref("base.user_root"))
        self._passes(order)
        self.assertEqual(self.debtor.gate_passed_on, self.today)
        self.assertTrue(self._said(order, "Orders on credit are held"))

    def test_signed_in_the_portal_waits_for_a_person(self):
        self._hold()
        order = self._order(user_id=self.user_seller.id)
        order.sudo().write({"signature": drawing(), "state": "sent"})
        order.with_user(self.user_portal).sudo()._validate_order()
        self.assertEqual(order.state, "sent")
        self.assertIn(
            "it waits",
            self.env["mail.activity"]
            .search([("res_model", "=", "sale.order"), ("res_id", "=", order.id)])
            .mapped("summary")[0],
        )

    # === THE SETTING === #

    def test_turning_it_on_says_how_many_have_not_signed(self):
        self.company.ar_gate = "off"
        for number in range(3):
            self._debtor(self._customer(f"Unsigned {number}"))
        with self.assertRaisesRegex(RedirectWarning, r"[45] customers.*for example"):
            self.company.ar_gate = "block"
        self.company.write({"ar_gate": "block", "ar_gate_grace": self._ago(-30)})
        self.assertEqual(self.company.ar_gate, "block")
        self.assertTrue(self.company.ar_gate_since)

    def test_several_orders_at_once(self):
        good = self._order(term=self.at_once)
        bad = self._order()
        with self.assertRaises(RedirectWarning):
            (good | bad).action_confirm()
        self.assertEqual(set((good | bad).mapped("state")), {"draft"}, "nothing lost")

    def test_branch_orders_follow_the_root(self):
        self.company.ar_gate = "off"
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids += branch
        self._hold()
        order = (
            self.env["sale.order"]
            .with_context(allowed_company_ids=[branch.id, self.company.id])
            .create(
                {
                    "partner_id": self.customer.id,
                    "company_id": branch.id,
                    "payment_term_id": self.net30.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "price_unit": 10,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        with self.assertRaises(RedirectWarning):
            order.action_confirm()
