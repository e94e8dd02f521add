"""Makes the demonstration show something on each screen. Runs inside Odoo.

``python -m harness.inside_screens CONFIG SMTP_PORT URL``
"""

import base64
import io
import os
import sys
from datetime import datetime, time, timedelta

from PIL import Image, ImageDraw

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import mute_logger

from harness.inside_demo import point_mail_here, run_scheduled_actions

MAIL = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{key}@example.net>
Content-Type: text/plain; charset=utf-8

{body}
"""


def allow_payments(env, company):
    """Let the customers of a company pay online, with Odoo's provider for trials."""
    env["ir.config_parameter"].set_param(
        "account_payment.enable_portal_payment", "True"
    )
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    journal = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    provider = provider.copy({"company_id": company.id, "name": "Card"})
    method = env.ref("payment_demo.payment_method_demo")
    provider.write(
        {
            "state": "test",
            "is_published": True,
            "journal_id": journal.id,
            "payment_method_ids": [(6, 0, method.ids)],
        }
    )
    method.active = True


def let_it_pass(situations, partner, day):
    """Let what is due on a day be approved and sent, without any mail."""
    debtor = situations._debtor(partner)
    env = situations.env
    env["ar.notice"].plan(day, debtor.ids)
    notices = debtor.notice_ids.filtered(lambda n: n.state in ("proposed", "ready"))
    letters = notices.filtered(lambda n: n.channel == "letter")
    if letters or not notices:
        return letters
    emails = notices.filtered(lambda n: n.channel == "email").sudo()
    emails._set_state("ready")
    mails = emails._deliver_email(situations.company.sudo(), {"failed": 0})
    mails.state = "sent"
    moment = datetime.combine(day, time(9))
    mails.mail_message_id.date = moment
    emails._set_state("sent", sent_on=day, delivery="delivered")
    emails.state_at = moment
    (notices - emails)._cancel("not_needed")
    if emails:
        debtor.sudo().write({"contacted": True, "last_contact_date": day})
    env.flush_all()
    return letters


def a_letter(situations, key, name, amount, **values):
    """A customer who let messages pass until a letter was due, which is approved."""
    partner = situations._customer(key, name, **values)
    situations._debtor(partner, profile="regular")
    situations._owe(key, partner, amount, 58)
    situations._owe(f"{key}_more", partner, amount / 3, 57)
    for ago in range(54, -1, -1):
        letters = let_it_pass(situations, partner, situations.ago(ago))
        if letters:
            letters.approve()
            return


def a_call(situations, key, name, amount):
    """A customer who let a gentle reminder pass, and is called now."""
    partner = situations._customer(key, name)
    situations._debtor(partner, profile="regular")
    situations._owe(key, partner, amount, 16)
    situations._owe(f"{key}_new", partner, amount / 4, -6)
    let_it_pass(situations, partner, situations.ago(12))


def receive(env, company, number, **values):
    """Let a message come in."""
    text = MAIL.format(key=f"screens-{number}", to=company.ar_email, **values)
    with mute_logger("odoo.addons.mail.models.mail_thread"):
        env["mail.thread"].message_process(None, text)


def draw_logo():
    """Return a logo as base64."""
    image = Image.new("RGBA", (360, 96), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((4, 8, 84, 88), 18, fill="#714B67")
    pen.polygon([(24, 66), (44, 28), (64, 66)], fill="white")
    pen.text((104, 26), "Demo Goods", fill="#714B67", font_size=42)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


def leave_out(env, company, situations):
    """Park an invoice, with a reason and an end."""
    partner = situations._customer("retention", "Retention Roofing")
    invoice = situations._owe("retention", partner, 1200, 35)
    line = invoice.line_ids.filtered(lambda one: one.date_maturity)[:1]
    line.no_followup = True
    env["ar.exclusion"].create(
        {
            "move_line_id": line.id,
            "company_id": company.id,
            "kind": "retention",
            "reason": "5 % are kept back until the warranty ends",
            "until": company._ar_today() + timedelta(days=75),
            "user_id": env.ref("ar_followup_plus.demo_user_manager").id,
        }
    )


def make(env):
    """Add what the demonstration does not have, once."""
    from odoo.addons.ar_followup_plus.demo.situations import Situations

    company = env.ref("ar_followup_plus.demo_company")
    if env["ar.exclusion"].search_count([("company_id", "=", company.id)]):
        return
    services = env.ref("ar_followup_plus.demo_company_services")
    situations = Situations(company, services, company._ar_today())
    company.logo = draw_logo()
    allow_payments(env, company)
    a_call(situations, "call_me", "Call Me Carpentry", 1860)
    a_call(situations, "call_too", "Ring Twice Roastery", 940)
    a_letter(situations, "by_post", "By Post Packaging", 2400)
    a_letter(
        situations,
        "par_la_poste",
        "Imprimerie de l'Exemple",
        1830,
        lang="fr_FR",
        country_id=env.ref("base.fr").id,
        phone="+33 1 99 00 00 01",
    )
    leave_out(env, company, situations)
    collector = env.ref("ar_followup_plus.demo_user_collector")
    manager = env.ref("ar_followup_plus.demo_user_manager")
    manager.company_ids |= env.ref("base.main_company")
    collector.write(
        {
            "ar_substitute_id": manager.id,
            "ar_away_from": company._ar_today() + timedelta(days=9),
            "ar_away_until": company._ar_today() + timedelta(days=20),
        }
    )
    receive(
        env,
        company,
        1,
        sender="Sam Sample <sam@elsewhere.example.net>",
        subject="Your reminder",
        body="We paid last week. Which invoice is this about?",
    )
    receive(
        env,
        company,
        2,
        sender="Purchasing <purchasing@unknown.example.net>",
        subject="New address for invoices",
        body="From next month on please send all invoices to accounts@unknown.example.net.",
    )


def main(config, port, url):
    odoo.tools.config.parse_config(
        ["-c", config, "--no-http", "--logfile", os.environ["AR_LOG"]],
        setup_logging=True,
    )
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        point_mail_here(env, int(port), url)
        make(env)
        cr.commit()
        run_scheduled_actions(env)
        cr.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
