"""Returned payments: bounced cheques and refused direct debits."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..customer.debtor_mail import alone
from ..payment_plan.monitoring import BACK_DAYS

#: Days after which a return is only recorded: a message would come too late.
FRESH_DAYS = 7


class Found(NamedTuple):
    """One returned payment, as a row of the query."""

    debtor_id: int
    payment_id: int | None
    entry_id: int | None
    currency_id: int
    amount: Decimal
    paid_on: date
    is_fresh: bool
    is_sure: bool  # the bank says so; a payment may be cancelled by mistake
    invoice_ids: list  # that it was for, where the ledger still knows


class ArReturnedPayment(models.Model):
    """One returned payment of a customer, as shown by the ledger.

    Recorded once for each payment, even if the return left nothing open because
    accounting corrected a mistake: changes after that are not a return. A payment that
    was merely cancelled may also be a mistake: a person decides which it was.
    """

    _name = "ar.returned.payment"
    _description = "Returned Payment"
    _order = "id desc"
    _rec_name = "debtor_id"

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, ondelete="set null", copy=False
    )
    # The reversal, or the bank's line, that took the money back
    entry_id = fields.Many2one(
        "account.move", readonly=True, ondelete="set null", copy=False
    )
    kind = fields.Selection(
        [
            ("unclear", "Unclear: was it returned?"),
            ("returned", "Returned"),
            ("corrected", "Corrected by accounting"),
        ],
        string="What it was",
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    paid_on = fields.Date(readonly=True)
    noticed_on = fields.Date(string="Returned on", required=True, readonly=True)
    move_ids = fields.Many2many(
        "account.move",
        "ar_returned_payment_move_rel",
        "returned_id",
        "move_id",
        string="Open again",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    message_due = fields.Boolean(readonly=True, index="btree_not_null")
    pay_by = fields.Date(string="Pay by", readonly=True)

    _payment_once = models.UniqueIndex("(payment_id)")
    _entry_once = models.UniqueIndex("(entry_id)")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What the ledger showed is proof and is kept."))

    @api.model
    def _told_move_ids(self, debtor):
        """Return ids of invoices that a debtor was asked to pay after a return."""
        told = self.sudo().search(
            [("debtor_id", "=", debtor.id), ("pay_by", "!=", False)]
        )
        return set(told.move_ids.ids)

    # === EVERY NIGHT === #

    @api.model
    def _watch(self):
        """Record new returned payments, in each company with follow-up."""
        # Customers who paid before the first nightly run are not debtors yet
        self.env["ar.debtor"]._make_missing()
        for company in self.env["res.company"].search(
            [("parent_id", "=", False), ("ar_state", "!=", "off")]
        ):
            self._notice(self._find(company), company)
        self._end_activities()

    @api.model
    def _end_activities(self):
        """End the activities about payments whose invoices were paid again."""
        known = self.env["ar.debtor"]._ar_activity_abouts(self._name).sudo()
        owed = known.move_ids.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and line.amount_residual_currency > 0
            )
        ).move_id
        self.env["ar.debtor"]._ar_activity_over(
            known.filtered(lambda one: not one.move_ids & owed)
        )

    def _find(self, company):
        """Return the returned payments that are not recorded yet, in one statement.

        :return: rows as of :class:`Found`
        """
        self.env.flush_all()
        today = company._ar_today()
        return self.env.execute_query(
            SQL(
                _FOUND,
                root=company.id,
                roots=f"{company.id}/%",
                today=today,
                since=today - timedelta(days=BACK_DAYS),
                fresh=fields.Datetime.now() - timedelta(days=FRESH_DAYS),
            )
        )

    def _notice(self, rows, company):
        """Record returned payments, and take the actions that follow."""
        if not rows:
            return
        items = self.env["ar.open.item"].search(
            [("debtor_id", "in", [row[0] for row in rows])]
        )
        items.invalidate_recordset()
        today, live = company._ar_today(), company.ar_state in ("ask", "live")
        seen = set()
        for found in map(Found._make, rows):
            # A payment that was both cancelled and reversed counts once
            if found.payment_id and found.payment_id in seen:
                continue
            seen.add(found.payment_id)
            mine = items.filtered(
                lambda i, f=found: (
                    i.debtor_id.id == f.debtor_id and i.currency_id.id == f.currency_id
                )
            )
            alone(
                self.env["ar.debtor"].browse(found.debtor_id).sudo(),
                lambda _debtor, f=found, m=mine: self._record(f, m, today, live),
                lambda why: self.env._(
                    "A payment that came back could not be recorded: %(why)s", why=why
                ),
            )

    def _record(self, found, items, today, live):
        """Record one returned payment, and take the actions that follow.

        :param Found found: the returned payment
        :param ar.open.item items: of the customer, in its currency
        :param bool live: the company writes to its customers
        """
        opened = self._opened(items, found)
        kind = "corrected"
        if opened:
            kind = "returned" if found.is_sure else "unclear"
        timely = bool(opened and found.is_fresh and live)
        returned = self.create(
            {
                "debtor_id": found.debtor_id,
                "payment_id": found.payment_id,
                "entry_id": found.entry_id,
                "kind": kind,
                "currency_id": found.currency_id,
                "amount": found.amount,
                "paid_on": found.paid_on,
                "noticed_on": today,
                "move_ids": [Command.set(opened.move_id.ids)],
                "message_due": timely and kind == "returned",
            }
        )
        if timely:
            returned._tell()
            returned._charge_fee()

    def _opened(self, items, found):
        """Return the items that the return reopened, if any.

        :param ar.open.item items: all open items of the customer in the currency
        :param Found found: the returned payment
        """
        owed = items.filtered(lambda i: i.amount_residual_currency > 0)
        net = sum(items.mapped("amount_residual_currency"))
        known = owed.filtered(
            lambda i: i.move_id.id in (*found.invoice_ids, found.entry_id)
        )
        if found.invoice_ids or known:
            return known if net > 0 else known.browse()
        currency, amount = items.currency_id[:1], float(found.amount)
        if not currency or currency.compare_amounts(net, amount) < 0:
            return owed.browse()
        twin = owed.filtered(
            lambda i: not currency.compare_amounts(i.amount_residual_currency, amount)
        )
        return twin[:1] or owed.filtered(lambda i: i.days_overdue > 0) or owed


#: The three ways in which accounting records a return: the payment is cancelled or
#: rejected; its entry is reversed; or only the bank's line for the returned money is
#: entered. That line may instead refund a double payment or a credit: if there is
#: another payment of the same amount, or enough credit, the return is not certain.
_FOUND = """
    WITH mine AS (
        SELECT d.id AS debtor_id, p.id AS partner_id
          FROM ar_debtor d JOIN res_partner p ON p.commercial_partner_id = d.partner_id
         WHERE d.company_id = %(root)s
    ), cos AS (
        SELECT id FROM res_company WHERE parent_path LIKE %(roots)s
    ), back AS (
        SELECT mine.debtor_id, pay.id AS payment_id, NULL::int AS entry_id,
               pay.currency_id, pay.amount, pay.date,
               pay.write_date >= %(fresh)s AS fresh, pay.state = 'rejected' AS sure
          FROM account_payment pay
          JOIN cos ON cos.id = pay.company_id
          JOIN mine ON mine.partner_id = pay.partner_id
          LEFT JOIN account_move m ON m.id = pay.move_id
         WHERE pay.state IN ('canceled', 'rejected')
           AND pay.payment_type = 'inbound' AND pay.partner_type = 'customer'
           AND COALESCE(pay.name, '/') <> '/' AND COALESCE(m.state, '') <> 'posted'
           AND pay.date >= %(since)s AND pay.date < %(today)s
        UNION ALL
        SELECT mine.debtor_id, was.origin_payment_id, m.id, l.currency_id,
               -l.amount_currency, was.date, m.create_date >= %(fresh)s,
               m.date > was.date
          FROM account_move m
          JOIN cos ON cos.id = m.company_id
          JOIN account_move was ON was.id = m.reversed_entry_id
           AND was.move_type = 'entry'
          JOIN account_journal j ON j.id = was.journal_id
           AND j.type IN ('bank', 'cash', 'credit')
          JOIN account_move_line l ON l.move_id = was.id AND l.amount_currency < 0
          JOIN account_account a ON a.id = l.account_id
           AND a.account_type = 'asset_receivable'
          JOIN mine ON mine.partner_id = l.partner_id
         WHERE m.state = 'posted' AND was.state = 'posted'
           AND m.date >= %(since)s AND was.date < %(today)s
        UNION ALL
        SELECT mine.debtor_id, twin.origin_payment_id, m.id, l.currency_id,
               l.amount_currency, twin.date, m.create_date >= %(fresh)s,
               NOT EXISTS (
                   SELECT 1 FROM account_move_line o
                     JOIN res_partner op ON op.id = o.partner_id
                     JOIN res_partner lp ON lp.id = l.partner_id
                      AND lp.commercial_partner_id = op.commercial_partner_id
                    WHERE o.account_id = l.account_id
                      AND o.currency_id = l.currency_id
                      AND o.parent_state = 'posted' AND o.id <> twin.id
                      AND (o.amount_residual_currency <= -l.amount_currency
                           OR o.amount_currency = -l.amount_currency
                              AND o.date BETWEEN m.date - 60 AND m.date))
          FROM account_move m
          JOIN cos ON cos.id = m.company_id
          JOIN account_journal j ON j.id = m.journal_id
           AND j.type IN ('bank', 'cash', 'credit')
          JOIN account_move_line l ON l.move_id = m.id AND l.amount_currency > 0
          JOIN account_account a ON a.id = l.account_id
           AND a.account_type = 'asset_receivable'
          JOIN mine ON mine.partner_id = l.partner_id
          JOIN LATERAL (
              SELECT w.id, wm.origin_payment_id, wm.date
                FROM account_move_line w
                JOIN account_move wm ON wm.id = w.move_id
                JOIN account_journal wj ON wj.id = w.journal_id
                 AND wj.type IN ('bank', 'cash', 'credit')
                JOIN res_partner wp ON wp.id = w.partner_id
                JOIN res_partner lp ON lp.id = l.partner_id
                 AND lp.commercial_partner_id = wp.commercial_partner_id
               WHERE w.account_id = l.account_id AND w.currency_id = l.currency_id
                 AND w.amount_currency = -l.amount_currency
                 AND w.parent_state = 'posted' AND w.date <= m.date
                 AND w.date >= m.date - 60
                 AND CASE WHEN l.reconciled
                          THEN EXISTS (SELECT 1 FROM account_partial_reconcile r
                                        WHERE r.debit_move_id = l.id
                                          AND r.credit_move_id = w.id)
                          ELSE w.reconciled END
               ORDER BY w.date DESC, w.id DESC LIMIT 1) twin ON TRUE
         WHERE m.state = 'posted' AND m.move_type = 'entry'
           AND m.origin_payment_id IS NULL AND m.reversed_entry_id IS NULL
           AND m.date >= %(since)s
    )
    SELECT back.debtor_id, back.payment_id, back.entry_id, back.currency_id,
           back.amount, back.date, back.fresh, back.sure,
           ARRAY(SELECT rel.invoice_id FROM account_move__account_payment rel
                  WHERE rel.payment_id = back.payment_id)
      FROM back
     WHERE NOT EXISTS (SELECT 1 FROM ar_returned_payment known
                        WHERE known.payment_id = back.payment_id
                           OR known.entry_id = back.entry_id)
     ORDER BY back.debtor_id, back.date, back.payment_id, back.sure DESC, back.entry_id
"""
