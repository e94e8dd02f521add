"""Child process of test_uninstall: works, uninstalls, and says what is left.

``python child_uninstall.py DATABASE``; prints one line of JSON.
"""

import importlib
import json
import os
import sys
from datetime import date

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

ADDON = "ar_followup_plus"


def accounting(cr):
    """Return a digest for each table account_*: all columns, ordered."""
    cr.execute(
        r"""SELECT table_name FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
               AND table_name LIKE 'account\_%' ORDER BY 1"""
    )
    found = {}
    for (table,) in cr.fetchall():
        # Columns are named, so that nobody can hide one; text of a row has them all
        cr.execute(
            f"""SELECT (SELECT string_agg(column_name, ',' ORDER BY ordinal_position)
                          FROM information_schema.columns
                         WHERE table_schema = current_schema() AND table_name = %s),
                       (SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text))
                          FROM "{table}" t)""",
            [table],
        )
        found[table] = list(cr.fetchone())
    return found


def changed(before, after):
    return sorted(
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    )


def our_tables(cr):
    cr.execute(
        r"""SELECT table_name FROM information_schema.tables
             WHERE table_schema = current_schema()
               AND (table_name LIKE 'ar\_%' OR table_name LIKE '%\_ar\_%')"""
    )
    return [name for (name,) in cr.fetchall()]


def our_columns(cr):
    cr.execute(
        r"""SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND column_name LIKE 'ar\_%'
               AND table_name NOT LIKE 'ar\_%'"""
    )
    return [name for (name,) in cr.fetchall()]


def left(cr):
    """Return what is still there of the addon, by kind; empty if nothing is."""
    counts = {"tables": our_tables(cr), "columns": our_columns(cr)}
    for kind, statement in {
        "external ids": f"SELECT name FROM ir_model_data WHERE module = '{ADDON}'",
        "models": r"SELECT model FROM ir_model WHERE model LIKE 'ar.%'",
        "fields": r"SELECT model || '.' || name FROM ir_model_fields "
        r"WHERE name LIKE 'ar\_%' OR model LIKE 'ar.%'",
        "groups": "SELECT name->>'en_US' FROM res_groups "
        "WHERE name->>'en_US' IN ('Collector', 'Credit manager')",
        "access": "SELECT name FROM ir_model_access WHERE name LIKE 'ar.%'",
        "scheduled actions": "SELECT cron_name FROM ir_cron "
        "WHERE cron_name LIKE 'Receivables %'",
        "templates": "SELECT model FROM mail_template WHERE model LIKE 'ar.%'",
        "menus": "SELECT name->>'en_US' FROM ir_ui_menu "
        "WHERE name->>'en_US' = 'Receivables'",
        "views": "SELECT name FROM ir_ui_view WHERE model LIKE 'ar.%' "
        "OR arch_db::text LIKE '%ar_notice%'",
        "messages": "SELECT model FROM mail_message WHERE model LIKE 'ar.%'",
        "activities": "SELECT res_model FROM mail_activity WHERE res_model LIKE 'ar.%'",
        "followers": "SELECT res_model FROM mail_followers WHERE res_model LIKE 'ar.%'",
        "attachments": "SELECT name FROM ir_attachment WHERE res_model LIKE 'ar.%'",
    }.items():
        cr.execute(statement)
        counts[kind] = [str(value) for (value,) in cr.fetchall()]
    return {kind: found for kind, found in counts.items() if found}


def work(env):
    """Old books, a night's work in preview, and what people do; commits."""
    # Only importable once Odoo knows where the addon is
    Ledger = importlib.import_module(f"odoo.addons.{ADDON}.demo.ledger").Ledger

    # Others, such as those of the demonstration, have no part in it
    env["res.company"].search([]).write({"ar_state": "off"})
    journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    company = journal.company_id
    env = env(context={"allowed_company_ids": company.ids})
    company = company.with_env(env)
    # Every day is a working day, so that the weekday of the test does not matter
    calendar = env["resource.calendar"].create({"name": "Always", "tz": "UTC"})
    calendar.attendance_ids.unlink()
    calendar.attendance_ids = [
        (0, 0, {"name": day, "dayofweek": day, "hour_from": 0, "hour_to": 24,
                "day_period": "morning"})
        for day in "0123456"
    ]  # fmt: skip
    company.ar_calendar_id = calendar
    company.partner_id.write({"country_id": env.ref("base.us").id, "lang": "en_US"})
    ledger = Ledger(company, date.today())
    for number in range(18):
        partner = env["res.partner"].create(
            {
                "name": f"Customer {number}",
                "is_company": True,
                "email": f"customer{number}@example.com",
                "country_id": env.ref("base.us").id,
                "lang": "en_US",
            }
        )
        ledger.invoice(partner, 100 + number, 30 * number + 4)
        ledger.invoice(partner, 200 + number, 30 * number + 10)
        if number % 4 == 0:
            ledger.credit(partner, 5)
    env.cr.commit()
    before = accounting(env.cr)
    company.ar_state = "preview"
    env["ar.notice"].plan()
    env["ar.debtor"].refresh()
    debtors = env["ar.debtor"].search([("company_id", "=", company.id)])
    debtors[:1].snooze(ledger.ago(-5), "A test")
    debtors[1:2].stop_contact("court")
    debtors[2:3].message_post(body="A note")
    debtors[2:3]._ar_activity("activity_reply", "Answer")
    env["ar.notice"].search([("state", "=", "proposed")], limit=2).cancel("settled")
    env["ar.notice"].deliver()
    notice = env["ar.notice"].search([], limit=1)
    notice._ar_keep([("copy.txt", b"copy", None)])
    page = importlib.import_module(
        "odoo.addons.ar_followup_plus.models.notice.correspondence"
    )
    page.PageCorrespondence(debtors[3:4]).take_message("Written on the page")
    # What hangs on any record of ours, of whichever model
    ours = [
        name
        for name, model in env.registry.items()
        if model._original_module == ADDON and not model._abstract
    ]
    env.cr.execute(
        """INSERT INTO mail_message (model, res_id, body, message_type, date)
           SELECT name, 1, 'Said', 'comment', now() FROM unnest(%s) name""",
        [ours],
    )
    env.cr.execute(
        """INSERT INTO ir_attachment (name, res_model, res_id, type)
           SELECT 'file', name, 1, 'url' FROM unnest(%s) name""",
        [ours],
    )
    env["ar.proof"]._cron_append()
    env.cr.commit()
    return before


def main(database):
    odoo.tools.config.parse_config(
        ["-c", os.environ["ODOO_RC"], "-d", database, "--no-http"], setup_logging=False
    )
    result = {}
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        last_mail = env["mail.mail"].search([], order="id desc", limit=1).id or 0
        before = work(env)
        at_work = accounting(cr)
        result["changed_by_work"] = changed(before, at_work)
        result["notices"] = env["ar.notice"].search_count([])
        result["moves"] = env["account.move"].search_count([])
        result["our_tables"] = len(our_tables(cr))
        result["our_columns"] = len(our_columns(cr))
        mails = env["mail.mail"].search([("id", ">", last_mail)])
        result["mails_to_customers"] = len(
            mails.filtered(lambda m: "customer" in (m.email_to or ""))
        )
        module = env["ir.module.module"].search([("name", "=", ADDON)])
        module.button_immediate_uninstall()  # commits
    with Registry(database).cursor() as cr:
        cr.execute("SELECT state FROM ir_module_module WHERE name = %s", [ADDON])
        [result["state"]] = cr.fetchone()
        result["changed_by_uninstall"] = changed(at_work, accounting(cr))
        result["left"] = left(cr)
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
