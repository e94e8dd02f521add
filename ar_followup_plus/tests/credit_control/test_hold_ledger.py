"""What a credit hold counts: what is collectible, and what was lost and not paid."""

from datetime import datetime

from odoo.tests import freeze_time

from ...models.credit_control.credit_check import CreditCheck
from ...models.credit_control.credit_hold import CreditHold
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from .test_hold import HoldCommon


class TestHoldCollectible(HoldCommon):
    """The amounts of the ladder, and no others."""

    def _open_items(self):
        self.env.flush_all()
        self.env["ar.open.item"].invalidate_model()
        return self.env["ar.open.item"].search([("debtor_id", "=", self.debtor.id)])

    def _hold_by_rule(self, amount=900):
        """Hold the customer for an invoice, who was told twenty days ago."""
        invoice = self._invoice(self.customer, amount, 84)
        self.debtor.sudo().write(
            {
                "hold_state": "hold",
                "hold_reason": "rule",
                "hold_amount": amount,
                "hold_told": self._ago(20),
                "hold_from": self._ago(1),
            }
        )
        self._night()
        self.assertEqual(self.debtor.hold_state, "hold")
        return invoice

    def test_an_accepted_dispute_waits_for_its_credit_note(self):
        invoice = self._invoice(self.customer, 900, 70)
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        dispute = DisputeIntake(self.debtor).open(invoice, price).sudo()
        dispute.accept()
        self.assertEqual(dispute.credit_move_id.state, "draft")
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_a_small_difference_is_none(self):
        self.company.ar_hold_amount = 0
        invoice = self._invoice(self.customer, 1000, 70)
        self._pay(invoice, 997)
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")
        other = self._invoice(self.customer, 40, 70)
        self._night()
        self.assertEqual(
            (self.debtor.hold_state, self.debtor.hold_amount), ("warn", 40)
        )
        self._pay(other)
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_unmatched_money_covers(self):
        self._invoice(self.customer, 900, 70)
        self._pay_on_account(self.customer, 500)
        self._night()
        self.assertEqual(self.debtor.hold_state, "none", "400 is less than the 500")

    def test_a_promise_warns_nobody(self):
        self._invoice(self.customer, 900, 70)
        promise = Agreement(self.debtor).promise(self._open_items(), self._ago(-7))
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")
        promise.sudo()._close("cancelled")
        self._night()
        self.assertEqual(self.debtor.hold_state, "warn")

    def test_a_promise_does_not_end_a_hold(self):
        invoice = self._hold_by_rule()
        Agreement(self.debtor).promise(self._open_items(), self._ago(-7))
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(
            (self.debtor.hold_state, self.debtor.hold_amount), ("hold", 900)
        )
        self._pay(invoice)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_the_amount_of_a_hold_by_a_person_follows_the_ledger(self):
        invoice = self._invoice(self.customer, 900, 70)
        hold = CreditHold(self.debtor.with_user(self.user_manager))
        hold.place("hold", "Their bank called")
        self._pay(invoice, 500)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(
            (self.debtor.hold_state, self.debtor.hold_amount), ("hold", 400)
        )
        self._pay(invoice)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_read_without_writing(self):
        invoice = self._hold_by_rule()
        self._pay(invoice)
        check = CreditCheck.by_ledger(self.debtor)
        self.assertEqual(check.hold.state, "none")
        self.assertEqual(self.debtor.hold_state, "hold")


