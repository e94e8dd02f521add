"""The figures of statements: what is open, or what moved, for many at once."""

from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..engine.aging import BUCKETS, bucket
from .ar_statement_query import moved, open_now, open_on
from .rpc_border import given_day

STATEMENT_KINDS = [("open", "What is open"), ("activity", "What happened in a period")]


class Period(NamedTuple):
    """What a statement is about."""

    kind: str = "open"
    #: Of which day; None: today, with all that is posted
    day: date | None = None
    #: The first day of the period of an activity statement
    first: date | None = None


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # === WHAT IT IS ABOUT === #

    def _statement_period(self, kind="open", day=None, first=None):
        """Return what a statement is about, checked.

        :param str kind: 'open' or 'activity'
        :param day: the (last) day; None: today
        :param first: the first day of an activity statement
        :rtype: Period
        :raise ValidationError: for a day in the future, or a period that ends before
            it begins
        """
        day, first = given_day(self.env, day), given_day(self.env, first)
        today = min(
            [company._ar_today() for company in self.sudo().company_id]
            or [fields.Date.context_today(self)]
        )
        if not isinstance(kind, str) or kind not in dict(STATEMENT_KINDS):
            raise ValidationError(self.env._("There is no statement of this kind."))
        for one in filter(None, (day, first)):
            if one > today:
                raise ValidationError(
                    self.env._(
                        "%(day)s is in the future: a statement says what was. Choose "
                        "today or an earlier day.",
                        day=format_date(self.env, one),
                    )
                )
        if kind == "activity" and not first:
            raise ValidationError(
                self.env._("Choose the first day of the period of the statement.")
            )
        if kind == "activity" and first > (day or today):
            raise ValidationError(
                self.env._(
                    "The period ends on %(last)s, before it begins on %(first)s: "
                    "choose another first or last day.",
                    last=format_date(self.env, day or today),
                    first=format_date(self.env, first),
                )
            )
        return Period(
            kind,
            day if day and day < today else None,
            first if kind == "activity" else None,
        )

    # === FIGURES === #

    def _statement_figures(self, period=None):
        """Return the figures of statements, in a constant number of SQL statements.

        Plain values without words: each customer reads them in its own language.

        :param Period period: default: what is open today
        :return: ``{debtor id: [part]}``, a part for each currency, see
            :meth:`_statement_open_parts` and :meth:`_statement_activity_parts`
        :rtype: dict
        """
        period = period or Period()
        if not self.ids:
            return {}
        for model, names in self.env["ar.open.item"]._depends.items():
            self.env[model].flush_model(names)
        self.env["account.partial.reconcile"].flush_model()
        if period.kind == "activity":
            return self._statement_activity_parts(period)
        return self._statement_open_parts(period)

    def _statement_open_parts(self, period):
        """Return what is open: items, buckets, and what is kept apart.

        ``total`` is the sum of all items; ``company`` the same in company currency;
        ``overdue`` is past its due date and neither disputed nor agreed.
        """
        query = (
            open_on(self.ids, period.day)
            if period.day
            else open_now(self.env, self.ids)
        )
        apart = self._statement_apart(period.day) if period.day else {}
        days = {
            company.id: period.day or company._ar_today()
            for company in self.sudo().company_id
        }
        companies = {debtor.id: debtor.sudo().company_id.id for debtor in self}
        found = {}
        for row in self.env.execute_query_dict(query):
            day = days[companies[row["debtor_id"]]]
            if row["id"] in apart:
                row["disputed"], row["agreed"] = apart[row["id"]]
            part = found.setdefault(row["debtor_id"], {}).setdefault(
                row["currency_id"], self._statement_part(row["currency_id"], day)
            )
            self._statement_add(part, row, day)
        charges = self._statement_charges(period.day) if not period.day else {}
        return {
            debtor.id: debtor._statement_closed(
                found[debtor.id], charges.get(debtor.id, {})
            )
            for debtor in self
            if debtor.id in found
        }

    def _statement_part(self, currency_id, day):
        return {
            "currency_id": currency_id,
            "day": day,
            "rows": [],
            "banks": set(),
            "buckets": dict.fromkeys((key for key, _last in BUCKETS), 0.0),
            **dict.fromkeys(
                ("total", "company", "overdue", "disputed", "agreed", "credits"), 0.0
            ),
        }

    def _statement_add(self, part, row, day):
        """Add an item to the part of its currency."""
        amount = row["residual"]
        part["company"] += row["own"]
        if not amount:
            return  # only a difference of exchange rates is left of it
        part["total"] += amount
        late = (day - row["due_date"]).days
        row["days"] = late if amount > 0 and late > 0 else 0
        if amount > 0:
            part["buckets"][bucket(late)] += amount
            apart = min(row["disputed"] + row["agreed"], amount)
            part["disputed"] += min(row["disputed"], amount)
            part["agreed"] += apart - min(row["disputed"], amount)
            if late > 0:
                part["overdue"] += amount - apart
            if row["partner_bank_id"]:
                part["banks"].add(row["partner_bank_id"])
        else:
            part["credits"] -= amount
        part["rows"].append(row)

    def _statement_closed(self, parts, charges):
        """Return the parts of a statement, rounded, the largest in its own money first."""
        result = []
        for part in sorted(parts.values(), key=lambda part: -abs(part["company"])):
            currency = self.env["res.currency"].browse(part["currency_id"])
            for name in ("total", "overdue", "disputed", "agreed", "credits"):
                part[name] = currency.round(part[name])
            part["buckets"] = {
                key: currency.round(amount) for key, amount in part["buckets"].items()
            }
            part["charges"] = currency.round(charges.get(part["currency_id"], 0.0))
            part["currency"] = currency
            part["counted"] = self._statement_counted(part)
            result.append(part)
        return result

    def _statement_counted(self, part):
        """Return what credits count for: ``(charges, invoices)``.

        Nothing is matched by this: it is what the company's setting says.
        """
        owed = part["total"] + part["credits"]
        return self._ar_count_payment(
            part["credits"], part["charges"], owed, part["currency"]
        )[:2]

    def _statement_activity_parts(self, period):
        """Return what moved, each with the balance after it.

        ``opening`` and ``closing`` are the balances before and after the period, and
        ``company`` the closing one in company currency.
        """
        found = {}
        for row in self.env.execute_query_dict(
            moved(self.ids, period.first, period.day)
        ):
            part = found.setdefault(row["debtor_id"], {}).setdefault(
                row["currency_id"],
                {
                    "currency_id": row["currency_id"],
                    "rows": [],
                    "banks": set(),
                    "opening": 0.0,
                    "closing": 0.0,
                    "company": 0.0,
                },
            )
            part["closing"] += row["amount"]
            part["company"] += row["own"]
            currency = self.env["res.currency"].browse(row["currency_id"])
            part["closing"] = currency.round(part["closing"])
            if row["what"] == "opening":
                part["opening"] = part["closing"]
            elif not currency.is_zero(row["amount"]):
                part["rows"].append({**row, "balance": part["closing"]})
        result = {}
        for debtor_id, parts in found.items():
            for part in parts.values():
                part["currency"] = self.env["res.currency"].browse(part["currency_id"])
            kept = [
                part
                for part in sorted(parts.values(), key=lambda p: -abs(p["company"]))
                if part["rows"] or part["closing"] or part["company"]
            ]
            if kept:
                result[debtor_id] = kept
        return result

    # === WHAT OTHER PARTS OF THE ADDON KNOW === #

    def _statement_apart(self, day):
        """Return what was being looked into, and what was agreed, on a past day.

        Of today it is part of the open items.

        :return: ``{journal item id: (disputed, agreed)}``
        :rtype: dict
        """
        for model in ("dispute", "dispute.line", "payment.plan", "payment.plan.line"):
            self.env[f"ar.{model}"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT t.id, sum(t.disputed), sum(t.agreed)
                     FROM (SELECT n.move_line_id AS id, n.amount AS disputed,
                                  0.0 AS agreed
                             FROM ar_dispute_line n
                             JOIN ar_dispute t ON t.id = n.dispute_id
                            WHERE t.debtor_id = ANY(%(ids)s)
                              AND t.opened_on <= %(day)s
                              AND COALESCE(t.closed_on > %(day)s, TRUE)
                            UNION ALL
                           SELECT n.move_line_id, 0.0, n.amount
                             FROM ar_payment_plan_line n
                             JOIN ar_payment_plan t ON t.id = n.plan_id
                            WHERE t.debtor_id = ANY(%(ids)s)
                              AND t.start_on <= %(day)s
                              AND COALESCE(t.closed_on > %(day)s, TRUE)) t
                    WHERE t.id IS NOT NULL GROUP BY t.id""",
                ids=self.ids,
                day=day,
            )
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def _statement_charges(self, day=None):
        """Return the charges for paying late that accrued, and are not posted.

        They are shown below the total and are no part of it.

        :return: ``{debtor id: {currency id: amount}}``
        :rtype: dict
        """
        return {
            debtor_id: {currency.id: amount for currency, amount in accrued.items()}
            for debtor_id, accrued in self._ar_accrued_each(day).items()
        }

    # === SENDING === #

    def send_statement(self, kind="open", day=None, first=None):
        """Send a statement by e-mail. Counts as a contact, not a step.

        :param str kind: 'open' or 'activity'
        :param day: the (last) day; default: today
        :param first: the first day of an activity statement
        :raise UserError: under a contact stop, without address, in a company that
            is not live or paused, or where there is nothing to say
        """
        self.check_access("write")
        period = self._statement_period(kind, day, first)
        for debtor in self:
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            debtor_sudo._check_statement(period)
            debtor_sudo._send_statement_mail(period)

    def _check_statement(self, period, figures=None):
        """Check that there is something to say, and return it.

        :raise UserError: where nothing is open, or nothing moved
        """
        self.ensure_one()
        if figures is None:
            figures = self._statement_figures(period)
        parts = figures.get(self.id)
        if parts:
            return parts
        if period.kind == "activity":
            raise UserError(
                self.env._(
                    "Nothing happened on the account of %(customer)s until the end of "
                    "this period: there is nothing to send.",
                    customer=self.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(customer)s has no open items: there is nothing to send.",
                customer=self.display_name,
            )
        )

    def _statement_reader(self):
        """Return who gets the statement, and in which language.

        :return: the contact as :meth:`ArNotice._people_of` returns it, the language
        :raise UserError: where nobody can be reached by e-mail
        """
        self.ensure_one()
        Notice = self.env["ar.notice"]
        people = Notice._people_of(self).get(self.id, [])
        if not people:
            raise UserError(
                self.env._(
                    "%(customer)s has no contact with a working e-mail address: add "
                    "one first.",
                    customer=self.display_name,
                )
            )
        return people[0], self._statement_shell()._lang([people[0]])

    def _statement_shell(self):
        """Return a notice that is not stored: it knows languages and senders."""
        return self.env["ar.notice"].new(
            {"debtor_id": self.id, "company_id": self.company_id.id}
        )

    def _send_statement_mail(self, period, files=None):
        """Send the statement to the best contact, in the customer's language.

        :param files: ``[(name, content)]``; default: made now
        """
        self.ensure_one()
        person, lang = self._statement_reader()
        self._portal_ensure_token()
        files = files or [
            self._statement_pdf(lang, period),
            self._statement_xlsx(lang, period=period),
        ]
        template = self.env.ref("ar_followup_plus.mail_template_statement")
        template = template.with_context(lang=lang, ar_statement_kind=period.kind)
        shell = self._statement_shell()
        user = self.statement_asked_by or self.env.user
        author = shell._author() if user._is_superuser() else user.partner_id
        mail = self._make_mail(template, person, shell._sender(), author, files)
        self.write({"last_contact_date": self.company_id._ar_today()})
        self._statement_left(period)
        # Not before the commit: a request that is tried again would send twice
        mail.send_after_commit()

    @api.model
    def _statement_by_bank(self, parts):
        """Return the bank account on the invoices; where they differ, none."""
        banks = set().union(*(part["banks"] for part in parts))
        return self.env["res.partner.bank"].browse(banks if len(banks) == 1 else ())
