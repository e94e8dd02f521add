"""Our reply to what customers answered: they are told, and nothing goes out too early."""

from datetime import timedelta

from babel.dates import format_date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import html2plaintext

from ...models.portal.answer_intake import AnswerIntake
from ..common import ArCommon


class TestAnswerReply(ArCommon):
    """A customer says on the page that two invoices are paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.customer.email = "payer@example.com"
        cls.debtor = cls._debtor(cls.customer, user_id=cls.user_collector.id)
        cls.first = cls._invoice(cls.customer, 100, 10)
        cls.second = cls._invoice(cls.customer, 50, 9)

    def _answer(self, kind="paid", **values):
        items = self.env["ar.open.item"].search([("debtor_id", "=", self.debtor.id)])
        once = values.pop("once", "once")
        values = {"paid_on": str(self.today), "paid_reference": "TX-9", **values}
        return AnswerIntake(self.debtor.sudo()).take(kind, items, values, [], once)

    def _reply(self, answer, how, **values):
        """Press a button of the answer, change what is proposed, and send."""
        dialog = (
            self.env["ar.answer.reply"]
            .with_user(self.user_collector)
            .with_context(default_answer_id=answer.id, default_how=how)
        )
        with Form(dialog) as form:
            for name, value in values.items():
                setattr(form, name, value)
        form.record.action_apply()

    def _told(self):
        """Return the texts of the mails to the customer, newest first."""
        mails = self.env["mail.mail"].sudo()
        found = mails.search([("email_to", "ilike", "payer@example.com")])
        return [html2plaintext(mail.body_html) for mail in found]

    def _reminded(self, day):
        """Return whether a reminder of the customer is written on a day."""
        before = self._notices(self.customer)
        self._plan(day, self.customer)
        return bool(self._notices(self.customer) - before)

    def test_found_and_not_matched(self):
        answer = self._answer()
        self._reply(answer, "found")
        [told] = self._told()
        self.assertIn("We have found your payment", told)
        self.assertIn(self.first.name, told)
        self.assertEqual((answer.outcome, answer.told_on), ("found", self.today))
        said = self.env["ar.outgoing"].search([("debtor_id", "=", self.debtor.id)])
        self.assertEqual(
            said.mapped(lambda one: (one.day, one.kind, one.is_automatic, one.address)),
            [(self.today, "answer", False, "payer@example.com")],
        )
        self.assertFalse(self._reminded(self.today))
        tasks = self.env["mail.activity"].search([("res_id", "=", self.debtor.id)])
        self.assertIn("Match the payment", " ".join(tasks.mapped("summary")))
        self.assertFalse(self._reminded(answer.waits_until - timedelta(days=1)))
        self.assertTrue(self._reminded(answer.waits_until))

    def test_found_and_matched(self):
        answer = self._answer()
        self._pay(self.first, 100)
        self._pay(self.second, 50)
        self._reply(answer, "found")
        self.assertEqual(answer.state, "done")
        self.assertEqual(len(self._told()), 1)

    def test_not_found(self):
        answer = self._answer()
        self._reply(answer, "not_found")
        [told] = self._told()
        self.assertIn("could not find your payment", told)
        self.assertIn("TX-9", told)
        self.assertEqual(answer.state, "open")
        self.assertFalse(self._reminded(self.today))
        self.assert_item(self.first, "waiting_for_us")
        # Not at once after our question either
        gap = timedelta(days=self.company.ar_gap_days)
        self.assertTrue(self._reminded(self.today + gap))

    def test_keeps_waiting(self):
        answer = self._answer()
        until = self.today + timedelta(days=20)
        self._reply(answer, "wait", until=until)
        [told] = self._told()
        self.assertIn("still looking", told)
        self.assertFalse(self._reminded(until - timedelta(days=1)))
        self.assertTrue(self._reminded(until))
        for days in (0, 61):
            with self.assertRaises(ValidationError):
                self._reply(answer, "wait", until=self.today + timedelta(days=days))
        self._reply(answer, "wait", until=until, send=False)
        self.assertEqual(len(self._told()), 1)

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        dialog = self.env["ar.answer.reply"].with_user(self.user_collector)
        form = Form(
            dialog.with_context(default_answer_id=self._answer().id, default_how="wait")
        )
        self.assertIn(format_date(form.until, "long", locale="de"), form.text)

    def test_once(self):
        answer = self._answer()
        self._reply(answer, "told", text="We credit the freight.")
        self.assertIn("We credit the freight.", self._told()[0])
        self.assertEqual((answer.state, answer.outcome), ("done", "told"))
        with self.assertRaises(UserError):
            self._reply(answer, "told", text="Again")

    def test_not_under_a_contact_stop(self):
        answer = self._answer()
        self.debtor.stop_contact("court")
        with self.assertRaises(UserError):
            self._reply(answer, "not_found")
        self.assertFalse(self._told())

    def test_invoices_again(self):
        """The page sends them once; the second time a person does."""
        self._answer("not_received")
        again = self._answer("not_received", once="again")
        self.assertEqual(again.state, "open")
        count = len(self._told())
        self._reply(again, "resend")
        self.assertEqual(len(self._told()), count + 2)
        self.assertEqual((again.state, again.outcome), ("done", "resent"))

    def test_the_right_person_is_told(self):
        answer = self._answer(
            "wrong_person",
            contact_name="Ann Right",
            contact_email="ann@example.com",
        )
        answer.with_user(self.user_collector).action_add_contact()
        mail = self.env["mail.mail"].sudo().search([("email_to", "ilike", "ann@")])
        self.assertEqual(len(mail), 1)
        self.assertIn("named to us", html2plaintext(mail.body_html))

    def test_each_kind_has_an_act_that_tells(self):
        """No kind of answer that a person closes is without a way to reply."""
        view = self.env["ar.answer"].get_view(
            self.env.ref("ar_followup_plus.ar_answer_view_form").id, "form"
        )["arch"]
        for how in ("found", "not_found", "wait", "resend", "told"):
            self.assertIn(f"'default_how': '{how}'", view)
