"""A company that charges for paying late, with rates for the whole of the tests."""

from ...models.late_charge.accrued_charges import AccruedCharges
from ..notice_text.text_common import TextCommon


class ChargesCommon(TextCommon):
    """The day is Tuesday, 10 March 2026; 9 % a year over 365 days, nothing fixed."""

    with_users = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.scheme = cls._scheme("Nine percent", 9)
        cls.company.write(
            {
                "ar_charge_mode": "posted",
                "ar_charge_scheme_id": cls.scheme.id,
                "ar_charge_minimum": 0,
            }
        )
        cls.debtor = cls._debtor(cls.customer)

    def _accrued(self, partner=None, on=None):
        """Return ``{name of the currency: amount}`` of a customer."""
        accrued = AccruedCharges(self._debtor(partner or self.customer), on).together()
        return {currency.name: amount for currency, amount in accrued.items()}

    def _decide(self, amounts, until=None, reason=None, note_date=None, partner=None):
        """Decide on invoices, ``{invoice: what is charged}``."""
        return self.env["ar.late.charge"]._decide(
            self._debtor(partner or self.customer),
            until or self.today,
            {self._items(move).id: amount for move, amount in amounts.items()},
            reason,
            note_date,
        )

    def _figures(self, invoice, on=None):
        """Return total, posted, waived and accrued of an invoice's item."""
        debtor = self._debtor(invoice.partner_id)
        item = self._items(invoice).id
        for charge in AccruedCharges(debtor, on).by_debtor().get(debtor.id, []):
            if charge.id == item:
                return tuple(
                    getattr(charge, name) / charge.factor
                    for name in ("total", "posted", "waived", "accrued")
                )
        return None
