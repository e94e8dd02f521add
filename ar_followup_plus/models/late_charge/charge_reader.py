"""Reads what late charges are worked out from: a constant number of SQL statements.

Items that are open, and those that were paid late and not charged yet. What is charged
is worked out from the ledger each time; only decisions are kept (``ar.late.charge``).
"""

from datetime import timedelta

from odoo.tools import SQL

from ...engine.interest import (
    Late,
    NoRate,
    Pause,
    cover,
    limited,
    pieces,
    rounded,
    segments,
    worth,
)
from ..ledger.ar_exclusion import LEFT_OUT
from .charge_facts import ChargeFacts
from .charge_terms import STOPS_CHARGES, Limits, Schemes

_DAY = timedelta(days=1)


class Charge:
    """The charges of one item, in minor units of its currency.

    ``total`` is what its days are worth, ``posted`` and ``waived`` what was decided,
    ``accrued`` the rest. ``kept`` names the notice whose date was kept: the rest, which
    is ``waived_now``, is waived by itself. ``gap`` is a day without a rate, where nothing can be said.
    """

    __slots__ = (
        "accrued", "closed", "company_id", "covered", "currency", "debtor_id", "due",
        "factor", "first", "fixed", "fixed_new", "gap", "id", "kept", "late", "move_id",
        "name", "offered", "posted", "residual", "scheme", "total", "waived",
        "waived_now",
    )  # fmt: skip

    @property
    def amount(self):
        """Return what accrued as people read it."""
        return self.accrued / self.factor

    @property
    def start(self):
        """Return the first day that no decision covers."""
        return self.covered + _DAY if self.covered else self.due + _DAY


