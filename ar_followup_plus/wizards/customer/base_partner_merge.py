from odoo import models

from ...models.customer.debtor_merge import merge_partners


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge debtors before core merges their partners.

        Core updates all source rows of a table at once and, on a unique violation,
        deletes all of them, also those that did not collide.
        """
        merge_partners(self.env["ar.debtor"].sudo(), src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
