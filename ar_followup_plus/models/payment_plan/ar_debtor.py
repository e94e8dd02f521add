"""Promises and plans on the customer: fields and buttons."""

from odoo import fields, models

from ...engine.agreement import MISSED
from ..decision.snapshot import BROKEN_DAYS


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    plan_ids = fields.One2many(
        "ar.payment.plan", "debtor_id", string="Promises and plans", readonly=True
    )
    plan_count = fields.Integer(compute="_compute_plan_count")
    agreed_note = fields.Char(compute="_compute_agreed_note")
    has_broken = fields.Boolean(
        string="Broke a promise",
        compute="_compute_has_broken",
        search="_search_has_broken",
    )

    def _compute_plan_count(self):
        counts = dict(
            self.env["ar.payment.plan"]._read_group(
                [("debtor_id", "in", self.ids)], ["debtor_id"], ["__count"]
            )
        )
        for debtor in self:
            debtor.plan_count = counts.get(debtor, 0)

    def _compute_agreed_note(self):
        """Summarize the current agreements in one line."""
        running = self.env["ar.payment.plan"].search(
            [("debtor_id", "in", self.ids), ("state", "in", ("offered", "active"))]
        )
        by_debtor = running.grouped("debtor_id")
        for debtor in self:
            plans = by_debtor.get(debtor, running.browse())
            debtor.agreed_note = (
                "; ".join(
                    f"{plan.display_name}: {plan._in_words()}"
                    if plan.number
                    else f"{plan.display_name}: {plan.currency_id.format(plan.amount)}"
                    for plan in plans[:3]
                )
                or False
            )

    def _compute_has_broken(self):
        broken = self.search([("id", "in", self.ids), ("has_broken", "=", True)])
        for debtor in self:
            debtor.has_broken = debtor in broken

    def _search_has_broken(self, operator, value):
        """Find customers who broke an agreement within the last thirty days."""
        if operator != "in":
            return NotImplemented
        since = fields.Date.subtract(self.env.company._ar_today(), days=BROKEN_DAYS)
        broken = self.env["ar.payment.plan"]._search(
            [("state", "in", MISSED), ("closed_on", ">=", since)]
        )
        found = fields.Domain("plan_ids", "in", broken)
        return found if True in value else ~found

    def action_open_plans(self):
        """Open all agreements with the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promises and plans"),
            "res_model": "ar.payment.plan",
            "domain": [("debtor_id", "=", self.id)],
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
        }

    def action_promise(self):
        """Record a promise."""
        return self.env["ar.payment.plan"]._ask(self, "promise")

    def action_propose_plan(self):
        """Propose a payment plan."""
        return self.env["ar.payment.plan"]._ask(self, "plan")
