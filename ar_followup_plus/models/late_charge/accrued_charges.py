"""Accrued late charges that were neither posted nor waived."""

from ...engine.interest import split_payment
from .charge_reader import ChargeReader


class Accrued(dict):
    """Accrued charges, ``{currency: amount}``; ``by_item``: ``{journal item id: amount}``."""

    def __init__(self, charges):
        super().__init__()
        self.by_item = {}
        for charge in charges:
            if charge.accrued:
                self.by_item[charge.id] = charge.amount
                self[charge.currency] = self.get(charge.currency, 0) + charge.accrued
        for currency, amount in self.items():
            self[currency] = currency.round(amount / 10**currency.decimal_places)


class AccruedCharges:
    """The accrued late charges of debtors until a day."""

    def __init__(self, debtors, date=None, decided_by=None):
        """
        :param ar.debtor debtors: debtors of any companies
        :param datetime.date date: the last day that counts; default: today
        :param datetime.date decided_by: charges posted or waived after this day still
            count as accrued
        """
        self.env = debtors.env
        self.debtors = debtors
        self.date = date
        self.decided_by = decided_by

    @property
    def debtor(self):
        """Return the only debtor."""
        return self.debtors.ensure_one()

    def by_debtor(self):
        """Return the charges of many customers, in a constant number of SQL statements.

        :rtype: dict of lists of :class:`.ar_charge_reader.Charge`
        """
        found = {}
        for charge in self._charges():
            found.setdefault(charge.debtor_id, []).append(charge)
        return found

    def _charges(self):
        reader = ChargeReader(
            self.env, self.debtors.ids, self.date, decided_by=self.decided_by
        )
        return reader.charges.values()

    def together(self):
        """Return the accrued charges that were neither posted nor waived.

        :return: ``{currency: amount}``, with ``by_item``: ``{journal item id: amount}``
        :rtype: Accrued
        """
        self.debtors.check_access("read")
        return Accrued(self._charges())

    def each(self):
        """Return the accrued charges of many customers, ``{debtor id: Accrued}``."""
        self.debtors.check_access("read")
        found = self.by_debtor()
        return {debtor.id: Accrued(found.get(debtor.id, [])) for debtor in self.debtors}

    def count_payment(self, amount, charges, principal, currency):
        """Allocate a payment to charges and invoices, as statements and plans show it.

        :return: the amounts for charges, for invoices, and the rest
        :rtype: tuple
        """
        factor = 10**currency.decimal_places
        parts = split_payment(
            round(amount * factor),
            round(charges * factor),
            round(principal * factor),
            # Without charges it makes no difference
            charges and self.debtor.company_id._ar_root().ar_charge_order,
        )
        return tuple(part / factor for part in parts)
