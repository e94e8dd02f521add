"""What the debtor's form shows beside its columns: live, never stored."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..ledger.balances import Balances


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    balances = fields.Html(
        compute="_compute_balances",
        sanitize=False,
        help="From the ledger at this moment, for each currency.",
    )
    company_note = fields.Char(compute="_compute_company_note")
    is_snoozed = fields.Boolean(
        compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    # === COMPUTE METHODS === #

    def _compute_balances(self):
        rows = Balances(self).rows()
        for debtor in self:
            debtor.balances = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_balances",
                {
                    "rows": rows.get(debtor.id, []),
                    "own": debtor.sudo().currency_id,
                    "total": sum(row["company"] for row in rows.get(debtor.id, [])),
                },
            )

    @api.depends("company_id")
    def _compute_company_note(self):
        for debtor in self:
            debtor.company_note = debtor.company_id._ar_note()

    @api.depends("snooze_until")
    def _compute_is_snoozed(self):
        for debtor in self:
            debtor.is_snoozed = bool(
                debtor.snooze_until
                and debtor.snooze_until > debtor.company_id._ar_today()
            )

    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("snooze_until", ">", self.env.company._ar_today())
        return domain if True in value else ~domain

    # === BUTTONS === #

    def _ar_waiting_notices(self):
        """Return the notices that wait for approval or for their delivery."""
        return self.env["ar.notice"].search(
            [("debtor_id", "in", self.ids), ("state", "in", ("proposed", "ready"))]
        )

    def _ar_contacted_lately(self):
        """Return a warning where the customer was contacted within the gap."""
        self.ensure_one()
        company = self.sudo().company_id
        last = self.last_contact_date
        if not last or (company._ar_today() - last).days >= company.ar_gap_days:
            return False
        return self.env._(
            "This customer was contacted on %(day)s. Is another message needed?",
            day=format_date(self.env, last),
        )

    def _ar_form(self):
        """Return the action that opens the form of a debtor, for all that leads there."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "ar.debtor",
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_open_notices(self):
        """Open the notices of the debtor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_action_all"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    @api.model
    def _make_demo(self):
        """Make the customers of the demonstration; called by its data file alone."""
        from ...demo.make import make_demo  # not needed by any other database

        make_demo(self.env)


class ArOpenItem(models.Model):
    _inherit = "ar.open.item"

    def action_open_debtor(self):
        """Open the debtor of the item; make it for an item that was just posted."""
        self.ensure_one()
        if not self.debtor_id and self.partner_id:
            self.env["ar.debtor"].for_partner(self.partner_id.id, self.company_id.id)
            self.invalidate_recordset(["debtor_id"])
        if not self.debtor_id:
            raise UserError(
                self.env._(
                    "%(number)s has no customer: enter one in the invoice.",
                    number=self.move_name or self.env._("This item"),
                )
            )
        return self.debtor_id._ar_form()
