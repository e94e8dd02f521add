"""Invoices at the gate: never those of orders; at most three statements for all."""

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import freeze_time

from odoo.addons.ar_followup_plus.models.credit_control.credit_check import CreditCheck
from odoo.addons.ar_followup_plus.models.credit_control.credit_hold import CreditHold

from .gate_common import GateCommon


class TestGateInvoices(GateCommon):
    """Without an order: warned, and stopped where the company says so."""

    def _draft_invoice(self, partner=None, **values):
        return self._invoice(partner or self.customer, 100, -30, post=False, **values)

    def test_what_was_ordered_is_invoiced(self):
        order = self._order()
        CreditCheck(self.debtor.with_user(self.user_manager)).override(
            order, "A reason"
        )
        order.action_confirm()
        self.company.ar_gate_invoices = True
        self._hold()
        invoice = order.sudo()._create_invoices()
        invoice.with_user(self.env.user).action_post()
        self.assertEqual(invoice.state, "posted")

    def test_without_an_order_it_is_said(self):
        invoice = self._draft_invoice()
        self.assertIn("has not accepted", invoice.ar_gate_note)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_invoices_too(self):
        self.company.ar_gate_invoices = True
        invoice = self._draft_invoice()
        with self.assertRaisesRegex(RedirectWarning, "has not accepted"):
            invoice.action_post()
        self.assertEqual(invoice.state, "draft")
        CreditCheck(self.debtor.with_user(self.user_manager)).override(
            invoice, "A reason"
        )
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(self.debtor.credit_pass_ids.res_id, invoice.id)

    def test_due_at_once_passes(self):
        self.company.ar_gate_invoices = True
        self._hold()
        invoice = self._invoice(self.customer, 100, 0, post=False, term=0)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_accepted_passes(self):
        self.company.ar_gate_invoices = True
        self._accept(self.debtor)
        invoice = self._draft_invoice()
        self.assertFalse(invoice.ar_gate_note)
        invoice.action_post()

    def test_held(self):
        self._accept(self.debtor)
        self._hold()
        self._draft_invoice().action_post()
        self.company.ar_gate_invoices = True
        with self.assertRaisesRegex(RedirectWarning, "Orders on credit are held"):
            self._draft_invoice().action_post()

    def _several_lines(self, *amounts):
        invoice = self._draft_invoice()
        line = {"name": "Goods", "tax_ids": [Command.clear()]}
        invoice.write(
            {
                "invoice_line_ids": [
                    Command.clear(),
                    *(Command.create({**line, "price_unit": one}) for one in amounts),
                ]
            }
        )
        return invoice

    def test_what_adds_no_debt_passes(self):
        self.company.ar_gate_invoices = True
        self._hold()
        for amounts in ((0,), (100, -100), (-50, 20)):
            with self.subTest(amounts=amounts):
                invoice = self._several_lines(*amounts)
                self.assertFalse(invoice.ar_gate_note)
                if sum(amounts) >= 0:
                    invoice.action_post()
                    self.assertEqual(invoice.state, "posted")
        with self.assertRaisesRegex(RedirectWarning, "has not accepted"):
            self._several_lines(100, -99).action_post()

    def test_paid_before_passes_once(self):
        """Money on account pays as many invoices as it covers, and no more."""
        self.company.ar_gate_invoices = True
        self._hold()
        self._pay_on_account(self.customer, 150)
        invoice, second = self._draft_invoice(), self._draft_invoice()
        self.assertFalse(invoice.ar_gate_note)
        with self.assertRaisesRegex(RedirectWarning, "Orders on credit are held"):
            (invoice | second).action_post()
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        with self.assertRaisesRegex(RedirectWarning, "Orders on credit are held"):
            second.action_post()

    def test_right_after_everything_was_paid(self):
        """The ledger counts, not what the last night wrote."""
        self._accept(self.debtor)
        self.company.write({"ar_gate_invoices": True, "ar_hold_rule": True})
        old = self._invoice(self.customer, 900, 90)
        CreditHold(self.debtor.sudo()).update()
        self.debtor.sudo().write(
            {"hold_told": self._ago(20), "hold_from": self._ago(1)}
        )
        CreditHold(self.debtor.sudo()).update()
        self.assertEqual(self.debtor.hold_state, "hold")
        invoice = self._draft_invoice()
        with self.assertRaisesRegex(RedirectWarning, "until .*900.00 is paid"):
            invoice.action_post()
        self._pay(old, 500)
        invoice.invalidate_recordset(["ar_gate_note"])
        self.assertIn("400.00 is paid", invoice.ar_gate_note)
        self._pay(old)
        invoice.invalidate_recordset(["ar_gate_note"])
        self.assertFalse(invoice.ar_gate_note)
        self.assertEqual(self.debtor.hold_state, "hold", "nothing is written yet")
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_charges_for_paying_late_pass(self):
        self.company.ar_gate_invoices = True
        self._hold()
        self.company._ar_prepare_charges()
        charge = {"product_id": self.company.ar_charge_product_id.id, "price_unit": 7}
        note, mixed = self._draft_invoice(), self._draft_invoice()
        note.invoice_line_ids.write(charge)
        mixed.write({"invoice_line_ids": [Command.create(charge)]})
        self.assertFalse(note.ar_gate_note)
        note.action_post()
        self.assertEqual(note.state, "posted")
        self.assertTrue(mixed.ar_gate_note)
        with self.assertRaisesRegex(RedirectWarning, "Orders on credit are held"):
            mixed.action_post()

    def test_credit_notes_and_bills_are_none_of_its_business(self):
        self.company.ar_gate_invoices = True
        self._credit(self.customer, 100)
        self.assertTrue(
            self.env["account.move"]
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": self.today,
                    "invoice_line_ids": [
                        Command.create({"name": "Paper", "price_unit": 5})
                    ],
                }
            )
            .action_post()
            in (False, None)
        )

    def test_automatic_postings_pass_and_the_customer_is_listed(self):
        self.company.ar_gate_invoices = True
        invoice = self._draft_invoice()
        invoice.with_user(self.env.ref("base.user_root"))._post()
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(self.debtor.gate_passed_on, self.today)
        recurring = self._draft_invoice(self.other)
        recurring.write({"auto_post": "monthly", "date": self.today})
        recurring._post(soft=False)
        self.assertEqual(self._debtor(self.other).gate_passed_on, self.today)

    def _added(self, count):
        """Return how many statements the gate adds to posting so many invoices."""
        partners = [self._customer(f"Many {count} {n}") for n in range(count)]
        moves = self.env["account.move"]
        for partner in partners:
            moves |= self._draft_invoice(partner)
        self.env.flush_all()
        moves = moves.with_user(self.env.ref("base.user_root"))
        moves.fetch(["move_type", "company_id", "auto_post", "commercial_partner_id"])
        before = self.env.cr.sql_log_count
        moves._ar_check_gate()
        self.env.flush_all()
        added = self.env.cr.sql_log_count - before
        debtors = self.env["ar.debtor"].search(
            [("partner_id", "in", [p.id for p in partners])]
        )
        self.assertEqual(len(debtors), count)
        self.assertEqual(set(debtors.mapped("gate_passed_on")), {self.today})
        return added

    def test_at_most_three_statements(self):
        self.company.ar_gate_invoices = True
        self._added(2)  # fills caches of the registry
        self.assertLessEqual(self._added(3), 3)
        self.assertLessEqual(self._added(60), 3)

    def test_today_is_the_same_in_sql(self):
        """Where a company is far east, or west, of the clock of the server."""
        companies = self.company
        for zone in ("Pacific/Auckland", "Pacific/Honolulu"):
            company = self.env["res.company"].create({"name": zone})
            company.ar_calendar_id = self._calendar(company, tz=zone)
            companies |= company
        for hour in (1, 11, 23):
            with freeze_time(f"2026-03-10 {hour:02}:30:00"):
                rows = dict(self.env.execute_query(companies._ar_today_sql()))
                self.assertEqual(rows, {c.id: c._ar_today() for c in companies})

    def test_grace_is_for_customers_of_this_company(self):
        """Whoever had an invoice of another company alone is a new customer here."""
        self.company.ar_gate = "off"
        invoice = self._invoice(self.customer, 100, 5)
        self.company.write(
            {
                "ar_gate": "block",
                "ar_gate_invoices": True,
                "ar_gate_grace": self._ago(-9),
            }
        )
        other = self.env["res.company"].create({"name": "Another company"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET create_date = '2025-01-01', company_id = %s "
            "WHERE id = %s",
            [other.id, invoice.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(RedirectWarning, "has not accepted"):
            self._draft_invoice().action_post()

    def test_real_postings_take_at_most_three_statements_more(self):
        """The same invoices, posted by a scheduled action with the gate and without."""
        self.company.ar_gate_grace = self._ago(-9)
        self.company._ar_prepare_charges()
        moves = self.env["account.move"]
        for number in range(20):
            moves |= self._draft_invoice(self._customer(f"Posted {number}"))
        self.env["ar.debtor"]._make_missing(self.company.ids)
        moves = moves.with_user(self.env.ref("base.user_root"))

        def post(gate):
            self.company.write({"ar_gate": gate, "ar_gate_invoices": gate != "off"})
            self.env.flush_all()
            with self.env.cr.savepoint(flush=False) as point:
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                moves._post()
                self.env.flush_all()
                count = self.env.cr.sql_log_count - before
                self.assertEqual(set(moves.mapped("state")), {"posted"})
                point.rollback()
            self.env.invalidate_all()
            return count

        for gate in ("block", "off"):
            post(gate)  # fills caches of the registry
        self.assertLessEqual(post("block") - post("off"), 3)

    def test_off_costs_nothing(self):
        self.company.ar_gate = "off"
        moves = self._draft_invoice() | self._draft_invoice(self.other)
        self.env.flush_all()
        moves.mapped("company_id.ar_gate")
        with self.assertQueryCount(0):
            self.assertFalse(moves[:1]._ar_gate_is_on())
