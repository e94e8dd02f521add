"""Late charges from a real ledger, each figure worked out in words beside it."""

from datetime import date

from odoo import Command

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
        4  B: credit note of 500.00 on 25 January, matched
        5  B: 1,500.00 paid on 5 February: paid late, nothing open
           10 days on 2,000.00 at 8 %: 20,000 × .08 / 365 = 4.383562
            6 days (26 to 31 January) on 1,500.00, 8 %: 9,000 × .08 / 365 = 1.972603
            5 days (1 to 5 February) on 1,500.00, 10 %: 7,500 × .10 / 365 = 2.054795
           together 8.410959                                               = 8.41
        6  C 700.00 due 28 February: 10 days at 10 %: 7,000 × .10 / 365 = 1.917808 = 1.92
        7  C: a payment of 700.00 on 8 March that nobody matched: it covers the oldest
           open item, which is A (600.00), and 100.00 of C, from 9 March.
           A loses 2 days on 600.00 at 10 %: 1,200 × .10 / 365 = 0.328767
           so A is 12.076712 − 0.328767 = 11.747945                        = 11.75
           C loses 2 days on 100.00: 200 × .10 / 365 = 0.054795
           so C is 1.917808 − 0.054795 = 1.863014                          = 1.86
        8  D 300.00 due 31 January, paid on the due date (9): nothing
        10 E 450.00 due 20 March: not due: nothing
        USD: 11.75 + 8.41 + 1.86                                           = 22.02

        In EUR:

        11 F 1,200.00 due 28 February, 10 days at 10 %
           12,000 × .10 / 365 = 3.287671                                   = 3.29
        12 G 800.00 due 18 February: 20 days at 10 %
        13 G: 300.00 paid on 28 February
           10 days on 800.00: 8,000 × .10 / 365 = 2.191781
           10 days on 500.00: 5,000 × .10 / 365 = 1.369863
           together 3.561644                                               = 3.56
        14 H 100.00 due 8 March: 2 days: 200 × .10 / 365 = 0.054795        = 0.05
        15 H: credit note of 100.00 of today, unmatched: from tomorrow
        EUR: 3.29 + 3.56 + 0.05                                            = 6.90
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
        credit = self._credit(customer, 500, b, invoice_date=date(2026, 1, 25))
        self._match_credit(credit, b)
        self._pay(b, 1500, date(2026, 2, 5))
        c = invoice(700, 2026, 2, 28)
        self._pay_on_account(customer, 700, date(2026, 3, 8))
        d = invoice(300, 2026, 1, 31)
        self._pay(d, 300, date(2026, 1, 31))
        e = invoice(450, 2026, 3, 20)
        f = invoice(1200, 2026, 2, 28, currency=self.eur)
        g = invoice(800, 2026, 2, 18, currency=self.eur)
        self._pay(g, 300, date(2026, 2, 28))
        h = invoice(100, 2026, 3, 8, currency=self.eur)
        self._credit(customer, 100, h, currency=self.eur, invoice_date=self.today)
        accrued = self.debtor._ar_accrued()
        self.assertEqual(
            accrued.by_item,
            {
                self._items(a).id: 11.75,
                self._items(b).id: 8.41,
                self._items(c).id: 1.86,
                self._items(f).id: 3.29,
                self._items(g).id: 3.56,
                self._items(h).id: 0.05,
            },
        )
        self.assertNotIn(self._items(d).id, accrued.by_item)
        self.assertNotIn(self._items(e).id, accrued.by_item)
        self.assertEqual(self._accrued(), {"USD": 22.02, "EUR": 6.90})

    def _match_credit(self, credit, invoice):
        (credit.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
