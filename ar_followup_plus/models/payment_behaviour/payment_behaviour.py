"""Payment behaviour: read from the ledger, stored each night, put into words."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL, format_date

from ...engine.behaviour import (
    CHRONIC_DAYS,
    CHRONIC_PERIODS,
    ENOUGH_PAID,
    REGULAR_PERIODS,
    Paid,
    behaviour,
    judge,
    periods,
)
from ...tools.transactions import in_turn, without_jit
from ..ledger.money import IS_MONEY

#: Customers in one transaction.
SLICE = 1000
#: Stored figures of each customer, with their SQL types.
FIGURES = {
    "paid_count": "int",
    "paid_amount": "numeric",
    "paid_on_time": "float8",
    "paid_days_late": "float8",
    "paid_longest": "int",
    "late_periods": "int",
    "late_since": "date",
    "promises_kept": "float8",
    "promises_broken": "float8",
    "payments_returned": "int",
    "disputes_upheld": "int",
    "disputes_rejected": "int",
    "credit_use": "float8",
    "amount_written_off": "numeric",
    "profile_proposed": "varchar",
}
#: Number of payments in the text, and in the chart.
PAYMENTS_SHOWN = 3
PAYMENTS_DRAWN = 12
#: Days late at which a bar of the chart has its full height, in pixels.
FULL_DAYS, FULL_HEIGHT = 60, 48
#: Days for which a profile chosen by a person is valid, by default.
CHOSEN_DAYS = 90

#: Whether no entry undid the write-off ``lost``: its reversal, or one made by hand.
_NOT_UNDONE = SQL(
    """NOT EXISTS (
        SELECT 1 FROM account_move undone
         WHERE undone.reversed_entry_id = lost.move_id
           AND undone.state = 'posted')
    AND NOT EXISTS (
        SELECT 1 FROM account_move_line again
          JOIN res_partner ap ON ap.id = again.partner_id
          JOIN ar_debtor ad
            ON ad.partner_id = ap.commercial_partner_id
           AND ad.id = lost.debtor_id
          JOIN account_journal gj
            ON gj.id = again.journal_id AND gj.type = 'general'
         WHERE again.account_id = lost.account_id
           AND again.balance = -lost.balance
           AND again.parent_state = 'posted'
           AND again.date >= lost.date
           AND EXISTS (
               SELECT 1 FROM account_move_line back
                 JOIN account_account ba
                   ON ba.id = back.account_id
                WHERE back.move_id = again.move_id
                  AND back.balance < 0
                  AND ba.account_type LIKE 'expense%%'))"""
)


class PaymentBehaviour:
    """Payment behaviour of debtors of one company, from twelve months of the ledger."""

    def __init__(self, debtors, company):
        """
        :param ar.debtor debtors: debtors of this company
        :param res.company company: as superuser, if the user may not read settings
        """
        self.env = debtors.env
        self.debtors = debtors
        self.company = company

    @classmethod
    def store_all(cls, env):
        """Store the payment behaviour of all customers, a transaction for each slice."""
        Debtor = env["ar.debtor"].sudo()
        in_turn(env, Debtor._make_missing)
        for company in env["res.company"].sudo().search([("parent_id", "=", False)]):
            query = Debtor.with_context(active_test=False)._search(
                [("company_id", "=", company.id)], order="id"
            )
            ids = [row[0] for row in env.execute_query(query.select())]
            for start in range(0, len(ids), SLICE):
                some = Debtor.browse(ids[start : start + SLICE])
                in_turn(env, lambda s=some, c=company: cls(s, c).store())

    def store(self):
        """Store the payment behaviour and the payer profile of these customers.

        Takes a constant number of SQL statements.

        :return: how many rows changed
        """
        self.env["ar.debtor"].flush_model()
        without_jit(self.env)
        today, calendar = self.company._ar_today(), self.company._ar_calendar()
        since = self.since(today)
        read = self.rows(today)
        kept = self._promises(since)
        returned = self._returned_payments(since)
        upheld = self._disputes(since)
        limits = self._limit_use()
        lost = self.written_off()
        rows = []
        for debtor_id in self.debtors.ids:
            items = [item for item, _shown in read.get(debtor_id, ())]
            figures = behaviour(items)
            found = periods(items, today, calendar)
            now = found[-1] if found and not found[-1].last else None
            rows.append(
                (
                    debtor_id,
                    figures.count if figures else 0,
                    figures.amount if figures else 0,
                    # Unknown, and not 0: averages leave it out
                    figures.on_time if figures else None,
                    figures.days_late if figures else None,
                    figures.longest if figures else None,
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
        """Store changed rows, and log changed profiles."""
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
                # A profile chosen before there were figures is also kept for some time
                chosen=SQL(
                    """(d.profile_until >= %s
                        OR (d.behaviour_at IS NULL AND d.profile <> 'new'))""",
                    today,
                ),
                until=today + timedelta(days=CHOSEN_DAYS),
            )
        )
        self.env["ar.debtor"].invalidate_model()
        self._log_profiles(changed)
        return len(changed)

    def _log_profiles(self, changed):
        """Log the profiles that changed.

        :param list changed: rows (debtor id, old profile, new profile)
        """
        names = dict(self.debtors._fields["profile"]._description_selection(self.env))
        texts = {
            debtor_id: self.env._(
                "Payer profile by the payments: %(old)s → %(new)s",
                old=names.get(old_profile, ""),
                new=names[profile],
            )
            for debtor_id, old_profile, profile in changed
            if old_profile != profile and old_profile != "new"
        }
        if texts:
            logged = self.debtors.browse(texts)
            logged._message_log_batch(bodies=texts)

    def _promises(self, since):
        """Return ``{debtor id: (promises kept, promises broken)}``."""
        promises = SQL("kind = 'promise'")
        plan = "ar.payment.plan"
        found = self._outcomes(plan, ("kept", "broken"), since, promises)
        # What was kept in part counts half, on both sides
        for debtor_id, (partly, _none) in self._outcomes(
            plan, ("partly", ""), since, promises
        ).items():
            kept, broken = found.get(debtor_id, (0, 0))
            found[debtor_id] = (kept + partly / 2, broken + partly / 2)
        return found

    def _returned_payments(self, since):
        """Return the number of returned payments, by debtor id."""
        groups = self.env["ar.returned.payment"]._read_group(
            [
                ("debtor_id", "in", self.debtors.ids),
                ("kind", "=", "returned"),
                ("noticed_on", ">=", since),
            ],
            ["debtor_id"],
            ["__count"],
        )
        return {debtor.id: count for debtor, count in groups}

    def _disputes(self, since):
        """Return ``{debtor id: (accepted disputes, rejected disputes)}``."""
        every = SQL("TRUE")
        return self._outcomes("ar.dispute", ("accepted", "rejected"), since, every)

    def _outcomes(self, model, states, since, which):
        """Count the records closed since a day, in two states.

        :return: ``{debtor id: (number in the first state, in the second)}``
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
                self.debtors.ids,
                since,
                which,
            )
        )
        return {debtor_id: tuple(counts) for debtor_id, *counts in rows}

    def written_off(self, after=None, until=None):
        """Return the debts that were written off and not paid, ``{debtor id: amount}``.

        Of invoices that are closed: what a miscellaneous entry closed of them that books
        an expense, after the due date and after the last payment. Not an allowance, which
        leaves an invoice open or comes before the rest is paid, nor what was reversed.

        :param datetime.date after: only what was written off after this day
        :param datetime.date until: only up to this day
        """
        return dict(
            self.env.execute_query(
                SQL(
                    """WITH lost AS MATERIALIZED (
                       SELECT d.id AS debtor_id, i.id, c.id AS line_id, c.move_id,
                              c.balance, c.date, c.account_id, r.amount
                         FROM ar_debtor d
                         JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                         JOIN account_move_line c ON c.partner_id = p.id
                          AND c.balance < 0 AND c.parent_state = 'posted'
                         JOIN account_account a ON a.id = c.account_id
                          AND a.account_type = 'asset_receivable'
                         JOIN account_journal j ON j.id = c.journal_id
                         JOIN res_company co ON co.id = c.company_id
                          AND split_part(co.parent_path, '/', 1)::int = d.company_id
                         JOIN account_partial_reconcile r ON r.credit_move_id = c.id
                         JOIN account_move_line i ON i.id = r.debit_move_id
                          AND i.reconciled
                          AND COALESCE(i.date_maturity, i.date) < c.date
                        WHERE d.id = ANY(%s) AND r.amount > %s
                          AND COALESCE(c.date > %s::date, TRUE)
                          AND COALESCE(c.date <= %s::date, TRUE)
                          AND c.journal_id IS DISTINCT FROM
                              co.currency_exchange_journal_id
                          AND EXISTS (
                              SELECT 1 FROM account_move_line x
                                JOIN account_account xa ON xa.id = x.account_id
                               WHERE x.move_id = c.move_id AND x.balance > 0
                                 AND xa.account_type LIKE 'expense%%'))
                       SELECT lost.debtor_id, sum(lost.amount) FROM lost
                        WHERE NOT EXISTS (
                              SELECT 1 FROM account_partial_reconcile later
                                JOIN account_move_line paid
                                  ON paid.id = later.credit_move_id
                                JOIN account_journal pj ON pj.id = paid.journal_id
                               WHERE later.debit_move_id = lost.id
                                 AND paid.date > lost.date AND pj.type <> 'general')
                          AND %s
                        GROUP BY lost.debtor_id""",
                    self.debtors.ids,
                    self.company.sudo().ar_small_amount,
                    after,
                    until,
                    _NOT_UNDONE,
                )
            )
        )

    def _limit_use(self):
        """Return the used percentage of Odoo's credit limit."""
        self.company = self.company.sudo()
        if not self.company.account_use_credit_limit:
            return {}
        debtors = self.debtors.sudo().with_company(self.company)
        return {
            debtor.id: round(
                100 * debtor.amount_owed / debtor.partner_id.credit_limit, 1
            )
            for debtor in debtors
            if debtor.partner_id.credit_limit > 0
        }

    # === IN WORDS AND A CHART === #

    def html(self):
        """Describe the payment behaviour, ``{debtor id: HTML}``."""
        texts, payments = {}, self.last_payments()
        today, calendar = self.company._ar_today(), self.company._ar_calendar()
        read = self.rows(today)
        for debtor in self.debtors:
            rows = read.get(debtor.id, [])
            items = [item for item, _shown in rows]
            found = periods(items, today, calendar)
            texts[debtor.id] = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_behaviour",
                {
                    "figures": behaviour(items),
                    "periods": len(found),
                    "since": found[-1].first if found and not found[-1].last else None,
                    "profile": self._profile_in_words(
                        debtor, judge(items, today, calendar)
                    ),
                    "debtor": debtor.sudo(),
                    "bars": self._bars(rows),
                    "day": lambda value: format_date(self.env, value),
                    "money": self.company.sudo().currency_id.format,
                    "number": "{:g}".format,
                    "payments": [
                        (
                            format_date(self.env, day),
                            self.env["res.currency"].browse(currency_id).format(amount),
                        )
                        for day, currency_id, amount in payments.get(debtor.id, [])
                    ],
                },
            )
        return texts

    def _bars(self, rows):
        """Return the last payments as bars of a chart, the oldest first."""
        paid = sorted(
            (row for row in rows if row[0].paid), key=lambda row: row[0].paid
        )[-PAYMENTS_DRAWN:]
        bars = []
        for item, (name, currency_id, amount) in paid:
            late = max((item.paid - item.due).days, 0)
            said = self.env._("on time")
            if late:
                said = self.env._("%(days)s days late", days=late)
            bars.append(
                {
                    "height": 4 + min(late, FULL_DAYS) * FULL_HEIGHT // FULL_DAYS,
                    "age": "current"
                    if not late
                    else next(
                        age
                        for age, last in (
                            ("1_30", 30),
                            ("31_60", 60),
                            ("61_90", 90),
                            ("older", late),
                        )
                        if late <= last
                    ),
                    "days": late,
                    "title": self.env._(
                        "%(number)s: %(amount)s paid on %(day)s, %(how)s",
                        number=name,
                        amount=self.env["res.currency"]
                        .browse(currency_id)
                        .format(amount),
                        day=format_date(self.env, item.paid),
                        how=said,
                    ),
                }
            )
        return bars

    def since(self, today):
        """Return the first day of the twelve months that count."""
        return fields.Date.subtract(today, months=12)

    def rows(self, today):
        """Return invoices that were paid in twelve months or are open, in one SQL statement.

        An invoice is paid on the day of its last reconciliation with something that
        is money: no credit note, exchange difference or write-off, which say nothing
        about payment. The weight of an invoice is what was paid of it. An invoice that
        was sent too late to be paid in time is late only some days after it was sent.

        :param res.company company: the company of all these debtors
        :return: ``{debtor id: [(Paid, (number, currency id, amount in it))]}``
        """
        if not self.debtors.ids:
            return {}
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(
            ["move_type", "invoice_date", "state", "is_move_sent", "name"]
        )
        self.env["account.partial.reconcile"].flush_model()
        self.env["mail.message"].flush_model(["model", "res_id", "message_type"])
        result = {}
        for debtor_id, *row in self.env.execute_query(self._rows_query(today)):
            result.setdefault(debtor_id, []).append(
                (Paid(float(row[0]), *row[1:8]), tuple(row[8:]))
            )
        return result

    def _rows_query(self, today):
        """Return SQL for invoices that were paid in twelve months or are open."""
        return SQL(
            """SELECT d.id, CASE WHEN l.reconciled THEN last.amount ELSE l.balance END,
                      COALESCE(m.invoice_date, l.date),
                      COALESCE(l.date_maturity, l.date),
                      CASE WHEN l.reconciled THEN last.paid END,
                      GREATEST(COALESCE(l.date_maturity, l.date),
                               sent.first + %(just_sent)s),
                      l.balance > %(small)s
                          AND NOT COALESCE(l.no_followup, FALSE)
                          AND NOT (%(must_be_sent)s AND l.reconciled IS NOT TRUE
                                   AND NOT COALESCE(m.is_move_sent, FALSE))
                          AND NOT %(disputed)s,
                      sent.first IS NOT NULL, l.id,
                      m.name, l.currency_id,
                      CASE WHEN l.reconciled THEN last.amount_currency
                           ELSE l.amount_currency END
                 FROM ar_debtor d
                 JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                 JOIN account_move_line l ON l.partner_id = p.id
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 JOIN account_move m
                   ON m.id = l.move_id AND m.move_type IN ('out_invoice', 'out_receipt')
                 JOIN res_company co ON co.id = l.company_id
                  AND split_part(co.parent_path, '/', 1)::int = d.company_id
                 LEFT JOIN LATERAL (
                     SELECT max(c.date) AS paid, sum(r.amount) AS amount,
                            sum(r.debit_amount_currency) AS amount_currency
                       FROM account_partial_reconcile r
                       JOIN account_move_line c ON c.id = r.credit_move_id
                       JOIN account_move cm ON cm.id = c.move_id
                      WHERE r.debit_move_id = l.id AND %(is_money)s
                 ) last ON TRUE
                 LEFT JOIN LATERAL (
                     SELECT min(msg.date)::date AS first
                       FROM mail_message msg
                      WHERE msg.model = 'account.move' AND msg.res_id = m.id
                        AND msg.message_type IN ('comment', 'email_outgoing')
                        AND EXISTS (SELECT 1 FROM mail_notification note
                                     WHERE note.mail_message_id = msg.id
                                       AND note.notification_type = 'email')
                 ) sent ON TRUE
                WHERE d.id = ANY(%(ids)s)
                  AND l.parent_state = 'posted' AND l.balance > 0
                  AND (l.reconciled IS NOT TRUE OR last.paid >= %(since)s)
                ORDER BY d.id, l.id""",
            just_sent=self.company.sudo().ar_just_sent_days,
            small=self.company.sudo().ar_small_amount,
            must_be_sent=self.company.sudo().ar_require_sent,
            disputed=self._disputed_sql(),
            is_money=IS_MONEY,
            since=self.since(today),
            ids=self.debtors.ids,
        )

    def _disputed_sql(self):
        """Return SQL that is true for an item ``l`` whose dispute was not rejected."""
        self.env["ar.dispute"].flush_model(["state"])
        self.env["ar.dispute.line"].flush_model(["move_line_id", "dispute_id"])
        return SQL(
            """EXISTS (SELECT 1 FROM ar_dispute_line dl
                         JOIN ar_dispute di ON di.id = dl.dispute_id
                        WHERE dl.move_line_id = l.id
                          AND di.state NOT IN ('rejected', 'withdrawn'))"""
        )

    def last_payments(self):
        """Return the last payments, ``{debtor id: [(day, currency id, amount)]}``."""
        if not self.debtors.ids:
            return {}
        result = {}
        for debtor_id, *row in self.env.execute_query(
            SQL(
                """SELECT d.id, last.date, last.currency_id, last.amount
                     FROM ar_debtor d
                     CROSS JOIN LATERAL (
                         SELECT l.date, l.currency_id, sum(-l.amount_currency) AS amount
                           FROM res_partner p
                           JOIN account_move_line l ON l.partner_id = p.id
                           JOIN account_account a ON a.id = l.account_id
                            AND a.account_type = 'asset_receivable'
                           JOIN account_move m
                             ON m.id = l.move_id AND m.move_type = 'entry'
                           JOIN account_journal j ON j.id = l.journal_id
                            AND j.type IN ('bank', 'cash', 'credit')
                           JOIN res_company co ON co.id = l.company_id
                            AND split_part(co.parent_path, '/', 1)::int = d.company_id
                          WHERE p.commercial_partner_id = d.partner_id
                            AND l.parent_state = 'posted' AND l.balance < 0
                            AND l.date >= %(since)s
                          GROUP BY l.date, l.currency_id, l.move_id
                          ORDER BY l.date DESC, l.move_id DESC LIMIT %(limit)s
                     ) last
                    WHERE d.id = ANY(%(ids)s)""",
                since=self.since(self.env.company._ar_today()),
                limit=PAYMENTS_SHOWN,
                ids=self.debtors.ids,
            )
        ):
            result.setdefault(debtor_id, []).append(tuple(row))
        return result

    def _profile_in_words(self, debtor, verdict):
        """Describe the proposed profile, its rule, and the profile that is valid.

        :param engine.behaviour.Verdict verdict: the result for the figures
        """
        names = dict(debtor._fields["profile"]._description_selection(self.env))
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
        until = debtor.profile_until
        if until and until >= debtor.company_id._ar_today():
            text = self.env._(
                "%(rule)s. Chosen by a person until %(day)s: %(chosen)s",
                rule=text,
                day=format_date(self.env, until),
                chosen=names[debtor.profile],
            )
        return text
