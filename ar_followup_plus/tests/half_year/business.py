"""What is bought and paid, written in batches: one for each day."""

from datetime import timedelta

from odoo import Command

from ...demo.ledger import Ledger
from .town import FIRST


class Business:
    """The invoices and payments of customers.

    :param town: with its companies and the day
    """

    def __init__(self, town, customers):
        self.town = town
        self.env = town.env
        self.customers = customers
        self.paid_after = []
        self.invoices = {}  # of a customer
        self.to_match = {}  # payments that somebody matches later
        self.journals = {
            (company, kind): Ledger(company, FIRST).journal(kind)
            for company in town.companies
            for kind in ("sale", "bank")
        }

    def make_customers(self):
        """Make the customers: two companies write to some of them."""
        vals_list = []
        for customer in self.customers:
            is_person = customer.kind == "consumer"
            vals_list.append(
                {
                    "name": customer.name,
                    "is_company": not is_person,
                    "email": customer.email,
                    "phone": "+1 555 0100",
                    "street": f"{customer.number + 1} Sample Street",
                    "city": "Sampletown",
                    "zip": "00000",
                    "country_id": self.env.ref("base.us").id,
                    "lang": "en_US",
                }
            )
        partners = self.env["res.partner"].create(vals_list)
        self.env["ar.debtor"]._make_missing(self.town.company.ids, partners.ids)
        for customer, partner in zip(self.customers, partners, strict=True):
            customer.partner = partner
            self.invoices[customer] = self.env["account.move"]
            debtor = self.debtor(customer)
            debtor.user_id = self.town.people[customer.number % 2]
            if customer.kind == "public":
                debtor.kind = "public"

    def debtor(self, customer, company=None):
        company = company or self.town.company
        return self.env["ar.debtor"].for_partner(customer.partner.id, company.id)

    def company_of(self, customer, number):
        if customer.kind == "two_companies" and number // customer.cycle % 2:
            return self.town.second
        return self.town.company

    # === INVOICES === #

    def invoice(self, numbers):
        """Write the invoices of days, counted from the first."""
        for company in self.town.companies:
            made, vals_list = [], []
            for number in numbers:
                for customer in self.customers:
                    amount = customer.bought(number)
                    if amount and self.company_of(customer, number) == company:
                        made.append((customer, number))
                        vals_list.append(
                            self._invoice_vals(customer, company, amount, number)
                        )
            if not made:
                continue
            moves = self.env["account.move"].with_company(company).create(vals_list)
            moves.action_post()
            moves.is_move_sent = True
            for (customer, number), move in zip(made, moves, strict=True):
                self.invoices[customer] |= move
                customer.plan_payments(move, move.invoice_date_due, number)

    def _invoice_vals(self, customer, company, amount, number):
        day = FIRST + timedelta(days=number)
        own = company.currency_id
        is_foreign = customer.kind == "currencies" and number // customer.cycle % 2
        line = {"name": "Goods", "price_unit": amount, "tax_ids": [Command.clear()]}
        return {
            "move_type": "out_invoice",
            "partner_id": customer.partner.id,
            "company_id": company.id,
            "journal_id": self.journals[company, "sale"].id,
            "currency_id": (self.town.foreign if is_foreign else own).id,
            "invoice_date": day,
            "invoice_payment_term_id": False,
            "invoice_date_due": day + timedelta(days=customer.term),
            "invoice_line_ids": [Command.create(line)],
        }

    # === PAYMENTS === #

    def pay(self):
        """Write the payments of the day; match those that are matched at once."""
        todo = []
        for customer in self.customers:
            for what, *values in customer.todo.get(self.town.day, ()):
                if what == "pay":
                    invoice, share, matched, later = values
                    amount = self._amount(invoice, share)
                    if amount:
                        todo.append((customer, invoice, amount, matched, later))
        for company in self.town.companies:
            mine = [row for row in todo if row[1].company_id == company]
            if mine:
                self._pay(company, mine)
        for payment, invoice in self.to_match.pop(self.town.day, ()):
            self._match(payment, invoice)

    def _amount(self, invoice, share):
        if invoice.state != "posted":
            return 0
        part = invoice.currency_id.round(invoice.amount_total * share / 100)
        return min(part, invoice.amount_residual)

    def _pay(self, company, rows):
        payments = (
            self.env["account.payment"]
            .with_company(company)
            .create(
                [
                    {
                        "payment_type": "inbound",
                        "partner_type": "customer",
                        "partner_id": customer.partner.id,
                        "amount": amount,
                        "currency_id": invoice.currency_id.id,
                        "date": self.town.day,
                        "journal_id": self.journals[company, "bank"].id,
                    }
                    for customer, invoice, amount, _matched, _later in rows
                ]
            )
        )
        payments.action_post()
        for row, payment in zip(rows, payments, strict=True):
            _customer, invoice, _amount, matched, later = row
            self.paid_after.append((self.town.day - invoice.invoice_date_due).days)
            if matched:
                self._match(payment, invoice)
            else:
                day = self.town.day + timedelta(days=later)
                self.to_match.setdefault(day, []).append((payment, invoice))

    @staticmethod
    def _match(payment, invoice):
        if payment.state == "canceled" or invoice.state != "posted":
            return
        Ledger.match(payment, invoice)

    def owed(self, customer):
        """Return the open invoices of a customer, the oldest first."""
        return self.invoices[customer].filtered(
            lambda move: move.state == "posted" and move.amount_residual
        )
