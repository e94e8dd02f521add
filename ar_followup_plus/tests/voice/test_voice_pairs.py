"""Two messages for one day: which one is sent, and when the other one is."""

from odoo.tests import tagged

from ...models.dispute.dispute_intake import DisputeIntake
from .voice_common import VoiceCommon


@tagged("post_install", "-at_install")
class TestVoicePairs(VoiceCommon):
    def test_statement_by_hand_then_the_reminder(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        with self._at(0, 7):
            self.debtor.send_statement()
        self._morning()
        self.assertEqual(self._days(), [0])
        self._week(1, 6)
        self.assertEqual(self.assert_one_a_day(), [0, 5], "after the gap, not lost")

    def test_reminder_then_a_statement_that_is_due(self):
        """It goes with the reminder, in one mail."""
        self._invoice(self.customer, 500, 10)
        with self._at(-20):
            self.company.ar_statement_schedule = "monthly"
        with self._at(-20):
            self.debtor.statement_on = self._day(-60)
        self._night()
        notice = self._notices(self.customer, "ready")
        self.assertTrue(notice.attach_extra)
        self.assertEqual(self.debtor.statement_wanted, "email")
        self._morning()
        self.assertEqual(self._days(), [0])
        self.assertIn("Statement", notice.attachment_ids.mapped("name")[0])
        self.assertFalse(self.debtor.statement_wanted, "it was sent")
        self._week(1, 8)
        self.assert_one_a_day()
        self.assertFalse(
            [s for _day, s in self._inbox() if "tatement" in s], "never alone"
        )

    def test_statement_that_is_due_after_a_reminder(self):
        """Within a week of a notice it waits; then it is sent, once."""
        self._invoice(self.customer, 500, 10)
        self._night()
        self._morning()
        self.debtor.write({"statement_wanted": "email", "statement_on": self._day(0)})
        self._week(1, 4)
        self.assertEqual(self._days(), [0])
        self.assertEqual(self.debtor.statement_wanted, "email")
        self._week(5, 12)
        self.assert_one_a_day()
        self.assertFalse(self.debtor.statement_wanted)

    def test_call_then_the_reminder(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        with self._at(0, 7):
            self.debtor.log_contact("reached", "They will look into it")
        self._morning()
        self.assertFalse(self._days())
        self._week(1, 6)
        self.assertEqual(self.assert_one_a_day(), [5])

    def test_visit_then_the_reminder(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        with self._at(0, 7):
            self.debtor.log_contact("reached", "At their office", kind="visit")
        self._morning()
        self.assertFalse(self._days())

    def test_promises_in_two_currencies(self):
        self._invoice(self.customer, 500, 10)
        self._invoice(self.customer, 200, 10, self.eur)
        plans = self._promise()
        self.assertEqual(len(plans), 2)
        self._week(1, 9)
        self.assert_one_a_day()
        subjects = [subject for _day, subject in self._inbox()]
        [number] = [n for n, s in enumerate(subjects) if "agreed for" in s]
        body = self._body(number)
        self.assertIn("$ 500.00 and 200.00 €", body)
        self.assertEqual(body.count("March 13, 2026"), 1)

    def test_two_broken_promises(self):
        for amount, days in ((500, 3), (300, 4)):
            invoice = self._invoice(self.customer, amount, 10)
            self._promise(invoice, days=days)
        with self._at(8, 1):
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertEqual(self.debtor.plan_ids.mapped("message_due"), ["broken"] * 2)
        self.assertIn("2", self.debtor.next_contact_with)
        self._morning(8)
        [(day, _subject)] = self._inbox()
        self.assertEqual(day, 8)
        self.assertFalse(any(self.debtor.plan_ids.mapped("message_due")))
        body = self._body()
        self.assertIn("$ 500.00 and $ 300.00", body)
        self.assertIn("March 13, 2026 and March 14, 2026", body)

    def test_reminders_of_two_plans(self):
        for amount in (500, 300):
            self._agree(self._invoice(self.customer, amount, 10), 5)
        self._week(1, 5)
        [(_day, subject)] = self._inbox()
        self.assertIn("March 15, 2026", subject)
        parts = self.debtor.plan_ids.installment_ids
        self.assertEqual(len(parts.filtered("reminded_on")), 2)
        self.assertIn("$ 250.00 and $ 150.00", self._body())

    def test_reminder_of_a_plan_and_a_notice(self):
        """The notice demands, and goes first; the reminder comes before its date."""
        self._agree(self._invoice(self.customer, 500, 10), 3)
        self._invoice(self.customer, 700, 10)
        self._night()
        self._morning()
        self.assertEqual(len(self._inbox()), 1)
        self.assertNotIn("your payment on", self._inbox()[0][1])
        self._week(1, 3)
        self.assertEqual(self.assert_one_a_day()[:2], [0, 1])
        self.assertIn("your payment on", self._inbox()[1][1])

    def test_missed_installment_and_a_notice(self):
        """What has a period of its own goes first; the notice waits for the gap."""
        self._agree(self._invoice(self.customer, 500, 10), 1)
        self._invoice(self.customer, 700, 10)
        with self._at(6, 1):
            self._plan(self._day(6), self.customer)
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertTrue(self._notices(self.customer, "ready"))
        self.debtor.plan_ids.installment_ids.reminded_on = self.today
        self._morning(6)
        [(day, subject)] = self._inbox()
        self.assertEqual((day, "the installment of" in subject), (6, True))
        self._week(7, 12)
        self.assertEqual(self.assert_one_a_day()[:2], [6, 11])

    def test_missed_installment_and_a_final_demand(self):
        """The demand goes first, on the day that the night kept for the installment."""
        self._agree(self._invoice(self.customer, 500, 10), 1)
        self._invoice(self.customer, 700, 10)
        with self._at(6, 1):
            self._plan(self._day(6), self.customer)
            self.env["ar.payment.plan"].sudo()._watch()
        self._notices(self.customer, "ready").sudo().stage = "final"
        self.assertEqual(self.debtor.last_contact_date, self._day(6))
        self.debtor.plan_ids.installment_ids.reminded_on = self.today
        self._morning(6)
        [(day, subject)] = self._inbox()
        self.assertEqual((day, "the installment of" in subject), (6, False))
        self._morning(7)
        self.assertEqual(self.assert_one_a_day(), [6, 7])
        self.assertIn("the installment of", self._inbox()[1][1])

    def test_answer_to_a_dispute_then_a_reminder(self):
        disputed = self._invoice(self.customer, 500, 10)
        self._invoice(self.customer, 700, 10)
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        dispute = DisputeIntake(self.debtor).open(disputed, price).sudo()
        self._night()
        with self._at(0, 7):
            dispute.reject("The price list of May holds")
        self._morning()
        self.assertEqual(self._days(), [0])
        self.assertEqual(self._notices(self.customer).state, "ready")
        self._week(1, 6)
        self.assertEqual(self.assert_one_a_day(), [0, 5])

    def test_thanks_and_a_note_before_the_due_date(self):
        """The thank-you names what is next; the note is not sent on that day."""
        self.company.ar_thanks = "always"
        paid = self._invoice(self.customer, 500, 10)
        self._night()
        self._morning()
        self._pay(paid)
        self._invoice(self.customer, 700, -12)
        self._night(7)
        self.assertEqual(self._notices(self.customer, "ready").stage, "preventive")
        self._morning(7)
        self.assertEqual(self.assert_one_a_day(), [0, 7])
        self.assertIn("Thank you", self._inbox()[1][1])
        self.assertIn("March 22, 2026", self._body())
        self._week(8, 16)
        self.assert_one_a_day()

    def test_statement_and_a_note_that_comes_too_late(self):
        """After the due date a note before it is sent no more."""
        self._invoice(self.customer, 700, -12)
        self._night(8)
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.stage, "preventive")
        with self._at(8, 7):
            self.debtor.send_statement()
        self._morning(8)
        self.assertEqual(notice.state, "ready")
        self._morning(13)
        self.assertEqual((self._days(), notice.state), ([8], "cancelled"))

    def test_hold_and_a_final_demand(self):
        """The demand goes first, and its date to pay binds the warning too."""
        self._holds()
        self._invoice(self.customer, 900, 70)
        self._warned()
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready")
        notice.sudo().stage = "final"
        self._morning()
        self.assertEqual(self._days(), [0])
        self.assertFalse(self.debtor.hold_told)
        self.assertTrue(notice.date_given)
        until = (notice.date_given - self.today).days
        self._week(1, until + 3)
        self.assert_one_a_day()
        self.assertFalse(self.debtor.hold_told, "not before the date given")

    def test_hold_then_the_reminder(self):
        self._holds()
        self._invoice(self.customer, 900, 70)
        self._warned()
        self._cron("deliver")
        self.assertEqual(self._days(), [0])
        self._plan(None, self.customer)
        self._morning(0, 10)
        self._week(1, 6)
        self.assert_one_a_day()

    def test_returned_payment_and_a_notice(self):
        paid = self._invoice(self.customer, 1000, 30)
        self._invoice(self.customer, 700, 10)
        payment = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=paid.ids)
            .create({"payment_date": self._ago(8)})
            ._create_payments()
        )
        self._plan(None, self.customer)
        self.assertTrue(self._notices(self.customer, "ready"))
        payment.move_id.line_ids.remove_move_reconcile()
        payment.move_id.button_draft()
        payment.action_reject()
        with self._at(0, 7):
            self.env["ar.returned.payment"].sudo()._watch()
        self._morning()
        self.assertEqual(self._days(), [0])
        self.assertEqual(self._notices(self.customer).state, "ready")
        self._week(1, 6)
        self.assert_one_a_day()

    def test_broken_promise_and_a_statement(self):
        self._promise(self._invoice(self.customer, 500, 10))
        self.debtor.write({"statement_wanted": "email", "statement_on": self._day(0)})
        with self._at(8, 1):
            self.env["ar.payment.plan"].sudo()._watch()
        self._morning(8)
        self.assertEqual(self._days(), [8])
        self.assertEqual(self.debtor.statement_wanted, "email", "not lost")
        self._week(9, 22)
        self.assert_one_a_day()
        self.assertFalse(self.debtor.statement_wanted)

    def test_overpaid_after_a_statement(self):
        self.company.ar_overpaid_days = 1
        self._pay_on_account(self.customer, 300, on=self._ago(3))
        with self._at(0, 7):
            self.debtor.send_statement()
        self._morning()
        self.assertEqual(self._days(), [0])
        self._morning(1)
        self.assertEqual(self.assert_one_a_day(), [0, 1])
