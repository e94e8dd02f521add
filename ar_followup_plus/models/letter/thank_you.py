"""When customers were thanked for paying."""

from odoo import api, fields, models

from .thanks import ThanksRun


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_thanked_on = fields.Date(
        readonly=True, help="Payments of the days before were thanked for."
    )


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    thanked_on = fields.Date(string="Thanked on", readonly=True, copy=False)

    @api.model
    def _thank_all(self):
        """Thank who paid all that was overdue, see :meth:`ThanksRun.send_all`."""
        ThanksRun.send_all(self.env)
