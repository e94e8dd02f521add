"""The cash forecast of a company: expected payments of its open items, and their weeks."""

from datetime import timedelta
from typing import NamedTuple

from odoo.tools import SQL

from ...engine.expected_payment import (
    WEEKS,
    Forecast,
    History,
    Open,
    Paid,
    Spread,
    promise_rate,
)
from ...tools.transactions import for_slices, id_array, in_turn, without_jit
from ..analytics.financing_query import SOLD
from ..ledger.ledger_reader import STOPPED
from ..ledger.money import IS_MONEY
from ..payment_behaviour.payment_behaviour import PaymentBehaviour

#: Customers in one transaction.
SLICE = 1000
#: Weeks of which the forecast is shown beside the facts.
WEEKS_BACK = 8
#: Columns of ar.expected.payment with their SQL types, without the key.
COLUMNS = {
    "debtor_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "amount": "numeric",
    "kind": "varchar",
    "expected_on": "date",
    "first_on": "date",
    "last_on": "date",
    "usual_days": "int",
    "paid_count": "int",
}


class Customer(NamedTuple):
    """What the forecast knows of a customer beside what they paid."""

    id: int
    kind: str
    country_id: int | None
    direct_debit: bool
    stopped: bool
    kept: float
    broken: float

    @property
    def group(self):
        """Customers of one kind in one country are similar."""
        return self.kind, self.country_id


