"""Display fields of promises and plans, and the buttons that open them."""

from odoo import api, fields, models

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
        """Open the form; for several a list."""
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
        return self.debtor_id._get_records_action(context={})

    def action_replace(self):
        """Propose another plan that replaces this one."""
        self.ensure_one()
        return self._ask(self.debtor_id, "plan", default_supersedes_id=self.id)

    @api.model
    def _ask(self, debtor, kind, **context):
        """Return the dialog to enter a promise or a plan of a customer.

        :param str kind: 'promise' or 'plan'
        """
        debtor.ensure_one()
        today = debtor.company_id._ar_today()
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
                "default_debtor_id": debtor.id,
                "default_kind": kind,
                "default_first_on": fields.Date.add(today, days=FIRST_DAYS),
                "default_date": fields.Date.add(today, days=7),
                **context,
            },
        }

    def action_cancel(self):
        """Ask for the reason of its end."""
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
        """Download the agreement: the signed one, else the offer."""
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
