"""Run one action on several records."""

from odoo.exceptions import UserError


def one_by_one(records, act):
    """Run an action on each record, each in a savepoint, and report the results.

    :raise UserError: the first error, if the action failed for all records
    """
    env, done, refused = records.env, 0, []
    for record in records:
        try:
            with env.cr.savepoint():
                act(record)
                done += 1
        except UserError as error:
            refused.append(error)
    if refused and not done:
        raise refused[0]
    message = env._("Done: %(count)s.", count=done)
    if refused:
        message = env._(
            "Done: %(count)s. Not done: %(others)s. %(reasons)s",
            count=done,
            others=len(refused),
            reasons=" ".join(dict.fromkeys(map(str, refused))),
        )
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "type": "warning" if refused else "success",
            "sticky": bool(refused),
            "message": message,
            "next": {"type": "ir.actions.client", "tag": "soft_reload"},
        },
    }
