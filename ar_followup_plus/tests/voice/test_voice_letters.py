"""Letters beside the ladder, and the other messages of their day."""

from odoo.tests import tagged

from ...models.credit_control.credit_hold import CreditHold
from ...models.voice.voice import Voice
from ..letter.test_letter_moments import Moments
from .voice_common import VoiceCommon


@tagged("post_install", "-at_install")
class TestVoiceLetters(Moments, VoiceCommon):
    def _letter(self, moment="hold"):
        letter = self.env["ar.letter"]._for_moment(self.debtor, moment)
        return letter.with_user(self.user_collector)

    def _asked(self, action, words):
        """Assert that a person is asked first; return the question."""
        self.assertEqual(action["res_model"], "ar.contact.again")
        self.assertIn(words, action["context"]["default_warning"])
        again = self.env["ar.contact.again"].with_user(self.user_collector)
        return again.with_context(**action["context"]).create({})

    def _paper_notice(self):
        """Return the letter of the ladder that waits to be posted."""
        self._step("business_gentle").channels = "email,letter"
        self._invoice(self.customer, 400, 12)  # too little for a call
        self._no_mail()
        self._night()
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.channel, "letter")
        return notice

    def _tell(self, days=0):
        with self._at(days):
            self.env["ar.debtor"].sudo()._hold_tell_customers()

    # === A PERSON IS ASKED === #

    def test_printed_on_a_day_with_a_message(self):
        """Asked once: what is printed then is posted without another question."""
        self._invoice(self.customer, 500, 12)
        self._no_mail()
        letter = self._letter()
        Voice(self.debtor).note("call")
        again = self._asked(letter.action_print(), "Call or visit")
        self.assertFalse(letter.sudo().number)
        with self.allow_pdf_render():
            action = again.action_apply()
        self.assertEqual(
            (action["type"], action["close"]), ("ir.actions.act_url", True)
        )
        self.assertEqual(letter.state, "printed")
        letter.action_post()
        self.assertEqual(letter.state, "posted")

    def test_a_printed_letter_is_the_contact_of_its_day(self):
        self._invoice(self.customer, 500, 12)
        self._no_mail()
        with self.allow_pdf_render():
            self._letter().action_print()
        self.assertEqual(self.debtor.last_contact_date, self.today)
        self.assertTrue(Voice(self.debtor).waits("thanks"))

    def test_posted_on_a_day_with_a_message(self):
        letter = self._letter("thanks")
        letter.sudo().state = "printed"
        Voice(self.debtor).note("letter")
        again = self._asked(letter.action_post(), "Letter")
        self.assertEqual(letter.state, "printed")
        with self._at(1):
            self.assertFalse(letter._ask_first("post"), "the day after")
        again.action_apply()
        self.assertEqual(letter.state, "posted")

    def test_beside_a_letter_of_the_ladder(self):
        """It goes first, and holds the writing of others for a week at most."""
        notice = self._paper_notice()
        self.assertEqual(Voice(self.debtor).waits("hold")[self.debtor.id].why, "first")
        with self._at(8):
            self.assertFalse(Voice(self.debtor).waits("hold"))
        letter = self._letter()
        self._asked(letter.action_print(), "waits to be mailed")
        notice.sudo()._cancel("later")
        self.assertFalse(letter._ask_first("print"))

    def test_demand_before_the_day_that_was_announced(self):
        invoice = self._invoice(self.customer, 500, 10)
        self._night()
        self._morning()
        notice = self._notices(self.customer, "sent")
        self.assertGreater(notice.next_on, self._day(7))
        letter = self._letter()
        with self._at(7):
            self._asked(letter._ask_first("print"), "at the earliest")
            self.assertFalse(self._letter("thanks")._ask_first("print"))
        with self._at((notice.next_on - self.today).days + 7):
            self.assertFalse(letter._ask_first("print"), "it is over")
        self._pay(invoice)
        with self._at(7):
            self.assertFalse(letter._ask_first("print"), "nothing is asked for")

    def test_letter_of_the_ladder_on_a_day_with_a_message(self):
        notice = self._paper_notice()
        wizard = self.env["ar.letter.post"].create({"notice_ids": notice.ids})
        self.assertFalse(wizard.warning)
        Voice(self.debtor).note("call")
        wizard = self.env["ar.letter.post"].create({"notice_ids": notice.ids})
        self.assertIn("Call or visit", wizard.warning)

    # === WITHOUT CAUSE === #

    def test_taken_back_when_paid(self):
        invoice = self._invoice(self.customer, 500, 12)
        self._no_mail()
        letter, thanks = self._letter("broken_promise"), self._letter("thanks")
        self._cron("watch")
        self.assertTrue(letter.exists())
        self._pay(invoice)
        self._cron("watch", 1)
        self.assertFalse(letter.exists())
        self.assertTrue(thanks.exists(), "it lists nothing that is due")
        self.assertTrue(self._tasks())
        thanks.action_not_needed()
        self.assertFalse(self._tasks())

    def test_hold_letter_ends_with_the_hold(self):
        self._holds()
        invoice = self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._warned()
        self._tell()
        [letter] = self._letters("hold")
        self._pay(invoice)
        CreditHold(self.debtor).update()
        self.assertEqual(self.debtor.hold_state, "none")
        self.assertFalse(letter.exists())
        self.assertFalse(self._tasks())

    def test_hold_letter_ends_when_an_email_told(self):
        self._holds()
        self._invoice(self.customer, 900, 70)
        self._no_mail()
        self._warned()
        self._tell()
        [letter] = self._letters("hold")
        self.customer.email = "again@example.com"
        self._tell(1)
        self.assertEqual(self._days(), [1])
        self.assertFalse(letter.exists())

    def test_warning_of_a_person_without_anything_overdue(self):
        """It is a demand: it is not sent while nothing is asked for."""
        invoice = self._invoice(self.customer, 300, 10)
        self._promise(invoice)
        manager = self.debtor.with_user(self.user_manager).sudo(False)
        CreditHold(manager).place("warn", "I do not trust them")
        self.assertFalse(self.debtor.hold_amount)
        self._pay(invoice)
        self._tell()
        self.assertEqual(self.debtor.hold_state, "warn")
        self.assertFalse(self._days())
        self._invoice(self.customer, 400, 10)
        self._tell()
        self.assertEqual(self._days(), [0])

    # === A LETTER THAT NOBODY POSTS === #

    def test_the_reason_names_the_letter(self):
        self._paper_notice()
        [row] = self.debtor.explain(self._day(35))
        self.assertEqual(row["reason"], "in_outbox")
        self.assertIn("A letter of", row["message"])
        self.assertIn("was not mailed yet", row["message"])
