"""Sixty random days in the books of a company, compared with a second opinion.

Used by test_oracle.py in short, and by ``script/chaos --seeds 1000`` at length.
"""

import random
from contextlib import suppress
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time

from ...demo.company import WEEK, make_calendar
from ...demo.ledger import Ledger
from ...engine.decision.cover import collectible
from ...engine.hold import Owed, counted, total
from ...models.credit_control.credit_hold import CreditHold
from ...models.decision.outlook import Outlook
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.late_charge.accrued_charges import AccruedCharges
from ...models.payment_plan.agreement import Agreement
from ...models.statement.statement import Statement, checked_period
from .second_opinion import SecondOpinion, minor

FIRST, DAYS = date(2026, 1, 5), 60
#: On how many days something happens, and how often something else is tried.
A_DAY, TRIES = 0.15, 4
#: Percent a year of late charges.
PERCENT = 9
SMALL_AMOUNT, SMALL_PERCENT = 5, 1
#: What only costs time: e-mails to colleagues, and notes on what they changed.
QUIETLY = {"mail_activity_quick_update": True, "tracking_disable": True}
#: What happens, and how often beside the others.
ACTS = {
    "invoice": 6,
    "pay": 6,
    "money": 3,
    "match": 4,
    "match_elsewhere": 3,
    "credit": 3,
    "credit_of": 2,
    "correct": 2,
    "bounce": 2,
    "rate": 1,
    "promise": 4,
    "plan": 2,
    "dispute": 3,
    "accept": 3,
    "answer": 1,
    "post_credit": 2,
    "cancel": 1,
    "merge": 1,
    "forget": 1,
}


class Different(AssertionError):
    """The product and the second opinion say different things."""


