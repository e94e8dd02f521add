"""How customers pay: a ledger worked out by hand, the night, and a person's word."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time

from ...models.communication.call_sheet import CallSheet
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_behaviour.payment_behaviour import PaymentBehaviour
from ...models.payment_plan.agreement import Agreement
from ..common import ArCommon


class TestBehaviourLedger(ArCommon):
    """Twelve invoices, and what they come to.

    ======  ==========  ====  ======================================================
    amount  due (ago)   late
    ======  ==========  ====  ======================================================
    1000    300         0     in two payments
    500     270         -5    early
    800     240         10    late period A
    200     235         20    overlaps: A too
    1200    200         3     within five working days
    300.50  170         30    late period B
    99.50   140         0
    3       120         60    too small for a late period
    400     100         15    held by us
    500     70          0     1,000 EUR
    600     40                only credited: says nothing about paying
    700     30                not paid: the present late period
    ======  ==========  ====  ======================================================

    Paid: 5,003.00. On time: 4 of 10. Weighted: 800×10 + 200×20 + 1200×3 + 300.50×30
    + 3×60 + 400×15 = 30,795 days, 6.2 on average.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for amount, due, late in (
            (500, 270, -5),
            (800, 240, 10),
            (200, 235, 20),
            (1200, 200, 3),
            (300.50, 170, 30),
            (99.50, 140, 0),
            (3, 120, 60),
        ):
            cls._paid(cls.customer, amount, due, late)
        twice = cls._invoice(cls.customer, 1000, 300)
        cls._pay(twice, 400, on=cls._ago(310))
        cls._pay(twice, on=cls._ago(300))
        held = cls._paid(cls.customer, 400, 100, 15)
        cls._items(held).no_followup = True
        cls._paid(cls.customer, 1000, 70, 0, cls.eur)
        credited = cls._invoice(cls.customer, 600, 40)
        cls._credit(cls.customer, 600, credited, match=True)
        cls._invoice(cls.customer, 700, 30)
        # Paid before the twelve months
        cls._paid(cls.customer, 9000, 420, 20)
        cls.debtor = cls._debtor(cls.customer)

    @classmethod
    def _paid(cls, partner, amount, due, late, currency=None):
        invoice = cls._invoice(partner, amount, due, currency)
        cls._pay(invoice, on=cls._ago(due - late))
        return invoice

    def _judge(self):
        self.env["ar.debtor"]._judge_all()
        self.env.invalidate_all()

    def test_who_never_paid_is_no_zero(self):
        """Averages leave them out, they come last, and screens show a dash."""
        PaymentBehaviour.store_all(self.env)
        fresh = self._debtor(self.other)
        PaymentBehaviour(fresh.sudo(), self.company).store()
        payer = self._debtor(self.customer)
        both = [("id", "in", (fresh + payer).ids)]
        [(late, on_time)] = self.env["ar.debtor"]._read_group(
            both, [], ["paid_days_late:avg", "paid_on_time:avg"]
        )
        self.assertAlmostEqual(late, payer.paid_days_late)
        self.assertAlmostEqual(on_time, payer.paid_on_time)
        found = self.env["ar.debtor"].search(both, order="paid_days_late desc, id")
        self.assertEqual(found, payer + fresh)
        arch = self.env.ref("ar_followup_plus.ar_debtor_view_list_behaviour").arch
        self.assertEqual(arch.count('widget="ar_dash"'), 3)

    def test_figures_to_the_cent_and_the_day(self):
        self._judge()
        self.assertRecordValues(
            self.debtor,
            [
                {
                    "paid_count": 10,
                    "paid_amount": 5003.0,
                    "paid_on_time": 40.0,
                    "paid_days_late": 6.2,
                    "paid_longest": 60,
                    "late_periods": 3,
                    "late_since": self._ago(30),
                    "profile_proposed": "regular",
                    "profile": "regular",
                }
            ],
        )

    def test_what_people_see(self):
        self.env.flush_all()
        debtor = self.debtor.with_user(self.user_collector)
        text = " ".join(str(debtor.behaviour).split())
        self.assertIn("40 %</b> of 10 paid on time", text)
        self.assertIn("6.2 </b> days late, at most 60", text)
        self.assertIn("$ 5,003.00", text.replace("\xa0", " "))
        self.assertIn("Late periods: 3, the present one since", text)
        self.assertIn("Regular: 2 late periods in twelve months (2 or more)", text)
        self.assertEqual(text.count('class="o_ar_chart_bar'), 10)
        self.assertIn("60 days late", text)
        self.assertIn("o_ar_chart", str(CallSheet(debtor).html()))
        self.customer.invalidate_recordset()
        partner = self.customer.with_user(self.user_collector)
        self.assertIn("o_ar_chart", str(partner.ar_behaviour))

    def test_at_most_twelve_bars(self):
        for number in range(5):
            self._paid(self.customer, 10, 20 + number, 0)
        text = str(self.debtor.with_user(self.user_collector).behaviour)
        self.assertEqual(text.count('class="o_ar_chart_bar'), 12)

    def test_the_present_lateness_counts_when_it_is_over(self):
        """Who was good is treated as good while late for the first time."""
        for due in (200, 150, 100):
            self._paid(self.other, 100, due, 0)
        late = self._invoice(self.other, 100, 30)
        self._judge()
        debtor = self._debtor(self.other)
        self.assertEqual((debtor.profile, debtor.late_periods), ("good", 1))
        self._pay(late)
        self._judge()
        self.assertEqual((debtor.profile, debtor.late_since), ("first_late", False))

    def test_a_person_overrules_until_a_day(self):
        debtor = self.debtor.with_user(self.user_manager)
        debtor.profile = "good"
        self.assertEqual(debtor.profile_until, self.today + timedelta(days=90))
        debtor.profile_until = self._ago(-10)
        self._judge()
        self.assertEqual((debtor.profile, debtor.profile_proposed), ("good", "regular"))
        self.assertIn("Chosen by a person until", str(debtor.behaviour))
        with freeze_time(self._ago(-11)):
            self._judge()
        self.assertEqual((debtor.profile, debtor.profile_until), ("regular", False))
        self.assertTrue(
            debtor.message_ids.filtered(lambda m: "Good → Regular" in str(m.body))
        )

    def test_what_was_chosen_before_there_were_figures_stays(self):
        self.debtor.sudo().profile = "chronic"
        self._judge()
        self.assertEqual(self.debtor.profile, "chronic")
        self.assertEqual(self.debtor.profile_until, self.today + timedelta(days=90))

    def test_who_may_overrule_and_how(self):
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.user_collector).profile_until = self.today
        with self.assertRaises(AccessError):
            self.debtor.with_user(self.user_manager).paid_count = 3
        with self.assertRaisesRegex(ValidationError, "today or later"):
            self.debtor.with_user(self.user_manager).profile_until = self._ago(1)

    def test_promises(self):
        invoice = self._invoice(self.other, 100, 20)
        debtor = self._debtor(self.other)
        items = self.env["ar.open.item"].browse(self._items(invoice).ids)
        plan = Agreement(debtor).promise(items, self._ago(-3))
        plan.sudo()._close("kept")
        self._judge()
        self.assertEqual((debtor.promises_kept, debtor.promises_broken), (1, 0))

    def test_a_promise_kept_in_part_counts_half(self):
        """On both sides, for it was kept and broken."""
        debtor = self._debtor(self.other)
        for state in ("kept", "kept", "partly", "broken"):
            invoice = self._invoice(self.other, 100, 20)
            items = self.env["ar.open.item"].browse(self._items(invoice).ids)
            Agreement(debtor).promise(items, self._ago(-3)).sudo()._close(state)
        self._judge()
        self.assertEqual((debtor.promises_kept, debtor.promises_broken), (2.5, 1.5))
        text = " ".join(str(debtor.with_user(self.user_collector).behaviour).split())
        self.assertIn("Promises: 2.5 kept, 1.5 broken.", text)

    def _write_off(self, invoice, amount, on, account=None):
        """Book a bad debt against an invoice; default: as an expense."""
        lost = account or self.company_data["default_account_expense"]
        entry = self.env["account.move"].create(
            {
                "date": on,
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": invoice.partner_id.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in (
                        (lost, amount),
                        (self.receivable, -amount),
                    )
                ],
            }
        )
        entry.action_post()
        (entry + invoice).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        ).reconcile()

    def test_bad_debts_were_not_paid(self):
        """An invoice weighs as much as was paid of it: (100 x 100 + 100 x 0) / 200."""
        debtor = self._debtor(self.other)
        partly = self._invoice(self.other, 1000, 150)
        self._pay(partly, 100, self._ago(50))
        self._write_off(partly, 900, self._ago(20))
        self._paid(self.other, 100, 60, 0)
        lost = self._invoice(self.other, 5000, 200)
        self._write_off(lost, 5000, self._ago(10))
        self._judge()
        self.assertEqual((debtor.paid_days_late, debtor.paid_amount), (50.0, 200.0))
        self.assertEqual((debtor.paid_count, debtor.paid_longest), (2, 100))
        self.assertEqual(debtor.amount_written_off, 5900)

    def test_written_off_to_an_income_account_was_not_paid(self):
        """900 of 1,000 came on time; the rest was written off 60 days later."""
        debtor = self._debtor(self.other)
        invoice = self._invoice(self.other, 1000, 80)
        self._pay(invoice, 900, self._ago(80))
        income = self.company_data["default_account_revenue"]
        self._write_off(invoice, 100, self._ago(20), income)
        self.assertEqual(invoice.amount_residual, 0)
        self._judge()
        self.assertEqual((debtor.paid_count, debtor.paid_amount), (1, 900))
        self.assertEqual((debtor.paid_on_time, debtor.paid_longest), (100, 0))

    def test_disputes(self):
        """Who was right, counted by how disputes ended; open and old ones do not."""
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        debtor = self._debtor(self.other)
        made = []
        for number in range(5):
            invoice = self._invoice(self.other, 100 + number, 20)
            made.append(DisputeIntake(debtor).open(invoice, price).sudo())
        upheld, partly, rejected, _still_open, taken_back = made
        upheld.accept(answer="You are right", send=False)
        partly.accept(amount=30, answer="Partly", send=False)
        rejected.reject("The price list of May holds", send=False)
        taken_back.withdraw("A mistake")
        self._judge()
        self.assertEqual((debtor.disputes_upheld, debtor.disputes_rejected), (2, 1))
        self.assertEqual(
            (self.debtor.disputes_upheld, self.debtor.disputes_rejected), (0, 0)
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ar_dispute SET closed_on = '2024-01-01' WHERE id = %s",
            [rejected.id],
        )
        self.env.invalidate_all()
        self._judge()
        self.assertEqual((debtor.disputes_upheld, debtor.disputes_rejected), (2, 0))

    def test_what_is_disputed_is_not_late(self):
        """A late period begins only with what was rejected."""
        invoice = self._invoice(self.other, 500, 40)
        debtor = self._debtor(self.other)
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        dispute = DisputeIntake(debtor).open(invoice, price).sudo()
        self._judge()
        self.assertFalse(debtor.late_since)
        dispute.reject("The price list of May holds", send=False)
        self._judge()
        self.assertEqual(debtor.late_since, self._ago(40))

    def test_promises_broken(self):
        invoice = self._invoice(self.other, 100, 20)
        debtor = self._debtor(self.other)
        items = self.env["ar.open.item"].browse(self._items(invoice).ids)
        plan = Agreement(debtor).promise(items, self._ago(-3))
        with freeze_time(f"{self._ago(-12)} 10:00:00"):
            self.env["ar.payment.plan"].sudo()._watch()
            self.env.flush_all()
            self._judge()
        self.assertEqual(plan.sudo().state, "broken")
        self.assertEqual((debtor.promises_kept, debtor.promises_broken), (0, 1))

    def test_use_of_the_credit_limit(self):
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 2000
        self.env["ar.debtor"].refresh()
        self._judge()
        self.assertEqual(self.debtor.credit_use, 35.0)

    def test_sent_after_the_due_date(self):
        """What they could not pay in time is no late period."""
        invoice = self._invoice(self.other, 500, 60)
        self._ledger().note_sent(invoice, f"{self._ago(40)} 09:00:00")
        self._pay(invoice, on=self._ago(30))
        debtor = self._debtor(self.other)
        self._judge()
        self.assertEqual((debtor.late_periods, debtor.paid_longest), (0, 30))

    def test_repeated_nights_change_nothing(self):
        self._judge()
        before = self.debtor.behaviour_at
        self.env.cr.execute("UPDATE ar_debtor SET behaviour_at = '2026-01-01'")
        self.assertEqual(PaymentBehaviour(self.debtor.sudo(), self.company).store(), 0)
        self.assertTrue(before)

    def test_statements_do_not_grow(self):
        """Two customers with two invoices, or thirty with five: the same number."""
        counts = []
        for customers, invoices in ((2, 2), (30, 5)):
            debtors = self.env["ar.debtor"].sudo()
            for number in range(customers):
                partner = self._customer(f"Payer {customers} {number}")
                for turn in range(invoices):
                    self._paid(partner, 100, 100 + 40 * turn, 20 * (number % 2))
                debtors |= self._debtor(partner).sudo()
            PaymentBehaviour(
                debtors, self.company
            ).store()  # fills caches of the registry
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.cr.execute("UPDATE ar_debtor SET paid_count = -1")
            debtors = debtors.browse(debtors.ids)
            before = self.env.cr.sql_log_count
            PaymentBehaviour(debtors, self.company).store()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 25)
