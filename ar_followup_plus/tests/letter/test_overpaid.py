"""Who paid too much is told once, and asked how they would like it back."""

from datetime import timedelta

from odoo import Command
from odoo.tests import freeze_time

from ...models.letter.overpaid import OverpaidRun
from ..delivery.sending_common import SendingCommon


class TestOverpaid(SendingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.debtor = cls._debtor(cls.customer).sudo()

    def _tell(self, days=0):
        """Run the scheduled part after some days; return the mails to the customer."""
        with freeze_time(f"{self.today + timedelta(days=days)} 10:00:00"):
            OverpaidRun(self.company.sudo()).tell_some()
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [("model", "=", "ar.debtor"), ("res_id", "=", self.debtor.id)],
                order="id",
            )
        )

    def test_told_once_after_some_days(self):
        invoice = self._invoice(self.customer, 100, 10)
        payment = self._pay_on_account(self.customer, 180)
        self._match(payment, invoice)
        self.assertFalse(self._tell(4))
        mail = self._tell(5)
        self.assertEqual(mail.subject.replace("\xa0", " "), "You paid $ 80.00 too much")
        self.assertIn("How would you like it back?", mail.body_html)
        self.assertEqual(self._tell(6), mail)
        # The next payment is told again
        with freeze_time(f"{self.today + timedelta(days=7)} 10:00:00"):
            self._pay_on_account(self.customer, 20, self.today + timedelta(days=7))
        self.assertEqual(len(self._tell(12)), 2)

    def test_what_is_none(self):
        """Owed elsewhere, a small difference, a credit note, a deposit, an old credit."""
        owed = self._invoice(self.customer, 100, 10)
        self._pay_on_account(self.customer, 80)
        self.assertFalse(self._tell(5))
        self._pay_on_account(self.customer, 24)
        self.assertFalse(self._tell(5), "4.00 is a small difference")
        self._credit(self.customer, 500, invoice_date=self.today)
        mail = self._tell(5)
        self.assertEqual(len(mail), 1, "with the credit note nothing is owed")
        self.assertEqual(owed.amount_residual, 100)

    def test_kept_apart_or_old(self):
        deposit = self._pay_on_account(self.customer, 80)
        self._items(deposit.move_id).no_followup = True
        self._pay_on_account(self.customer, 70, self._ago(40))
        self.assertFalse(self._tell(5))

    def test_never_under_a_stop_and_switched_off(self):
        self._pay_on_account(self.customer, 80)
        self.company.ar_overpaid_days = 0
        self.env["res.company"].sudo()._ar_tell_overpaid()
        self.assertFalse(self.debtor.overpaid_told_on)
        self.company.ar_overpaid_days = 5
        self.debtor.stop_contact("court")
        self.assertFalse(self._tell(5))
        self.assertFalse(self.debtor.overpaid_told_on)
        # When the stop has ended, the customer is told
        self.debtor.write({"stop_reason": False, "stop_from": False})
        self.assertEqual(len(self._tell(6)), 1)

    def test_debts_left_out_of_the_follow_up_are_owed(self):
        """Odoo marks entries of general journals, and we mark excluded invoices."""
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": self._ago(40),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in (
                        (self.receivable, 1000),
                        (self.company_data["default_account_revenue"], -1000),
                    )
                ],
            }
        )
        entry.action_post()
        self.assertTrue(self._items(entry).no_followup)
        self._pay_on_account(self.customer, 1000)
        self.assertFalse(self._tell(5))
        excluded = self._invoice(self.customer, 300, 10)
        self._items(excluded).no_followup = True
        self._pay_on_account(self.customer, 300)
        self.assertFalse(self._tell(5))
        self._pay_on_account(self.customer, 50)
        mail = self._tell(5)
        self.assertEqual(mail.subject.replace("\xa0", " "), "You paid $ 50.00 too much")

    def test_money_on_a_non_trade_account(self):
        self.customer.property_account_receivable_id = self.receivable.copy(
            {"non_trade": True}
        )
        payment = self._pay_on_account(self.customer, 1000)
        self.assertTrue(self._items(payment.move_id).account_id.non_trade)
        self.assertFalse(self._tell(5))

    def test_one_that_fails_does_not_stop_the_others(self):
        self.env.ref(
            "ar_followup_plus.mail_template_overpaid"
        ).sudo().subject = (
            "{{ 1 / 0 if object.partner_id.name == 'Broken' else 'Too much' }}"
        )
        self.customer.name = "Broken"
        other = self.customer
        for partner in (self.customer, self.other):
            self._pay_on_account(partner, 80)
        self.debtor = self._debtor(self.other).sudo()
        self.assertEqual(self._tell(5).subject, "Too much")
        broken = self._debtor(other).sudo()
        self.assertIn(
            "A message could not be written", broken.activity_ids.mapped("summary")[0]
        )
        # A person looks after it: it is not tried again each time
        self.assertTrue(broken.overpaid_told_on)
