"""Customers of all kinds: what they buy, when they pay, what they do beside that.

All of it follows from the seed, the customer's number and the day, and nothing from
what the product does: so "days until paid" are the same before and after a change.
"""

import random
from datetime import timedelta

#: Who comes first is in short runs too.
ORDER = (
    "prompt", "late", "slow", "partial", "never", "planner", "disputer", "no_email",
    "currencies", "consumer", "shared", "shared", "bouncer", "public", "two_companies",
    "returner", "prompt", "late", "slow", "partial", "never", "planner", "disputer",
    "prompt", "late", "slow", "partial", "prompt", "late", "no_email", "currencies",
    "consumer", "prompt", "late", "slow", "partial", "never", "planner", "disputer",
    "prompt",
)  # fmt: skip
#: Days between two invoices, and the days from the due date to the payments of each.
SHARES = {"partial": (50, 30, 19.6), "planner": (34, 33, 33)}
DELAYS = {
    "prompt": ((-6, 1),),
    "late": ((6, 28),),
    "slow": ((35, 75),),
    "partial": ((5, 20), (25, 45), (60, 90)),
    "never": (),
    "planner": ((30, 31), (60, 62), (90, 92)),
    "disputer": ((30, 50),),
    "no_email": ((15, 60),),
    "currencies": ((8, 40),),
    "consumer": ((5, 50),),
    "shared": ((8, 35),),
    "bouncer": ((10, 45),),
    "public": ((20, 70),),
    "two_companies": ((8, 40),),
    "returner": ((2, 5),),
}
#: How often in a hundred days something happens beside that.
CHANCES = {
    "credit": 0.5,
    "correct": 0.3,
    "snooze": 0.25,
    "call_in": 0.5,
    "promise": 0.7,
    "says_paid": 0.4,
    "statement": 0.5,
    "warn": 0.1,
}


class Customer:
    """One customer, and what they will do."""

    def __init__(self, seed, number):
        self.number = number
        self.kind = ORDER[number % len(ORDER)]
        self.seed = f"{seed}-{number}"
        rng = self.rng("start")
        self.cycle = rng.randrange(13, 35)
        self.first = rng.randrange(-45, 12)
        self.term = rng.choice((14, 30, 30))
        self.size = rng.choice((60, 250, 250, 700, 2500))
        #: ``{day: [(what, …)]}``
        self.todo = {}
        self.count = 0
        self.partner = None

    def __str__(self):
        return f"{self.name} ({self.kind})"

    @property
    def name(self):
        return f"{self.kind.replace('_', ' ').capitalize()} {self.number:02}"

    @property
    def email(self):
        """Return the address: two customers in a row share theirs."""
        if self.kind == "no_email":
            return False
        number = self.number // 2 if self.kind == "shared" else self.number
        return f"{self.kind}.{number}@customers.example.com"

    def rng(self, what):
        return random.Random(f"{self.seed}-{what}")

    def bought(self, number):
        """Return the amount of the invoice of a day, counted from the first; or None."""
        if number < self.first or (number - self.first) % self.cycle:
            return None
        amount = self.size * self.rng(f"amount-{number}").uniform(0.4, 1.6)
        return round(amount, 2)

    def plan_payments(self, invoice, due, number):
        """Note when and how an invoice will be paid.

        :param invoice: what is kept with the payments
        :param int number: of the day on which it was made
        """
        rng = self.rng(f"pay-{number}")
        shares = SHARES.get(self.kind, (100,))
        for share, days in zip(shares, DELAYS[self.kind], strict=False):
            day = due + timedelta(days=rng.randrange(*days))
            if self.kind == "planner" and rng.random() < 0.25:
                day += timedelta(days=20)
            matched = rng.random() > 0.15
            self.later(day, "pay", invoice, share, matched, rng.randrange(3, 9))
        if self.kind == "planner":
            self.later(due + timedelta(days=16), "plan", invoice, due)
        if self.kind == "disputer" and rng.random() < 0.6:
            day = due + timedelta(days=rng.randrange(2, 15))
            self.later(day, "dispute", invoice)
            day += timedelta(days=rng.randrange(4, 25))
            self.later(day, "answer_dispute", invoice, rng.random() < 0.5)
        if self.kind == "returner" and rng.random() < 0.6:
            self.later(due + timedelta(days=9), "return", invoice)
            self.later(due + timedelta(days=40), "pay", invoice, 100, True, 0)

    def later(self, day, *what):
        self.todo.setdefault(day, []).append(what)

    def happens(self, day):
        """Return what happens to this customer on a day beside business."""
        rng = self.rng(f"events-{day}")
        return [what for what, chance in CHANCES.items() if rng.random() * 100 < chance]
