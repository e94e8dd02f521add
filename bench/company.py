"""The company of a generated ledger, with the addon."""

from odoo.fields import Command


def go_live(env):
    """Let the company be live, without a daily limit or quiet days."""
    company = env.ref("base.main_company")
    calendar = env["resource.calendar"].create(
        {
            "name": "Every day",
            "tz": "UTC",
            "attendance_ids": [Command.clear()]
            + [
                Command.create(
                    {
                        "name": str(day),
                        "dayofweek": str(day),
                        "hour_from": 0,
                        "hour_to": 23,
                        "day_period": "morning",
                    }
                )
                for day in range(7)
            ],
        }
    )
    company.write(
        {
            "ar_state": "live",
            "ar_calendar_id": calendar.id,
            "ar_first_per_day": 0,
            "ar_hour_from": 0,
            "ar_hour_to": 24,
            "ar_email": "receivables@example.com",
            "ar_check_books": False,  # the ledger may have been generated last week
        }
    )
    env.ref("base.user_admin").group_ids += env.ref(
        "ar_followup_plus.group_credit_manager"
    )
    env.cr.commit()
