from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Most working days for which an item waits for our answer ("Our turn").
MOST_DAYS = 10


class ResCompany(models.Model):
    """Settings of a company for customers' answers on their page."""

    _inherit = "res.company"

    ar_paid_days = fields.Integer(
        string='Working days after "I have paid"',
        default=5,
        help="The invoices are on hold this long while somebody looks for the payment.",
        ar_manager=True,
    )
    ar_answer_days = fields.Integer(
        string="Working days to answer a customer",
        default=3,
        help="Answers of customers on their page are handled by then.",
        ar_manager=True,
    )
    ar_thanks = fields.Selection(
        [
            ("off", "Never"),
            ("firm", "After firm messages only"),
            ("always", "After any reminder"),
        ],
        string="Thank for payments",
        default="firm",
        required=True,
        help="When all that was overdue is paid; once a month at most.",
        ar_manager=True,
    )

    ar_return_fee = fields.Float(
        string="Bank's fee for a returned payment",
        help="In the currency of the company: a draft invoice of this amount is made "
        "when a payment comes back; accounting checks and posts it. 0: none.",
        ar_manager=True,
    )

    _ar_return_fee_positive = models.Constraint(
        "CHECK (ar_return_fee >= 0)", "The bank's fee cannot be negative."
    )

    @api.constrains("ar_paid_days", "ar_answer_days")
    def _check_ar_answer_days(self):
        for company in self:
            for days in (company.ar_paid_days, company.ar_answer_days):
                if not 1 <= days <= MOST_DAYS:
                    raise ValidationError(
                        self.env._(
                            "An answer of a customer is kept on hold between 1 and "
                            "%(most)s working days.",
                            most=MOST_DAYS,
                        )
                    )
