"""Fields that users may write directly; others are written only by methods."""

from odoo.exceptions import AccessError

from ..company.roles import is_manager

#: Fields that a collector may write on a debtor. All others are written by actions
#: (snooze, stop, plan, send), which keep them consistent.
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
#: Fields that set the strictness of the follow-up, for credit managers only.
MANAGER_FIELDS = COLLECTOR_FIELDS | {
    "ladder_id",
    "charge_scheme_id",
    "charge_pause_ids",
    "profile",
    "profile_until",
    "allow_old_debts",
    "active",
}


def check_may_write(Debtor, names):
    """Check that the user may write fields of a customer.

    :raise AccessError: for figures, history, stops, and the next contact
    """
    allowed = MANAGER_FIELDS if is_manager(Debtor.env) else COLLECTOR_FIELDS
    refused = set(names) - allowed
    for_nobody = set(names) - MANAGER_FIELDS
    if not refused:
        return
    labels = ", ".join(
        sorted(
            Debtor._fields[name]._description_string(Debtor.env) or name
            for name in for_nobody or refused
            if name in Debtor._fields
        )
    )
    if for_nobody:
        raise AccessError(
            Debtor.env._(
                "%(fields)s cannot be edited directly: use the buttons on the "
                "customer's form.",
                fields=labels,
            )
        )
    raise AccessError(
        Debtor.env._(
            "Only a credit manager may change %(fields)s: please ask one.",
            fields=labels,
        )
    )
