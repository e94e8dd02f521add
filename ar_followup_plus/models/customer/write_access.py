"""What people may write directly, and what only goes through methods."""

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


def check_may_write(Debtor, names):
    """Check that the user may write fields of a customer.

    :raise AccessError: for figures, history, stops, and what comes next
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
                "%(fields)s cannot be typed over: use the buttons of the customer.",
                fields=labels,
            )
        )
    raise AccessError(
        Debtor.env._(
            "Only a credit manager may change %(fields)s: please ask one.",
            fields=labels,
        )
    )
