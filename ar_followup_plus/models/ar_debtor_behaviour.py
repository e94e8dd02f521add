"""How a customer pays: read from the ledger of twelve months."""

from odoo import fields, models
from odoo.tools import SQL, format_date

from ..engine.behaviour import Paid, behaviour, judge, periods

#: Payments named in words, and shown as a chart.
PAYMENTS_SHOWN = 3
PAYMENTS_DRAWN = 12
#: Days late at which a bar of the chart has its full height, in pixels.
FULL_DAYS, FULL_HEIGHT = 60, 48


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    behaviour = fields.Html(
        string="How they pay", compute="_compute_behaviour", sanitize=False
    )

    def _compute_behaviour(self):
        payments = self._payment_rows()
        texts = {}
        for company, debtors in self.grouped("company_id").items():
            today, calendar = company._ar_today(), company._ar_calendar()
            read = debtors._behaviour_rows(company, today)
            for debtor in debtors:
                rows = read.get(debtor.id, [])
                items = [item for item, _shown in rows]
                found = periods(items, today, calendar)
                texts[debtor.id] = self.env["ir.qweb"]._render(
                    "ar_followup_plus.debtor_behaviour",
                    {
                        "figures": behaviour(items),
                        "periods": len(found),
                        "since": found[-1].first
                        if found and not found[-1].last
                        else None,
                        "profile": debtor._profile_in_words(
                            judge(items, today, calendar)
                        ),
                        "debtor": debtor.sudo(),
                        "bars": debtor._behaviour_bars(rows),
                        "day": lambda value: format_date(self.env, value),
                        "money": company.sudo().currency_id.format,
                        "number": "{:g}".format,
                        "payments": [
                            (
                                format_date(self.env, day),
                                self.env["res.currency"]
                                .browse(currency_id)
                                .format(amount),
                            )
                            for day, currency_id, amount in payments.get(debtor.id, [])
                        ],
                    },
                )
        for debtor in self:
            debtor.behaviour = texts.get(debtor.id, False)

    def _behaviour_bars(self, rows):
        """Return the last payments as a chart wants them, the oldest first."""
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

    def _since(self, today):
        return fields.Date.subtract(today, months=12)

    def _behaviour_rows(self, company, today):
        """Return what was paid in twelve months or is open, in one statement.

        An invoice is paid on the day of its last reconciliation with something that
        is neither a credit note nor an exchange difference: what was only credited
        says nothing about paying. One that was first sent so late that the customer
        could not pay in time can be late only some days after that.

        :param res.company company: the company of all these debtors
        :return: ``{debtor id: [(Paid, (number, currency id, amount in it))]}``
        """
        if not self.ids:
            return {}
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(
            ["move_type", "invoice_date", "state", "is_move_sent", "name"]
        )
        self.env["account.partial.reconcile"].flush_model()
        self.env["mail.message"].flush_model(["model", "res_id", "message_type"])
        result = {}
        for debtor_id, *row in self.env.execute_query(
            SQL(
                """SELECT d.id, l.balance, COALESCE(m.invoice_date, l.date),
                          COALESCE(l.date_maturity, l.date),
                          CASE WHEN l.reconciled THEN last.paid END,
                          GREATEST(COALESCE(l.date_maturity, l.date),
                                   sent.first + %(just_sent)s),
                          l.balance > %(small)s
                              AND NOT COALESCE(l.no_followup, FALSE)
                              AND NOT (%(must_be_sent)s AND l.reconciled IS NOT TRUE
                                       AND NOT COALESCE(m.is_move_sent, FALSE))
                              AND NOT %(disputed)s,
                          m.name, l.currency_id, l.amount_currency
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
                         SELECT max(c.date) AS paid
                           FROM account_partial_reconcile r
                           JOIN account_move_line c ON c.id = r.credit_move_id
                           JOIN account_move cm ON cm.id = c.move_id
                          WHERE r.debit_move_id = l.id
                            AND cm.move_type <> 'out_refund'
                            AND c.journal_id IS DISTINCT FROM
                                co.currency_exchange_journal_id
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
                just_sent=company.sudo().ar_just_sent_days,
                small=company.sudo().ar_small_amount,
                must_be_sent=company.sudo().ar_require_sent,
                disputed=self._disputed_sql(),
                since=self._since(today),
                ids=self.ids,
            )
        ):
            result.setdefault(debtor_id, []).append(
                (Paid(float(row[0]), *row[1:6]), tuple(row[6:]))
            )
        return result

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

    def _payment_rows(self):
        """Return the last payments, ``{debtor id: [(day, currency id, amount)]}``."""
        if not self.ids:
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
                since=self._since(self.env.company._ar_today()),
                limit=PAYMENTS_SHOWN,
                ids=self.ids,
            )
        ):
            result.setdefault(debtor_id, []).append(tuple(row))
        return result
