"""What screens show of promises and plans, and the buttons that open them."""

from odoo import api, fields, models

from ...engine.agreement import MISSED
from ..decision.snapshot import BROKEN_DAYS
from .agreement import Agreement
from .ar_payment_plan import FIRST_DAYS


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    next_date = fields.Date(string="Next payment", compute="_compute_next_date")

    @api.depends("installment_ids.state", "installment_ids.date")
    def _compute_next_date(self):
        for plan in self:
            to_come = plan.installment_ids.filtered(lambda p: p.state != "paid")
            plan.next_date = not plan.closed_on and min(
                to_come.mapped("date"), default=False
            )

    def _action_open(self):
        """Open it; several as a list."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Promises and plans"),
            "res_model": self._name,
            "domain": [("id", "in", self.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")])
        return action

    def action_open_debtor(self):
        """Open the customer."""
        self.ensure_one()
        return self.debtor_id._ar_form()

    def action_replace(self):
        """Agree on another plan that replaces this one."""
        self.ensure_one()
        return self.debtor_id._open_ask("plan", default_supersedes_id=self.id)

    def action_cancel(self):
        """Ask why it ends."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel: %(plan)s", plan=self.display_name),
            "res_model": "ar.plan.cancel",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def action_print(self):
        """Download the agreement: signed, else as it was offered."""
        self.ensure_one()
        self.check_access("read")
        plan_sudo = self.sudo()
        file = plan_sudo.signed_document_id or plan_sudo.agreement_id
        if not file:
            return self.env.ref(
                "ar_followup_plus.action_report_agreement"
            ).report_action(self, config=False)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{file.id}?download=true",
        }


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
        """Say in a line what was agreed and runs."""
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
        """Who did not keep what was agreed, within the last thirty days."""
        if operator != "in":
            return NotImplemented
        since = fields.Date.subtract(self.env.company._ar_today(), days=BROKEN_DAYS)
        broken = self.env["ar.payment.plan"]._search(
            [("state", "in", MISSED), ("closed_on", ">=", since)]
        )
        found = fields.Domain("plan_ids", "in", broken)
        return found if True in value else ~found

    def _ar_promise(self, items, date, *args, **kwargs):
        """Take a promise, see :meth:`Agreement.promise`."""
        self.ensure_one()
        return Agreement(self).promise(items, date, *args, **kwargs)

    def _ar_propose_plan(self, items, values, source="collector"):
        """Propose a plan, see :meth:`Agreement.propose`."""
        self.ensure_one()
        return Agreement(self).propose(items, values, source)

    def action_open_plans(self):
        """Open all that was agreed with the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promises and plans"),
            "res_model": "ar.payment.plan",
            "domain": [("debtor_id", "=", self.id)],
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
        }

    def action_promise(self):
        """Note a promise."""
        return self._open_ask("promise")

    def action_propose_plan(self):
        """Propose to pay in parts."""
        return self._open_ask("plan")

    def _open_ask(self, kind, **context):
        self.ensure_one()
        today = self.company_id._ar_today()
        title = (
            self.env._("Note a promise")
            if kind == "promise"
            else self.env._("Agree on a payment plan")
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "ar.plan.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_debtor_id": self.id,
                "default_kind": kind,
                "default_first_on": fields.Date.add(today, days=FIRST_DAYS),
                "default_date": fields.Date.add(today, days=7),
                **context,
            },
        }

    def _own_page_link(self):
        """Return the link to the customer's page that belongs to no notice."""
        debtor_sudo = self.sudo()
        token = debtor_sudo._portal_ensure_token()
        debtor_sudo.token_date = self.company_id._ar_today()
        return (
            f"{debtor_sudo.get_base_url()}/my/receivables/{debtor_sudo.id}"
            f"?access_token={token}"
        )

    def _agreed_line_ids(self):
        """Return ids of the journal items that plans with the customer cover."""
        lines = (
            self.env["ar.payment.plan.line"]
            .sudo()
            .search(
                [
                    ("plan_id.debtor_id", "=", self.id),
                    ("plan_id.state", "!=", "draft"),
                    ("move_line_id", "!=", False),
                ]
            )
        )
        return set(lines.move_line_id.ids)
