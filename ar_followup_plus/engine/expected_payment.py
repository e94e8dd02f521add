"""When an open item will be paid: a distribution of days, from how they paid before.

A delay is the number of days from the due date to the payment; an early payment has a
negative one. The distribution of delays of a customer is the sum of

* their own paid invoices, each spread over the days around it; an invoice counts half
  for each year since it was paid;
* the paid invoices of all customers, those of the same group before the others, which
  together count as one invoice, so that they decide where a customer paid few;
* in the same way, one guess for all customers, which decides where nobody paid yet, or
  nobody so late.

Invoices sent in another way (by e-mail or on paper) count with the usual difference
between both ways. The distribution of an open item begins today: what lies before did
not happen.
"""

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import accumulate
from operator import add
from typing import NamedTuple

from .schedule import Calendar

#: Days after which a paid invoice counts half.
HALF_LIFE = 365
#: Each paid invoice is spread over this number of days before and after it.
SPREAD = 6
#: Paid invoices as which those of all customers count for one of them.
OTHERS = 1.0
#: Paid invoices of a group from which it counts as much as all customers.
GROUP = 20
#: Pairs of both ways of sending from which their difference counts half.
WAYS = 10
#: Delays before and after these are taken for these; later items are not expected.
EARLIEST, LATEST = -120, 730
#: Half of what a guess expects is paid within these days, and again within twice them.
GUESS = 10
#: Promises as which those of all customers count for one of them.
PROMISES = 4
#: Weeks of the forecast. What comes later is added up.
WEEKS = 13
#: The likely range: four of five payments come between these shares.
LOW, HIGH = 0.1, 0.9

_DAY = timedelta(days=1)
_SIZE = LATEST - EARLIEST + 1
#: Delays are taken so that what they are spread over lies between the earliest and latest
_FIRST, _LAST = EARLIEST + SPREAD, LATEST - SPREAD


class Paid(NamedTuple):
    """One paid invoice or installment."""

    customer: int
    group: object  # customers of one group pay alike
    delay: int  # days after the due date
    on: date
    by_email: bool = False


class Open(NamedTuple):
    """One open item. Amounts in minor units of its currency."""

    id: int
    customer: int
    group: object
    due: date
    amount: int
    by_email: bool = False
    debited: bool = False  # a direct debit is collected on the due date
    apart: int = 0  # disputed, stopped or handed over: not expected
    agreed: tuple = ()  # of (date, amount): promises and installments
    kept: float = 1.0  # the share of their promises that they keep


class Expected(NamedTuple):
    """When an item will be paid, and why."""

    id: int
    kind: str  # pattern, promise, debit, apart or old
    on: date | None
    first: date | None  # four of five payments come from this day on
    last: date | None  # ... until this one
    usual: int  # days late, as they usually pay
    count: int  # their paid invoices
    weeks: tuple  # amounts of each week, and of the time after them


