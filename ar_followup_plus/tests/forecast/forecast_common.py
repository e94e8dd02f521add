"""A customer who always pays nine days late, and what is open of them."""

from datetime import timedelta

from ...models.forecast.forecast import CashForecast
from ...models.forecast.overview_day import DayFigures
from ..common import ArCommon


class ForecastCommon(ArCommon):
    @classmethod
    def _paid_late(cls, partner, late, count=8, amount=100, **values):
        """Post invoices that were paid so many days late, one each three weeks."""
        for number in range(1, count + 1):
            due = 20 * number + late
            invoice = cls._invoice(partner, amount, due, **values)
            cls._pay(invoice, on=cls._ago(due - late))

    @classmethod
    def _night(cls, company=None):
        """Bring snapshot, forecast and figures of the day up to date."""
        company = (company or cls.company).sudo()
        cls.env["ar.debtor"].sudo().refresh()
        CashForecast(company).store()
        DayFigures(company).store()
        cls.env.invalidate_all()

    def _expected(self, invoice):
        return self.env["ar.expected.payment"].search(
            [("move_line_id", "in", self._items(invoice).ids)]
        )

    def _weeks(self, currency=None, company=None):
        """Return the weeks of the present forecast."""
        company = company or self.company
        today = company._ar_today()
        return self.env["ar.forecast.week"].search(
            [
                ("company_id", "=", company.id),
                ("currency_id", "=", (currency or company.currency_id).id),
                ("made_in", "=", today - timedelta(days=today.weekday())),
            ],
            order="week",
        )
