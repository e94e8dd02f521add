"""Customers that are merged, or get another parent."""

from odoo import api, models

from .debtor_merge import contacts_moved, follow_partners, merge_partners


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.model
    def _merge_partners(self, sources, destination):
        """Move the debtors of merged partners, see :func:`merge_partners`."""
        merge_partners(self, sources, destination)

    @api.model
    def _follow_partners(self, partners, owners):
        """Let debtors follow their customers, see :func:`follow_partners`.

        :param dict owners: whose contacts they and those below them were
        """
        follow_partners(self, partners)
        contacts_moved(self, owners)

    def _before_merge(self, into):
        """Hook: prepare the records of a debtor that is merged into another.

        :param ar.debtor into: the debtor that stays
        """

    def _stricter_of(self, into):
        """Hook: return what the stricter of two merged debtors brings along.

        :param ar.debtor into: the debtor that stays
        :return: values to write on it
        :rtype: dict
        """
        vals = {}
        longer = into.stop_until and (
            not self.stop_until or self.stop_until > into.stop_until
        )
        if self.is_stopped and (not into.is_stopped or longer):
            for name in ("stop_reason", "stop_from", "stop_until", "stop_note"):
                vals[name] = self[name]
            vals["stop_user_id"] = self.stop_user_id.id
        for name in (
            "snooze_until", "last_contact_date", "last_preventive_date", "reply_until",
            "not_before",
        ):  # fmt: skip
            latest = max(filter(None, (self[name], into[name])), default=False)
            if latest != into[name]:
                vals[name] = latest
        if "snooze_until" in vals:
            vals["snooze_reason"] = self.snooze_reason
            vals["snooze_kind"] = self.snooze_kind
            vals["snooze_user_id"] = self.snooze_user_id.id
        if self.contacted and not into.contacted:
            vals["contacted"] = True
        if self.call_first and not into.call_first:
            vals["call_first"] = True
        if self.direct_debit and not into.direct_debit:
            vals["direct_debit"] = True
        if self.no_preventive and not into.no_preventive:
            vals["no_preventive"] = True
        if self.no_cheques and not into.no_cheques:
            vals["no_cheques"] = True
        if self.charge_scheme_id and not into.charge_scheme_id:
            vals["charge_scheme_id"] = self.charge_scheme_id.id
        if self.active and not into.active:
            vals["active"] = True
        return vals
