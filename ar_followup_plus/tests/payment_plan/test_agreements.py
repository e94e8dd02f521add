"""Promises: what they hold, and whether they are kept ("Promises and plans")."""

from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError

from ...models.payment_plan.agreement import Agreement
from .agree_common import AgreeCommon

#: Tuesday; a promise for the 17th is in time until Friday the 20th.
DAY = date(2026, 3, 17)
IN_TIME, AFTER = date(2026, 3, 20), date(2026, 3, 23)


class TestPromises(AgreeCommon):
    def test_holds_what_is_promised(self):
        """The rest is asked for as always."""
        self._invoice(self.customer, 1000, 20)
        promise = self._promise(amount=300)
        self.assertEqual((promise.state, promise.kind), ("active", "promise"))
        self.assertEqual(self._open().amount_promised, 300)
        self.assertEqual(self._said(), [(700, False)])
        self.assertEqual(promise.amount_open, 300)

    def test_waits_until_date_and_grace(self):
        self._invoice(self.customer, 1000, 20)
        self._promise(7)
        self.assertEqual(self._said(), [(0, "promised")])
        for day in (DAY, IN_TIME):
            self._night(day)
            self.assertFalse(self._notices(self.customer, "ready", "proposed"))

    def test_kept_whichever_way(self):
        """By payment, credit note or a payment of somebody else's account."""
        for how in ("payment", "credit", "unmatched"):
            with self.subTest(how=how):
                partner = self._customer(f"Pays by {how}")
                self.debtor = self._debtor(partner)
                invoice = self._invoice(partner, 1000, 20)
                promise = self._promise(items=self._open(partner))
                if how == "payment":
                    self._pay(invoice, 1000)
                elif how == "credit":
                    self._credit(partner, 1000, of=invoice, match=True)
                else:
                    money = self._pay_on_account(partner, 1000)
                    self._night(AFTER)
                    self.assertEqual(promise.state, "active", "it is not broken")
                    self._match(money, invoice)
                self._night(AFTER)
                self.assertEqual(promise.state, "kept")
                self.assertFalse(self._calls())

    def test_small_difference_is_kept(self):
        """4,980 of a promised 5,000."""
        invoice = self._invoice(self.customer, 5000, 20)
        promise = self._promise()
        self._pay(invoice, 4980)
        self._night(self.today)
        self.assertEqual(promise.state, "kept")

    def test_partly(self):
        invoice = self._invoice(self.customer, 1000, 20)
        promise = self._promise()
        self._pay(invoice, 400)
        self._night(AFTER)
        self.assertEqual((promise.state, promise.amount_paid), ("partly", 400))
        self._pay(invoice, 600)
        self.assertEqual(promise.amount_paid, 400, "what was paid by then")

    def test_notice_names_the_day_of_a_promise(self):
        """A notice about other invoices says until when the promised ones are paid."""
        self._invoice(self.customer, 1000, 20)
        self._promise(days=7)
        self._invoice(self.customer, 500, 20)
        self._plan(self.today, self.customer)
        notice = self._notices(self.customer)
        self.assertEqual(len(notice.line_ids.filtered(lambda n: n.role == "agreed")), 1)
        self.assertEqual(notice.text_values["promise_date"], "March 17, 2026")

    def test_broken_the_first_time(self):
        """A message with the statement, a call, and five working days for an answer."""
        self._invoice(self.customer, 1000, 20)
        promise = self._promise()
        self._night(AFTER)
        self.assertEqual(promise.state, "broken")
        self.assertEqual(len(self._calls()), 1)
        self.assertFalse(self._notices(self.customer, "ready", "proposed"))
        self._deliver(AFTER)
        mail = self._mails()
        self.assertIn("the payment agreed for March 17, 2026", mail.subject)
        self.assertEqual(len(mail.attachment_ids), 1)
        for part in ("$ 1,000.00", "March 30, 2026", "So far we have not"):
            self.assertIn(part, self._body(mail))
        for day in (AFTER + timedelta(days=1), date(2026, 3, 30)):
            self._night(day)
            self.assertFalse(self._notices(self.customer, "ready", "proposed"))
        self._night(date(2026, 3, 31))
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.step_id, self._step("business_gentle"))

    def test_broken_again_goes_on_at_once(self):
        """In the next run, whatever the gap, and never at a harsher step."""
        self._invoice(self.customer, 1000, 20)
        self._promise()
        self._night(AFTER)
        self._deliver(AFTER)
        with self._on(AFTER):
            self._promise(7)
        # The message is a contact: without "at once" the gap would hold five days
        later = date(2026, 4, 3)
        with self._on(later - timedelta(days=1)):
            self.debtor.sudo().last_contact_date = later - timedelta(days=1)
        self._night(later)
        self.assertEqual(self.debtor.plan_ids.mapped("state"), ["broken", "broken"])
        self.assertTrue(self.debtor.plan_ids[0].line_ids.at_once)
        notice = self._notices(self.customer, "ready")
        self.assertEqual(notice.step_id, self._step("business_gentle"))
        self.assertFalse(self.debtor.plan_ids[0].message_due)

    def test_books_have_to_reach_the_day(self):
        """What the bank does not know yet is held against nobody."""
        self.company.ar_check_books = True
        paid = self._invoice(self.customer, 50, 40)
        self._pay(paid, 50, self.today)
        self._invoice(self.customer, 1000, 20)
        promise = self._promise()
        self._night(AFTER)
        self.assertEqual(promise.state, "active")
        self._pay(self._invoice(self.other, 50, 5), 50, AFTER)
        self._night(AFTER)
        self.assertEqual(promise.state, "broken")

    def test_payment_that_comes_back(self):
        """The promise becomes broken, and somebody calls."""
        invoice = self._invoice(self.customer, 1000, 20)
        promise = self._promise()
        payment = self._pay(invoice, 1000)
        self._night(self.today)
        self.assertEqual(promise.state, "kept")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        self._night(date(2026, 3, 12))
        self.assertEqual(promise.state, "broken")
        self.assertTrue(self._calls())
        self.assertEqual(self._said()[0][0], 1000)

    def test_cheque_in_the_post(self):
        """It has a grace of its own."""
        self._invoice(self.customer, 1000, 20)
        promise = self._promise(cheque=True)
        self._night(AFTER)
        self.assertEqual(promise.state, "active")
        self._night(date(2026, 3, 27))
        self.assertEqual(promise.state, "broken")

    def test_two_currencies(self):
        """One promise for each."""
        self._invoice(self.customer, 1000, 20)
        self._invoice(self.customer, 500, 20, self.eur)
        promises = self._promise()
        self.assertEqual(len(promises), 2)
        with self.assertRaisesRegex(ValidationError, "already"):
            self._promise()

    def test_refused(self):
        self._invoice(self.customer, 1000, 20)
        for match, values in (
            ("today or later", {"days": -1}),
            ("at the latest", {"days": 400}),
            ("at most \\$.1,000.00", {"amount": 1000.01}),
            ("above nothing", {"amount": 0}),
            ("above nothing", {"amount": -5}),
        ):
            with (
                self.subTest(match=match),
                self.assertRaisesRegex(ValidationError, match),
            ):
                self._promise(**values)
        with self.assertRaisesRegex(ValidationError, "of this customer"):
            Agreement(self._collector(self._debtor(self.other))).promise(
                self._open(), self.today
            )
        self.assertFalse(self.debtor.plan_ids)

    def test_by_the_customer(self):
        """Alone within their profile; what is more waits for a person."""
        invoice = self._invoice(self.customer, 1000, 20)
        cases = (
            ("good", 30, "active"),
            ("regular", 15, "active"),
            ("regular", 16, "draft"),
            ("chronic", 1, "draft"),
        )
        for profile, days, state in cases:
            with self.subTest(profile=profile, days=days):
                self.debtor.profile = profile
                promise = Agreement(self.debtor.sudo()).promise(
                    self._open().sudo(),
                    self.today + timedelta(days=days),
                    source="customer",
                )
                self.assertEqual(promise.state, state)
                self.assertEqual(
                    self._said()[0],
                    (0, "promised" if state == "active" else "waiting_for_us"),
                )
                promise.cancel("test")
        with self.assertRaisesRegex(ValidationError, "agree on installments"):
            Agreement(self.debtor.sudo()).promise(
                self._open().sudo(),
                self.today + timedelta(days=31),
                source="customer",
            )
        self.assertTrue(invoice)

    def test_accepted_too_late(self):
        """A promise of the customer runs neither after its day nor beside another."""
        moves = [self._invoice(self.customer, 1000, 20) for _day in range(2)]
        self.debtor.profile = "chronic"
        short, long = (
            Agreement(self.debtor.sudo()).promise(
                self._open().sudo().filtered_domain([("move_id", "=", move.id)]),
                self.today + timedelta(days=days),
                source="customer",
            )
            for move, days in zip(moves, (1, 25), strict=True)
        )
        with self._on(date(2026, 3, 12)), self.assertRaisesRegex(UserError, "passed"):
            short.with_user(self.user_collector).action_offer()
        self._night(date(2026, 3, 25))
        self.assertEqual((short.state, long.state), ("cancelled", "draft"))
        with self._on(date(2026, 3, 25)):
            self._promise()
            with self.assertRaisesRegex(UserError, "already"):
                long.with_user(self.user_collector).action_offer()
        self.assertEqual(long.state, "draft")

    def test_amounts_to_the_cent(self):
        """JPY, EUR and TND."""
        for name, digits, total in (
            ("JPY", 0, 1001),
            ("EUR", 2, 1000.01),
            ("TND", 3, 1000.001),
        ):
            currency = self.setup_other_currency(name, rounding=10**-digits)
            partner = self._customer(f"Owes {name}")
            self.debtor = self._debtor(partner)
            invoice = self._invoice(partner, total, 20, currency)
            items = self._open(partner)
            plan = self._agree(items, count=3)
            parts = plan.installment_ids.mapped("amount")
            self.assertEqual(currency.compare_amounts(sum(parts), total), 0)
            self._pay(invoice, parts[0])
            self.assertEqual(
                plan.installment_ids.mapped("state"), ["paid", "open", "open"]
            )
            self.assertEqual(
                currency.compare_amounts(
                    self._open(partner).amount_planned, total - parts[0]
                ),
                0,
            )

    def test_tells_no_other_company(self):
        """Records stay within their company."""
        self._invoice(self.customer, 1000, 20)
        promise = self._promise()
        other = self.env["res.company"].create({"name": "Another"})
        stranger = self.user_collector.copy(
            {
                "login": "stranger",
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
            }
        )
        for record in (promise, promise.line_ids, promise.installment_ids):
            self.assertFalse(
                record.with_user(stranger).search([("id", "in", record.ids)])
            )
