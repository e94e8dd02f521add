"""What customers and colleagues do and say beside business."""

import random
from contextlib import suppress
from datetime import timedelta

from odoo.exceptions import UserError, ValidationError

from ...demo.ledger import Ledger
from ...models.credit_control.credit_hold import CreditHold
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from ...models.portal.answer_intake import AnswerIntake

#: What comes of a call, and how often beside the others.
OUTCOMES = {
    "reached": 35,
    "no_answer": 30,
    "will_pay": 25,
    "disputes": 3,
    "upset": 4,
    "wrong_number": 3,
}
#: How probable it is on a working day that the manager looks at what waits for her, and
#: a collector at letters, calls and tasks.
APPROVES, PRINTS, CALLS, TIDIES = 0.35, 0.7, 0.8, 0.5
#: How probable it is that a customer answers a message by e-mail.
REPLIES = 0.05
REPLY = """From: {sender}
To: {to}
Subject: Re: {subject}
Message-Id: <voice-{number}@customers.example.com>
In-Reply-To: {reference}
Content-Type: text/plain; charset=utf-8

We will look into it.
"""


class Talk:
    """People at work.

    :param business: of the same town
    """

    def __init__(self, town, business, seed):
        self.town, self.business, self.seed = town, business, seed
        self.env = town.env
        self.customers = business.customers
        self.done, self.refused = {}, {}
        self.bounced = set()
        self.replies = 0

    def _try(self, what, act, *values):
        """Let something happen; it may be refused, in words."""
        said = "refused"
        with suppress(UserError, ValidationError), self.env.cr.savepoint():
            said = act(*values)
            self.env.flush_all()
        if said == "refused":
            self.env.invalidate_all()
            self.refused[what] = self.refused.get(what, 0) + 1
        elif said is not None:
            self.done[what] = self.done.get(what, 0) + 1

    def events(self, early):
        """Let happen what happens to customers on this day.

        :param bool early: what happens before the first messages leave
        """
        self.town.by_hand = True
        for customer in self.customers:
            known = [
                what
                for what in customer.happens(self.town.day)
                if (what in ("call_in", "statement")) == early
            ]
            for what in known:
                self._try(what, getattr(self, f"_do_{what}"), customer)
            if not early:
                for what, *values in customer.todo.get(self.town.day, ()):
                    if what != "pay":
                        self._try(what, getattr(self, f"_do_{what}"), customer, *values)
        self.town.by_hand = False

    def _rng(self, what):
        return random.Random(f"{self.seed}-0-{self.town.day}-{what}")

    def _items(self, customer):
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.business.debtor(customer).id),
                ("amount_residual_currency", ">", 0),
            ]
        )
        items.invalidate_recordset()
        return items

    # === WHAT CUSTOMERS DO === #

    def _do_credit(self, customer):
        invoice = self.business.owed(customer)[:1]
        if not invoice:
            return None
        ledger = Ledger(invoice.company_id.with_env(self.env), self.town.day)
        values = {"invoice_date": self.town.day, "currency": invoice.currency_id}
        amount = invoice.currency_id.round(invoice.amount_residual * 0.3)
        ledger.credit(customer.partner, amount, **values)
        return True

    def _do_correct(self, customer):
        """An invoice is set to draft, and posted again."""
        invoice = self.business.owed(customer)[-1:]
        if not invoice:
            return None
        invoice.button_draft()
        invoice.action_post()
        return True

    def _do_snooze(self, customer):
        debtor = self.business.debtor(customer)
        debtor.snooze(self.town.day + timedelta(days=10), "Asked for it")
        return True

    def _do_call_in(self, customer):
        """The customer calls before our first messages leave."""
        debtor = self.business.debtor(customer).with_user(self._caller(customer))
        debtor.log_contact("reached", "Called us")
        return True

    def _do_promise(self, customer):
        items = self._items(customer).filtered(lambda item: item.days_overdue > 0)
        if not items:
            return None
        days = customer.rng(f"promise-{self.town.day}").randrange(3, 10)
        Agreement(self.business.debtor(customer)).promise(
            items, self.town.day + timedelta(days=days), source="customer"
        )
        return True

    def _do_says_paid(self, customer):
        items = self._items(customer).filtered(lambda item: item.days_overdue > 0)
        if not items:
            return None
        values = {"paid_on": str(self.town.day), "paid_way": "transfer"}
        once = f"voice-{customer.number}-{self.town.day}"
        AnswerIntake(self.business.debtor(customer)).take(
            "paid", items[:1], values, [], once
        )
        return True

    def _do_statement(self, customer):
        """Somebody sends a statement by hand."""
        debtor = self.business.debtor(customer)
        if not self._items(customer) or not customer.email or not self.town.works:
            return None
        debtor.with_user(self._caller(customer)).action_send_statements()
        return True

    def _do_warn(self, customer):
        if not self._items(customer).filtered(lambda item: item.days_overdue > 0):
            return None
        debtor = self.business.debtor(customer).with_user(self.town.manager)
        CreditHold(debtor).place("warn", "I do not trust them")
        return True

    def _do_plan(self, customer, invoice, due):
        """Three parts, on the days on which the customer pays."""
        items = self._items(customer).filtered(lambda item: item.move_id == invoice)
        if not items:
            return None
        parts = [(due + timedelta(days=days), None) for days in (30, 60, 90)]
        third = invoice.currency_id.round(items.amount_residual_currency / 3)
        rest = items.amount_residual_currency - 2 * third
        amounts = (third, third, rest)
        values = {
            "installments": [
                (day, amount) for (day, _n), amount in zip(parts, amounts, strict=True)
            ]
        }
        plan = Agreement(self.business.debtor(customer)).propose(items, values)
        plan.sudo()._start()
        return True

    def _do_dispute(self, customer, invoice):
        if invoice.state != "posted" or not invoice.amount_residual:
            return None
        debtor = self.business.debtor(customer)
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_other")
        spread = DisputeIntake(debtor).spread(
            invoice, invoice.currency_id.round(invoice.amount_residual * 0.3)
        )
        DisputeIntake(debtor).open(
            invoice, reason, "Some were broken", spread, source="customer"
        )
        return True

    def _do_answer_dispute(self, _customer, invoice, accepts):
        dispute = self.env["ar.dispute"].search(
            [("move_id", "=", invoice.id), ("state", "in", ("open", "in_progress"))],
            limit=1,
        )
        if not dispute:
            return None
        if accepts:
            dispute.accept(answer="You are right", send=True)
            credit = dispute.credit_move_id.filtered(lambda m: m.state == "draft")
            credit.action_post()
        else:
            dispute.reject("It is right: see the delivery note.", send=True)
        return True

    def _do_return(self, _customer, invoice):
        """The payment of an invoice comes back."""
        payment = invoice.matched_payment_ids[:1] or invoice.reconciled_payment_ids[:1]
        if not payment or payment.move_id.state != "posted":
            return None
        payment.move_id.line_ids.remove_move_reconcile()
        payment.move_id.button_draft()
        payment.action_reject()
        return True

    def listen(self, messages):
        """Let mails bounce, and customers answer some of them."""
        by_debtor = {}
        for customer in self.customers:
            by_debtor.setdefault(customer.email, customer)
        for message in messages:
            customer = by_debtor.get(message.address)
            if message.way != "mail" or not customer:
                continue
            if customer.kind == "bouncer" and customer not in self.bounced:
                self.bounced.add(customer)
                customer.later(self.town.day + timedelta(days=21), "new_address")
                self._try("bounce", self._bounce, customer)
            elif customer.rng(f"reply-{self.town.day}").random() < REPLIES:
                self._try("reply", self._reply, customer, message)

    def _bounce(self, customer):
        email, partner = customer.email, customer.partner
        partner._message_receive_bounce(email, partner)
        self.business.debtor(customer)._message_receive_bounce(email, partner)
        return True

    def _do_new_address(self, customer):
        customer.partner.email = f"new.{customer.email}"
        return True

    def _reply(self, customer, message):
        self.env.cr.execute(
            """SELECT message_id FROM mail_message
                WHERE subject = %s AND message_type = 'email_outgoing'
                ORDER BY id DESC LIMIT 1""",
            [message.subject],
        )
        found = self.env.cr.fetchone()
        if not found:
            return None
        self.replies += 1
        text = REPLY.format(
            sender=customer.email,
            to=self.town.company.ar_email,
            subject=message.subject,
            number=f"{customer.seed}-{self.replies}",
            reference=found[0],
        )
        self.env["mail.thread"].message_process(None, text)
        return True

    def merge(self):
        """Two customers turn out to be one."""
        late = [one for one in self.customers if one.kind == "late"]
        if len(late) > 2:
            into, gone = late[0], late[-1]
            wizard = self.env["base.partner.merge.automatic.wizard"]
            wizard._merge(
                [gone.partner.id, into.partner.id], into.partner, extra_checks=False
            )
            gone.partner = into.partner
            self.env.invalidate_all()
            self.done["merge"] = 1

    # === WHAT COLLEAGUES DO === #

    def _caller(self, customer):
        return self.town.people[customer.number % 2 if self._carla_is_there else 1]

    @property
    def _carla_is_there(self):
        return self.town.collector.active

    def calls(self, early):
        """Make the calls that wait."""
        notices = self.env["ar.notice"].search(
            [
                ("channel", "=", "call"),
                ("state", "=", "ready"),
                ("call_on", "!=", False),
                ("stage", "!=", "handover"),
                ("company_id", "in", self.town.companies.ids),
            ],
            order="id",
        )
        self.town.by_hand = True
        for notice in notices:
            rng = random.Random(
                f"{notice.partner_id.name}-{self.town.day}-{notice.step_id.stage}"
            )
            if (rng.random() < 0.4) == early and rng.random() < CALLS:
                self._try("call", self._call, notice, rng)
        self.town.by_hand = False

    def _call(self, notice, rng):
        [outcome] = rng.choices(list(OUTCOMES), OUTCOMES.values())
        day = self.town.day + timedelta(days=rng.randrange(2, 8))
        user = self.town.colleague if not self._carla_is_there else self.town.collector
        notice.debtor_id.with_user(user).log_contact(
            outcome, "They said so", day if outcome == "will_pay" else None
        )
        return True

    def desk(self):
        """Print and post letters, approve proposals, tidy tasks: some days later."""
        rng = self._rng("desk")
        self.town.by_hand = True
        if rng.random() < PRINTS:
            self._letters()
        if rng.random() < APPROVES:
            proposed = self.env["ar.notice"].search(
                [
                    ("state", "=", "proposed"),
                    ("company_id", "in", self.town.companies.ids),
                ]
            )
            for notice in proposed:
                self._try(
                    "approve",
                    lambda n=notice: n.with_user(self.town.manager).approve() and None,
                )
        if rng.random() < TIDIES:
            self._tidy()
        self.town.by_hand = False

    def _letters(self):
        user = self.town.colleague
        notices = self.env["ar.notice"].search(
            [
                ("channel", "=", "letter"),
                ("state", "=", "ready"),
                ("date", "<=", self.town.day),
                ("company_id", "in", self.town.companies.ids),
            ]
        )
        for notice in notices.with_user(user):
            self._try("letter", self._post_notice, notice)
        letters = self.env["ar.letter"].search(
            [
                ("state", "in", ("draft", "printed")),
                ("company_id", "in", self.town.companies.ids),
            ]
        )
        for letter in letters.with_user(user):
            self._try("paper", self._post_letter, letter)

    @staticmethod
    def _post_notice(notice):
        notice.action_print_letter()
        notice.mark_posted()
        return True

    @staticmethod
    def _post_letter(letter):
        letter.action_print()
        letter.mark_posted()
        return True

    def _tidy(self):
        """Mark tasks as done that a person can do: answers, talks with the upset."""
        kinds = [
            self.env.ref(f"ar_followup_plus.activity_{name}").id
            for name in ("reply", "cool_down", "paid", "check_notice", "wrong_person")
        ]
        old = self.env["mail.activity"].search(
            [
                ("activity_type_id", "in", kinds),
                ("date_deadline", "<", self.town.day - timedelta(days=1)),
                ("res_model", "=", "ar.debtor"),
            ]
        )
        for activity in old:
            self._try("task", lambda a=activity: a.action_done() and None)
