"""Receivables fit for financing: each rule by hand, and what is sold to a factor."""

import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...models.dispute.dispute_intake import DisputeIntake
from .analytics_common import AnalyticsCommon


@tagged("post_install", "-at_install")
class TestFinancing(AnalyticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        a, e = cls.customer, cls.other
        cls.invoice = cls._invoice(a, 1000, 10)
        cls.old = cls._invoice(a, 500, 100)
        intake = DisputeIntake(cls._debtor(a).with_user(cls.user_collector))
        intake.open(
            cls.invoice,
            cls.env.ref("ar_followup_plus.ar_dispute_reason_price"),
            amounts=intake.spread(cls.invoice, 200),
        )
        consumer, related = cls._customer("A Consumer"), cls._customer("A Sister")
        cls._debtor(consumer, kind="consumer")
        cls._debtor(related, kind="group")
        cls._invoice(consumer, 300, 5)
        cls._invoice(related, 400, 5)
        abroad = cls._customer("Abroad", country_id=cls.env.ref("base.de").id)
        cls._invoice(abroad, 250, 5)
        cls.with_credit = cls._invoice(e, 600, -5)
        cls._pay_on_account(e, 150)
        cls.rule = cls.env["ar.financing.rule"].create(
            {
                "name": "House bank",
                "most_share": 0,
                "country_ids": cls.us.ids,
                "company_id": cls.company.id,
            }
        )

    def _ask(self, **values):
        return self.env["ar.financing.ask"].create({"rule_id": self.rule.id, **values})

    def _found(self, ask=None):
        """Return the summary without zeros."""
        totals, reasons = (ask or self._ask())._summary()
        return totals["amount"], totals["eligible"], totals["advance"], dict(reasons)

    def test_by_hand(self):
        self.assertEqual(
            self._found(),
            (
                2900,
                1250,
                1000,
                {
                    "Too long past due": 500,
                    "Disputed": 200,
                    "Consumer": 300,
                    "Related party": 400,
                    "Country not accepted": 250,
                },
            ),
        )
        # All of it is in the books
        self.assertEqual(self._sums()["amount"], 2900)

    def test_share_of_a_customer(self):
        self.rule.most_share = 40
        amount, eligible, _advance, reasons = self._found()
        # 40 % of 1,250: 500 of the first customer's 800, all 450 of the other
        self.assertEqual((amount, eligible), (2900, 950))
        self.assertEqual(reasons["Above the customer's share"], 500)

    def test_insured(self):
        self.rule.write(
            {
                "only_insured": True,
                "limit_ids": [
                    (0, 0, {"partner_id": self.customer.id, "amount": 100}),
                ],
            }
        )
        self.assertEqual(self._found()[1], 100)

    def test_fewer_rules_accept_more(self):
        before = self._found()[1]
        for values in (
            {"without_consumers": False},
            {"without_related": False},
            {"without_disputed": False},
            {"country_ids": [(5,)]},
            {"most_days": 100},
        ):
            self.rule.write(values)
            after = self._found()[1]
            self.assertGreater(after, before, values)
            before = after
        self.assertEqual(before, 2900)

    def test_past_day(self):
        """Nobody had contested it, and nothing was on account."""
        found = self._found(self._ask(day=self._ago(1)))
        self.assertEqual(found[:2], (3050, 1600))

    def test_sold_to_a_factor(self):
        action = self._ask().action_show()
        items = self.env["ar.financing.item"].with_context(**action["context"])
        line = self._items(self.with_credit)
        with self.assertRaisesRegex(UserError, "accepted"):
            items.browse(self._items(self.old).ids).action_sold()
        asking = items.browse(line.ids).action_sold()
        wizard = (
            self.env["ar.exclude"]
            .with_context(**asking["context"])
            .create({"reason": "Sold to the factor"})
        )
        wizard.action_apply()
        exclusion = self.env["ar.exclusion"].search([("move_line_id", "=", line.id)])
        self.assertEqual(exclusion.kind, "factor")
        self.assertTrue(self.env["ar.open.item"].browse(line.id).is_excluded)
        sold = items.browse(line.id)
        sold.invalidate_recordset()
        self.assertEqual((sold.eligible, sold.reason), (0, "sold"))
        self.assertEqual(self._found()[3]["Sold to a factor already"], 600)

    def test_spreadsheet(self):
        action = self._ask().action_spreadsheet()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].partition("content/")[2].partition("?")[0])
        )
        base, items = load_workbook(io.BytesIO(attachment.raw)).worksheets
        lines = dict(base.iter_rows(min_row=3, max_col=2, values_only=True))
        self.assertEqual((lines["Open"], lines["Accepted"]), (2900, 1250))
        rest = sum(v for k, v in lines.items() if k not in ("Accepted", "Advance"))
        self.assertAlmostEqual(rest, lines["Accepted"])
        heads = [cell.value for cell in items[1]]
        rows = [
            dict(zip(heads, row, strict=True))
            for row in items.iter_rows(min_row=2, values_only=True)
        ]
        self.assertAlmostEqual(sum(row["Open"] for row in rows), 2900)
        self.assertAlmostEqual(sum(row["Accepted"] for row in rows), 1250)

    def test_bad_input(self):
        with self.assertRaisesRegex(UserError, "in the future"):
            self._ask(day=self._ago(-1)).action_show()
        items = self.env["ar.financing.item"]
        with self.assertRaisesRegex(ValidationError, "list of ids"):
            items.with_context(financing_rule="all").search([])
        self.env["ar.financing.rule"].search([]).active = False
        with self.assertRaisesRegex(UserError, "Add rules of financing first"):
            items.search([])
        for values in ({"most_days": -1}, {"advance": 101}, {"most_share": -1}):
            with self.assertRaises(ValidationError):
                self.rule.copy(values)

    def test_roles(self):
        ask = self.env["ar.financing.ask"].with_user(self.user_accountant).create({})
        self.assertTrue(ask.rule_id)
        ask.rule_id = self.rule
        self.assertEqual(self._found(ask)[1], 1250)
        with self.assertRaises(AccessError):
            self.rule.with_user(self.user_accountant).most_days = 5
        self.rule.with_user(self.user_manager).most_days = 5
        with self.assertRaises(AccessError):
            self.env["ar.financing.ask"].with_user(self.user_collector).create({})
