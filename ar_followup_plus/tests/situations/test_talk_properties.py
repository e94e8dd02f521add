"""What holds in the ledger whatever happens, in any order, on any days.

Payments, credit notes, payments that come back, invoices that are changed, promises,
plans, settlements, disputes and their answers, and customers who turn out to be one, in
currencies of no, two and three digits.
"""

import os
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError

from ...engine.agreement import allocate
from ...engine.decision.cover import HELD, collectible
from ...models.decision.outlook import Outlook
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from ..payment_plan.agree_common import AgreeCommon

#: Each writes to the ledger some twenty times: fewer examples than of pure functions.
#: ``AR_LEDGER_EXAMPLES=200 script/test ar_followup_plus/tests/situations/test_talk_properties.py``
LEDGERS = settings(
    max_examples=int(os.environ.get("AR_LEDGER_EXAMPLES") or 12),
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # shrinking would take an hour
    suppress_health_check=list(HealthCheck),
)
#: The steps of the ladder: of none a minimum, none waits for a person.
DELAYS = (3, 17, 30)
DIGITS = {"JPY": 0, "EUR": 2, "TND": 3}
#: What happens, to which item, and how much or how long: a share in percent.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("night", "night", "night", "pay", "pay", "credit", "undo", "undo")
            + ("promise", "plan", "settle", "dispute", "answer", "cancel")
            + ("reset", "merge")
        ),
        st.integers(0, 2),
        st.integers(1, 100),
    ),
    min_size=6,
    max_size=14,
)
AMOUNTS = st.lists(st.integers(2, 900_001), min_size=1, max_size=3)


class Undone(Exception):
    """Ends an example, so that the next one begins with what was there before."""


