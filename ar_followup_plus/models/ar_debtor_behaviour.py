"""How a customer pays: read from the ledger of twelve months, never stored."""

from odoo import fields, models
from odoo.tools import SQL, format_date

from ..engine.behaviour import Paid, behaviour

#: Payments shown.
PAYMENTS_SHOWN = 3


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    behaviour = fields.Html(
        string="How they pay", compute="_compute_behaviour", sanitize=False
    )

    def _compute_behaviour(self):
        paid, payments = self._paid_rows(), self._payment_rows()
        for debtor in self:
            debtor.behaviour = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_behaviour",
                {
                    "figures": behaviour(paid.get(debtor.id, [])),
                    "payments": [
                        (
                            format_date(self.env, day),
                            self.env["res.currency"].browse(currency_id).format(amount),
                        )
                        for day, currency_id, amount in payments.get(debtor.id, [])
                    ],
                },
            )

    def _since(self):
        return fields.Date.subtract(self.env.company._ar_today(), months=12)

    def _paid_rows(self):
        """Return what was paid in twelve months, ``{debtor id: [Paid]}``.

        An invoice is paid on the day of its last reconciliation with something that
        is neither a credit note nor an exchange difference: what was only credited
        says nothing about paying.
        """
        if not self.ids:
            return {}
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(["move_type", "invoice_date", "state"])
        self.env["account.partial.reconcile"].flush_model()
        result = {}
        for debtor_id, *row in self.env.execute_query(
            SQL(
                """SELECT d.id, l.balance, COALESCE(m.invoice_date, l.date),
                          COALESCE(l.date_maturity, l.date), last.paid
                     FROM ar_debtor d
                     JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                     JOIN account_move_line l ON l.partner_id = p.id
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     JOIN account_move m
                       ON m.id = l.move_id AND m.move_type IN ('out_invoice', 'out_receipt')
                     JOIN res_company co ON co.id = l.company_id
                      AND split_part(co.parent_path, '/', 1)::int = d.company_id
                     JOIN LATERAL (
                         SELECT max(c.date) AS paid
                           FROM account_partial_reconcile r
                           JOIN account_move_line c ON c.id = r.credit_move_id
                           JOIN account_move cm ON cm.id = c.move_id
                          WHERE r.debit_move_id = l.id
                            AND cm.move_type <> 'out_refund'
                            AND c.journal_id IS DISTINCT FROM
                                co.currency_exchange_journal_id
                     ) last ON last.paid >= %(since)s
                    WHERE d.id = ANY(%(ids)s)
                      AND l.parent_state = 'posted' AND l.reconciled AND l.balance > 0
                    """,
                since=self._since(),
                ids=self.ids,
            )
        ):
            result.setdefault(debtor_id, []).append(
                Paid(float(row[0]), row[1], row[2], row[3])
            )
        return result

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
                since=self._since(),
                limit=PAYMENTS_SHOWN,
                ids=self.ids,
            )
        ):
            result.setdefault(debtor_id, []).append(tuple(row))
        return result
