"""What installing and uninstalling do besides creating and dropping our tables."""


def post_init_hook(env):
    """Give each company its ladder; nothing is sent and no company goes live."""
    ladder = env.ref("ar_followup_plus.ladder_business", raise_if_not_found=False)
    if ladder:
        companies = env["res.company"].sudo().search([("ar_ladder_id", "=", False)])
        companies.ar_ladder_id = ladder


def uninstall_hook(env):
    """Leave the accounting as it was: our tables go, nothing else is touched.

    Messages on debtors would point to a model that no longer exists.
    """
    for model in ("ar.debtor", "ar.notice"):
        env["mail.activity"].sudo().search([("res_model", "=", model)]).unlink()
        env["mail.message"].sudo().search([("model", "=", model)]).unlink()
