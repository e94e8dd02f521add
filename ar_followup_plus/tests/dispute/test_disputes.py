"""Disputes: what a customer contests is not asked for, and the rest goes on."""

from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.dispute.dispute_intake import DisputeIntake
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputes(DisputeCommon):
    """What is opened, how much of it counts, and what it holds."""

    # === AMOUNTS === #

    def test_only_the_disputed_amount_leaves(self):
        invoice = self._invoice(self.customer, 100, 4)
        reason = self._reason("contract")  # ten working days to answer
        dispute = self._dispute(invoice, 40, reason, text="Two boxes missing")
        self.assertEqual(self._held(invoice), [(40, 0)])
        self.assertEqual((dispute.amount, dispute.amount_open), (40, 40))
        self.assertEqual(dispute.state, "open")
        self.assertEqual(dispute.opened_on, self.today)
        self.assertEqual(dispute.deadline, date(2026, 3, 24))
        self.assertEqual(dispute.move_name, invoice.name)
        self.assertIn(
            "Two boxes missing", self._debtor(self.customer).message_ids[0].body
        )
        # Five working days of silence about it, then the rest alone
        self.assert_item(invoice, "disputed", says="nothing about this invoice")
        self._plan(date(2026, 3, 17), self.customer)
        self.assertFalse(self._notices(self.customer))
        self._plan(date(2026, 3, 18), self.customer)
        notice = self._notices(self.customer)
        self.assert_notice(
            notice, "business_gentle", about={invoice: 60}, apart={invoice: 40}
        )

    def test_several_never_exceed_what_is_open(self):
        invoice = self._invoice(self.customer, 100, 30)
        first = self._dispute(invoice, 60)
        with self.assertRaisesRegex(UserError, "40.00 can still be disputed"):
            self._dispute(invoice, 40.01)
        second = self._dispute(invoice, 30)
        third = self._dispute(invoice)
        self.assertEqual(third.amount, 10)
        self.assertEqual(self._held(invoice), [(100, 0)])
        with self.assertRaisesRegex(UserError, "looked into already"):
            self._dispute(invoice)
        self.assertEqual((first | second | third).mapped("amount_open"), [60, 30, 10])

    def test_later_payments_shrink_the_newest_first(self):
        invoice = self._invoice(self.customer, 100, 30)
        first, second = self._dispute(invoice, 60), self._dispute(invoice, 40)
        for paid, left in ((15, (60, 25)), (30, (55, 0)), (55, (0, 0))):
            self._pay(invoice, paid)
            self.env.invalidate_all()
            self.assertEqual((first.amount_open, second.amount_open), left)
            self.assertEqual(first.line_ids.amount_effective, left[0])
            self.assertEqual(second.line_ids.amount_effective, left[1])
            if sum(left):
                self.assertEqual(self._held(invoice), [(sum(left), 0)])
        self.assertFalse(self._item(invoice))

    def test_a_payment_undone_is_disputed_again(self):
        invoice = self._invoice(self.customer, 100, 30)
        dispute = self._dispute(invoice, 80)
        payment = self._pay(invoice, 70)
        dispute.invalidate_recordset()
        self.assertEqual(dispute.amount_open, 30)
        payment.move_id.line_ids.remove_move_reconcile()
        dispute.invalidate_recordset()
        self.assertEqual(dispute.amount_open, 80)
        self.assertEqual(self._held(invoice), [(80, 0)])

    def test_bad_amounts(self):
        invoice = self._invoice(self.customer, 100, 30)
        stranger = self._invoice(self.other, 100, 30)
        debtor = self._debtor(self.customer)
        item = self._item(invoice).id
        for amounts in ({item: -1}, {item: 100.01}, {self._item(stranger).id: 5}):
            with self.assertRaisesRegex(UserError, "100.00 can still be disputed"):
                DisputeIntake(debtor).open(invoice, self.price, amounts=amounts)
        for amounts in ({}, {item: 0}, {item: 0.001}):
            with self.assertRaisesRegex(UserError, "Enter the amount"):
                DisputeIntake(debtor).open(invoice, self.price, amounts=amounts)
        credit = self._credit(self.customer, 10)
        paid = self._invoice(self.customer, 10, 5)
        self._pay(paid)
        draft = self._invoice(self.customer, 10, 5, post=False)
        for move in (stranger, credit, paid, draft, self.env["account.move"]):
            with self.assertRaisesRegex(UserError, "Choose an invoice"):
                DisputeIntake(debtor).open(move, self.price)
        self.assertFalse(debtor.dispute_ids)

    def test_oldest_installment_first_unless_chosen(self):
        term = self.pay_terms_b  # 30 % at once, 70 % later
        invoice = self._invoice(self.customer, 100, 40, invoice_payment_term_id=term.id)
        items = self._item(invoice)
        self.assertEqual(items.mapped("amount_residual_currency"), [30, 70])
        self._dispute(invoice, 50)
        self.assertEqual(self._held(invoice), [(30, 0), (20, 0)])
        debtor = self._debtor(self.customer)
        DisputeIntake(debtor).open(invoice, self.price, amounts={items[1].id: 10})
        self.assertEqual(self._held(invoice), [(30, 0), (30, 0)])

    def test_to_the_cent_in_each_currency(self):
        for code, amount, part in (
            ("JPY", 10001, 3333),
            ("EUR", 100.01, 33.33),
            ("TND", 100.005, 33.335),
        ):
            currency = self.setup_other_currency(code)
            invoice = self._invoice(self.customer, amount, 30, currency)
            self._dispute(invoice, part)
            self.assertEqual(self._held(invoice), [(part, 0)], code)
            rest = self._dispute(invoice)
            self.assertAlmostEqual(rest.amount, amount - part, 4, code)
            self._pay(invoice, part)
            rest.invalidate_recordset()
            self.assertAlmostEqual(rest.amount_open, amount - 2 * part, 4, code)

    # === THE INVOICE CHANGES === #

    def test_editing_the_invoice_keeps_the_dispute(self):
        """Whichever journal items stay: together they hold what was disputed."""
        for amount, held in ((40, 40), (90, 90), (None, 100)):
            with self.subTest(amount=amount):
                invoice = self._invoice(self.customer, 100, 30)
                dispute = self._dispute(invoice, amount)
                invoice.button_draft()
                invoice.invoice_payment_term_id = self.pay_terms_b
                invoice.action_post()
                self.assertEqual(len(self._item(invoice)), 2)
                found = self._held(invoice)
                self.assertEqual(sum(disputed for disputed, _waits in found), held)
                self.env.invalidate_all()
                self.assertEqual(dispute.amount_open, held)

    def test_new_journal_items_take_over(self):
        """The old item is gone for good: the oldest due date of the new ones first."""
        invoice = self._invoice(self.customer, 100, 30)
        dispute = self._dispute(invoice, 50)
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.pay_terms_b
        invoice.action_post()
        self.env.flush_all()
        self.env.cr.execute("UPDATE ar_dispute_line SET move_line_id = NULL")
        self.env.invalidate_all()
        self.assertEqual(self._held(invoice), [(30, 0), (20, 0)])
        self.assertEqual(dispute.amount_open, 50)

    def test_reset_to_draft_and_posted_again(self):
        invoice = self._invoice(self.customer, 100, 30)
        dispute = self._dispute(invoice, 40)
        invoice.button_draft()
        self.env.flush_all()
        dispute.invalidate_recordset()
        self.assertEqual(dispute.amount_open, 0)
        invoice.action_post()
        self.assertEqual(self._held(invoice), [(40, 0)])

    def test_merged_customers_keep_their_disputes(self):
        invoice = self._invoice(self.customer, 100, 30)
        other = self._invoice(self.other, 50, 30)
        dispute = self._dispute(invoice, 40)
        mine = self._dispute(other, 20)
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.customer | self.other).ids, self.other)
        self.env.invalidate_all()
        debtor = self._debtor(self.other)
        self.assertEqual(dispute.debtor_id, debtor)
        self.assertEqual(debtor.dispute_ids, dispute | mine)
        self.assertEqual(debtor.dispute_count, 2)
        self.assertEqual(self._held(invoice), [(40, 0)])
        self.assertEqual(self._held(other), [(20, 0)])

    # === WHAT IT HOLDS === #

    def test_what_waits_about_it_is_taken_back(self):
        invoice = self._invoice(self.customer, 100, 7)
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready")
        self.assertTrue(notice)
        self._dispute(invoice, 40)
        self.assertEqual((notice.state, notice.cancel_how), ("cancelled", "answered"))
        self.assertEqual(self._deliver()["sent"], 0)

    def test_a_notice_about_others_too_loses_it_when_it_leaves(self):
        invoice = self._invoice(self.customer, 100, 7)
        other = self._invoice(self.customer, 70, 7)
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready")
        self._dispute(invoice, 40)
        self.assertEqual(notice.state, "ready")
        self._deliver()
        self.assertEqual(notice.state, "sent")
        self.assert_notice(
            notice, "business_gentle", about={other: 70}, apart={invoice: 40}
        )

    def test_the_rest_gets_no_final_demand(self):
        invoice = self._invoice(self.customer, 900, 80)
        self._night(self._ago(60), self.customer)
        for ago in (50, 40):
            self._night(self._ago(ago), self.customer)
        stage = self._notices(self.customer, "sent")[-1:].stage
        dispute = self._dispute(invoice, 100, self._reason("contract"))
        for ahead in range(8, 14):
            self._night(self.today + timedelta(days=ahead), self.customer)
        stages = set(
            self._notices(self.customer, "sent", "ready", "proposed").mapped("stage")
        )
        self.assertFalse(stages & {"final", "notice", "handover"}, stage)
        self.assertEqual(dispute.deadline, date(2026, 3, 24))

    def test_late_ourselves_the_rest_waits_for_ten_working_days(self):
        invoice = self._invoice(self.customer, 100, 4)
        self._dispute(invoice, 40)
        for day, held in ((17, 0), (18, 60), (31, 60)):
            with self._on(day):
                self.assertEqual(self._held(invoice), [(40, held)], day)
                expected = "waiting_for_us" if held else "disputed"
                self.assert_item(invoice, expected)
        items = self.env.execute_query_dict(
            self.env["ar.open.item"]._query(
                "all", self._debtor(self.customer).ids, date(2026, 4, 1)
            )
        )
        self.assertEqual(float(items[0]["amount_waiting"]), 0)

    def test_it_can_be_paid_at_any_time(self):
        invoice = self._invoice(self.customer, 100, 4)
        self._dispute(invoice)
        self.assertNotEqual(invoice.payment_state, "blocked")
        self._pay(invoice)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))

    # === TEXTS === #

    def test_the_text_says_first_who_looks_into_it(self):
        invoice = self._invoice(self.customer, 100, 30)
        dispute = self._dispute(invoice, 40, self._reason("contract"))
        dispute.owner_id = self.user_collector
        self._plan(date(2026, 3, 18), self.customer)
        notice = self._notices(self.customer, "ready")
        values = notice.text_values
        self.assertEqual(values["dispute_owner"], "Test Collector")
        self.assertRegex(values["dispute_deadline"], r"^March \d+, 2026$")
        self.assertIn(values["dispute_deadline"], values["dispute_first"])
        first = values["dispute_first"]
        for part in (invoice.name, "Test Collector", "$\N{NO-BREAK SPACE}40.00"):
            self.assertIn(part, first)
        body = notice.step_id.mail_template_id._render_field("body_html", notice.ids)
        body = body[notice.id]
        self.assertLess(body.index("being looked into"), body.index("60.00"))
        self.assertNotIn("formal demand", values["next_text"])
        dispute.withdraw()
        notice.invalidate_recordset()
        self.assertEqual(notice.text_values["dispute_first"], "")

    # === PEOPLE === #

    def test_who_answers(self):
        seller = self.user_none
        invoice = self._invoice(self.customer, 100, 30, invoice_user_id=seller.id)
        debtor = self._debtor(self.customer, user_id=self.user_collector.id)
        self.assertEqual(self._dispute(invoice, 1).owner_id, seller)
        logistics = self._reason("quantity")
        self.assertEqual(
            self._dispute(invoice, 1, logistics).owner_id, self.user_collector
        )
        logistics.with_company(self.company).user_id = self.user_accountant
        dispute = self._dispute(invoice, 1, logistics)
        self.assertEqual(dispute.owner_id, self.user_accountant)
        activity = dispute.activity_ids
        self.assertEqual(activity.user_id, self.user_accountant)
        self.assertEqual(activity.date_deadline, dispute.deadline)
        dispute.write({"owner_id": self.user_collector.id})
        self.assertEqual(dispute.activity_ids.user_id, self.user_collector)
        dispute.reason_id = self._reason("not_received")
        self.assertEqual(dispute.deadline, date(2026, 3, 12))
        self.assertEqual(dispute.activity_ids.date_deadline, date(2026, 3, 12))
        self.assertEqual(debtor.dispute_count, 3)

    def test_a_collector_without_accounting_rights(self):
        invoice = self._invoice(self.customer, 100, 30)
        debtor = self._debtor(self.customer).with_user(self.user_collector)
        item = self.env["ar.open.item"].search([("move_id", "=", invoice.id)])
        wizard = self.env["ar.dispute.open"].with_user(self.user_collector)
        wizard = wizard.create(
            {
                "debtor_id": debtor.id,
                "item_id": item.id,
                "reason_id": self.price.id,
                "what": "amount",
                "amount": 25,
            }
        )
        action = wizard.action_apply()
        dispute = wizard.env["ar.dispute"].browse(action["res_id"])
        self.assertEqual(dispute.amount, 25)
        dispute.action_start()
        self.assertEqual(dispute.state, "in_progress")
        data = dispute.web_read(
            {"partner_id": {"fields": {"display_name": {}}}, "move_name": {}}
        )
        self.assertEqual(data[0]["move_name"], invoice.name)
        with self.assertRaises(AccessError):
            dispute.write({"state": "rejected"})
        with self.assertRaises(UserError):
            dispute.sudo().unlink()

    def test_owners_see_theirs_alone(self):
        invoice = self._invoice(
            self.customer, 100, 30, invoice_user_id=self.user_none.id
        )
        mine = self._dispute(invoice, 10)
        other = self._dispute(invoice, 10, self._reason("other"))
        Dispute = self.env["ar.dispute"].with_user(self.user_none)
        self.assertEqual(Dispute.search([("move_id", "=", invoice.id)]), mine)
        self.assertEqual(mine.with_user(self.user_none).line_ids.amount, 10)
        with self.assertRaises(AccessError):
            other.with_user(self.user_none).read(["text"])
        mine.with_user(self.user_none).reject("The price list of May holds", send=False)
        self.assertEqual(mine.state, "rejected")
        for user in (self.user_portal,):
            with self.assertRaises(AccessError):
                Dispute.with_user(user).search([])

    def test_other_companies_see_nothing(self):
        invoice = self._invoice(self.customer, 100, 30)
        dispute = self._dispute(invoice)
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.user_collector.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(
            self.env["ar.dispute"]
            .with_user(self.user_collector)
            .search([("id", "=", dispute.id)])
        )
        with self.assertRaises(AccessError):
            DisputeIntake(
                self._debtor(self.customer).with_user(self.user_collector)
            ).open(invoice, self.price)

    def test_lines_chosen_on_the_invoice(self):
        invoice = self._two_lines()
        wizard = self.env["ar.dispute.open"].create(
            {
                "debtor_id": self._debtor(self.customer).id,
                "item_id": self._item(invoice).id,
                "reason_id": self.price.id,
                "what": "lines",
            }
        )
        with self.assertRaisesRegex(UserError, "Choose the lines"):
            wizard.action_apply()
        wizard.line_ids.filtered(lambda line: line.name == "Boxes").chosen = True
        self.assertEqual(wizard.amount, 23)
        action = wizard.action_apply()
        dispute = self.env["ar.dispute"].browse(action["res_id"])
        self.assertEqual(dispute.amount, 23)
        self.assertEqual(dispute.sudo().invoice_line_ids.name, "Boxes")
        foreign = self._invoice(self.other, 10, 5).invoice_line_ids
        dispute._choose_lines(foreign.ids)
        self.assertFalse(dispute.sudo().invoice_line_ids)

    def test_only_the_tax(self):
        invoice = self._two_lines()
        wizard = self.env["ar.dispute.open"].create(
            {
                "debtor_id": self._debtor(self.customer).id,
                "item_id": self._item(invoice).id,
                "reason_id": self._reason("tax").id,
                "what": "tax",
            }
        )
        self.assertEqual(wizard.amount, 18)
        wizard.action_apply()
        self.assertEqual(self._held(invoice), [(18, 0)])

    def _two_lines(self):
        """Return an invoice of 138.00: a tax of 15 % on 100.00 and on 20.00."""
        return self._invoice(
            self.customer,
            0,
            30,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": name,
                        "price_unit": price,
                        "tax_ids": [Command.set(self.tax_sale_a.ids)],
                    }
                )
                for name, price in (("Goods", 100), ("Boxes", 20))
            ],
        )

    def test_what_an_invoice_shows(self):
        invoice = self._invoice(self.customer, 100, 30)
        other = self._invoice(self.customer, 50, 30)
        dispute = self._dispute(invoice, 40)
        moves = (invoice | other).with_user(self.user_accountant)
        self.assertEqual(moves.mapped("ar_disputed"), [True, False])
        found = moves.search([("ar_disputed", "=", True), ("id", "in", moves.ids)])
        self.assertEqual(found, moves[0])
        found = moves.search([("ar_disputed", "=", False), ("id", "in", moves.ids)])
        self.assertEqual(found, moves[1])
        self.assertIn("40.00 is disputed: Price wrong", moves[0].ar_dispute_text)
        self.assertFalse(moves[1].ar_dispute_text)
        dispute.withdraw()
        moves.invalidate_recordset()
        self.assertEqual(moves.mapped("ar_disputed"), [False, False])
        with self.assertRaises(AccessError):
            moves.with_user(self.user_portal).search([("ar_disputed", "=", True)])
