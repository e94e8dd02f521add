"""Limits of agreements with customers, and who may make them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_promise_days = fields.Integer(
        string="Promises up to (days)",
        default=60,
        help="The latest day that a payment can be promised for. By themselves, "
        "customers promise at most 30 days ahead.",
        ar_manager=True,
    )
    ar_plan_months = fields.Integer(
        string="Plans up to (months)",
        default=6,
        help="Within this, a collector offers a payment plan; above it a credit manager "
        "approves.",
        ar_manager=True,
    )
    ar_plan_amount = fields.Float(
        string="Plans up to (amount)",
        default=10000,
        help="Within this, in the currency of the company, a collector offers a "
        "payment plan; above it a credit manager approves. 0: no limit.",
        ar_manager=True,
    )
    ar_plan_down_percent = fields.Float(
        string="First payment of at least (%)",
        help="Share that is paid first. Below it a credit manager approves.",
        ar_manager=True,
    )
    ar_settle_percent = fields.Float(
        string="Collectors may drop up to (%)",
        help="Share of a debt that a collector may drop in a reduced settlement. Above "
        "it a credit manager approves.",
        ar_manager=True,
    )
    ar_cure_days = fields.Integer(
        string="Days to make up a missed payment",
        default=7,
        help="Days after the message about a missed installment in which it can still "
        "be paid.",
        ar_manager=True,
    )
    ar_plan_remind_days = fields.Integer(
        string="Remind before an installment (days)",
        default=3,
        help="A reminder with a link to pay is sent this many days before. 0: on the "
        "day.",
        ar_manager=True,
    )

    @api.constrains(
        "ar_promise_days",
        "ar_plan_months",
        "ar_plan_amount",
        "ar_plan_down_percent",
        "ar_settle_percent",
        "ar_cure_days",
        "ar_plan_remind_days",
    )
    def _check_ar_agree(self):
        for company in self:
            shares = (company.ar_plan_down_percent, company.ar_settle_percent)
            numbers = (
                company.ar_promise_days,
                company.ar_plan_months,
                company.ar_plan_amount,
                company.ar_cure_days,
                company.ar_plan_remind_days,
            )
            if min(*numbers, *shares) < 0 or max(shares) > 100:
                raise ValidationError(
                    self.env._(
                        "The limits of promises and plans of %(company)s cannot be "
                        "negative, and shares are at most 100 %%.",
                        company=company.name,
                    )
                )
