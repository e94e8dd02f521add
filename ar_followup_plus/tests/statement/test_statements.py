"""Statements: what they say, of any day, for one customer or a thousand."""

import io
from datetime import date
from unittest.mock import patch

import openpyxl

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, html2plaintext

from odoo.addons.base.models import ir_actions_report

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from ...models.statement import statement_query
from ...models.statement.statement import Statement, checked_period
from ..letter.test_letters import LetterCommon


class StatementCommon(LetterCommon):
    """Customers whose accounts have a history."""

    def _figures(self, partner=None, kind="open", day=None, first=None):
        """Return the parts of a statement by currency name."""
        debtor = self._debtor(partner or self.customer)
        period = checked_period(debtor, kind, day, first)
        parts = Statement(debtor, period).figures().get(debtor.id, [])
        return {part["currency"].name: part for part in parts}

    def _ledger_sums(self, day):
        """Return what the receivable accounts say of the company, by partner too.

        :return: balance in company currency, ``{currency: balance in it}``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT l.currency_id, sum(l.amount_currency), sum(l.balance)
                     FROM account_move_line l
                     JOIN account_account a ON a.id = l.account_id
                    WHERE a.account_type = 'asset_receivable'
                      AND l.parent_state = 'posted' AND l.company_id = %s
                      AND l.date <= %s
                    GROUP BY l.currency_id""",
                self.company.id,
                day,
            )
        )
        return (
            sum(row[2] for row in rows),
            {self.env["res.currency"].browse(row[0]).name: row[1] for row in rows},
        )


