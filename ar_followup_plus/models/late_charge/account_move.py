"""What a credit note says about the invoice that it is for."""

from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_credit_kind = fields.Selection(
        [
            ("correction", "A correction: it was never owed"),
            ("return", "A return: it was owed until then"),
            ("goodwill", "Goodwill: it was owed until then"),
        ],
        string="For late charges",
        copy=False,
        help="A correction takes its amount off from the beginning, so that no late "
        "charges are left on it. Empty: a correction of the invoice that it was made "
        "from, and a return for any other.",
    )
