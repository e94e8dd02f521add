"""Referrals on the customer and on open items: fields and buttons."""

from odoo import fields, models
from odoo.exceptions import UserError


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    referral_count = fields.Integer(
        string="Referrals", compute="_compute_referral_count"
    )

    def _compute_referral_count(self):
        counts = dict(
            self.env["ar.referral"]._read_group(
                [("debtor_id", "in", self.ids)], ["debtor_id"], ["__count"]
            )
        )
        for debtor in self:
            debtor.referral_count = counts.get(debtor, 0)

    def action_open_referrals(self):
        """Open the customer's referrals."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_referral_action"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_refer(self):
        """Propose a referral of what is overdue and not referred yet."""
        self.ensure_one()
        self.check_access("write")
        items = self.env["ar.open.item"].search([("debtor_id", "=", self.id)])
        items.invalidate_recordset()
        return items.filtered(
            lambda item: not item.is_excluded and not item.is_handed_over
        )._refer_anew()


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_refer(self):
        """Propose a referral of these items of one customer."""
        self.check_access("read")
        if len(self.debtor_id) != 1:
            raise UserError(self.env._("Choose items of one customer."))
        self.debtor_id.check_access("write")
        return self._open_referrals(self.env["ar.referral"]._propose(self))

    def _refer_anew(self):
        """Propose those of these items that are in no open referral."""
        known = (
            self.env["ar.referral.line"]
            .sudo()
            .search([("move_line_id", "in", self.ids), ("hold", "!=", False)])
        )
        items = self.filtered(lambda item: item.id not in known.move_line_id.ids)
        return self._open_referrals(self.env["ar.referral"]._propose(items))

    def _open_referrals(self, referrals):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Referral"),
            "res_model": "ar.referral",
            "domain": [("id", "in", referrals.ids)],
            "views": [(False, "list"), (False, "form")],
        }
        if len(referrals) == 1:
            action.update(res_id=referrals.id, views=[(False, "form")])
        return action