class ChargeReader(ChargeFacts):
    """Works out the charges of debtors as of a day, as superuser.

    :param env: its companies do not matter
    :param list debtor_ids: whose; default: all
    :param datetime.date date: the last day that counts; default: today
    :param companies: root companies to which to keep; default: all
    """

    def __init__(self, env, debtor_ids=None, date=None, companies=None):
        self.env = env(su=True)
        self.debtor_ids = None if debtor_ids is None else list(debtor_ids)
        self.date = date
        self.charges = {}
        self._rates, self._currencies, self.until = {}, {}, {}
        rows = None if self.debtor_ids == [] else self._companies(companies)
        if not rows:
            return
        self._flush()
        self._read_items(rows)
        if not self.charges:
            return
        self._read_changes()
        self._read_credits()
        self._read_pauses()
        self._read_reminders()
        self._read_decisions()
        self._read_offers()
        self._work_out()

    # === WHAT IS READ === #

    def _companies(self, companies):
        """Return a row of VALUES for each company that works with charges."""
        rows = []
        for company in (
            self.env["res.company"].with_context(active_test=False).search([])
        ):
            root = company._ar_root()
            if root.ar_charge_mode == "off" or (companies and root not in companies):
                continue
            self.until[root.id] = self.date or root._ar_today()
            keeps = root.ar_charge_mode == "posted" and root.ar_charge_keep_paid
            rows.append(
                SQL(
                    "(%s, %s, %s::date, %s::date, %s, %s::int)",
                    company.id,
                    root.id,
                    self.until[root.id],
                    root.ar_charge_since or None if keeps else None,
                    root.ar_chase_entries,
                    root.ar_charge_product_id.id or None,
                )
            )
        return SQL(", ").join(rows) if rows else None

    def _flush(self):
        for name in (
            "account.move", "account.move.line", "account.partial.reconcile",
            "account.journal", "res.partner", "ar.debtor", "ar.late.charge", "ar.notice",
            "ar.notice.line", "ar.late.charge.pause", "ar.exclusion", "ar.dispute",
            "ar.dispute.line", "ar.payment.plan", "ar.payment.plan.line",
        ):  # fmt: skip
            self.env[name].flush_model()

    def _of_debtors(self, column):
        if self.debtor_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(*column), self.debtor_ids)

    def _read_items(self, companies):
        """Read what was late on some day: open items, and those paid lately.

        What was charged bears no interest itself: neither what we made for it, nor
        any other invoice of the product for charges.
        """
        rows = self.env.execute_query(self._items_query(companies))
        schemes = Schemes(self.env)
        self._stops, self._consumers = {}, set()
        for row in rows:
            scheme = schemes.of(row[5], row[10], row[11])
            if not scheme:
                continue
            charge = Charge()
            charge.id, charge.move_id, charge.name, charge.debtor_id = row[:4]
            charge.company_id = row[4]
            charge.currency, charge.factor = self._currency(row[6])
            charge.due, charge.scheme = row[7], scheme
            charge.residual = row[9]
            charge.late = Late(row[8], row[7])
            charge.posted = charge.waived = charge.fixed = charge.fixed_new = 0
            charge.total = charge.accrued = charge.waived_now = 0
            charge.covered = charge.kept = charge.offered = charge.gap = None
            charge.first = charge.closed = None
            self.charges[charge.id] = charge
            if row[12] in STOPS_CHARGES:
                self._stops[row[3]] = Pause(row[13] or row[7], row[14])
            if row[10] == "consumer":
                self._consumers.add(row[3])

    def _items_query(self, companies):
        """Return SQL for what was late on some day, see :meth:`_read_items`."""
        paid = SQL(
            """l.reconciled AND EXISTS (
                   SELECT 1 FROM account_partial_reconcile r
                     JOIN account_move_line pay ON pay.id = r.credit_move_id
                    WHERE r.debit_move_id = l.id
                      AND (pay.date > c.until
                           OR (pay.date > COALESCE(l.date_maturity, l.date)
                               AND pay.date >= c.since)))"""
        )
        return SQL(
            """
            WITH c(id, root_id, until, since, chase, product_id) AS (
                VALUES %(companies)s
            ), own AS MATERIALIZED (
                SELECT note_id AS move_id FROM ar_late_charge
                 WHERE note_id IS NOT NULL
                 UNION
                SELECT p.move_id FROM account_move_line p JOIN c
                    ON p.product_id = c.product_id
            ), cur AS MATERIALIZED (
                SELECT id, (10 ^ decimal_places)::bigint AS factor
                  FROM res_currency
            )
            SELECT l.id, l.move_id, l.move_name, d.id, c.id, c.root_id,
                   l.currency_id, COALESCE(l.date_maturity, l.date),
                   (l.amount_currency * cur.factor)::bigint,
                   (l.amount_residual_currency * cur.factor)::bigint,
                   d.kind, d.charge_scheme_id,
                   d.stop_reason, d.stop_from, d.stop_until
              FROM account_move_line l
              JOIN c ON c.id = l.company_id
              JOIN cur ON cur.id = l.currency_id
              JOIN account_account a
                ON a.id = l.account_id AND a.account_type = 'asset_receivable'
              JOIN account_move m ON m.id = l.move_id
              JOIN account_journal j ON j.id = l.journal_id
              JOIN res_partner p ON p.id = l.partner_id
              JOIN ar_debtor d
                ON d.company_id = c.root_id AND d.partner_id = p.commercial_partner_id
             WHERE l.parent_state = 'posted'
               AND l.amount_currency > 0
               AND COALESCE(l.date_maturity, l.date) < c.until
               AND (l.reconciled IS NOT TRUE OR %(paid)s)
               AND (m.move_type IN ('out_invoice', 'out_receipt')
                        AND l.no_followup IS NOT TRUE
                    OR m.move_type = 'entry' AND j.type = 'general' AND c.chase)
               AND a.non_trade IS NOT TRUE AND NOT %(left_out)s
               AND NOT EXISTS (SELECT 1 FROM own WHERE own.move_id = l.move_id)
               AND %(whose)s
             ORDER BY COALESCE(l.date_maturity, l.date), l.id
            """,
            companies=companies,
            left_out=LEFT_OUT,
            paid=paid,
            whose=self._of_debtors(("d", "id")),
        )

    def _currency(self, currency_id):
        known = self._currencies.get(currency_id)
        if not known:
            currency = self.env["res.currency"].browse(currency_id)
            known = currency, 10**currency.decimal_places
            self._currencies[currency_id] = known
        return known

    def _read_changes(self):
        """Read what payments and credits took off, and on which day."""
        part = [
            charge.id
            for charge in self.charges.values()
            if charge.residual != charge.late.amount
        ]
        changes = {}
        if part:
            for item, day, amount in self.env.execute_query(
                SQL(
                    """SELECT r.debit_move_id, pay.date, sum(r.debit_amount_currency)
                         FROM account_partial_reconcile r
                         JOIN account_move_line pay ON pay.id = r.credit_move_id
                        WHERE r.debit_move_id = ANY(%s)
                        GROUP BY r.debit_move_id, pay.date""",
                    part,
                )
            ):
                charge = self.charges[item]
                taken = round(amount * charge.factor)
                if taken:
                    changes.setdefault(item, []).append((day, taken))
        for item, found in changes.items():
            charge = self.charges[item]
            charge.late = charge.late._replace(changes=tuple(found))
            if not charge.residual:
                charge.closed = max(day for day, _amount in found)

    def _read_credits(self):
        """Let credits that nobody matched cover items: oldest first.

        Who paid owes no interest because we have not looked at the bank yet.
        """
        credits, open_ = {}, {}
        for debtor, currency_id, day, of, amount in self.env.execute_query(
            SQL(
                """SELECT d.id, l.currency_id, l.date, m.reversed_entry_id,
                          -l.amount_residual_currency
                     FROM account_move_line l
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     JOIN account_move m ON m.id = l.move_id
                     JOIN account_journal j ON j.id = l.journal_id
                     JOIN res_company co ON co.id = l.company_id
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN ar_debtor d ON d.partner_id = p.commercial_partner_id
                      AND d.company_id = split_part(co.parent_path, '/', 1)::int
                    WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency < 0
                      AND (l.no_followup IS NOT TRUE OR j.type = 'general')
                      AND a.non_trade IS NOT TRUE
                      AND %s""",
                self._of_debtors(("d", "id")),
            )
        ):
            _record, factor = self._currency(currency_id)
            credits.setdefault((debtor, currency_id), []).append(
                (day, of, round(amount * factor))
            )
        if not credits:
            return
        debtor_ids = {debtor for debtor, _currency in credits}
        for charge in self.charges.values():
            if charge.debtor_id not in debtor_ids or charge.residual <= 0:
                continue
            key = (charge.debtor_id, charge.currency.id)
            if key in credits:
                open_.setdefault(key, {})[charge.id] = (
                    charge.due,
                    charge.move_id,
                    charge.residual,
                )
        for key, items in open_.items():
            for item, taken in cover(items, credits[key]).items():
                late = self.charges[item].late
                self.charges[item].late = late._replace(changes=(*late.changes, *taken))

    # === WHAT COMES OUT === #

    def rates_of(self, scheme):
        """Return the rates of a scheme, made once."""
        if scheme.id not in self._rates:
            self._rates[scheme.id] = scheme._engine()
        return self._rates[scheme.id]

    def _work_out(self):
        limits = Limits(self)
        roots = {
            company.id: company._ar_root().id
            for company in self.env["res.company"].browse(
                {charge.company_id for charge in self.charges.values()}
            )
        }
        known = {}  # what holds for all items of a company and scheme
        for charge in self.charges.values():
            key = charge.company_id, charge.scheme.id
            if key not in known:
                scheme = charge.scheme
                known[key] = (
                    self.until[roots[charge.company_id]],
                    self.rates_of(scheme),
                    scheme.grace_days,
                    scheme.cap_percent,
                    limits.has(scheme),
                )
            until, rates, grace, cap, bounded = known[key]
            late = charge.late
            found = pieces(late, until, grace)
            if not found:
                self._finish(charge, 0, until)
                continue
            charge.first = found[0].first
            total = 0
            if rates:
                try:
                    total = rounded(worth(found, rates))
                except NoRate as error:
                    charge.gap = error.day
            minimum = band = 0
            if bounded:
                minimum, band = limits.of(charge, found[0].base)
            if minimum or cap:
                total = limited(total, late.amount, minimum, cap)
            if (
                band
                and charge.debtor_id not in self._consumers
                and charge.move_id not in self._fixed_moves
            ):
                self._fixed_moves.add(charge.move_id)
                charge.fixed_new = band
            self._finish(charge, total, until)

    def _finish(self, charge, amount, until):
        charge.total = amount + charge.fixed + charge.fixed_new
        rest = max(charge.total - charge.posted - charge.waived, 0)
        if charge.gap or (charge.covered and charge.covered >= until):
            rest = 0  # not known, or these days are done with
        if charge.kept:
            charge.waived += rest
            charge.waived_now, rest = rest, 0
        charge.accrued = rest

    def lines(self, charge, since=None):
        """Return the calculation of an item line by line; empty without a rate.

        :rtype: list of engine.interest.Segment
        """
        rates = self.rates_of(charge.scheme)
        if not rates or charge.gap:
            return []
        root = self.env["res.company"].browse(charge.company_id)._ar_root()
        return segments(
            charge.late, rates, self.until[root.id], charge.scheme.grace_days, since
        )