class Distribution:
    """The cumulated weight of the delays of one customer's invoices."""

    def __init__(self, own, others, count):
        """
        :param list own: pairs of (delay, weight) of their own paid invoices
        :param list others: cumulated weight of each delay of all customers
        :param int count: number of their paid invoices
        """
        self.count, self.others = count, others
        #: Places of the delays near their own ones; before and after, others decide
        self.start = self.end = 0
        self.total, self.middle = 0.0, []
        if own:
            self._add(own)
        self.usual = self.quantile(0.5, EARLIEST)
        #: What a forecast found for a due date, see :meth:`Forecast._pattern`
        self.known = {}

    def _add(self, own):
        """Add the weight of their own paid invoices, each spread around its delay."""
        delays = [delay for delay, _weight in own]
        first = min(delays) - SPREAD
        weights = [0.0] * (max(delays) + SPREAD - first + 1)
        for delay, weight in own:
            place = delay - SPREAD - first
            for part in _PARTS:
                weights[place] += weight * part
                place += 1
        self.start = first - EARLIEST
        self.end = self.start + len(weights)
        sums = list(accumulate(weights))
        self.total = sums[-1]
        self.middle = list(map(add, self.others[self.start : self.end], sums))

    def _until(self, place):
        """Return the weight of the delays up to a place."""
        if place < self.start:
            return self.others[place] if place >= 0 else 0.0
        if place < self.end:
            return self.middle[place - self.start]
        if place < 0:
            return 0.0
        return self.others[min(place, _SIZE - 1)] + self.total

    def quantile(self, share, since):
        """Return the delay until which a share is paid of what is not paid before.

        :param float share: between 0 and 1
        :param int since: the first delay that is possible
        """
        low = min(max(since - EARLIEST, 0), _SIZE - 1)
        before = self._until(low - 1)
        wanted = before + share * (self.others[-1] + self.total - before) - 1e-12
        start, end = self.start, self.end
        if start and wanted <= self.others[start - 1]:
            place = bisect_left(self.others, wanted, min(low, start), start)
        elif self.middle and wanted <= self.middle[-1]:
            place = start + bisect_left(self.middle, wanted, max(low - start, 0))
        else:
            wanted -= self.total
            place = bisect_left(self.others, wanted, max(low, end), _SIZE - 1)
        return min(place, _SIZE - 1) + EARLIEST

    def shares(self, untils, since):
        """Return the shares paid until some days, of what is not paid before one.

        :param untils: numbers of days after ``since``
        """
        place = min(since - EARLIEST, _SIZE - 1)
        before = self._until(place - 1)
        rest = self.others[-1] + self.total - before
        if rest <= 1e-12:
            return [1.0 if days >= 0 else 0.0 for days in untils]
        others, middle, total = self.others, self.middle, self.total
        start, end, found = self.start, self.end, []
        # Without a call for each week: this is what takes the time of a forecast
        for days in untils:
            at = place + days
            if days < 0 or at < 0:
                weight = before
            elif start <= at < end:
                weight = middle[at - start]
            elif at < start:
                weight = others[at]
            else:
                weight = others[at if at < _SIZE else -1] + total
            found.append((weight - before) / rest)
        return found


class History:
    """What all customers of a company paid, as known on a day."""

    def __init__(self, paid, today):
        """
        :param paid: of :class:`Paid`; what was paid after ``today`` does not count
        :param datetime.date today: the day of the forecast
        """
        self.today = today
        self.by_customer, self.counts = {}, {}
        for one in paid:
            if one.on > today:
                continue
            delay = min(max(one.delay, _FIRST), _LAST)
            weight = 0.5 ** ((today - one.on).days / HALF_LIFE)
            self.by_customer.setdefault(one.customer, []).append(
                (delay, weight, one.by_email)
            )
            for group in (None, one.group):
                counts = self.counts.setdefault((group, one.by_email), {})
                counts[delay] = counts.get(delay, 0) + 1
        self.difference = self._difference()
        self._others, self._own, self._latest = {}, {}, None

    def _difference(self):
        """Return how much later those pay to whom an invoice is sent by e-mail.

        Compared within the customers who had invoices of both ways; few pairs count less.
        """
        total = weight = 0.0
        for paid in self.by_customer.values():
            mailed = [delay for delay, _weight, by_email in paid if by_email]
            posted = [delay for delay, _weight, by_email in paid if not by_email]
            if mailed and posted:
                pairs = len(mailed) * len(posted) / len(paid)
                total += pairs * (sum(mailed) / len(mailed) - sum(posted) / len(posted))
                weight += pairs
        return round(total / (weight + WAYS))

    def of(self, customer, group, by_email=False):
        """Return the distribution of the delays of a customer's invoices.

        Those of one customer are kept at a time: ask for items by customer.
        """
        if customer != self._latest:
            self._own, self._latest = {}, customer
        key = customer, group, by_email
        found = self._own.get(key)
        if found is None:
            found = self._own[key] = self._distribution(*key)
        return found

    def _distribution(self, customer, group, by_email):
        own = [
            (self._as_sent(delay, mailed, by_email), weight)
            for delay, weight, mailed in self.by_customer.get(customer, ())
        ]
        return Distribution(own, self._of_others(group, by_email), len(own))

    def _as_sent(self, delay, mailed, by_email):
        """Return the delay of an invoice as if it had been sent in another way."""
        if mailed == by_email:
            return delay
        change = self.difference if by_email else -self.difference
        return min(max(delay + change, _FIRST), _LAST)

    def _of_others(self, group, by_email):
        """Return the cumulated weight of each delay of all customers."""
        found = self._others.get((group, by_email))
        if found is not None:
            return found
        every, number = self._counted(None, by_email)
        weights = [
            (count + guess) / (number + 1)
            for count, guess in zip(every, _GUESS, strict=True)
        ]
        if group is not None:
            same, number = self._counted(group, by_email)
            weights = [
                (count + GROUP * weight) / (number + GROUP)
                for count, weight in zip(same, weights, strict=True)
            ]
        found = list(accumulate(OTHERS * weight for weight in weights))
        self._others[group, by_email] = found
        return found

    def _counted(self, group, by_email):
        """Return the number of paid invoices of a group by delay, and in all."""
        counts = [0] * _SIZE
        for mailed in (False, True):
            for delay, count in self.counts.get((group, mailed), {}).items():
                counts[self._as_sent(delay, mailed, by_email) - EARLIEST] += count
        return counts, sum(counts)


