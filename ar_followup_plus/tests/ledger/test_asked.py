"""One answer to what is asked for: page, statement, code, letter and mail say the same."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time, tagged

from ...engine.values import Reason
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.ledger.asked import asked_for, overdue_text
from ...models.notice_text.text_tables import overdue_rows
from ...models.portal.customer_page import CustomerPage
from ...models.statement.statement import Statement, checked_period
from ...models.statement.statement_run import StatementRun
from ...tools.customer_format import Words
from ..payment_plan.agree_common import AgreeCommon


class AskedCommon(AgreeCommon):
    """A customer whose invoices name one bank account of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.qr_code = True
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )

    @classmethod
    def _invoice(cls, partner, amount, due, *args, **values):
        invoice = super()._invoice(partner, amount, due, *args, **values)
        invoice.partner_bank_id = cls.bank
        return invoice

    def _codes(self):
        """Return the amounts for which a statement offers a code."""
        drawn = []

        def draw(bank, amount, *_args, **_kwargs):
            drawn.append(amount)
            return "data:image/png;base64,"

        banks = self.env.registry["res.partner.bank"]
        with patch.object(banks, "build_qr_code_base64", draw):
            statement = Statement(self.debtor.sudo())
            parts = statement.check()
            statement._payment_codes(
                parts, statement.bank_account(parts), Words(self.env)
            )
        return drawn

    def _everywhere(self):
        """Return what is asked for: by letters, a statement, its code and the page."""
        self.env.flush_all()
        self.env.invalidate_all()
        parts = Statement(self.debtor.sudo()).check()
        [part] = parts
        _rows, sums = overdue_rows(parts)
        page = CustomerPage(self.debtor.sudo()).values(full=True)
        return (
            sums.get(self.usd, 0),
            part["overdue"],
            sum(self._codes()),
            page["due"].get(self.usd, 0),
        )

    def _leave_out(self, invoice, kind):
        wizard = (
            self.env["ar.exclude"]
            .with_user(self.user_manager)
            .create(
                {
                    "item_ids": self._items(invoice).ids,
                    "reason": "Sold until December",
                    "kind": kind,
                    "until": date(2026, 12, 1),
                }
            )
        )
        wizard.action_apply()
        return wizard

    def _by_card(self, invoice, amount, state="pending"):
        """Return a payment by card on its way."""
        provider = self.env["payment.provider"].sudo().search([], limit=1)
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": self.env["payment.method"]
                    .sudo()
                    .search([], limit=1)
                    .id,
                    "reference": f"T-{invoice.id}",
                    "amount": amount,
                    "currency_id": invoice.currency_id.id,
                    "partner_id": invoice.partner_id.id,
                    "invoice_ids": [Command.link(invoice.id)],
                    "state": state,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestAsked(AskedCommon):
    def test_money_on_account(self):
        """60 on account of 100: 40, and the statement's total is the ledger's."""
        self._invoice(self.customer, 100, 10)
        self._pay_on_account(self.customer, 60)
        self.assertEqual(self._everywhere(), (40, 40, 40, 40))
        [part] = Statement(self.debtor.sudo()).check()
        self.assertEqual((part["total"], part["credits"]), (40, 60))

    def test_more_credit_than_debt(self):
        """A credit of 300 against 100: nothing, and no code."""
        self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 300)
        self.assertEqual(self._everywhere(), (0, 0, 0, 0))
        [part] = Statement(self.debtor.sudo()).check()
        self.assertEqual(part["total"], -200)

    def test_a_payment_less_its_early_discount_is_for_all(self):
        """1,055.46 of 1,077.00 are on their way: nothing is asked for meanwhile."""
        for computation, amount in (("excluded", 1057), ("included", 1055.46)):
            invoice = self._discounted(self.customer, computation)
            payment = self._by_card(invoice, amount)
            self._begun(payment, "2026-03-20")
            self.assertEqual(self._asked(invoice), (0, Reason.PAYMENT_PENDING))
            page = CustomerPage(self.debtor.sudo()).values(full=True)
            self.assertEqual(page["coming"], {})
            # One cent less is a part payment
            payment.amount = amount - 0.01
            self.assertEqual(self._asked(invoice)[0], round(1077 - amount + 0.01, 2))
            # Begun after the last day of the discount, it is one too
            payment.amount = amount
            self._begun(payment, "2026-03-22")
            self.assertEqual(self._asked(invoice)[0], round(1077 - amount, 2))
            payment.state = "cancel"
            self._pay(invoice)

    def _begun(self, payment, day):
        payment.flush_recordset()
        self.env.cr.execute(
            "UPDATE payment_transaction SET create_date = %s WHERE id = %s",
            [day, payment.id],
        )

    def _asked(self, invoice):
        self.env.flush_all()
        return asked_for(self.debtor)[self._items(invoice).id]

    def test_assigned_to_a_factor(self):
        """760, of which 700 were sold: 60 on the page, and only that can be paid."""
        sold = self._invoice(self.customer, 700, 10)
        ours = self._invoice(self.customer, 60, 10)
        self._leave_out(sold, "factor")
        self.assertEqual(self._everywhere(), (60, 60, 60, 60))
        debtor = self.debtor.sudo()
        owed, _credits = CustomerPage(debtor).rows(
            CustomerPage(debtor).items(full=True)
        )
        rows = {row["move_id"]: row for row in owed}
        self.assertEqual((rows[sold.id]["open"], rows[sold.id]["most"]), (700, 0))
        self.assertFalse(rows[sold.id]["payable"])
        self.assertIn("Not asked for", rows[sold.id]["note"])
        self.assertTrue(rows[ours.id]["payable"])
        [part] = Statement(debtor).check()
        self.assertEqual(part["total"], 760)

    def test_not_even_before_its_due_date(self):
        """Nothing is due: the code is for what will be, without what was sold."""
        sold = self._invoice(self.customer, 700, -10)
        self._invoice(self.customer, 60, -10)
        self._leave_out(sold, "factor")
        self.assertEqual(self._codes(), [60])

    def test_payment_by_card_on_its_way(self):
        invoice = self._invoice(self.customer, 800, 10)
        self._by_card(invoice, 300)
        self.assertEqual(self._everywhere(), (500, 500, 500, 500))

    def test_small_difference(self):
        """For write-off: asked for nowhere."""
        invoice = self._invoice(self.customer, 1000, 10)
        self._pay(invoice, 998)
        self.assertEqual(self._everywhere(), (0, 0, 0, 0))

    def test_as_a_notice_says(self):
        """Disputed, promised, covered, left out, pending: all at once."""
        disputed = self._invoice(self.customer, 1000, 40)
        promised = self._invoice(self.customer, 500, 35)
        sold = self._invoice(self.customer, 700, 30)
        card = self._invoice(self.customer, 800, 25)
        self._leave_out(sold, "factor")
        self._by_card(card, 300)
        self._promise(
            amount=200,
            items=self._open().filtered(lambda item: item.move_id == promised),
        )
        DisputeIntake(self._collector()).open(
            disputed,
            self.env.ref("ar_followup_plus.ar_dispute_reason_price"),
            amounts={self._items(disputed).id: 400},
        )
        self._pay_on_account(self.customer, 120)
        self.env.flush_all()
        asked = {key: entry.amount for key, entry in asked_for(self.debtor).items()}
        said = {
            row["move_line_id"]: row["amount"]
            for row in self.debtor.explain()
            if row["residual"] > 0
        }
        self.assertEqual(asked, said)
        self.assertEqual(sum(asked.values()), 480 + 300 + 0 + 500)
        self.assertEqual(self._everywhere(), (1280, 1280, 1280, 1280))

    def test_statement_of_yesterday(self):
        """By the same rule, from what was open then."""
        invoice = self._invoice(self.customer, 100, 10)
        self._credit(self.customer, 30, invoice_date=self._ago(5))
        self._pay(invoice, 20, self.today)
        debtor = self.debtor.sudo()
        yesterday = checked_period(debtor, "open", self._ago(1))
        [part] = Statement(debtor, yesterday).check()
        self.assertEqual((part["total"], part["overdue"]), (70, 70))
        self.assertEqual(self._everywhere(), (50, 50, 50, 50))

    def test_ended_plan(self):
        """300 agreed on, 100 of it on account since: the mail asks for 200."""
        self._invoice(self.customer, 300, 40)
        plan = self._agree(count=2, rhythm="month")
        missed, ended = date(2026, 3, 23), date(2026, 3, 31)
        self._night(missed)
        self._deliver(missed)
        self._night(ended)
        self.assertEqual(plan.state, "broken")
        with self._on(ended):
            self._pay_on_account(self.customer, 100)
            self.env.flush_all()
            person = (self.customer.id, "A person", self.customer.email)
            values = plan._message_values("ended", None, person)
        self.assertIn("200.00", values["items_table"])
        self.assertNotIn("300.00", values["items_table"])

    def test_overdue_of_a_call(self):
        """What a caller is to ask for is what may be asked for."""
        self._invoice(self.customer, 100, 10)
        self._pay_on_account(self.customer, 60)
        self.env.flush_all()
        self.assertEqual(overdue_text(self.debtor), self.usd.format(40))

    def test_a_statement_reads_open_items_once(self):
        """For its rows and for what may be asked for."""
        self._invoice(self.customer, 1000, 20)
        self._pay_on_account(self.customer, 300)
        self.env.flush_all()
        debtor = self.debtor.sudo()
        asked = sum(entry.amount for entry in asked_for(debtor).values())
        items = self.env.registry["ar.open.item"]
        with patch.object(
            items, "_query", autospec=True, side_effect=items._query
        ) as read:
            [part] = Statement(debtor).figures()[debtor.id]
        self.assertEqual(read.call_count, 1)
        self.assertEqual((part["total"], part["asked"], asked), (700, 700, 700))

    def test_statements_need_few_queries(self):
        """As many as before they said what may be asked for: for a cold cache."""
        self._invoice(self.customer, 1000, 20)
        self.env.flush_all()
        debtor = self.debtor.sudo()
        Statement(debtor).figures()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        Statement(debtor).figures()
        # Nine, and one more where companies have calendars of their own
        self.assertLessEqual(self.cr.sql_log_count - before, 10)

    def test_statements_do_not_grow(self):
        """As many SQL statements for thirty customers as for two."""
        debtors = self.debtor
        for number in range(30):
            partner = self._customer(f"Customer {number}")
            debtors |= self._debtor(partner)
            self._invoice(partner, 100, 10)
        self.env.flush_all()
        counts = []
        for some in (debtors[1:3], debtors[1:3], debtors, debtors):
            before = self.cr.sql_log_count
            asked_for(some)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[3])


