"""Buttons that ask for an evidence pack: on the customer, a dispute, an invoice."""

from odoo import models

from .pack_request import PackRequest


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def action_evidence(self):
        """Make an evidence pack of the customer."""
        return PackRequest(self).action()


class ArDispute(models.Model):
    _inherit = "ar.dispute"

    def action_evidence(self):
        """Make an evidence pack of the dispute and its invoice."""
        self.ensure_one()
        return PackRequest(self.debtor_id).action(self)


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_ar_evidence(self):
        """Make an evidence pack of the invoice."""
        self.ensure_one()
        self.check_access("read")
        company = self.company_id.root_id
        debtor = self.env["ar.debtor"].for_partner(self.partner_id.id, company.id)
        return PackRequest(debtor).action(self)
