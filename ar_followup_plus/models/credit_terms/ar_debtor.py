"""Which terms of payment a customer has to accept, and whether they did."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..voice.voice import Voice
from .credit_terms import CreditTerms


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    acceptance_ids = fields.One2many(
        "ar.credit.policy.acceptance", "debtor_id", string="Requests and signatures"
    )
    policy_state = fields.Selection(
        [
            ("none", "None needed"),
            ("missing", "Not asked"),
            ("requested", "Requested"),
            ("declined", "Declined"),
            ("accepted", "Accepted"),
        ],
        string="Terms of payment",
        compute="_compute_policy_state",
    )
    needs_policy = fields.Boolean(
        string="Terms of payment not accepted",
        compute="_compute_policy_state",
        search="_search_needs_policy",
    )

    @api.depends("acceptance_ids.state", "kind", "partner_id")
    def _compute_policy_state(self):
        found = CreditTerms(self).standing()
        open_states = {}
        for debtor, state, last in (
            self.env["ar.credit.policy.acceptance"]
            .sudo()
            ._read_group(
                [
                    ("debtor_id", "in", self.ids),
                    ("state", "in", ("requested", "declined")),
                ],
                ["debtor_id", "state"],
                ["id:max"],
            )
        ):
            open_states.setdefault(debtor.id, []).append((last, state))
        for debtor in self:
            policy, acceptance = found.get(debtor.id, (None, None))
            debtor.needs_policy = bool(policy and not acceptance)
            if acceptance:
                debtor.policy_state = "accepted"
            elif not policy:
                debtor.policy_state = "none"
            else:
                debtor.policy_state = max(open_states.get(debtor.id, [(0, "missing")]))[
                    1
                ]

    def _search_needs_policy(self, operator, value):
        if operator != "in":
            return NotImplemented
        companies = self.env.companies.root_id
        days = {company.id: company._ar_today() for company in companies}
        for name in ("ar.debtor", "ar.credit.policy", "ar.credit.policy.acceptance"):
            self.env[name].flush_model()
        needing = SQL(
            "(SELECT s.id FROM (%s) s WHERE s.policy_id IS NOT NULL "
            "AND s.acceptance_id IS NULL)",
            CreditTerms.standing_sql(days, SQL("TRUE")),
        )
        found = Domain("id", "in", needing)
        return found if True in value else ~found

    # === ASKING === #

    def action_request_policy(self):
        """Ask all of these customers; on a day with a message, ask the user first."""
        self.check_access("write")
        return Voice(self).ask_first("terms", self) or CreditTerms(self).request_all()

    def action_view_policies(self):
        """Show what the customer was asked, and what they accepted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_credit_policy_acceptance_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        return action