class RandomBooks:
    """One run: the same seed is the same run.

    :param env: superuser; the caller undoes what was written
    :param res.company company: live, with a chart of accounts
    :param res.currency foreign: another currency with a rate
    """

    def __init__(self, env, company, foreign, seed):
        self.env = env(su=True, context={"allowed_company_ids": company.ids, **QUIETLY})
        self.company = company.with_env(self.env)
        self.foreign = foreign.with_env(self.env)
        self.rng = random.Random(seed)
        self.seed = seed
        self.done = []
        self.figures = 0
        self.invoices = self.env["account.move"]
        self.payments = self.env["account.payment"]

    @classmethod
    def prepare(cls, company):
        """Let a company work as the second opinion expects; live it is already.

        The others rest: each night would look at their agreements as well. Planning of
        statements takes longer than running them where the tables are small.
        """
        env = company.env
        env.flush_all()
        env.cr.execute(
            "UPDATE res_company SET active = FALSE WHERE id <> %s", [company.id]
        )
        for name, value in (("jit", "off"), ("join_collapse_limit", "1")):
            env.cr.execute("SELECT set_config(%s, %s, TRUE)", [name, value])
        env.invalidate_all()
        scheme = env["ar.late.charge.scheme"].create(
            {
                "name": "By the day",
                "kind": "own",
                "currency_id": company.currency_id.id,
                "rate_ids": [
                    Command.create({"date_from": "2020-01-01", "percent": PERCENT})
                ],
            }
        )
        company.write(
            {
                "resource_calendar_id": make_calendar(company, WEEK, "UTC").id,
                "ar_charge_mode": "shown",
                "ar_charge_scheme_id": scheme.id,
                "ar_small_amount": SMALL_AMOUNT,
                "ar_small_percent": SMALL_PERCENT,
                "ar_check_books": False,
            }
        )

    def run(self, every=1):
        """Let the days pass; return how many figures were compared.

        :param int every: compare after each so manieth act, and on the last day
        :raise Different: with the seed, the day, both values and what had happened
        """
        with freeze_time(f"{FIRST} 10:00:00") as clock:
            self._begin()
            for number in range(DAYS):
                self.day = FIRST + timedelta(days=number)
                clock.move_to(f"{self.day} 10:00:00")
                if self.rng.random() < A_DAY or number == DAYS - 1:
                    for _try in range(TRIES):
                        if self._act():
                            break
                    self._night()
                    if number == DAYS - 1 or not len(self.done) % every:
                        self._compare()
        return self.figures

    # === THE BOOKS === #

    def _begin(self):
        self.day = FIRST
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": number < 2,
                    "email": f"c{number}.{self.seed}@example.com",
                    "country_id": self.env.ref("base.us").id,
                    "lang": "en_US",
                }
                for number in range(3)
            ]
        )
        self.partners = partners
        Debtor = self.env["ar.debtor"]
        for partner in partners:
            Debtor.for_partner(partner.id, self.company.id)
        self._debtors()[-1].kind = "consumer"
        for partner in partners:
            self._do_invoice(partner, self.rng.randrange(-10, 40))
        self.opinion = SecondOpinion(self.env.cr, self.company.id, self._debtors().ids)

    def _debtors(self):
        return self.env["ar.debtor"].search(
            [
                ("company_id", "=", self.company.id),
                ("partner_id", "in", self.partners.ids),
            ],
            order="id",
        )

    @property
    def ledger(self):
        return Ledger(self.company, self.day)

    def _act(self):
        """Let something happen; return whether it did: it may be refused, in words."""
        [what] = self.rng.choices(list(ACTS), ACTS.values())
        partner = self.rng.choice(list(self.partners))
        name, said = partner.name, None
        with suppress(UserError, ValidationError), self.env.cr.savepoint():
            said = getattr(self, f"_do_{what}")(partner)
            self.env.flush_all()
        self._read_again()
        if said is not None:
            self.done.append((str(self.day), what, name, said))
        return said is not None

    def _night(self):
        """Judge what was agreed, as each night does."""
        self.opinion.load(self._debtors().ids)
        self.opinion.remember()
        self.env["ar.dispute"]._watch()
        self.env["ar.payment.plan"]._watch()
        self.env.flush_all()
        self._read_again()
        self.opinion.load(self._debtors().ids)

    def _read_again(self):
        """Read from views again; the cache knows what was written to tables."""
        self.env["ar.open.item"].invalidate_model()

    # === WHAT HAPPENS === #

    def _one(self, records):
        return self.rng.choice(records) if records else records

    def _owed(self, partner):
        return self.invoices.filtered(
            lambda move: (
                move.partner_id == partner
                and move.state == "posted"
                and move.amount_residual
            )
        )

    def _part(self, currency, amount):
        share = self.rng.choice((100, 100, 99.5, 60, 50, 33, 10))
        return currency.round(amount * share / 100)

    def _do_invoice(self, partner, due=None):
        due = self.rng.randrange(-40, 5) if due is None else due
        currency = self.rng.choice((self.company.currency_id, self.foreign))
        amount = self.rng.randrange(1000, 200_000) / 100
        invoice = self.ledger.invoice(partner, amount, due, currency)
        self.invoices |= invoice
        return invoice.id, amount, currency.name

    def _do_pay(self, partner):
        invoice = self._one(self._owed(partner))
        amount = invoice and self._part(invoice.currency_id, invoice.amount_residual)
        if amount:
            self.payments |= self.ledger.pay(invoice, amount, self.day)
            return invoice.id, amount
        return None

    def _do_money(self, partner):
        currency = self.rng.choice((self.company.currency_id, self.foreign))
        amount = self.rng.randrange(1000, 60_000) / 100
        self.payments |= self.ledger.payment(partner, amount, self.day, currency)
        return amount, currency.name

    def _credits(self, partner):
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual_currency", "<", 0),
            ]
        )

    def _receivable(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _do_match(self, partner):
        invoice, credit = (
            self._one(self._owed(partner)),
            self._one(self._credits(partner)),
        )
        if invoice and credit:
            (self._receivable(invoice) | credit).reconcile()
            return invoice.id, credit.id
        return None

    def _do_match_elsewhere(self, partner):
        """Undo what was matched with an invoice, and match it with another."""
        paid = self.payments.filtered(
            lambda payment: (
                payment.partner_id == partner and payment.state != "canceled"
            )
        )
        payment = self._one(paid)
        line = self._receivable(payment.move_id)
        if not line or line.move_id.state != "posted":
            return None
        line.remove_move_reconcile()
        other = self._one(self._owed(partner))
        if other:
            (self._receivable(other) | line).reconcile()
        return payment.id, other.id

    def _do_credit(self, partner):
        currency = self.rng.choice((self.company.currency_id, self.foreign))
        amount = self.rng.randrange(500, 20_000) / 100
        values = {"currency": currency, "invoice_date": self.day}
        return self.ledger.credit(partner, amount, **values).id, amount, currency.name

    def _do_credit_of(self, partner):
        """Credit a part of an invoice, matched or not."""
        invoice = self._one(self._owed(partner))
        amount = invoice and self._part(invoice.currency_id, invoice.amount_residual)
        if not amount:
            return None
        matched = self.rng.random() < 0.6
        credit = self.ledger.credit(
            partner,
            amount,
            invoice,
            matched,
            currency=invoice.currency_id,
            invoice_date=self.day,
        )
        return invoice.id, credit.id, amount, matched

    def _do_correct(self, partner):
        """Set an invoice to draft, change its amount, and post it again."""
        invoice = self._one(self._owed(partner))
        if not invoice:
            return None
        invoice.button_draft()
        price = self.rng.randrange(1000, 200_000) / 100
        line = invoice.invoice_line_ids
        invoice.write(
            {"invoice_line_ids": [Command.update(line.id, {"price_unit": price})]}
        )
        invoice.action_post()
        return invoice.id, price

    def _do_bounce(self, partner):
        """Take a payment back, by cancelling it or by the reverse of its entry."""
        payment = self._one(
            self.payments.filtered(
                lambda one: one.partner_id == partner and one.state != "canceled"
            )
        )
        if not payment or payment.move_id.state != "posted":
            return None
        how = self.rng.choice(("cancel", "reverse"))
        if how == "cancel":
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()
            payment.action_cancel()
        else:
            payment.move_id._reverse_moves([{"date": self.day}], cancel=True)
        self.payments -= payment
        return payment.id, how

    def _do_rate(self, _partner):
        rate = self.rng.randrange(150, 260) / 100
        Rate = self.env["res.currency.rate"]
        known = Rate.search(
            [("currency_id", "=", self.foreign.id), ("name", "=", self.day)]
        )
        values = {
            "currency_id": self.foreign.id,
            "company_id": self.company.id,
            "name": self.day,
            "rate": rate,
        }
        if not known:
            Rate.create(values)
        return rate

    def _items(self, partner):
        items = self.env["ar.open.item"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.company.id),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        return items

    def _do_promise(self, partner):
        items = self._items(partner)
        item = self._one(items)
        if not item:
            return None
        free = item.amount_residual_currency - item.amount_disputed
        amount = item.currency_id.round(free * self.rng.choice((1, 1, 0.5, 0.7)))
        days = self.rng.randrange(25)
        Agreement(item.debtor_id).promise(item, self.day + timedelta(days=days), amount)
        return item.id, amount, days

    def _do_plan(self, partner):
        items = self._items(partner).grouped("currency_id")
        if not items:
            return None
        mine = items[self.rng.choice(sorted(items, key=lambda one: one.id))]
        values = {
            "count": self.rng.randrange(1, 5),
            "first_on": self.day + timedelta(days=self.rng.randrange(9)),
            "rhythm": "week",
        }
        Agreement(mine.debtor_id).propose(mine, values).sudo()._start()
        return mine.ids, values["count"]

    def _do_dispute(self, partner):
        invoice = self._one(self._owed(partner))
        amount = invoice and self._part(invoice.currency_id, invoice.amount_residual)
        if not amount:
            return None
        debtor = self.env["ar.debtor"].for_partner(partner.id, self.company.id)
        spread = DisputeIntake(debtor).spread(invoice, amount)
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_other")
        DisputeIntake(debtor).open(invoice, reason, amounts=spread)
        return invoice.id, amount

    def _disputes(self, partner, *states):
        return self.env["ar.dispute"].search(
            [
                ("debtor_id.partner_id", "=", partner.id),
                ("company_id", "=", self.company.id),
                ("state", "in", states),
            ]
        )

    def _do_accept(self, partner):
        dispute = self._one(self._disputes(partner, "open", "in_progress"))
        if not dispute:
            return None
        amount = self._part(dispute.currency_id, dispute.amount)
        dispute.accept(amount, "You are right", send=False)
        return dispute.id, amount

    def _do_answer(self, partner):
        dispute = self._one(self._disputes(partner, "open", "in_progress"))
        if not dispute:
            return None
        if self.rng.random() < 0.5:
            dispute.withdraw()
        else:
            dispute.reject("It is right.", send=False)
        return dispute.id

    def _do_post_credit(self, partner):
        """Post the credit note of an accepted dispute, or cancel it."""
        drafts = self._disputes(partner, "accepted").credit_move_id.filtered(
            lambda move: move.state == "draft"
        )
        credit = self._one(drafts)
        if not credit:
            return None
        if self.rng.random() < 0.2:
            credit.button_cancel()
            return credit.id, "cancelled"
        credit.invoice_date = self.day
        credit.action_post()
        return credit.id, "posted"

    def _do_cancel(self, partner):
        plan = self._one(
            self.env["ar.payment.plan"].search(
                [
                    ("debtor_id.partner_id", "=", partner.id),
                    ("closed_on", "=", False),
                    ("company_id", "=", self.company.id),
                ]
            )
        )
        if not plan:
            return None
        plan.cancel("Asked for it")
        return plan.id

    def _do_merge(self, partner):
        """Two customers were one."""
        if len(self.partners) < 3:
            return None
        into = self.partners[0]
        if partner == into:
            return None
        wizard = self.env["base.partner.merge.automatic.wizard"]
        gone = partner.id
        wizard._merge([gone, into.id], into, extra_checks=False)
        self.partners = self.partners.exists()
        self.env.invalidate_all()
        return gone, into.id

    def _do_forget(self, _partner):
        """Make anonymous what is settled of the customer who is a person."""
        person = self.partners.filtered(lambda one: not one.is_company)
        if not person:
            return None
        values = {"partner_id": person.id, "reason": "Asked for it"}
        self.env["ar.person.ask"].create(values).action_anonymise()
        found = self.env["ar.retention"].search(
            [("partner_id", "=", person.id), ("state", "=", "listed")]
        )
        found.action_confirm()
        for one in found:
            while one.state == "running":
                one._do_some()
        return found.ids

    # === WHAT IS COMPARED === #

    def _compare(self):
        debtors = self._debtors()
        past = self.day - timedelta(days=self.rng.randrange(1, 40))
        self._compare_collectible(debtors)
        self._compare_paid(debtors)
        if "expected" in Owed._fields:  # holds count what is collectible
            self._compare_hold(debtors)
        self._compare_accrued(debtors)
        self._compare_statements(debtors, None)
        self._compare_apart(past, self._compare_statements(debtors, past))
        self._compare_movements(debtors, past)

    def _same(self, what, wanted, found):
        """Compare two dicts; nothing is the same as zero."""
        for key in sorted(wanted.keys() | found.keys(), key=str):
            self.figures += 1
            if wanted.get(key, 0) != found.get(key, 0):
                acts = "\n".join(map(str, self.done[-25:]))
                raise Different(
                    f"Seed {self.seed}, {self.day}, {what} of {key}: the second opinion "
                    f"says {wanted.get(key, 0)}, the product {found.get(key, 0)}.\n"
                    f"What had happened:\n{acts}"
                )

    def _minor(self, currency_id, amount):
        return minor(amount, self.opinion.digits[currency_id])

    def _compare_collectible(self, debtors):
        found = {}
        for _record, debtor, items, _ladder, rules, _day in Outlook(
            debtors
        ).read_each():
            asked = collectible(debtor, items, rules)
            found.update({key: amount for key, (amount, _why, _d) in asked.items()})
        wanted = self.opinion.collectible(self.day, SMALL_AMOUNT, SMALL_PERCENT)
        self._same("what may be asked for", wanted, found)

    def _compare_paid(self, debtors):
        wanted = self.opinion.paid_of_running()
        lines = self.env["ar.payment.plan.line"].browse(wanted)
        found = {
            line.id: self._minor(line.currency_id.id, line.amount_paid)
            for line in lines
        }
        self._same("what was paid since it was agreed", wanted, found)

    def _compare_hold(self, debtors):
        owed = CreditHold(debtors).open_items(self.day)
        own = self.company.currency_id.id
        found = {
            debtor.id: self._minor(
                own, total(counted(owed.get(debtor.id, []), self.day))
            )
            for debtor in debtors
        }
        wanted = self.opinion.overdue(self.day, SMALL_AMOUNT, SMALL_PERCENT)
        wanted = {key: round(amount) for key, amount in wanted.items()}
        self._same("what counts for a credit hold", wanted, found)

    def _compare_accrued(self, debtors):
        wanted = self.opinion.accrued(self.day, PERCENT)
        found = {}
        for charges in AccruedCharges(debtors).by_debtor().values():
            found.update({charge.id: charge.accrued for charge in charges})
        self._same("late charges", wanted, {key: found.get(key, 0) for key in wanted})

    def _compare_statements(self, debtors, day):
        period = checked_period(debtors, "open", day)
        wanted = {
            (*key, name): amount
            for key, part in self.opinion.statements(day).items()
            for name, amount in part.items()
        }
        found = {}
        own = self.company.currency_id.id
        figures = Statement(debtors, period).figures()
        for debtor, parts in figures.items():
            for part in parts:
                currency = part["currency_id"]
                for name in ("total", "company", "credits"):
                    of = own if name == "company" else currency
                    found[debtor, currency, name] = self._minor(of, part[name])
        self._same(f"statement of {day or 'today'}", wanted, found)
        return figures

    def _compare_apart(self, day, figures):
        """What was contested and agreed on a past day, of what was open then."""
        contested, agreed = self.opinion.contested(day), self.opinion.agreed(day)
        wanted, found = {}, {}
        for line in self.opinion.lines.values():
            amount = self.opinion.open_of(line, day)[0] if line.date <= day else 0
            if amount > 0:
                first = min(contested.get(line.id, 0), amount)
                for name, part in (
                    ("disputed", first),
                    ("agreed", min(agreed.get(line.id, 0), amount - first)),
                ):
                    key = line.debtor, line.currency, name
                    wanted[key] = wanted.get(key, 0) + part
        for debtor, parts in figures.items():
            for part in parts:
                for name in ("disputed", "agreed"):
                    currency = part["currency_id"]
                    found[debtor, currency, name] = self._minor(currency, part[name])
        self._same(f"kept apart in a statement of {day}", wanted, found)

    def _compare_movements(self, debtors, first):
        """The closing balance is what is open; the opening one what was the day before."""
        period = checked_period(debtors, "activity", None, first)
        before = self.opinion.statements(first - timedelta(days=1))
        now = self.opinion.statements()
        wanted, found = {}, {}
        for debtor, parts in Statement(debtors, period).figures().items():
            for part in parts:
                key = debtor, part["currency_id"]
                for name, opinion in (("opening", before), ("closing", now)):
                    wanted[(*key, name)] = opinion.get(key, {}).get("total", 0)
                    found[(*key, name)] = self._minor(key[1], part[name])
        self._same(f"movements since {first}", wanted, found)
