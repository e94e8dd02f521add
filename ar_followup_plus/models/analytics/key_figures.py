"""Key figures of a day by company and group: each source is read once, as a set.

The sources are the aged lists of the day and of the beginning of the period, sales,
payments, promises, disputes and write-offs.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

from ...engine import kpi
from ...engine.aging import ranges
from ..ledger.money import IS_MONEY
from ..payment_behaviour.payment_behaviour import PaymentBehaviour
from .aging import Aging
from .aging_query import KIND
from .aging_terms import AgingTerms, checked_day

#: Months that the count-back DSO goes back at most.
MONTHS_BACK = 24
#: The delinquent are in the second bucket of this aged list.
RANGES_TEXT = str(kpi.DELINQUENT_DAYS)
_RANGES = ranges(RANGES_TEXT)
#: A group of which a figure is told: its name on screen.
BY_SELECTION = [
    ("company", "Company"),
    ("collector_id", "Collector"),
    ("kind", "Kind of customer"),
    ("country_id", "Country"),
    ("salesperson_id", "Salesperson"),
]
#: SQL of the groups, for a debtor ``d``, its partner ``cp``, its company ``c``.
_GROUPS = {
    "company": SQL("NULL::int"),
    "collector_id": SQL("COALESCE(d.user_id, c.collector_id)"),
    "kind": KIND,
    "country_id": SQL("cp.country_id"),
    "salesperson_id": SQL("cp.user_id"),
}
_OF_INVOICE = SQL("COALESCE(m.invoice_user_id, cp.user_id)")


class Month(NamedTuple):
    """A month that ends on the day of the figures, or one before it."""

    after: date  # the last day before it
    until: date

    @property
    def days(self):
        return (self.until - self.after).days


class Key(NamedTuple):
    """Whom a figure is about: a company, and the value of the group in it."""

    company_id: int
    group: object  # id, or key of the kind; None: not known


class Sums(NamedTuple):
    """Sums of the aged list of a day."""

    receivables: float = 0.0
    overdue: float = 0.0
    delinquent: float = 0.0
    current: float = 0.0
    disputed: float = 0.0
    concentration: float | None = None


class KeyFigures:
    """The key figures of the companies that the user works in.

    :param datetime.date day: the day of the balances
    :param int months: the period of sales, payments and promises, up to that day
    :param str by: the group; a key of ``BY_SELECTION``
    """

    def __init__(self, env, day, months=12, by="company"):
        self.env = env
        self.day = checked_day(env, day)
        self.by = by
        self.months = months_back(self.day, MONTHS_BACK)
        self.period = self.months[:months]
        self.after = self.period[-1].after
        self.days = (self.day - self.after).days

    def figures(self):
        """Return the figures, ``{Key: {name: value}}``; None: cannot be told."""
        end, begin = self.balances(self.day), self.balances(self.after)
        sales, invoices = self.sales()
        paid, promises = self.payments(), self.promises()
        disputes, lost = self.disputes(), self.write_offs()
        keys = {*end, *begin, *sales, *paid, *promises, *disputes, *lost}
        keys |= {
            Key(company.id, None)
            for company in self.env.companies
            if self.by == "company"
        }
        return {
            key: {
                **self._balances_of(
                    end.get(key, Sums()),
                    begin.get(key, Sums()),
                    sales.get(key) or [0.0] * len(self.months),
                ),
                **self._flows_of(
                    paid.get(key, (0, 0, 0)),
                    promises.get(key, {}),
                    disputes.get(key, {}),
                    invoices.get(key, 0),
                ),
                "written_off": lost.get(key, 0.0),
                "write_off_rate": kpi.share(
                    lost.get(key, 0.0), self._sales_of(sales.get(key, ()))
                ),
            }
            for key in keys
        }

    def _sales_of(self, by_month):
        return sum(by_month[: len(self.period)])

    def _balances_of(self, end, begin, by_month):
        """Return the figures of balances and sales."""
        sales, days = self._sales_of(by_month), self.days
        owed = end.current + end.overdue
        return {
            "receivables": end.receivables,
            "overdue": end.overdue,
            "overdue_share": kpi.share(end.overdue, owed),
            "delinquent": end.delinquent,
            "delinquent_share": kpi.share(end.delinquent, owed),
            "sales": sales,
            "dso": kpi.dso(end.receivables, sales, days),
            "count_back_dso": kpi.count_back_dso(
                end.receivables,
                [
                    (amount, month.days)
                    for amount, month in zip(by_month, self.months, strict=True)
                ],
            ),
            "best_dso": kpi.best_possible_dso(end.current, sales, days),
            "days_delinquent": kpi.average_days_delinquent(
                end.receivables, end.current, sales, days
            ),
            "effectiveness": kpi.collection_effectiveness(
                begin.receivables, sales, end.receivables, end.current
            ),
            "concentration": end.concentration,
            "turnover": kpi.turnover(sales, begin.receivables, end.receivables, days),
            "disputed": end.disputed,
            "disputed_share": kpi.share(end.disputed, owed),
        }

    @staticmethod
    def _flows_of(paid, promises, disputes, invoices):
        """Return the figures of payments, promises and disputes of the period."""
        to_pay, late, amount = paid
        states = ("kept", "partly", "broken")
        counts = [promises.get(state, (0, 0.0))[0] for state in states]
        amounts = [promises.get(state, (0, 0.0))[1] for state in states]
        reasons = disputes.get("reasons", Counter())
        return {
            "paid": float(amount),
            "days_to_pay": kpi.average_days(float(to_pay), float(amount)),
            "days_late": kpi.average_days(float(late), float(amount)),
            "promises": sum(counts),
            "kept_rate": kpi.kept_rate(*counts),
            "kept_rate_amount": kpi.kept_rate(*amounts),
            "disputes": disputes.get("count", 0),
            "dispute_rate": kpi.share(disputes.get("count", 0), invoices),
            "dispute_days": kpi.average_days(
                disputes.get("days", 0), disputes.get("closed", 0)
            ),
            "dispute_reasons": ", ".join(
                f"{name} ({count})" for name, count in reasons.most_common(3)
            ),
        }

    # === SOURCES === #

    def balances(self, day):
        """Return the sums of the aged list of a day, ``{Key: Sums}``."""
        items = Aging(self.env, AgingTerms(day, ranges=_RANGES), RANGES_TEXT).items
        groups = ["company_id", "partner_id"]
        if self.by != "company":
            groups.append(self.by)
        names = ("amount", "overdue", "bucket_2", "not_due", "disputed")
        rows = items._read_group([], groups, [f"{name}:sum" for name in names])
        sums, customers = defaultdict(lambda: [0.0] * len(names)), defaultdict(list)
        for company, partner, *rest in rows:
            group = rest.pop(0) if self.by != "company" else None
            key = Key(company.id, _plain(group))
            sums[key] = [
                one + (more or 0.0) for one, more in zip(sums[key], rest, strict=True)
            ]
            if partner:
                customers[key].append(rest[0])
        return {
            key: Sums(
                *(self._round(key, amount) for amount in amounts),
                concentration=kpi.concentration(customers[key]),
            )
            for key, amounts in sums.items()
        }

    def _round(self, key, amount):
        company = self.env["res.company"].browse(key.company_id).sudo()
        return company.currency_id.round(amount)

    def sales(self):
        """Return sales by month, the newest first, and invoices of the period.

        Posted customer invoices less credit notes, without tax, by invoice date.

        :return: ``{Key: [amount]}``, ``{Key: number of invoices}``
        """
        rows = self._read(
            ["account.move"],
            """SELECT m.company_id, %(group)s, month.number,
                      sum(m.amount_untaxed_signed),
                      count(*) FILTER (WHERE m.move_type = 'out_invoice')
                 FROM account_move m
                 JOIN month ON m.invoice_date > month.after
                  AND m.invoice_date <= month.until
                 JOIN c ON c.id = m.company_id
                 %(customer)s
                WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
                GROUP BY 1, 2, 3""",
            SQL("m.commercial_partner_id"),
        )
        sales, invoices = {}, Counter()
        for company, group, number, amount, count in rows:
            key = Key(company, group)
            months = sales.setdefault(key, [0.0] * len(self.months))
            months[number] = float(amount)
            if number < len(self.period):
                invoices[key] += count
        return sales, invoices

    def payments(self):
        """Return the payments of the period on invoices, weighted by amount.

        :return: ``{Key: (amount × days to pay, amount × days late, amount)}``
        """
        rows = self._read(
            ["account.move", "account.move.line", "account.partial.reconcile"],
            """SELECT i.company_id, %(group)s,
                      sum(r.amount * (r.max_date - COALESCE(m.invoice_date, i.date))),
                      sum(r.amount * GREATEST(
                          r.max_date - COALESCE(i.date_maturity, i.date), 0)),
                      sum(r.amount)
                 FROM account_partial_reconcile r
                 JOIN account_move_line i ON i.id = r.debit_move_id
                 JOIN account_account a
                   ON a.id = i.account_id AND a.account_type = 'asset_receivable'
                 JOIN account_move m ON m.id = i.move_id AND m.move_type = 'out_invoice'
                 JOIN c ON c.id = i.company_id
                 %(customer)s
                WHERE r.max_date > %(after)s AND r.max_date <= %(day)s
                  AND i.parent_state = 'posted'
                  AND EXISTS (SELECT 1 FROM account_move_line c
                                JOIN account_move cm ON cm.id = c.move_id
                               WHERE c.id = r.credit_move_id AND %(money)s)
                GROUP BY 1, 2""",
            SQL("m.commercial_partner_id"),
        )
        return {Key(*row[:2]): row[2:] for row in rows}

    def promises(self):
        """Return the promises that fell due in the period, by result.

        :return: ``{Key: {state: (number, amount in company currency)}}``
        """
        rows = self._read(
            ["ar.payment.plan"],
            """SELECT t.company_id, %(group)s, t.state, t.currency_id, count(*),
                      sum(t.amount)
                 FROM ar_payment_plan t
                 JOIN ar_debtor d ON d.id = t.debtor_id
                 JOIN c ON c.id = t.company_id
                 LEFT JOIN res_partner cp ON cp.id = d.partner_id
                WHERE t.kind = 'promise' AND t.state IN ('kept', 'partly', 'broken')
                  AND t.last_date > %(after)s AND t.last_date <= %(day)s
                GROUP BY 1, 2, 3, 4""",
        )
        found = {}
        for company_id, group, state, currency_id, count, amount in rows:
            company = self.env["res.company"].browse(company_id).sudo()
            currency = self.env["res.currency"].browse(currency_id)
            amount = currency._convert(amount, company.currency_id, company, self.day)
            states = found.setdefault(Key(company_id, group), {})
            known = states.get(state, (0, 0.0))
            states[state] = (known[0] + count, known[1] + amount)
        return found

    def disputes(self):
        """Return the disputes that were opened or answered in the period.

        :return: ``{Key: {"count", "closed", "days", "reasons"}}``
        """
        rows = self._read(
            ["ar.dispute"],
            """SELECT t.company_id, %(group)s, t.reason_id,
                      count(*) FILTER (
                          WHERE t.opened_on > %(after)s AND t.opened_on <= %(day)s),
                      count(*) FILTER (
                          WHERE t.closed_on > %(after)s AND t.closed_on <= %(day)s),
                      COALESCE(sum(t.closed_on - t.opened_on) FILTER (
                          WHERE t.closed_on > %(after)s AND t.closed_on <= %(day)s), 0)
                 FROM ar_dispute t
                 JOIN ar_debtor d ON d.id = t.debtor_id
                 JOIN c ON c.id = t.company_id
                 LEFT JOIN res_partner cp ON cp.id = d.partner_id
                WHERE t.opened_on <= %(day)s
                  AND (t.opened_on > %(after)s OR t.closed_on > %(after)s)
                GROUP BY 1, 2, 3""",
        )
        found = {}
        for company_id, group, reason_id, count, closed, days in rows:
            one = found.setdefault(
                Key(company_id, group),
                {"count": 0, "closed": 0, "days": 0, "reasons": Counter()},
            )
            one["count"] += count
            one["closed"] += closed
            one["days"] += days
            if count:
                # sudo: accountants and managers read all reasons
                reason = self.env["ar.dispute.reason"].sudo().browse(reason_id)
                one["reasons"][reason.name] += count
        return found

    def write_offs(self):
        """Return what was written off in the period, ``{Key: amount}``."""
        found = Counter()
        for debtor, amount in self._written_off():
            found[self._key_of(debtor)] += amount
        return found

    def written_off_debtors(self, key):
        """Return the ids of the customers of a key of whom something was written off."""
        return [
            one.id for one, _amount in self._written_off() if self._key_of(one) == key
        ]

    def _written_off(self):
        """Return pairs of (debtor, amount written off in the period)."""
        found = []
        for company in self.env.companies.filtered(lambda one: not one.parent_id):
            # sudo: amounts of companies that the user works in
            debtors = (
                self.env["ar.debtor"]
                .sudo()
                .with_context(active_test=False)
                .search([("company_id", "=", company.id)], order="id")
            )
            lost = PaymentBehaviour(debtors, company).written_off(self.after, self.day)
            found += [(one, float(lost[one.id])) for one in debtors.browse(lost)]
        return found

    def _key_of(self, debtor):
        return Key(debtor.company_id.id, self._group_of(debtor))

    def _group_of(self, debtor):
        """Return the value of the group for a debtor."""
        partner = debtor.partner_id
        return {
            "company": lambda: None,
            "collector_id": lambda: (debtor.user_id or debtor.company_id.ar_user_id).id,
            "kind": lambda: debtor.kind,
            "country_id": lambda: partner.country_id.id,
            "salesperson_id": lambda: partner.user_id.id,
        }[self.by]() or None

    # === SQL === #

    def _read(self, models, query, partner=None):
        """Run the query of a source with the companies, months and groups as tables.

        :param SQL partner: the customer of a move ``m``; else ``d`` and ``cp`` are
            joined by the query
        """
        for model in (*models, "ar.debtor", "res.partner"):
            self.env[model].flush_model()
        group = _GROUPS[self.by]
        if partner and self.by == "salesperson_id":
            group = _OF_INVOICE
        customer = SQL(
            """LEFT JOIN res_partner cp ON cp.id = %s
               LEFT JOIN ar_debtor d
                 ON d.company_id = c.root_id AND d.partner_id = cp.id""",
            partner or SQL("NULL"),
        )
        return self.env.execute_query(
            SQL(
                "WITH c(id, root_id, collector_id) AS (VALUES %s), "
                "month(number, after, until) AS (VALUES %s) %s",
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s::int)",
                        company.id,
                        company._ar_root().id,
                        company._ar_root().ar_user_id.id or None,
                    )
                    for company in self.env.companies.sudo()
                ),
                SQL(", ").join(
                    SQL("(%s, %s::date, %s::date)", number, *month)
                    for number, month in enumerate(self.months)
                ),
                SQL(
                    query,
                    group=group,
                    customer=customer,
                    after=self.after,
                    day=self.day,
                    money=IS_MONEY,
                ),
            )
        )


def months_back(day, count):
    """Return the months that end on a day, the newest first.

    From the last day of a month they are calendar months.
    """
    is_end = (day + timedelta(days=1)).day == 1
    ends = [
        day + relativedelta(months=-back, **({"day": 31} if is_end else {}))
        for back in range(count + 1)
    ]
    return [Month(after, until) for until, after in zip(ends, ends[1:], strict=False)]


def _plain(group):
    """Return the id of a record or the key of a selection; None for neither."""
    if isinstance(group, str):
        return group
    return (group.id if group else None) or None
