"""A cheque comes back, a direct debit is refused."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ...models.portal.customer_page import CustomerPage
from ..payment_plan.agree_common import AgreeCommon

#: The night after a payment of 2 March came back on the 10th.
NEXT = date(2026, 3, 11)


class TestReturnedPayments(AgreeCommon):
    """An invoice of 1,000 was due on 1 March, and paid on the 2nd."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paid_on = cls._ago(8)
        cls.invoice = cls._invoice(cls.customer, 1000, 9)

    def _register(self, invoice=None, on=None, amount=None):
        """Pay as accounting does, with Odoo's dialog."""
        invoice = invoice or self.invoice
        values = {"payment_date": on or self.paid_on}
        if amount:
            values["amount"] = amount
        payments = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(values)
            ._create_payments()
        )
        self.env.flush_all()  # as at the end of the request
        return payments

    def _cancel(self, payment):
        """The bank refused it: its entry is taken back, and Odoo's button says so."""
        payment.move_id.line_ids.remove_move_reconcile()
        payment.move_id.button_draft()
        payment.action_reject()

    def _undo(self, payment):
        """Accounting cancels it, whyever."""
        payment.action_draft()
        payment.action_cancel()

    def _watch(self, day=NEXT):
        with self._on(day):
            self.env["ar.payment.plan"].sudo()._watch()
            self.env["ar.returned.payment"].sudo()._watch()
        self.env.flush_all()
        return self._returned()

    def _returned(self):
        return (
            self.env["ar.returned.payment"]
            .sudo()
            .search([("debtor_id", "=", self.debtor.id), ("kind", "=", "returned")])
        )

    def _given(self):
        """Return the day given for the invoice; both shapes say the same."""
        self.env.flush_all()
        found = set()
        for shape in ("lookup", "all"):
            query = self.env["ar.open.item"]._query(shape, self.debtor.ids)
            rows = self.env.execute_query_dict(query)
            found.add(
                [r["date_given"] for r in rows if r["move_id"] == self.invoice.id][0]
            )
        self.assertEqual(len(found), 1)
        return found.pop()

    # === WHAT FOLLOWS === #

    def test_called_and_written_to_once(self):
        """A call, a message of its own with a date that binds us, a mark, and no more."""
        self._cancel(self._register())
        returned = self._watch()
        self.assertEqual(returned.amount, 1000)
        self.assertEqual(returned.paid_on, self.paid_on)
        self.assertEqual(returned.move_ids, self.invoice)
        call = self._calls()
        self.assertIn("$\xa01,000.00", call.summary)
        self.assertIn("Payment returned", call.summary)
        self._plan(NEXT, self.customer)
        self.assertFalse(
            self._notices(self.customer), "this message is today's contact"
        )
        self._deliver(NEXT)
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("came back", mail.subject)
        body = self._body(mail)
        for text in (
            "$ 1,000.00",
            self.invoice.name,
            "March 18, 2026",
            "/my/receivables/",
        ):
            self.assertIn(text, body)
        self.assertNotIn("False", body)
        self.assertEqual(returned.pay_by, date(2026, 3, 18))
        self.assertEqual(self._given(), date(2026, 3, 18))
        # Nothing before that day and three working days; then the step where it stood
        for day in (12, 17, 20, 23):
            self._watch(date(2026, 3, day))
            self._plan(date(2026, 3, day), self.customer)
            self._deliver(date(2026, 3, day))
        self.assertFalse(self._notices(self.customer))
        self.assertEqual(self._mails(), mail)
        self.assertEqual(len(self._returned()), 1)
        self._plan(date(2026, 3, 24), self.customer)
        self.assertEqual(self._notices(self.customer).stage, "gentle")
        self.env["ar.debtor"].sudo()._judge_all()
        self.debtor.invalidate_recordset()
        self.assertEqual(self.debtor.payments_returned, 1)
        self.assertIn("Returned payments: 1", str(self.debtor.behaviour))

    def test_its_page_lists_what_is_open_again(self):
        """The link of the message pays just this."""
        self._cancel(self._register())
        self._watch()
        self._deliver(NEXT)
        items = CustomerPage(self.debtor.sudo()).items()
        self.assertEqual(items.move_id, self.invoice)

    def test_promise_becomes_broken(self):
        """It was kept by this payment; and it is one call, not two."""
        promise = self._promise()
        payment = self._register(on=self._ago(1))
        self._night(self.today)
        self.assertEqual(promise.state, "kept")
        self._cancel(payment)
        self._watch()
        self.assertEqual(promise.state, "broken")
        self.assertEqual(len(self._calls()), 1)
        self._deliver(NEXT)
        self.assertEqual(len(self._mails()), 1)

    def test_plan_and_its_installment_are_open_again(self):
        """A plan goes on; the message is about the payment alone."""
        plan = self._agree(count=2)
        payment = self._register(on=self._ago(1))
        self._night(self.today)
        self.assertEqual(plan.state, "kept")
        self._cancel(payment)
        self._watch()
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.amount_open, 1000)

    # === HOW ACCOUNTING WRITES IT === #

    def test_cancelled_a_person_says_why(self):
        """It may be a mistake of ours: nobody is written to before somebody says so."""
        self._undo(self._register())
        self.assertFalse(self._watch())
        unclear = self.env["ar.returned.payment"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.assertEqual((unclear.kind, unclear.message_due), ("unclear", False))
        self.assertIn("Was the payment returned?", self._calls().summary)
        self._deliver(NEXT)
        self.assertFalse(self._mails())
        self.assertFalse(self._watch(date(2026, 3, 12)), "asked once")
        self.assertEqual(len(self._calls()), 1)
        unclear = unclear.with_user(self.user_collector)
        with self._on(NEXT):
            unclear.action_came_back()
            with self.assertRaisesRegex(UserError, "answered already"):
                unclear.action_came_back()
        self.assertEqual(len(self._mails()), 1)
        self.assertEqual(self._given(), date(2026, 3, 18))
        self.assertFalse(self._calls(), "what was asked was answered")

    def test_the_call_ends_when_it_is_paid_again(self):
        self._cancel(self._register())
        returned = self._watch()
        self.assertEqual(self._calls().ar_about, returned)
        self._watch(date(2026, 3, 12))
        self.assertTrue(self._calls())
        self._pay(self.invoice)
        self._watch(date(2026, 3, 13))
        self.assertFalse(self._calls())

    def test_one_that_cannot_be_recorded_stops_no_other(self):
        """The database refuses one; the other customer is told."""
        other = self._invoice(self.other, 500, 9)
        first, second = self._register(), self._register(other)
        self._cancel(first)
        self._cancel(second)
        self.env.cr.execute(
            """ALTER TABLE ar_returned_payment ADD CONSTRAINT ar_test_no_thousand
               CHECK (amount <> 1000)"""
        )
        with mute_logger("odoo.sql_db"):
            self._watch()
        returned = self.env["ar.returned.payment"].search([])
        self.assertEqual(returned.debtor_id.partner_id, self.other)
        self.assertIn(
            "A payment that came back could not be recorded",
            "".join(self.debtor.sudo().activity_ids.mapped("summary")),
        )

    def test_cancelled_by_mistake(self):
        self._undo(self._register())
        self._watch()
        unclear = self.env["ar.returned.payment"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.debtor._ar_activity("activity_call", "About something else")
        self.assertEqual(len(self._calls()), 2)
        unclear.with_user(self.user_collector).action_corrected()
        self.assertEqual(self._calls().summary, "About something else")
        with self.assertRaisesRegex(UserError, "answered already"):
            unclear.action_came_back()
        self.assertFalse(self._mails())

    def test_told_by_hand_under_a_contact_stop(self):
        self._undo(self._register())
        self._watch()
        unclear = self.env["ar.returned.payment"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.debtor.stop_contact("insolvency")
        with self.assertRaisesRegex(UserError, "stopped"):
            unclear.action_came_back()

    def test_reversed_on_the_same_day(self):
        """No bank is as quick: a mistake, perhaps."""
        payment = self._register()
        payment.move_id._reverse_moves([{"date": payment.date}], cancel=True)
        self.assertFalse(self._watch())

    def test_matched_by_hand(self):
        """The payment does not know its invoice: what is owed now is as much."""
        self._cancel(self._pay(self.invoice, on=self.paid_on))
        self.assertEqual(self._watch().move_ids, self.invoice)

    def test_entry_reversed(self):
        payment = self._register()
        payment.move_id._reverse_moves(
            [{"date": self.today, "journal_id": payment.journal_id.id}], cancel=True
        )
        self.assertEqual(self._watch().payment_id, payment)
        self.assertEqual(self._returned().move_ids, self.invoice)
        # Cancelled afterwards too: it came back once
        self.assertEqual(len(self._watch(date(2026, 3, 12))), 1)

    def _bank_takes_back(self, amount=1000, on=None):
        """Enter the bank's line, to the customer's account; return its item."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.bank_journal.id,
                "date": on or self.today,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": self.customer.id,
                            "debit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.bank_journal.default_account_id.id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry.line_ids.filtered("debit")

    def test_a_line_of_the_bank(self):
        """The invoice stays paid, and what the bank took back is open by itself."""
        self._register()
        line = self._bank_takes_back()
        self.assertEqual(self._watch().move_ids, line.move_id)

    def test_a_line_of_the_bank_matched_with_the_payment(self):
        payment = self._register()
        line = self._bank_takes_back()
        credit = payment.move_id.line_ids.filtered(
            lambda i: i.account_id == self.receivable
        )
        credit.remove_move_reconcile()
        (credit | line).reconcile()
        self.assertEqual(self._watch().move_ids, self.invoice)

    # === WHAT IS NO RETURN === #

    def test_put_right_by_accounting(self):
        """Entered wrongly and entered anew: nothing is open, also not later."""
        self._cancel(self._register())
        self._register()
        self.assertFalse(self._watch())
        other = self._invoice(self.customer, 1000, 1)
        self.assertFalse(self._watch(date(2026, 3, 20)))
        self.assertFalse(self._calls())
        self.assertTrue(other.amount_residual)

    def test_matched_with_another_invoice(self):
        """The money is here: only the match was undone, to pay another invoice."""
        self._register().move_id.line_ids.remove_move_reconcile()
        self.assertFalse(self._watch())

    def test_paid_twice_and_given_back(self):
        self._register()
        twice = self._pay_on_account(self.customer, 1000, self._ago(3))
        line = self._bank_takes_back()
        self.assertFalse(self._watch(), "nothing is owed by it")
        credit = twice.move_id.line_ids.filtered(
            lambda i: i.account_id == self.receivable
        )
        (credit | line).reconcile()
        self.assertFalse(self._watch(date(2026, 3, 12)))

    def _unclear(self, day=NEXT):
        """Look; nothing is said to the customer. Return what a person is asked."""
        self.assertFalse(self._watch(day))
        noted = self.env["ar.returned.payment"].search(
            [("debtor_id", "=", self.debtor.id)]
        )
        self.assertEqual((noted.kind, noted.message_due), ("unclear", False))
        self.assertIn("Was the payment returned?", self._calls().summary)
        return noted.sudo()

    def test_given_back_while_something_else_is_owed(self):
        """Paid twice and given back: only a person can tell."""
        self._register()
        self._pay_on_account(self.customer, 1000, self._ago(3))
        self._invoice(self.customer, 1000, 1)
        line = self._bank_takes_back()
        self.assertEqual(self._unclear().move_ids, line.move_id)

    def test_given_back_and_matched_while_something_else_is_owed(self):
        self._register()
        twice = self._pay_on_account(self.customer, 1000, self._ago(3))
        other = self._invoice(self.customer, 1000, 1)
        credit = twice.move_id.line_ids.filtered(
            lambda i: i.account_id == self.receivable
        )
        (credit | self._bank_takes_back()).reconcile()
        self.assertEqual(self._unclear().move_ids, other)

    def test_a_credit_note_paid_out(self):
        self._register()
        self._credit(self.customer, 1000)
        self._invoice(self.customer, 1000, 1)
        self._bank_takes_back()
        self._unclear()

    def test_entered_and_cancelled_on_one_day(self):
        self._cancel(self._register(on=self.today))
        self.assertFalse(self._watch(self.today))

    # === WHEN NOTHING LEAVES === #

    def test_long_ago(self):
        """Noted for the figures; nobody is written to about what happened long ago."""
        payment = self._register(on=self._ago(40))
        self._cancel(payment)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_payment SET write_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=30), payment.id),
        )
        self.env.invalidate_all()
        returned = self._watch()
        self.assertTrue(returned)
        self.assertFalse(returned.message_due)
        self.assertFalse(self._calls())

    def test_off_preview_and_each_click(self):
        payment = self._register()
        self._cancel(payment)
        self.company.ar_state = "off"
        self.assertFalse(self._watch())
        self.company.ar_state = "preview"
        self.assertFalse(self._watch().message_due)
        second = self._register(on=self._ago(1))
        self._cancel(second)
        self.company.ar_state = "ask"
        self._watch()
        self.assertTrue(self._calls(), "a person calls or writes")
        self._deliver(NEXT)
        self.assertFalse(self._mails())

    def test_waits_for_a_reply_and_a_snooze(self):
        self._cancel(self._register())
        self._watch()
        self.debtor.sudo().reply_until = date(2026, 3, 13)
        self._deliver(NEXT)
        self.assertFalse(self._mails())
        self._deliver(date(2026, 3, 13))
        self.assertEqual(len(self._mails()), 1)

    def test_paid_again_meanwhile(self):
        self._cancel(self._register())
        self._watch()
        self._register(on=self.today)
        self._deliver(NEXT)
        self.assertFalse(self._mails())

    def test_by_letter_without_an_address(self):
        self.customer.email = False
        self._cancel(self._register())
        returned = self._watch()
        self._deliver(NEXT)
        letter = self.debtor.sudo().letter_ids
        self.assertEqual(letter.moment, "payment_returned")
        self.assertEqual(letter.new_date, returned.pay_by)
        self.assertIn("1,000.00", letter.values["returned_amount"])

    # === THE REST OF THE ROW === #

    def test_the_banks_fee(self):
        """A draft for accounting; nothing where no fee is set."""
        invoices = [("move_type", "=", "out_invoice"), ("state", "=", "draft")]
        self._cancel(self._register())
        self._watch()
        self.assertFalse(self.env["account.move"].search(invoices))
        self.company.ar_return_fee = 7.5
        self._cancel(self._register(on=self._ago(1)))
        self._watch(date(2026, 3, 12))
        fee = self.env["account.move"].search(invoices)
        self.assertEqual((fee.amount_total, fee.partner_id), (7.5, self.customer))

    def test_to_the_cent_in_each_currency(self):
        """JPY has no digits, EUR two, TND three."""
        for name, amount, digits in (
            ("JPY", 1001, 0),
            ("EUR", 100.01, 2),
            ("TND", 100.001, 3),
        ):
            with self.subTest(currency=name):
                currency = self.setup_other_currency(name, rounding=10**-digits)
                invoice = self._invoice(self.customer, amount, 9, currency)
                self._cancel(self._register(invoice))
                returned = self._watch().filtered(
                    lambda r, c=currency: r.currency_id == c
                )
                self.assertEqual(currency.compare_amounts(returned.amount, amount), 0)
                self.assertEqual(returned.move_ids, invoice)

    def test_few_statements(self):
        """What is found costs one statement, whatever there is."""
        self._cancel(self._register())
        self._watch()
        model = self.env["ar.returned.payment"].sudo()
        self.env.flush_all()
        with self._on(NEXT):
            company = self.company
            company._ar_today()
            with self.assertQueryCount(1):
                self.assertFalse(model._find(company))

    def test_one_that_fails_stops_no_other(self):
        """A text that cannot be made is left to the call."""
        self._cancel(self._register())
        returned = self._watch()
        with (
            patch.object(type(returned), "_make_message", side_effect=ValueError),
            patch(
                "odoo.addons.ar_followup_plus.models.returned_payment.returned_payment_messages.is_free",
                return_value=True,
            ),
            freeze_time("2026-03-11 10:00:00"),
            self.assertLogs("odoo.addons.ar_followup_plus", "ERROR"),
        ):
            returned._send_due()
        self.assertFalse(returned.message_due)