class TestTalkProperties(AgreeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"ar_small_amount": 0, "ar_check_books": False})
        cls._every_day()
        cls.company.ar_ladder_id = cls.env["ar.ladder"].create(
            {
                "name": "Three steps",
                "step_ids": [
                    Command.create(
                        {
                            "name": stage,
                            "stage": stage,
                            "delay_days": delay,
                            "date_given_days": 4,
                            "mail_template_id": cls.env.ref(
                                f"ar_followup_plus.mail_template_{stage}"
                            ).id,
                        }
                    )
                    for stage, delay in zip(
                        ("gentle", "firm", "final"), DELAYS, strict=True
                    )
                ],
            }
        )
        cls.currencies = {
            name: cls.setup_other_currency(name, rounding=10**-digits)
            for name, digits in DIGITS.items()
        }
        cls.currencies["EUR"] = cls.eur
        cls.other_reason = cls.env.ref("ar_followup_plus.ar_dispute_reason_other")

    def _collector(self, debtor=None):
        return debtor or self.debtor

    @LEDGERS
    @given(st.sampled_from(sorted(DIGITS)), AMOUNTS, EVENTS)
    def test_whatever_happens(self, name, amounts, events):
        with suppress(Undone), self.env.cr.savepoint():
            self._example(self.currencies[name], amounts, events)
            raise Undone
        self.env.invalidate_all()

    def _example(self, currency, amounts, events):
        self.day, self.currency, self.payments = self.today, currency, []
        self.digits = currency.decimal_places
        self.invoices = [
            self._invoice(
                self.customer, amount / 10**self.digits, 2 + 9 * place, currency
            )
            for place, amount in enumerate(amounts)
        ]
        for what, place, share in events:
            # What is refused, in words, is as good
            with (
                self._on(self.day),
                suppress(UserError),
                self.env.cr.savepoint(),
            ):
                getattr(self, f"_do_{what}")(self.invoices[place % len(amounts)], share)
            self._check()
        self._set_free()

    # === WHAT HAPPENS === #

    def _part(self, amount, share):
        return self.currency.round(amount * share / 100)

    def _do_night(self, invoice, share):
        """A night some days later, and the day on which its notices leave."""
        self.day += timedelta(days=1 + share % 12)
        with self._on(self.day):
            self.env["ar.payment.plan"].sudo()._watch()
            self.env["ar.returned.payment"].sudo()._watch()
            self.env["ar.dispute"].sudo()._watch()
            held = self._wholly_held()
            self._plan(self.day, self.customer)
        for notice in self._notices(self.customer, "ready"):
            asked = notice.line_ids.filtered(
                lambda line: line.role in ("about", "also")
            )
            self.assertFalse(
                asked.move_line_id.ids and held & set(asked.move_line_id.ids)
            )
            self._leave(notice, self.day)
        self.env.invalidate_all()

    def _do_pay(self, invoice, share):
        amount = self._part(invoice.amount_residual, share)
        if amount > 0:
            self.payments.append(self._pay(invoice, amount, on=self.day))

    def _do_credit(self, invoice, share):
        amount = self._part(invoice.amount_residual, share)
        if amount > 0:
            credit = self._credit(self.customer, amount, currency=self.currency)
            if share % 2:
                (credit | invoice).line_ids.filtered(
                    lambda line: (
                        line.account_type == "asset_receivable" and not line.reconciled
                    )
                ).reconcile()

    def _do_undo(self, invoice, share):
        if self.payments:
            payment = self.payments.pop()
            payment.move_id.line_ids.remove_move_reconcile()
            payment.action_draft()
            payment.action_cancel()

    def _items_now(self, invoice=None):
        items = self._open().with_env(self.env)
        return items.filtered(lambda i: not invoice or i.move_id == invoice)

    def _do_promise(self, invoice, share):
        items = self._items_now(invoice)
        free = sum(i.amount_residual_currency - i.amount_disputed for i in items)
        amount = self._part(free, share) if share % 3 else None
        self._promise(share % 25, amount, items)

    def _do_plan(self, invoice, share):
        plan = self._agree(
            self._items_now(),
            offer=False,
            count=1 + share % 5,
            first_on=self.day + timedelta(days=share % 9),
            rhythm="week",
        )
        plan._start()

    def _do_settle(self, invoice, share):
        items = self._items_now(invoice)
        free = sum(i.amount_residual_currency - i.amount_disputed for i in items)
        plan = self._agree(
            items,
            offer=False,
            kind="settlement",
            amount=self._part(free, min(50 + share // 2, 99)),
            date=self.day + timedelta(days=share % 9),
        )
        plan._start()

    def _do_reset(self, invoice, share):
        """Change the amount of an invoice that was posted."""
        invoice.button_draft()
        line = invoice.invoice_line_ids
        price = self._part(line.price_unit, 40 + share)
        invoice.write(
            {"invoice_line_ids": [Command.update(line.id, {"price_unit": price})]}
        )
        invoice.action_post()

    def _do_merge(self, invoice, share):
        """Somebody else with an invoice and a promise is the same customer."""
        twin = self._customer(f"Twin {share}")
        amount = share * 10 ** (2 - self.digits)
        other = self._invoice(twin, amount, share % 20, self.currency)
        debtor = self._debtor(twin)
        items = self.env["ar.open.item"].browse(self._items(other).ids)
        Agreement(debtor).promise(items, self.day + timedelta(days=share % 20))
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [twin.id, self.customer.id], self.customer, extra_checks=False
        )
        self.assertFalse(debtor.exists())
        self.assertEqual(self._items(other).partner_id, self.customer)
        self.assertIn(
            self._items(other), self.debtor.plan_ids.sudo().line_ids.move_line_id
        )

    def _do_dispute(self, invoice, share):
        amount = self._part(invoice.amount_residual, share)
        spread = DisputeIntake(self.debtor).spread(invoice, amount)
        DisputeIntake(self.debtor).open(invoice, self.other_reason, amounts=spread)

    def _do_answer(self, invoice, share):
        disputes = self.debtor.dispute_ids.filtered(
            lambda d: d.state in ("open", "in_progress")
        )
        if share % 2:
            disputes[:1].withdraw()
        elif disputes:
            disputes[0].reject("It is right.", send=False)

    def _do_cancel(self, invoice, share):
        running = self.debtor.plan_ids.sudo().filtered(lambda p: not p.closed_on)
        running[:1].cancel("Asked for it")

    # === WHAT HOLDS === #

    def _read(self):
        """Return the debtor, its items and the rules as the engine gets them."""
        self.env.flush_all()
        [found] = Outlook(self.debtor).read_each(self.day)
        return found[1], found[2], found[4]

    def _wholly_held(self):
        """Return the items of which all is disputed, promised, on a plan, or waits."""
        _debtor, items, _rules = self._read()
        return {
            item.id
            for item in items
            if item.residual > 0
            and sum(getattr(item, name) for name, _reason in HELD) >= item.residual
        }

    def _check(self):
        with self._on(self.day):
            self.env.invalidate_all()
            self._check_items()
            for plan in self.debtor.plan_ids.sudo():
                self._check_plan(plan)
            self._check_steps()

    def _check_items(self):
        """Disputed + collectible + covered = residual."""
        debtor, items, rules = self._read()
        found = collectible(debtor, items, rules)
        credits = -sum(item.residual for item in items if item.residual < 0)
        covered = 0
        for item in items:
            if item.residual <= 0:
                continue
            parts = [getattr(item, name) for name, _reason in HELD]
            self.assertTrue(all(0 <= part <= item.residual for part in parts))
            held = min(sum(parts), item.residual)
            asked = found[item.id][0]
            self.assertLessEqual(asked + held, item.residual)
            covered += item.residual - held - asked
        self.assertLessEqual(covered, credits)
        if not credits:
            self.assertEqual(covered, 0)

    def _check_plan(self, plan):
        """Paid + open = items; no installment is both kept and broken."""
        zero = self.currency.is_zero
        lines = plan.line_ids.filtered(lambda line: not line.is_left)
        paid, still = sum(lines.mapped("amount_paid")), 0
        for line in lines:
            self.assertTrue(0 <= line.amount_paid <= line.amount)
            still += line.amount - line.amount_paid
            if not plan.closed_on and line.move_line_id:
                residual = line.move_line_id.amount_residual_currency
                now = max(line.amount_start - residual, 0)
                self.assertTrue(zero(line.amount_paid - min(now, line.amount)))
        self.assertTrue(zero(paid + still - plan.amount_items))
        parts = plan.installment_ids.sorted(lambda p: (p.date, p.id))
        if plan.kind == "plan":
            self.assertTrue(zero(sum(parts.mapped("amount")) - plan.amount_items))
        minor = [plan._minor(part.amount) for part in parts]
        self.assertEqual(
            [plan._minor(part.amount_paid) for part in parts],
            allocate(minor, plan._minor(paid)),
        )
        for part in parts:
            self.assertTrue(zero(part.amount_paid + part.amount_open - part.amount))
            if part.state == "late":
                self.assertGreater(part.amount_open, 0)
            if zero(part.amount_open):
                self.assertEqual(part.state, "paid")
        if plan.state == "active":
            holders = lines.filtered("active")
            self.assertEqual(len(holders.move_line_id), len(holders))

    def _taken(self):
        """Return the steps that each item took, in their order."""
        taken = {}
        lines = self.env["ar.notice.line"].search(
            [
                ("notice_id.debtor_id", "=", self.debtor.id),
                ("notice_id.state", "=", "sent"),
                ("taken", "=", True),
            ],
        )
        for line in lines.sorted(lambda line: line.notice_id.id):
            taken.setdefault(line.move_line_id.id, []).append(line.delay_days)
        return taken

    def _check_steps(self):
        """Each one once and in its turn: never an earlier, never a harsher one."""
        for steps in self._taken().values():
            self.assertEqual(tuple(steps), DELAYS[: len(steps)])

    def _set_free(self):
        """Once nothing holds them any more, items go on at the next step."""
        with self._on(self.day):
            for dispute in self.debtor.dispute_ids:
                if dispute.state in ("open", "in_progress"):
                    dispute.withdraw()
            self.debtor.plan_ids.sudo().filtered(lambda p: not p.closed_on)._close(
                "cancelled", "Test"
            )
        before = {item: len(steps) for item, steps in self._taken().items()}
        for _week in range(5):
            self._do_night(None, 8)
            self._check()
        debtor, items, rules = self._read()
        free = collectible(debtor, items, rules)
        after = self._taken()
        for item_id, (amount, _reason, _detail) in free.items():
            known = before.get(item_id, 0)
            if amount and known < len(DELAYS):
                self.assertGreater(len(after.get(item_id, ())), known)
