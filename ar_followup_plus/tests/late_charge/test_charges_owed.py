"""Charges on what was really owed and really late, and on nothing else."""

from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ...models.dispute.dispute_intake import DisputeIntake
from .charges_common import ChargesCommon

DAY = timedelta(days=1)


class OwedCommon(ChargesCommon):
    """9 % a year, and a fixed sum of 40 for each invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme.fixed_ids = [Command.create({"from_amount": 0, "amount": 40})]
        cls.company.ar_charge_since = date(2025, 1, 1)
        cls.company.ar_charge_when = "step"

    def _night(self, on=None):
        with freeze_time(f"{on or self.today} 02:00:00"):
            self.company.sudo()._ar_charge_company()
        self.env.invalidate_all()
        return self.env["ar.late.charge"].search([], order="id")

    def _demand(self, *invoices, sent=None, given=None):
        """Return a demand that says that nothing is charged if all arrives in time."""
        notice = self._notice("final", list(invoices), number="N2026-000009")
        notice._ar_unlocked().write(
            {
                "state": "sent",
                "sent_on": sent or self._ago(14),
                "date_given": given or self._ago(4),
                "waives_charges": True,
            }
        )
        return notice


class TestChargesKept(OwedCommon):
    """Demands give until 6 March; the invoices are due on 16 January."""

    def _late(self, amount=1000, currency=None):
        return self._invoice(self.customer, amount, date(2026, 1, 16), currency)

    def test_paid_on_the_last_day_and_booked_on_the_next(self):
        invoice = self._late()
        self._demand(invoice)
        # 49 days are 12.08
        self.assertEqual(self._accrued(on=date(2026, 3, 6)), {"USD": 52.08})
        self.assertFalse(self._night(date(2026, 3, 7)))
        self._pay(invoice, on=date(2026, 3, 6))
        charges = self._night(date(2026, 3, 8))
        self.assertEqual(charges.mapped("amount_posted"), [0])
        self.assertFalse(self._accrued())

    def test_until_the_books_reach_it(self):
        invoice = self._late()
        self._demand(invoice)
        self.company.ar_check_books = True
        small = self._invoice(self.other, 5, 3)
        self._pay(small, on=date(2026, 3, 5))
        self.assertFalse(self._night(date(2026, 3, 20)))
        small = self._invoice(self.other, 5, 3)
        self._pay(small, on=date(2026, 3, 15))
        self.assertEqual(len(self._night(date(2026, 3, 20))), 1)

    def test_unmatched_money_counts_until_it_is_matched_elsewhere(self):
        invoice = self._late()
        self._demand(invoice)
        money = self._pay_on_account(self.customer, 1000, date(2026, 3, 5))
        self.assertFalse(self._night(date(2026, 3, 20)))
        other = self._invoice(self.customer, 1000, date(2026, 3, 9))
        self._match(money, other)
        [charge] = self._night(date(2026, 3, 20))
        # To 19 March: 62 days, 15.29
        self.assertEqual(charge.amount_posted, 55.29)

    def test_money_that_the_bank_knows(self):
        invoice = self._late()
        self._demand(invoice)
        self._ledger().bank_money(invoice.name, 1000, date(2026, 3, 5))
        self.assertFalse(self._night(date(2026, 3, 11)))

    def test_a_difference_of_exchange_rates_breaks_nothing(self):
        """The payment came in time; the difference is dated when it was matched."""
        self.env["res.currency.rate"].create(
            {
                "name": "2026-02-20",
                "currency_id": self.eur.id,
                "company_id": self.company.id,
                "rate": 1.5,
            }
        )
        invoice = self._late(currency=self.eur)
        self._demand(invoice)
        money = self._pay(invoice, on=date(2026, 3, 5), reconcile=False)
        self._match(money, invoice)
        exchange = self.env["account.move"].search(
            [
                ("journal_id", "=", self.company.currency_exchange_journal_id.id),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertTrue(exchange, "there is a difference")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET date = '2026-03-09' WHERE move_id IN %s",
            [tuple(exchange.ids)],
        )
        self.env.invalidate_all()
        self.assertEqual(self._accrued(), {})
        self.assertEqual(
            self._night(date(2026, 3, 20)).mapped("amount_posted"), [0], "it was kept"
        )

    def test_what_we_credited_ourselves_need_not_be_in_time(self):
        """900 of 1,000 arrived in time, and we credited 100: the waiver holds."""
        invoice = self._late()
        self._demand(invoice)
        self._pay(invoice, 900, on=date(2026, 3, 5))
        self._credit(
            self.customer,
            100,
            of=invoice,
            match=True,
            invoice_date=date(2026, 3, 9),
            ar_credit_kind="goodwill",
        )
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._accrued(), {})

    def test_money_for_an_item_without_charges(self):
        """The demand lists an invoice and one for charges, which bears none itself."""
        invoice = self._late()
        self.company._ar_prepare_charges()
        line = {
            "product_id": self.company.ar_charge_product_id.id,
            "price_unit": 100,
            "tax_ids": [Command.clear()],
        }
        charges = self._invoice(
            self.customer, 100, date(2026, 1, 20),
            invoice_line_ids=[Command.create(line)],
        )  # fmt: skip
        self._demand(invoice, charges)
        self._pay(invoice, on=date(2026, 3, 5))
        money = self._pay_on_account(self.customer, 100, date(2026, 3, 5))
        self.assertFalse(self._night(date(2026, 3, 20)))
        self._match(money, charges)
        self.assertEqual(self._night(date(2026, 3, 20)).mapped("amount_posted"), [0])

    def test_the_rest_by_a_credit_note_that_nobody_matched(self):
        invoice = self._late()
        self._demand(invoice)
        self._pay(invoice, 900, on=date(2026, 3, 5))
        self._credit(self.customer, 100, of=invoice, invoice_date=date(2026, 3, 9))
        self.assertFalse(self._night(date(2026, 3, 20)))


class TestChargesOwed(OwedCommon):
    def _credited(self, invoice, amount, on, **values):
        credit = self._credit(self.customer, amount, invoice, invoice_date=on, **values)
        (credit.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        return credit

    def test_a_duplicate_that_is_credited(self):
        invoice = self._invoice(self.customer, 1000, 41)
        self.assertEqual(self._accrued(), {"USD": 50.11})
        credit = self._credited(invoice, 1000, self.today)
        self.assertEqual(self._accrued(), {})
        # Goods that came back were owed until then
        for kind in ("return", "goodwill"):
            credit.ar_credit_kind = kind
            self.env.flush_all()
            with freeze_time(f"{self.today + DAY} 10:00:00"):
                self.assertEqual(self._accrued(), {"USD": 50.11})
        credit.ar_credit_kind = "correction"
        self.assertEqual(self._accrued(), {})

    def test_a_credit_note_that_nobody_matched(self):
        invoice = self._invoice(self.customer, 1000, 41)
        self._credit(self.customer, 1000, invoice, invoice_date=self.today)
        self.assertEqual(self._accrued(), {})

    def test_a_credit_note_made_from_another_invoice(self):
        """It says nothing about this one, and counts from its day on."""
        invoice = self._invoice(self.customer, 1000, 41)
        other = self._invoice(self.customer, 1000, -5)
        credit = self._credit(self.customer, 1000, other, invoice_date=self._ago(11))
        (credit.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        # 30 days
        self.assertEqual(self._accrued(), {"USD": 47.40})

    def test_an_accepted_dispute(self):
        invoice = self._invoice(self.customer, 300, 30)
        self.assertEqual(self._accrued(), {"USD": 42.22})
        dispute = DisputeIntake(self.debtor).open(
            invoice, self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        )
        self.assertTrue(dispute)
        self._credited(invoice, 300, self.today)
        self.assertEqual(self._accrued(), {})

    def test_billed_too_much(self):
        """10,000 instead of 1,000: 45 days on 1,000 are 11.10, and the fixed sum."""
        self.scheme.fixed_ids = [
            Command.clear(),
            Command.create({"from_amount": 0, "amount": 40}),
            Command.create({"from_amount": 10000, "amount": 100}),
        ]
        invoice = self._invoice(self.customer, 10000, 45)
        self.assertEqual(self._accrued(), {"USD": 210.96})
        self._credited(invoice, 9000, self._ago(9))
        self.assertEqual(self._accrued(), {"USD": 51.10})

    def test_a_credit_of_an_invoice_that_is_not_due(self):
        """It covers its own invoice, and takes nothing off another one."""
        self.scheme.fixed_ids = False
        self._invoice(self.customer, 1000, 40)
        coming = self._invoice(self.customer, 1000, -20)
        self._credit(self.customer, 1000, coming, invoice_date=self._ago(4))
        self.assertEqual(self._accrued(), {"USD": 9.86})

    def test_a_credit_that_equals_an_item(self):
        """As on the ladder: it covers that item, not the oldest."""
        self.scheme.fixed_ids = False
        old = self._invoice(self.customer, 1000, 40)
        new = self._invoice(self.customer, 500, 30)
        self._pay_on_account(self.customer, 500, self._ago(10))
        # 1,000 for 40 days; 500 for 20 days are 2.47
        self.assertEqual(self._figures(old)[3], 9.86)
        self.assertEqual(self._figures(new)[3], 2.47)

    # === FIXED SUMS === #

    def _bands(self):
        self.company.ar_charge_scheme_id = self._scheme(
            "By amount", 0, kind="none",
            fixed_ids=[
                Command.create({"from_amount": start, "amount": amount})
                for start, amount in ((0, 40), (1000, 70), (10000, 100))
            ],
        )  # fmt: skip

    def test_the_fixed_sum_is_that_of_the_invoice(self):
        """30,000 in parts of 9,000, 9,000 and 12,000: 100, not 70 by the first part."""
        self._bands()
        term = self._terms((30, 0), (30, 30), (40, 90))
        self._invoice(
            self.customer, 30000, 0, invoice_payment_term_id=term.id,
            invoice_date=self._ago(10), invoice_date_due=False,
        )  # fmt: skip
        self.assertEqual(self._accrued(), {"USD": 100})

    def test_the_fixed_sum_of_what_is_late(self):
        """9,500 of 10,000 came in time: 500 are late."""
        self._bands()
        invoice = self._invoice(self.customer, 10000, 10)
        self._pay(invoice, 9500, self._ago(12))
        self.assertEqual(self._accrued(), {"USD": 40})

    # === LINES FOR CHARGES === #

    def test_one_line_for_charges_on_an_invoice_of_goods(self):
        """5,000 of goods for 30 days are 36.99; the line of 20 bears nothing."""
        self.scheme.fixed_ids = False
        self.company._ar_prepare_charges()
        product = self.company.ar_charge_product_id
        lines = [
            Command.create(
                {"name": "Goods", "price_unit": 5000, "tax_ids": [Command.clear()]}
            ),
            Command.create(
                {
                    "name": "Late",
                    "product_id": product.id,
                    "price_unit": 20,
                    "tax_ids": [Command.clear()],
                }
            ),
        ]
        invoice = self._invoice(self.customer, 5020, 30, invoice_line_ids=lines)
        self.assertEqual(invoice.amount_total, 5020)
        self.assertEqual(self._accrued(), {"USD": 36.99})
        self._pay(invoice, 5000, self._ago(10))
        # 20 days on 5,000
        self.assertEqual(self._accrued(), {"USD": 24.66})
        # Charges first: 20 days on 5,000, and 10 on 20 of the goods
        self.company.ar_charge_order = "charges"
        self.assertEqual(self._accrued(), {"USD": 24.71})

    def test_charges_first_before_and_after_matching(self):
        """1,200 of which 200 are charges; 200 paid: 30 days on 1,000 are 7.40."""
        self.scheme.fixed_ids = False
        self.company.ar_charge_order = "charges"
        self.company._ar_prepare_charges()
        product = self.company.ar_charge_product_id
        lines = [
            Command.create(
                {"price_unit": price, "tax_ids": [Command.clear()], **values}
            )
            for price, values in (
                (1000, {"name": "Goods"}),
                (200, {"product_id": product.id}),
            )
        ]
        invoice = self._invoice(self.customer, 1200, 30, invoice_line_ids=lines)
        money = self._pay_on_account(self.customer, 200, self._ago(10))
        self.assertEqual(self._accrued(), {"USD": 7.40})
        self._match(money, invoice)
        self.assertEqual(self._accrued(), {"USD": 7.40})
        # The charges are paid: 500 more are for the goods, 5 days on 500 less
        self._pay_on_account(self.customer, 500, self._ago(5))
        self.assertEqual(self._accrued(), {"USD": 6.78})

    def test_a_charge_that_is_cancelled_is_not_charged_again(self):
        invoice = self._invoice(self.customer, 1000, 30)
        charge = self._decide({invoice: 47.40})
        charge.note_id.sudo().button_cancel()
        self.assertEqual(self._accrued(), {})
        self.company.ar_charge_when = "monthly"
        again = self._night(date(2026, 4, 2)) - charge
        # 51 days are 12.58, of which 7.40 are done with; no fixed sum
        self.assertEqual(again.mapped("amount_posted"), [5.18])

    # === THE RATE === #

    def test_the_united_kingdom(self):
        """The rate of a debt is that of the half-year in which its interest began."""
        scheme = self.env.ref("ar_followup_plus.late_charge_scheme_uk").copy(
            {"fixed_ids": False, "company_id": self.company.id}
        )
        self.assertEqual(scheme.rate_rule, "start")
        base = scheme.reference_id
        base.rate_ids.unlink()
        base.rate_ids = [
            Command.create({"date_from": first, "date_to": last, "percent": percent})
            for first, last, percent in (
                ("2022-07-01", "2022-12-31", 1.25),
                ("2023-01-01", "2023-06-30", 3.5),
                ("2024-07-01", "2024-12-31", 5.25),
                ("2025-01-01", "2025-06-30", 4.75),
            )
        ]
        self.company.write(
            {"ar_charge_scheme_id": scheme.id, "ar_charge_since": date(2020, 1, 1)}
        )
        for amount, due, paid, charged in (
            (5000, date(2022, 12, 15), date(2023, 5, 31), 211.61),
            (10000, date(2024, 10, 31), date(2025, 4, 30), 657.05),
        ):
            invoice = self._invoice(self.customer, amount, due)
            self._pay(invoice, on=paid)
            self.assertEqual(self._figures(invoice)[3], charged)
        for name in ("eu", "de", "fr"):
            other = self.env.ref(f"ar_followup_plus.late_charge_scheme_{name}")
            self.assertEqual(other.rate_rule, "follows")


class TestChargesTooHigh(OwedCommon):
    """What was charged and turns out too high is proposed as a credit note."""

    def _credits(self):
        return self.env["account.move"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("move_type", "=", "out_refund"),
                ("journal_id", "=", self.company.ar_charge_journal_id.id),
            ]
        )

    def _match_all(self, credit, invoice):
        (credit.line_ids + invoice.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()

    def _proposed(self, note, amount):
        """Assert one draft for an invoice, told to the manager and held meanwhile."""
        credit = self._credits()
        self.assertEqual(len(credit), 1)
        self.assertEqual(credit.state, "draft")
        self.assertEqual(credit.amount_total, amount)
        self.assertEqual(credit.reversed_entry_id, note)
        self.assertIn(
            note.name, "".join(a.summary or "" for a in self.debtor.activity_ids)
        )
        self.env.flush_all()
        item = self.env["ar.open.item"].search([("move_id", "=", note.id)])
        self.assertEqual(item.amount_waiting, amount)
        # Once, and what was decided against is not proposed again
        self._night(date(2026, 4, 3))
        self.assertEqual(self._credits(), credit)
        credit.unlink()
        self._night(date(2026, 4, 4))
        self.assertFalse(self._credits())
        # Nothing is left to be posted
        self.assertNotIn(
            note.name, "".join(a.summary or "" for a in self.debtor.activity_ids)
        )

    def test_paid_in_time_and_booked_after_it_was_charged(self):
        invoice = self._invoice(self.customer, 1000, date(2026, 1, 16))
        self._demand(invoice)
        [charge] = self._night(date(2026, 3, 20))
        self.assertEqual(charge.amount_posted, 55.29)
        self._pay(invoice, on=date(2026, 3, 6))
        self._night(date(2026, 3, 26))
        self._proposed(charge.note_id, 55.29)

    def test_a_duplicate(self):
        invoice = self._invoice(self.customer, 1000, 41)
        note = self._decide({invoice: 50.11}).note_id
        self._night()
        self.assertFalse(self._credits())
        credit = self._credit(self.customer, 1000, invoice, invoice_date=self.today)
        self._match_all(credit, invoice)
        self._night()
        self._proposed(note, 50.11)

    def test_billed_too_much(self):
        """150.96 were charged; 1,000 for 45 days are 11.10, and 40."""
        invoice = self._invoice(self.customer, 10000, 45)
        note = self._decide({invoice: 150.96}).note_id
        credit = self._credit(self.customer, 9000, invoice, invoice_date=self.today)
        self._match_all(credit, invoice)
        self._night()
        self._proposed(note, 99.86)

    def test_what_was_credited_is_not_charged(self):
        """1,000 instead of 500: 50.05 were charged for 203 days, 25.03 are right.

        The 500 stay open and earn 3.70 in 30 days.
        """
        self.scheme.fixed_ids = False
        invoice = self._invoice(self.customer, 1000, 203)
        note = self._decide({invoice: 50.05}).note_id
        wrong = self._credit(self.customer, 500, invoice, invoice_date=self.today)
        self._match_all(wrong, invoice)
        self._night()
        credit = self._credits()
        self.assertEqual(credit.amount_total, 25.02)
        later = self.today + 30 * DAY
        self.assertEqual(self._figures(invoice, later), (28.73, 25.03, 0, 3.70))
        credit.action_post()
        self.assertEqual(self._figures(invoice, later), (28.73, 25.03, 0, 3.70))
        self.company.ar_charge_when = "monthly"
        again = self._night(date(2026, 5, 2)).filtered(lambda one: one.note_id != note)
        # To 30 April: 254 days on 500 are 31.32
        self.assertEqual(again.mapped("amount_posted"), [6.29])
        self._night(date(2026, 5, 3))
        self.assertEqual(self._credits(), credit)

    def test_a_fixed_sum_that_was_credited_is_not_charged_again(self):
        """10,000 instead of 1,000: 100 were charged, 40 are right."""
        self.scheme.fixed_ids = [
            Command.clear(),
            Command.create({"from_amount": 0, "amount": 40}),
            Command.create({"from_amount": 10000, "amount": 100}),
        ]
        invoice = self._invoice(self.customer, 10000, 45)
        self._decide({invoice: 210.96})
        wrong = self._credit(self.customer, 9000, invoice, invoice_date=self.today)
        self._match_all(wrong, invoice)
        self._night()
        self.assertEqual(self._credits().amount_total, 159.86)
        # 46 days on 1,000 are 11.34
        later = self.today + DAY
        self.assertEqual(self._figures(invoice, later), (51.34, 51.10, 0, 0.24))

    def test_what_was_credited_is_not_waived(self):
        """The date was kept: the charges are credited, and nothing is left."""
        invoice = self._invoice(self.customer, 1000, date(2026, 1, 16))
        self._demand(invoice)
        charge = self._night(date(2026, 3, 20))
        self._pay(invoice, on=date(2026, 3, 6))
        self._night(date(2026, 3, 26))
        self._credits().action_post()
        self.assertEqual(self._night(date(2026, 3, 27)), charge)

    def test_a_company_that_charges_no_more_credits(self):
        invoice = self._invoice(self.customer, 1000, 41)
        other = self._invoice(self.customer, 1000, 41)
        notes = self._decide({invoice: 50.11, other: 50.11}).note_id
        tasks = self.env["ar.nightly"]._tasks
        name = "_ar_charge_company"
        for mode, move in (("shown", invoice), ("off", other)):
            self.company.ar_charge_mode = mode
            self.assertIn(
                self.company,
                [task.company for task in tasks() if task.work.__name__ == name],
            )
            credit = self._credit(self.customer, 1000, move, invoice_date=self.today)
            self._match_all(credit, move)
            known, before = self._credits(), self.env["ar.late.charge"].search([])
            self.assertEqual(self._night(), before, "nothing more is charged")
            new = self._credits() - known
            self.assertEqual(new.amount_total, 50.11)
            self.assertIn(new.reversed_entry_id, notes)

    def test_the_invoice_is_cancelled(self):
        invoice = self._invoice(self.customer, 1000, 30)
        note = self._decide({invoice: 47.40}).note_id
        invoice.button_draft()
        invoice.button_cancel()
        self._night()
        self._proposed(note, 47.40)

    def test_a_credit_note_that_meets_a_unique_index_fails_alone(self):
        notes = self.env["account.move"]
        for partner in (self.customer, self.other):
            invoice = self._invoice(partner, 1000, 30)
            notes |= self._decide({invoice: 47.40}, partner=partner).note_id
            invoice.button_draft()
            invoice.button_cancel()
        self._credit(self.customer, 5)
        self.env.flush_all()
        self.env.cr.execute(
            """CREATE UNIQUE INDEX ar_test_one_each ON account_move (partner_id)
                WHERE move_type = 'out_refund' AND partner_id = %s""",
            [self.customer.id],
        )
        with mute_logger("odoo.sql_db"):
            self._night()
        credits = self.env["account.move"].search(
            [("reversed_entry_id", "in", notes.ids)]
        )
        self.assertEqual(credits.partner_id, self.other)
        self.assertIn(
            f"A credit note for {notes[0].name} could not be made",
            "".join(self.debtor.activity_ids.mapped("summary")),
        )

    def test_other_settings_change_nothing(self):
        invoice = self._invoice(self.customer, 1000, 30)
        self._decide({invoice: 47.40})
        self.scheme.rate_ids.percent = 2
        self.scheme.fixed_ids = [Command.clear()]
        self._night()
        self.assertFalse(self._credits())

    def test_paid_late_changes_nothing(self):
        invoice = self._invoice(self.customer, 1000, 30)
        self._decide({invoice: 47.40})
        self._pay(invoice)
        self.company.ar_charge_keep_paid = False
        self._night(date(2026, 3, 20))
        self.assertFalse(self._credits())
        self.assertFalse(self._accrued())