class Forecast:
    """The payments of the next weeks, item by item."""

    def __init__(self, history, calendar=None):
        """
        :param History history: what was paid until today
        :param Calendar calendar: nobody pays on a day off, but on the next working day
        """
        self.history, self.today = history, history.today
        self.calendar = calendar or Calendar(weekdays=range(7))
        monday = self.today - self.today.weekday() * _DAY
        #: The first day of each week, and the first one after them
        self.starts = [monday + 7 * number * _DAY for number in range(WEEKS + 1)]
        #: The last day of each week on which somebody pays
        self.ends = [self._last_day(start) for start in self.starts[1:]]
        self._offsets = [(end - self.today).days for end in self.ends]

    def _last_day(self, next_week):
        """Return the last day whose payments come before a week."""
        day = next_week - _DAY
        while self.calendar.next_working(day) >= next_week and day >= self.today:
            day -= _DAY
        return day

    def of(self, item):
        """Return when an item will be paid.

        :param Open item: the item
        :rtype: Expected
        """
        open_amount = item.amount - min(max(item.apart, 0), item.amount)
        model = self.history.of(item.customer, item.group, item.by_email)
        usual, count = model.usual, model.count
        since = (self.today - item.due).days
        none = (0,) * (WEEKS + 1)
        if open_amount <= 0:
            return Expected(item.id, "apart", None, None, None, usual, count, none)
        if since > LATEST:
            # As it is usually paid tells nothing: what they promised since is expected
            promised = 0 if item.debited else sum(part for _on, part in item.agreed)
            open_amount = min(open_amount, promised)
            if not open_amount:
                return Expected(item.id, "old", None, None, None, usual, count, none)
        if item.debited:
            on = self._payable(item.due)
            weeks = self._week(on, open_amount)
            return Expected(item.id, "debit", on, on, on, usual, count, weeks)
        if item.agreed:
            return self._agreed(item, model, open_amount)
        shares, days = self._pattern(item.due, model)
        return Expected(
            item.id, "pattern", *days, usual, count, _divide(open_amount, shares)
        )

    def _pattern(self, due, model):
        """Return the shares paid until the end of each week, and the days."""
        found = model.known.get(due)
        if found is None:
            since = (self.today - due).days
            found = model.known[due] = (
                model.shares(self._offsets, since),
                tuple(
                    self._payable(due + model.quantile(share, since) * _DAY)
                    for share in (0.5, LOW, HIGH)
                ),
            )
        return found

    def _agreed(self, item, model, open_amount):
        """Return when an item is paid of which parts are promised on dates.

        A promise is kept on its date or later as usual: what is not kept is paid as
        after the due date, but not before the date promised.
        """
        weeks, left = [0] * (WEEKS + 1), open_amount
        days = None
        for on, amount in sorted(item.agreed):
            part = min(amount, left)
            if part <= 0:
                continue
            left -= part
            on = self._payable(on)
            since = (on - item.due).days
            later = model.shares([(end - on).days for end in self.ends], since)
            shares = [
                item.kept + (1 - item.kept) * share if end >= on else 0.0
                for end, share in zip(self.ends, later, strict=True)
            ]
            for number, amount_of_week in enumerate(_divide(part, shares)):
                weeks[number] += amount_of_week
            days = tuple(
                on
                if share <= item.kept
                else self._payable(self._late(item, model, share, on, since))
                for share in (0.5, LOW, HIGH)
            )
        if left or days is None:
            shares, rest = self._pattern(item.due, model)
            for number, amount_of_week in enumerate(_divide(left, shares)):
                weeks[number] += amount_of_week
            # The item is paid with the last of its parts
            days = max(days or rest, rest)
        return Expected(
            item.id, "promise", *days, model.usual, model.count, tuple(weeks)
        )

    @staticmethod
    def _late(item, model, share, on, since):
        """Return the day until which a share is paid, promises that are kept included."""
        rest = (share - item.kept) / (1 - item.kept)
        return max(on, item.due + model.quantile(rest, since) * _DAY)

    def _payable(self, day):
        """Return the first day from today and ``day`` on that is a working day."""
        return self.calendar.next_working(max(day, self.today))

    def _week(self, on, amount):
        """Return the amounts of the weeks if all is paid on one day."""
        weeks = [0] * (WEEKS + 1)
        weeks[bisect_right(self.starts, on) - 1] = amount
        return tuple(weeks)