@tagged("post_install", "-at_install")
class TestOneCurrencyOnly(AskedCommon):
    """What is open in one currency and zero in the other."""

    def _exchange(self, balance, currency, days=5):
        """Return an entry that is open in company currency alone."""
        accounts = self.company_data
        lines = [
            {
                "account_id": self.receivable.id,
                "partner_id": self.customer.id,
                "amount_currency": 0,
                "balance": balance,
                "currency_id": currency.id,
            },
            {
                "account_id": accounts["default_account_revenue"].id,
                "amount_currency": 0,
                "balance": -balance,
                "currency_id": currency.id,
            },
        ]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": accounts["default_journal_misc"].id,
                "date": self._ago(days),
                "line_ids": [Command.create(vals) for vals in lines],
            }
        )
        entry.action_post()
        self.env.flush_all()
        item = self._items(entry)
        self.assertEqual(
            (item.amount_residual_currency, item.amount_residual), (0, balance)
        )
        return entry

    def _parts(self, day=None, kind="open", first=None):
        debtor = self.debtor.sudo()
        period = checked_period(debtor, kind, day, first)
        self.env.flush_all()
        return {
            part["currency"].name: part for part in Statement(debtor, period).check()
        }

    def test_revaluation(self):
        """8,000 and 500 of a revaluation: 8,500 today as yesterday, and in the ledger."""
        self._invoice(self.customer, 16000, 10, self.eur)
        self._exchange(500, self.eur)
        for values in (
            {},
            {"day": self._ago(1)},
            {"kind": "activity", "first": self._ago(60)},
        ):
            with self.subTest(values=values):
                parts = self._parts(**values)
                self.assertEqual(list(parts), ["EUR"])
                self.assertEqual(parts["EUR"]["company"], 8500)

    def test_exchange_difference_alone_is_no_part(self):
        """No empty part in EUR that carries 10 USD; the sum is the ledger's."""
        self._invoice(self.customer, 100, 10)
        self._exchange(10, self.eur)
        for values in (
            {},
            {"day": self._ago(1)},
            {"kind": "activity", "first": self._ago(60)},
        ):
            with self.subTest(values=values):
                parts = self._parts(**values)
                self.assertEqual(list(parts), ["USD"])
                self.assertEqual(parts["USD"]["company"], 110)

    def test_worth_nothing_in_the_books(self):
        """5.00 EUR that are 0.00 USD: visible, for write-off, and never chased."""
        invoice = self._invoice(self.customer, 5, 40, self.eur)
        self._invoice(self.customer, 100, 10)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_residual = 0 WHERE id = %s",
            self._items(invoice).ids,
        )
        self.env.invalidate_all()
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        self.assertEqual((item.amount_residual_currency, item.is_small), (5, True))
        [entry] = self._explain(self.customer)[invoice.name]
        self.assertEqual(entry["reason"], "small_difference")
        self.assertIn("5.00", entry["message"])
        self.env["ar.debtor"].refresh(self.debtor.ids)
        self.assertEqual(self.debtor.item_count, 2)
        self.assertEqual(self._parts()["EUR"]["overdue"], 0)


@tagged("post_install", "-at_install")
class TestAskedBySchedule(AskedCommon):
    """A statement "only if something is due" goes to who is asked for something."""

    def _wanted(self):
        with freeze_time("2026-03-05 10:00:00"):
            self.company.write(
                {
                    "ar_statement_schedule": "monthly",
                    "ar_statement_only_due": True,
                }
            )
        self.env.flush_all()
        StatementRun(self.company.sudo()).mark_due(self.today + timedelta(days=25))
        self.debtor.invalidate_recordset()
        return self.debtor.sudo().statement_wanted

    def test_owes_nothing_net(self):
        """5 against a credit of 15."""
        self._invoice(self.customer, 5, 10)
        self._credit(self.customer, 15)
        self.assertFalse(self._wanted())

    def test_owes_something(self):
        self._invoice(self.customer, 15, 10)
        self._credit(self.customer, 5)
        self.assertEqual(self._wanted(), self.company.ar_statement_by)
