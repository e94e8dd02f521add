"""What counts as paid of an agreement: money that arrived since, and nothing else."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from .agree_common import AgreeCommon


class TestAgreementMoney(AgreeCommon):
    def _watch(self, days=0):
        with freeze_time(f"{self.today + timedelta(days=days)} 10:00:00"):
            self.env["ar.payment.plan"].sudo()._watch()
        self.env.invalidate_all()

    def _held(self):
        self.env.flush_all()
        item = self._open()
        return item.amount_promised, item.amount_planned

    def test_a_credit_note_is_no_payment(self):
        """700 of 1,000 are promised; a credit note of 300 pays nothing of them."""
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7, 700)
        self._credit(self.customer, 300, of=invoice, match=True)
        self._watch()
        self.assertEqual(promise.amount_paid, 0)
        self.assertEqual(self._held(), (700, 0))
        self._pay(invoice, 400)
        self._watch(30)
        self.assertEqual(promise.amount_paid, 400)
        self.assertEqual(promise.state, "partly")

    def test_an_invoice_corrected_upwards(self):
        """1,000 was promised and is paid; that the invoice is 1,200 now is no fault."""
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7)
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 1200
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 1200)
        self._watch()
        self._pay(invoice, 1000)
        self._watch()
        self.assertEqual(promise.state, "kept")

    def test_an_older_payment_is_matched_elsewhere(self):
        invoice = self._invoice(self.customer, 1000, 10)
        other = self._invoice(self.customer, 400, 5)
        old = self._pay_on_account(self.customer, 400)
        self._match(old, invoice)
        item = self._open().filtered(lambda item: item.move_id == invoice)
        promise = self._promise(7, items=item)
        self.assertEqual(promise.amount, 600)
        invoice.line_ids.remove_move_reconcile()
        self._match(old, other)
        self._watch()
        self.assertEqual(promise.amount_paid, 0)
        self._pay(invoice, 600)
        self._watch()
        self.assertEqual((promise.state, promise.amount_paid), ("kept", 600))

    def test_what_was_matched_before_is_not_paid_again(self):
        invoice = self._invoice(self.customer, 1000, 10)
        old = self._pay_on_account(self.customer, 400)
        self._match(old, invoice)
        promise = self._promise(7)
        invoice.line_ids.remove_move_reconcile()
        self._watch()
        self._match(old, invoice)
        self._watch()
        self.assertEqual(promise.amount_paid, 0)

    def test_an_allowance_in_the_books_is_no_payment(self):
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7)
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": self.customer.id,
                            "credit": 1000,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_expense"
                            ].id,
                            "debit": 1000,
                        }
                    ),
                ]
            }
        )
        entry.action_post()
        (entry.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_id == self.receivable
        ).reconcile()
        self._watch()
        self.assertEqual(promise.amount_paid, 0)

    def test_a_plan_of_which_a_part_is_credited(self):
        """The last installments become smaller; none is late with what is not owed."""
        invoice = self._invoice(self.customer, 1000, 10)
        plan = self._agree(count=4)
        self._credit(self.customer, 300, of=invoice, match=True)
        self._watch()
        parts = plan.installment_ids.sorted("date")
        self.assertEqual(parts.mapped("amount_open"), [250, 250, 200, 0])
        self.assertEqual(plan.amount_paid, 0)
        self._pay(invoice, 700)
        self._watch(1)
        self.assertEqual(plan.state, "kept")

    # === SETTLEMENTS === #

    def _settle(self, amount, items=None):
        return self._agree(
            items,
            kind="settlement",
            amount=amount,
            date=self.today + timedelta(days=7),
        )

    def _drafts(self):
        return self.env["account.move"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("move_type", "=", "out_refund"),
                ("state", "=", "draft"),
            ]
        )

    def test_nothing_is_dropped_while_money_is_unmatched(self):
        invoice = self._invoice(self.customer, 1000, 10)
        plan = self._settle(900)
        payment = self._pay_on_account(self.customer, 900)
        self._watch(30)
        self.assertEqual(plan.state, "active")
        self.assertFalse(self._drafts())
        self._match(payment, invoice)
        self._watch(31)
        self.assertEqual(plan.state, "kept")
        self.assertEqual(self._drafts().amount_total, 100)

    def test_a_settlement_paid_in_two_ways(self):
        invoice = self._invoice(self.customer, 1000, 10)
        plan = self._settle(800)
        self._pay(invoice, 500)
        rest = self._pay_on_account(self.customer, 300)
        self._watch(30)
        self.assertFalse(self._drafts())
        self._match(rest, invoice)
        self._watch(31)
        self.assertEqual(plan.state, "kept")
        self.assertEqual(self._drafts().amount_total, 200)

    def test_what_is_contested_is_not_dropped(self):
        """600 for 800 of 1,000, of which 200 are contested: 200 is dropped."""
        invoice = self._invoice(self.customer, 1000, 10)
        self._contest(invoice, 200)
        self._settle(600)
        self._pay(invoice, 600)
        self._watch()
        self.assertEqual(self._drafts().amount_total, 200)

    def _contest(self, invoice, amount):
        amounts = DisputeIntake(self.debtor).spread(invoice, amount)
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        DisputeIntake(self.debtor).open(invoice, reason, amounts=amounts)

    # === NOT FINAL WHILE THE LEDGER CAN CHANGE IT === #

    def test_unmatched_money_catches_nothing_up(self):
        """It defers: the days for catching up go on when it is matched elsewhere."""
        invoice = self._invoice(self.customer, 1000, 10)
        other = self._invoice(self.customer, 250, 5)
        items = self._open().filtered(lambda item: item.move_id == invoice)
        plan = self._agree(items)
        first = plan.installment_ids.sorted("date")[0].date
        missed = (first - self.today).days + 6
        self._watch(missed)
        plan.message_due = False  # the customer was told
        until = plan.cure_until
        self.assertTrue(until)
        with self._on(self.today + timedelta(days=missed)):
            money = self._pay_on_account(self.customer, 250)
        self._watch(missed + 1)
        self.assertEqual((plan.state, plan.cure_until), ("active", until))
        self._match(money, other)
        self._watch(missed + 2)
        self.assertEqual((plan.state, plan.cure_until), ("active", until))

    def test_kept_by_money_that_is_matched_elsewhere(self):
        invoice = self._invoice(self.customer, 1000, 10)
        other = self._invoice(self.customer, 1000, 5)
        items = self._open().filtered(lambda item: item.move_id == invoice)
        promise = self._promise(7, items=items)
        money = self._pay_on_account(self.customer, 1000)
        self._match(money, invoice)
        self._watch()
        self.assertEqual(promise.state, "kept")
        invoice.line_ids.remove_move_reconcile()
        self._match(money, other)
        self._watch(1)
        self.assertEqual(promise.state, "broken")

    def test_paid_in_time_and_booked_late(self):
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7)
        self._watch(20)
        self.assertEqual(promise.state, "broken")
        self._pay(invoice, on=self.today + timedelta(days=6))
        self._watch(21)
        self.assertEqual(promise.state, "kept")
        self.assertFalse(promise.message_due)
        self.assertFalse(promise.line_ids.again_on)

    def test_paid_too_late_stays_broken(self):
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7)
        self._watch(20)
        self._pay(invoice, on=self.today + timedelta(days=18))
        self._watch(21)
        self.assertEqual(promise.state, "broken")

    def test_what_is_undecided_is_held(self):
        """The company waits for its bank, whose entries end before the promised day."""
        invoice = self._invoice(self.customer, 1000, 10)
        self.company.ar_check_books = True
        small = self._invoice(self.other, 5, 30)
        self._pay(small, on=self.today)
        promise = self._promise(7)
        self._watch(20)
        self.assertEqual(promise.state, "active")
        with self._on(self.today + timedelta(days=20)):
            self.env.flush_all()
            item = self._open()
            self.assertEqual(item.amount_promised, 1000)
        self.assertEqual(invoice.amount_residual, 1000)

    # === MESSAGES === #

    def test_paid_in_the_morning(self):
        """Nobody is told that money is missing which has arrived."""
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(7)
        self._watch(20)
        self.assertEqual(promise.message_due, "broken")
        self._pay(invoice, on=self.today + timedelta(days=20))
        self._send(20)
        self.assertFalse(promise.message_due)
        self.assertFalse(self._mails())

    def test_cancelled_meanwhile(self):
        invoice = self._invoice(self.customer, 1000, 10)
        plan = self._agree()
        self._watch(15)
        self.assertEqual(plan.message_due, "missed")
        plan.with_user(self.user_manager).cancel("We agreed on something else")
        self.assertFalse(plan.message_due)
        self.assertEqual(invoice.amount_residual, 1000)

    def test_days_to_catch_up_begin_with_the_message(self):
        self._invoice(self.customer, 1000, 10)
        plan = self._agree(count=2, rhythm="month")
        self._watch(15)
        self.assertEqual(plan.message_due, "missed")
        self._watch(25)
        self.assertEqual(plan.state, "active", "nobody was told yet")
        self._send(27)
        self.assertEqual(
            plan.cure_until, self.today + timedelta(days=27 + plan.cure_days)
        )

    def test_a_message_that_meets_a_unique_index_is_no_race(self):
        """No other process sends it: it is not left for ever without a word."""
        self._invoice(self.customer, 1000, 10)
        self._agree(count=2, rhythm="month")
        self._watch(15)
        self.env["mail.mail"].sudo().create({"subject": "The only one"})
        self.env.flush_all()
        self.env.cr.execute(
            """CREATE UNIQUE INDEX ar_test_the_only_one ON mail_mail ((1))
                WHERE id >= (%s)""",
            [self.env["mail.mail"].sudo().search([], order="id desc", limit=1).id],
        )
        with (
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self._send(16)

    def _send(self, days):
        with self._on(self.today + timedelta(days=days)):
            self.env["ar.payment.plan"].sudo()._send_due()
        self.env.invalidate_all()

    # === PROPOSALS === #

    def test_a_second_proposal_holds_nothing(self):
        self._invoice(self.customer, 1000, 10)
        self.debtor.profile = "chronic"
        debtor = self.debtor.with_user(self.user_collector)
        today = self.today
        first = (
            Agreement(debtor)
            .promise(self._open(), today + timedelta(days=5), source="customer")
            .sudo()
        )
        self.assertEqual(first.state, "draft")
        self.assertTrue(first.line_ids.active)
        self._watch(16)
        self.assertTrue(first.is_lapsed)
        with self._on(today + timedelta(days=16)):
            second = (
                Agreement(debtor)
                .promise(self._open(), today + timedelta(days=25), source="customer")
                .sudo()
            )
        self.assertEqual(second.state, "draft")
        self.assertFalse(second.line_ids.active)

    def test_a_chronic_payer_promises_nothing_alone(self):
        self._invoice(self.customer, 1000, 10)
        self.debtor.profile = "chronic"
        promise = Agreement(self.debtor.with_user(self.user_collector)).promise(
            self._open(), self.today, source="customer"
        )
        self.assertEqual(promise.sudo().state, "draft")

    # === ONE THAT FAILS === #

    def test_one_that_fails_stops_no_other(self):
        self._invoice(self.customer, 1000, 10)
        bad = self._promise(7)
        self._invoice(self.other, 500, 10)
        debtor = self._debtor(self.other)
        good = (
            Agreement(debtor.with_user(self.user_collector))
            .promise(self._open(self.other), self.today + timedelta(days=7))
            .sudo()
        )
        model = type(self.env["ar.payment.plan"])
        real = model._mark_broken

        def broken(plan, *args):
            if plan == bad:
                raise ValueError("Rotten")
            return real(plan, *args)

        with (
            patch.object(model, "_mark_broken", broken),
            self.assertLogs("odoo.addons.ar_followup_plus", "ERROR"),
        ):
            self._watch(20)
        self.assertEqual(bad.state, "active")
        self.assertEqual(good.state, "broken")
        self.assertIn(
            "could not be checked",
            "".join(a.summary or "" for a in self.debtor.activity_ids),
        )
