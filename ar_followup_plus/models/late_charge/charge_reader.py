"""Reads the basis of late charges, in a constant number of SQL statements.

Reads open items, and items that were paid late and not charged yet. Charges are computed
from the ledger each time; only decisions are stored (``ar.late.charge``).
"""

from datetime import timedelta

from odoo.tools import SQL

from ...engine.interest import (
    Late,
    NoRate,
    Pause,
    limited,
    pieces,
    rounded,
    segments,
    starts,
    worth,
)
from ..ledger.ar_exclusion import LEFT_OUT
from .ar_late_charge_scheme import STOPS_CHARGES, Limits, Schemes
from .charge_facts import ChargeFacts
from .charge_ledger import ChargeLedger

_DAY = timedelta(days=1)


#: Whether an item ``l`` of debtor ``d`` was paid late and is to be charged.
_PAID_LATE = SQL(
    """EXISTS (
           SELECT 1 FROM account_partial_reconcile r
             JOIN account_move_line pay ON pay.id = r.credit_move_id
            WHERE r.debit_move_id = l.id
              AND (pay.date > c.until
                   OR (pay.date > COALESCE(l.date_maturity, l.date)
                       AND pay.date >= c.since)))
       AND (d.charges_settled_on IS NULL OR EXISTS (
           SELECT 1 FROM account_partial_reconcile r
            WHERE r.debit_move_id = l.id
              AND GREATEST(r.max_date, r.create_date::date)
                  > d.charges_settled_on))"""
)
#: The part of invoices that is a charge itself (``own``), and the amounts ``charged``.
_OWN = SQL(
    """own AS MATERIALIZED (
        SELECT move_id, bool_or(whole) AS whole, sum(amount) AS amount
          FROM (SELECT note_id AS move_id, TRUE AS whole, 0.0 AS amount
                  FROM ar_late_charge WHERE note_id IS NOT NULL
                 UNION ALL
                SELECT p.move_id, FALSE, p.price_total
                  FROM account_move_line p
                  JOIN c ON p.product_id = c.product_id
                        AND p.company_id = c.id) x
         GROUP BY move_id
    ), charged AS MATERIALIZED (
        SELECT DISTINCT move_id FROM ar_late_charge
         WHERE active AND amount_posted > 0
    )"""
)


class Charge:
    """The charges of one item, in minor units of its currency.

    ``total`` is the charge for all its days, ``posted`` and ``waived`` are decided
    amounts, ``accrued`` is the rest. ``credited`` is the charged amount that was
    credited; ``posted`` excludes it. ``kept`` names the notice whose payment date was
    met: the rest, which is ``waived_now``, is waived. ``awaits`` is set if unmatched
    money would meet it: the rest is neither charged nor waived until then. ``gap`` is a
    day without a rate, for which no charge can be computed. ``over`` is set if the item
    was paid and nothing more is charged on it; ``apart`` is the part of it that is a
    charge itself.
    """

    __slots__ = (
        "accrued", "apart", "awaits", "band", "closed", "company_id", "covered",
        "credited", "currency", "debtor_id", "due", "factor", "first", "fixed", "fixed_new", "gap",
        "id", "kept", "kept_since", "late", "move_id", "move_residual", "name",
        "offered", "over", "posted", "residual", "scheme", "total", "waived",
        "waived_now",
    )  # fmt: skip

    @property
    def amount(self):
        """Return the accrued amount in major units."""
        return self.accrued / self.factor

    @property
    def fixed_sum(self):
        """Return the fixed sum: charged before or new, in minor units.

        One that was credited is not charged again.
        """
        fixed = min(self.fixed, self.band) if self.credited else self.fixed
        return fixed + self.fixed_new

    @property
    def start(self):
        """Return the first day that no decision covers."""
        return self.covered + _DAY if self.covered else self.due + _DAY


