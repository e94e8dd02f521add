"""Loads the demonstration; imported only when demo data are wanted."""

from .before_sale import before_sale
from .company import go_live, make_company, make_people
from .screens import Screens
from .situations import Situations
from .talking import Talking


def make_demo(env):
    """Make the companies, people and customers of the demonstration, once.

    :param odoo.api.Environment env: of the superuser
    """
    if env.ref("ar_followup_plus.demo_company", raise_if_not_found=False):
        return
    env["res.lang"]._activate_lang("fr_FR")
    dollar, euro = env.ref("base.USD"), env.ref("base.EUR")
    (dollar | euro).active = True
    company = make_company(env, "Demo Goods", "goods.example.com", dollar)
    second = make_company(env, "Demo Services", "services.example.com", euro)
    env["res.currency.rate"].create(
        {
            "company_id": company.id,
            "currency_id": euro.id,
            "name": "2000-01-01",
            "rate": 0.9,
        }
    )
    companies = company | second
    people = make_people(env, companies)
    today = company._ar_today()
    for one in companies:
        go_live(one, today)
    env = env(context={**env.context, "allowed_company_ids": companies.ids})
    situations = Situations(company.with_env(env), second.with_env(env), today)
    customers = situations.build()
    customers |= Screens(situations, *people[:2]).build()
    customers |= Talking(company.with_env(env), second.with_env(env), today).build()
    before_sale(company.with_env(env), customers, today)
    debtors = env["ar.debtor"].search([("company_id", "in", companies.ids)])
    debtors.refresh(debtors.ids)
    names = {
        "demo_company": company,
        "demo_company_services": second,
        "demo_user_collector": people[0],
        "demo_user_manager": people[1],
        **{f"demo_partner_{key}": partner for key, partner in customers.items()},
    }
    env["ir.model.data"]._update_xmlids(
        [
            {"xml_id": f"ar_followup_plus.{name}", "record": record, "noupdate": True}
            for name, record in names.items()
        ]
    )
