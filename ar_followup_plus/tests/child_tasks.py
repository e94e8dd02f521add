"""What child processes do: ``python child_tasks.py DATABASE`` reads tasks from stdin.

A task is a line ``[name, arguments]`` in JSON, the answer a line with its result or
its traceback. Each runs in a transaction of its own, as a request does.
"""

import base64
import contextlib
import gc
import importlib
import json
import os
import re
import signal
import sys
import time
import traceback
import uuid
from unittest.mock import patch

from psycopg2 import DatabaseError
from psycopg2.errors import SerializationFailure

import odoo
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import mute_logger

TASKS = {}


def ours(name):
    """Return a module of the addon; it is found once the configuration was read.

    This file is run as a script: it has no package for relative imports.
    """
    return importlib.import_module(f"odoo.addons.ar_followup_plus.{name}")


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
def make_customers(env, names, amounts=(100,), due=10, company=None, **values):
    """Make customers with posted invoices, due so many days ago.

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
def oracle(env, seeds, every=1):
    """Compare random books with a second reading of the ledger; nothing is kept.

    :param int every: compare after each so manieth act, and on the last day
    :return: ``{seed: how many figures were compared, or what is different}``
    """
    gc.freeze()  # what was loaded is looked at no more
    books = ours("tests.oracle.random_books").RandomBooks
    company, found = main_company(env), {}
    foreign = env.ref("base.EUR")
    if foreign == company.currency_id:
        foreign = env.ref("base.USD")
    foreign.active = True
    env["res.currency.rate"].search([("currency_id", "=", foreign.id)]).unlink()
    env["res.currency.rate"].create(
        {"currency_id": foreign.id, "name": "2020-01-01", "rate": 2}
    )
    books.prepare(company)
    module.current_test = oracle  # within a test nothing is committed
    try:
        for seed in seeds:
            with contextlib.closing(env.cr.savepoint()):
                try:
                    found[seed] = books(env, company, foreign, seed).run(every)
                except Exception:
                    found[seed] = traceback.format_exc()
            env.invalidate_all(flush=False)
    finally:
        module.current_test = None
        env.cr.rollback()
    return found


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
def refresh_due(env):
    """Run what updates figures every 15 minutes."""
    env["ar.nightly"]._run("refresh")


@task
def watch(env):
    """Do what the first scheduled action of the day does."""
    env["ar.notice"]._cron_watch()


@task
def set_up_charges(env):
    """Let the company charge 10 % a year with an invoice."""
    scheme = env["ar.late.charge.scheme"].create(
        {
            "name": "Ten percent",
            "kind": "own",
            "rate_ids": [Command.create({"date_from": "2020-01-01", "percent": 10})],
        }
    )
    company = main_company(env)
    company.ar_charge_scheme_id = scheme
    company.write(
        {
            "ar_charge_mode": "posted",
            "ar_charge_when": "monthly",
            "ar_charge_minimum": 0,
        }
    )


@task
def charge(env, crash=False):
    """Charge as each night does.

    :param bool crash: die before the first customers' charges are committed
    """
    if not crash:
        for company in env["res.company"].search([("ar_charge_mode", "=", "posted")]):
            company._ar_charge_company()
        return
    company = main_company(env)
    until = company._ar_charge_until()
    debtors = env["ar.debtor"].search([("company_id", "=", company.id)])
    company._ar_charge_some(debtors.ids, until)
    env.flush_all()
    os.kill(os.getpid(), signal.SIGKILL)


@task
def charge_by_hand(env, debtor, item):
    """Charge what accrued until today as a person does; return how it ended."""
    debtor = env["ar.debtor"].browse(debtor)
    accrued = ours("models.late_charge.accrued_charges")
    amount = accrued.AccruedCharges(debtor).together().by_item.get(item, 0)
    try:
        env["ar.late.charge"]._decide(
            debtor, debtor.company_id._ar_today(), {item: amount}
        )
        env.cr.commit()
    except (DatabaseError, UserError) as error:
        env.cr.rollback()
        return type(error).__name__
    return "charged"


@task
def plan_twice(env):
    """Plan for a company whose bank is behind, which asks for an activity."""
    env["ar.debtor"]._make_missing()
    main_company(env)._ar_warn_books_behind()


@task
def work_for(env, seconds, anew=False):
    """Plan and deliver for so many seconds; return how often.

    :param bool anew: forget each time what was said, so that all is said again
    """
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        if anew:
            _forget(env)
        night(env)
        env.cr.commit()
        rounds += 1
    return rounds


def _forget(env):
    try:
        env.cr.execute(
            "UPDATE ar_debtor SET last_contact_date = NULL, planned_for = NULL"
        )
        env.cr.execute(
            """UPDATE ar_notice_line nl SET active = FALSE, taken = FALSE
                 FROM ar_notice n WHERE n.id = nl.notice_id AND n.state = 'sent'"""
        )
        env.cr.commit()
    except DatabaseError:  # the other process does it
        env.cr.rollback()


@task
def ask_for_evidence(env, debtor):
    """Ask for an evidence pack; return its id."""
    return (
        ours("models.evidence.pack_request")
        .PackRequest(env["ar.debtor"].browse(debtor))
        .make()
        .id
    )


@task
def evidence(env):
    """Make evidence packs, as the scheduled action does."""
    env["ar.evidence"]._cron_evidence()


@task
def evidence_killed_by(env, name):
    """Make evidence packs, and be killed by a document with this name."""
    Document = env.registry["ar.evidence.file"]
    pages = Document._pages

    def deadly(document, *arguments):
        if document.name == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return pages(document, *arguments)

    with patch.object(Document, "_pages", deadly):
        evidence(env)


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
def write_at_the_gate(env, debtor, gate_first):
    """Let a notice and a message about a promise leave in parallel transactions.

    Both have read that the customer was not written to today.

    :param bool gate_first: commit the notice first, else the message
    :return: the error of the second one, or None
    """
    _notice_ids, mail_ids = make_mails(env)
    env.cr.commit()
    voice = ours("models.voice.voice").Voice
    with env.registry.cursor() as other:
        there = env(cr=other)
        mail = env["mail.mail"].browse(mail_ids)
        env.cr.execute("SELECT 1")  # from here on it sees no later change
        said = voice(there["ar.debtor"].browse(debtor))
        if said.waits("promise"):
            return "The notice is on its way already"
        pass_gate = (mail._ar_enter_as_notice, env.cr)
        write = (lambda: said.note("promise", True), other)
        error = None
        first, second = (pass_gate, write) if gate_first else (write, pass_gate)
        first[0]()
        first[1].commit()
        try:
            with mute_logger("odoo.sql_db"):
                second[0]()
        except SerializationFailure as conflict:
            error = type(conflict).__name__
        second[1].rollback()
    return error


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
def retention(env, die_in=None, after=1):
    """Let the retention job run; be killed when a method was called so often."""
    model = env.registry["ar.retention"]
    calls = []

    def deadly(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        calls.append(1)
        if len(calls) == after:
            self.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    if die_in:
        original = getattr(model, die_in)
        setattr(model, die_in, deadly)
    env["ar.retention"]._cron_retention()


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
def keep_file(env, dispute, name, data):
    """Keep a file with a dispute, as one that the customer sent."""
    dispute = env["ar.dispute"].browse(dispute)
    return dispute._ar_keep([(name, base64.b64decode(data), None)]).id


@task
def make_statement(env, debtor):
    """Make the mail of a statement, without sending it."""
    statement = ours("models.statement.statement")
    with (
        patch.object(env.registry["mail.mail"], "send_after_commit"),
        patch.object(statement.Statement, "pdf", return_value=("a.pdf", b"%PDF")),
    ):
        env["ar.debtor"].browse(debtor).send_statement()


@task
def payment_back(env, debtor):
    """Note a payment of a customer that came back; the message about it is due."""
    items = env["ar.open.item"].search([("debtor_id", "=", debtor)])
    today = items.debtor_id.company_id._ar_today()
    env["ar.returned.payment"].sudo().create(
        {
            "debtor_id": debtor,
            "kind": "returned",
            "currency_id": items.currency_id.id,
            "amount": sum(items.mapped("amount_residual_currency")),
            "paid_on": today,
            "noticed_on": today,
            "move_ids": items.move_id.ids,
            "message_due": True,
        }
    )


@task
def agree(env, debtor, what):
    """Agree with a customer on something of which a message is due today.

    :param str what: 'reminder', 'broken' or 'offer', which is made and not sent yet
    """
    debtor = env["ar.debtor"].browse(debtor)
    items = env["ar.open.item"].search([("debtor_id", "=", debtor.id)])
    today = debtor.company_id._ar_today()
    if what == "broken":
        promise = (
            ours("models.payment_plan.agreement")
            .Agreement(debtor)
            .promise(items, today)
            .sudo()
        )
        promise._close("broken")
        promise.message_due = "broken"
        return promise.ids
    plan = (
        ours("models.payment_plan.agreement")
        .Agreement(debtor)
        .propose(items, {"count": 1, "first_on": today})
        .sudo()
    )
    if what == "reminder":
        plan._start()
    return plan.ids


@task
def send_copies(env, debtor):
    """Send copies of what a customer owes, whose PDFs need not be drawn."""
    items = env["ar.open.item"].search([("debtor_id", "=", debtor)])
    copies = ours("models.delivery.ar_copies").InvoiceCopies
    with patch.object(copies, "original", return_value=("a.pdf", b"%PDF")):
        copies(env["ar.debtor"].browse(debtor)).send(items.move_id.ids)


@task
def thank(env, debtor):
    """Thank a customer, as if all that was overdue had been paid."""
    record = env["ar.debtor"].browse(debtor)
    currency = record.company_id.currency_id
    thanks = ours("models.letter.thanks")
    thanks.Thanks(record).send({currency: 100.0}, record.company_id._ar_today())


@task
def answer(env, debtor, kind, once, **values):
    """Press the button of a form, as a request does; return whether it counted.

    What is refused does not count.
    """
    key = ours("models.ir_http").PAGE_LOCK
    transactions = ours("tools.transactions")

    def press():
        with transactions.one_by_one(env, key, debtor, 60):
            return in_line()

    def in_line():
        record = env["ar.debtor"].browse(debtor)
        intake = ours("models.portal.answer_intake").AnswerIntake(record)
        intake.count_answer()
        if intake.answer_of(once):
            return False
        items = env["ar.open.item"].search([("debtor_id", "=", debtor)])
        typed = {"paid_on": str(record.company_id._ar_today()), **values}
        try:
            with env.cr.savepoint():
                intake.take(kind, items, typed, [], once)
        except UserError:
            return False
        return True

    return retrying(press, env)


@task
def today_and(env, days):
    """Return the day that many days from now."""
    return str(fields.Date.add(main_company(env)._ar_today(), days=days))


@task
def send_code(env, debtor):
    """Have a code sent, as who has a link can; return what the page says."""
    record = env["ar.debtor"].browse(debtor)
    return ours("models.portal.one_time_code").OneTimeCode(record).send()


@task
def guess_code(env, debtor, code):
    """Type a code, as a request does; return whether it opened the account."""
    record = env["ar.debtor"].browse(debtor)
    one_time = ours("models.portal.one_time_code").OneTimeCode(record)
    return retrying(lambda: one_time.check(code), env)


@task
def set_code(env, debtor, code, tries):
    """Let a code be known, as if it had been sent."""
    record = env["ar.debtor"].browse(debtor)
    record.write(
        {
            "code_hash": ours("models.portal.one_time_code")
            .OneTimeCode(record)
            .digest(code),
            "code_until": fields.Datetime.add(fields.Datetime.now(), minutes=15),
            "code_tries": tries,
        }
    )


@task
def ask_to_sign(env, debtor):
    """Publish terms of payment, ask a customer to sign them; return the request."""
    texts = ours("models.credit_terms.ar_credit_policy_text")
    terms = ours("models.credit_terms.credit_terms")
    covers = ours("tools.pdf.pdf_cover")
    company = main_company(env)
    draft = env.ref("ar_followup_plus.policy_preset").copy({"company_id": company.id})
    with patch.object(texts, "html_pdf", lambda *_a: covers.draw_cover("T", ["x"])):
        draft.publish()
    return terms.CreditTerms(env["ar.debtor"].browse(debtor)).request(draft).id


@task
def sign(env, request, name, picture):
    """Sign, as a request does; return whether it counted."""

    def press():
        record = env["ar.credit.policy.acceptance"].browse(request)
        try:
            with env.cr.savepoint():
                proof = {"how": "code", "email": "ann@example.com"}
                digest = record._sign_sha256()
                record._sign(name, "Director", picture, digest, proof)
        except UserError:
            return False
        return True

    return retrying(press, env)


@task
def draw_payment(env, debtor):
    """Begin a payment, as a request does; return its reference."""
    record = env["ar.debtor"].browse(debtor)
    payment = ours("models.portal.page_payment").PagePayment(record)
    return retrying(payment.draw_prefix, env)


@task
def pay_online(env):
    """Let customers pay on their page; return the provider and a method of it."""
    env["ir.config_parameter"].set_param(
        "account_payment.enable_portal_payment", "True"
    )
    demo = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    company = main_company(env)
    provider = demo.copy({"company_id": company.id, "name": "Demo"})
    provider.write(
        {
            "state": "test",
            "is_published": True,
            "journal_id": env["account.journal"]
            .search([("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
            .id,
            "payment_method_ids": [
                Command.set(env.ref("payment_demo.payment_method_demo").ids)
            ],
        }
    )
    provider.payment_method_ids.active = True
    return [provider.id, provider.payment_method_ids[:1].id]


@task
def answer_not_received(env, debtor):
    """The customer says on the page that no invoice arrived."""
    record = env["ar.debtor"].browse(debtor)
    items = env["ar.open.item"].search([("debtor_id", "=", debtor)])
    copies = ours("models.delivery.ar_copies").InvoiceCopies
    with patch.object(copies, "original", return_value=("a.pdf", b"%PDF")):
        intake = ours("models.portal.answer_intake").AnswerIntake(record)
        answer = intake.take("not_received", items, {}, [], str(uuid.uuid4()))
    return answer.state


@task
def publish_policy(env):
    """Publish the terms of payment of the main company, if none are."""
    company = main_company(env)
    known = env["ar.credit.policy"].search_count(
        [("company_id", "=", company.id), ("state", "=", "published")]
    )
    if not known:
        preset = env.ref("ar_followup_plus.policy_preset")
        preset.copy({"company_id": company.id}).publish()


@task
def sign_policy(env, debtor):
    """Let a customer sign the terms of payment that nobody asked them for."""
    debtor = env["ar.debtor"].browse(debtor)
    terms = ours("models.credit_terms.credit_terms").CreditTerms(debtor)
    request = terms.request(terms.to_ask()[debtor])
    person = env["ar.notice"]._people_of(debtor)[debtor.id][0]
    # The addon can be imported from here only when its registry is loaded
    common = importlib.import_module(
        "odoo.addons.ar_followup_plus.tests.credit_terms.policy_common"
    )
    request._sign(
        "Ann Adams",
        "Director",
        common.drawing(),
        request._sign_sha256(),
        {"how": "login", "email": person[2]},
    )


@task
def open_dispute(env, debtor):
    """Dispute what a customer owes, without a mail to who answers; return it."""
    quiet = env["ar.debtor"].with_context(mail_activity_quick_update=True)
    record = quiet.browse(debtor)
    item = env["ar.open.item"].search([("debtor_id", "=", debtor)], limit=1)
    reason = env.ref("ar_followup_plus.ar_dispute_reason_other")
    return (
        ours("models.dispute.dispute_intake")
        .DisputeIntake(record)
        .open(item.move_id, reason)
        .id
    )


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
def make_crowd(env, count):
    """Make customers of all sorts: a few owe nothing, or must not be written to."""
    env.cr.execute("UPDATE ar_notice SET state = 'cancelled' WHERE state <> 'sent'")
    env.cr.execute("UPDATE ar_notice_line SET active = FALSE")
    env.invalidate_all(flush=False)
    sorts = (
        ("Late", 10, {"amounts": (100,), "due": 10}),
        ("Twice", 4, {"amounts": (40, 250), "due": 12}),
        ("Early", 2, {"amounts": (300,), "due": -3}),
        ("Paid", 2, {}),
        ("Stopped", 1, {}),
        ("Excluded", 1, {}),
    )
    for sort, share, values in sorts:
        names = [f"{sort} {n:04}" for n in range(max(count * share // 20, 1))]
        made = make_customers(env, names, **values)
        if sort in ("Paid", "Stopped", "Excluded"):
            leave_alone(env, [ids[1] for ids in made.values()], sort)


@task
def leave_alone(env, debtors, sort):
    """Let the customers have paid, stop contact with them, or exclude what they owe."""
    for debtor in env["ar.debtor"].browse(debtors):
        moves = env["account.move"].search(
            [
                ("partner_id", "=", debtor.partner_id.id),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )
        if sort == "Paid":
            for move in moves:
                _pay(env, move, 1)
        elif sort == "Stopped":
            debtor.stop_contact("other")
        else:
            moves.line_ids.no_followup = True


@task
def everything(env):
    """Run all that could send."""
    env["ar.notice"].deliver()
    env["mail.mail"].process_email_queue()
    env["ar.notice"].plan()
    env["ar.notice"]._cron_watch()
    env["ar.notice"].deliver()


@task
def break_template(env, template, debtor):
    """Let a template raise for one customer."""
    record = env.ref(template)
    fault = f'<t t-if="object.debtor_id.id == {debtor}" t-out="1 / 0"/>'
    for lang, _name in env["res.lang"].get_installed():
        text = record.with_context(lang=lang)
        text.body_html = f"{text.body_html}{fault}"


@task
def deliver_with(env, programs):
    """Deliver, with the programs of one folder alone."""
    os.environ["PATH"] = programs
    sys.modules["odoo.addons.base.models.ir_actions_report"]._wkhtml.cache_clear()
    return env["ar.notice"].deliver()


@task
def short_timeouts(env, seconds):
    """Let the mail server answer within so many seconds."""
    sys.modules["odoo.addons.base.models.ir_mail_server"].SMTP_TIMEOUT = seconds


@task
def open_books(env, count):
    """Give each accountant journals of their own.

    In plain Odoo two who post into one journal contend for its next number.

    :return: ``[(id of the journal for sales, id of the one for the bank)]``
    """
    wanted = [("sale", "S"), ("bank", "B")]
    books = [
        env["account.journal"]
        .create(
            [
                {"name": f"{code}{n}", "code": f"{code}{n}", "type": kind}
                for kind, code in wanted
            ]
        )
        .ids
        for n in range(count)
    ]
    env.cr.commit()
    return books


#: What only accountants write, and a statement that does.
GUARDED = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_payment",
)
ACCOUNTING = re.compile(
    rf'\s*(UPDATE|DELETE FROM|INSERT INTO)\s+"?({"|".join(GUARDED)})\b'
)


@task
def account(env, moves, seconds, books=None):
    """Post, pay and reset invoices of customers, as an accountant does all day.

    Nothing is tried again, and nobody waits longer than a second for a lock. Where two
    accountants wrote the same row of accounting, it was one of the other two: who is no
    accountant cannot write there (`only_accountants`).

    :param books: ids of the accountant's own journals for sales and the bank

    :return: the errors, the longest time in seconds, how many acts there were, and how
        many met another accountant
    """
    errors, longest, acts, met = [], 0.0, 0, 0
    env.cr.execute("SET application_name = 'accountant'; SET lock_timeout = '1s'")
    env.cr.commit()
    env = env(context={**env.context, "books": books})
    end = time.monotonic() + seconds
    turn, moves = 0, list(moves)
    while time.monotonic() < end:
        # In turn one that is old, and one just made, to which we give its link
        move = env["account.move"].browse(moves[-1 if turn % 2 else turn % len(moves)])
        for act in (_pay, _unpay, _reset, _postpone, _more):
            begin = time.monotonic()
            try:
                made = act(env, move)
                env.cr.commit()
                moves += made.ids if made else []
            except Exception as error:
                known = _met_another(error)
                env.cr.rollback()
                if known:
                    met += 1
                else:
                    errors.append(f"{act.__name__}: {traceback.format_exc()}")
            longest = max(longest, time.monotonic() - begin)
            acts += 1
        turn += 1
    return errors, longest, acts, met


def _met_another(error):
    """Return whether somebody else wrote the same row of accounting."""
    if not isinstance(error, SerializationFailure):
        return False
    return bool(ACCOUNTING.match((error.cursor.query or b"").decode()))


@task
def only_accountants(env):
    """Let nobody but accountants write what is accounting's."""
    env.cr.execute(
        """CREATE OR REPLACE FUNCTION ar_only_accountants() RETURNS trigger AS $$
           BEGIN
               IF current_setting('application_name') <> 'accountant' THEN
                   RAISE EXCEPTION 'Only accountants write in %', TG_TABLE_NAME;
               END IF;
               RETURN NULL;
           END $$ LANGUAGE plpgsql"""
    )
    for table in GUARDED:
        env.cr.execute(  # pylint: disable=sql-injection
            f"""CREATE OR REPLACE TRIGGER ar_only_accountants
                BEFORE INSERT OR UPDATE OR DELETE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION ar_only_accountants()"""
        )
    env.cr.commit()


