"""Letters that are prepared by themselves for who cannot be written to by e-mail."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time

from ..credit_control.test_hold import HoldCommon
from ..payment_plan.agree_common import AgreeCommon
from ..payment_plan.test_agreement_plans import LATE, LATE_AGAIN
from .test_thanks import ThanksCommon


class Moments:
    """What the tests below ask of letters."""

    def _letters(self, *moments):
        letters = self.env["ar.letter"].search([("debtor_id", "=", self.debtor.id)])
        return letters.filtered(lambda letter: letter.moment in moments)

    def _said_on(self, letter):
        letter = letter.with_context(lang=letter._lang())
        return str(letter._letter_values()["body"]).replace("\xa0", " ")

    def _tasks(self):
        kind = self.env.ref("ar_followup_plus.activity_letter")
        return self.debtor.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def _no_mail(self):
        """The customer has an address, and reads no e-mail."""
        self.customer.write(
            {
                "email": False,
                "street": "1 Example Street",
                "zip": "10001",
                "city": "Sampletown",
                "lang": "en_US",
            }
        )
        self.debtor.invalidate_recordset()


class TestLettersOfPlans(Moments, AgreeCommon):
    def test_promise_not_kept(self):
        self._invoice(self.customer, 1000, 40)
        self._no_mail()
        self._promise(days=7)
        self._night(LATE)
        self._deliver(LATE)
        [letter] = self._letters("broken_promise")
        self.assertEqual(letter.state, "draft")
        text = self._said_on(letter)
        for part in (
            "We had agreed on March 10, 2026 that $ 1,000.00 would be paid by March 17, 2026",
            "So far we have not been able to find it",
            "$ 1,000.00 by <b>",
        ):
            self.assertIn(part, text)
        self.assertGreater(letter.new_date, LATE)
        self.assertEqual(
            self._tasks().summary, "Print and post a letter: Broken promise"
        )
        self.assertFalse(self._mails())
        self._deliver(LATE + timedelta(days=1))
        self.assertEqual(len(self._letters("broken_promise")), 1, "prepared once")

    def test_installment_then_plan(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        offer = self._mails()
        self._no_mail()
        self._night(LATE)
        self._deliver(LATE)
        [letter] = self._letters("missed_installment")
        text = self._said_on(letter)
        for part in ("$ 250.00", "March 17, 2026", "March 30, 2026"):
            self.assertIn(part, text)
        end = plan.cure_until + timedelta(days=1)
        self._night(end)
        self.assertEqual(plan.state, "broken")
        self._deliver(end)
        [letter] = self._letters("plan_default")
        text = self._said_on(letter)
        self.assertIn("The agreement has therefore ended", text)
        self.assertIn("$ 1,000.00", text)
        self.assertEqual(self._mails(), offer)

    def test_in_the_customers_language(self):
        self._speak("fr_FR")
        self._invoice(self.customer, 1000, 40)
        self._agree()
        self._no_mail()
        self.customer.lang = "fr_FR"
        self._night(LATE)
        self._deliver(LATE)
        text = self._said_on(self._letters("missed_installment"))
        self.assertIn("17 mars 2026", text)
        self.assertIn("250,00", text)
        self.assertNotIn("March", text)

    def test_by_email_no_letter_unless_the_steps_send_letters(self):
        self._invoice(self.customer, 1000, 40)
        self._plan(None, self.customer)
        self.env["ar.notice"].deliver()
        for letters in (False, True):
            notice = self._notices(self.customer, "sent")
            notice.step_id.sudo().channels = "email,letter" if letters else "email"
            plan = self._agree()
            self.customer.write({"street": "1 Example Street", "city": "Sampletown"})
            for kind in ("missed", "ended"):
                letter = plan._write_letter(kind)
                self.assertEqual(bool(letter), letters and kind == "ended")
            plan.with_user(self.user_manager).cancel("again")

    def test_nobody_and_no_address(self):
        self._invoice(self.customer, 1000, 40)
        self._agree()
        self.customer.write({"email": False, "street": False, "street2": False})
        self._night(LATE)
        self._deliver(LATE)
        self.assertFalse(self._letters("missed_installment"))
        kind = self.env.ref("ar_followup_plus.activity_no_contact")
        self.assertIn(kind, self.debtor.activity_ids.activity_type_id)

    def test_contact_stop(self):
        self._invoice(self.customer, 1000, 40)
        self._agree()
        self._no_mail()
        self._night(LATE)
        self.debtor.stop_contact("insolvency")
        self._deliver(LATE)
        self.assertFalse(self._letters("missed_installment"))
        self._night(LATE_AGAIN)
        self._deliver(LATE_AGAIN)
        self.assertFalse(self._letters("missed_installment", "plan_default"))


class TestLettersOfHold(Moments, HoldCommon):
    def test_told_when_posted(self):
        """The days of notice begin with the post, and not before the day it names."""
        self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._night()
        self._tell()
        [letter] = self._letters("hold")
        self.assertFalse(self._mails())
        self.assertFalse(self.debtor.hold_told)
        named = letter.new_date + timedelta(days=1)
        self.assertGreaterEqual(named, self.debtor.hold_from)
        text = self._said_on(letter)
        self.assertIn(f"{named:%B} {named.day}, {named.year}", text)
        self.assertIn("$ 900.00", text)
        self._tell()
        self.assertEqual(self._letters("hold"), letter, "once")
        # As long as nobody posted it, nothing waits
        self._night(40)
        self.assertEqual(self.debtor.hold_state, "warn")
        letter.sudo().state = "printed"
        letter.with_user(self.user_collector).mark_posted()
        self.assertEqual(self.debtor.hold_told, self.today)
        self.assertEqual(self.debtor.hold_from, named)
        self.assertFalse(self._tasks())
        self._night((named - self.today).days - 1)
        self.assertEqual(self.debtor.hold_state, "warn")
        self._night((named - self.today).days)
        self.assertEqual(self.debtor.hold_state, "hold")

    def test_posted_late(self):
        self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._night()
        self._tell()
        letter = self._letters("hold")
        letter.sudo().state = "printed"
        with freeze_time(f"{letter.new_date} 10:00:00"):
            letter.mark_posted()
            calendar = self.company._ar_calendar()
            start = calendar.add_working(
                letter.new_date, self.company.ar_hold_notice_days
            )
        self.assertEqual(self.debtor.hold_from, start)

    def test_not_needed(self):
        self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._night()
        self._tell()
        letter = self._letters("hold").with_user(self.user_collector)
        letter.action_not_needed()
        self.assertFalse(self._tasks())
        with self.assertRaisesRegex(UserError, "was cancelled: write another"):
            letter.action_print()
        self._tell()
        self.assertEqual(len(self._letters("hold")), 1)
        with freeze_time(f"{self._ago(-100)} 10:00:00"):
            self._tell()
        self.assertEqual(len(self._letters("hold")), 2)

    def test_contact_stop(self):
        self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._night()
        self.debtor.stop_contact("court")
        self._tell()
        self.assertFalse(self._letters("hold"))

    def test_paid_or_over_meanwhile(self):
        """A letter is not printed for what was paid, or with a date that is over."""
        invoice = self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._night()
        self._tell()
        letter = self._letters("hold")
        with (
            freeze_time(f"{letter.new_date + timedelta(days=1)} 10:00:00"),
            self.assertRaisesRegex(UserError, "choose a later one"),
        ):
            letter.action_print()
        self._pay(invoice)
        with self.assertRaisesRegex(UserError, "anything past due"):
            letter.action_print()
        self.assertFalse(letter.number)


class TestLettersOfThanks(Moments, ThanksCommon):
    def test_who_reads_no_email(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._invoice(self.customer, 40, -20)
        self._chase("business_firm")
        self._no_mail()
        self._pay(invoice)
        self.assertFalse(self._thank())
        [letter] = self._letters("thanks")
        text = self._said_on(letter)
        for part in ("we have received <b>$ 100.00</b>", "Next due: $ 40.00 on"):
            self.assertIn(part, text)

    def test_contact_stop(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._chase("business_firm")
        self._no_mail()
        self._pay(invoice)
        self.debtor.stop_contact("insolvency")
        self._thank()
        self.assertFalse(self._letters("thanks"))
