"""Checks of roles: the only place that refuses an act for lack of a group.

Code that runs as superuser was checked before, and passes.
"""

from odoo.exceptions import AccessError

COLLECTOR = "ar_followup_plus.group_collector"
MANAGER = "ar_followup_plus.group_credit_manager"
ADMINISTRATOR = "base.group_system"
ACCOUNTANT = "account.group_account_invoice"


def has_role(env, *groups):
    """Return whether the user is in one of these groups."""
    return env.su or any(map(env.user.has_group, groups))


def is_manager(env):
    """Return whether the user is a credit manager."""
    return has_role(env, MANAGER)


def require_role(env, refusal, *groups):
    """Let only members of one of these groups continue.

    :param str refusal: translated message for others: who may do this
    :raise AccessError: for all others
    """
    if not has_role(env, *groups):
        raise AccessError(refusal)


def require_manager(env, refusal=None, or_administrator=False):
    """Let only credit managers continue.

    :param str refusal: translated message for others; default: a general one
    :param bool or_administrator: let administrators continue, too
    :raise AccessError: for all others
    """
    refusal = refusal or env._("Only a credit manager may do this: please ask one.")
    groups = (MANAGER, ADMINISTRATOR) if or_administrator else (MANAGER,)
    require_role(env, refusal, *groups)
