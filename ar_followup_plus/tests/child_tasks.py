"""What child processes do: ``python child_tasks.py DATABASE`` reads tasks from stdin.

A task is a line ``[name, arguments]`` in JSON, the answer a line with its result or
its traceback. Each runs in a transaction of its own, as a request does.
"""

import json
import os
import signal
import sys
import time
import traceback
from unittest.mock import patch

import odoo
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tools import mute_logger

TASKS = {}


def task(function):
    """Register a task under the name of its function."""
    TASKS[function.__name__] = function
    return function


def main_company(env):
    """Return the company of the tests."""
    return env.ref("base.main_company")


# === SCENES === #


@task
def set_up(env, port, company=None, **values):
    """Let the main company alone write to its customers; forget all debts.

    :param int port: of the mail server
    """
    env.cr.execute("UPDATE res_company SET ar_state = 'off'")
    env.cr.execute("UPDATE ar_debtor SET stop_reason = 'other' WHERE TRUE")
    env.cr.execute(
        "UPDATE account_move_line SET no_followup = TRUE WHERE reconciled IS NOT TRUE"
    )
    env.cr.execute("UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing'")
    env.cr.execute("UPDATE ir_mail_server SET active = FALSE")
    env.invalidate_all(flush=False)
    server = env["ir.mail_server"].create(
        {
            "name": f"Port {port}",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "smtp_authentication": "login",
        }
    )
    go_live(env, main_company(env), server, **values)
    return main_company(env).id


def go_live(env, company, server, **values):
    """Let a company write at any hour and on any day."""
    calendar = env["resource.calendar"].create(
        {
            "name": "Every day",
            "company_id": company.id,
            "tz": "UTC",
            "attendance_ids": [Command.clear()]
            + [
                Command.create(
                    {
                        "name": day,
                        "dayofweek": day,
                        "hour_from": 0,
                        "hour_to": 24,
                        "day_period": "morning",
                    }
                )
                for day in "0123456"
            ],
        }
    )
    company.ar_state = "live"
    company.write(
        {
            "ar_live_since": "2020-01-01",
            "ar_backlog_date": "2020-01-01",
            "ar_hour_from": 0,
            "ar_hour_to": 24,
            "ar_email": "receivables@example.com",
            "ar_calendar_id": calendar.id,
            "ar_mail_server_id": server.id,
            "ar_ladder_id": env.ref("ar_followup_plus.ladder_business").id,
            "ar_first_per_day": 0,
            "ar_approval_minutes": 0,
            "ar_just_sent_days": 0,
            "ar_user_id": env.ref("base.user_admin").id,
            **values,
        }
    )


@task
def make_customers(
    env, names, amounts=(100,), due=10, company=None, links=True, **values
):
    """Make customers with posted invoices, due so many days ago.

    :param bool links: whether Odoo sent the invoices with a link to their page
    :return: ``{name: [partner id, debtor id, [invoice id]]}``
    """
    company = env["res.company"].browse(company) if company else main_company(env)
    env = company.with_company(company).env(
        context={**env.context, "tracking_disable": True}
    )
    company = company.with_env(env)
    partners = env["res.partner"].create(
        [
            {
                "name": name,
                "is_company": True,
                "email": f"{name.lower().replace(' ', '.')}@example.com",
                "country_id": env.ref("base.us").id,
                "lang": "en_US",
                **values,
            }
            for name in names
        ]
    )
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
    )
    day = fields.Date.subtract(fields.Date.today(), days=due)
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": company.id,
                "journal_id": journal.id,
                "invoice_date": fields.Date.subtract(day, days=30),
                "invoice_payment_term_id": False,
                "invoice_date_due": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for partner in partners
            for amount in amounts
        ]
    )
    moves.action_post()
    moves.is_move_sent = True
    if links:
        for move in moves:
            move._portal_ensure_token()  # as Odoo does when it sends an invoice
    env["ar.debtor"]._make_missing(company.ids, partners.ids)
    debtors = {
        debtor.partner_id: debtor
        for debtor in env["ar.debtor"].search(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
        )
    }
    return {
        partner.name: [
            partner.id,
            debtors[partner].id,
            moves.filtered(lambda m, p=partner: m.partner_id == p).ids,
        ]
        for partner in partners
    }


# === WORK === #


@task
def plan(env, debtors=None):
    """Run plan()."""
    return env["ar.notice"].plan(debtor_ids=debtors)


@task
def deliver(env, limit=None):
    """Run deliver()."""
    return env["ar.notice"].deliver(limit)


@task
def night(env):
    """Plan and deliver."""
    counts = env["ar.notice"].plan()
    return counts["notices"], env["ar.notice"].deliver()


@task
def watch(env):
    """Do what the first scheduled action of the day does."""
    env["ar.notice"]._cron_watch()


@task
def plan_twice(env):
    """Plan for a company whose bank is behind, which asks for an activity."""
    env["ar.debtor"]._make_missing()
    env["ar.debtor"]._warn_books_behind(main_company(env))


@task
def work_for(env, seconds):
    """Plan and deliver for so many seconds; return how often."""
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        night(env)
        env.cr.commit()
        rounds += 1
    return rounds


@task
def today(env):
    """Return today in the company's time zone."""
    return main_company(env)._ar_today()


