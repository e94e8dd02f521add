"""What people may write directly, and what only goes through methods."""

from odoo import api, models
from odoo.exceptions import AccessError

from ..company.roles import is_manager

#: What a collector may change on a debtor. Everything else there is written by the
#: acts (snooze, stop, plan, send), which know what belongs together.
COLLECTOR_FIELDS = frozenset(
    {
        "user_id",
        "substitute_id",
        "kind",
        "direct_debit",
        "no_preventive",
        "no_cheques",
        "returned_mail",
        "not_before",
        "contact_ids",
        "call_first",
        "statement_schedule",
        "wants_order_number",
    }
)
#: What decides how hard a customer is followed up is a credit manager's.
MANAGER_FIELDS = COLLECTOR_FIELDS | {
    "ladder_id",
    "charge_scheme_id",
    "charge_pause_ids",
    "profile",
    "profile_until",
    "allow_old_debts",
    "active",
}


class ArDebtorContact(models.Model):
    _inherit = "ar.debtor.contact"

    def write(self, vals):
        """Keep a contact with its debtor.

        :raise AccessError: when it would move to another debtor or company
        """
        moved = "debtor_id" in vals and any(
            contact.debtor_id.id != vals["debtor_id"] for contact in self
        )
        if not self.env.su and (moved or "company_id" in vals):
            raise AccessError(
                self.env._(
                    "A contact stays with its customer: delete it here and add it there."
                )
            )
        return super().write(vals)


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def write(self, vals):
        """Let people change only what is theirs.

        :raise AccessError: for figures, history, stops, and what comes next
        """
        if not self.env.su:
            allowed = MANAGER_FIELDS if is_manager(self.env) else COLLECTOR_FIELDS
            self._ar_refuse(set(vals) - allowed, set(vals) - MANAGER_FIELDS)
        result = super().write(self._before_write(vals))
        self._after_write(vals)
        return result

    def _before_write(self, vals):
        """Hook: return the values to write, with those that follow from them."""
        return vals

    def _after_write(self, vals):
        """Hook: follow up on values that were written."""

    @api.model
    def _ar_refuse(self, refused, for_nobody):
        if not refused:
            return
        names = ", ".join(
            sorted(
                self._fields[name]._description_string(self.env) or name
                for name in for_nobody or refused
                if name in self._fields
            )
        )
        if for_nobody:
            raise AccessError(
                self.env._(
                    "%(fields)s cannot be typed over: use the buttons of the customer.",
                    fields=names,
                )
            )
        raise AccessError(
            self.env._(
                "Only a credit manager may change %(fields)s: please ask one.",
                fields=names,
            )
        )
