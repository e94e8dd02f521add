"""Nightly: remind owners, and escalate late answers to the credit manager."""

from odoo import api, models
from odoo.tools import format_date

from ..customer.responsible import Responsible
from .ar_dispute import OPEN_STATES


class ArDispute(models.Model):
    _inherit = "ar.dispute"

    @api.model
    def _watch(self):
        """Remind owners on the last working day before, and escalate late answers."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            today = company._ar_today()
            soon = company._ar_calendar().add_working(today, 1)
            mine = [("company_id", "=", company.id), ("state", "in", OPEN_STATES)]
            self._leave_to_others(mine)
            due = self.search([*mine, ("deadline", "<=", soon)])
            due.filtered(lambda d: not d.reminded_on)._remind(today)
            due.filtered(
                lambda d, today=today: d.deadline < today and not d.escalated_on
            )._escalate(company, today)
        self._end_activities()

    @api.model
    def _end_activities(self):
        """End the activities about credit notes that are posted, cancelled or deleted."""
        asked = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "account.move"),
                    ("ar_about", "=like", f"{self._name},%"),
                ]
            )
        )
        asked.filtered(
            lambda a: not a.ar_about or a.ar_about.credit_move_id.state != "draft"
        ).unlink()

    def _leave_to_others(self, domain):
        """Reassign disputes of former colleagues to the customer's person in charge."""
        gone = self.search(
            [*domain, "|", ("owner_id", "=", False), ("owner_id.active", "=", False)]
        )
        in_charge = Responsible(gone.debtor_id).today()
        for dispute in gone:
            owner = in_charge[dispute.debtor_id.id]
            if owner and owner.active and owner != dispute.owner_id:
                dispute.owner_id = owner

    def _remind(self, today):
        for dispute in self.filtered("owner_id"):
            dispute.message_notify(
                partner_ids=dispute.owner_id.partner_id.ids,
                subject=self.env._(
                    "Please answer: %(dispute)s", dispute=dispute.display_name
                ),
                body=self.env._(
                    "%(customer)s waits for an answer by %(day)s.",
                    customer=dispute.debtor_id.display_name,
                    day=format_date(self.env, dispute.deadline),
                ),
            )
        self.write({"reminded_on": today})

    def _escalate(self, company, today):
        """Notify the credit manager, and hold the rest of the invoice as well."""
        manager = company.ar_manager_id
        for dispute in self:
            user = manager if manager.active else dispute.debtor_id.user_id
            if not user:
                continue
            text = self.env._(
                "%(owner)s was to answer by %(day)s. Until then, no payment of this "
                "invoice is demanded.",
                owner=dispute.owner_id.name or self.env._("Nobody"),
                day=format_date(self.env, dispute.deadline),
            )
            # Odoo notifies of the activity by e-mail
            dispute.activity_schedule(
                "ar_followup_plus.activity_dispute_late",
                today,
                summary=self.env._("Late: %(dispute)s", dispute=dispute.display_name),
                note=text,
                user_id=user.id,
            )
        self.write({"escalated_on": today})
