"""Gives each screen of the demonstration something to show.

Beside the customers in their situations: what was paid before, letters and calls of
today, replies of strangers, a statement for the printer, and late charges.
"""

from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tools import mute_logger

from ..engine.statement_period import Period
from ..models.ladder.channel import CHANNELS
from ..models.late_charge.accrued_charges import AccruedCharges
from ..models.statement.statement_run import StatementRun

#: For customers in a situation: days from the due date to the payment of what they paid.
PAID = {
    "forgot_once": (-2, 0, -5, -1, -3),
    "always_late": (34, 21, 45, 28, 39),
    "due_soon": (3, 6, 2, 5),
    "public_body": (11, 8, 14),
}
REPLIES = (
    (
        "Sam Sample <sam@elsewhere.example.net>",
        "Your reminder",
        "We paid last week. Which invoice is this about?",
    ),
    (
        "Purchasing <purchasing@unknown.example.net>",
        "New address for invoices",
        "From next month on please send all invoices to accounts@unknown.example.net.",
    ),
)
MAIL = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <demo-{number}@example.net>
Content-Type: text/plain; charset=utf-8

{body}
"""


class Screens:
    """Adds to the situations of the demonstration.

    :param Situations situations: already built
    :param res.users collector: who parks and snoozes
    :param res.users manager: who charges, and takes over while the collector is away
    """

    def __init__(self, situations, collector, manager):
        self.situations = situations
        self.company = situations.company
        self.env = situations.env
        self.collector, self.manager = collector, manager

    def build(self):
        """Make all of it; return the customers that are new, by name."""
        known = set(self.situations.customers)
        self.pay_before()
        self.a_call("call_me", "Call Me Carpentry", 1860)
        self.a_call("call_too", "Ring Twice Roastery", 940)
        self.a_letter("by_post", "By Post Packaging", 2400)
        self.a_letter(
            "par_la_poste",
            "Imprimerie de l'Exemple",
            1830,
            lang="fr_FR",
            country_id=self.env.ref("base.fr").id,
            phone="+33 1 99 00 00 01",
        )
        self.leave_out()
        self.charge()
        self.other_papers()
        self.incomplete()
        self.go_away()
        self.log_in()
        for number, reply in enumerate(REPLIES):
            self.receive(number, *reply)
        made = self.situations.customers
        return {key: made[key] for key in made if key not in known}

    # === WHAT WAS BEFORE === #

    def pay_before(self):
        """Let customers have paid, early or late, one invoice each month."""
        for key, delays in PAID.items():
            partner = self.situations.customers[key]
            for number, delay in enumerate(delays, 3):
                due = number * 30
                invoice = self.situations.invoice(partner, 120 + 10 * number, due)
                self.situations.pay(invoice, on=self.situations.ago(due - delay))

    def let_it_pass(self, partner, day):
        """Let what is due on a day be approved and sent, without any mail.

        :return: letters that are due, and not approved
        """
        debtor = self.situations._debtor(partner)
        self.env["ar.notice"].plan(day, debtor.ids)
        notices = debtor.notice_ids.filtered(lambda n: n.state in ("proposed", "ready"))
        letters = notices.filtered(lambda n: n.channel == "letter")
        if letters or not notices:
            return letters
        emails = notices.filtered(lambda n: n.channel == "email").sudo()
        emails._set_state("ready")
        mails = CHANNELS["email"].deliver(emails, self.company.sudo(), {"failed": 0})
        moment = datetime.combine(day, time(9))
        mails.mail_message_id.date = moment  # before they are evidence
        mails.state = "sent"
        emails._set_state("sent", sent_on=day, delivery="delivered")
        emails.state_at = moment
        (notices - emails)._cancel("not_needed")
        if emails:
            debtor.sudo().write({"contacted": True, "last_contact_date": day})
        self.env.flush_all()
        return letters

    # === WHAT WAITS FOR A PERSON === #

    def a_letter(self, key, name, amount, **values):
        """A customer who let messages pass until a letter was due, which is approved."""
        make = self.situations
        partner = make._customer(key, name, **values)
        make._debtor(partner, profile="regular")
        make._owe(key, partner, amount, 58)
        make._owe(f"{key}_more", partner, amount / 3, 57)
        for ago in range(54, -1, -3):
            letters = self.let_it_pass(partner, make.ago(ago))
            if letters:
                letters.approve()
                return

    def a_call(self, key, name, amount):
        """A customer who let a gentle reminder pass, and is called now."""
        make = self.situations
        partner = make._customer(key, name)
        make._debtor(partner, profile="regular")
        make._owe(key, partner, amount, 16)
        make._owe(f"{key}_new", partner, amount / 4, -6)
        self.let_it_pass(partner, make.ago(12))

    def leave_out(self):
        """Park two invoices, each with a reason and an end."""
        make = self.situations
        partner = make._customer("retention", "Retention Roofing")
        self._exclude(
            make._owe("retention", partner, 1200, 35),
            "retention",
            "5 % are kept back until the warranty ends",
            75,
        )
        self._exclude(
            make.invoices["excluded"],
            "key_agreement",
            "Set off against our advertising in the programme",
            40,
        )
        snoozed = make._debtor(make.customers["snoozed"]).sudo()
        snoozed.snooze_user_id = self.collector
        make._debtor(make.customers["insolvent"]).sudo().stop_user_id = self.collector

    def _exclude(self, invoice, kind, reason, days):
        line = invoice.line_ids.filtered(lambda one: one.date_maturity)[:1]
        line.no_followup = True
        self.env["ar.exclusion"].create(
            {
                "move_line_id": line.id,
                "company_id": self.company.id,
                "kind": kind,
                "reason": reason,
                "until": self.company._ar_today() + timedelta(days=days),
                "user_id": self.collector.id,
            }
        )

    def charge(self):
        """A contract lets us charge one customer, who paid late: charged, and waived."""
        scheme = self.env["ar.late.charge.scheme"].create(
            {
                "name": "1 % a month, as agreed",
                "kind": "own",
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "rate_ids": [
                    Command.create({"date_from": "2000-01-01", "percent": 12})
                ],
            }
        )
        nothing = self.env.ref("ar_followup_plus.late_charge_scheme_none")
        self.company.write(
            {
                "ar_charge_scheme_id": nothing.id,
                "ar_charge_since": self.situations.ago(300),
                "ar_charge_mode": "posted",
            }
        )
        make = self.situations
        partner = make._customer("charged", "Slow Steel Works")
        debtor = make._debtor(partner, charge_scheme_id=scheme.id, profile="regular")
        lines = self.env["account.move.line"]
        for number, amount in enumerate((3600, 900), 2):
            invoice = make.invoice(partner, amount, number * 30)
            make.pay(invoice, on=make.ago(number * 30 - 48))
            lines |= invoice.line_ids.filtered(lambda one: one.date_maturity)[:1]
        accrued = AccruedCharges(debtor).together().by_item
        self.env["ar.late.charge"].with_user(self.manager)._decide(
            debtor.with_user(self.manager),
            make.today,
            {lines[0].id: accrued[lines[0].id], lines[1].id: 0},
            "The first time in years",
        )
        # What goes on is seen before it is charged
        make._owe("charged", partner, 5200, 4)

    def other_papers(self):
        """A statement and a letter for who can be reached by post only."""
        debtor = self.situations._debtor(self.situations.customers["no_email"])
        StatementRun(self.company.sudo()).mark_slice(debtor.sudo(), Period())
        debtor.sudo().statement_wanted = "print"

    def incomplete(self):
        """A customer without a country: the company's is used, and somebody is told."""
        partner = self.situations._customer(
            "nowhere", "Nowhere Nursery", country_id=False
        )
        self.situations._owe("nowhere", partner, 220, 10)

    def go_away(self):
        """The collector is away soon, and the credit manager takes over."""
        today = self.company._ar_today()
        self.collector.write(
            {
                "ar_substitute_id": self.manager.id,
                "ar_away_from": today + timedelta(days=9),
                "ar_away_until": today + timedelta(days=20),
            }
        )

    def log_in(self):
        """Give a customer a login for the portal; it is the password."""
        self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "login": "demo.customer",
                "password": "demo.customer",
                "partner_id": self.situations.customers["two_currencies"].id,
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def receive(self, number, sender, subject, body):
        """Let a message of a stranger come in."""
        text = MAIL.format(
            number=number,
            to=self.company.ar_email,
            sender=sender,
            subject=subject,
            body=body,
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(None, text)