def promise_rate(kept, broken, all_kept, all_broken):
    """Return the share of their promises that a customer keeps.

    Few promises are drawn towards the share of all customers, and without any to a half.
    """
    every = (all_kept + 1) / (all_kept + all_broken + 2)
    return (kept + PROMISES * every) / (kept + broken + PROMISES)


class Spread:
    """How far the money of each week may be from the forecast.

    The items of one customer are taken to be paid together, those of two are not.
    """

    #: Four of five normally distributed values are nearer than this number of deviations.
    WIDTH = 1.2816

    def __init__(self):
        self.variances = [0.0] * (WEEKS + 1)

    def add(self, items):
        """Add the items of one customer, as amounts of the weeks."""
        deviations = [0.0] * (WEEKS + 1)
        for weeks in items:
            amount = sum(weeks)
            for number, part in enumerate(weeks):
                if 0 < part < amount:
                    deviations[number] += (part * (amount - part)) ** 0.5
        for number, deviation in enumerate(deviations):
            self.variances[number] += deviation * deviation

    def around(self, amounts):
        """Return the likely range (lowest, highest) of each week."""
        return [
            (
                round(max(amount - self.WIDTH * variance**0.5, 0)),
                round(amount + self.WIDTH * variance**0.5),
            )
            for amount, variance in zip(amounts, self.variances, strict=True)
        ]


def _divide(amount, shares):
    """Divide an amount by cumulated shares; the parts add up to it."""
    parts, before = [], 0
    for share in shares:
        cut = round(amount * share)
        parts.append(cut - before)
        before = cut
    parts.append(amount - before)
    return tuple(parts)


def _guess():
    """Return the weight of each delay where nothing is known.

    Half is paid within some days, and half of the rest within twice the days: the later
    it is, the longer it takes.
    """
    left = [1.0] + [GUESS / (GUESS + day + 1) for day in range(LATEST + 1)]
    weights = [before - after for before, after in zip(left, left[1:], strict=False)]
    weights[-1] += left[-1]
    return [0.0] * -EARLIEST + weights


_GUESS = _guess()
#: How a paid invoice is spread over the days around it.
_PARTS = [
    (SPREAD + 1 - abs(step)) / (SPREAD + 1) ** 2 for step in range(-SPREAD, SPREAD + 1)
]
