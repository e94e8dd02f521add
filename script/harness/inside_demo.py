"""The night's work on the demonstration database, and the table of its results.

``python -m harness.inside_demo CONFIG SMTP_PORT URL``; runs inside Odoo.
"""

import os
import sys

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from harness.demo_report import print_report

ADDON = "ar_followup_plus"


def point_mail_here(env, port, url):
    """All mail goes to our own server, and links lead to the one we serve."""
    servers = env["ir.mail_server"].with_context(active_test=False).search([])
    name = "Demonstration: kept on this machine"
    ours = servers.filtered(lambda server: server.name == name)
    (servers - ours).action_archive()
    values = {
        "name": name,
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_encryption": "none",
        "smtp_authentication": "login",
        "smtp_user": False,
        "smtp_pass": False,
        "active": True,
    }
    if ours:
        ours.write(values)
    else:
        ours.create(values)
    parameters = env["ir.config_parameter"]
    parameters.set_param("web.base.url", url)
    parameters.set_param("report.url", url)


def allow_payments(env):
    """Let the customers of the demonstration pay online, with Odoo's trial provider."""
    company = env.ref("ar_followup_plus.demo_company")
    provider = env["payment.provider"].search(
        [("code", "=", "demo"), ("company_id", "=", company.id)], limit=1
    )
    if provider.state == "test":
        return
    env["ir.config_parameter"].set_param(
        "account_payment.enable_portal_payment", "True"
    )
    journal = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    method = env.ref("payment_demo.payment_method_demo")
    provider.write(
        {
            "name": "Card",
            "state": "test",
            "is_published": True,
            "journal_id": journal.id,
            "payment_method_ids": [(6, 0, method.ids)],
        }
    )
    method.active = True


def run_scheduled_actions(env):
    """Each of the addon's own, once, in the order of the night."""
    named = env["ir.model.data"].search(
        [("module", "=", ADDON), ("model", "=", "ir.cron")]
    )
    crons = env["ir.cron"].browse(named.mapped("res_id"))
    for cron in crons.sorted(lambda one: (one.priority, one.id)):
        print(f"  {cron.name}", file=sys.stderr, flush=True)
        cron.method_direct_trigger()


def print_page(env):
    """Print where a customer's page is, and the portal of the same customer."""
    company = env.ref("ar_followup_plus.demo_company")
    partner = env.ref("ar_followup_plus.demo_partner_two_currencies")
    notice = env["ar.notice"].search(
        [
            ("company_id", "=", company.id),
            ("debtor_id.partner_id", "=", partner.id),
            ("access_token", "!=", False),
        ],
        limit=1,
    )
    if notice:
        print(f"\nThe page that {partner.name} gets: {notice._page_url()}")
        print("In the portal: login demo.customer, which is the password too.")


def main(config, port, url):
    odoo.tools.config.parse_config(
        ["-c", config, "--no-http", "--logfile", os.environ["AR_LOG"]],
        setup_logging=True,
    )
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
        point_mail_here(env, int(port), url)
        allow_payments(env)
        before = env["ar.notice"].search_count([])
        cr.commit()
        run_scheduled_actions(env)
        env.invalidate_all()
        cr.commit()  # a new snapshot, with what the scheduled actions wrote
        print_report(env, before)
        print_page(env)
        cr.rollback()


if __name__ == "__main__":
    main(*sys.argv[1:])
