"""Schemes of late charges: reference rates, their dates, and fixed sums."""

from bisect import bisect_right

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ...engine.interest import Rate, Rates

#: Rates are percentages with four decimals.
RATE_UNIT = 10_000
#: Reasons of a contact stop that end the interest too ("Contact stop").
STOPS_CHARGES = ("insolvency", "moratorium", "deceased")


class ArLateChargeReference(models.Model):
    """A published base rate, for example that of a central bank."""

    _name = "ar.late.charge.reference"
    _description = "Reference Rate"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    note = fields.Text(
        string="Where to check", translate=True, help="Who publishes it, and when."
    )
    rate_ids = fields.One2many("ar.late.charge.rate", "reference_id", string="Rates")


class ArLateChargeRate(models.Model):
    """One rate and the days for which it is valid; a day without a rate is an error."""

    _name = "ar.late.charge.rate"
    _description = "Dated Rate"
    _order = "date_from desc, id"
    _rec_name = "date_from"

    reference_id = fields.Many2one(
        "ar.late.charge.reference",
        string="Reference rate",
        ondelete="cascade",
        index="btree_not_null",
    )
    scheme_id = fields.Many2one(
        "ar.late.charge.scheme",
        string="Own rate of",
        ondelete="cascade",
        index="btree_not_null",
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", help="Empty: until further notice.")
    percent = fields.Float(string="Percent a year", required=True, digits=(8, 4))

    _owner = models.Constraint(
        "CHECK (num_nonnulls(reference_id, scheme_id) = 1)",
        "A rate belongs either to a reference rate or to one set of late charges.",
    )

    @api.constrains("date_from", "date_to", "percent", "reference_id", "scheme_id")
    def _check_rate(self):
        """Refuse rates that are negative, overlap, or end before they begin."""
        for rate in self:
            if not 0 <= rate.percent <= 1000:
                raise ValidationError(
                    self.env._(
                        "A rate lies between 0 and 1000 percent, not %(percent)s. Where "
                        "a published rate is below zero, enter the rate that results "
                        "as an own rate.",
                        percent=rate.percent,
                    )
                )
            if rate.date_to and rate.date_to < rate.date_from:
                raise ValidationError(
                    self.env._(
                        "A rate cannot end on %(last)s before it begins on %(first)s.",
                        first=format_date(self.env, rate.date_from),
                        last=format_date(self.env, rate.date_to),
                    )
                )
        self.flush_model()
        for first, other in self.env.execute_query(
            SQL(
                """SELECT a.date_from, b.date_from
                     FROM ar_late_charge_rate a
                     JOIN ar_late_charge_rate b ON b.id <> a.id
                      AND (b.reference_id = a.reference_id OR b.scheme_id = a.scheme_id)
                    WHERE a.id = ANY(%s)
                      AND daterange(a.date_from, a.date_to, '[]')
                          && daterange(b.date_from, b.date_to, '[]')
                    LIMIT 1""",
                self.ids,
            )
        ):
            raise ValidationError(
                self.env._(
                    "The rate from %(first)s and the one from %(other)s hold on the "
                    "same days: end the earlier one before the later begins.",
                    first=format_date(self.env, first),
                    other=format_date(self.env, other),
                )
            )


class ArLateChargeFixed(models.Model):
    """A fixed sum for each invoice that is paid late, depending on its amount."""

    _name = "ar.late.charge.fixed"
    _description = "Fixed Sum for Paying Late"
    _order = "from_amount, id"
    _rec_name = "amount"

    scheme_id = fields.Many2one(
        "ar.late.charge.scheme", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="scheme_id.currency_id")
    from_amount = fields.Monetary(string="From an amount of")
    amount = fields.Monetary(string="Fixed sum", required=True)

    _positive = models.Constraint(
        "CHECK (from_amount >= 0 AND amount >= 0)",
        "Fixed sums and the amounts from which they hold cannot be negative.",
    )
    _once = models.Constraint(
        "UNIQUE (scheme_id, from_amount)",
        "There is already a fixed sum from this amount.",
    )


class ArLateChargeScheme(models.Model):
    """A scheme of late charges: rate, days of grace, limits and fixed sums.

    Shipped schemes follow the known rules of some countries. They are a start for users
    to check; not legal advice.
    """

    _name = "ar.late.charge.scheme"
    _description = "Late Charges"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    kind = fields.Selection(
        [
            ("none", "No interest"),
            ("reference", "A reference rate plus points"),
            ("own", "Own rates, as in a contract"),
        ],
        string="Interest",
        required=True,
        default="reference",
    )
    reference_id = fields.Many2one("ar.late.charge.reference", string="Reference rate")
    margin = fields.Float(string="Points above it", digits=(8, 4))
    rate_ids = fields.One2many("ar.late.charge.rate", "scheme_id", string="Own rates")
    # United Kingdom: article 4 of the Late Payment of Commercial Debts (Rate of
    # Interest) (No. 3) Order 2002 (SI 2002/1675) names the official dealing rate in
    # force on the 30 June or 31 December immediately before the day on which statutory
    # interest starts to run. European Union: articles 2(6), 2(7) and 3(2) of Directive
    # 2011/7/EU name a reference rate for each half-year; so do § 247 and § 288 BGB in
    # Germany, and article L441-10 of the Code de commerce in France.
    rate_rule = fields.Selection(
        [
            ("follows", "Follows each change"),
            ("start", "Stays as it is when interest begins"),
        ],
        string="The rate of a debt",
        required=True,
        default="follows",
        help="In the United Kingdom a debt keeps the rate of the half-year in which its "
        "interest began to run; in the European Union it follows each half-year.",
    )
    basis = fields.Selection(
        [("365", "365 days"), ("360", "360 days"), ("actual", "Days of the year")],
        string="A year has",
        required=True,
        default="365",
    )
    grace_days = fields.Integer(
        help="Interest and fixed sums begin this many days after the due date."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Of the fixed sums and the minimum. Other invoices have them converted at "
        "the rate of their due date.",
    )
    minimum = fields.Monetary(
        string="At least", help="Interest of less than this on an item is not charged."
    )
    cap_percent = fields.Float(
        string="At most (%)",
        help="Of the amount of an item. 0: no limit.",
    )
    fixed_ids = fields.One2many(
        "ar.late.charge.fixed", "scheme_id", string="Fixed sums"
    )
    consumers = fields.Boolean(
        string="Also for consumers",
        help="Consumers pay interest only once a free reminder and 14 days have "
        "passed, and never a fixed sum.",
    )
    note = fields.Text(string="Where to check", translate=True)

    _limits = models.Constraint(
        "CHECK (margin >= 0 AND grace_days >= 0 AND minimum >= 0 AND cap_percent >= 0)",
        "Points, days, minimum and limit of late charges cannot be negative.",
    )

    @api.constrains("kind", "reference_id")
    def _check_reference(self):
        for scheme in self:
            if scheme.kind == "reference" and not scheme.reference_id:
                raise ValidationError(
                    self.env._(
                        "Choose the reference rate of %(scheme)s.", scheme=scheme.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["res.company"].sudo().search_count(
            ["|", ("ar_charge_scheme_id", "in", self.ids),
             ("ar_charge_consumer_scheme_id", "in", self.ids)], limit=1,
        ) or self.env["ar.debtor"].sudo().with_context(active_test=False).search_count(
            [("charge_scheme_id", "in", self.ids)], limit=1
        )  # fmt: skip
        if used:
            raise UserError(
                self.env._(
                    "These late charges are in use: choose others in the settings and "
                    "on the customers first, or archive them."
                )
            )

    def _engine(self):
        """Return the rates for the engine; None if the scheme charges no interest.

        :rtype: engine.interest.Rates
        """
        self.ensure_one()
        scheme = self.sudo()
        if scheme.kind == "none":
            return None
        dated, margin = scheme.rate_ids, 0
        if scheme.kind == "reference":
            dated, margin = scheme.reference_id.rate_ids, scheme.margin
        return Rates(
            [
                Rate(
                    rate.date_from,
                    rate.date_to or None,
                    round((rate.percent + margin) * RATE_UNIT),
                )
                for rate in dated
            ],
            scheme.basis,
        )

    def _no_rate(self, day):
        """Return the message that a day has no rate, and where to enter one."""
        scheme = self.sudo()
        where = scheme.reference_id if scheme.kind == "reference" else scheme
        return self.env._(
            "%(name)s has no rate for %(day)s: enter it under Receivables, "
            "Configuration, Late charges.",
            name=where.name,
            day=format_date(self.env, day),
        )


class Schemes:
    """Find the scheme of a customer."""

    def __init__(self, env):
        self.env = env
        self.companies = {
            company.id: company
            for company in env["res.company"].search([("parent_id", "=", False)])
        }
        self._known = {}

    def of(self, company_id, kind, own_id):
        """Return the scheme of a customer, or None.

        Group companies have only a scheme of their own. Consumers have their company's
        scheme for consumers, or another one only if it is meant for consumers.
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

    Converted at the rate of its due date, so that a sum stated once stays the same.
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
        """Return whether a scheme has a minimum or fixed sums at all."""
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
        """Return a rate as Odoo would: the last before a day, else the first."""
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
