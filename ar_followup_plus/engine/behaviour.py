"""How a customer pays: shares and averages (DOMAIN.md, "Key figures")."""

from datetime import date
from typing import NamedTuple


class Paid(NamedTuple):
    """One invoice, or installment, that was paid."""

    amount: float  # in company currency
    issued: date
    due: date
    paid: date


class Behaviour(NamedTuple):
    """What is said of a customer. Days are weighted by amount, rounded."""

    count: int
    on_time: int  # percent of the invoices, by number
    days_late: int  # 0 where they pay early
    days_to_pay: int


def behaviour(paid: list) -> Behaviour | None:
    """Return how a customer paid, or None where nothing was paid.

    Paying early counts as not late: it does not make up for paying late.
    """
    weight = sum(one.amount for one in paid)
    if not paid or weight <= 0:
        return None
    late = sum(one.amount * max((one.paid - one.due).days, 0) for one in paid)
    taken = sum(one.amount * (one.paid - one.issued).days for one in paid)
    in_time = sum(one.paid <= one.due for one in paid)
    return Behaviour(
        count=len(paid),
        on_time=round(100 * in_time / len(paid)),
        days_late=round(late / weight),
        days_to_pay=max(round(taken / weight), 0),
    )
