"""The scheme of a customer, and its limits in the currency of an item."""

from bisect import bisect_right

from odoo.tools import SQL

#: Reasons of do-not-contact that also suspend interest ("Contact stop").
STOPS_CHARGES = ("insolvency", "moratorium", "deceased")


class Schemes:
    """Finds the scheme of late charges of a customer."""

    def __init__(self, env):
        self.env = env
        self.companies = {
            company.id: company
            for company in env["res.company"].search([("parent_id", "=", False)])
        }
        self._known = {}

    def of(self, company_id, kind, own_id):
        """Return the scheme of a customer, or None.

        Group companies have only a scheme of their own. Consumers get the company's
        scheme for consumers, and only schemes meant for consumers.
        """
        key = company_id, kind, own_id
        if key not in self._known:
            company = self.companies[company_id]
            scheme = self.env["ar.late.charge.scheme"].browse(own_id or [])
            if not scheme and kind == "consumer":
                scheme = company.ar_charge_consumer_scheme_id
            elif not scheme and kind != "group":
                scheme = company.ar_charge_scheme_id
            if scheme and kind == "consumer" and not scheme.consumers:
                scheme = None
            if scheme and scheme.kind == "none" and not scheme.fixed_ids:
                scheme = None
            self._known[key] = scheme or None
        return self._known[key]


class Limits:
    """The minimum and the fixed sums of schemes in the currency of an item.

    Converted at the rate of the due date, so that an announced sum stays the same.
    """

    def __init__(self, reader):
        self.env = reader.env
        self._read = {}
        self._dated = None
        self._currencies = {charge.currency.id for charge in reader.charges.values()}
        self._currencies.update(
            charge.scheme.currency_id.id for charge in reader.charges.values()
        )

    def has(self, scheme):
        """Return whether a scheme has a minimum or fixed sums."""
        minimum, bands, _currency = self._scheme(scheme)
        return bool(minimum or bands)

    def of(self, charge, base):
        """Return the minimum and the fixed sum of an item in its minor units."""
        scheme = charge.scheme
        minimum, bands, own = self._scheme(scheme)
        if not minimum and not bands:
            return 0, 0
        rate = 1.0
        if own != charge.currency:
            rate = self._rate(charge.company_id, charge.currency.id, charge.due)
            rate /= self._rate(charge.company_id, own.id, charge.due)
        amount = base / charge.factor / rate
        fixed = 0.0
        for start, value in bands:
            if amount >= start:
                fixed = value
        return (
            round(minimum * rate * charge.factor),
            round(fixed * rate * charge.factor),
        )

    def _scheme(self, scheme):
        known = self._read.get(scheme.id)
        if known is None:
            known = self._read[scheme.id] = (
                scheme.minimum,
                [(band.from_amount, band.amount) for band in scheme.fixed_ids],
                scheme.currency_id,
            )
        return known

    def _rate(self, company_id, currency_id, day):
        """Return a currency rate as Odoo does: the last before a day, else the first."""
        if self._dated is None:
            self._dated = {}
            self.env["res.currency.rate"].flush_model()
            for currency, root, name, rate in self.env.execute_query(
                SQL(
                    """SELECT currency_id, company_id, name, rate FROM res_currency_rate
                        WHERE currency_id = ANY(%s) ORDER BY name""",
                    list(self._currencies),
                )
            ):
                self._dated.setdefault((currency, root), []).append((name, rate))
        root = self.env["res.company"].browse(company_id).root_id.id
        dated = self._dated.get((currency_id, root)) or self._dated.get(
            (currency_id, None)
        )
        if not dated:
            return 1.0
        place = bisect_right([name for name, _rate in dated], day) - 1
        return dated[max(place, 0)][1]
