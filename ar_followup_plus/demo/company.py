"""The company in which the demonstration happens, and its people."""

from odoo import Command

#: Monday to Sunday as resource.calendar.attendance has them.
WEEK = "0123456"


def make_calendar(company, weekdays=WEEK, tz="UTC"):
    """Return a calendar on whose weekdays people work around the clock.

    :param str weekdays: digits, Monday is 0
    :param str tz: its time zone, which is the company's too
    """
    days = [
        Command.create(
            {
                "name": f"Day {day}",
                "dayofweek": day,
                "hour_from": 0,
                "hour_to": 24,
                "day_period": "morning",
            }
        )
        for day in weekdays
    ]
    return company.env["resource.calendar"].create(
        {
            "name": f"Days {weekdays} in {tz}",
            "company_id": company.id,
            "tz": tz,
            "attendance_ids": [Command.clear(), *days],
        }
    )


def make_company(env, name, domain, currency):
    """Return a company with books, which works on every day and at every hour.

    So the demonstration shows the same on a Sunday evening.
    """
    company = env["res.company"].create(
        {
            "name": name,
            "currency_id": currency.id,
            "country_id": env.ref("base.us").id,
            "street": "100 Sample Street",
            "city": "Sampletown",
            "zip": "00000",
            "phone": "+1 555 0100",
            "email": f"office@{domain}",
        }
    )
    company.partner_id.lang = "en_US"
    # Not try_loading(), which warns while modules are being loaded
    env["account.chart.template"]._load("generic_coa", company, install_demo=False)
    company.currency_id = currency
    company.write(
        {
            "ar_calendar_id": make_calendar(company).id,
            "ar_hour_from": 0,
            "ar_hour_to": 24,
            "ar_ladder_id": env.ref("ar_followup_plus.ladder_business").id,
            "ar_email": f"receivables@{domain}",
            "ar_phone_hours": "Monday to Friday, 9:00 to 17:00",
            "ar_ways_to_pay": "By bank transfer, naming the number of the invoice, "
            "or online through the link in our e-mails.",
        }
    )
    return company


def go_live(company, today):
    """Switch the follow-up on as if that had been a year ago.

    What was due before then is old debt.
    """
    company.ar_state = "live"
    start = today.replace(year=today.year - 1, day=1)
    company.write({"ar_live_since": start, "ar_backlog_date": start})


def make_people(env, companies):
    """Return the collector, the credit manager and the accountant.

    The login is the password, and the administrator may see their companies.
    """
    people = []
    for login, name, group in (
        ("demo.collector", "Demo Collector", "ar_followup_plus.group_collector"),
        (
            "demo.manager",
            "Demo Credit Manager",
            "ar_followup_plus.group_credit_manager",
        ),
        ("demo.accountant", "Demo Accountant", "account.group_account_invoice"),
    ):
        people.append(
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "email": f"{login}@example.com",
                    "phone": "+1 555 0101",
                    "company_id": companies[:1].id,
                    "company_ids": [Command.set(companies.ids)],
                    "group_ids": [Command.link(env.ref(group).id)],
                }
            )
        )
    companies.write({"ar_user_id": people[0].id, "ar_manager_id": people[1].id})
    env.ref("base.user_admin").write(
        {
            "company_ids": [Command.link(company.id) for company in companies],
            "company_id": companies[:1].id,
        }
    )
    return people
