"""What users of other systems complain about: planning and amounts."""

from odoo.tests import freeze_time

from ..common import ArCommon


class ComplaintCommon(ArCommon):
    """Planning and delivering within the test: core pretends to send."""

    with_users = False

    def _deliver(self, on=None):
        """Plan and deliver on a day; return the mails that left then."""
        before = self._mails()
        with freeze_time(f"{on or self.today} 10:00:00"):
            self.env["ar.notice"].plan()
            self.env["ar.notice"].deliver()
        return self._mails() - before

    def _mails(self):
        return self.env["mail.mail"].search(
            [
                ("ar_notice_id.company_id", "=", self.company.id),
                ("state", "=", "sent"),
            ],
            order="id",
        )


class TestComplaints(ComplaintCommon):
    """Planning and amounts."""

    def test_invoiceninja_1693_2330_fossbilling_4024_every_run(self):
        """The same reminder again on every scheduler run, 22 copies in a day."""
        self._invoice(self.customer, 100, 10)
        self.assertEqual(len(self._deliver()), 1)
        for hour in range(22):
            with freeze_time(f"2026-03-10 {hour:02}:30:00"):
                self.env["ar.notice"].plan()
                self.env["ar.notice"].deliver()
        self.assertEqual(len(self._mails()), 1)
        self.assertFalse(self._deliver(self._ago(-1)))

    def test_dolibarr_25197_exact_day(self):
        """A reminder tied to an exact day: a missed run means it is never sent."""
        self._invoice(self.customer, 100, 3)
        self.assertEqual(len(self._deliver(self._ago(-8))), 1)

    def test_oca_credit_control_432_three_letters(self):
        """Three letters in one run to a customer with invoices at three levels."""
        self._every_day()
        first = self._invoice(self.customer, 100, 12)
        self._deliver(self._ago(8))
        second = self._invoice(self.customer, 70, -8)
        third = self._invoice(self.customer, 50, 0)
        self.assertEqual(len(self._deliver(self._ago(-13))), 1)
        notice = self._notices(self.customer)[-1]
        self.assert_notice(
            notice, "business_firm", about={first: 100}, also={second: 70, third: 50}
        )

    def test_oca_credit_control_122_unprocessed_proposals(self):
        """Unprocessed proposals followed by next-level ones on the next run."""
        self.company.ar_state = "ask"
        self._invoice(self.customer, 1000, 10)
        for days in range(0, 60, 3):
            self._plan(self._ago(-days))
        notice = self._notices(self.customer)
        self.assertEqual(len(notice), 1)
        self.assertEqual((notice.stage, notice.state), ("gentle", "proposed"))

    def test_oca_credit_control_211_330_credits_ignored(self):
        """Open credit notes and partial payments ignored."""
        paid = self._invoice(self.customer, 100, 10)
        self._pay(paid, 35)
        credited = self._invoice(self.customer, 80, 9)
        self._credit(self.customer, 30, of=credited)
        plain = self._invoice(self.customer, 40, 8)
        self._pay_on_account(self.customer, 10)
        self._plan()
        notice = self._notices(self.customer)
        lines = notice.line_ids.filtered(lambda line: line.role == "about")
        self.assertEqual(
            {line.move_id: line.amount for line in lines},
            {paid: 55, credited: 50, plain: 40},
        )
        self.assertEqual(notice.totals["USD"], {"about": 145, "credit": -40})

    def test_odoo_216062_balance_of_zero(self):
        """ "Your outstanding balance is 0.00"."""
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self._pay(invoice)
        self.env["ar.notice"].deliver()
        self.assertFalse(self._mails())
        self.assertEqual((notice.state, notice.cancel_how), ("cancelled", "settled"))
        self.assertFalse(self._deliver(self._ago(-20)))

    def test_erpnext_46650_same_amount_twice(self):
        """Two invoices in one letter shown with the same outstanding amount."""
        first = self._invoice(self.customer, 100, 10)
        second = self._invoice(self.customer, 222, 9)
        mail = self._deliver()
        self.assert_notice(
            self._notices(self.customer),
            "business_gentle",
            about={first: 100, second: 222},
        )
        for text in ("100.00", "222.00", first.name, second.name):
            self.assertIn(text, mail.body_html)

    def test_erpnext_56006_wrong_sign(self):
        """EUR amounts with a US$ sign."""
        self._invoice(self.customer, 123.45, 10, self.eur)
        mail = self._deliver()
        self.assertRegex(mail.body_html, "(EUR|€).?123.45|123.45.?(EUR|€)")
        self.assertNotIn("$", mail.body_html)

    def test_oca_credit_control_314_limit_of_another_currency(self):
        """PLN compared with a EUR limit."""
        zloty = self.setup_other_currency("PLN", rates=[("2016-01-01", 4)])
        self._invoice(self.customer, 19.9, 10, zloty)
        self.assertFalse(self._deliver())
        self.assert_reason(self.customer, "below_minimum", says="5.00")
        self._invoice(self.other, 20, 10, zloty)
        self.assertEqual(len(self._deliver()), 1)

    def test_oca_overdue_reminder_last_installment(self):
        """Nothing before the last installment is overdue."""
        term = self._terms((50, 10), (50, 90))
        invoice = self._invoice(
            self.customer,
            300,
            0,
            invoice_date=self._ago(20),
            invoice_payment_term_id=term.id,
        )
        self.assertGreater(invoice.invoice_date_due, self.today)
        self._plan()
        first = self._items(invoice)[0]
        self.assert_notice(
            self._notices(self.customer), "business_gentle", about={first: 150}
        )

    def test_letters_for_ten_cents(self):
        self._invoice(self.customer, 0.1, 10)
        self.assertFalse(self._deliver())
        self.assert_reason(self.customer, "below_minimum", amount=0.1)

    def test_first_contact_threatens_because_the_debt_is_old(self):
        for days in (40, 80, 300):
            partner = self._customer(f"Late for {days}")
            self._invoice(partner, 5000, days)
        self._plan()
        self.assertEqual(set(self._notices().mapped("stage")), {"gentle"})

    def test_old_debt_blasted_on_the_day_of_installation(self):
        for number in range(33):
            partner = self._customer(f"Old {number}")
            self._invoice(partner, 100 + number, 100)
        self.company.ar_state = "off"
        self.assertFalse(self._deliver())
        self.company.ar_state = "preview"
        self.assertFalse(self._deliver())
        self.company.ar_state = "ask"
        self.assertFalse(self._deliver())
        self.company.ar_state = "live"
        self.company._ar_clear_outbox()
        self.assertLessEqual(len(self._deliver(self._ago(-1))), 30)

    def test_invoiceninja_8716_1505_provable(self):
        """The exact text, when, to whom; it stays as it was said."""
        invoice = self._invoice(self.customer, 100, 10)
        mail = self._deliver()
        notice = self._notices(self.customer)
        self.assertTrue(notice.number)
        self.assertEqual(notice.sent_on, self.today)
        self.assertIn("first.customer@example.com", notice.recipients)
        self.assertEqual(notice.mail_message_id, mail.mail_message_id)
        body = notice.mail_message_id.body
        self._pay(invoice)
        self.customer.email = "new.address@example.com"
        self.env.invalidate_all()
        self.assertEqual(notice.mail_message_id.body, body)
        self.assertIn("first.customer@example.com", notice.recipients)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertEqual(notice.state, "sent")

    def test_invoiceninja_4020_new_date(self):
        """In Norway each reminder sets a new due date 14 days ahead."""
        self._step("business_gentle").date_given_days = 14
        invoice = self._invoice(self.customer, 100, 10)
        self._deliver()
        notice = self._notices(self.customer)
        self.assertEqual(notice.date_given, self._ago(-14))
        # and it binds us: nothing more until three working days after it
        self.assertFalse(self._deliver(self._ago(-17)))
        self.assert_item(invoice, "date_given", self._ago(-17), says="03/28/2026")
        self.assertFalse(self._deliver(self._ago(-18)))  # a Saturday
        self.assertEqual(len(self._deliver(self._ago(-20))), 1)

    # === OBSERVED ON OCA'S MODULES FOR 18 AND 19 === #

    def test_oca_observed_second_decision_on_one_day(self):
        """A second decision on the same day doubles the rows."""
        self._invoice(self.customer, 100, 10)
        for _run in range(3):
            self._plan()
        self.assertEqual(len(self._notices().line_ids), 1)

    def test_oca_observed_next_level_while_queued(self):
        """While first-level mails are queued, a rerun gives level 2 the same day."""
        self._invoice(self.customer, 1000, 50)
        self._plan()
        notice = self._notices()
        self.assertEqual(notice.state, "ready")
        for days in (0, 0, 10, 30):
            self._plan(self._ago(-days))
        self.assertEqual(self._notices(), notice)

    def test_oca_observed_failed_mail_counts_as_done(self):
        """A failed mail counts as done and the next run goes to level 2."""
        self._invoice(self.customer, 1000, 10)
        self._plan()
        notice = self._notices()
        notice.sudo()._fail("The server is gone")
        for days in (1, 10, 30):
            self._plan(self._ago(-days))
        self.assertEqual(self._notices(), notice)
        self.assertEqual(notice.state, "failed")
        self.assertFalse(self._debtor(self.customer).contacted)
        notice.retry()
        self.env["ar.notice"].deliver()
        self.assertEqual((notice.state, notice.stage), ("sent", "gentle"))

    def test_oca_observed_button_pressed_again(self):
        """The e-mail button pressed again sends everything again."""
        self.company.ar_state = "ask"
        self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices()
        notice.approve()
        for _press in range(3):
            self.env["ar.notice"].deliver()
        self.assertEqual(len(self._mails()), 1)

    def test_oca_observed_credit_of_500_against_100(self):
        """A credit note of 500 against a debt of 100 is still chased for 100."""
        self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 500)
        self.assertFalse(self._deliver())
        self.assertEqual(self._debtor(self.customer).next_reason, "credit_covers")

    def test_oca_observed_one_without_email(self):
        """One customer without e-mail aborts the whole run."""
        silent = self._customer("No Mail", email=False, street=False, phone=False)
        for partner in (silent, self.customer, self.other):
            self._invoice(partner, 100, 10)
        self.assertEqual(len(self._deliver()), 2)
        self.assert_reason(silent, "no_contact")
        activity = self.env["mail.activity"].search(
            [
                ("res_model", "=", "ar.debtor"),
                ("res_id", "=", self._debtor(silent).id),
            ]
        )
        self.assertEqual(len(activity), 1)