@task
def anybody_again(env):
    """Take back `only_accountants`."""
    env.cr.execute("DROP FUNCTION ar_only_accountants() CASCADE")
    env.cr.commit()


def _pay(env, move, share=0.5):
    wizard = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=move.ids
    )
    values = {"amount": move.amount_residual * share}
    if env.context.get("books"):
        values["journal_id"] = env.context["books"][1]
    wizard.create(values)._create_payments()


def _unpay(env, move):
    move.line_ids.remove_move_reconcile()


def _reset(env, move):
    move.button_draft()
    move.action_post()


def _postpone(env, move):
    move.button_draft()
    move.invoice_date_due = fields.Date.add(move.invoice_date_due, days=1)
    move.action_post()


def _more(env, move):
    values = {"invoice_date": move.invoice_date}
    if env.context.get("books"):
        values["journal_id"] = env.context["books"][0]
    copy = move.copy(values)
    copy.action_post()
    return copy


# === THE PROCESS === #


class Nursery:
    """Forks processes from this one, as Odoo's own server does.

    They begin within a moment, for Odoo is loaded already; each opens a connection
    of its own. They are waited for here, so that none is mistaken for another.
    """

    def __init__(self, registry):
        self.registry = registry
        self.pipes = {}

    def fork(self, name, arguments):
        """Begin a task in a process of its own; return its id."""
        self.release()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            self.pipes[pid] = reading
            return pid
        answer = run(self.registry, name, arguments)
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(answer, pipe, default=str)
        os._exit(0)

    def wait(self, pid):
        """Return the answer of a task as soon as its process ended."""
        with os.fdopen(self.pipes.pop(pid), encoding="utf-8") as pipe:
            answer = pipe.read()
        _pid, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            return {"killed": os.WTERMSIG(status)}
        return json.loads(answer)

    def kill(self, pid):
        """Kill a process as a crash does; return its answer if it came in time."""
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def release(self):
        """Close all connections."""
        odoo.sql_db.close_all()


def run(registry, name, arguments):
    """Run a task in a transaction; return its answer."""
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return {"result": TASKS[name](env, **arguments)}
    except Exception:
        return {"error": traceback.format_exc()}


def main(database):
    """Do tasks until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Odoo prints is no answer
    config = ["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=warn"]
    odoo.tools.config.parse_config([*config, "--max-cron-threads=0"])
    registry = Registry(database)
    nursery = Nursery(registry)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        if name.startswith("nursery."):
            work = getattr(nursery, name.partition(".")[2])
            answer = {"result": work(**arguments)}
        else:
            answer = run(registry, name, arguments)
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    with mute_logger("odoo.addons.mail.models.mail_mail"):
        main(sys.argv[1])
