from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Why an item, or a part of it, cannot be financed; in the order in which it is asked.
REASON_SELECTION = [
    ("sold", "Sold to a factor already"),
    ("credit", "Credit, or covered by a credit"),
    ("exchange", "Exchange difference"),
    ("unknown", "No customer"),
    ("related", "Related party"),
    ("consumer", "Consumer"),
    ("country", "Country not accepted"),
    ("old", "Too long past due"),
    ("disputed", "Disputed"),
    ("insured", "Above the insured limit"),
    ("share", "Above the customer's share"),
]


class ArFinancingRule(models.Model):
    """The rules by which a bank or factor accepts receivables."""

    _name = "ar.financing.rule"
    _description = "Rules of Financing"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: for all companies.",
    )
    without_disputed = fields.Boolean(
        string="Not what is disputed", default=True, help="Only the disputed part."
    )
    most_days = fields.Integer(
        string="Days past due, at most",
        default=90,
        required=True,
        help="Older items are not accepted. 0: only what is not overdue.",
    )
    without_related = fields.Boolean(
        string="No related parties",
        default=True,
        help="Customers of the kind Group company.",
    )
    without_consumers = fields.Boolean(string="No consumers", default=True)
    most_share = fields.Float(
        string="Share of a customer, at most (%)",
        default=20,
        help="Of everything that is accepted before this limit. 0: no limit.",
    )
    country_ids = fields.Many2many(
        "res.country", string="Only countries", help="Empty: all countries."
    )
    only_insured = fields.Boolean(
        string="Up to the insured limit",
        help="Customers without a limit below are not accepted.",
    )
    limit_ids = fields.One2many(
        "ar.financing.limit", "rule_id", string="Insured limits", copy=True
    )
    advance = fields.Float(
        string="Advance (%)",
        default=80,
        required=True,
        help="What is lent on the accepted amount (borrowing base).",
    )

    @api.constrains("most_days", "most_share", "advance")
    def _check_figures(self):
        for rule in self:
            if rule.most_days < 0:
                raise ValidationError(self.env._("Enter 0 or more days past due."))
            if not 0 <= rule.most_share <= 100 or not 0 <= rule.advance <= 100:
                raise ValidationError(
                    self.env._("Enter shares and advances from 0 to 100 %.")
                )


class ArFinancingLimit(models.Model):
    """The insured limit of one customer."""

    _name = "ar.financing.limit"
    _description = "Insured Limit"
    _order = "rule_id, id"
    _rec_name = "partner_id"

    rule_id = fields.Many2one(
        "ar.financing.rule", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    amount = fields.Float(
        string="Insured up to", required=True, help="In company currency."
    )

    _partner_unique = models.Constraint(
        "UNIQUE (rule_id, partner_id)", "This customer has an insured limit already."
    )

    @api.constrains("amount", "partner_id")
    def _check_limit(self):
        for limit in self:
            if limit.amount < 0:
                raise ValidationError(self.env._("Enter 0 or more as insured limit."))
            if limit.partner_id != limit.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact: enter the limit of %(company)s.",
                        contact=limit.partner_id.display_name,
                        company=limit.partner_id.commercial_partner_id.display_name,
                    )
                )
