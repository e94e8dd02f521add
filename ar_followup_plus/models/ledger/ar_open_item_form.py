"""Buttons on open items."""

from odoo import fields, models
from odoo.tools import SQL

from ...engine.aging import BUCKETS


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    user_id = fields.Many2one(
        related="debtor_id.user_id", string="Collector", readonly=True
    )

    def action_open_partner(self):
        """Open the customer, to complete its data."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_open_invoice(self):
        """Open the invoice, for users who may read invoices."""
        self.ensure_one()
        self.move_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    def action_exclude(self):
        """Ask for the reason, and exclude the items from the follow-up."""
        return self.env["ar.exclude"]._open(self.ids, True)

    def action_include(self):
        """Ask for the reason, and end the exclusion of the items."""
        return self.env["ar.exclude"]._open(self.ids, False)

    # === GROUPING === #

    def _read_group_orderby(self, order, groupby_terms, query):
        # EXTENDS base: sort aging buckets by their days, not by their keys
        terms = dict(groupby_terms)
        if "bucket" in terms:
            keys = [key for key, _last in BUCKETS]
            terms["bucket"] = SQL(
                "array_position(%s::text[], %s::text)", keys, terms["bucket"]
            )
        result = super()._read_group_orderby(order, terms, query)
        groupby_terms.update({k: v for k, v in terms.items() if k != "bucket"})
        return result