@task
def mail_queue(env):
    """Run Odoo's own mail queue; it logs what fails, and goes on."""
    env["mail.mail"].process_email_queue()


@task
def make_mails(env):
    """Make the mails of what is ready, as deliver() does before it sends them."""
    counts = {"sent": 0, "failed": 0, "cancelled": 0, "calls": 0}
    module = sys.modules[type(env["ar.notice"])._deliver.__module__]
    run = module.Delivery(env["ar.notice"], main_company(env), 77, counts)
    ids, mails, _tally = run._prepare(100)
    return ids, mails.ids


@task
def die_in(env, model, method, before=False, work="deliver"):
    """Work, and be killed when a method returns (or is called)."""
    kind = env.registry[model]
    original = getattr(kind, method)

    def deadly(self, *args, **kwargs):
        if not before:
            original(self, *args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, method, deadly)
    TASKS[work](env)


@task
def call(env, model, ids, method, args=(), user=None):
    """Call a method of records, as a user if one is named."""
    records = env[model].browse(ids)
    if user:
        records = records.with_user(env.ref(user))
    result = getattr(records, method)(*args)
    return result.ids if hasattr(result, "_ids") else result


@task
def write(env, model, ids, **values):
    """Write values."""
    env[model].browse(ids).write(values)


@task
def create(env, model, **values):
    """Create a record; return its id."""
    return env[model].create(values).id


@task
def read(env, model, ids, names):
    """Read fields; many2one as ids."""
    return env[model].browse(ids).read(names, load=None)


@task
def pay(env, moves, share=1):
    """Pay a share of invoices, matched."""
    for move in env["account.move"].browse(moves):
        _pay(env, move, share)


@task
def find(env, model, domain):
    """Search, also among archived records."""
    return env[model].with_context(active_test=False).search(domain, order="id").ids


@task
def receive(env, text):
    """Let a mail come in through the gateway."""
    return env["mail.thread"].message_process(None, text)


@task
def crons(env):
    """Run the scheduled actions, as Odoo does."""
    crons = env["ir.cron"].search([("name", "=like", "Receivables %")], order="name")
    for cron in crons:
        cron.method_direct_trigger()


@task
def make_statement(env, debtor):
    """Make the mail of a statement, without sending it."""
    with (
        patch.object(env.registry["mail.mail"], "send_after_commit"),
        patch.object(
            env.registry["ar.debtor"], "_statement_pdf", return_value=("a.pdf", b"%PDF")
        ),
    ):
        env["ar.debtor"].browse(debtor).send_statement()


@task
def post(env, debtor, partners, body):
    """Post a message to people in the chatter of a debtor."""
    env["ar.debtor"].browse(debtor).message_post(
        body=body,
        partner_ids=partners,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )


@task
def working_day(env, days):
    """Return the day so many working days from today."""
    company = main_company(env)
    return company._ar_calendar().add_working(company._ar_today(), days)


@task
def copy_invoices(env, moves):
    """Post the same invoices once more."""
    for move in env["account.move"].browse(moves):
        copy = move.copy(
            {
                "invoice_date": move.invoice_date,
                "invoice_date_due": move.invoice_date_due,
            }
        )
        copy.action_post()
        copy.is_move_sent = True


@task
def french(env, template):
    """Install French, and let a template have a text and a subject in it."""
    env["res.lang"]._activate_lang("fr_FR")
    record = env.ref(template).with_context(lang="fr_FR")
    record.subject = "Rappel\nen deux lignes"
    record.body_html = '<p>Bonjour, <t t-out="object.totals_text"/></p>'


@task
def short_timeouts(env, seconds):
    """Let the mail server answer within so many seconds."""
    sys.modules["odoo.addons.base.models.ir_mail_server"].SMTP_TIMEOUT = seconds


@task
def account(env, moves, seconds):
    """Post, pay and reset invoices of customers, as an accountant does all day.

    :return: the errors, the longest time in seconds, and how many acts there were
    """
    errors, longest, acts = [], 0.0, 0
    end = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < end:
        move = env["account.move"].browse(moves[turn % len(moves)])
        for act in (_pay, _unpay, _reset, _more):
            begin = time.monotonic()
            try:
                act(env, move)
                env.cr.commit()
            except Exception:
                env.cr.rollback()
                errors.append(traceback.format_exc())
            longest = max(longest, time.monotonic() - begin)
            acts += 1
        turn += 1
    return errors, longest, acts


def _pay(env, move, share=0.5):
    wizard = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=move.ids
    )
    wizard.create({"amount": move.amount_residual * share})._create_payments()


def _unpay(env, move):
    move.line_ids.remove_move_reconcile()


def _reset(env, move):
    move.button_draft()
    move.action_post()


def _more(env, move):
    move.copy({"invoice_date": move.invoice_date}).action_post()


# === THE PROCESS === #


def main(database):
    """Do tasks until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Odoo prints is no answer
    config = ["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=warn"]
    odoo.tools.config.parse_config([*config, "--max-cron-threads=0"])
    registry = Registry(database)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                answer = {"result": TASKS[name](env, **arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    with mute_logger("odoo.addons.mail.models.mail_mail"):
        main(sys.argv[1])
