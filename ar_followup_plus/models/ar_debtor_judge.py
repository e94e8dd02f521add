"""Each night: how all customers pay, written in slices."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..engine.behaviour import behaviour, judge, periods
from .ar_debtor_profile import CHOSEN_DAYS
from .transactions import in_turn, without_jit

#: Customers in one transaction.
SLICE = 1000
#: What is written for each customer, and as what.
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
