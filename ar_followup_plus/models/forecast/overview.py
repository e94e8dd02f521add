"""The overview: one page of figures, from the snapshot; each opens its list."""

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date, format_datetime

from ...engine.expected_payment import WEEKS
from ..company.roles import ACCOUNTANT, MANAGER, require_role
from .forecast import WEEKS_BACK, CashForecast
from .overview_day import MONTH, NEXT_WEEKS, WEEK, DayFigures

#: Customers in a list of the page.
SHOWN = 10
READER = "account.group_account_readonly"
#: Columns of ar.debtor of the aging bar, with the buckets of open items.
AGES = {
    "amount_current": "current",
    "amount_1_30": "1_30",
    "amount_31_60": "31_60",
    "amount_61_90": "61_90",
    "amount_91_120": "91_120",
    "amount_older": "older",
}


class ArOverview(models.AbstractModel):
    """What a manager sees first: a constant number of statements, none on the ledger."""

    _name = "ar.overview"
    _description = "Overview of Receivables"

    @api.model
    def figures(self):
        """Return all figures of the page for the current company.

        :raise AccessError: for others than managers and accountants
        :rtype: dict
        """
        self._check()
        return Overview(self.env).page()

    @api.model
    def work_out(self):
        """Bring snapshot, forecast and figures up to date now; return the page.

        :raise AccessError: for others than managers and accountants
        """
        self._check()
        company = self.env.company._ar_root().sudo()
        debtors = company.env["ar.debtor"]
        debtors._make_missing(company.ids)
        debtors.refresh(
            debtors.with_context(active_test=False)
            .search([("company_id", "=", company.id)])
            .ids
        )
        CashForecast(company).store()
        DayFigures(company).store()
        return Overview(self.env).page()

    def _check(self):
        require_role(
            self.env,
            self.env._(
                "The overview is for credit managers and accountants: ask one for it."
            ),
            MANAGER,
            ACCOUNTANT,
            READER,
        )
        if self.env.company not in self.env.companies:
            raise UserError(self.env._("Choose a company in the company switcher."))