class TestHoldBefore(HoldCommon):
    """Who was written off is told first; what was paid or conceded is no old debt."""

    def _lost(self):
        """Run the night; return what was written off, and the hold."""
        self.env["ar.debtor"]._judge_all()
        self._night()
        debtor = self.debtor
        return debtor.amount_written_off, debtor.hold_state, debtor.hold_amount

    def test_told_before(self):
        self._concede(self._invoice(self.customer, 900, 400), 900)
        self.assertEqual(self._lost(), (900, "warn", 900))
        self.assertEqual(self.debtor.hold_reason, "before")
        self.assertEqual(self.debtor.hold_from, self._ago(-14))
        self._night(14)
        self.assertEqual(self.debtor.hold_state, "warn", "not told")
        self._tell()
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("900.00", mail.body_html)
        self.assertIn("March 24, 2026", mail.body_html)
        self.assertEqual(self.debtor.hold_told, self.today)
        self._night(13)
        self.assertEqual(self.debtor.hold_state, "warn")
        self._night(14)
        self.assertEqual(self.debtor.hold_state, "hold")
        self.assertIn("$ 900.00 of earlier debt was written off", self._words())
        CreditHold(self.debtor.with_user(self.user_manager)).release(
            self._ago(-30), "Paid in advance from now on"
        )
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")

    def _words(self):
        return self.debtor.hold_words.replace("\N{NO-BREAK SPACE}", " ")

    def test_a_hold_goes_on_when_its_debt_is_written_off(self):
        invoice = self._invoice(self.customer, 900, 84)
        told = self._ago(20)
        self.debtor.sudo().write(
            {
                "hold_state": "hold",
                "hold_reason": "rule",
                "hold_amount": 900,
                "hold_told": told,
                "hold_from": self._ago(1),
            }
        )
        self._concede(invoice, 900)
        self.assertEqual(self._lost(), (900, "hold", 900))
        self.assertEqual(
            (self.debtor.hold_reason, self.debtor.hold_told), ("before", told)
        )

    def test_reversed_and_paid(self):
        invoice = self._invoice(self.customer, 900, 400)
        entry = self._concede(invoice, 900)
        self.assertEqual(self._lost(), (900, "warn", 900))
        entry._reverse_moves([{"date": self.today}], cancel=True)
        self._pay(invoice)
        self.assertTrue(self._items(invoice).reconciled)
        # The ledger says so at once, the figures of the night follow
        self.assertEqual(self.debtor.amount_written_off, 900)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none")
        self.assertEqual(self._lost(), (0, "none", 0))

    def test_reversed_by_hand(self):
        """The invoice stays closed by the write-off, the new debt is paid."""
        invoice = self._invoice(self.customer, 900, 400)
        self._concede(invoice, 900)
        self.assertEqual(self._lost(), (900, "warn", 900))
        back = self._expense_entry(self._items(invoice), -900)
        payment = self._pay_on_account(self.customer, 900)
        lines = payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        (self._items(back) | lines).reconcile()
        self.assertEqual(self._lost(), (0, "none", 0))

    def test_an_allowance(self):
        self.company.ar_hold_amount = 5000
        invoice = self._invoice(self.customer, 1000, 400)
        self._concede(invoice, 200, self._ago(5))
        self.assertEqual(self._lost(), (0, "none", 0))
        self._pay(invoice, 800)
        self.assertTrue(self._items(invoice).reconciled)
        self.assertEqual(self._lost(), (0, "none", 0))

    def test_an_allowance_before_the_due_date(self):
        invoice = self._invoice(self.customer, 200, -5)
        self._concede(invoice, 200)
        self.assertEqual(self._lost(), (0, "none", 0))

    def test_the_rest_after_a_payment_is_a_loss(self):
        invoice = self._invoice(self.customer, 1000, 400)
        self._pay(invoice, 800, self._ago(100))
        self._concede(invoice, 200)
        self.assertEqual(self._lost(), (200, "warn", 200))


class TestHoldByStep(HoldCommon):
    """Only what a notice announced in its text, to whom its text says it."""

    def _announced(self, step="business_final", kind="business"):
        """Return the hold after a notice of a step; its date is in a week."""
        self.company.ar_hold_rule = False
        step = self._step(step)
        step.hold_orders = True
        self.invoice = self._invoice(self.customer, 900, 28)
        self.debtor.sudo().write({"profile": "regular", "kind": kind})
        self.env["ar.notice"].plan(None, self.debtor.ids)
        self.notice = self._notices(self.customer)
        self.notice.sudo().write(
            {"step_id": step.id, "stage": step.stage, "date_given": self._ago(-7)}
        )
        self._leave(self.notice, self.today)
        self.env.invalidate_all()
        self._night()
        return self.debtor.hold_state, self.debtor.hold_reason

    def _says(self):
        return "hold_date" in self.notice._text_extra().get(self.notice.id, {})

    def test_by_a_step(self):
        """A notice said so: orders wait once its date is over."""
        self.assertEqual(self._announced(), ("warn", "step"))
        self.assertEqual(self.debtor.hold_from, self._ago(-10))
        self.assertEqual(self.debtor.hold_told, self.today)
        self.assertTrue(self._says())
        with freeze_time(datetime.combine(self._ago(-2), datetime.min.time())):
            self._tell()
        self.assertFalse(self._mails(), "the notice told them")
        self._night(10)
        self.assertEqual(self.debtor.hold_state, "hold")
        self.assertEqual(self.debtor.hold_told, self.today, "when the notice left")
        self._pay(self.invoice)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_consumers_are_told_nothing_of_it(self):
        self.assertEqual(self._announced("consumer_final", "consumer"), ("none", False))
        self.assertFalse(self._says())
        self._night(10)
        self.assertEqual(self.debtor.hold_state, "none")

    def test_a_text_that_does_not_say_so(self):
        self.assertEqual(self._announced("business_firm"), ("none", False))
        template = self._step("business_firm").mail_template_id.sudo()
        template.body_html = "<p t-out=\"object.text_values['hold_date']\"/>"
        self._night()
        self.assertEqual(self.debtor.hold_state, "warn")
