"""One run: so many days of so many customers, and what they heard."""

import statistics
from collections import Counter, defaultdict

from freezegun import api

from .business import Business
from .checks import ROWS, Checks
from .heard import Ears
from .people import Customer
from .talk import Talk
from .town import FIRST, Town

#: Days between two counts of open activities, and between two lines on how it goes.
COUNTED, SAID = 30, 15
#: The day on which two customers turn out to be one.
MERGES = 90


class Voice:
    """One run: the same seed is the same run.

    :param env: the caller undoes what was written
    :param res.company company: with a chart of accounts
    """

    def __init__(self, env, company, seed=0, customers=40, numbers=()):
        """
        :param int customers: how many
        :param numbers: only those with these numbers, of which each hears the same as
            among all
        """
        self.seed = seed
        numbers = numbers or range(customers)
        self.customers = [Customer(seed, number) for number in numbers]
        self.town = Town(env, company, lambda message: self.ears.hear(message))
        self.seconds = Counter()
        self.activities = []

    def run(self, days=180, say=None):
        """Let the days pass; return the number of faults of each kind.

        :param say: gets a line now and then
        """
        with self.town.open() as town:
            self.ears = Ears(town)
            self.business = Business(town, self.customers)
            self.business.make_customers()
            self.talk = Talk(town, self.business, self.seed)
            self.checks = Checks(town, self.business, say)
            self.business.invoice(range(-45, 0))
            for number in range(days):
                self._day(number)
                if number % COUNTED == COUNTED - 1:
                    self.activities.append(self.checks.open_activities)
                if say and number % SAID == SAID - 1:
                    say(self._so_far(number + 1))
            self.checks.end()
        return self.counts()

    def _timed(self, what, act, *values):
        begin = api.real_perf_counter()
        act(*values)
        self.seconds[what] += api.real_perf_counter() - begin

    def _day(self, number):
        town, talk = self.town, self.talk
        town.begin(number)
        town.at(2, 30)
        self._timed("watch", town.cron, "watch")
        town.at(3, 30)
        self._timed("plan", town.cron, "plan")
        town.at(7, 50)
        self._timed("people", talk.events, True)
        if town.works:
            self._timed("people", talk.calls, True)
        self._hear()
        town.at(8, 2)
        self._timed("deliver", town.cron, "deliver")
        self._hear()
        town.at(10, 30)
        self._timed("books", self.business.invoice, [number])
        self._timed("books", self.business.pay)
        self._timed("people", talk.events, False)
        if number == MERGES:
            talk.merge()
        self._hear()
        town.at(11, 2)
        self._timed("deliver", town.cron, "statements")
        self._hear()
        town.at(14)
        if town.works:
            self._timed("people", talk.calls, False)
            self._timed("people", talk.desk)
        self._hear()
        town.at(16, 2)
        self._timed("deliver", town.cron, "deliver", "refresh")
        self._hear()
        town.at(20)
        self._timed("checks", self.checks.evening)

    def _hear(self):
        begin = api.real_perf_counter()
        messages = self.ears.collect()
        self.checks.hear(messages)
        self.seconds["checks"] += api.real_perf_counter() - begin
        if messages:
            self.talk.listen(messages)

    def _so_far(self, days):
        """Return what was counted until now."""
        found = {key: count for key, count in self.counts().items() if count}
        return f"Day {days}: {len(self.ears.messages)} messages, {found or 'no fault'}"

    # === WHAT CAME OF IT === #

    def counts(self):
        return {key: len(self.checks.faults[key]) for key in ROWS}

    def of_customers(self):
        """Return the messages of each customer, ``{customer: [message]}``."""
        found = {customer: [] for customer in self.customers}
        owners = {}
        for customer in reversed(self.customers):
            for company in self.town.companies:
                key = customer.partner.id, company.id
                owners[key] = customer
        debtors = {
            debtor.id: owners.get((debtor.partner_id.id, debtor.company_id.id))
            for debtor in self.town.env["ar.debtor"].search(
                [("partner_id", "in", [one.partner.id for one in self.customers])]
            )
        }
        for message in self.ears.messages:
            if debtors.get(message.debtor):
                found[debtors[message.debtor]].append(message)
        return found

    def figures(self):
        """Return what is no fault: messages, days until paid, open activities."""
        numbers = {
            customer: sum(one.is_contact for one in messages)
            for customer, messages in self.of_customers().items()
        }
        by_kind = defaultdict(list)
        for customer, number in numbers.items():
            by_kind[customer.kind].append(number)
        paid = self.business.paid_after
        return {
            "messages per customer, median": statistics.median(numbers.values()),
            "messages per customer, most": max(numbers.values()),
            "messages per customer, by kind": ", ".join(
                f"{kind} {statistics.median(them):g}" for kind, them in by_kind.items()
            ),
            "days from due to paid, mean": round(statistics.mean(paid or [0]), 1),
            "open activities, each 30 days": ", ".join(map(str, self.activities)),
        }

    def faults(self, key, most=40):
        """Return the faults of a kind in lines."""
        names = {
            debtor.id: debtor.display_name
            for debtor in self.town.env["ar.debtor"].search([])
        }
        return [
            f"{day} {names.get(debtor, debtor)}: {text}"
            for day, debtor, text in self.checks.faults[key][:most]
        ]

    def fullest(self, most=3):
        """Return the fullest inboxes as text."""
        inboxes = sorted(
            self.of_customers().items(),
            key=lambda pair: -sum(one.is_contact for one in pair[1]),
        )
        return "\n\n".join(
            "\n".join([str(customer), *(message.line() for message in messages)])
            for customer, messages in inboxes[:most]
        )

    def trace(self, name):
        """Return all that a customer heard, by a part of their name."""
        for customer, messages in self.of_customers().items():
            if name in customer.name:
                return "\n".join(
                    [str(customer), *(message.line() for message in messages)]
                )
        return ""


def markdown(runs):
    """Return the tables of some runs.

    :param runs: ``[(seed, counts, figures)]``
    """
    seeds = [seed for seed, _counts, _figures in runs]
    lines = [
        f"| seed | {' | '.join(map(str, seeds))} |",
        f"|---|{'---|' * len(seeds)}",
    ]
    for key, name in ROWS.items():
        cells = " | ".join(str(counts[key]) for _seed, counts, _figures in runs)
        lines.append(f"| {name} | {cells} |")
    for name in runs[0][2] if runs else ():
        cells = " | ".join(str(figures[name]) for _seed, _counts, figures in runs)
        lines.append(f"| {name} | {cells} |")
    return "\n".join([*lines, "", f"The first day is {FIRST}."])
