"""Paying from the customer's page: all, some, or an own amount, to the cent."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from lxml import html

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import html2plaintext

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.portal.customer_page import CustomerPage
from ...models.portal.page_payment import PagePayment
from ...models.portal.typed import read_amount
from .portal_common import PortalCommon


class TestReadAmount(BaseCase):
    def test_amounts_as_people_write_them(self):
        for text, point, amount in (
            ("1250", ".", "1250"),
            ("1250.50", ".", "1250.50"),
            ("1,250.50", ".", "1250.50"),
            ("1.250,50", ",", "1250.50"),
            ("1 250,50", ",", "1250.50"),
            ("1\N{NARROW NO-BREAK SPACE}250,5", ",", "1250.5"),
            ("1'250.00", ".", "1250.00"),
            ("1250,50", ".", "1250.50"),  # the other sign, but no group of three
            ("1250.50", ",", "1250.50"),
            ("1,250", ".", "1250"),
            ("1,250", ",", "1.250"),
            ("1,250,000", ".", "1250000"),
            ("0", ".", "0"),
        ):
            with self.subTest(text=text, point=point):
                self.assertEqual(read_amount(text, point), Decimal(amount))

    def test_what_is_no_amount(self):
        for text in (
            "", None, "abc", "-5", "1e9", "1,25,00", "12.34.56", "\u0661", "NaN",
            "1" * 40, "1,2345,678", "5 USD", "<b>5</b>", "1..5",
        ):  # fmt: skip
            with self.subTest(text=text):
                self.assertIsNone(read_amount(text))


class TestPortalPay(PortalCommon):
    """Somebody has the link of a notice about two invoices, and a provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()

    def setUp(self):
        super().setUp()
        self.old = self._invoice(self.customer, 1250, 20)
        self.new = self._invoice(self.customer, 300, 9)
        self.notice = self._sent(self.customer, self.old, self.new)
        self.page_path = self._path(self.notice)
        self.debtor = self._debtor(self.customer).sudo()
        self.key = f"{self.company.id}-{self.usd.id}-{self.receivable.id}"
        self.due = f"{self.page_path}/transaction/due-{self.key}"

    def _open(self, *invoices):
        self.env.invalidate_all()
        return [
            sum(self._items(invoice).mapped("amount_residual_currency"))
            for invoice in invoices
        ]

    def _choose(self, choice, full=True):
        page = CustomerPage(self.debtor)
        owed, _credits = page.rows(page.items(self.notice, full))
        return PagePayment(self.debtor, owed).choice(choice)

    # === ALL, SOME, AN OWN AMOUNT === #

    def test_all_that_is_due_in_one_payment(self):
        self.customer.ref = "K-1042"
        page = self.url_open(f"{self.page_path}/pay/due-{self.key}")
        self.assertIn("1,550.00", page.text)
        for invoice in (self.old, self.new):
            self.assertIn(invoice.name, page.text)
        transaction = self._transaction(self.due, 1550.0)
        self.assertEqual(transaction.reference, "K-1042-1")
        self.assertEqual(transaction.invoice_ids, self.old | self.new)
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new), [0, 0])
        self.assertEqual(len(transaction.payment_id), 1)

    def test_running_number(self):
        """Each attempt has its own, whatever became of the one before."""
        self.assertEqual(
            [self._transaction(self.due, 1550.0).reference for _n in range(2)],
            [f"C{self.debtor.id}-1", f"C{self.debtor.id}-2"],
        )

    def test_chosen_invoices(self):
        chosen = f"{self.old.id}.{self.new.id}"
        transaction = self._transaction(
            f"{self.page_path}/transaction/{chosen}", 1550.0
        )
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new), [0, 0])

    def test_own_amount_oldest_first(self):
        transaction = self._transaction(f"{self.due}~1300", 1300.0)
        self.assertEqual(transaction.invoice_ids, self.old | self.new)
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new), [0, 250])

    def test_own_amount_for_the_oldest_alone(self):
        transaction = self._transaction(f"{self.due}~400.5", 400.5)
        self.assertEqual(transaction.invoice_ids, self.old)
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new), [849.5, 300])

    def test_credits_lower_the_amount_and_stay_open(self):
        credit = self._credit(self.customer, 100)
        self.env.flush_all()
        transaction = self._transaction(self.due, 1450.0)
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new, credit), [0, 100, -100])
        self.assertIn("Nothing is due now", self.url_open(self.page_path).text)

    def test_invoices_of_siblings(self):
        """A customer's contacts owe with it: one payment settles all of theirs."""
        branch = self.env["res.partner"].create(
            {"name": "A Shop", "parent_id": self.customer.id, "type": "other"}
        )
        theirs = self._invoice(branch, 50, 15)
        payment = self._choose(f"due-{self.key}")
        self.assertEqual(payment.moves, self.old | theirs | self.new)
        self.assertEqual(payment.amount, 1600)
        path = self._own_path(self.debtor)
        self.authenticate(None, None)
        self.assertNotIn(theirs.name, self.url_open(path).text)  # no notice lists it

    def test_two_currencies_are_two_payments(self):
        self._invoice(self.customer, 80, 12, self.eur)
        values = CustomerPage(self.debtor).values(full=True)
        self.assertEqual(
            sorted((part["currency"].name, part["due"]) for part in values["payments"]),
            [("EUR", 80), ("USD", 1550)],
        )

    def test_two_receivable_accounts_are_two_payments(self):
        account = self.receivable.copy({"name": "Other Receivable"})
        self.customer.property_account_receivable_id = account
        other = self._invoice(self.customer, 40, 30)
        payments = CustomerPage(self.debtor).values(full=True)["payments"]
        self.assertEqual(sorted(part["due"] for part in payments), [40, 1550])
        # Nobody mixes them by hand either
        self.assertIsNone(self._choose(f"{self.old.id}.{other.id}"))

    def test_invoice_that_is_not_due(self):
        later = self._invoice(self.customer, 60, -20)
        self.assertEqual(self._choose(f"due-{self.key}").amount, 1550)
        self.assertEqual(self._choose(str(later.id)).amount, 60)
        self.assertEqual(self._choose(f"due-{self.key}~1600").amount, 1600)

    def test_installments_of_an_invoice(self):
        halves = self._terms((50, 0), (50, 300))
        split = self._invoice(
            self.customer, 1000, 40, invoice_payment_term_id=halves.id
        )
        self.assertEqual(len(self._items(split)), 2)
        self.assertEqual(self._choose(str(split.id)).amount, 500)
        self.assertEqual(self._choose(f"{split.id}~700").amount, 700)
        [shown] = [
            invoice
            for part in CustomerPage(self.debtor).values(full=True)["payments"]
            for invoice in part["invoices"]
            if invoice["move_id"] == split.id
        ]
        self.assertEqual(shown["most"], 1000)

    # === WHAT CANNOT BE PAID === #

    def test_kind_words_for_amounts(self):
        for amount, words in (
            ("0", "above zero"),
            ("0.00", "above zero"),
            ("-5", "figures only"),
            ("1550.01", "At most"),
            ("1e9", "figures only"),
            ("9999999999", "At most"),
            ("5.005", "round it"),
            ("five", "figures only"),
            ("<b>5</b>", "figures only"),
        ):
            with self.subTest(amount=amount):
                page = self.url_open(
                    f"{self.page_path}/pay",
                    params={"of": self.key, "what": "chosen", "amount": amount},
                )
                self.assertEqual(page.status_code, 200)
                self.assertIn(words, page.text)
                self.assertNotIn("<b>5</b>", page.text)
        nothing = self.url_open(
            f"{self.page_path}/pay", params={"of": self.key, "what": "chosen"}
        )
        self.assertIn("Please choose an invoice", nothing.text)

    def test_form_leads_to_the_payment(self):
        page = self.url_open(
            f"{self.page_path}/pay",
            params={"of": self.key, "i": [self.old.id], "amount": "1,000.00"},
        )
        self.assertTrue(page.url.endswith(f"/pay/{self.old.id}~1000.00"), page.url)
        self.assertIn("1,000.00", page.text)

    def test_amounts_of_currencies_to_their_last_digit(self):
        for name, digits, good, bad in (
            ("JPY", 0, "150", "150.5"),
            ("TND", 3, "150.255", "150.2555"),
        ):
            currency = self.setup_other_currency(name, rounding=10**-digits)
            invoice = self._invoice(self.customer, float(good), 10, currency)
            key = f"{self.company.id}-{currency.id}-{self.receivable.id}"
            payment = self._choose(f"due-{key}~{good}")
            self.assertEqual(payment.amount, float(good))
            self.assertEqual(payment.moves, invoice)
            with self.assertRaisesRegex(UserError, "round it"):
                self._choose(f"due-{key}~{bad}")

    def test_amount_is_computed_again(self):
        """Between the form and the click somebody paid a part."""
        self._pay(self.old, 250)
        self.env.flush_all()
        answer = self._transact(self.due, 1550.0).json()
        self.assertIn("has changed", answer["error"]["data"]["message"])
        self.assertEqual(self._transaction(self.due, 1300.0).amount, 1300)

    def test_after_all_is_settled(self):
        self._pay(self.old)
        self._pay(self.new)
        self.env.flush_all()
        for path in ("/pay", f"/pay/due-{self.key}", f"/pay/{self.old.id}"):
            page = self.url_open(f"{self.page_path}{path}")
            self.assertIn("settled. Thank you!", page.text)
        self.assertIn("error", self._transact(self.due, 1550.0).json())

    # === WHAT COMES BACK === #

    def test_failed_and_cancelled(self):
        for method in ("_set_error", "_set_canceled"):
            transaction = self._transaction(self.due, 1550.0)
            args = ["No money"] if method == "_set_error" else []
            getattr(transaction, method)(*args)
            transaction._post_process()
            self.env.flush_all()
            page = self.url_open(self.page_path).text
            self.assertIn("did not go through", page)
            self.assertNotIn("No money", page)
            self.assertIn("1,550.00", page)
        self._settle(self._transaction(self.due, 1550.0))
        self.assertNotIn("did not go through", self.url_open(self.page_path).text)

    def test_paid_in_part_is_confirmed(self):
        """A green box with amount, day and reference; what is left is asked for."""
        transaction = self._transaction(f"{self.due}~800", 800.0)
        self.assertNotIn("o_ar_arrived", self.url_open(self.page_path).text)
        self._settle(transaction)
        page = self.url_open(self.page_path).text
        text = " ".join(html2plaintext(page).replace("\xa0", " ").split())
        self.assertRegex(text, r"Thank you\. We received \$ 800\.00 on")
        self.assertIn(f"(reference {transaction.reference})", text)
        self.assertIn(self.old.name, text)
        self.assertIn("750.00", text)
        # And when nothing is left
        self._settle(self._transaction(self.due, 750.0))
        text = html2plaintext(self.url_open(self.page_path).text)
        self.assertIn("Thank you. We received", text)

    def test_processing_shows_nothing_of_odoo(self):
        """Between the provider and the page: our name, and no way to skip it."""
        transaction = self._transaction(self.due, 1550.0)
        values = {"tx": transaction, "is_processing": True, "status_message": "x"}
        header = self.env["ir.qweb"]._render("payment.state_header", values)
        self.assertNotIn("Skip", str(header))
        transaction.landing_route = "/my/invoices"
        header = self.env["ir.qweb"]._render("payment.state_header", values)
        self.assertIn("Skip", str(header))

    def test_pending_is_not_asked_for_twice(self):
        transaction = self._transaction(self.due, 1550.0)
        transaction._set_pending()
        self.env.flush_all()
        page = self.url_open(self.page_path).text
        self.assertIn("Your payment is on its way", page)
        self.assertIn("error", self._transact(self.due, 1550.0).json())

    def test_a_pending_amount_counts_once(self):
        """An own amount for two invoices is on its way: the oldest first, in both
        shapes; the rest of the newer one is still asked for.
        """
        transaction = self._transaction(f"{self.due}~1350", 1350.0)
        self.assertEqual(transaction.invoice_ids, self.old | self.new)
        transaction._set_pending()
        self.env.flush_all()
        for shape in ("lookup", "all"):
            query = self.env["ar.open.item"]._query(shape, self.debtor.ids)
            rows = self.env.execute_query_dict(query)
            pending = {row["move_id"]: float(row["amount_pending"]) for row in rows}
            self.assertEqual(pending, {self.old.id: 1250, self.new.id: 100})
        free = {e["move_name"]: e["amount"] for e in self.debtor.explain()}
        self.assertEqual(free, {self.old.name: 0, self.new.name: 200})

    def test_reversed_payment_is_owed_again(self):
        transaction = self._transaction(self.due, 1550.0)
        self._settle(transaction)
        self.assertEqual(self._open(self.old, self.new), [0, 0])
        transaction.payment_id.action_draft()
        transaction.payment_id.action_cancel()
        self.env.flush_all()
        self.assertEqual(self._open(self.old, self.new), [1250, 300])
        self.assertIn("1,550.00", self.url_open(self.page_path).text)

    # === OTHER WAYS === #

    def test_bank_details_with_reference_and_code(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "11112222", "partner_id": self.company.partner_id.id}
        )
        (self.old | self.new).partner_bank_id = bank
        self.customer.ref = "K-1042"
        self.env.flush_all()
        Bank = type(self.env["res.partner.bank"])
        with patch.object(
            Bank, "build_qr_code_base64", autospec=True, return_value="data:image/x"
        ) as build:
            payment = self._choose(f"due-{self.key}")
            details = PagePayment(self.debtor).bank(payment)
        self.assertEqual(
            (details["bank"], details["bank_reference"], details["qr_code"]),
            (bank, "K-1042", "data:image/x"),
        )
        self.assertEqual(build.call_args.args[1:3], (1550.0, "K-1042"))
        page = self.url_open(f"{self.page_path}/pay/{self.old.id}").text
        self.assertIn("11112222", page)
        self.assertIn(self.old.payment_reference or self.old.name, page)


