"""Late charges: for whom, how much, decided once, by whom, and kept."""

from datetime import date, timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from ...models.credit_control.credit_hold import CreditHold
from ...models.late_charge.accrued_charges import AccruedCharges
from ...models.late_charge.charge_reader import ChargeReader
from .charges_common import ChargesCommon

DAY = timedelta(days=1)


class TestCharges(ChargesCommon):
    """1,000.00 at 9 % a year for 30 days is 7.3973: 7.40."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(cls.customer, 1000, 30)
        cls.item = cls._items(cls.invoice)

    def assert_refused(self, error, message, act, *args, **kwargs):
        with (
            self.assertRaisesRegex(error, message),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            act(*args, **kwargs)
            self.env.flush_all()

    # === HOW MUCH === #

    def test_accrued(self):
        accrued = AccruedCharges(self.debtor).together()
        self.assertEqual(accrued, {self.usd: 7.40})
        self.assertEqual(accrued.by_item, {self.item.id: 7.40})
        self.assertEqual(self._accrued(on=self._ago(30)), {})
        self.assertEqual(self._accrued(on=self._ago(20)), {"USD": 2.47})
        each = AccruedCharges(self.debtor | self._debtor(self.other)).each()
        self.assertEqual(each[self.debtor.id], {self.usd: 7.40})
        self.assertEqual(each[self._debtor(self.other).id], {})

    def test_off(self):
        self.company.ar_charge_mode = "off"
        self.assertEqual(self._accrued(), {})

    def test_what_bears_none(self):
        """A deposit kept apart, an entry that is not followed up, and what is not due."""
        self.item.no_followup = True
        self._invoice(self.customer, 500, -3)
        self.assertEqual(self._accrued(), {})

    def test_minimum_cap_and_grace(self):
        for values, accrued in (
            ({"minimum": 7.40}, 7.40),
            ({"minimum": 7.41}, None),
            ({"minimum": 0, "cap_percent": 0.5}, 5.0),
            ({"cap_percent": 0, "grace_days": 10}, 4.93),  # 20 days
            ({"grace_days": 30}, None),
        ):
            self.scheme.write(values)
            wanted = {"USD": accrued} if accrued else {}
            self.assertEqual(self._accrued(), wanted, values)

    def test_fixed_sums_by_bands_once_for_an_invoice(self):
        """The sums of the United Kingdom, on invoices of two installments."""
        uk = self.env.ref("ar_followup_plus.late_charge_scheme_uk")
        for amount, sum_ in (
            (999.99, 40),
            (1000, 70),
            (9999.99, 70),
            (10000, 100),
        ):
            self.assertEqual(
                [b.amount for b in uk.fixed_ids if amount >= b.from_amount][-1], sum_
            )
        term = self._terms((50, 0), (50, 20))
        scheme = self._scheme(
            "Only fixed", 0, kind="none",
            fixed_ids=[Command.create({"from_amount": 0, "amount": 40})],
        )  # fmt: skip
        self.company.ar_charge_scheme_id = scheme
        customer = self._customer("Half Hardware")
        self._invoice(
            customer, 600, 0, invoice_payment_term_id=term.id,
            invoice_date=self._ago(40), invoice_date_due=False,
        )  # fmt: skip
        self.assertEqual(self._accrued(customer), {"USD": 40.0})
        # In another currency at the rate of the due date: 2 EUR for 1 USD
        euro = self._customer("Euro Hardware")
        self._invoice(euro, 600, 5, self.eur)
        self.assertEqual(self._accrued(euro), {"EUR": 80.0})

    def test_a_day_without_a_rate_says_so(self):
        self.scheme.rate_ids.date_to = self._ago(5)
        self.assertEqual(self._accrued(), {})
        for act in (
            lambda: self._decide({self.invoice: 1}),
            lambda: self._decide({self.invoice: 0}, reason="Goodwill"),
        ):
            self.assert_refused(
                UserError, "Nine percent has no rate for 03/06/2026", act
            )
        ask = self.env["ar.late.charge.ask"].create({"debtor_id": self.debtor.id})
        self.assertIn("has no rate for 03/06/2026", ask.warning)
        self.assertFalse(ask.line_ids)

    def test_presets(self):
        """Published reference rates plus the points of each law; none is guessed."""
        eu = self.env.ref("ar_followup_plus.late_charge_scheme_eu")
        rates = eu._engine()
        self.assertEqual(rates.at(date(2026, 6, 30)).rate, 101_500)
        self.assertEqual(rates.at(date(2026, 7, 1)).rate, 104_000)
        uk = self.env.ref("ar_followup_plus.late_charge_scheme_uk")._engine()
        self.assertEqual(uk.at(date(2024, 3, 1)).rate, 132_500)
        fr = self.env.ref("ar_followup_plus.late_charge_scheme_fr")._engine()
        self.assertEqual(fr.at(date(2026, 3, 1)).rate, 121_500)
        de = self.env.ref("ar_followup_plus.late_charge_scheme_de")
        self.assertEqual(de.margin, 9)
        self.assertFalse(de.reference_id.rate_ids)
        for scheme in self.env["ar.late.charge.scheme"].search(
            [("company_id", "=", False), ("kind", "=", "reference")]
        ):
            self.assertTrue(scheme.note)
            self.assertFalse(scheme.consumers)
        self.debtor.charge_scheme_id = self.env.ref(
            "ar_followup_plus.late_charge_scheme_none"
        )
        self.assertEqual(self._accrued(), {})

    # === FOR WHOM === #

    def test_own_scheme_of_a_customer(self):
        self.debtor.charge_scheme_id = self._scheme("By contract", 18)
        self.assertEqual(self._accrued(), {"USD": 14.79})

    def test_group_companies_are_charged_nothing(self):
        self.debtor.kind = "group"
        self.assertEqual(self._accrued(), {})

    def test_consumers(self):
        """None without a scheme for them, none before a free reminder and 14 days."""
        self.debtor.kind = "consumer"
        self.assertEqual(self._accrued(), {})
        with self.assertRaisesRegex(ValidationError, "not meant for consumers"):
            self.company.ar_charge_consumer_scheme_id = self.scheme
        self.company.ar_charge_consumer_scheme_id = self._scheme(
            "Five percent", 5, consumers=True,
            fixed_ids=[Command.create({"from_amount": 0, "amount": 40})],
        )  # fmt: skip
        self.assertEqual(self._accrued(), {})
        early = self._notice("preventive", [self.invoice])
        early.write({"state": "sent", "sent_on": self._ago(35)})
        self.assertEqual(self._accrued(), {})
        free = self._notice("gentle", [self.invoice])
        free.write({"state": "sent", "sent_on": self._ago(14)})
        self.assertEqual(self._accrued(), {})
        # The 14 days are over: 10 days at 5 % = 1.37, and never a fixed sum
        free._ar_unlocked().sent_on = self._ago(24)
        self.assertEqual(self._accrued(), {"USD": 1.37})

    def test_contact_stop(self):
        """Charges stop where the reason says so, and the days stay free afterwards."""
        self.debtor.stop_contact("court")
        self.assertEqual(self._accrued(), {"USD": 7.40})
        self.debtor.lift_stop()
        with freeze_time(f"{self._ago(10)} 10:00:00"):
            self.debtor.stop_contact("moratorium")
        self.assertEqual(self._accrued(), {"USD": 4.68})  # 19 days, to the 11th ago
        with freeze_time(f"{self._ago(6)} 10:00:00"):
            self.debtor.lift_stop()
        self.assertFalse(self.debtor.stop_reason)
        self.assertEqual(self._accrued(), {"USD": 6.16})  # 5 days free of 30: 25

    # === DECIDED === #

    def test_posted(self):
        charge = self._decide({self.invoice: 7.40})
        note = charge.note_id
        self.assertEqual(note.state, "posted")
        self.assertEqual(note.journal_id, self.company.ar_charge_journal_id)
        self.assertEqual(note.amount_total, 7.40)
        self.assertEqual(note.partner_id, self.customer)
        self.assertIn(self.invoice.name, note.invoice_line_ids.name)
        self.assertEqual(note.invoice_line_ids.product_id.name, "Late-payment charges")
        self.assertEqual(
            (charge.date_from, charge.date_to), (self._ago(29), self.today)
        )
        self.assertEqual(charge.calculation[0]["days"], 30)
        self.assertEqual(self._figures(self.invoice), (7.40, 7.40, 0, 0))
        # What was charged bears no interest: neither what we made, nor made by hand
        self.assertEqual(self._accrued(on=self.today + 60 * DAY), {"USD": 14.79})
        with freeze_time("2026-05-09 10:00:00"):
            self.assertEqual(self._accrued(), {"USD": 14.79})
            # Cancelled, it is waived: the days are done with
            note.sudo().button_cancel()
            self.assertEqual(self._accrued(), {"USD": 14.79})
            self.assertEqual(self._figures(self.invoice), (22.19, 0, 7.40, 14.79))
            note.sudo().button_draft()
            note.sudo().action_post()
            self.assertEqual(self._figures(self.invoice), (22.19, 7.40, 0, 14.79))

    def test_what_was_cancelled_is_waived(self):
        """The days of a charge whose invoice was cancelled are not charged again."""
        note = self._decide({self.invoice: 7.40}).note_id
        note.sudo().button_cancel()
        with self.assertRaisesRegex(UserError, "Nothing accrued here"):
            self._decide({self.invoice: 7.40})
        self.company.sudo()._ar_charge_some(self.debtor.ids, self._ago(1))
        charges = self.env["ar.late.charge"].search([])
        self.assertEqual(charges.note_id, note)

    def test_one_that_cannot_be_charged_fails_alone(self):
        """Whatever stands in the way of one customer, the others are charged."""
        neighbour = self._invoice(self.other, 1000, 30)
        paid = self._invoice(self.customer, 10, 400)
        self._pay(paid, 10, self._ago(400))
        # The days of the item, kept under another invoice: the reader cannot see it
        self.env["ar.late.charge"].sudo().create(
            {
                "company_id": self.company.id,
                "debtor_id": self.debtor.id,
                "move_line_id": self.item.id,
                "move_id": paid.id,
                "currency_id": self.usd.id,
                "date_from": self._ago(29),
                "date_to": self._ago(29),
            }
        )
        debtors = self.debtor | self._debtor(self.other)
        with mute_logger("odoo.sql_db"):
            self.company.sudo()._ar_charge_some(debtors.ids, self._ago(1))
        charged = self.env["ar.late.charge"].search([("amount_posted", ">", 0)])
        self.assertEqual(charged.move_id, neighbour)
        self.assertTrue(
            self.debtor.activity_ids.filtered(
                lambda a: "could not be charged" in (a.summary or "")
            )
        )

    def test_the_note_is_posted_although_orders_wait(self):
        self.company.ar_gate_invoices = True
        CreditHold(self.debtor.sudo()).place("hold", "For a test")
        with self.assertRaises(RedirectWarning):
            self._invoice(self.customer, 10, -30)
        note = self._decide({self.invoice: 7.40}).note_id
        self.assertEqual(note.state, "posted")

    def test_taxes_are_those_of_the_product(self):
        tax = self.company_data["default_tax_sale"]
        tax.amount = 20
        self.company._ar_prepare_charges()
        self.company.ar_charge_product_id.taxes_id = tax
        note = self._decide({self.invoice: 7.40}).note_id
        self.assertEqual(note.invoice_line_ids.tax_ids, tax)
        self.assertEqual(note.amount_total, 8.88)

    def test_never_twice_for_the_same_days(self):
        self._decide({self.invoice: 7.40})
        self.assert_refused(
            UserError, "Nothing accrued", self._decide, {self.invoice: 7.40}
        )
        self.assertEqual(self.env["ar.late.charge"].search_count([]), 1)
        values = {
            "company_id": self.company.id,
            "debtor_id": self.debtor.id,
            "move_line_id": self.item.id,
            "move_id": self.invoice.id,
            "currency_id": self.usd.id,
            "date_from": self._ago(29),
            "date_to": self.today,
        }
        with (
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self.env["ar.late.charge"].sudo().create(values)
            self.env.flush_all()

    def test_reduced_and_waived(self):
        self.assert_refused(ValidationError, "Say why", self._decide, {self.invoice: 5})
        self.assert_refused(
            ValidationError, "between 0 and", self._decide, {self.invoice: 9}
        )
        self.assert_refused(
            ValidationError, "between 0 and", self._decide, {self.invoice: -1}
        )
        charge = self._decide({self.invoice: 5}, reason="A good customer")
        self.assertEqual(charge.amount_posted, 5)
        self.assertEqual(charge.amount_waived, 2.40)
        self.assertEqual(charge.user_id, self.env.user)
        self.assertEqual(self._figures(self.invoice), (7.40, 5, 2.40, 0))
        with freeze_time("2026-03-20 10:00:00"):
            # 40 days are 9.86
            self.assertEqual(self._figures(self.invoice), (9.86, 5, 2.40, 2.46))
            waived = self._decide(
                {self.invoice: 0}, date(2026, 3, 20), "Really a good one"
            )
            self.assertFalse(waived.note_id)
            self.assertEqual(waived.date_from, self.today + DAY)
            self.assertEqual(self._figures(self.invoice), (9.86, 5, 4.86, 0))

    def test_by_role(self):
        for user in (self.user_collector, self.user_accountant, self.user_none):
            charge = self.env["ar.late.charge"].with_user(user)
            self.assert_refused(
                AccessError,
                "",
                charge._decide,
                self.debtor.with_user(user),
                self.today,
                {self.item.id: 7.40},
            )
        collector = self.debtor.with_user(self.user_collector)
        self.assertEqual(
            AccruedCharges(collector).together().by_item, {self.item.id: 7.40}
        )
        self.assertEqual(collector.accrued_text, "$\xa07.40")
        ask = self.env["ar.late.charge.ask"].with_user(self.user_collector)
        ask = ask.create({"debtor_id": self.debtor.id})
        self.assertIn(self.invoice.name, ask.calculation)
        self.assertEqual(ask.line_ids.accrued, 7.40)
        self.assert_refused(AccessError, "credit manager", ask.action_post)
        self.assert_refused(AccessError, "credit manager", ask.action_waive)
        # A credit manager needs no accounting rights
        ask = self.env["ar.late.charge.ask"].with_user(self.user_manager)
        ask = ask.create({"debtor_id": self.debtor.id})
        ask.line_ids.charged = 5
        ask.reason = "A good customer"
        ask.action_post()
        charge = self.env["ar.late.charge"].with_user(self.user_manager).search([])
        self.assertEqual(charge.amount_posted, 5)
        self.assertTrue(charge.note_name)
        self.assertEqual(charge.user_id, self.user_manager)
        self.assert_refused(
            AccessError, "cannot be edited", charge.write, {"reason": "x"}
        )

    def test_shown_only_is_never_charged(self):
        self.company.ar_charge_mode = "shown"
        self.assertEqual(self._accrued(), {"USD": 7.40})
        self.assert_refused(
            UserError, "shows late charges only", self._decide, {self.invoice: 7.40}
        )
        self._decide({self.invoice: 0}, reason="Goodwill")
        self.assertEqual(self._accrued(), {})

    def test_nothing_is_charged_under_a_contact_stop(self):
        self.debtor.stop_contact("court")
        self.assert_refused(UserError, "is stopped", self._decide, {self.invoice: 7.40})
        self.assertFalse(self.env["ar.late.charge"].search([]))

    def test_paid_late(self):
        """Principal that was paid does not lose what accrued, unless so set."""
        self.company.ar_charge_since = self._ago(365)
        self._pay(self.invoice, 1000, self._ago(10))
        self.assertEqual(self._accrued(), {"USD": 4.93})
        self.company.ar_charge_since = self._ago(9)
        self.assertEqual(self._accrued(), {})
        self.company.write(
            {"ar_charge_since": self._ago(365), "ar_charge_keep_paid": False}
        )
        self.assertEqual(self._accrued(), {})

    def test_edited_invoice_keeps_what_was_charged(self):
        """An item that is gone leaves what was decided to those of the same invoice."""
        term = self._terms((50, 0), (50, 10))
        customer = self._customer("Edited Editions")
        invoice = self._invoice(
            customer, 1000, 0, invoice_payment_term_id=term.id,
            invoice_date=self._ago(40), invoice_date_due=False,
        )  # fmt: skip
        first, second = self._items(invoice)
        debtor = self._debtor(customer)
        # 500.00 for 40 days 4.93, and for 30 days 3.70
        charges = self.env["ar.late.charge"]._decide(
            debtor, self.today, {first.id: 4.93, second.id: 3.70}
        )
        invoice.button_draft()
        invoice.write(
            {"invoice_payment_term_id": False, "invoice_date_due": self._ago(35)}
        )
        invoice.action_post()
        item = self._items(invoice)
        self.assertEqual(len(item), 1)
        charges.invalidate_recordset()
        self.assertEqual(len(charges.move_line_id), 1)
        self.assertEqual(self._accrued(customer), {})
        [charge] = AccruedCharges(debtor).by_debtor()[debtor.id]
        self.assertEqual(charge.posted, 863)

    # === BAD INPUT === #

    def test_dates(self):
        self.assert_refused(
            UserError,
            "in the future",
            self._decide,
            {self.invoice: 1},
            self.today + DAY,
        )

    def test_rates_that_overlap_or_are_negative(self):
        Rate = self.env["ar.late.charge.rate"]
        base = {"scheme_id": self.scheme.id, "percent": 5}
        for values, message in (
            ({"date_from": "2025-01-01"}, "hold on the same days"),
            ({"date_from": "2019-01-01", "date_to": "2020-01-01"}, "hold on the same"),
            ({"date_from": "2019-01-01", "date_to": "2018-01-01"}, "before it begins"),
            (
                {"date_from": "2019-01-01", "date_to": "2019-02-01", "percent": -1},
                "between 0 and 1000",
            ),
        ):
            self.assert_refused(
                ValidationError, message, Rate.create, {**base, **values}
            )
        Rate.create({**base, "date_from": "2019-01-01", "date_to": "2019-12-31"})

    def test_journal_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        journal = self.env["account.journal"].create(
            {"name": "Sales", "code": "ELSE", "type": "sale", "company_id": other.id}
        )
        for wrong in (journal, self.bank_journal):
            self.assert_refused(
                ValidationError,
                "need a sales journal of its own",
                self.company.write,
                {"ar_charge_journal_id": wrong.id},
            )

    def test_no_invoice_over_a_trifle(self):
        """Neither by a person nor at night; what is to be posted is said before."""
        self.company.ar_charge_minimum = 10
        ask = self.env["ar.late.charge.ask"].with_user(self.user_manager)
        ask = ask.create({"debtor_id": self.debtor.id})
        self.assertIn("7.40", ask.posting)
        self.assertIn(self.customer.name, ask.posting)
        self.assert_refused(UserError, "the smallest one of", ask.action_post)
        Charge = self.env["ar.late.charge"].sudo()
        night = [(self.company.id, self.usd, 7.40), (self.company.id, self.eur, 20.0)]
        self.assertEqual(
            Charge._worth_posting(self.company, night),
            {(self.company.id, self.eur)},
        )
        reader = ChargeReader(self.env, self.debtor.ids, self.today, self.company)
        self.assertFalse(self.company._ar_to_charge(reader))
        self.company.ar_charge_minimum = 5
        self.assertTrue(self.company._ar_to_charge(reader))
        ask.action_post()
        [charge] = Charge.search([("debtor_id", "=", self.debtor.id)])
        self.assertEqual(charge.amount_posted, 7.40)

    def test_locked_period_proposes_the_next_open_date(self):
        self.company.sudo().fiscalyear_lock_date = self._ago(5)
        self.assert_refused(
            UserError,
            "closed on 03/01/2026. The next open day is 03/06/2026",
            self._decide,
            {self.invoice: 7.40},
            note_date=date(2026, 3, 1),
        )
        ask = self.env["ar.late.charge.ask"].create({"debtor_id": self.debtor.id})
        self.assertEqual(ask.note_date, self.today)
        charge = self._decide({self.invoice: 7.40}, note_date=date(2026, 3, 6))
        self.assertEqual(charge.note_id.invoice_date, date(2026, 3, 6))

    def test_settings(self):
        manager = self.company.with_user(self.user_manager)
        manager.write({"ar_charge_mode": "off"})
        self.assert_refused(
            ValidationError,
            "Choose what",
            manager.write,
            {"ar_charge_mode": "shown", "ar_charge_scheme_id": False},
        )
        manager.write(
            {"ar_charge_mode": "posted", "ar_charge_scheme_id": self.scheme.id}
        )
        self.assertTrue(self.company.ar_charge_journal_id)
        with self.assertRaises(AccessError):
            self.company.with_user(self.user_collector).write({"ar_charge_mode": "off"})
        with self.assertRaisesRegex(UserError, "in use"):
            self.scheme.unlink()

    def test_order_in_which_payments_count(self):
        count = AccruedCharges(self.debtor).count_payment
        self.assertEqual(count(100, 7.40, 1000, self.usd), (0, 100, 0))
        self.company.ar_charge_order = "charges"
        self.assertEqual(count(100, 7.40, 1000, self.usd), (7.40, 92.60, 0))

    # === WORDS === #

    def test_words_for_terms_of_payment(self):
        words = self.company._ar_late_charge_words("en_US")
        self.assertEqual(
            words,
            "On amounts that are paid late we may charge interest of 9\xa0% a year, "
            "from the day after the due date. Consumers are not charged.",
        )
        eu = self.env.ref("ar_followup_plus.late_charge_scheme_eu")
        self.company.ar_charge_scheme_id = eu
        words = self.company._ar_late_charge_words("en_US")
        self.assertIn("8 percentage points above the reference rate", words)
        self.assertIn("at present 10.15\xa0% a year", words)
        self.assertIn("we may charge a fixed sum of 40.00\xa0€.", words)
        self.company.ar_charge_mode = "off"
        self.assertEqual(self.company._ar_late_charge_words("en_US"), "")
