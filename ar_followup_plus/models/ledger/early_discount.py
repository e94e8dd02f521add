"""Early payment discounts: the amount that Odoo accepts as full payment until a day."""

from typing import NamedTuple


class EarlyDiscount(NamedTuple):
    """The lower amount that settles an item, and the last day on which it does."""

    amount: float  # in the currency of the item
    until: object  # datetime.date


def early_discounts(lines, day):
    """Return the early payment discounts of open journal items on a day.

    Odoo itself determines whether an invoice still has one: it is entirely unpaid, and
    the last day has not passed. A constant number of statements.

    :param account.move.line lines: as superuser
    :param datetime.date day: the payment day
    :return: ``{journal item id: EarlyDiscount}``
    """
    lines = lines.filtered("move_id.invoice_payment_term_id.early_discount")
    return {
        line.id: EarlyDiscount(line.discount_amount_currency, line.discount_date)
        for line in lines
        if line.discount_date
        and line.discount_date >= day
        and not line.reconciled
        and line.move_id._is_eligible_for_early_payment_discount(line.currency_id, day)
    }
