"""Customers, each in a situation that people know.

Every date is counted from one day, so that the demonstration shows the same on
every day of the year. The methods named in SITUATIONS make one customer each.
"""

from datetime import datetime, time, timedelta

from odoo import Command

from ..models.ladder.channel import CHANNELS
from .ledger import Ledger

SITUATIONS = (
    "forgot_once", "always_late", "installments", "two_currencies", "big_credit",
    "four_cents", "three_short", "no_email", "french", "two_contacts", "due_soon",
    "old_debt", "snoozed", "insolvent", "excluded", "consumer", "public_body",
    "shared", "parent", "bank_line", "just_sent",
)  # fmt: skip
#: Final demands leave on Monday to Thursday only.
THURSDAY = 3


class Situations(Ledger):
    """Makes the customers of the demonstration in two companies that are live.

    :param res.company company: where most of it happens; it works on every day
    :param res.company second: the other company of the shared customer
    :param datetime.date today: the day from which days are counted
    """

    def __init__(self, company, second, today):
        super().__init__(company, today)
        self.second = Ledger(second, today)
        self.customers = {}
        self.invoices = {}

    def build(self):
        """Make all customers; return ``{situation: partner}``."""
        for name in SITUATIONS:
            getattr(self, name)()
        return self.customers

    # === ONE CUSTOMER EACH === #

    def forgot_once(self):
        """Late for the first time: gets a little longer, then a gentle reminder."""
        partner = self._customer("forgot_once", "Forgot Once Bakery")
        self._debtor(partner, profile="first_late")
        self._owe("forgot_once", partner, 180, 9)

    def always_late(self):
        """Had two reminders, and a final demand waits for the credit manager."""
        partner = self._customer("always_late", "Always Late Motors")
        people = [
            self._contact(partner, name) for name in ("Accounts Payable", "Finance")
        ]
        debtor = self._debtor(
            partner,
            profile="chronic",
            contact_ids=[
                Command.create({"partner_id": person.id, "role": role})
                for person, role in zip(
                    people, ("accounts_payable", "finance"), strict=True
                )
            ],
        )
        self._owe("always_late", partner, 480, 30)
        self._owe("always_late_new", partner, 210, 6)
        self._past(debtor, 26)
        self._past(debtor, 15)
        day = self.today
        while day.weekday() > THURSDAY:
            day -= timedelta(days=1)
        self.env["ar.notice"].plan(day, debtor.ids)

    def installments(self):
        """An invoice in three installments, two of which are overdue."""
        partner = self._customer("installments", "Three Installments Furniture")
        term = self.env["account.payment.term"].create(
            {
                "name": "40 % after 15 days, 30 % after 45, 30 % after 75",
                "company_id": self.company.id,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((40, 15), (30, 45), (30, 75))
                ],
            }
        )
        self._owe(
            "installments",
            partner,
            900,
            35,
            invoice_date=self.ago(50),
            invoice_payment_term_id=term.id,
        )

    def two_currencies(self):
        """Owes in two currencies, which are never added."""
        partner = self._customer("two_currencies", "Two Currencies Trading")
        self._owe("two_currencies", partner, 800, 8)
        euro = self.env.ref("base.EUR")
        self._owe("two_currencies_eur", partner, 450, 8, currency=euro)

    def big_credit(self):
        """A credit note that nobody matched is bigger than the debt."""
        partner = self._customer("big_credit", "Big Credit Hotel")
        self._owe("big_credit", partner, 200, 25)
        self.credit(partner, 300)

    def four_cents(self):
        """Owes four cents, which no letter is worth."""
        partner = self._customer("four_cents", "Four Cents Stationery")
        self._owe("four_cents", partner, 0.04, 20)

    def three_short(self):
        """Paid 297.00 of 300.00: for write-off."""
        partner = self._customer("three_short", "Three Short Printing")
        invoice = self._owe("three_short", partner, 300, 20)
        self.pay(invoice, 297, self.ago(18))

    def no_email(self):
        """Has no e-mail, no address for a letter, and no telephone."""
        partner = self._customer(
            "no_email", "No E-mail Masonry", email=False, street=False, phone=False
        )
        self._owe("no_email", partner, 260, 11)

    def french(self):
        """Is written to in French."""
        partner = self._customer(
            "french",
            "Boulangerie de l'Exemple",
            lang="fr_FR",
            country_id=self.env.ref("base.fr").id,
            phone="+33 1 99 00 00 00",
        )
        self._owe("french", partner, 340, 7)

    def two_contacts(self):
        """Has two contacts for invoices, and let a gentle reminder pass."""
        partner = self._customer("two_contacts", "Two Contacts Logistics")
        for name in ("Invoices North", "Invoices South"):
            self._contact(partner, name)
        self._owe("two_contacts", partner, 420, 19)
        self._past(self._debtor(partner), 15)

    def due_soon(self):
        """An invoice is due in five days."""
        partner = self._customer("due_soon", "Due Soon Software")
        self._debtor(partner, profile="regular")
        self._owe("due_soon", partner, 640, -5)

    def old_debt(self):
        """The debt was very old when the follow-up began: a person decides."""
        partner = self._customer("old_debt", "Old Debt Quarry")
        self._owe("old_debt", partner, 2300, 700)

    def snoozed(self):
        """A colleague asked to wait."""
        partner = self._customer("snoozed", "Snoozed Mattress")
        self._owe("snoozed", partner, 510, 20)
        self._debtor(partner).snooze(self.ago(-10), "Their accounting is moving house")

    def insolvent(self):
        """Contact is stopped: the customer is insolvent."""
        partner = self._customer("insolvent", "Insolvent Airline")
        self._owe("insolvent", partner, 4200, 50)
        self._debtor(partner).stop_contact("insolvency", note="Letter of the court")

    def excluded(self):
        """A person excluded the invoice and said why."""
        partner = self._customer("excluded", "Excluded Theatre")
        invoice = self._owe("excluded", partner, 150, 30)
        invoice.no_followup = True
        why = "Not followed up: set off against our advertising in the programme."
        invoice.message_post(body=why)

    def consumer(self):
        """A consumer gets a free reminder and two weeks."""
        partner = self._customer("consumer", "Demo Consumer", is_company=False)
        self._owe("consumer", partner, 95, 9)

    def public_body(self):
        """A public body is asked, never threatened."""
        partner = self._customer("public_body", "Sampletown Council")
        self._debtor(partner, kind="public")
        self._owe("public_body", partner, 1750, 12)

    def shared(self):
        """Two companies have this customer, each with a ladder of its own."""
        partner = self._customer("shared", "Shared Customer Wholesale")
        self._owe("shared", partner, 1500, 16)
        self._past(self._debtor(partner), 12)
        self.invoices["shared_second"] = self.second.invoice(partner, 90, 8)

    def parent(self):
        """A branch of the customer paid for its parent, and nobody matched it."""
        partner = self._customer("parent", "Parent Holding")
        branch = self._contact(partner, "Paying Branch", "other")
        self._owe("parent", partner, 250, 14)
        self.payment(branch, 250, self.ago(3))

    def bank_line(self):
        """Money that covers the debt has arrived at the bank."""
        partner = self._customer("bank_line", "Bank Line Brewery")
        invoice = self._owe("bank_line", partner, 480, 12)
        self.bank_money(f"Transfer {invoice.name}", invoice.amount_residual)

    def just_sent(self):
        """The invoice was sent yesterday, though it was due last week."""
        partner = self._customer("just_sent", "Sent Yesterday Dairy")
        invoice = self._owe("just_sent", partner, 390, 7)
        self.note_sent(invoice, datetime.combine(self.ago(1), time(9)))

    # === WHAT THEY ARE MADE OF === #

    def _customer(self, key, name, **values):
        self.customers[key] = self.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{key.replace('_', '.')}@example.com",
                "phone": "+1 555 0102",
                "street": f"{len(self.customers) + 1} Sample Street",
                "city": "Sampletown",
                "zip": "00000",
                "country_id": self.env.ref("base.us").id,
                "lang": "en_US",
                **values,
            }
        )
        return self.customers[key]

    def _contact(self, partner, name, kind="invoice"):
        word = name.lower().replace(" ", ".")
        return self.env["res.partner"].create(
            {
                "name": name,
                "parent_id": partner.id,
                "type": kind,
                "email": f"{word}.{partner.email}",
                "lang": partner.lang,
            }
        )

    def _owe(self, key, partner, amount, due, **values):
        self.invoices[key] = self.invoice(partner, amount, due, **values)
        return self.invoices[key]

    def _debtor(self, partner, **values):
        debtor = self.env["ar.debtor"].for_partner(partner.id, self.company.id)
        if values:
            debtor.write(values)
        return debtor

    def _past(self, debtor, days):
        """Let what was due so many days ago be decided and sent, without any mail."""
        day = self.ago(days)
        self.env["ar.notice"].plan(day, debtor.ids)
        notices = debtor.notice_ids.filtered(lambda n: n.state == "ready").sudo()
        mails = CHANNELS["email"].deliver(notices, self.company.sudo(), {"failed": 0})
        moment = datetime.combine(day, time(9))
        mails.mail_message_id.date = moment  # before they are evidence
        mails.state = "sent"
        notices._set_state("sent", sent_on=day, delivery="delivered")
        notices.state_at = moment
        debtor.sudo().write({"contacted": True, "last_contact_date": day})
