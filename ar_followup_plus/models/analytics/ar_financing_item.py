from odoo import api, fields, models
from odoo.exceptions import UserError

from ..company.rpc_border import given_ids
from ..customer.ar_debtor import KIND_SELECTION
from .aging_terms import checked_day
from .ar_financing_rule import REASON_SELECTION
from .financing_query import financing_query


class ArFinancingItem(models.Model):
    """One receivable item of a day with what of it can be financed.

    Live, like the aged list: the day and the rules stand in the context. The amounts
    add up to the receivables of the company, what is not accepted with its reason.
    """

    _name = "ar.financing.item"
    _description = "Item Fit for Financing"
    _auto = False
    _order = "partner_id, due_date, id"

    name = fields.Char(string="Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    move_id = fields.Many2one("account.move", string="Entry", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    debtor_id = fields.Many2one("ar.debtor", string="Receivables of", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    kind = fields.Selection(KIND_SELECTION, string="Kind of customer", readonly=True)
    invoice_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    days = fields.Integer(string="Days past due", readonly=True, aggregator="max")
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(string="Open", readonly=True)
    eligible = fields.Monetary(string="Accepted", readonly=True)
    excluded = fields.Monetary(string="Not accepted", readonly=True)
    advance = fields.Monetary(readonly=True)
    reason = fields.Selection(REASON_SELECTION, string="Why not", readonly=True)

    _depends = {
        "ar.aging.item": ["amount"],
        "ar.exclusion": ["kind", "move_id", "move_line_id"],
        "ar.financing.limit": ["amount", "partner_id", "rule_id"],
    }

    @property
    def _table_query(self):
        rule = self.env["ar.financing.rule"]
        rule_id = self.env.context.get("financing_rule")
        rule = rule.browse(given_ids(self.env, rule_id or [])) or rule.search(
            [], limit=1
        )
        if not rule.exists():
            raise UserError(
                self.env._(
                    "Add rules of financing first, in Configuration > Rules of financing."
                )
            )
        rule.check_access("read")
        day = self.env.context.get("financing_day") or self.env.company._ar_today()
        return financing_query(self.env, rule, checked_day(self.env, day))

    @api.model
    def _on(self, rule, day):
        """Return the model as of a day, by rules."""
        return self.with_context(
            financing_rule=rule.id, financing_day=fields.Date.to_string(day)
        )

    def action_sold(self):
        """Ask until when the chosen items leave the follow-up as sold to a factor."""
        accepted = self.filtered(lambda item: item.eligible > 0)
        if not accepted:
            raise UserError(
                self.env._("Choose items that are accepted: nothing else can be sold.")
            )
        action = self.env["ar.exclude"]._open(accepted.ids, True)
        action["name"] = self.env._("Sold to a factor")
        action["context"]["default_kind"] = "factor"
        return action