class ChargeReader(ChargeLedger, ChargeFacts):
    """Compute the charges of debtors as of a day, as superuser.

    :param env: an environment, with any companies
    :param list debtor_ids: ids of debtors; default: all
    :param datetime.date date: the last day that counts; default: today
    :param companies: only these root companies; default: all
    :param datetime.date decided_by: decisions after that day do not count; default: all
    :param bool also_off: also of companies that switched late charges off
    """

    def __init__(
        self,
        env,
        debtor_ids=None,
        date=None,
        companies=None,
        decided_by=None,
        also_off=False,
    ):
        self.env = env(su=True)
        self.debtor_ids = None if debtor_ids is None else list(debtor_ids)
        self.date, self.decided_by = date, decided_by
        self.also_off = also_off
        self.charges = {}
        self._rates, self._currencies, self.until = {}, {}, {}
        rows = None if self._are_off() else self._companies(companies)
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

    # === READING === #

    def _are_off(self):
        """Return whether no company of the debtors has late charges."""
        if self.debtor_ids is None:
            return False
        owners = self.env["ar.debtor"].browse(self.debtor_ids).company_id
        return not owners or (
            not self.also_off and all(owner.ar_charge_mode == "off" for owner in owners)
        )

    def _companies(self, companies):
        """Return a row of VALUES for each company with late charges."""
        rows = []
        for company in (
            self.env["res.company"].with_context(active_test=False).search([])
        ):
            root = company._ar_root()
            if root.ar_charge_mode == "off" and not self.also_off:
                continue
            if companies and root not in companies:
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
            "ar.credit.kind",
        ):  # fmt: skip
            self.env[name].flush_model()

    def _of_debtors(self, column):
        if self.debtor_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(*column), self.debtor_ids)

    def _read_items(self, companies):
        """Read the items that were late on any day: open ones, and recently paid ones.

        Charges bear no interest themselves: neither our invoices for them, nor lines of
        their product on other invoices. Items charged before are read even if they are
        settled: their charges may turn out too high.
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
            charge.apart, charge.move_residual, charge.over = row[15:]
            charge.late = Late(row[8] - charge.apart, row[7])
            charge.posted = charge.waived = charge.fixed = charge.fixed_new = 0
            charge.total = charge.accrued = charge.waived_now = charge.band = 0
            charge.credited = 0
            charge.covered = charge.kept = charge.offered = charge.gap = None
            charge.first = charge.closed = charge.kept_since = None
            charge.awaits = False
            self.charges[charge.id] = charge
            if row[12] in STOPS_CHARGES:
                self._stops[row[3]] = Pause(row[13] or row[7], row[14])
            if row[10] == "consumer":
                self._consumers.add(row[3])

    def _items_query(self, companies):
        """Return SQL for items that were late on some day, see :meth:`_read_items`."""
        return SQL(
            """
            WITH c(id, root_id, until, since, chase, product_id) AS (
                VALUES %(companies)s
            ), %(own)s,
            cur AS MATERIALIZED (
                SELECT id, (10 ^ decimal_places)::bigint AS factor
                  FROM res_currency
            )
            SELECT l.id, l.move_id, l.move_name, d.id, c.id, c.root_id,
                   l.currency_id, COALESCE(l.date_maturity, l.date),
                   (l.amount_currency * cur.factor)::bigint,
                   (l.amount_residual_currency * cur.factor)::bigint,
                   d.kind, d.charge_scheme_id,
                   d.stop_reason, d.stop_from, d.stop_until,
                   CASE WHEN own.amount > 0
                        THEN round(l.amount_currency * own.amount / m.amount_total
                                   * cur.factor)::bigint
                        ELSE 0 END,
                   (CASE WHEN m.move_type = 'entry' THEN l.amount_residual_currency
                         ELSE m.amount_residual END * cur.factor)::bigint,
                   l.reconciled IS TRUE AND NOT (%(paid)s)
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
              LEFT JOIN own ON own.move_id = l.move_id
             WHERE l.parent_state = 'posted'
               AND l.amount_currency > 0
               AND COALESCE(l.date_maturity, l.date) < c.until
               AND (l.reconciled IS NOT TRUE OR %(paid)s
                    OR l.move_id IN (SELECT move_id FROM charged))
               AND (m.move_type IN ('out_invoice', 'out_receipt')
                        AND l.no_followup IS NOT TRUE
                    OR m.move_type = 'entry' AND j.type = 'general' AND c.chase)
               AND a.non_trade IS NOT TRUE AND NOT %(left_out)s
               AND own.whole IS NOT TRUE
               AND COALESCE(own.amount < m.amount_total, TRUE)
               AND %(whose)s
             ORDER BY COALESCE(l.date_maturity, l.date), l.id
            """,
            companies=companies,
            paid=_PAID_LATE,
            own=_OWN,
            left_out=LEFT_OUT,
            whose=self._of_debtors(("d", "id")),
        )

    def _currency(self, currency_id):
        known = self._currencies.get(currency_id)
        if not known:
            currency = self.env["res.currency"].browse(currency_id)
            known = currency, 10**currency.decimal_places
            self._currencies[currency_id] = known
        return known

    # === RESULTS === #

    def rates_of(self, scheme):
        """Return the rates of a scheme, cached."""
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
        known = {}  # the same for all items of a company and scheme
        found = {}
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
            until, _rates, grace, _cap, _bounded = known[key]
            found[charge.id] = pieces(charge.late, until, grace)
        late = self._late_of_moves(found)
        for charge in self.charges.values():
            until, rates, grace, cap, bounded = known[
                charge.company_id, charge.scheme.id
            ]
            mine = found[charge.id]
            if not mine:
                self._finish(charge, 0, until)
                continue
            charge.first = mine[0].first
            total = 0
            if rates:
                try:
                    total = rounded(worth(mine, self._held(charge, rates, grace)))
                except NoRate as error:
                    charge.gap = error.day
            minimum = 0
            if bounded:
                minimum, charge.band = limits.of(charge, late[charge.move_id])
            if minimum or cap:
                total = limited(total, charge.late.amount, minimum, cap)
            if (
                charge.band
                and not charge.over
                and charge.debtor_id not in self._consumers
                and charge.move_id not in self._fixed_moves
            ):
                self._fixed_moves.add(charge.move_id)
                charge.fixed_new = charge.band
            self._finish(charge, total, until)

    def _late_of_moves(self, found):
        """Return the amount owed of each late invoice, to find its fixed sum.

        It is the late amount of its due items, and the open amount of the others,
        without amounts paid in time or never owed.

        :param dict found: the pieces of each item
        """
        late, read = {}, {}
        for charge in self.charges.values():
            first = found[charge.id][0].base if found[charge.id] else 0
            late[charge.move_id] = late.get(charge.move_id, 0) + first
            read.setdefault(charge.move_id, []).append(charge)
        for move, charges in read.items():
            rest = charges[0].move_residual - sum(c.residual for c in charges)
            late[move] += max(rest, 0)
        return late

    @staticmethod
    def _held(charge, rates, grace):
        """Return the rates of one item: that of its first day, if the scheme fixes it.

        :raise NoRate: if that day has none
        """
        if charge.scheme.rate_rule == "start":
            return rates.held(starts(charge.late, grace))
        return rates

    def rate_day(self, charge):
        """Return the day whose rate applies to an item now."""
        if charge.scheme.rate_rule == "start":
            return starts(charge.late, charge.scheme.grace_days)
        return self.until[self._root(charge).id]

    def _finish(self, charge, amount, until):
        charge.total = amount + charge.fixed_sum
        rest = max(charge.total - charge.posted - charge.waived, 0)
        if charge.over or charge.gap or (charge.covered and charge.covered >= until):
            rest = 0  # settled, unknown, or its days are already decided on
        if charge.kept or charge.awaits:
            # What was credited because the date was kept need not be waived
            rest = max(rest - charge.credited, 0)
            charge.waived += rest
            charge.waived_now, rest = rest if charge.kept else 0, 0
        charge.accrued = rest

    def lines(self, charge, since=None):
        """Return the calculation of an item line by line; empty without a rate.

        :rtype: list of engine.interest.Segment
        """
        rates = self.rates_of(charge.scheme)
        if not rates or charge.gap:
            return []
        grace = charge.scheme.grace_days
        rates = self._held(charge, rates, grace)
        until = self.until[self._root(charge).id]
        return segments(charge.late, rates, until, grace, since)