class TestPortalDiscount(PortalCommon):
    """Two per cent off within ten days, of an invoice with tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()

    def _offer(self, invoice, choice=None):
        """Return the payment that the page offers for an invoice."""
        self.env.flush_all()
        self.env.invalidate_all()
        debtor = self._debtor(self.customer).sudo()
        page = CustomerPage(debtor)
        owed, _credits = page.rows(page.items(full=True))
        return PagePayment(debtor, owed).choice(choice or str(invoice.id))

    def _transaction_of(self, payment, reference):
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.provider.payment_method_ids[:1].id,
                    "amount": payment.amount,
                    "currency_id": payment.currency.id,
                    "partner_id": self.customer.id,
                    "operation": "online_direct",
                    "reference": reference,
                    "invoice_ids": [Command.set(payment.moves.ids)],
                }
            )
        )

    def test_what_is_offered_settles_the_invoice(self):
        until = self.company._ar_today() + timedelta(days=10)
        for computation, amount in (("excluded", 1057.0), ("included", 1055.46)):
            with self.subTest(computation=computation):
                invoice = self._discounted(self.customer, computation)
                payment = self._offer(invoice)
                self.assertEqual((payment.amount, payment.until), (amount, until))
                self._settle(self._transaction_of(payment, f"EPD-{computation}"))
                self.assertEqual(
                    (invoice.amount_residual, invoice.payment_state),
                    (0, self.env["account.move"]._get_invoice_in_payment_state()),
                )

    def test_page_and_code_say_until_when(self):
        invoice = self._discounted(self.customer)
        debtor = self._debtor(self.customer)
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "11112222", "partner_id": self.company.partner_id.id}
        )
        invoice.partner_bank_id = bank
        self.env.flush_all()
        self.user_collector.password = "a-long-password"
        self.env.flush_all()
        self.authenticate(self.user_collector.login, "a-long-password")
        page = self.url_open(f"/my/receivables/{debtor.id}").text
        for text in ("1,077.00", "1,057.00", "if paid by"):
            self.assertIn(text, page)
        Bank = type(self.env["res.partner.bank"])
        with patch.object(
            Bank, "build_qr_code_base64", autospec=True, return_value="data:image/x"
        ) as build:
            page = self.url_open(f"/my/receivables/{debtor.id}/pay/{invoice.id}").text
        self.assertIn("1,057.00", page)
        self.assertIn("this settles the invoice until", page)
        self.assertEqual(build.call_args.args[1], 1057.0)

    def test_where_odoo_takes_no_discount(self):
        """Several invoices, an amount of one's own, after a part was paid, too late."""
        first = self._discounted(self.customer)
        second = self._discounted(self.customer)
        both = self._offer(first, f"{first.id}.{second.id}")
        self.assertEqual((both.amount, both.until), (2154, None))
        self.assertIsNone(self._offer(first, f"{first.id}~500").until)
        self._pay(first, 77)
        self.assertEqual(self._offer(first).amount, 1000)
        with patch.object(
            type(self.company),
            "_ar_today",
            lambda company: fields.Date.today() + timedelta(days=11),
        ):
            late = self._offer(second)
        self.assertEqual((late.amount, late.until), (1077, None))

    def test_not_while_a_part_is_not_asked_for(self):
        invoice = self._discounted(self.customer)
        self._credit(self.customer, 100)
        payment = self._offer(invoice)
        self.assertEqual((payment.amount, payment.until), (977, None))


