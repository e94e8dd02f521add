"""The spreadsheet of the overview: what it names exists, and who sees it."""

import json

from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestDashboard(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref(
            "ar_followup_plus_spreadsheet.dashboard_receivables"
        )
        cls.document = json.loads(cls.dashboard.spreadsheet_data)

    def test_models_fields_and_menus_exist(self):
        for source in (
            *self.document["pivots"].values(),
            *self.document["lists"].values(),
        ):
            model = self.env[source["model"]]
            model.search(source["domain"], limit=1)
            names = [*source.get("columns", ())]
            names += [one["fieldName"] for one in source.get("measures", ())]
            names += [one["fieldName"] for one in source.get("rows", ())]
            for name in names:
                if name != "__count":
                    self.assertIn(name, model._fields)
                    self.assertTrue(model._fields[name].store)
        charts = [
            figure["data"]
            for sheet in self.document["sheets"]
            for figure in sheet["figures"]
            if "metaData" in figure["data"]
        ]
        self.assertTrue(charts)
        for chart in charts:
            meta = chart["metaData"]
            rows = self.env[meta["resModel"]].formatted_read_group(
                chart["searchParams"]["domain"],
                meta["groupBy"],
                [f"{meta['measure']}:sum"],
            )
            self.assertIsInstance(rows, list)
            # Amounts of two currencies are never one bar
            self.assertIn("currency_id", meta["groupBy"])
        for menu in self.document["chartOdooMenusReferences"].values():
            self.assertEqual(self.env.ref(menu)._name, "ir.ui.menu")

    def test_who_sees_it(self):
        for group, sees in (
            ("ar_followup_plus.group_credit_manager", True),
            ("ar_followup_plus.group_collector", False),
        ):
            user = new_test_user(self.env, login=group, groups=group)
            found = self.env["spreadsheet.dashboard"].with_user(user).search([])
            self.assertEqual(self.dashboard in found, sees)
