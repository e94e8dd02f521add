"""Payment plans and reduced settlements over posted invoices."""

from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError

from ...models.payment_plan.agreement import Agreement
from .agree_common import AgreeCommon

#: Tuesdays: the installments of a plan in four weeks.
PARTS = [date(2026, 3, 17), date(2026, 3, 24), date(2026, 3, 31), date(2026, 4, 7)]
#: The first night on which the first, the second installment is late.
LATE, LATE_AGAIN = date(2026, 3, 23), date(2026, 3, 30)


class TestPlans(AgreeCommon):
    def test_over_invoices_without_touching_them(self):
        first = self._invoice(self.customer, 600, 40)
        second = self._invoice(self.customer, 400.01, 20)
        before = (first | second).line_ids.mapped("write_date")
        plan = self._agree(count=3)
        self.assertEqual(plan.state, "active")
        self.assertEqual(
            plan.installment_ids.mapped(lambda p: (p.date, p.amount)),
            [(PARTS[0], 333.33), (PARTS[1], 333.33), (PARTS[2], 333.35)],
        )
        self.assertEqual(plan.amount_items, 1000.01)
        self.assertEqual((first | second).line_ids.mapped("write_date"), before)
        self.assertEqual(self._said(), [(0, "on_plan"), (0, "on_plan")])
        # Whichever item is paid: the oldest installment first
        self._pay(second, 400.01)
        self.assertEqual(plan.installment_ids.mapped("amount_paid"), [333.33, 66.68, 0])
        self.assertEqual(
            plan.installment_ids.mapped("state"), ["paid", "partly", "open"]
        )
        self.assertEqual(plan.amount_paid + plan.amount_open, plan.amount_items)

    def test_down_payment_and_own_dates(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(
            offer=False, count=2, down=400, down_on=self.today, rhythm="month_end"
        )
        self.assertEqual(
            plan.installment_ids.mapped(lambda p: (p.date, p.amount)),
            [
                (self.today, 400),
                (date(2026, 3, 31), 300),
                (date(2026, 4, 30), 300),
            ],
        )
        plan.cancel("other dates")
        own = [(PARTS[0], 100), (PARTS[3], 900)]
        plan = self._agree(offer=False, installments=own)
        self.assertEqual(plan.installment_ids.mapped("amount"), [100, 900])

    def test_kept(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        for day in PARTS:
            with self._on(day):
                self._pay(invoice, 250, day)
            self._night(day)
        self.assertEqual(plan.state, "kept")
        self.assertFalse(self._calls())

    def test_missed_and_caught_up(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        self._night(LATE)
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.cure_until, LATE + timedelta(days=7))
        self.assertEqual(len(self._calls()), 1)
        before = self._mails()
        self._deliver(LATE)
        mail = (self._mails() - before).filtered(
            lambda m: "installment of March 17, 2026" in m.subject
        )
        self.assertEqual(len(mail), 1)
        for part in ("$ 250.00", "March 30, 2026", "goes on as agreed"):
            self.assertIn(part, self._body(mail))
        self._pay(invoice, 250, LATE)
        self._night(date(2026, 3, 24))
        self.assertFalse(plan.cure_until)
        self.assertEqual(plan.state, "active")
        self.assertEqual(self._said(), [(0, "on_plan")])

    def test_second_miss_ends_it(self):
        """Also after the first was caught up; the ladder goes on at the next step."""
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        self._night(LATE)
        self._pay(invoice, 250, LATE)
        self._night(date(2026, 3, 24))
        self._night(LATE_AGAIN)
        self.assertEqual(plan.state, "broken")
        self.assertFalse(self._notices(self.customer), "one contact on one day")
        self._deliver(LATE_AGAIN)
        mail = self._mails()[-1]
        self.assertIn("the agreement has ended", self._body(mail))
        self.assertIn("$ 750.00", self._body(mail))
        # The message is a contact: the ladder goes on after the gap
        self._night(LATE_AGAIN + timedelta(days=4))
        self.assertFalse(self._notices(self.customer, "ready"))
        self._night(LATE_AGAIN + timedelta(days=7))
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.step_id, self._step("business_gentle"))
        self.assertEqual(notice.line_ids.amount, 750)

    def test_not_caught_up_ends_it(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(count=2, rhythm="month")
        self._night(LATE)
        self._deliver(LATE)
        self._night(LATE + timedelta(days=7))
        self.assertEqual(plan.state, "active")
        self._night(LATE + timedelta(days=8))
        self.assertEqual(plan.state, "broken")

    def test_goes_on_where_it_stood(self):
        """A step taken before the plan is not repeated, and none is passed over."""
        self._invoice(self.customer, 1000, 20)
        self._plan(None, self.customer)
        self.env["ar.notice"].deliver()
        self.assertEqual(self._open().taken_delay, 3)
        self._agree(count=2, rhythm="month")
        self._night(LATE)
        self._deliver(LATE)
        end = LATE + timedelta(days=8)
        self._night(end)
        self._deliver(end)
        with self._on(end + timedelta(days=7)):
            self._plan(end + timedelta(days=7), self.customer)
            notice = self._notices(self.customer, "proposed", "ready")
        # Not the final demand, old as it is by now
        self.assertEqual(notice.step_id, self._step("business_call"))

    def test_reversed_payment_opens_it_again(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree(count=1)
        payment = self._pay(invoice, 1000)
        self._night(self.today)
        self.assertEqual(plan.state, "kept")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self._night(date(2026, 3, 12))
        self.assertEqual(plan.state, "active")
        self.assertEqual(plan.installment_ids.state, "open")
        self.assertEqual(self._said(), [(0, "on_plan")])

    def test_invoice_reset_to_draft_leaves(self):
        """The item leaves the plan, the plan says so, and adds up again."""
        first = self._invoice(self.customer, 600, 40)
        self._invoice(self.customer, 400, 20)
        plan = self._agree()
        first.button_draft()
        self._night(date(2026, 3, 11))
        self.assertEqual(plan.installment_ids.mapped("amount"), [250, 150, 0, 0])
        self.assertEqual(plan.amount_items, 400)
        self.assertEqual(plan.amount_paid + plan.amount_open, plan.amount_items)
        self.assertIn("no longer part", self.debtor.message_ids[0].body)
        first.action_post()
        self.assertEqual(self._free(), [600, 0])

    def test_survives_a_merge(self):
        self._invoice(self.other, 1000, 40)
        self.debtor = self._debtor(self.other)
        plan = self._agree(self._open(self.other))
        into = self._debtor(self.customer)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "dst_partner_id": self.customer.id,
                "partner_ids": [(6, 0, (self.customer | self.other).ids)],
            }
        )
        wizard.action_merge()
        self.assertEqual(plan.debtor_id, into)
        self.debtor = into
        self.assertEqual(self._said(), [(0, "on_plan")])

    def test_replaced_by_another(self):
        """A plan changes only by a new one that replaces it."""
        self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        with self.assertRaisesRegex(ValidationError, "already"):
            self._agree()
        new = self._agree(sign=False, count=2, supersedes_id=plan.id)
        self.assertEqual((plan.state, new.state), ("active", "offered"))
        self.assertEqual(plan.line_ids.mapped("active"), [True])
        new._start()
        self.assertEqual((plan.state, new.state), ("cancelled", "active"))
        self.assertEqual(new.line_ids.mapped("active"), [True])
        self.assertIn(new.number, plan.close_note)

    def test_covenant_alone_ends_nothing(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(covenant=True, first_on=date(2026, 6, 1))
        self._invoice(self.customer, 70, date(2026, 3, 16), term=5)
        self._night(date(2026, 3, 25))
        self.assertEqual(plan.state, "active")
        kind = self.env.ref("ar_followup_plus.activity_agreement")
        activity = self.debtor.activity_ids.filtered(
            lambda a: a.activity_type_id == kind
        )
        self.assertIn("new invoices are late", activity.summary)

    # === WHO MAY === #

    def test_limits_by_role(self):
        """Within them a collector offers, above them a credit manager approves."""
        self._invoice(self.customer, 1000, 40)
        self.company.ar_plan_months = 1
        plan = self._agree(offer=False, count=12, rhythm="month")
        plan.with_user(self.user_collector).action_offer()
        self.assertEqual((plan.state, plan.needs_approval), ("draft", True))
        self.assertFalse(self._mails())
        self.assertFalse(self._open().amount_planned)
        plan.with_user(self.user_manager).action_offer()
        self.assertEqual((plan.state, plan.needs_approval), ("offered", False))
        self.assertEqual(plan.approved_by_id, self.user_manager)
        self.assertEqual(len(self._mails()), 1)
        for name, value in (("ar_plan_amount", 999), ("ar_plan_down_percent", 10)):
            with self.subTest(name=name):
                self.company.write(
                    {"ar_plan_months": 12, "ar_plan_amount": 0, name: value}
                )
                self.assertTrue(plan._why_manager())
        self.company.write({"ar_plan_amount": 1000, "ar_plan_down_percent": 0})
        self.assertFalse(plan._why_manager())

    def test_only_a_manager_ends_a_plan(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        with self.assertRaises(AccessError):
            plan.with_user(self.user_collector).cancel("no")
        with self.assertRaisesRegex(UserError, "Say why"):
            plan.with_user(self.user_manager).cancel(" ")
        plan.with_user(self.user_manager).cancel("Paid by the parent company")
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(self._free(), [1000])

    def test_by_the_customer(self):
        """Within what the company allows it is offered at once, else it waits for us,
        and not for ever.
        """
        self._invoice(self.customer, 1000, 40)
        values = {"count": 3, "rhythm": "month", "first_on": PARTS[0]}
        debtor, items = self.debtor.sudo(), self._open().sudo()
        self.debtor.profile = "good"
        plan = Agreement(debtor).propose(items, values, source="customer")
        self.assertEqual(plan.state, "offered")
        self.assertTrue(plan.agreement_id)
        plan.cancel("test")
        self.debtor.profile = "chronic"
        plan = Agreement(debtor).propose(items, values, source="customer")
        self.assertEqual(plan.state, "draft")
        self.assertEqual(self._said(), [(0, "waiting_for_us")])
        self._night(date(2026, 3, 25))
        self.assertEqual(plan.state, "draft", "it can still be answered")
        self.assertFalse(plan.line_ids.active)
        self.assertEqual(self._free(), [1000])

    def test_offer_runs_out(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False, first_on=date(2026, 5, 1))
        self.assertEqual(plan.offer_until, date(2026, 3, 24))
        self.assertEqual(self._said(), [(0, "on_plan")])
        self._night(date(2026, 3, 25))
        self.assertEqual(plan.state, "cancelled")

    def test_nothing_else_can_write(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        for record in (plan, plan.line_ids, plan.installment_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.user_manager).write({})
        with self.assertRaises(UserError):
            plan.unlink()

    def test_refused(self):
        self._invoice(self.customer, 1000, 40)
        week = timedelta(days=7)
        for match, values in (
            ("add up", {"installments": [(PARTS[0], 500), (PARTS[1], 499)]}),
            ("follow each other", {"installments": [(PARTS[1], 500), (PARTS[0], 500)]}),
            ("today or later", {"installments": [(self.today - week, 1000)]}),
            ("above nothing", {"installments": [(PARTS[0], 1001), (PARTS[1], -1)]}),
            (
                "1 to 120",
                {"installments": [(PARTS[0] + n * week, 2.5) for n in range(400)]},
            ),
            ("1 to 120", {"count": 400}),
            ("1 to 120", {"count": 0}),
            ("less than", {"count": 2, "down": 1000}),
            ("less than", {"kind": "settlement", "amount": 1000, "date": PARTS[0]}),
            (
                "greater than zero",
                {"kind": "settlement", "amount": 0, "date": PARTS[0]},
            ),
        ):
            with (
                self.subTest(match=match),
                self.assertRaisesRegex(ValidationError, match),
            ):
                self._agree(**values)
        self.debtor.kind = "consumer"
        with self.assertRaisesRegex(ValidationError, "Consumers"):
            self._agree(count=13)
        self.assertFalse(self.debtor.plan_ids)

    # === SETTLEMENTS === #

    def test_settlement_kept(self):
        """The rest is a draft credit note, to the cent, and is not asked for."""
        invoice = self._invoice(self.customer, 1000, 40)
        self.company.ar_settle_percent = 20
        plan = self._agree(kind="settlement", amount=900.01, date=PARTS[0])
        self._pay(invoice, 900.01)
        self._night(date(2026, 3, 11))
        self.assertEqual(plan.state, "kept")
        credit = self.env["account.move"].search(
            [("reversed_entry_id", "=", invoice.id)]
        )
        self.assertEqual((credit.state, credit.amount_total), ("draft", 99.99))
        self.assertEqual(self._said(), [(0, "waiting_for_us")])
        credit.action_post()
        self._night(date(2026, 3, 12))
        self.assertFalse(plan.line_ids.active)
        self.assertEqual(invoice.amount_residual, 0)

    def test_settlement_whose_payment_comes_back(self):
        """All of it is owed again, whatever became of the credit note."""
        invoice = self._invoice(self.customer, 1000, 40)
        self.company.ar_settle_percent = 20
        plan = self._agree(kind="settlement", amount=900, date=PARTS[0])
        payment = self._pay(invoice, 900)
        self._night(date(2026, 3, 11))
        self.assertEqual((plan.state, self._free()), ("kept", [0]))
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self._night(date(2026, 3, 12))
        self.assertEqual(plan.state, "broken")
        self.assertFalse(plan.line_ids.active)
        self.assertEqual(self._free(), [1000])
        self.assertTrue(self._calls())

    def test_settlement_missed_is_void(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree(kind="settlement", amount=900, date=PARTS[0])
        self._pay(invoice, 100)
        self._night(LATE)
        self.assertEqual(plan.state, "broken")
        self.assertEqual(self._said()[0][0], 900)
        self.assertFalse(
            self.env["account.move"].search([("reversed_entry_id", "=", invoice.id)])
        )

    # === MESSAGES === #

    def test_reminder_before_each_installment(self):
        invoice = self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        before = self._mails()
        self._deliver(date(2026, 3, 13))
        self.assertFalse(self._mails() - before)
        for _again in range(2):
            self._deliver(date(2026, 3, 16))  # the weekend is quiet
        mail = self._mails() - before
        self.assertEqual(len(mail), 1)
        self.assertIn("March 17, 2026", mail.subject)
        self.assertIn("$ 250.00", self._body(mail))
        self.assertIn(f"installment={plan.installment_ids[0].id}", self._body(mail))
        # Paid ahead of time: nothing to remind of
        self._pay(invoice, 500)
        self._deliver(date(2026, 3, 23))
        self.assertEqual(self._mails() - before, mail)

    def test_waits_for_a_reply_and_a_snooze(self):
        self._invoice(self.customer, 1000, 40)
        plan = self._agree()
        before = self._mails()
        self._night(LATE)
        for name in ("reply_until", "snooze_until"):
            with self.subTest(name=name):
                self.debtor.sudo()[name] = LATE + timedelta(days=1)
                self._deliver(LATE)
                self.assertFalse(self._mails() - before)
                self.assertEqual(plan.message_due, "missed")
                self.assertFalse(plan.installment_ids[1].reminded_on)
                self.debtor.sudo()[name] = False
        # One message a day: what has a period of its own goes first
        self._deliver(LATE)
        mail = self._mails() - before
        self.assertIn("the installment of", mail.subject)
        self._deliver(LATE + timedelta(days=1))
        self.assertEqual(len(self._mails() - before), 2)

    def test_each_click_in_ask(self):
        """Where each notice waits for a click, a person is asked."""
        self._invoice(self.customer, 1000, 40)
        self._agree()
        before = self._mails()
        self.company.ar_state = "ask"
        self._deliver(PARTS[0])
        self.assertFalse(self._mails() - before)
        self.assertIn(
            "Write to the customer", self.debtor.activity_ids.mapped("summary")[0]
        )
