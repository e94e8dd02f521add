"""Who stands in for a collector who is ill or on holiday (CASES.md, row 47)."""

from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    ar_substitute_id = fields.Many2one(
        "res.users",
        string="Stands in at receivables",
        domain="[('share', '=', False)]",
        help="Sees the worklist, calls and replies of this collector meanwhile. A "
        "substitute chosen for a customer comes first.",
    )
    ar_away_from = fields.Date(string="Away from")
    ar_away_until = fields.Date(string="Away until", help="The last day away.")

    @api.model
    def _ar_away(self):
        """Return the collectors who are away today.

        :rtype: res.users
        """
        today = self.env.company._ar_today()
        return self.sudo().search(
            [
                ("ar_away_until", ">=", today),
                "|",
                ("ar_away_from", "=", False),
                ("ar_away_from", "<=", today),
            ]
        )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + _OWN

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + _OWN


_OWN = ["ar_substitute_id", "ar_away_from", "ar_away_until"]