class Overview:
    """The page of the current company; the caller checks who asks."""

    def __init__(self, env):
        self.company = env.company._ar_root().sudo()
        self.env = env
        self.today = self.company._ar_today()
        self.currency = self.company.currency_id
        self.monday = self.today - timedelta(days=self.today.weekday())

    def page(self):
        """Return the page, as plain values."""
        for model in (
            "ar.debtor",
            "ar.forecast.week",
            "ar.overview.day",
            "ar.notice",
            "ar.payment.plan",
            "ar.dispute",
        ):
            self.env[model].flush_model()
        sums = self._sums()
        days = self._days()
        kept = self._kept_weeks()
        weeks, rates = self._weeks(
            [row for row in kept if row["made_in"] == self.monday]
        )
        page = {
            "company": self.company.name,
            "empty": self._empty(sums),
            "updated": sums["updated"]
            and self.env._(
                "Figures of %(moment)s",
                moment=format_datetime(self.env, sums["updated"], dt_format="short"),
            ),
        }
        if page["empty"]:
            return page
        customers = self._customers()
        needs = self._waiting()
        since = self.today - timedelta(days=WEEK)
        counts = self._counts([action for _key, action in needs], since)
        return page | {
            "tiles": self._tiles(sums, days, weeks),
            "aging": self._aging(sums),
            "forecast": self._forecast(weeks, rates),
            "past": self._past([row for row in kept if row["made_in"] < self.monday]),
            "stages": self._stages(customers),
            "worst": self._most(
                customers, "amount_overdue", self.env._("Customers by overdue")
            ),
            "worse": self._most(
                customers, "overdue_change", self.env._("Customers by worsening")
            ),
            "needs": [
                {"key": key, "title": action["name"], "count": count, "action": action}
                for (key, action), count in zip(needs, counts, strict=False)
            ],
            "changed": self._changed(since, counts[len(needs) :]),
        }

    # === READING === #

    def _sums(self):
        """Return the sums of the snapshot."""
        ages = SQL(", ").join(
            SQL("COALESCE(sum(%s), 0)::float8 AS %s", *[SQL.identifier(name)] * 2)
            for name in AGES
        )
        (found,) = self.env.execute_query_dict(
            SQL(
                """SELECT count(*) AS customers, max(snapshot_at) AS updated,
                          count(*) FILTER (WHERE amount_overdue > 0) AS late,
                          COALESCE(sum(amount_owed), 0)::float8 AS owed,
                          COALESCE(sum(amount_overdue), 0)::float8 AS overdue,
                          %s
                     FROM ar_debtor WHERE company_id = %s""",
                ages,
                self.company.id,
            )
        )
        return found

    def _days(self):
        """Return the kept figures nearest to today, a week and a month before.

        :return: ``{0: row, 7: row, 28: row}``; a row that is missing is left out
        """
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT day, owed::float8, overdue::float8, dso::float8,
                          expected::float8, sales::float8
                     FROM ar_overview_day
                    WHERE company_id = %s AND day > %s ORDER BY day DESC""",
                self.company.id,
                self.today - timedelta(days=MONTH + WEEK),
            )
        )
        found = {}
        for days in (0, WEEK, MONTH):
            day = self.today - timedelta(days=days)
            row = next((one for one in rows if one["day"] <= day), None)
            if row and (day - row["day"]).days < WEEK:
                found[days] = row
        return found

    def _kept_weeks(self):
        """Return the weeks of this week's forecast, and the first ones of weeks before."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT made_in, week, currency_id, is_later, amount::float8,
                          low::float8, high::float8, first_amount::float8, came::float8
                     FROM ar_forecast_week
                    WHERE company_id = %(company)s
                      AND (made_in = %(monday)s
                           OR (made_in = week AND week < %(monday)s AND week >= %(first)s
                               AND came IS NOT NULL))
                    ORDER BY week""",
                company=self.company.id,
                monday=self.monday,
                first=self.monday - timedelta(weeks=WEEKS_BACK),
            )
        )

    def _weeks(self, rows):
        """Return the weeks of the forecast in company currency, and the rates used.

        :param list rows: of this week's forecast
        :return: ``[{week, amount, low, high, is_later}]``, rates in words
        """
        currencies = self.env["res.currency"].browse(
            dict.fromkeys(row["currency_id"] for row in rows if row["amount"])
        )
        factors, words = self._factors(currencies)
        weeks = {}
        for row in rows:
            factor = factors.get(row["currency_id"])
            one = weeks.setdefault(
                row["week"],
                {"week": row["week"], "is_later": row["is_later"]}
                | dict.fromkeys(("amount", "down", "up"), 0.0),
            )
            if factor is None:
                continue
            one["amount"] += row["amount"] * factor
            # Ranges of independent amounts add up by their squares
            one["down"] += ((row["amount"] - row["low"]) * factor) ** 2
            one["up"] += ((row["high"] - row["amount"]) * factor) ** 2
        for one in weeks.values():
            one["low"] = one["amount"] - one.pop("down") ** 0.5
            one["high"] = one["amount"] + one.pop("up") ** 0.5
        return list(weeks.values()), words

    def _factors(self, currencies):
        """Return the factor of each currency to that of the company, and in words."""
        others = currencies - self.currency
        if not others:
            return {self.currency.id: 1.0}, []
        rates = dict(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (currency_id) currency_id, rate::float8
                         FROM res_currency_rate
                        WHERE currency_id = ANY(%s) AND name <= %s
                          AND COALESCE(company_id, %s) = %s
                        ORDER BY currency_id, company_id NULLS LAST, name DESC""",
                    (others | self.currency).ids,
                    self.today,
                    self.company.id,
                    self.company.id,
                )
            )
        )
        own = rates.get(self.currency.id, 1.0)
        factors, words = {self.currency.id: 1.0}, []
        for one in others.sudo():
            if rates.get(one.id):
                factors[one.id] = own / rates[one.id]
                words.append(
                    self.env._(
                        "%(currency)s at %(rate)s %(own)s of %(day)s",
                        currency=one.name,
                        rate=f"{factors[one.id]:.4f}",
                        own=self.currency.name,
                        day=format_date(self.env, self.today),
                    )
                )
            else:
                words.append(
                    self.env._(
                        "%(currency)s is not added: it has no rate on %(day)s",
                        currency=one.name,
                        day=format_date(self.env, self.today),
                    )
                )
        return factors, words

    # === PARTS OF THE PAGE === #

    def _empty(self, sums):
        """Return what to do first where there is nothing to show, or False."""
        if not sums["customers"]:
            return {
                "title": self.env._("Nobody owes you anything yet"),
                "text": self.env._(
                    "Post customer invoices, or look again now: the figures are worked "
                    "out each night."
                ),
            }
        if not sums["updated"]:
            return {
                "title": self.env._("The figures are not worked out yet"),
                "text": self.env._("This happens each night; you can do it now."),
            }
        return False

    def _tiles(self, sums, days, weeks):
        before, now = days.get(MONTH, {}), days.get(0, {})
        coming = [one for one in weeks if not one["is_later"]][:NEXT_WEEKS]
        expected = sum(one["amount"] for one in coming)
        until = self.monday + timedelta(weeks=NEXT_WEEKS, days=-1)
        return [
            self._tile(
                "owed",
                self.env._("Owed"),
                self._money(sums["owed"]),
                self._change(sums["owed"], before.get("owed")),
                self._customer_list(self.env._("Owed"), [("amount_owed", "!=", 0)]),
                self.env._("What all customers owe, less their credits."),
            ),
            self._tile(
                "overdue",
                self.env._("Overdue"),
                self._money(sums["overdue"]),
                self._change(sums["overdue"], before.get("overdue"), better=-1),
                self._customer_list(
                    self.env._("Overdue"), [("amount_overdue", ">", 0)]
                ),
                self.env._(
                    "After the due date. Customers: %(count)s", count=sums["late"]
                ),
            ),
            self._tile(
                "expected",
                self.env._("Expected in four weeks"),
                self._money(expected),
                self._change(expected, before.get("expected") or None, better=1),
                self._expected_list(
                    self.env._("Expected in four weeks"), self.monday, until
                ),
                self.env._(
                    "Until %(day)s, as customers usually pay.",
                    day=format_date(self.env, until),
                ),
            ),
            self._dso_tile(now, before),
        ]

    def _dso_tile(self, now, before):
        """Return the tile of days sales outstanding; without sales it says so."""
        told = now.get("sales", 0) > 0
        return self._tile(
            "dso",
            self.env._("DSO"),
            self.env._("%(days)s days", days=round(now["dso"]))
            if told
            else self.env._("no sales"),
            told and self._change(now["dso"], before.get("dso"), better=-1, days=True),
            {
                "type": "ir.actions.act_window",
                "name": self.env._("Figures of each day"),
                "res_model": "ar.overview.day",
                "views": [[False, "list"], [False, "graph"]],
                "domain": [["company_id", "=", self.company.id]],
            },
            self.env._(
                "Days sales outstanding: owed / sales of three months × their days, as "
                "in Key figures. Sales are invoices less credit notes, without tax."
            ),
        )

    @staticmethod
    def _tile(key, title, value, change, action, words):
        return {
            "key": key,
            "title": title,
            "value": value,
            "change": change,
            "action": action,
            "help": words,
        }

    def _change(self, now, before, better=0, days=False):
        """Return the change since last month in words, and whether it is good.

        :param int better: 1 if more is better, -1 if less is better
        """
        if now is None or before is None:
            return False
        change = now - before
        text = (
            self.env._("%(days)s days", days=f"{abs(change):.1f}")
            if days
            else self._money(abs(change))
        )
        if abs(change) < 0.05:
            sign, words = 0, self.env._("as a month ago")
        elif change > 0:
            sign = 1
            words = self.env._("%(change)s more than a month ago", change=text)
        else:
            sign = -1
            words = self.env._("%(change)s less than a month ago", change=text)
        return {"sign": sign, "good": sign * better, "text": words}

    def _aging(self, sums):
        names = dict(
            self.env["ar.open.item"]._fields["bucket"]._description_selection(self.env)
        )
        total = sum(sums[name] for name in AGES) or 1.0
        return [
            {
                "key": bucket,
                "label": names[bucket],
                "value": sums[name],
                "share": round(100 * sums[name] / total),
                "text": self._money(sums[name]),
                "action": self._item_list(
                    names[bucket],
                    [["bucket", "=", bucket], ["is_excluded", "=", False]],
                ),
            }
            for name, bucket in AGES.items()
        ]

    def _forecast(self, weeks, rates):
        """Return the weeks of the chart, and what comes later."""
        shown = [one for one in weeks if not one["is_later"]][:WEEKS]
        later = [one for one in weeks if one["is_later"]]
        return {
            "weeks": [
                {
                    "label": format_date(self.env, one["week"], date_format="d MMM"),
                    "amount": round(one["amount"], 2),
                    "low": round(max(one["low"], 0), 2),
                    "high": round(one["high"], 2),
                    "text": self.env._(
                        "%(amount)s, likely between %(low)s and %(high)s",
                        amount=self._money(one["amount"]),
                        low=self._money(max(one["low"], 0)),
                        high=self._money(one["high"]),
                    ),
                    "action": self._expected_list(
                        self.env._(
                            "Expected in the week of %(day)s",
                            day=format_date(self.env, one["week"]),
                        ),
                        one["week"],
                        one["week"] + timedelta(days=6),
                    ),
                }
                for one in shown
            ],
            "later": later and self._money(sum(one["amount"] for one in later)),
            "rates": rates,
            "action": {
                "type": "ir.actions.act_window",
                "name": self.env._("Cash forecast"),
                "res_model": "ar.forecast.week",
                "views": [[False, "list"], [False, "pivot"], [False, "graph"]],
                "domain": [
                    ["company_id", "=", self.company.id],
                    ["made_in", "=", str(self.monday)],
                ],
            },
        }

    def _past(self, kept):
        """Return the forecasts of the last weeks beside what came in, and the error.

        :param list kept: the first forecasts of weeks before, in any currency
        """
        rows = [
            {"week": row["week"], "expected": row["first_amount"], "came": row["came"]}
            for row in kept
            if row["currency_id"] == self.currency.id
        ]
        came = sum(row["came"] for row in rows)
        error = sum(abs(row["expected"] - row["came"]) for row in rows)
        if came > 0:
            words = self.env._(
                "In the last weeks the forecast was wrong by %(error)s %% of what came.",
                error=round(100 * error / came),
            )
        else:
            words = self.env._(
                "How good the forecast is will be seen here after a week."
            )
        return {
            "error": words,
            "weeks": [
                {
                    "label": format_date(self.env, row["week"], date_format="d MMM"),
                    "expected": self._money(row["expected"]),
                    "came": self._money(row["came"]),
                }
                for row in rows
            ],
        }

    def _customers(self):
        """Return the stages, and the customers with the most of each figure.

        :return: ``{figure, or "stage": [(id or number, name or stage, amount, overdue,
            days overdue)]}``
        """
        most = [
            SQL(
                """(SELECT %(figure)s AS figure, d.id, p.complete_name,
                           %(column)s::float8 AS amount, d.amount_overdue::float8,
                           d.days_overdue
                      FROM ar_debtor d JOIN res_partner p ON p.id = d.partner_id
                     WHERE d.company_id = %(company)s AND %(column)s > 0
                     ORDER BY %(column)s DESC, d.id LIMIT %(limit)s)""",
                figure=figure,
                column=SQL.identifier("d", figure),
                company=self.company.id,
                limit=SHOWN,
            )
            for figure in ("amount_overdue", "overdue_change")
        ]
        rows = self.env.execute_query(
            SQL(
                """%s UNION ALL
                   (SELECT 'stage', count(*)::int, COALESCE(stage, 'none'),
                           sum(amount_overdue)::float8, NULL, NULL
                      FROM ar_debtor WHERE company_id = %s AND amount_overdue > 0
                     GROUP BY 3)""",
                SQL(" UNION ALL ").join(most),
                self.company.id,
            )
        )
        found = {}
        for figure, *row in rows:
            found.setdefault(figure, []).append(row)
        return found

    def _stages(self, customers):
        names = dict(
            self.env["ar.debtor"]._fields["stage"]._description_selection(self.env)
        )
        rows = customers.get("stage", ())
        found = {stage: (amount, count) for count, stage, amount, *_none in rows}
        total = max((amount for amount, _count in found.values()), default=1.0)
        return [
            {
                "label": names[stage],
                "text": self._money(found[stage][0]),
                "count": found[stage][1],
                "share": round(100 * found[stage][0] / total),
                "action": self._customer_list(
                    names[stage],
                    [("amount_overdue", ">", 0), ("stage", "=", stage)],
                ),
            }
            for stage in names
            if stage in found
        ]

    def _most(self, customers, column, title):
        """Return the customers with the most of a figure."""
        rows = customers.get(column, ())
        return {
            "rows": [
                {
                    "id": debtor_id,
                    "name": partner,
                    "text": self._money(amount),
                    "note": self.env._(
                        "%(overdue)s overdue, %(days)s days",
                        overdue=self._money(overdue),
                        days=days,
                    ),
                    "action": self._item_list(partner, [["debtor_id", "=", debtor_id]]),
                }
                for debtor_id, partner, amount, overdue, days in rows
            ],
            "action": self._customer_list(title, [(column, ">", 0)]),
        }

    def _waiting(self):
        """Return the lists of what needs a decision: ``[(key, action)]``."""
        broken = [
            ["state", "=", "broken"],
            ["closed_on", ">=", str(self.today - timedelta(days=WEEK))],
        ]
        lists = (
            (
                "approvals",
                self.env._("Notices to approve"),
                "ar.notice",
                [["state", "=", "proposed"]],
            ),
            (
                "disputes",
                self.env._("Disputes answered late"),
                "ar.dispute",
                [["is_late", "=", True]],
            ),
            (
                "promises",
                self.env._("Promises not kept, in seven days"),
                "ar.payment.plan",
                broken,
            ),
            (
                "holds",
                self.env._("Customers warned before a credit hold"),
                "ar.debtor",
                [["hold_state", "=", "warn"]],
            ),
        )
        return [
            (
                key,
                {
                    "type": "ir.actions.act_window",
                    "name": title,
                    "res_model": model,
                    "views": [[False, "list"], [False, "form"]],
                    "domain": [*domain, ["company_id", "=", self.company.id]],
                },
            )
            for key, title, model, domain in lists
        ]

    def _counts(self, actions, since):
        """Return the lengths of lists, and what happened since a day, in one statement.

        The lists as the user sees them: with the rules of records. What happened:
        notices, promises and their amount, disputes, the newly late and their amount.
        """
        queries = [
            self.env[action["res_model"]]._search(action["domain"]).select()
            for action in actions
        ]
        (counts,) = self.env.execute_query(
            SQL(
                "SELECT %s, %s",
                SQL(", ").join(
                    SQL("(SELECT count(*) FROM (%s) counted)", query)
                    for query in queries
                ),
                self._happened_sql(since),
            )
        )
        return counts

    def _changed(self, since, counts):
        """Return what happened in the last seven days, with its list."""
        notices, promises, promised, disputes, due, late = counts
        after = [["company_id", "=", self.company.id]]
        day = str(since)
        return [
            self._event(
                self.env._("Customers newly late"),
                due,
                self._money(late),
                "ar.debtor",
                [
                    ["oldest_due_date", ">=", day],
                    ["oldest_due_date", "<", str(self.today)],
                    *after,
                ],
            ),
            self._event(
                self.env._("Notices sent"),
                notices,
                "",
                "ar.notice",
                [["state", "=", "sent"], ["sent_on", ">", day], *after],
            ),
            self._event(
                self.env._("Promises and plans"),
                promises,
                self._money(promised),
                "ar.payment.plan",
                [["start_on", ">", day], *after],
            ),
            self._event(
                self.env._("Disputes opened"),
                disputes,
                "",
                "ar.dispute",
                [["opened_on", ">", day], *after],
            ),
        ]

    def _happened_sql(self, since):
        return SQL(
            """(SELECT count(*) FROM ar_notice n WHERE n.company_id = %(company)s
                       AND n.state = 'sent' AND n.sent_on > %(since)s),
                   (SELECT count(*) FROM ar_payment_plan p
                     WHERE p.company_id = %(company)s AND p.start_on > %(since)s),
                   (SELECT COALESCE(sum(p.amount), 0)::float8 FROM ar_payment_plan p
                     WHERE p.company_id = %(company)s AND p.start_on > %(since)s
                       AND p.currency_id = %(currency)s),
                   (SELECT count(*) FROM ar_dispute t
                     WHERE t.company_id = %(company)s AND t.opened_on > %(since)s),
                   (SELECT count(*) FROM ar_debtor d WHERE d.company_id = %(company)s
                       AND d.oldest_due_date >= %(since)s
                       AND d.oldest_due_date < %(today)s),
                   (SELECT COALESCE(sum(d.amount_overdue), 0)::float8 FROM ar_debtor d
                     WHERE d.company_id = %(company)s
                       AND d.oldest_due_date >= %(since)s
                       AND d.oldest_due_date < %(today)s)""",
            company=self.company.id,
            since=since,
            currency=self.currency.id,
            today=self.today,
        )

    # === LISTS === #

    @staticmethod
    def _event(title, count, text, model, domain):
        return {
            "title": title,
            "count": count,
            "text": text if count else "",
            "action": {
                "type": "ir.actions.act_window",
                "name": title,
                "res_model": model,
                "views": [[False, "list"], [False, "form"]],
                "domain": domain,
            },
        }

    def _customer_list(self, title, domain):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "ar.debtor",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": [*map(list, domain), ["company_id", "=", self.company.id]],
            # The figures are of archived customers too
            "context": {"active_test": False},
        }

    def _item_list(self, title, domain):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "ar.open.item",
            "views": [[False, "list"], [False, "form"]],
            "domain": [
                *domain,
                ["company_id", "=", self.company.id],
                ["amount_residual_currency", ">", 0],
            ],
        }

    def _expected_list(self, title, first, last):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "ar.expected.payment",
            "views": [[False, "list"], [False, "form"]],
            "domain": [
                ["company_id", "=", self.company.id],
                ["expected_on", ">=", str(first)],
                ["expected_on", "<=", str(last)],
            ],
        }

    def _money(self, amount):
        """Return an amount of the company in words, without cents."""
        return format_amount(
            self.env,
            round(amount) or 0.0,
            self.currency,
            trailing_zeroes=not self.currency.decimal_places,
        )
