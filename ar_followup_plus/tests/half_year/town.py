"""The companies, their people, the clock, the mail server, and the scheduled actions."""

import contextlib
import io
import smtplib
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

import pytz
from pypdf import PdfWriter

from odoo import SUPERUSER_ID, Command
from odoo.tests import freeze_time

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ...demo.company import make_calendar

FIRST = date(2026, 1, 5)
TZ = "Europe/Berlin"  # whose clocks change on 29 March
#: Everybody is away; nobody takes the mail server's messages; counted from FIRST.
CLOSED = (date(2026, 4, 3), date(2026, 4, 6))
DOWN = (40, 41)
#: The second collector is away, and the first one leaves for good.
AWAY, LEAVES = (60, 71), 100
SMALL_AMOUNT, SMALL_PERCENT = 5, 1
#: Papers that customers read; what is attached beside them need not be drawn.
READ = ("ar.notice", "ar.letter")


def tiny_pdf():
    stream = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.write(stream)
    return stream.getvalue()


class Session:
    """A session with a mail server that takes all."""

    smtp_from = False

    def quit(self):
        """End it."""

    close = quit


class Town:
    """Two companies that are live, in one transaction that the caller undoes.

    :param env: any environment
    :param res.company company: with a chart of accounts; the other one is made
    :param listen: gets each message that leaves, as :class:`email.message.EmailMessage`
    """

    def __init__(self, env, company, listen):
        self.env = env(
            user=SUPERUSER_ID, su=True, context={"lang": "en_US", "tz": "UTC"}
        )
        self.company = company.with_env(self.env)
        self.listen = listen
        self.day, self.by_hand, self.is_down = FIRST, False, False
        self.zone = pytz.timezone(TZ)
        self.pdf = tiny_pdf()
        self.papers = {}

    @contextlib.contextmanager
    def open(self):
        """Freeze the clock, and let mails and letters end here."""
        reports = self.env.registry["ir.actions.report"]
        town = self

        def send_email(server, message, *_args, **_kwargs):
            town.listen(message)
            return message["Message-Id"]

        def connect(server, *_args, **_kwargs):
            if town.is_down:
                raise smtplib.SMTPConnectError(421, "Down for two days")
            return Session()

        def streams(report, report_ref, data, res_ids=None):
            model = report._get_report(report_ref).model
            for record_id in (res_ids or ()) if model in READ else ():
                html, _kind = report._render_qweb_html(report_ref, [record_id])
                town.papers[model, record_id] = html
            return {
                record_id: {"stream": io.BytesIO(town.pdf), "attachment": None}
                for record_id in res_ids or ()
            }

        with (
            freeze_time(f"{FIRST} 00:00:00") as self.clock,
            patch.object(IrMail_Server, "_disable_send", lambda _server: False),
            patch.object(IrMail_Server, "send_email", send_email),
            patch.object(IrMail_Server, "_connect__", connect),
            patch.object(reports, "_render_qweb_pdf_prepare_streams", streams),
            patch.object(
                reports, "_render_qweb_pdf", lambda *_a, **_k: (self.pdf, "pdf")
            ),
        ):
            self._settle_down()
            yield self

    def at(self, hour, minute=0):
        """Set the clock of the company."""
        local = self.zone.localize(datetime.combine(self.day, time(hour, minute)))
        self.clock.move_to(local.astimezone(pytz.utc).replace(tzinfo=None))

    # === WHO THERE IS === #

    def _settle_down(self):
        env = self.env
        env.cr.execute("UPDATE res_company SET ar_state = 'off'")
        env.cr.execute("UPDATE ar_debtor SET stop_reason = 'other'")
        env.invalidate_all()
        self.second = self._second_company()
        self.companies = self.company | self.second
        # Each night asks each company: those of the demonstration only take time
        env.cr.execute(
            "UPDATE res_company SET active = FALSE WHERE id <> ALL(%s)",
            [self.companies.ids],
        )
        env.invalidate_all()
        self.env = env(
            context={**env.context, "allowed_company_ids": self.companies.ids}
        )
        self.company = self.company.with_env(self.env)
        self.second, self.companies = (
            self.second.with_env(self.env),
            self.companies.with_env(self.env),
        )
        self.foreign = self._foreign()
        self.people = self._people()
        self.collector, self.colleague, self.manager = self.people
        for company in self.companies:
            self._go_live(company)

    def _second_company(self):
        """Return a company that writes to customers of the first one, too."""
        second = self.env["res.company"].create(
            {
                "name": "Second Voice",
                "currency_id": self.company.currency_id.id,
                "country_id": self.company.country_id.id,
                "email": "office@second.example.com",
            }
        )
        self.env["account.chart.template"]._load(
            "generic_coa", second, install_demo=False
        )
        second.currency_id = self.company.currency_id
        return second

    def _foreign(self):
        own = self.company.currency_id
        foreign = self.env.ref("base.EUR" if own.name != "EUR" else "base.USD")
        foreign.active = True
        Rate = self.env["res.currency.rate"]
        for company in self.companies:
            mine = [("currency_id", "=", foreign.id), ("company_id", "=", company.id)]
            Rate.search(mine).unlink()
            values = {"name": "2020-01-01", "rate": 2}
            Rate.create({"currency_id": foreign.id, "company_id": company.id, **values})
        return foreign

    def _people(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        rows = (("Carla", "collector"), ("Conrad", "collector"))
        rows += (("Mona", "credit_manager"),)
        return [
            users.create(
                {
                    "name": f"{name} Voice",
                    "login": f"voice.{name.lower()}",
                    "email": f"{name.lower()}@office.example.com",
                    "company_id": self.company.id,
                    "company_ids": [Command.set(self.companies.ids)],
                    "group_ids": [
                        Command.link(self.env.ref(f"ar_followup_plus.group_{group}").id)
                    ],
                }
            )
            for name, group in rows
        ]

    def _go_live(self, company):
        calendar = make_calendar(company, "01234", TZ)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "company_id": company.id,
                "date_from": datetime.combine(CLOSED[0], time(0)),
                "date_to": datetime.combine(CLOSED[1], time(21, 59)),
            }
        )
        company.partner_id.lang = "en_US"
        company.ar_state = "live"
        company.write(
            {
                "ar_live_since": date(2025, 1, 1),
                "ar_backlog_date": date(2025, 1, 1),
                "ar_ladder_id": self.env.ref("ar_followup_plus.ladder_business").id,
                "ar_first_per_day": 0,
                "ar_calendar_id": calendar.id,
                "ar_email": f"receivables@{company.id}.example.com",
                "ar_user_id": self.collector.id,
                "ar_manager_id": self.manager.id,
                "ar_check_books": False,
                "ar_small_amount": SMALL_AMOUNT,
                "ar_small_percent": SMALL_PERCENT,
                "ar_hold_rule": True,
                "ar_hold_days": 40,
                "ar_thanks": "always",
                "ar_statement_schedule": "monthly",
                "ar_statement_day": 5,
            }
        )

    # === WHAT COMES BY ITSELF === #

    def begin(self, number):
        """Begin a day: the absences, the server that is down, who leaves."""
        self.day = FIRST + timedelta(days=number)
        self.is_down = number in DOWN
        if number == AWAY[0]:
            self.colleague.write(
                {
                    "ar_away_from": self.day,
                    "ar_away_until": self.day + timedelta(days=AWAY[1] - AWAY[0]),
                    "ar_substitute_id": self.collector.id,
                }
            )
        if number == LEAVES:
            self.companies.ar_user_id = self.colleague
            self.collector.active = False

    @property
    def works(self):
        """Return whether people work today."""
        closed = CLOSED[0] <= self.day <= CLOSED[1]
        return self.day.weekday() < 5 and not closed

    def collectors(self, number):
        """Return who is there on a day."""
        here = [] if number >= LEAVES else [self.collector]
        if not AWAY[0] <= number <= AWAY[1]:
            here.append(self.colleague)
        return here or [self.manager]

    def cron(self, *names):
        """Run scheduled actions as they are, one after the other."""
        for name in names:
            action = self.env.ref(f"ar_followup_plus.ir_cron_{name}")
            model = self.env[action.model_name].with_user(action.user_id)
            code = action.code.strip().removeprefix("model.").removesuffix("()")
            getattr(model.sudo().with_context(**{"lang": False}), code)()
            self.env.flush_all()
        self.env.invalidate_all()
