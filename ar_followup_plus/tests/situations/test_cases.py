"""Everyday cases of a collector, as far as the ladder is concerned."""

from datetime import datetime, time

from odoo.tests import freeze_time

from ..common import ArCommon


class TestCases(ArCommon):
    """Each test is named after its case."""

    with_users = False

    def _undo(self, payment):
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()

    def _about(self, notice):
        return {
            line.move_id: line.amount
            for line in notice.line_ids
            if line.role == "about"
        }

    def test_row_1_payment_came_back(self):
        """It goes on where it stood: the paid weeks are no reason to skip steps."""
        self._every_day()
        invoice = self._invoice(self.customer, 100, 4)
        self._night()
        payment = self._pay(invoice, on=self._ago(-2))
        for days in (5, 20, 40):
            self.assertEqual(self._plan(self._ago(-days))["notices"], 0)
        self._undo(payment)
        day = self._ago(-41)
        self._night(day)
        self.assertEqual(
            self._notices(self.customer).mapped("stage"), ["gentle", "firm"]
        )
        # Never reminded before it came back: the first notice is gentle
        other = self._invoice(self.other, 100, 30)
        payment = self._pay(other)
        self._undo(payment)
        self._plan(day)
        self.assertEqual(self._notices(self.other).stage, "gentle")

    def test_row_2_paid_the_wrong_one(self):
        """The older one is not chased while the credit covers it."""
        old = self._invoice(self.customer, 100, 20)
        new = self._invoice(self.customer, 100, -20)
        self._pay(new)
        self._plan()
        self.assertEqual(self._about(self._notices(self.customer)), {old: 100})
        # Accounting takes the match apart: now it is a credit
        new.line_ids.remove_move_reconcile()
        self._plan()
        self.assert_item(old, "credit_covers", amount=0)
        self.env["ar.notice"].deliver()
        self.assertEqual(self._notices(self.customer).cancel_how, "settled")

    def test_row_3_round_amount_on_account(self):
        invoices = [
            self._invoice(self.customer, amount, days)
            for amount, days in ((3000, 30), (1500, 25), (900, 20), (400, 15))
        ]
        payment = self._pay_on_account(self.customer, 5000)
        self._plan()
        notice = self._notices(self.customer)
        # Oldest first: 3,000 and 1,500 are covered, and 500 of the 900
        self.assertEqual(self._about(notice), {invoices[2]: 400, invoices[3]: 400})
        self.assertEqual(notice.totals, {"USD": {"about": 800, "credit": -5000}})
        received = notice.line_ids.filtered(lambda line: line.role == "credit")
        self.assertEqual(received.move_id, payment.move_id)
        self.assertFalse(received.step_id)
        for invoice in invoices[:2]:
            self.assert_item(invoice, "credit_covers")

    def test_row_4_short_by_three(self):
        invoice = self._invoice(self.customer, 500, 20)
        self._pay(invoice, 497)
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(
            self.customer, "small_difference", amount=0, residual=3, says="3.00"
        )
        small = self.env["ar.open.item"].search([("is_small", "=", True)])
        self.assertEqual(small.move_id, invoice)
        # More than one per cent, or more than five, is not small; what is asked for
        # then is a matter of the step's minimum
        for amount, paid, reason in ((200, 197, "below_minimum"), (5000, 4994, False)):
            partner = self._customer(f"Short of {amount}")
            self._pay(self._invoice(partner, amount, 20), paid)
            self.assert_reason(partner, reason, amount=amount - paid)

    def test_row_7_paid_twice(self):
        invoice = self._invoice(self.customer, 100, 20)
        self._pay(invoice)
        self._pay_on_account(self.customer, 100)
        self.assertEqual(self._plan()["notices"], 0)
        self.env["ar.debtor"].refresh()
        debtor = self._debtor(self.customer)
        self.assertEqual((debtor.amount_owed, debtor.amount_credits), (-100, 100))
        self.assertEqual(debtor.amount_overdue, 0)
        # The next invoice is smaller than what we have of theirs
        self._invoice(self.customer, 60, 5)
        self.assertEqual(self._plan()["notices"], 0)

    def test_row_8_paid_this_morning(self):
        """The bank is imported tomorrow: nothing leaves while the books are behind."""
        self.company.ar_check_books = True
        self._pay(self._invoice(self.other, 50, 20), on=self._ago(10))
        self._invoice(self.customer, 100, 20)
        counts = self._plan()
        self.assertEqual((counts["notices"], counts["reasons"]["books_behind"]), (0, 1))
        self._plan()
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "=", self.company.partner_id.id),
            ]
        )
        self.assertEqual(len(activities), 1)
        # An entry of yesterday: the books are up to date, and what was held leaves
        self._pay_on_account(self.other, 1, self._ago(1))
        self.assertEqual(self._plan()["notices"], 1)
        self.assertEqual(self._notices().partner_id, self.customer)

    def test_row_8_books_of_a_weekend(self):
        """Saturday and Sunday are no working days without an entry."""
        self.company.ar_check_books = True
        self._pay(self._invoice(self.other, 50, 20), on=self._ago(5))  # Thursday
        self._invoice(self.customer, 100, 20)
        self.assertEqual(self._plan()["notices"], 1)

    def test_row_18_letters_come_back(self):
        self._step("business_gentle").channels = "email,letter"
        self._invoice(self.customer, 100, 10)
        self._invoice(self.other, 100, 10)
        self._debtor(self.customer, returned_mail=True)
        self._plan()
        # The letter does not count as received; e-mail goes on
        self.assertEqual(self._notices(self.customer).mapped("channel"), ["email"])
        self.assertEqual(
            set(self._notices(self.other).mapped("channel")), {"email", "letter"}
        )

    def test_row_18_closed_or_moved_and_no_mail(self):
        self.customer.email = False
        self._step("business_gentle").channels = "email,letter"
        self._invoice(self.customer, 100, 10)
        self._debtor(self.customer, returned_mail=True)
        phone, self.customer.phone = self.customer.phone, False
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(self.customer, "no_contact")
        # There is a telephone: somebody calls
        self.customer.phone = phone
        self._plan(self._ago(-1))
        self.assertEqual(self._notices(self.customer, "ready").channel, "call")

    def test_row_19_merged(self):
        """Histories are joined, and nobody is asked twice."""
        self._every_day()
        first = self._invoice(self.customer, 100, 10)
        second = self._invoice(self.other, 50, 10)
        self._night()
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.customer | self.other).ids, self.customer)
        self.env.invalidate_all()
        self.assertFalse(self.other.exists())
        notices = self._notices(self.customer)
        self.assertEqual(notices.line_ids.move_id, first | second)
        self.assertEqual(self._plan()["notices"], 0)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={first: 100, second: 50})

    def test_row_19_renamed(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._night()
        self.customer.name = "Another Name"
        self.assertEqual(self._debtor(self.customer).display_name, "Another Name")
        self.assertEqual(self._plan(self._ago(-2))["notices"], 0)
        self.assert_item(invoice, "date_given", self._ago(-8))

    def test_row_19_sold(self):
        """Another parent: the history goes where the customer went."""
        self._every_day()
        invoice = self._invoice(self.other, 100, 10)
        self._night()
        debtor = self._debtor(self.other)
        self.other.write({"parent_id": self.customer.id, "is_company": False})
        self.env.invalidate_all()
        self.assertEqual(self._plan()["notices"], 0)
        self.assertEqual(debtor.partner_id, self.customer)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={invoice: 100})

    def test_row_19_sold_to_a_customer_who_owes_too(self):
        self._every_day()
        theirs = self._invoice(self.other, 100, 10)
        ours = self._invoice(self.customer, 70, 10)
        self._night()
        self.other.write({"parent_id": self.customer.id, "is_company": False})
        self.env.invalidate_all()
        self.assertEqual(self._plan()["notices"], 0)
        self.assertEqual(len(self._notices(self.customer)), 2)
        self._plan(self._ago(-14))
        firm = self._notices(self.customer, "ready")
        self.assert_notice(firm, "business_firm", about={theirs: 100, ours: 70})

    def test_row_11_wrong_entity(self):
        """The other customer never heard of it: the ladder begins for them."""
        self._every_day()
        invoice = self._invoice(self.customer, 100, 10)
        self._night()
        item = self._items(invoice)
        invoice.button_draft()
        invoice.partner_id = self.other
        invoice.invoice_date_due = self._ago(10)
        invoice.action_post()
        self.assertEqual(self._items(invoice), item)
        self._invoice(self._customer("Third"), 30, 10)
        self.assertEqual(self._plan()["notices"], 2)
        notice = self._notices(self.other)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})
        self.assertTrue(notice.is_first)
        # What the first one was told stays as proof
        told = self._notices(self.customer)
        self.assertEqual((told.state, told.line_ids.amount), ("sent", 100))
        self.assertEqual(self._plan()["notices"], 0)

    def test_row_20_direct_debit(self):
        self._debtor(self.customer, direct_debit=True)
        invoice = self._invoice(self.customer, 200, -5)
        # No note before the due date, and none while the debit can come back:
        # due on Sunday 15th, it can come back until Friday 20th
        self.assertEqual(self._plan()["notices"], 0)
        for days in (8, 10):
            self.assertEqual(self._plan(self._ago(-days))["notices"], 0)
        self.assert_item(invoice, "direct_debit", self._ago(-10))
        self._plan(self._ago(-13))
        self.assertEqual(self._notices(self.customer).stage, "gentle")

    def test_row_24_never_sent(self):
        invoice = self._invoice(self.customer, 100, 20, sent=False)
        self._plan()
        self.assertEqual(len(self._notices(self.customer)), 1)
        # Where the company says so
        self.company.ar_require_sent = True
        other = self._invoice(self.other, 100, 20, sent=False)
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(other, "not_sent", says="never sent")
        self._plan()
        self.assertEqual(invoice.amount_residual, 100)
        # Sent today: the clock starts now
        self._ledger().note_sent(other, datetime.combine(self.today, time(9)))
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_item(other, "just_sent", says="03/17/2026")
        self.assertEqual(self._plan(self._ago(-6))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-7))["notices"], 1)

    def test_row_24_bounced(self):
        self.company.ar_require_sent = True
        invoice = self._invoice(self.customer, 100, 20)
        self._ledger().note_sent(invoice, datetime.combine(self._ago(25), time(9)))
        note = self.env["mail.notification"].search(
            [("mail_message_id.res_id", "=", invoice.id)], order="id desc", limit=1
        )
        note.sudo().notification_status = "bounce"
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(self.customer, "not_sent")
        # Sent again, and it arrived
        self._ledger().note_sent(invoice, datetime.combine(self._ago(9), time(9)))
        self.assertEqual(self._plan()["notices"], 1)

    def test_row_54_paid_in_another_currency(self):
        """The rest is shown in the invoice's currency; rounding is not chased."""
        invoice = self._invoice(self.customer, 1000, 20, self.eur)
        payment = self._pay_on_account(self.customer, 250)  # dollars: 500 EUR
        self._match(payment, invoice)
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(self._about(notice), {invoice: invoice.amount_residual})
        self.assertEqual(notice.line_ids.currency_id, self.eur)
        self.assertEqual(invoice.amount_residual, 500)
        second = self._invoice(self.other, 1000, 20, self.eur)
        payment = self._pay_on_account(self.other, 498)
        self._match(payment, second)
        self.assertEqual(second.amount_residual, 4)
        self.assertEqual(self._plan()["notices"], 0)
        self.assert_reason(self.other, "small_difference", currency="EUR", says="4.00")

    def test_row_61_mail_server_down_for_two_days(self):
        """Retried, caught up once, and the text is of the day on which it leaves."""
        invoice = self._invoice(self.customer, 100, 10)
        self._plan()
        notice = self._notices(self.customer)
        self.assertEqual(notice.date_given, self._ago(-7))
        notice.sudo()._fail("No connection", again=True)
        for days in (1, 2):
            with freeze_time(datetime.combine(self._ago(-days), time(10))):
                self.assertEqual(self._plan()["notices"], 0)
        self._pay(invoice, 30)
        with freeze_time(datetime.combine(self._ago(-2), time(12))):
            notice.retry()
            self.env["ar.notice"].deliver()
        self.assertEqual(self._notices(self.customer), notice)
        self.assertEqual((notice.state, notice.sent_on), ("sent", self._ago(-2)))
        self.assert_notice(notice, "business_gentle", about={invoice: 70})
        self.assertEqual(notice.date_given, self._ago(-9))
        self.assertEqual(notice.line_ids.days_overdue, 12)
        # The next step is counted from the day on which it really left
        self._every_day()
        self.assertEqual(self._plan(self._ago(-15))["notices"], 0)
        self.assertEqual(self._plan(self._ago(-16))["notices"], 1)
