"""A thank-you when all that was overdue is paid: seldom, and never to who is stopped."""

from datetime import timedelta

from odoo.tests import freeze_time

from ...models.letter.thanks import ThanksRun
from ..delivery.sending_common import SendingCommon


class ThanksCommon(SendingCommon):
    """Messages, payments, and the turn that thanks for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.debtor = cls._debtor(cls.customer).sudo()

    def _chase(self, step, *invoices):
        """Send a message about invoices at a step."""
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready", "proposed")
        notice.sudo().write(
            {"step_id": self._step(step).id, "stage": self._step(step).stage}
        )
        # The thank-you is not sent on the same day
        self._leave(notice, self._ago(1))
        return notice

    def _thank(self, day=None):
        """Run the scheduled part; return the mails to the customer."""
        with freeze_time(f"{day or self.today} 10:00:00"):
            for company in self.company:
                company.ar_thanked_on = False
                ThanksRun(company.sudo()).send_some()
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", "ar.debtor"),
                    ("res_id", "=", self.debtor.id),
                    ("subject", "ilike", "Thank you"),
                ]
            )
        )


class TestThanks(ThanksCommon):
    def test_after_a_firm_message(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._invoice(self.customer, 40, -20)
        self._chase("business_firm")
        self.assertFalse(self._thank())
        self._pay(invoice)
        [mail] = self._thank()
        self.assertEqual(mail.subject, "Thank you, $ 100.00 has arrived")
        self.assertIn("Next due", mail.body_html)
        self.assertIn("40.00", mail.body_html)
        self.assertEqual(self.debtor.thanked_on, self.today)

    def test_one_that_fails_does_not_stop_the_others(self):
        self.env.ref(
            "ar_followup_plus.mail_template_thanks"
        ).sudo().subject = (
            "{{ 1 / 0 if object.partner_id.name == 'Broken' else 'Thank you' }}"
        )
        invoice, other = (
            self._invoice(partner, 100, 30) for partner in (self.customer, self.other)
        )
        self._chase("business_firm")
        self.other.name = "Broken"
        broken = self._debtor(self.other).sudo()
        self._plan(None, self.other)
        notice = self._notices(self.other, "ready", "proposed")
        notice.sudo().write(
            {"step_id": self._step("business_firm").id, "stage": "firm"}
        )
        self._leave(notice, self._ago(1))
        self._pay(invoice)
        self._pay(other)
        self.assertEqual(self._thank().subject, "Thank you")
        self.assertIn(
            "A message could not be written",
            " ".join(broken.activity_ids.mapped("summary")),
        )

    def test_not_after_a_gentle_one(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._chase("business_gentle")
        self._pay(invoice)
        self.assertFalse(self._thank())
        self.company.ar_thanks = "always"
        self.assertEqual(len(self._thank()), 1)

    def test_off(self):
        self.company.ar_thanks = "off"
        invoice = self._invoice(self.customer, 100, 30)
        self._chase("business_firm")
        self._pay(invoice)
        self.env["ar.debtor"].sudo()._thank_all()
        self.assertFalse(self.debtor.thanked_on)

    def test_not_while_something_is_overdue(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._invoice(self.customer, 5, 1)
        self._chase("business_firm")
        self._pay(invoice)
        self.assertFalse(self._thank())

    def test_a_credit_note_is_no_payment(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._chase("business_firm")
        self._credit(self.customer, 100, of=invoice, match=True)
        self.assertFalse(self._thank())

    def test_once_a_month(self):
        self._pay(self._chased())
        self.assertEqual(len(self._thank()), 1)
        self.debtor.last_contact_date = False
        self._pay(self._chased())
        self.assertEqual(len(self._thank(self.today + timedelta(days=10))), 1)

    def _chased(self):
        invoice = self._invoice(self.customer, 100, 30)
        self._chase("business_firm")
        return invoice

    def test_no_amount_in_the_subject_of_a_consumer(self):
        self.debtor.kind = "consumer"
        self._pay(self._chased())
        [mail] = self._thank()
        self.assertEqual(mail.subject, "Thank you, your payment has arrived")

    def test_contact_stop(self):
        self._pay(self._chased())
        self.debtor.stop_contact("insolvency")
        self.assertFalse(self._thank())
