"""Promises and plans: what is offered is shown, and days are days."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .agree_common import AgreeCommon


class TestPlanViews(AgreeCommon):
    def test_offered_and_proposed_are_shown(self):
        """The list that the menu opens hides nothing that is still to be done."""
        self._invoice(self.customer, 1000, 40)
        plan = self._agree(sign=False)
        action = self.env.ref("ar_followup_plus.ar_payment_plan_action")
        context = safe_eval(action.context)
        view = self.env["ar.payment.plan"].get_view(view_type="search")["arch"]
        domains = [
            safe_eval(node.get("domain"))
            for node in etree.fromstring(view).iter("filter")
            if context.get(f"search_default_{node.get('name')}")
        ]
        self.assertEqual(len(domains), 1)
        found = self.env["ar.payment.plan"].search(domains[0])
        self.assertIn(plan, found)
        self.assertEqual(plan.state, "offered")
        plan.sudo()._start()
        self.assertIn(plan, self.env["ar.payment.plan"].search(domains[0]))

    def test_days_are_written_as_days(self):
        """Not "next month" for a day in five days, which Odoo's widget says."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "ar_followup_plus"), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(data.mapped("res_id")).exists():
            with self.subTest(view=view.name):
                self.assertNotIn("remaining_days", view.arch_db)
