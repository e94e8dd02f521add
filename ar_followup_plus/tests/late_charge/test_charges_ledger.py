"""Late charges from a real ledger, each figure worked out in words beside it."""

from datetime import date

from odoo import Command

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.late_charge.accrued_charges import AccruedCharges
from ...models.payment_plan.agreement import Agreement
from .charges_common import ChargesCommon


class TestChargesLedger(ChargesCommon):
    """Fifteen entries of one customer, to the cent."""

    def test_fifteen_entries(self):
        """The rate is 8 % until 31 January 2026 and 10 % from 1 February; 365 days.

        As of 10 March 2026, in USD:

        1  A 1,000.00 due 31 December
        2  A: 400.00 paid on 20 January
           20 days (1 to 20 January) on 1,000.00 at 8 %:  20,000 × .08 / 365 = 4.383562
           11 days (to 31 January) on 600.00 at 8 %:       6,600 × .08 / 365 = 1.446575
           28 + 10 days (February, March) on 600.00, 10 %: 22,800 × .10 / 365 = 6.246575
           together 12.076712                                              = 12.08
        3  B 2,000.00 due 15 January
        4  B: credit note of 500.00 for a return on 25 January, matched
        5  B: 1,500.00 paid on 5 February: paid late, nothing open
           10 days on 2,000.00 at 8 %: 20,000 × .08 / 365 = 4.383562
            6 days (26 to 31 January) on 1,500.00, 8 %: 9,000 × .08 / 365 = 1.972603
            5 days (1 to 5 February) on 1,500.00, 10 %: 7,500 × .10 / 365 = 2.054795
           together 8.410959                                               = 8.41
        6  C 700.00 due 28 February
        7  A payment of 700.00 on 8 March that nobody matched: it equals C and covers
           it, as it does for what is asked for, from 9 March.
           C: 8 days at 10 %: 5,600 × .10 / 365 = 1.534247                 = 1.53
        8  D 300.00 due 31 January, paid on the due date (9): nothing
        10 E 900.00 due 8 February, of which 500.00 are disputed from 19 February to
           28 February (10 days):
           10 days (9 to 18 February) on 900.00: 9,000 × .10 / 365 = 2.465753
           10 days on 400.00: 4,000 × .10 / 365 = 1.095890
           10 days (1 to 10 March) on 900.00: 9,000 × .10 / 365 = 2.465753
           together 6.027396                                               = 6.03
        USD: 12.08 + 8.41 + 1.53 + 6.03                                    = 28.05

        In EUR:

        11 F 1,200.00 due 28 February, 10 days at 10 %
           12,000 × .10 / 365 = 3.287671                                   = 3.29
        12 G 800.00 due 18 February: 20 days at 10 %
        13 G: 300.00 paid on 28 February
           10 days on 800.00: 8,000 × .10 / 365 = 2.191781
           10 days on 500.00: 5,000 × .10 / 365 = 1.369863
           together 3.561644                                               = 3.56
        14 H 2,000.00 due 18 February, on a plan since 1 March that lets charges stand
           still: 10 days (19 to 28 February): 20,000 × .10 / 365 = 5.479452 = 5.48
        15 I: a credit note of 50.00 for a return of F of today, unmatched: from tomorrow
        EUR: 3.29 + 3.56 + 5.48                                            = 12.33
        """
        self.scheme.rate_ids = [
            Command.clear(),
            Command.create(
                {"date_from": "2025-01-01", "date_to": "2026-01-31", "percent": 8}
            ),
            Command.create({"date_from": "2026-02-01", "percent": 10}),
        ]
        self.company.ar_charge_since = date(2026, 1, 1)
        customer = self.customer

        def invoice(amount, *due, currency=None):
            return self._invoice(customer, amount, date(*due), currency)

        a = invoice(1000, 2025, 12, 31)
        self._pay(a, 400, date(2026, 1, 20))
        b = invoice(2000, 2026, 1, 15)
        credit = self._credit(
            customer, 500, b, invoice_date=date(2026, 1, 25), ar_credit_kind="return"
        )
        self._match_credit(credit, b)
        self._pay(b, 1500, date(2026, 2, 5))
        c = invoice(700, 2026, 2, 28)
        self._pay_on_account(customer, 700, date(2026, 3, 8))
        d = invoice(300, 2026, 1, 31)
        self._pay(d, 300, date(2026, 1, 31))
        e = invoice(900, 2026, 2, 8)
        self._dispute(e, 500, date(2026, 2, 19), date(2026, 2, 28))
        f = invoice(1200, 2026, 2, 28, currency=self.eur)
        g = invoice(800, 2026, 2, 18, currency=self.eur)
        self._pay(g, 300, date(2026, 2, 28))
        h = invoice(2000, 2026, 2, 18, currency=self.eur)
        self._plan_for(h, date(2026, 3, 1))
        self._credit(
            customer,
            50,
            f,
            currency=self.eur,
            invoice_date=self.today,
            ar_credit_kind="return",
        )
        accrued = AccruedCharges(self.debtor).together()
        self.assertEqual(
            accrued.by_item,
            {
                self._items(a).id: 12.08,
                self._items(b).id: 8.41,
                self._items(c).id: 1.53,
                self._items(e).id: 6.03,
                self._items(f).id: 3.29,
                self._items(g).id: 3.56,
                self._items(h).id: 5.48,
            },
        )
        self.assertNotIn(self._items(d).id, accrued.by_item)
        self.assertEqual(self._accrued(), {"USD": 28.05, "EUR": 12.33})

    def _match_credit(self, credit, invoice):
        (credit.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()

    def _dispute(self, invoice, amount, opened, closed=None):
        """Return a dispute of a part of an invoice, between two days."""
        item = self._items(invoice)
        dispute = DisputeIntake(self.debtor).open(
            invoice,
            self.env.ref("ar_followup_plus.ar_dispute_reason_other"),
            "They say so",
            {item.id: amount},
        )
        values = {"opened_on": opened}
        if closed:
            values.update(closed_on=closed, state="rejected")
        dispute._ar_unlocked().write(values)
        return dispute

    def _plan_for(self, invoice, start, **values):
        """Return a plan that runs since a day."""
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        plan = Agreement(self.debtor).propose(
            item, {"count": 2, "first_on": self._ago(-10), "rhythm": "month", **values}
        )
        plan.sudo()._start()
        plan.sudo().start_on = start
        return plan

    def test_dispute_that_is_open(self):
        """10 days at 9 % on 1,000.00; then 300.00 are in question: 10 days on 700.00.

        10,000 × .09 / 365 = 2.465753; 7,000 × .09 / 365 = 1.726027: 4.19
        """
        invoice = self._invoice(self.customer, 1000, 20)
        self._dispute(invoice, 300, self._ago(9))
        self.assertEqual(self._accrued(), {"USD": 4.19})

    def test_plans_that_stand_still_or_not(self):
        """1,000.00 at 9 % for 20 days is 4.93; 10 of them 2.47."""
        for values, state, accrued in (
            ({}, "active", 2.47),
            ({"charges": "running"}, "active", 4.93),
            ({}, "broken", 2.71),  # from tomorrow on again, closed yesterday: 11 days
            ({"charges_back": True}, "broken", 4.93),
        ):
            with self.subTest(values=values, state=state):
                invoice = self._invoice(self.customer, 1000, 20)
                plan = self._plan_for(invoice, self._ago(9), **values).sudo()
                if state == "broken":
                    plan._close("broken")
                    plan.closed_on = self._ago(1)
                by_item = AccruedCharges(self.debtor).together().by_item
                self.assertEqual(by_item[self._items(invoice).id], accrued)

    def test_a_promise_lets_them_run(self):
        invoice = self._invoice(self.customer, 1000, 30)
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        Agreement(self.debtor).promise(item, self._ago(-5))
        self.assertEqual(self._accrued(), {"USD": 7.40})

    def test_one_free_extension_a_year_for_a_good_payer(self):
        """More days without a fee, once in 365 days; a broken promise does not count."""
        invoice = self._invoice(self.customer, 1000, 30)
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        self.debtor.profile = "good"
        promise = Agreement(self.debtor).promise(item, self._ago(-5))
        promise.sudo().start_on = self._ago(10)
        free = self._accrued()["USD"]
        self.assertLess(free, 7.40)
        promise.sudo()._close("broken")
        self.assertEqual(self._accrued(), {"USD": 7.40})
        promise.sudo().state = "kept"
        self.assertEqual(self._accrued()["USD"], free)
        again = Agreement(self.debtor).promise(item, self._ago(-5))
        self.assertEqual((promise.charges, again.charges), ("frozen", "running"))