class CashForecast:
    """The expected payments of the open items of one root company.

    Everything is read and written as sets, a constant number of SQL statements for each
    slice of customers.
    """

    def __init__(self, company):
        """
        :param res.company company: a root company, as superuser
        """
        self.company, self.env = company, company.env
        self.today = company._ar_today()
        self.calendar = company._ar_calendar()
        self.digits = {
            currency.id: currency.decimal_places
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([])
        }

    def store(self):
        """Store the expected payments and the weeks of the forecast.

        :return: how many items are expected
        """
        customers = self._customers()
        slices = [customers[at : at + SLICE] for at in range(0, len(customers), SLICE)]
        mailed = set()
        history = History(self._history(slices, mailed), self.today)
        kept, broken = (
            sum(getattr(one, name) for one in customers) for name in ("kept", "broken")
        )
        forecast = Forecast(history, self.calendar)
        self.sums, self.spreads, count = {}, {}, 0
        for some in slices:
            items = [
                item._replace(kept=promise_rate(one.kept, one.broken, kept, broken))
                for one, item in self._items(some, mailed)
            ]
            found = [forecast.of(item) for item in items]
            self._add_up(items, found)
            in_turn(
                self.env,
                lambda s=some, i=items, f=found: self._write_items(s, i, f),
            )
            count += sum(one.on is not None for one in found)
        in_turn(self.env, lambda: self._write_weeks(forecast.starts))
        return count

    # === READING === #

    def _customers(self):
        self.env["ar.debtor"].flush_model()
        self.env["res.partner"].flush_model(["country_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id, d.kind, p.country_id, COALESCE(d.direct_debit, FALSE),
                          %(stopped)s, COALESCE(d.promises_kept, 0),
                          COALESCE(d.promises_broken, 0)
                     FROM ar_debtor d JOIN res_partner p ON p.id = d.partner_id
                    WHERE d.company_id = %(company)s ORDER BY d.id""",
                stopped=SQL(STOPPED, today=self.today),
                company=self.company.id,
            )
        )
        return [Customer._make(row) for row in rows]

    def _history(self, slices, mailed):
        """Yield what the customers paid; note the open items that were sent by e-mail.

        :param set mailed: ids of journal items, filled here
        """
        for some in slices:
            without_jit(self.env)
            debtors = self.env["ar.debtor"].browse([one.id for one in some])
            groups = {one.id: one.group for one in some}
            rows = PaymentBehaviour(debtors, self.company).rows(self.today)
            for debtor_id, invoices in rows.items():
                for one, _shown in invoices:
                    if one.paid:
                        yield Paid(
                            debtor_id,
                            groups[debtor_id],
                            (one.paid - one.due).days,
                            one.paid,
                            one.by_email,
                        )
                    elif one.by_email:
                        mailed.add(one.id)

    def _items(self, customers, mailed):
        """Return the open items of customers, ``[(Customer, Open)]``, by customer.

        Credits that are not matched pay the items that are due first.
        """
        ids = [one.id for one in customers]
        by_id = {one.id: one for one in customers}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        self.env["ar.exclusion"].flush_model()
        for_slices(self.env)
        rows = self.env.execute_query(
            SQL(
                """SELECT i.id, i.debtor_id, i.currency_id, i.due_date,
                          i.amount_residual_currency, i.amount_disputed,
                          i.amount_promised + i.amount_planned,
                          i.is_handed_over OR %s, i.is_kept_apart
                     FROM (%s) i ORDER BY i.debtor_id, i.due_date, i.id""",
                SOLD,
                self.env["ar.open.item"]._query("all", ids),
            )
        )
        credits = {}
        for _id, debtor_id, currency_id, _due, amount, *_rest, apart in rows:
            if amount < 0 and not apart:
                key = debtor_id, currency_id
                credits[key] = credits.get(key, 0) - self._minor(amount, currency_id)
        dates = self._dates(ids)
        self.currencies, found = {}, []
        for item_id, debtor_id, currency_id, due, *amounts, gone, _ in rows:
            amount, disputed, agreed = (
                self._minor(one, currency_id) for one in amounts
            )
            if amount <= 0:
                continue
            one = by_id[debtor_id]
            self.currencies[item_id] = currency_id
            apart = amount if one.stopped or gone else disputed
            credit = credits.get((debtor_id, currency_id), 0)
            if credit and apart < amount:
                taken = min(credit, amount - apart)
                credits[debtor_id, currency_id] = credit - taken
                apart += taken
            item = Open(
                id=item_id,
                customer=debtor_id,
                group=one.group,
                due=due,
                amount=amount,
                by_email=item_id in mailed,
                debited=one.direct_debit,
                apart=apart,
                agreed=_shares(dates.get(item_id, ()), agreed),
            )
            found.append((one, item))
        return found

    def _dates(self, debtor_ids):
        """Return the dates on which agreed items are to be paid, ``{item id: dates}``.

        The installments of an agreement still to be paid, the first ones for the items
        that are due first.

        :return: lists of (date, amount) by journal item
        """
        for model in (
            "ar.payment.plan",
            "ar.payment.plan.line",
            "ar.payment.plan.installment",
        ):
            self.env[model].flush_model()
        running = SQL(
            "p.state = 'active' AND p.debtor_id = ANY(%s)", id_array(debtor_ids)
        )
        parts = {}
        for plan_id, currency_id, day, amount in self.env.execute_query(
            SQL(
                """SELECT p.id, p.currency_id, t.date, t.amount
                     FROM ar_payment_plan p
                     JOIN ar_payment_plan_installment t ON t.plan_id = p.id
                    WHERE %s ORDER BY t.date DESC, t.id DESC""",
                running,
            )
        ):
            parts.setdefault(plan_id, []).append(
                (day, self._minor(amount, currency_id))
            )
        found = {}
        for plan_id, currency_id, item_id, amount in self.env.execute_query(
            SQL(
                """SELECT p.id, p.currency_id, l.move_line_id, l.amount
                     FROM ar_payment_plan p
                     JOIN ar_payment_plan_line l ON l.plan_id = p.id AND l.active
                     JOIN account_move_line i ON i.id = l.move_line_id
                    WHERE %s ORDER BY COALESCE(i.date_maturity, i.date), i.id""",
                running,
            )
        ):
            wanted, left = self._minor(amount, currency_id), parts.get(plan_id, [])
            while wanted > 0 and left:
                day, part = left.pop()
                taken = min(wanted, part)
                found.setdefault(item_id, []).append((day, taken))
                wanted -= taken
                if part > taken:
                    left.append((day, part - taken))
        return found

    def _minor(self, amount, currency_id):
        return round(float(amount or 0) * 10 ** self.digits[currency_id])

    def _major(self, amount, currency_id):
        return amount / 10 ** self.digits[currency_id]

    # === WRITING === #

    def _add_up(self, items, found):
        """Add the weeks of a slice to the sums and ranges, by currency."""
        by_customer = {}
        for item, one in zip(items, found, strict=True):
            currency_id = self.currencies[item.id]
            sums = self.sums.setdefault(currency_id, [0] * (WEEKS + 1))
            for week, amount in enumerate(one.weeks):
                sums[week] += amount
            by_customer.setdefault((item.customer, currency_id), []).append(one.weeks)
        for (_customer, currency_id), weeks in by_customer.items():
            self.spreads.setdefault(currency_id, Spread()).add(weeks)

    def _write_items(self, customers, items, found):
        """Write the expected payments of some customers that changed."""
        ids = [one.id for one in customers]
        rows = [
            (
                item.id,
                item.customer,
                self.company.id,
                self.currencies[item.id],
                self._major(sum(one.weeks), self.currencies[item.id]),
                one.kind,
                one.on,
                one.first,
                one.last,
                one.usual,
                one.count,
            )
            for item, one in zip(items, found, strict=True)
        ]
        names = list(COLUMNS)
        arrays = zip(*rows, strict=True) if rows else [()] * (len(names) + 1)
        values = SQL(", ").join(
            SQL("%s::%s[]", list(column), SQL(kind))
            for column, kind in zip(arrays, ["int", *COLUMNS.values()], strict=True)
        )
        columns = SQL(", ").join(map(SQL.identifier, names))
        self.env.cr.execute(
            SQL(
                """WITH n AS MATERIALIZED (
                       SELECT * FROM unnest(%(values)s) AS n(move_line_id, %(columns)s)
                   ), gone AS (
                       DELETE FROM ar_expected_payment e
                        WHERE e.debtor_id = ANY(%(ids)s)
                          AND NOT EXISTS (SELECT 1 FROM n
                                           WHERE n.move_line_id = e.move_line_id)
                   )
                   INSERT INTO ar_expected_payment AS e (move_line_id, %(columns)s)
                   SELECT move_line_id, %(columns)s FROM n
                    -- Deleted meanwhile: one item must not stop the others
                    WHERE EXISTS (SELECT 1 FROM account_move_line l
                                   WHERE l.id = n.move_line_id)
                   ON CONFLICT (move_line_id) DO UPDATE SET (%(columns)s) = (%(new)s)
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s)""",
                values=values,
                columns=columns,
                old=SQL(", ").join(SQL.identifier("e", name) for name in names),
                new=SQL(", ").join(SQL.identifier("excluded", name) for name in names),
                ids=id_array(ids),
            )
        )
        self._write_next(ids)

    def _write_next(self, ids):
        """Write the day of the next payment of customers, for their lists."""
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor d SET expected_on = e.day
                     FROM unnest(%s) asked(id)
                     LEFT JOIN (SELECT debtor_id, min(expected_on) AS day
                                  FROM ar_expected_payment
                                 WHERE debtor_id = ANY(%s) GROUP BY debtor_id) e
                       ON e.debtor_id = asked.id
                    WHERE d.id = asked.id AND d.expected_on IS DISTINCT FROM e.day""",
                id_array(ids),
                id_array(ids),
            )
        )
        self.env["ar.expected.payment"].invalidate_model()
        self.env["ar.debtor"].invalidate_model(["expected_on"])

    def _write_weeks(self, starts):
        """Write the weeks of the forecast, and what came in the last weeks.

        The first forecast of a week is kept beside the present one.
        """
        rows = []
        for currency_id, amounts in self.sums.items():
            ranges = self.spreads[currency_id].around(amounts)
            for start, amount, (low, high) in zip(starts, amounts, ranges, strict=True):
                rows.append(
                    (
                        currency_id,
                        start,
                        *(self._major(one, currency_id) for one in (amount, low, high)),
                    )
                )
        Week = self.env["ar.forecast.week"]
        Week.flush_model()
        arrays = [list(one) for one in zip(*rows, strict=True)] or [[]] * 5
        self.env.cr.execute(
            SQL(
                """WITH n AS MATERIALIZED (
                       SELECT * FROM unnest(%(currencies)s::int[], %(weeks)s::date[],
                              %(amounts)s::numeric[], %(lows)s::numeric[],
                              %(highs)s::numeric[])
                              AS n(currency_id, week, amount, low, high)
                   ), none_left AS (
                       UPDATE ar_forecast_week w SET amount = 0, low = 0, high = 0
                        WHERE w.company_id = %(company)s AND w.made_in = %(made)s
                          AND w.amount <> 0
                          AND w.currency_id NOT IN (SELECT currency_id FROM n)
                   )
                   INSERT INTO ar_forecast_week AS w
                          (company_id, currency_id, made_in, week, amount, low, high,
                           first_amount, is_later)
                   SELECT %(company)s, n.currency_id, %(made)s, n.week, n.amount, n.low,
                          n.high, n.amount, n.week = %(later)s
                     FROM n
                   ON CONFLICT (company_id, currency_id, made_in, week) DO UPDATE
                      SET amount = excluded.amount, low = excluded.low,
                          high = excluded.high""",
                currencies=arrays[0],
                weeks=arrays[1],
                amounts=arrays[2],
                lows=arrays[3],
                highs=arrays[4],
                company=self.company.id,
                made=starts[0],
                later=starts[-1],
            )
        )
        self._write_facts(starts[0])
        Week.invalidate_model()

    def _write_facts(self, monday):
        """Write what came in the last weeks for the invoices that the forecast knew."""
        for model in ("account.move.line", "account.move", "account.partial.reconcile"):
            self.env[model].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE ar_forecast_week w SET came = COALESCE(facts.amount, 0)
                     FROM ar_forecast_week mine
                     LEFT JOIN (
                          SELECT i.currency_id, date_trunc('week', c.date)::date AS week,
                                 sum(r.debit_amount_currency) AS amount
                            FROM account_partial_reconcile r
                            JOIN account_move_line c ON c.id = r.credit_move_id
                            JOIN account_move cm ON cm.id = c.move_id
                            JOIN account_move_line i ON i.id = r.debit_move_id
                            JOIN account_account a ON a.id = i.account_id
                             AND a.account_type = 'asset_receivable'
                            JOIN res_company co ON co.id = i.company_id
                             AND split_part(co.parent_path, '/', 1)::int = %(company)s
                           WHERE c.date >= %(since)s
                             AND i.date < date_trunc('week', c.date)::date
                             AND %(money)s
                           GROUP BY 1, 2) facts
                       ON facts.currency_id = mine.currency_id
                      AND facts.week = mine.week
                    WHERE mine.company_id = %(company)s AND mine.week = mine.made_in
                      AND mine.week >= %(since)s AND w.id = mine.id
                      AND w.came IS DISTINCT FROM COALESCE(facts.amount, 0)""",
                company=self.company.id,
                since=monday - timedelta(weeks=WEEKS_BACK),
                money=IS_MONEY,
            )
        )


def _shares(dates, agreed):
    """Return the dates of what is still agreed: what was paid took the first ones off.

    :param dates: of (date, amount), as agreed
    :param int agreed: the amount that is still to be paid of them
    """
    found = []
    for day, amount in sorted(dates, reverse=True):
        part = min(amount, agreed)
        if part <= 0:
            break
        found.append((day, part))
        agreed -= part
    return tuple(reversed(found))
