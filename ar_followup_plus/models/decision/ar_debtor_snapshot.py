"""The snapshot by which lists of debtors sort and group."""

from odoo import api, models

from ...tools.transactions import commit
from ..company.rpc_border import given_ids
from .outlook import Outlook
from .snapshot import Snapshot

#: Debtors in one transaction.
SLICE = 5000


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.private
    @api.model
    def refresh(self, debtor_ids=None):
        """Bring the snapshot of debtors up to date with the ledger.

        Only rows that changed are written, and rows that somebody else holds are
        left for the next time.

        :param list debtor_ids: default: all debtors of the companies at hand
        :return: how many debtors changed
        :rtype: int
        """
        self.check_access("read")
        if debtor_ids is None:
            self._make_missing()
            domain = (
                []
                if self.env.su
                else [("company_id", "in", self.env.companies.root_id.ids)]
            )
            query = self.with_context(active_test=False)._search(
                domain, bypass_access=True, order="id"
            )
            debtor_ids = [row[0] for row in self.env.execute_query(query.select())]
        else:
            debtor_ids = given_ids(self.env, debtor_ids)
            self.browse(debtor_ids).check_access("read")
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        self.flush_model()
        self.env["ar.payment.plan"].flush_model(["closed_on", "debtor_id", "state"])
        changed = 0
        for start in range(0, len(debtor_ids), SLICE):
            changed += Snapshot(
                self.env, list(debtor_ids[start : start + SLICE])
            ).store()
            commit(self.env)
        self.invalidate_model()
        return changed

    @api.model
    def _write_after_contacts(self):
        """Task of the night, see :meth:`Outlook.write_after_contacts`."""
        Outlook.write_after_contacts(self.env(su=True))

    def action_refresh(self):
        """Refresh the figures of the debtors chosen, or of all."""
        self.refresh(self.ids or None)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
