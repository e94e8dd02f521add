"""The tables of a notice: what is asked for, and what credits take off."""

from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo.tests import freeze_time

from .text_common import TextCommon


class TestTextTables(TextCommon):
    def _amounts(self, notice, table="items_table"):
        """Return ``[(first cell, last cell)]`` of the rows below the heading."""
        self.env.flush_all()
        return [(row[0], row[-1]) for row in self._table(notice[table])[1:]]

    def test_columns_and_order_number(self):
        invoice = self._invoice(self.customer, 1200, 20, ref="PO-17\nline two")
        notice = self._notice("firm", [invoice])
        self.assertEqual(
            self._table(notice.items_table),
            [
                ["Document", "Due date", "Days late", "Amount due"],
                [
                    f"{invoice.name} / Your order number: PO-17 line two",
                    "Feb 18, 2026",
                    "20",
                    "$ 1,200.00",
                ],
                ["Total", "$ 1,200.00"],
            ],
        )

    def test_before_the_due_date_nothing_is_late(self):
        invoice = self._invoice(self.customer, 1200, -5)
        later = self._invoice(self.customer, 10, -9)
        notice = self._notice("preventive", [invoice], coming=[later])
        heads = ["Document", "Due date", "Amount due"]
        self.assertEqual(self._table(notice.items_table)[0], heads)
        self.assertEqual(self._table(notice.coming_table)[0], heads)
        self.assertEqual(
            self._amounts(notice, "coming_table"),
            [(later.name, "$ 10.00"), ("Total", "$ 10.00")],
        )

    def test_early_payment_discount(self):
        """Said with its last day, of what is asked for in full, and while it holds."""
        for computation, amount in (("excluded", "1,057.00"), ("included", "1,055.46")):
            invoice = self._discounted(self.customer, computation)
            notice = self._notice("preventive", [invoice])
            self.assertEqual(
                self._amounts(notice),
                [
                    (
                        f"{invoice.name} / $ {amount} if paid by March 20, 2026",
                        "$ 1,077.00",
                    ),
                    ("Total", "$ 1,077.00"),
                ],
            )
        self._pay(invoice, 10)
        self.env.flush_all()
        notice.invalidate_recordset()
        self.assertEqual(self._amounts(notice)[0][0], invoice.name)
        whole = self._discounted(self.customer)
        part = self._notice("preventive", [{"item": whole, "amount": 900}])
        self.assertNotIn("if paid by", part.items_table)
        with freeze_time(datetime.combine(self.today + timedelta(days=11), time(10))):
            late = self._notice("preventive", [whole])
            self.assertNotIn("if paid by", late.items_table)

    def test_empty_lists_are_empty_texts(self):
        notice = self._notice("firm", [self._invoice(self.customer, 10, 20)])
        for table in ("also_table", "coming_table", "apart_table"):
            self.assertEqual(notice[table], "")
            self.assertIsInstance(notice.items_table, Markup)

    def test_a_total_for_each_currency(self):
        euros = self._invoice(self.customer, 30, 25, self.eur)
        dollars = [self._invoice(self.customer, amount, 20) for amount in (10, 20)]
        self.assertEqual(
            self._amounts(self._notice("firm", [euros, *dollars])),
            [
                (dollars[0].name, "10.00 USD"),
                (dollars[1].name, "20.00 USD"),
                (euros.name, "30.00 EUR"),
                ("Total", "30.00 USD"),
                ("Total", "30.00 EUR"),
            ],
        )

    def test_a_credit_is_a_line_of_its_own(self):
        invoice = self._invoice(self.customer, 1200, 20)
        credit = self._credit(self.customer, 200)
        notice = self._notice(
            "firm", [{"item": invoice, "amount": 1000}], credit=[credit]
        )
        self.assertEqual(
            self._amounts(notice),
            [
                (invoice.name, "$ 1,200.00"),
                (f"{credit.name} / Credit note", "$ -200.00"),
                ("Total", "$ 1,000.00"),
            ],
        )
        text = self._read(notice)
        self.assertIn("already taken off: $\N{NO-BREAK SPACE}200.00.", text)

    def test_a_payment_on_account_is_a_credit(self):
        invoice = self._invoice(self.customer, 1200, 20)
        payment = self._pay_on_account(self.customer, 200)
        item = self._items(payment.move_id)
        notice = self._notice(
            "firm",
            [{"item": invoice, "amount": 1000}],
            credit=[item],
        )
        self.assertIn(
            (f"{payment.move_id.name} / Credit", "$ -200.00"), self._amounts(notice)
        )

    def test_a_credit_that_covers_other_things_is_not_taken_off_twice(self):
        """The rows make the total, whatever else the credits cover."""
        one, two = (self._invoice(self.customer, 500, days) for days in (25, 20))
        twin = self._credit(self.customer, 300)
        large = self._credit(self.customer, 900)
        notice = self._notice(
            "firm",
            [{"item": one, "amount": 200}, {"item": two, "amount": 400}],
            credit=[twin, large],
        )
        self.assertEqual(
            self._amounts(notice),
            [
                (one.name, "$ 500.00"),
                (two.name, "$ 500.00"),
                (f"{twin.name} / Credit note", "$ -300.00"),
                ("Credits and payments already taken off", "$ -100.00"),
                ("Total", "$ 600.00"),
            ],
        )

    def test_money_on_its_way_is_taken_off(self):
        invoice = self._invoice(self.customer, 1200, 20)
        notice = self._notice("firm", [{"item": invoice, "amount": 700}])
        self.assertEqual(
            self._amounts(notice)[1:],
            [
                ("Credits and payments already taken off", "$ -500.00"),
                ("Total", "$ 700.00"),
            ],
        )

    def test_a_credit_that_touches_nothing_here_is_not_shown(self):
        invoice = self._invoice(self.customer, 1200, 20)
        credit = self._credit(self.customer, 50)
        notice = self._notice("firm", [invoice], credit=[credit])
        self.assertEqual(len(self._amounts(notice)), 2)

    def test_what_is_looked_into_or_agreed_stands_apart(self):
        """A part of an item that is disputed is not asked for, nor a credit."""
        invoice = self._invoice(self.customer, 1000, 20)
        promised = self._invoice(self.customer, 80, 22)
        notice = self._notice(
            "firm",
            [{"item": invoice, "amount": 700}],
            apart=[{"item": invoice, "amount": 300}],
            agreed=[promised],
        )
        self.assertEqual(
            self._amounts(notice), [(invoice.name, "$ 700.00"), ("Total", "$ 700.00")]
        )
        self.assertEqual(
            [[row[0], row[2], row[3]] for row in self._table(notice.apart_table)],
            [
                ["Document", "State", "Amount due"],
                [promised.name, "Agreed with you", "$ 80.00"],
                [invoice.name, "Being looked into", "$ 300.00"],
            ],
        )
        self.assertNotIn("taken off", self._read(notice))

    def test_names_are_no_markup(self):
        """A customer's order number or a company's name cannot write HTML."""
        evil = '<b onclick="x()">Bold</b> & <script>alert(1)</script>'
        self.company.name = evil
        self._person(self.customer, evil)
        invoice = self._invoice(self.customer, 10, 20, ref=evil)
        invoice.name = "INV/<i>1</i>"
        notice = self._notice("firm", [invoice])
        _subject, body = self._render(notice)
        for part in ("<script", "<i>1</i>", 'onclick="x()">'):
            self.assertNotIn(part, body)
        self.assertIn("&lt;script&gt;", body)
        self.assertIn("INV/&lt;i&gt;1&lt;/i&gt;", notice.items_table)

    def test_links_lead_to_the_page_of_the_notice(self):
        """One page for all that it lists; no invoice is given a token for it."""
        one, two = (self._invoice(self.customer, 10, days) for days in (25, 20))
        notice = self._notice("firm", [two, one])
        self.env.flush_all()
        link = notice.text_values["pay_link"]
        token = notice.sudo().access_token
        self.assertEqual(link, f"{notice.get_base_url()}/receivables/n/{token}")
        for move in (one, two):
            self.assertIn(f"{link}#i{move.id}", notice.items_table)
            self.assertFalse(move.access_token)
        self.assertIn("See the details online", notice.pay_block)
        notice.invalidate_recordset()
        self.assertEqual(notice.text_values["pay_link"], link)

    def test_a_journal_entry_cannot_be_paid_online(self):
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": self._ago(40),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "balance": balance,
                            "date_maturity": self._ago(20),
                        },
                    )
                    for account, balance in (
                        (self.receivable, 75),
                        (self.company_data["default_account_revenue"], -75),
                    )
                ],
            }
        )
        entry.action_post()
        notice = self._notice("firm", [entry])
        self.assertEqual(self._amounts(notice)[0], (entry.name, "$ 75.00"))
        self.assertFalse(notice.text_values["pay_online"])
        self.assertIn("See the details online", notice.pay_block)
        self._read(notice)