class TestPortalOnItsWay(PortalCommon):
    """300 of 800 are on their way, or will be transferred."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(self.customer, 800, 20)
        self.notice = self._sent(self.customer, self.invoice)
        self.page_path = self._path(self.notice)
        self.debtor = self._debtor(self.customer).sudo()
        self.pay_path = f"{self.page_path}/pay/{self.invoice.id}"
        self.key = f"{self.company.id}-{self.usd.id}-{self.receivable.id}"

    def test_part_by_card(self):
        """No button leads to nothing, and a link from before says why."""
        for method in ("_set_pending", "_set_authorized"):
            with self.subTest(method=method):
                transaction = self._transaction(
                    f"{self.page_path}/transaction/{self.invoice.id}~300", 300.0
                )
                getattr(transaction, method)()
                self.env.flush_all()
                page = self.url_open(self.page_path).text
                self.assertIn("500.00", page)
                self.assertIn("Your payment is on its way", page)
                self.assertIn("Can be paid online when", page)
                self.assertNotIn("A credit is taken off", page)
                self.assertNotIn(f"{self.page_path}/pay", page)
                for path in ("/pay", f"/pay/{self.invoice.id}", f"/pay/due-{self.key}"):
                    page = self.url_open(f"{self.page_path}{path}")
                    self.assertTrue(page.url.endswith("?said=pending"), page.url)
                    self.assertIn("A payment of this is on its way", page.text)
                transaction._set_canceled()
                self.env.flush_all()
        self.assertIn(f"{self.page_path}/pay", self.url_open(self.page_path).text)

    def test_transfer_that_was_chosen_does_not_block_a_card(self):
        provider = (
            self.env["payment.provider"]
            .sudo()
            .create({"name": "Wire", "code": "none", "company_id": self.company.id})
        )
        for amount, asked in ((800, 0), (300, 500)):
            with self.subTest(amount=amount):
                transaction = (
                    self.env["payment.transaction"]
                    .sudo()
                    .create(
                        {
                            "provider_id": provider.id,
                            "payment_method_id": self.provider.payment_method_ids[
                                :1
                            ].id,
                            "amount": amount,
                            "currency_id": self.usd.id,
                            "partner_id": self.customer.id,
                            "reference": f"WIRE-{amount}",
                            "invoice_ids": [Command.set(self.invoice.ids)],
                        }
                    )
                )
                transaction._set_pending()
                self.env.flush_all()
                self.env.invalidate_all()
                page = CustomerPage(self.debtor)
                [row] = page.rows(page.items(self.notice))[0]
                self.assertEqual((row["amount"], row["most"]), (asked, 800))
                text = self.url_open(self.page_path).text
                self.assertIn("Your payment is on its way", text)
                self.assertIn(self.pay_path, text)
                self.assertIn("800.00", self.url_open(f"{self.pay_path}~800").text)
                transaction._set_canceled()

    def test_part_that_is_looked_into_is_no_credit(self):
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        item = self._items(self.invoice)
        DisputeIntake(self.debtor).open(
            self.invoice, reason, "Too much", {item.id: 200}
        )
        self.env.flush_all()
        page = self.url_open(self.page_path).text
        self.assertIn("600.00", page)
        self.assertIn("Being looked into", page)
        self.assertNotIn("A credit is taken off", page)

    def test_deposit_kept_apart_is_not_taken_off(self):
        deposit = self._pay_on_account(self.customer, 250)
        lines = deposit.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.no_followup = True
        self.env.flush_all()
        self.user_collector.password = "a-long-password"
        self.env.flush_all()
        self.authenticate(self.user_collector.login, "a-long-password")
        path = f"/my/receivables/{self.debtor.id}"
        page = self.url_open(path).text
        self.assertIn("800.00", page)
        self.assertIn("Kept apart: not taken off what is due", page)
        self.assertNotIn("already taken off what is due", page)
        lines.no_followup = False
        self.env.flush_all()
        page = self.url_open(path).text
        self.assertIn("already taken off what is due", page)
        self.assertNotIn("Kept apart", page)


@tagged("-at_install", "post_install")
class TestPortalPayPhone(PortalCommon):
    browser_size = "390x844"
    touch_enabled = True

    def test_pay_on_a_phone(self):
        self._demo_provider()
        paid = self._invoice(self.customer, 1250, 10)
        left = self._invoice(self.customer, 300, 9)
        notice = self._sent(self.customer, paid, left)
        form = self.url_open(self._path(notice, f"/pay/{paid.id}"))
        self.assertEqual(form.status_code, 200, form.text)
        self.start_tour(self._path(notice), "ar_customer_pays", login=None)
        self.env.invalidate_all()
        self.assertEqual(paid.payment_state, paid._get_invoice_in_payment_state())
        self.assertTrue(all(self._items(paid).mapped("reconciled")))
        self.assertFalse(any(self._items(left).mapped("reconciled")))
        transaction = self.env["payment.transaction"].sudo().search([], limit=1)
        self.assertEqual(
            (transaction.state, transaction.amount, transaction.invoice_ids),
            ("done", 1250, paid),
        )
        self.assertTrue(notice.opened_at)
        page = html.fromstring(self.url_open(self._path(notice)).text)
        [arrived] = page.xpath("//*[contains(@class, 'o_ar_arrived')]")
        self.assertIn(paid.name, arrived.text_content())
        [item] = page.xpath("//*[contains(concat(@class, ' '), 'o_ar_item ')]")
        self.assertIn(left.name, item.text_content())
        # The token of the invoice was neither needed nor made
        self.assertFalse(paid.access_token)

    def test_everything_in_two_currencies(self):
        """Two payments, one for each currency, and nothing is left."""
        self._demo_provider()
        dollars = self._invoice(self.customer, 1250, 20)
        dollars |= self._invoice(self.customer, 300, 10)
        euros = self._invoice(self.customer, 80, 15, self.eur)
        notice = self._sent(self.customer, *dollars, euros)
        self.start_tour(self._path(notice), "ar_customer_pays_all", login=None)
        self.env.invalidate_all()
        self.assertTrue(all(self._items(*dollars, euros).mapped("reconciled")))
        transactions = self.env["payment.transaction"].sudo().search([], limit=2)
        self.assertEqual(
            {(t.currency_id.name, t.amount, t.state) for t in transactions},
            {("USD", 1550, "done"), ("EUR", 80, "done")},
        )
        self.assertEqual(transactions.invoice_ids, dollars | euros)


class TestPortalPayDesktop(TestPortalPayPhone):
    browser_size = "1366x768"
    touch_enabled = False
