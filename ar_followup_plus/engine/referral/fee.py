"""What it costs to refer a debt to a third party, and whether it is worth it.

Amounts are in minor units (cents), percentages in hundredths of a percent: 25 % is 2500.
"""

from collections.abc import Iterable
from typing import NamedTuple

#: Hundredths of a percent in a whole.
WHOLE = 100_00
#: Closed cases of an age from which on the company's own record counts.
OWN_CASES = 20
#: Probability of recovery by age of the debt, in percent: (last day overdue, percent).
#: The last entry has no last day.
PRESET = ((60, 80), (90, 70), (180, 50), (365, 25), (730, 12), (None, 5))


class Band(NamedTuple):
    """One line of a fee schedule; it applies to debts of this age and amount.

    Both ends belong to the band; None: without end.
    """

    days_from: int
    days_to: int | None
    amount_from: int
    amount_to: int | None
    percent: int  # of what is recovered, in hundredths of a percent
    fixed: int = 0  # due in any case
    minimum: int = 0  # of the commission
    success_only: bool = True  # the commission is due only if the debt is recovered

    def applies(self, days: int, amount: int) -> bool:
        """Return whether a debt of this age and amount is in the band."""
        return (
            days >= self.days_from
            and (self.days_to is None or days <= self.days_to)
            and amount >= self.amount_from
            and (self.amount_to is None or amount <= self.amount_to)
        )

    def commission(self, amount: int) -> int:
        """Return the commission on a recovered amount, at least the minimum."""
        return max(part(amount, self.percent), self.minimum)


class Estimate(NamedTuple):
    """What a referral is expected to bring."""

    gross: int
    probability: int  # in percent
    fee: int  # expected commission
    fixed: int
    net: int

    @property
    def pays(self) -> bool:
        """Return whether the referral is worth it."""
        return self.net > 0


class Case(NamedTuple):
    """A closed referral: days overdue and amount when referred, amount recovered."""

    days: int
    amount: int
    recovered: int


def part(amount: int, percent: int) -> int:
    """Return hundredths of a percent of an amount, rounded half up."""
    return (amount * percent * 2 + WHOLE) // (2 * WHOLE)


def overlapping(bands: Iterable[Band]) -> tuple[Band, Band] | None:
    """Return two bands that both apply to some debt, or None."""
    bands = list(bands)
    for place, one in enumerate(bands):
        for other in bands[place + 1 :]:
            if _meet(one[0:2], other[0:2]) and _meet(one[2:4], other[2:4]):
                return one, other
    return None


def _meet(one, other):
    """Return whether two ranges have a value in common; None: without end."""
    return (one[1] is None or other[0] <= one[1]) and (
        other[1] is None or one[0] <= other[1]
    )


def band_for(bands: Iterable[Band], days: int, amount: int) -> Band | None:
    """Return the band of a debt of this age and amount, or None."""
    return next((band for band in bands if band.applies(days, amount)), None)


def probability(days: int, cases: Iterable[Case] = ()) -> int:
    """Return the probability of recovery at an age, in percent.

    The preset, until the company has closed 20 cases of this age: then the share that
    these recovered.
    """
    last, preset = _age(days)
    same = [case for case in cases if _age(case.days)[0] == last]
    referred = sum(case.amount for case in same)
    if len(same) < OWN_CASES or referred <= 0:
        return preset
    recovered = sum(case.recovered for case in same)
    return min(max((recovered * 200 + referred) // (2 * referred), 0), 100)


def _age(days):
    return next(row for row in PRESET if row[0] is None or days <= row[0])


def estimate(gross: int, percent: int, band: Band) -> Estimate:
    """Return what a referral is expected to bring.

    A commission that is due only with success counts with the probability of success;
    all other cost counts fully.

    :param percent: probability of recovery
    """
    fee = band.commission(gross)
    if band.success_only:
        fee = part(fee, percent * 100)
    net = part(gross, percent * 100) - fee - band.fixed
    return Estimate(gross, percent, fee, band.fixed, net)
