"""Key figures of receivables: their formulas, without Odoo.

Amounts are in company currency, rates in percent, times in days. Sales are credit
invoices less credit notes, without tax. A figure that cannot be told, as without sales,
is None, never 0 and never an error.

Sources: the Credit Research Foundation's definitions of days sales outstanding,
best-possible DSO, average days delinquent and the collection effectiveness index.
"""

from collections.abc import Iterable

#: Days overdue after which an item is delinquent.
DELINQUENT_DAYS = 30
#: Customers whose share is the concentration.
LARGEST = 10
YEAR = 365


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole, in percent; None if the whole is 0 or less.

    For the overdue share (overdue / owed), the delinquent share, the dispute rate
    (disputes / invoices), the write-off rate (written off / sales).
    """
    return 100 * part / whole if whole > 0 else None


def dso(receivables: float, sales: float, days: int) -> float | None:
    """Return days sales outstanding: receivables / sales of the period × its days.

    None without sales.
    """
    return receivables / sales * days if sales > 0 else None


def best_possible_dso(current: float, sales: float, days: int) -> float | None:
    """Return the DSO if everybody paid on time: not due / sales × days.

    None without sales.
    """
    return dso(current, sales, days)


def average_days_delinquent(
    receivables: float, current: float, sales: float, days: int
) -> float | None:
    """Return days that late payment adds to the DSO: DSO - best-possible DSO.

    None without sales.
    """
    return dso(receivables - current, sales, days)


def count_back_dso(
    receivables: float, months: Iterable[tuple[float, int]]
) -> float | None:
    """Return the DSO by counting back: sales are taken off the receivables.

    Newest month first, each adds its days, the last one in part. A month without sales,
    or with more credit notes than invoices, adds its days and takes nothing off.

    :param months: (sales, days) of each month, the newest one first
    :return: days; None without sales, or if the months do not cover the receivables
    """
    months = list(months)
    if not any(sales > 0 for sales, _days in months):
        return None
    rest, total = receivables, 0.0
    for sales, days in months:
        if rest <= 0:
            break
        if sales >= rest:
            return total + rest / sales * days
        rest -= max(sales, 0)
        total += days
    return total if rest <= 0 else None


def collection_effectiveness(
    begin: float, sales: float, end: float, end_current: float
) -> float | None:
    """Return the collection effectiveness index, in percent.

    (receivables at the beginning + sales - receivables at the end) / (receivables at the
    beginning + sales - what is not due at the end) × 100: what was collected of what
    could be. None if nothing could be collected.
    """
    return share(begin + sales - end, begin + sales - end_current)


def average_days(amount_days: float, amount: float) -> float | None:
    """Return days weighted by amount: the sum of amount × days / the sum of amounts.

    For the days to pay (from the invoice date) and the days late (from the due date;
    early is 0) of the payments of the period. None without payments.
    """
    return amount_days / amount if amount > 0 else None


def kept_rate(kept: float, partly: float, broken: float) -> float | None:
    """Return the promise-kept rate, in percent: kept / (kept + partly kept + broken).

    By number, or by amount. Cancelled promises do not count. None without any.
    """
    return share(kept, kept + partly + broken)


def concentration(balances: Iterable[float], largest: int = LARGEST) -> float | None:
    """Return the share of the largest customers in the receivables, in percent.

    Of customers who owe something net. None if nobody does.
    """
    owed = sorted((one for one in balances if one > 0), reverse=True)
    return share(sum(owed[:largest]), sum(owed))


def turnover(sales: float, begin: float, end: float, days: int) -> float | None:
    """Return how often receivables turn over in a year: sales / average receivables.

    The sales are those of the period × 365 / its days; the average is that of its
    beginning and its end. None if it is 0 or less, or without sales.
    """
    average = (begin + end) / 2
    if average <= 0 or sales <= 0 or days <= 0:
        return None
    return sales * YEAR / days / average
