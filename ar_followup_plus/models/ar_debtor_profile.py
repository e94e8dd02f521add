"""The figures of all customers, each night, and the profile they propose."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ..engine.behaviour import (
    CHRONIC_DAYS,
    CHRONIC_PERIODS,
    ENOUGH_PAID,
    REGULAR_PERIODS,
    behaviour,
    judge,
    periods,
)
from .ar_debtor import PROFILE_SELECTION
from .transactions import in_turn, without_jit

#: Customers in one transaction.
SLICE = 1000
#: What a person chose holds for so many days, unless they say until when.
CHOSEN_DAYS = 90

FIGURES = {
    "paid_count": "int",
    "paid_amount": "numeric",
    "paid_on_time": "float8",
    "paid_days_late": "float8",
    "paid_longest": "int",
    "late_periods": "int",
    "late_since": "date",
    "promises_kept": "int",
    "promises_broken": "int",
    "payments_returned": "int",
    "disputes_upheld": "int",
    "disputes_rejected": "int",
    "credit_use": "float8",
    "amount_written_off": "numeric",
    "profile_proposed": "varchar",
}


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    behaviour_at = fields.Datetime(
        string="Payment figures of", readonly=True, copy=False
    )
    paid_count = fields.Integer(
        string="Paid in twelve months", readonly=True, copy=False
    )
    paid_amount = fields.Monetary(string="Amount paid", readonly=True, copy=False)
    paid_on_time = fields.Float(
        string="Paid on time (%)",
        digits=(5, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Of the invoices paid in twelve months, by number.",
    )
    paid_days_late = fields.Float(
        string="Average days late",
        digits=(7, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Weighted by amount. Paying early does not make up for paying late.",
    )
    paid_longest = fields.Integer(
        string="Longest delay", readonly=True, copy=False, aggregator="max"
    )
    late_periods = fields.Integer(
        string="Late periods",
        readonly=True,
        copy=False,
        help="Invoices that are late at the same time are one late period. Late is "
        "what is paid more than five working days after the due date; what is "
        "disputed, small, just sent or held by us does not count.",
    )
    late_since = fields.Date(
        readonly=True, copy=False, help="Begin of the present late period."
    )
    promises_kept = fields.Integer(readonly=True, copy=False)
    promises_broken = fields.Integer(readonly=True, copy=False)
    payments_returned = fields.Integer(
        readonly=True, copy=False, help="Payments that came back within twelve months."
    )
    disputes_upheld = fields.Integer(
        string="Disputes: they were right", readonly=True, copy=False
    )
    disputes_rejected = fields.Integer(
        string="Disputes: rejected", readonly=True, copy=False
    )
    credit_use = fields.Float(
        string="Use of the credit limit (%)",
        digits=(7, 1),
        readonly=True,
        copy=False,
        aggregator="max",
    )
    profile_proposed = fields.Selection(
        PROFILE_SELECTION,
        string="Profile by the figures",
        readonly=True,
        copy=False,
        help="What the payments say. Somebody who is late now is treated as before "
        "that: the present late period counts once it is over.",
    )
    profile_until = fields.Date(
        string="Profile chosen until",
        copy=False,
        tracking=True,
        help="Until that day the payer profile stays as a person chose it; then it "
        "follows the figures again.",
    )

    # === BY A PERSON === #

    @api.constrains("profile_until")
    def _check_profile_until(self):
        for debtor in self:
            if debtor.profile_until and (
                debtor.profile_until < debtor.company_id._ar_today()
            ):
                raise ValidationError(
                    self.env._(
                        "A profile is chosen until today or later; leave the day "
                        "empty to let it follow the figures."
                    )
                )

    def write(self, vals):
        """A profile that a person chooses holds until a day, then figures count."""
        if not self.env.su and vals.get("profile") and "profile_until" not in vals:
            until = self.env.company._ar_today() + timedelta(days=CHOSEN_DAYS)
            vals = {**vals, "profile_until": until}
        return super().write(vals)

    def _profile_in_words(self, verdict):
        """Return which profile the figures propose, by which rule, and what holds.

        :param engine.behaviour.Verdict verdict: what the figures say
        """
        names = dict(self._fields["profile"]._description_selection(self.env))
        numbers = {
            "profile": names[verdict.profile],
            "periods": verdict.periods,
            "days": f"{verdict.days_late:g}",
            "count": verdict.count,
        }
        rules = {
            "new": self.env._(
                "%(profile)s: %(count)s invoices paid, no late period (fewer than "
                "%(enough)s paid)",
                enough=ENOUGH_PAID,
                **numbers,
            ),
            "good": self.env._(
                "%(profile)s: %(count)s invoices paid, no late period (%(enough)s or "
                "more paid)",
                enough=ENOUGH_PAID,
                **numbers,
            ),
            "first_late": self.env._(
                "%(profile)s: %(periods)s late period in twelve months", **numbers
            ),
            "regular": self.env._(
                "%(profile)s: %(periods)s late periods in twelve months (%(from)s or "
                "more)",
                **{**numbers, "from": REGULAR_PERIODS},
            ),
            "chronic": self.env._(
                "%(profile)s: %(periods)s late periods in twelve months (%(from)s or "
                "more)",
                **{**numbers, "from": CHRONIC_PERIODS},
            ),
        }
        text = rules[verdict.profile]
        if verdict.rule == "days":
            text = self.env._(
                "%(profile)s: %(periods)s late periods, on average %(days)s days late "
                "(%(from)s or more)",
                **{**numbers, "from": CHRONIC_DAYS},
            )
        until = self.profile_until
        if until and until >= self.company_id._ar_today():
            text = self.env._(
                "%(rule)s. Chosen by a person until %(day)s: %(chosen)s",
                rule=text,
                day=format_date(self.env, until),
                chosen=names[self.profile],
            )
        return text

    # === EACH NIGHT === #

    @api.model
    def _judge_all(self):
        """Write how each customer pays, in slices, each in its own transaction."""
        Debtor = self.env["ar.debtor"].sudo()
        in_turn(self.env, Debtor._make_missing)
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            query = Debtor.with_context(active_test=False)._search(
                [("company_id", "=", company.id)], order="id"
            )
            ids = [row[0] for row in self.env.execute_query(query.select())]
            for start in range(0, len(ids), SLICE):
                some = Debtor.browse(ids[start : start + SLICE])
                in_turn(self.env, lambda s=some, c=company: s._judge(c))

    def _judge(self, company):
        """Write how these customers of a company pay, and the profile that follows.

        A constant number of statements for each slice.

        :return: how many rows changed
        """
        self.env["ar.debtor"].flush_model()
        without_jit(self.env)
        today, calendar = company._ar_today(), company._ar_calendar()
        since = self._since(today)
        read = self._behaviour_rows(company, today)
        kept = self._promise_rows(since)
        returned = self._returned_rows(since)
        upheld = self._dispute_rows(since)
        limits = self._limit_use(company)
        lost = self._written_off(company)
        rows = []
        for debtor_id in self.ids:
            items = [item for item, _shown in read.get(debtor_id, ())]
            figures = behaviour(items)
            found = periods(items, today, calendar)
            now = found[-1] if found and not found[-1].last else None
            rows.append(
                (
                    debtor_id,
                    figures.count if figures else 0,
                    figures.amount if figures else 0,
                    figures.on_time if figures else 0,
                    figures.days_late if figures else 0,
                    figures.longest if figures else 0,
                    len(found),
                    now.first if now else None,
                    *kept.get(debtor_id, (0, 0)),
                    returned.get(debtor_id, 0),
                    *upheld.get(debtor_id, (0, 0)),
                    limits.get(debtor_id, 0),
                    lost.get(debtor_id, 0),
                    judge(items, today, calendar).profile,
                )
            )
        return self._write_figures(rows, today)

    def _write_figures(self, rows, today):
        columns = list(zip(*rows, strict=True))
        old = SQL(", ").join(SQL.identifier("d", name) for name in FIGURES)
        new = SQL(", ").join(SQL.identifier("n", name) for name in FIGURES)
        changed = self.env.execute_query(
            SQL(
                """WITH n AS (
                       SELECT * FROM unnest(%(values)s) AS n(id, %(names)s)
                   ), was AS (
                       SELECT d.id, d.profile FROM ar_debtor d JOIN n ON n.id = d.id
                        ORDER BY d.id FOR NO KEY UPDATE OF d
                   )
                   UPDATE ar_debtor d
                      SET (%(targets)s) = ROW(%(new)s), behaviour_at = %(now)s,
                          profile = CASE WHEN %(chosen)s THEN d.profile
                                         ELSE n.profile_proposed END,
                          profile_until = CASE WHEN %(chosen)s
                                               THEN COALESCE(d.profile_until, %(until)s)
                                               END
                     FROM n JOIN was ON was.id = n.id
                    WHERE d.id = n.id
                      AND (d.behaviour_at IS NULL OR (%(old)s) IS DISTINCT FROM (%(new)s)
                           OR d.profile_until < %(today)s
                           OR (d.profile_until IS NULL
                               AND d.profile <> n.profile_proposed))
                   RETURNING d.id, was.profile, d.profile""",
                values=SQL(", ").join(
                    SQL("%s::%s[]", list(column), SQL(kind))
                    for column, kind in zip(
                        columns, ("int", *FIGURES.values()), strict=True
                    )
                ),
                names=SQL(", ").join(map(SQL.identifier, FIGURES)),
                targets=SQL(", ").join(map(SQL.identifier, FIGURES)),
                old=old,
                new=new,
                now=self.env.cr.now(),
                today=today,
                # What was chosen before there were any figures stays for a while too
                chosen=SQL(
                    """(d.profile_until >= %s
                        OR (d.behaviour_at IS NULL AND d.profile <> 'new'))""",
                    today,
                ),
                until=today + timedelta(days=CHOSEN_DAYS),
            )
        )
        self.env["ar.debtor"].invalidate_model()
        names = dict(self._fields["profile"]._description_selection(self.env))
        self._log_all(
            {
                debtor_id: self.env._(
                    "Payer profile by the payments: %(old)s → %(new)s",
                    old=names.get(old_profile, ""),
                    new=names[profile],
                )
                for debtor_id, old_profile, profile in changed
                if old_profile != profile and old_profile != "new"
            }
        )
        return len(changed)

    @api.model
    def _log_all(self, texts):
        """Write a line into the history of many customers.

        :param dict texts: ``{debtor id: text}``
        """
        if texts:
            self.browse(texts)._message_log_batch(bodies=texts)

    def _promise_rows(self, since):
        """Return ``{debtor id: (promises kept, promises broken)}``."""
        promises = SQL("kind = 'promise'")
        return self._outcomes("ar.payment.plan", ("kept", "broken"), since, promises)

    def _returned_rows(self, since):
        """Return ``{debtor id: payments that came back}``."""
        groups = self.env["ar.returned.payment"]._read_group(
            [
                ("debtor_id", "in", self.ids),
                ("kind", "=", "returned"),
                ("noticed_on", ">=", since),
            ],
            ["debtor_id"],
            ["__count"],
        )
        return {debtor.id: count for debtor, count in groups}

    def _dispute_rows(self, since):
        """Return ``{debtor id: (they were right, rejected)}``."""
        every = SQL("TRUE")
        return self._outcomes("ar.dispute", ("accepted", "rejected"), since, every)

    def _outcomes(self, model, states, since, which):
        """Count what was closed since a day in one state and in another.

        :return: ``{debtor id: (how many in the first state, in the second)}``
        """
        self.env[model].flush_model()
        first, second = states
        rows = self.env.execute_query(
            SQL(
                """SELECT debtor_id, count(*) FILTER (WHERE state = %s),
                          count(*) FILTER (WHERE state = %s)
                     FROM %s
                    WHERE debtor_id = ANY(%s) AND closed_on >= %s AND %s
                    GROUP BY debtor_id""",
                first,
                second,
                SQL.identifier(self.env[model]._table),
                self.ids,
                since,
                which,
            )
        )
        return {debtor_id: tuple(counts) for debtor_id, *counts in rows}

    def _written_off(self, company):
        """Return what was written off, ever, ``{debtor id: amount}``.

        Invoices matched with a miscellaneous entry that books an expense.
        """
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT d.id, sum(r.amount)
                         FROM ar_debtor d
                         JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                         JOIN account_move_line c ON c.partner_id = p.id
                          AND c.balance < 0 AND c.parent_state = 'posted'
                         JOIN account_account a ON a.id = c.account_id
                          AND a.account_type = 'asset_receivable'
                         JOIN account_journal j
                           ON j.id = c.journal_id AND j.type = 'general'
                         JOIN res_company co ON co.id = c.company_id
                          AND split_part(co.parent_path, '/', 1)::int = d.company_id
                         JOIN account_partial_reconcile r ON r.credit_move_id = c.id
                        WHERE d.id = ANY(%s) AND r.amount > %s
                          AND c.journal_id IS DISTINCT FROM
                              co.currency_exchange_journal_id
                          AND EXISTS (
                              SELECT 1 FROM account_move_line x
                                JOIN account_account xa ON xa.id = x.account_id
                               WHERE x.move_id = c.move_id AND x.balance > 0
                                 AND xa.account_type LIKE 'expense%%')
                        GROUP BY d.id""",
                    self.ids,
                    company.sudo().ar_small_amount,
                )
            )
        )

    def _limit_use(self, company):
        """Return how much of Odoo's credit limit is used, in percent."""
        company = company.sudo()
        if not company.account_use_credit_limit:
            return {}
        debtors = self.sudo().with_company(company)
        return {
            debtor.id: round(
                100 * debtor.amount_owed / debtor.partner_id.credit_limit, 1
            )
            for debtor in debtors
            if debtor.partner_id.credit_limit > 0
        }
