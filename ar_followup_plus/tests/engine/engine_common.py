"""Builders for the tests of the engine: short to write, exact to read."""

from datetime import date, timedelta

from odoo.tests import BaseCase

from ...engine.decision.decide import decide
from ...engine.decision.ladder import Ladder
from ...engine.schedule import Calendar
from ...engine.values import Debtor, Item, Rules, Step

#: A Wednesday; 7, 14, 21 … days before it are Wednesdays too.
TODAY = date(2026, 3, 4)
EUR, USD = 1, 2
#: Units of company currency (EUR) for one USD: exact, so that sums are.
USD_RATE = 2
WEEK = Calendar()
#: No day off, so that days late are the days of the ladder.
EVERY_DAY = Calendar(weekdays=range(7))

PREVENTIVE = Step(1, -5, "preventive", min_amount=100_00, min_term=14)
GENTLE = Step(2, 3, "gentle", min_amount=5_00, date_given_days=7)
CALL = Step(3, 10, "call", ("call",), min_amount=500_00)
FIRM = Step(4, 17, "firm", min_amount=25_00, date_given_days=7)
FINAL = Step(5, 30, "final", min_amount=50_00, date_given_days=10)
NOTICE = Step(
    6, 45, "notice", ("letter", "email"), min_amount=250_00, date_given_days=10
)
HANDOVER = Step(7, 60, "handover", ("call",), approval=True, min_amount=250_00)
STEPS = (PREVENTIVE, GENTLE, CALL, FIRM, FINAL, NOTICE, HANDOVER)
PLAIN = Ladder(STEPS)
#: The same, with a person between the final demand and the customer.
APPROVED = FINAL._replace(approval=True)
WITH_APPROVAL = Ladder((PREVENTIVE, GENTLE, CALL, FIRM, APPROVED, NOTICE, HANDOVER))

LATE_BEFORE = frozenset(("new", "good", "regular", "chronic"))
FIRST_LATE = frozenset(("first_late",))
#: The ladder for businesses as shipped: variants for those late for the first time.
BUSINESS = Ladder(
    (
        PREVENTIVE._replace(
            profiles=frozenset(("new", "first_late", "regular", "chronic"))
        ),
        GENTLE._replace(working=True, profiles=LATE_BEFORE),
        GENTLE._replace(id=12, delay=7, profiles=FIRST_LATE),
        CALL,
        FIRM._replace(profiles=LATE_BEFORE),
        FIRM._replace(id=14, delay=21, profiles=FIRST_LATE),
        APPROVED,
        NOTICE._replace(approval=True),
        HANDOVER,
    )
)


def before(days, day=TODAY):
    """Return the date so many days before a day."""
    return day - timedelta(days=days)


def after(days, day=TODAY):
    """Return the date so many days after a day."""
    return day + timedelta(days=days)


def owe(id=1, amount=1000_00, late=0, **values):  # noqa: A002
    """Return an invoice, so many days overdue today. Amounts in cents."""
    currency = values.get("currency", EUR)
    known = {
        "debtor_id": 1,
        "move_id": 100 + id,
        "currency": currency,
        "residual": amount,
        "residual_company": amount * (USD_RATE if currency == USD else 1),
        "original": abs(amount),
        "due": before(late),
        "issued": before(late + 30),
    }
    return Item(**{"id": id, **known, **values})


def credit(id=90, amount=100_00, late=0, **values):  # noqa: A002
    """Return a payment that is not matched yet. The amount is positive, in cents."""
    return owe(id, -amount, late, **{"kind": "payment", **values})


def customer(**values):
    """Return a business that can be reached by every channel."""
    return Debtor(**{"id": 1, **values})


def rules(**values):
    """Return what a company set: every day is a working day unless said."""
    return Rules(**{"calendar": EVERY_DAY, **values})


def run(items, debtor=None, ladder=PLAIN, day=TODAY, **settings):
    """Decide for some items; other keywords are the company's rules."""
    return decide(debtor or customer(), items, ladder, rules(**settings), day)


def lines(entries):
    """Return ``{item id: amount}`` of a list of a contact."""
    return {item.id: amount for item, amount, _what in entries}


def moved(contact):
    """Return ``{item id: step id}`` of what takes a step with a contact."""
    return {
        item.id: step.id
        for item, _amount, step in contact.about + contact.also
        if step is not None
    }


class EngineCase(BaseCase):
    """Assertions on decisions."""

    def verdict(self, decision, item_id=1):
        """Return the verdict on an item; there is exactly one."""
        found = [v for v in decision.verdicts if v.item.id == item_id]
        self.assertEqual(len(found), 1)
        return found[0]

    def assert_contact(self, decision, step, about, also=None, coming=None):
        """Assert that there is one contact, at a step, with these lists."""
        self.assertEqual([c.step.id for c in decision.contacts], [step.id])
        contact = decision.contacts[0]
        self.assertEqual(lines(contact.about), about)
        self.assertEqual(lines(contact.also), also or {})
        self.assertEqual(lines(contact.coming), coming or {})
        self.assertIsNone(decision.reason)
        return contact

    def assert_silent(self, decision, reason, on=None):
        """Assert that nobody is contacted, why, and until when."""
        self.assertEqual(decision.contacts, [])
        self.assertIs(decision.reason, reason)
        self.assertEqual(decision.next_on, on)

    def assert_held(self, decision, item_id, reason, on=None, detail=0):
        """Assert why an item takes no step, until when, and the figure in it."""
        verdict = self.verdict(decision, item_id)
        self.assertIs(verdict.reason, reason)
        self.assertIsNone(verdict.step)
        self.assertEqual(verdict.on, on)
        self.assertEqual(verdict.detail, detail)
        return verdict

    def assert_step(self, decision, item_id, step, amount=None):
        """Assert that an item takes a step today."""
        verdict = self.verdict(decision, item_id)
        self.assertEqual(verdict.step and verdict.step.id, step.id)
        self.assertIsNone(verdict.reason)
        if amount is not None:
            self.assertEqual(verdict.amount, amount)
        return verdict
