"""What texts say about a hand-over, and about help for people in difficulty."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_handover_partner_id = fields.Many2one(
        "res.partner",
        string="Claims are passed to",
        help="The agency or attorney. Named in final demands and notices before a "
        "hand-over, where the law of the country allows it. Empty: none is named.",
        ar_manager=True,
    )
    ar_handover_type = fields.Char(
        string="What they are",
        translate=True,
        help="As it stands in a sentence, for example: a collection agency.",
        ar_manager=True,
    )
    ar_handover_cost = fields.Monetary(
        string="Costs that the law allows",
        currency_field="currency_id",
        help="What the hand-over may cost the customer. 0: no amount is named.",
        ar_manager=True,
    )
    ar_advice_contact = fields.Char(
        string="Free debt advice",
        translate=True,
        help="Named to consumers and sole traders in the notice before a hand-over.",
        ar_manager=True,
    )
    ar_advice_days = fields.Integer(
        string="Days to wait for advice",
        default=30,
        help="For whom asks for advice.",
        ar_manager=True,
    )

    @api.constrains("ar_handover_cost", "ar_advice_days")
    def _check_ar_handover(self):
        for company in self:
            if company.ar_handover_cost < 0 or company.ar_advice_days < 0:
                raise ValidationError(
                    self.env._(
                        "The costs of a hand-over and the days for advice cannot be "
                        "negative: enter 0 or more."
                    )
                )
