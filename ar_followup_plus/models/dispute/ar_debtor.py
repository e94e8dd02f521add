"""Disputes on the customer and on an open item: fields and buttons."""

from odoo import fields, models

from .ar_dispute import OPEN_STATES


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    dispute_ids = fields.One2many("ar.dispute", "debtor_id", string="Disputes")
    dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_dispute_count"
    )

    def _compute_dispute_count(self):
        counts = dict(
            self.env["ar.dispute"]._read_group(
                [("debtor_id", "in", self.ids), ("state", "in", OPEN_STATES)],
                ["debtor_id"],
                ["__count"],
            )
        )
        for debtor in self:
            debtor.dispute_count = counts.get(debtor, 0)

    def action_open_disputes(self):
        """Open the customer's disputes, unanswered ones first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_dispute_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_dispute(self):
        """Ask what is wrong with an invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Something is wrong with an invoice"),
            "res_model": "ar.dispute.open",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_debtor_id": self.id},
        }


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_dispute(self):
        """Ask what is wrong with the invoice of an item."""
        self.ensure_one()
        action = self.debtor_id.action_dispute()
        action["context"]["default_item_id"] = self.id
        return action
