"""A ledger of twenty entries, computed by hand, and how its aged list is read."""

from datetime import date

from odoo import Command

from ...engine.aging import USUAL_RANGES, ranges
from ...models.analytics.aging import Aging
from ...models.analytics.aging_terms import AgingTerms
from ..common import ArCommon


class AnalyticsCommon(ArCommon):
    """Reads aged lists as the accountant of the test."""

    def _aging(self, day=None, text=USUAL_RANGES, env=None, **terms):
        """Return the aged list of a day."""
        env = env or self._one_company()
        terms = AgingTerms(day or self.today, ranges=ranges(text), **terms)
        return Aging(env, terms, text)

    def _one_company(self):
        """Return the environment in which only the company of the test is chosen."""
        return self.env(
            context={**self.env.context, "allowed_company_ids": self.company.ids}
        )

    def _sums(self, day=None, group="company_id", **terms):
        """Return the sums of an aged list without zeros, ``{column: amount}``."""
        parts = self._aging(day, **terms).table(group)
        self.assertLessEqual(len(parts), 1, "several currencies")
        sums = parts[0][2] if parts else {}
        return {name: amount for name, amount in sums.items() if amount}

    @classmethod
    def _entry(cls, amount, on, partner=None, account=None):
        """Return a posted entry on the receivable account, against income."""
        entry = cls.env["account.move"].create(
            {
                "journal_id": cls.company_data["default_journal_misc"].id,
                "date": on,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": cls.receivable.id,
                            "partner_id": partner.id if partner else False,
                            "balance": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": cls.company_data[
                                "default_account_revenue"
                            ].id,
                            "balance": -amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    @classmethod
    def _twenty_entries(cls):
        """Post twenty entries of five months; what is open by day is known by hand."""
        a, b = cls.customer, cls.other
        c, d = cls._customer("Third Customer"), cls._customer("Fourth Customer")
        cls.a, cls.b, cls.c, cls.d = a, b, c, d
        halves = cls._terms((50, 30), (50, 60))
        one = cls._invoice(a, 1000, date(2025, 10, 31))
        two = cls._invoice(a, 600, date(2025, 12, 15))
        three = cls._invoice(
            a,
            300,
            0,
            invoice_date=date(2025, 12, 1),
            invoice_payment_term_id=halves.id,
        )
        four = cls._invoice(b, 2000, date(2026, 1, 19))
        five = cls._credit(b, 200, invoice_date=date(2025, 12, 28))
        cls._pay(one, 400, date(2025, 11, 20))
        cls._pay(one, 600, date(2026, 1, 5))
        cls._pay_on_account(b, 500, date(2026, 1, 10))
        nine = cls._invoice(c, 500, date(2025, 12, 31), cls.eur)
        cls._invoice(c, 100, date(2026, 3, 2))
        cls._entry(70, date(2025, 12, 31))
        cls._entry(-70, date(2026, 1, 2))
        excluded = cls._invoice(d, 80, date(2026, 1, 4))
        cls._items(excluded).no_followup = True
        cls._concede(excluded, 80, date(2026, 2, 15))
        part = cls._pay_on_account(a, 150, date(2026, 1, 2))
        first = cls._items(three)[0]
        (first + cls._items(part.move_id)).reconcile()
        cls._invoice(b, 50, date(2026, 3, 3))
        cls._pay(two, 700, date(2026, 2, 10))
        cls._invoice(b, 999, date(2026, 1, 9), post=False)
        cls._invoice(b, 888, date(2026, 1, 10)).button_cancel()
        cls._match_credit(five, four)
        cls._pay_late_in_books(nine)

    @classmethod
    def _match_credit(cls, credit, invoice):
        (cls._items(credit) + cls._items(invoice)).reconcile()

    @classmethod
    def _pay_late_in_books(cls, invoice):
        """Pay 500 EUR of 250 USD with 200 USD, in a period that is locked.

        The loss of 50 USD is booked after the lock.
        """
        cls.env["res.currency.rate"].create(
            {
                "name": date(2026, 1, 15),
                "rate": 2.5,
                "currency_id": cls.eur.id,
                "company_id": cls.company.id,
            }
        )
        payment = cls._pay_on_account(
            invoice.partner_id, 500, date(2026, 1, 20), cls.eur
        )
        cls.company.fiscalyear_lock_date = date(2026, 2, 12)
        (cls._items(invoice) + cls._items(payment.move_id)).reconcile()
        cls.company.fiscalyear_lock_date = False
        cls.env.flush_all()

    #: What the twenty entries leave open, by day; company currency.
    OPEN = {
        date(2025, 11, 19): {"not_due": 600, "bucket_1": 1000, "amount": 1600},
        date(2025, 12, 31): {
            "not_due": 2500,
            "bucket_1": 600,
            "bucket_3": 600,
            "amount": 3700,
        },
        date(2026, 1, 4): {
            "not_due": 2030,
            "bucket_1": 920,
            "bucket_3": 600,
            "credits": -70,
            "amount": 3480,
        },
        date(2026, 1, 31): {
            "not_due": 100,
            "bucket_1": 2030,
            "bucket_2": 670,
            "credits": -570,
            "exchange": 50,
            "amount": 2280,
        },
        date(2026, 2, 12): {
            "not_due": 150,
            "bucket_1": 1950,
            "bucket_2": 150,
            "credits": -670,
            "exchange": 50,
            "amount": 1630,
        },
        date(2026, 3, 10): {
            "bucket_1": 150,
            "bucket_2": 1950,
            "bucket_3": 70,
            "credits": -670,
            "amount": 1500,
        },
    }
