"""What may be agreed with customers, and by whom."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_promise_days = fields.Integer(
        string="Promises up to (days)",
        default=60,
        help="The latest day that a payment can be promised for. By themselves, "
        "customers promise at most 30 days ahead.",
    )
    ar_plan_months = fields.Integer(
        string="Plans up to (months)",
        default=6,
        help="Within this, a collector offers a payment plan; above it a credit manager "
        "approves.",
    )
    ar_plan_amount = fields.Float(
        string="Plans up to (amount)",
        default=10000,
        help="Within this, in the currency of the company, a collector offers a "
        "payment plan; above it a credit manager approves. 0: no limit.",
    )
    ar_plan_down_percent = fields.Float(
        string="First payment of at least (%)",
        help="Share that is paid first. Below it a credit manager approves.",
    )
    ar_settle_percent = fields.Float(
        string="Collectors may drop up to (%)",
        help="Share of a debt that a collector may drop in a reduced settlement. Above "
        "it a credit manager approves.",
    )
    ar_cure_days = fields.Integer(
        string="Days to catch up",
        default=7,
        help="So many days after the message about a missed installment it can be "
        "caught up.",
    )
