"""The late charges of customers: accrued, posted and waived amounts."""

from odoo import api, fields, models
from odoo.tools import format_amount

from .accrued_charges import Accrued, AccruedCharges


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    charge_scheme_id = fields.Many2one(
        "ar.late.charge.scheme",
        string="Own late charges",
        check_company=True,
        tracking=True,
        ondelete="restrict",
        help="As agreed in a contract. Empty: those of the company.",
    )
    charged_at = fields.Datetime(
        readonly=True, copy=False, help="Written first by who charges or waives."
    )
    charges_settled_on = fields.Date(
        readonly=True,
        copy=False,
        help="What was paid until then bears no charges any more: what was decided on it "
        "is not kept.",
    )
    charge_ids = fields.One2many(
        "ar.late.charge", "debtor_id", string="Late-charge history"
    )
    charge_pause_ids = fields.One2many(
        "ar.late.charge.pause", "debtor_id", string="Interest-free periods"
    )
    accrued_text = fields.Char(
        string="Late charges",
        compute="_compute_accrued_text",
        help="What accrued until today and was neither charged nor waived.",
    )
    has_charges = fields.Boolean(compute="_compute_has_charges")

    @api.depends("company_id")
    def _compute_has_charges(self):
        for debtor in self:
            root = debtor.company_id._ar_root()
            debtor.has_charges = bool(root.ar_charge_mode != "off" or debtor.charge_ids)

    def _compute_accrued_text(self):
        by_debtor = AccruedCharges(self).by_debtor()
        for debtor in self:
            charges = by_debtor.get(debtor.id, [])
            debtor.accrued_text = " + ".join(
                format_amount(self.env, amount, currency)
                for currency, amount in Accrued(charges).items()
            )
            if not charges or any(charge.gap for charge in charges):
                debtor.accrued_text = debtor.accrued_text or "-"

    # === ACTIONS === #

    def action_late_charges(self):
        """Open today's calculation, for a credit manager to decide on."""
        self.ensure_one()
        ask = self.env["ar.late.charge.ask"].create({"debtor_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Late charges"),
            "res_model": "ar.late.charge.ask",
            "res_id": ask.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_late_charge_list(self):
        """Open the posted and waived charges."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_late_charge_action"
        )
        return {**action, "domain": [("debtor_id", "=", self.id)], "context": {}}

    def _after_stop_change(self):
        # EXTENDS ar.debtor: some reasons suspend the charges too, for these days
        self.env["ar.late.charge.pause"]._follow_stop(self.sudo())
        return super()._after_stop_change()