@tagged("post_install", "-at_install")
class TestStatements(StatementCommon):
    def _history(self):
        """Two customers, two currencies: parts paid, credits, a late payment."""
        first = self._invoice(self.customer, 1000, 60)
        second = self._invoice(self.customer, 400, 20)
        self._invoice(self.customer, 300, -5)
        foreign = self._invoice(self.customer, 200, 45, self.eur)
        self._pay(first, 250, self._ago(40))
        self._pay(first, 750, self._ago(3))
        self._pay(foreign, 50, self._ago(10))
        self._credit(self.customer, 80)
        other = self._invoice(self.other, 90, 10)
        self._pay(other, on=self._ago(2))
        self._debtor(self.customer), self._debtor(self.other)
        return first, second, foreign

    # === FIGURES === #

    def test_open_items_and_buckets(self):
        """Buckets of what is owed, credits apart, a part for each currency."""
        self._history()
        parts = self._figures()
        usd, eur = parts["USD"], parts["EUR"]
        self.assertEqual(usd["total"], 400 + 300 - 80)
        self.assertEqual(
            {key: amount for key, amount in usd["buckets"].items() if amount},
            {"current": 300, "1_30": 400},
        )
        self.assertEqual((usd["credits"], usd["overdue"]), (80, 400 - 80))
        self.assertEqual((eur["total"], eur["buckets"]["31_60"]), (150, 150))

    def test_as_it_was(self):
        """What was paid later was still open then."""
        first, second, _foreign = self._history()
        day = self._ago(5)
        usd = self._figures(day=day)["USD"]
        residuals = {row["move_name"]: row["residual"] for row in usd["rows"]}
        self.assertEqual(residuals[first.name], 750)
        self.assertEqual(residuals[second.name], 400)
        self.assertEqual(usd["buckets"]["31_60"], 750)
        parts = self._figures(self.other, day=day)
        self.assertEqual(parts["USD"]["total"], 90)
        self.assertFalse(self._figures(self.other))

    def test_activity(self):
        """Opening, each movement with the balance after it, closing."""
        self._history()
        parts = self._figures(kind="activity", first=self._ago(30))
        usd = parts["USD"]
        balance = usd["opening"]
        for row in usd["rows"]:
            balance += row["amount"]
            self.assertEqual(row["balance"], balance)
        self.assertEqual(usd["closing"], balance)
        open_before = self._figures(day=self._ago(31))["USD"]["total"]
        self.assertEqual(usd["opening"], open_before)
        self.assertEqual(usd["closing"], self._figures()["USD"]["total"])
        whats = {row["what"] for row in usd["rows"]}
        self.assertLessEqual({"invoice", "payment", "credit"}, whats | {"invoice"})
        payments = [row for row in usd["rows"] if row["what"] == "payment"]
        self.assertEqual([row["amount"] for row in payments], [-750])
        self.assertEqual(parts["EUR"]["closing"], 150)

    def test_activity_closes_on_the_open_items_whatever_was_matched(self):
        """Paid in another currency, or with another customer's payment."""
        invoice = self._invoice(self.customer, 100, 50, self.eur)
        payment = self._pay_on_account(self.customer, 50, self._ago(20))
        self._match(payment, invoice)
        theirs = self._invoice(self.customer, 70, 50)
        paid = self._pay_on_account(self.other, 70, self._ago(15))
        self._match(paid, theirs)
        self._invoice(self.customer, 33, 5)
        for partner in (self.customer, self.other):
            for day in (None, self._ago(17), self._ago(30)):
                with self.subTest(partner=partner.name, day=day):
                    now = self._figures(partner, day=day)
                    moved = self._figures(
                        partner, "activity", day=day, first=date(2026, 1, 1)
                    )
                    self.assertEqual(
                        {n: p["total"] for n, p in now.items() if p["total"]},
                        {n: p["closing"] for n, p in moved.items() if p["closing"]},
                    )
        usd = self._figures(self.customer, "activity", first=date(2026, 1, 1))["USD"]
        self.assertIn("matched", {row["what"] for row in usd["rows"]})

    def test_ties_to_the_general_ledger(self):
        """All statements together are the receivable accounts, on three days."""
        self._history()
        debtors = self.env["ar.debtor"].search([("company_id", "=", self.company.id)])
        for ago in (0, 5, 42):
            day = self._ago(ago)
            with self.subTest(day=day):
                balance, in_currency = self._ledger_sums(day)
                self.assertTrue(in_currency)
                for kind, total in (("open", "total"), ("activity", "closing")):
                    period = checked_period(debtors, kind, day, date(2020, 1, 1))
                    figures = Statement(debtors, period).figures()
                    parts = [part for some in figures.values() for part in some]
                    own = sum(part["company"] for part in parts)
                    self.assertAlmostEqual(own, balance, 2)
                    sums = {}
                    for part in parts:
                        name = part["currency"].name
                        sums[name] = sums.get(name, 0) + part[total]
                    for name, amount in in_currency.items():
                        self.assertAlmostEqual(sums.get(name, 0), amount, 2)

    def test_disputed_and_agreed_are_apart(self):
        """As they were on a day in the past, and as they are."""
        invoice = self._invoice(self.customer, 500, 20)
        debtor = self._debtor(self.customer)
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        with freeze_time(f"{self._ago(6)} 10:00:00"):
            spread = DisputeIntake(debtor).spread(invoice, 120)
            dispute = DisputeIntake(debtor).open(invoice, price, amounts=spread).sudo()
        with freeze_time(f"{self._ago(4)} 10:00:00"):
            items = self.env["ar.open.item"].browse(self._items(invoice).ids)
            Agreement(debtor).promise(items, self._ago(-5), 80)
        self._pay(invoice, 30, self._ago(2))
        with freeze_time(f"{self._ago(1)} 10:00:00"):
            dispute.reject("The price list of May holds", send=False)
        self.env["ar.payment.plan"].sudo()._watch()
        for ago, wanted in (
            (7, (500, 0, 0)),
            (6, (500, 120, 0)),
            (4, (500, 120, 80)),
            (2, (470, 120, 50)),
            (1, (470, 0, 50)),
            (0, (470, 0, 50)),
        ):
            with self.subTest(ago=ago):
                usd = self._figures(day=self._ago(ago))["USD"]
                found = (usd["total"], usd["disputed"], usd["agreed"])
                self.assertEqual(found, wanted)

    def test_what_was_paid_of_a_promise_is_not_agreed_any_more(self):
        """1,000, of which 500 are promised and 400 were paid: 100 is agreed."""
        invoice = self._invoice(self.customer, 1000, 20)
        debtor = self._debtor(self.customer)
        with freeze_time(f"{self._ago(8)} 10:00:00"):
            items = self.env["ar.open.item"].browse(self._items(invoice).ids)
            Agreement(debtor).promise(items, self._ago(-5), 500)
        self._pay(invoice, 400, self._ago(5))
        usd = self._figures(day=self._ago(1))["USD"]
        self.assertEqual((usd["overdue"], usd["agreed"]), (500, 100))

    def test_charges_are_below_the_total(self):
        """3.46 accrued: 500 for 20 days at 12.63 % a year."""
        self._every_day()
        scheme = self._scheme("Own", 12.63)
        self.company.write(
            {"ar_charge_mode": "shown", "ar_charge_scheme_id": scheme.id}
        )
        self._invoice(self.customer, 500, 20)
        debtor = self._debtor(self.customer)
        usd = self._figures()["USD"]
        self.assertEqual((usd["charges"], usd["total"]), (3.46, 500))
        self.assertEqual(usd["counted"], (0, 0))
        # Of today: it changes nothing in what accrued
        self._pay_on_account(self.customer, 100)
        self.assertEqual(self._figures()["USD"]["counted"], (0, 100))
        self.company.ar_charge_order = "charges"
        self.assertEqual(self._figures()["USD"]["counted"], (3.46, 96.54))
        html = self.env["ir.actions.report"]._render_qweb_html(
            "ar_followup_plus.report_statement", debtor.ids
        )[0]
        text = html2plaintext(html.decode()).replace("\xa0", " ")
        self.assertIn("Credits counted for invoices: $ 96.54", text)
        self.assertIn("Credits counted for these charges: $ 3.46", text)

    def test_a_past_day_reads_the_matchings_of_the_customer_alone(self):
        """By their indexes, however many matchings the database has."""
        self._history()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        rows = self.env.execute_query(
            SQL(
                "EXPLAIN %s",
                statement_query.open_on(self._debtor(self.customer).ids, self._ago(5)),
            )
        )
        plan = "\n".join(row[0] for row in rows)
        self.assertIn("account_partial_reconcile", plan)
        self.assertNotIn("Seq Scan on account_partial_reconcile", plan)

    def test_a_constant_number_of_statements(self):
        """Ten customers or sixty: the same SQL."""
        for number in range(60):
            customer = self._customer(f"Many {number:02}")
            self._invoice(customer, 100 + number, 10)
        self.env["ar.debtor"]._make_missing()
        debtors = self.env["ar.debtor"].search([("company_id", "=", self.company.id)])
        for kind in ("open", "activity"):
            for day in (None, self._ago(3)):
                counts = []
                for some in (debtors[:10], debtors[:60]):
                    period = checked_period(some, kind, day, date(2026, 1, 1))
                    Statement(some, period).figures()
                    self.env.flush_all()
                    self.env.invalidate_all()
                    before = self.cr.sql_log_count
                    figures = Statement(some, period).figures()
                    counts.append(self.cr.sql_log_count - before)
                    self.assertEqual(len(figures), len(some))
                self.assertLessEqual(counts[1], counts[0])
                self.assertLess(counts[0], 22)

    # === BAD INPUT === #

    def test_bad_periods(self):
        debtor = self._debtor(self.customer)
        for kind, day, first, says in (
            ("activity", self._ago(9), self._ago(3), "before it begins"),
            ("open", self._ago(-1), None, "in the future"),
            ("activity", None, self._ago(-2), "in the future"),
            ("activity", None, None, "Choose the first day"),
            ("nonsense", None, None, "no statement of this kind"),
        ):
            with self.subTest(says=says), self.assertRaisesRegex(ValidationError, says):
                checked_period(debtor, kind, day, first)

    def test_without_wkhtmltopdf(self):
        """Says what to do; the spreadsheet can be had."""
        self._invoice(self.customer, 100, 5)
        debtor = self._debtor(self.customer)
        known = ir_actions_report._wkhtml()._replace(state="install")
        with patch.object(ir_actions_report, "_wkhtml", lambda: known):
            with self.assertRaisesRegex(UserError, "wkhtmltopdf is missing"):
                debtor.send_statement()
            action = self._ask(debtor).action_list()
        self.assertEqual(action["type"], "ir.actions.act_url")

    def _ask(self, debtors, **values):
        return (
            self.env["ar.statement.ask"]
            .with_context(active_ids=debtors.ids, active_model="ar.debtor")
            .create(values)
        )

    def _downloaded(self, action):
        if action["type"] == "ir.actions.client":
            action = action["params"]["next"]
        number = int(action["url"].split("/")[3].split("?")[0])
        return self.env["ir.attachment"].sudo().browse(number)

    # === ON PAPER === #

    def test_what_the_paper_says(self):
        """Both statements, with patched Qt and Debian's alike."""
        first, second, _foreign = self._history()
        self.company.company_registry = False
        debtor = self._debtor(self.customer)
        first_seen, second_seen = self._unpatched()
        with self.allow_pdf_render():
            _name, content = Statement(debtor).pdf("en_US")
            with first_seen, second_seen:
                _name, bare = Statement(debtor).pdf("en_US")
            period = checked_period(debtor, "activity", None, self._ago(30))
            name, moved = Statement(debtor, period).pdf("en_US")
        self.assertEqual(name, "Statement 2026-02-08 to 2026-03-10.pdf")
        self.assertEqual(self._pages(content), 1)
        for text in (self._text(content), self._text(bare)):
            for part in (
                "Sample Supplies",
                "First Customer",
                "1 Example Street",
                "March 10, 2026",
                "C-1001",
                second.name,
                "Total USD",
                "620.00",
                "1-30 days",
                "Past the due date",
                "Credits",
                "Test Collector",
                "Bank transfer to account 12345",
                f"/my/receivables/{debtor.id}",
            ):
                self.assertIn(part, text)
            self.assertNotIn(first.name, text)
            self.assertNotRegex(text, r"\bFalse\b|\bNone\b")
        text = self._text(moved)
        for part in ("Balance before", "Payment", "Balance on March 10, 2026"):
            self.assertIn(part, text)

    def test_sixty_items_on_three_pages(self):
        """The sum is carried over; the last page has the total."""
        self.customer.name = "The Very Long Name Company of Everything and More " * 2
        for number in range(60):
            self._invoice(self.customer, 10 + number, 5, ref=f"Order {number:03}")
        debtor = self._debtor(self.customer)
        with self.allow_pdf_render():
            _name, content = Statement(debtor).pdf("en_US")
        self.assertEqual(self._pages(content), 3)
        text = self._text(content)
        self.assertEqual(text.count("Carried forward"), 2)
        self.assertEqual(text.count("Brought forward"), 2)
        values = Statement(debtor).values()
        [part] = values["parts"]
        carried = [sheet["carried"] for sheet in part["pages"][:-1]]
        self.assertEqual(carried, [sheet["brought"] for sheet in part["pages"][1:]])
        for amount in carried:
            self.assertEqual(text.count(part["money"](amount)[2:]), 2)
        self.assertEqual(part["total"], sum(range(10, 70)))

    def test_many_in_few_calls(self):
        """25 statements: three calls; unpatched one each, merged all the same."""
        debtors = self.env["ar.debtor"]
        for number in range(25):
            customer = self._customer(f"Customer number {number:02}")
            self._invoice(customer, 100, 5)
            debtors |= self._debtor(customer)
        nothing = self._debtor(self.other)
        with self.allow_pdf_render():
            action = self._ask(debtors | nothing).action_print()
        self.assertEqual(len(self.calls), 3)
        self.assertIn("Second Customer has no open", action["params"]["message"])
        content = self._downloaded(action).raw
        self.assertEqual(self._pages(content), 25)
        self.calls.clear()
        first, second = self._unpatched()
        with first, second, self.allow_pdf_render():
            action = self._ask(debtors[:3]).action_print()
        self.assertEqual(len(self.calls), 3)
        text = self._text(self._downloaded(action).raw)
        for number in range(3):
            self.assertIn(f"Customer number {number:02}", text)

    def test_a_broken_one_fails_alone(self):
        self._invoice(self.customer, 100, 5)
        self._invoice(self.other, 100, 5)
        both = self._debtor(self.customer) | self._debtor(self.other)
        values = Statement.values

        def rotten(statement):
            if statement.debtor.partner_id == self.other:
                raise ValueError("rotten")
            return values(statement)

        with (
            patch.object(Statement, "values", rotten),
            self.allow_pdf_render(),
        ):
            action = self._ask(both).action_print()
            self.assertIn("rotten", action["params"]["message"])
            self.assertEqual(self._pages(self._downloaded(action).raw), 1)
            answer = both.action_send_statements()
        self.assertIn("Second Customer", answer["params"]["message"])
        self.assertEqual(both.mapped("statement_on"), [self.company._ar_today(), False])

    def test_spreadsheets(self):
        self._history()
        both = self._debtor(self.customer) | self._debtor(self.other)
        name, content, failed = Statement(both, checked_period(both)).lists()
        self.assertEqual(len(failed), 1)
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(len(book.sheetnames), 2)
        cells = [c.value for row in book.worksheets[1].rows for c in row]
        self.assertIn(620, cells)
        period = checked_period(both, "activity", None, self._ago(30))
        name, content, failed = Statement(both, period).lists()
        self.assertTrue(name.endswith(".zip"))
        self.assertFalse(failed)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self._invoice(self.customer, 1234.5, 5)
        with self.allow_pdf_render():
            files, failed = Statement(
                self._debtor(self.customer),
                checked_period(self._debtor(self.customer)),
            ).pdfs()
        self.assertFalse(failed)
        text = self._text(files[self._debtor(self.customer).id])
        self.assertIn("10 mars 2026", text)
        self.assertIn("1 234,50", text.replace("\u202f", " ").replace("\xa0", " "))
