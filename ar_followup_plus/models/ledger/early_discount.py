"""Early payment discounts: what Odoo accepts as full payment until a day."""

from typing import NamedTuple


class EarlyDiscount(NamedTuple):
    """The lower amount that settles an item, and the last day on which it does."""

    amount: float  # in the currency of the item
    until: object  # datetime.date


def early_discounts(lines, day):
    """Return the early payment discounts of open journal items on a day.

    Odoo itself says whether an invoice still has one: no part of it is paid yet, and
    the last day has not passed. A constant number of statements.

    :param account.move.line lines: as superuser
    :param datetime.date day: on which it would be paid
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
