from odoo import api, models


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.model
    def _make_demo(self):
        """Make the customers of the demonstration; called by its data file alone."""
        from ...demo.make import make_demo  # not needed by any other database

        make_demo(self.env)
