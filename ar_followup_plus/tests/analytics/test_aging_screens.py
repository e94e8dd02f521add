"""The aged list on screen, as PDF and as spreadsheet."""

import io
from datetime import date

from lxml import etree
from openpyxl import load_workbook

from odoo.tests import tagged

from .analytics_common import AnalyticsCommon


@tagged("post_install", "-at_install")
class TestAgingScreens(AnalyticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._twenty_entries()
        cls.customer.name = "=1+1"

    def _ask(self, **values):
        return self.env["ar.aging.ask"].create({"day": date(2026, 1, 31), **values})

    def test_columns_bear_the_days_of_the_buckets(self):
        context = self._ask(ranges="15, 45").action_show()["context"]
        # The web client passes on these keys alone
        kept = {k: v for k, v in context.items() if k.endswith("_view_ref")}
        items = self.env["ar.aging.item"].with_context(**kept)
        views = items.get_views([(False, "list"), (False, "pivot")])["views"]
        arch = etree.fromstring(views["list"]["arch"])
        self.assertEqual(
            [
                (node.get("name"), node.get("string"))
                for node in arch.xpath("//field[starts-with(@name, 'bucket')]")
            ],
            [("bucket_1", "1-15"), ("bucket_2", "16-45"), ("bucket_3", "> 45")],
        )
        arch = etree.fromstring(views["pivot"]["arch"])
        self.assertEqual(
            [
                node.get("name")
                for node in arch.xpath("//field[starts-with(@name, 'bucket')]")
                if node.get("type") == "measure"
            ],
            ["bucket_1", "bucket_2", "bucket_3"],
        )

    def test_a_figure_opens_its_items(self):
        action = self._ask(group="kind").action_show()
        items = self.env[action["res_model"]].with_context(**action["context"])
        for group in items.formatted_read_group(
            [], action["context"]["group_by"], ["bucket_1:sum", "__count"]
        ):
            mine = items.search(group["__extra_domain"])
            self.assertEqual(len(mine), group["__count"])
            self.assertEqual(sum(mine.mapped("bucket_1")), group["bucket_1:sum"])
        entry = items.search([("bucket_1", ">", 0)])[0].action_open_entry()
        self.assertEqual(entry["res_model"], "account.move")

    def test_spreadsheet_adds_up_to_the_ledger(self):
        day = date(2025, 12, 31)
        action = self._ask(day=day).action_spreadsheet()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].partition("content/")[2].partition("?")[0])
        )
        book = load_workbook(io.BytesIO(attachment.raw))
        groups, items = book.worksheets
        self.assertIn("difference", groups["A2"].value)
        heads = [cell.value for cell in groups[4]]
        total = heads.index("Total")
        rows = list(groups.iter_rows(min_row=5, values_only=True))
        self.assertEqual(rows[-1][0], "Total")
        self.assertAlmostEqual(rows[-1][total], 3700)
        self.assertAlmostEqual(sum(row[total] for row in rows[:-1]), 3700)
        buckets = range(2, total)
        for row in rows:
            self.assertAlmostEqual(sum(row[column] for column in buckets), row[total])
        lines = list(items.iter_rows(min_row=2, values_only=True))
        self.assertAlmostEqual(sum(line[-1] for line in lines), 3700)
        self.assertIn("=1+1", {line[0] for line in lines})
        self.assertEqual(items["A2"].data_type, "s")

    def test_only_who_asked_reads_the_spreadsheet(self):
        ask = self.env["ar.aging.ask"].with_user(self.user_manager).create({})
        action = ask.action_spreadsheet()
        file_id = int(action["url"].partition("content/")[2].partition("?")[0])
        file = self.env["ir.attachment"].browse(file_id)
        self.assertTrue(file.with_user(self.user_manager).has_access("read"))
        self.assertFalse(file.with_user(self.user_accountant).has_access("read"))

    def test_pdf_says_that_it_ties(self):
        html = self.env["ir.qweb"]._render(
            "ar_followup_plus.report_aging",
            {"docs": self._ask(), "env": self.env, **self._layout()},
        )
        text = " ".join(
            etree.fromstring(html, etree.HTMLParser()).xpath("string()").split()
        ).replace("\xa0", " ")
        self.assertIn("Receivables on 01/31/2026, by due date", text)
        self.assertIn("Ties to the general ledger: difference $ 0.00", text)
        self.assertIn("$ 2,280.00", text)

    def _layout(self):
        return {
            "web_base_url": "http://localhost",
            "report_type": "html",
            "context_timestamp": lambda moment: moment,
            "user": self.env.user,
            "res_company": self.company,
        }
