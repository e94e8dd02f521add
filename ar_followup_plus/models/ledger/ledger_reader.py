"""Reads debtors and open items into the plain values of the engine.

Two SQL statements for a slice of debtors and a few for a company, for a ledger of any
size.
"""

from datetime import date, timedelta
from functools import cached_property, partial
from typing import NamedTuple

from odoo.tools import SQL

from ...engine.decision.ladder import Ladder
from ...engine.values import BankMoney, Debtor, Item, Proposal
from ...tools.transactions import id_array

#: Working days for which unmatched bank money counts ("Amounts taken out").
BANK_DAYS = 10
#: Days in which a journal must have received customers' money to be checked.
BOOKS_DAYS = 90
#: Working days without an entry after which such a journal is behind.
BOOKS_BEHIND_DAYS = 3
#: Days within which a chronic payer must have been contacted for the strict ladder.
STRICT_DAYS = 365
#: The check boxes of a ladder for kinds of customers.
KINDS_OF = {
    kind: f"for_{kind}" for kind in ("business", "sole_trader", "consumer", "public")
}


#: Whether all contact with debtor ``d`` is stopped ("Contact stop").
STOPPED = """
    (d.stop_reason IS NOT NULL AND COALESCE(d.stop_from, %(today)s) <= %(today)s
     AND COALESCE(d.stop_until, %(today)s) >= %(today)s)
"""

#: Whether somebody at debtor ``d``, partner ``p``, has a telephone number.
_HAS_PHONE = """
    (COALESCE(p.phone, '') <> ''
     OR EXISTS (SELECT 1 FROM res_partner w
                 WHERE w.commercial_partner_id = d.partner_id AND w.active
                   AND COALESCE(w.phone, '') <> ''))
"""


def _minor(column):
    """Return SQL for an amount in minor units; cheap for 0, the most frequent one."""
    name = SQL.identifier("q", column)
    return SQL(
        """CASE WHEN %s = 0 THEN 0
                ELSE (%s * cur.factor)::bigint END""",
        name,
        name,
    )


#: Minor units of each currency. OFFSET 0: computed once, and not for each item.
_FACTORS = SQL(
    "(SELECT id, (10 ^ decimal_places)::bigint::numeric AS factor"
    " FROM res_currency OFFSET 0)"
)
#: SQL of the fields of engine.values.Item, from the open-item query ``q``.
_ITEM = {
    "id": SQL("q.id"),
    "debtor_id": SQL("q.debtor_id"),
    "move_id": SQL("q.move_id"),
    "currency": SQL("q.currency_id"),
    "residual": SQL("(q.amount_residual_currency * cur.factor)::bigint"),
    "residual_company": SQL("(q.amount_residual * comp.factor)::bigint"),
    "original": SQL("abs(q.amount_currency * cur.factor)::bigint"),
    "due": SQL("q.due_date"),
    "kind": SQL(
        """CASE WHEN q.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                WHEN q.move_type = 'out_refund' THEN 'credit_note'
                WHEN q.origin_payment_id IS NOT NULL THEN 'payment'
                ELSE 'entry' END"""
    ),
    "issued": SQL("q.invoice_date"),
    "names": SQL(
        """CASE WHEN q.amount_residual_currency < 0
                     AND (q.reversed_entry_id IS NOT NULL
                          OR q.origin_payment_id IS NOT NULL)
                THEN ARRAY(SELECT q.reversed_entry_id
                            WHERE q.reversed_entry_id IS NOT NULL
                           UNION SELECT pi.invoice_id
                                   FROM account_move__account_payment pi
                                  WHERE pi.payment_id = q.origin_payment_id) END"""
    ),
    "keep_apart": SQL("q.is_kept_apart"),
    "excluded": SQL("q.is_excluded"),
    "handed_over": SQL("q.is_handed_over"),
    "disputed": _minor("amount_disputed"),
    "promised": _minor("amount_promised"),
    "planned": _minor("amount_planned"),
    "pending": _minor("amount_pending"),
    "waiting": _minor("amount_waiting"),
    "sent": SQL("q.is_sent"),
    "sent_on": SQL("q.sent_on"),
    "taken": SQL("q.taken_delay"),
    "taken_on": SQL("q.taken_on"),
    "date_given": SQL("q.date_given"),
    "outbox": SQL("q.outbox"),
    "again_on": SQL("q.again_on"),
    "at_once": SQL("q.at_once"),
    "broken": SQL("CASE WHEN q.is_broken THEN q.attention END"),
    "name": SQL("q.move_name"),
    "quiet_until": SQL("q.quiet_until"),
    "capped": SQL("q.is_capped"),
    "discount": SQL("q.is_discount"),
}


def items_sql(query, only=Item._fields, more=None):
    """Return SQL for open items: the columns of engine.values.Item, then ``more``.

    :param SQL query: of open items, see :meth:`.ArOpenItem._query`
    :param only: the fields of an item that are read, the others are None: PostgreSQL
        leaves out the joins of columns that nobody reads
    :param SQL more: further columns of the open items ``q``
    """
    columns = [_ITEM[name] if name in only else SQL("NULL") for name in Item._fields]
    return SQL(
        """SELECT %(columns)s FROM (%(query)s) q
             JOIN %(factors)s cur ON cur.id = q.currency_id
             JOIN %(factors)s comp ON comp.id = q.company_currency_id""",
        factors=_FACTORS,
        columns=SQL(", ").join([*columns, more] if more else columns),
        query=query,
    )


def as_items(rows):
    """Return rows of :func:`items_sql` as values of the engine.

    :rtype: list of engine.values.Item
    """
    # Like Item._make, without its check of each row's length
    return list(map(partial(tuple.__new__, Item), rows))


class DebtorRow(NamedTuple):
    """A row of the debtor query."""

    id: int
    partner_id: int
    ladder_id: int | None
    kind: str
    profile: str
    contacted: bool | None
    last_contact: date | None
    last_preventive: date | None
    snooze_until: date | None
    stopped: str | None
    reply_until: date | None
    not_before: date | None
    direct_debit: bool | None
    no_preventive: bool | None
    allow_old: bool | None
    call_first: bool | None
    budget_on: date | None
    has_phone: bool | None
    proposed_step: int | None
    proposed_on: date | None
    channels: list  # codes of those that reach the debtor


class LadderChoice:
    """Which ladder of a company a debtor gets; reads them all once."""

    def __init__(self, env, company):
        ladders = (
            env["ar.ladder"]
            .sudo()
            .search_fetch(
                [("company_id", "in", (False, company.id))],
                ["company_id", "sequence", "for_chronic", *KINDS_OF.values()],
            )
        )
        own = company.ar_ladder_id.sudo()
        self.ladders = (ladders | own)._engine(company)
        self._default = self.ladders.get(own.id, Ladder((), 0))
        self._by_kind = {}
        self._strict = None
        for ladder in ladders.sorted(
            lambda ladder: (not ladder.company_id, ladder.sequence)
        ):
            if ladder.for_chronic:
                self._strict = self._strict or self.ladders[ladder.id]
                continue
            for kind, name in KINDS_OF.items():
                if ladder[name]:
                    self._by_kind.setdefault(kind, self.ladders[ladder.id])

    def of(self, ladder_id, debtor, day):
        """Return the ladder of a debtor on a day, see :meth:`Reader.ladder_of`."""
        if ladder_id in self.ladders:
            return self.ladders[ladder_id]
        if debtor.kind == "business":
            if (
                self._strict
                and debtor.profile == "chronic"
                and debtor.last_contact
                and (day - debtor.last_contact).days <= STRICT_DAYS
            ):
                return self._strict
            if self._default.steps:
                return self._default
        return self._by_kind.get(debtor.kind, self._default)


class Reader:
    """Reads for one root company and one day.

    :param env: environment; reads go through SQL, so the caller checks access
    :param res.company company: a root company
    :param datetime.date day: default: today in the company's time zone
    """

    def __init__(self, env, company, day=None):
        self.env = env
        self.company = company.sudo()
        self.date = day or company._ar_today()
        self.calendar = self.company._ar_calendar()
        self._bank = None

    @cached_property
    def _choice(self):
        return LadderChoice(self.env, self.company)

    @property
    def ladders(self):
        """Return the ladders of the engine, ``{id: Ladder}``."""
        return self._choice.ladders

    def ladder_of(self, ladder_id, debtor):
        """Return the ladder of a debtor: its own, its kind's, or the company's.

        :param ladder_id: id of the ladder chosen for the debtor, or None
        :param engine.values.Debtor debtor: the debtor
        """
        return self._choice.of(ladder_id, debtor, self.date)

    def delays(self):
        """Return the delays of all steps of all ladders, ascending."""
        steps = (step for ladder in self.ladders.values() for step in ladder.steps)
        return sorted({step.delay for step in steps})

    # === DEBTORS AND ITEMS === #

    def read_debtors(self, debtor_ids):
        """Return ``[(Debtor, [Item], Ladder)]`` in the order of the ids.

        :param list debtor_ids: debtors of this company
        """
        items = {}
        for item in self.read_items(debtor_ids):
            items.setdefault(item.debtor_id, []).append(item)
        return [
            (debtor, items.get(debtor.id, []), self.ladder_of(ladder_id, debtor))
            for debtor, ladder_id in self._read_debtors(debtor_ids)
        ]

    def read_items(self, debtor_ids, only=Item._fields):
        """Return the open items of debtors as values of the engine.

        :param only: the fields that are read, see :func:`items_sql`
        :rtype: list of engine.values.Item
        """
        Item_ = self.env["ar.open.item"]
        for model, names in Item_._depends.items():
            self.env[model].flush_model(names)
        query = Item_._query("all", debtor_ids, self.date)
        self.env.cr.execute(items_sql(query, only))
        return as_items(self.env.cr.fetchall())

    def _read_debtors(self, debtor_ids):
        self.env["ar.debtor"].flush_model()
        self.env["ar.notice"].flush_model(["debtor_id", "state", "step_id", "date"])
        channels, reach = self._reachable()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.id, d.partner_id, d.ladder_id, d.kind, d.profile, d.contacted,
                       d.last_contact_date, d.last_preventive_date, d.snooze_until,
                       CASE WHEN %(stopped)s THEN d.stop_reason END,
                       d.reply_until, d.not_before, d.direct_debit, d.no_preventive,
                       d.allow_old_debts, d.call_first, d.budget_free_on,
                       %(has_phone)s, waits.step_id, waits.date, %(channels)s
                  FROM ar_debtor d
                  JOIN res_partner p ON p.id = d.partner_id
                  %(reach)s
                  LEFT JOIN LATERAL (
                      SELECT n.step_id, n.date FROM ar_notice n
                       WHERE n.debtor_id = d.id AND n.state = 'proposed'
                       ORDER BY n.delay_days DESC LIMIT 1) waits ON TRUE
                 WHERE d.id = ANY(%(ids)s)
                """,
                stopped=SQL(STOPPED, today=self.date),
                has_phone=SQL(_HAS_PHONE),
                channels=channels,
                reach=reach,
                ids=id_array(debtor_ids),
            )
        )
        rows = {row.id: row for row in map(DebtorRow._make, rows)}
        return [
            (
                Debtor(
                    id=row.id,
                    kind=row.kind,
                    profile=row.profile,
                    channels=frozenset(row.channels),
                    contacted=bool(row.contacted),
                    last_contact=row.last_contact,
                    last_preventive=row.last_preventive,
                    snooze_until=row.snooze_until,
                    stopped=row.stopped,
                    reply_until=row.reply_until,
                    not_before=row.not_before,
                    direct_debit=bool(row.direct_debit),
                    no_preventive=bool(row.no_preventive),
                    allow_old=bool(row.allow_old),
                    bank=self.bank().get(row.partner_id, ()),
                    proposal=Proposal(row.proposed_step, row.proposed_on)
                    if row.proposed_step
                    else None,
                    call_first=bool(row.call_first),
                    budget_on=row.budget_on,
                    has_phone=bool(row.has_phone),
                ),
                row.ladder_id,
            )
            for row in map(rows.get, debtor_ids)
            if row
        ]

    def _reachable(self):
        """Return SQL for the channels that reach a debtor: an array, and its joins."""
        codes, joins = [], []
        for channel in self.env["ar.ladder.step"]._channels():
            query = channel.reachable()
            if query is None:
                codes.append(SQL("%s", channel.code))
                continue
            name = SQL.identifier(f"by_{channel.code}")
            joins.append(SQL("LEFT JOIN LATERAL (%s) %s ON TRUE", query, name))
            codes.append(SQL("CASE WHEN %s.yes THEN %s END", name, channel.code))
        return (
            SQL("array_remove(ARRAY[%s]::text[], NULL)", SQL(", ").join(codes)),
            SQL(" ").join(joins),
        )

    # === PENDING MONEY === #

    def _working_days_ago(self, count):
        """Return the ``count``-th working day before the day of the reader."""
        day = self.date
        for _step in range(count):
            day -= timedelta(days=1)
            while not self.calendar.is_working(day):
                day -= timedelta(days=1)
        return day

    def bank(self):
        """Return unmatched incoming bank money of the last ten working days.

        The customer is found by partner, account number or invoice number in the text.

        :return: ``{commercial partner id: (engine.values.BankMoney, …)}``
        """
        if self._bank is None:
            since = self._working_days_ago(BANK_DAYS)
            self.env["account.bank.statement.line"].flush_model()
            self._bank = {}
            for partner, currency, amount, move in self.env.execute_query(
                SQL(_BANK, root=f"{self.company.id}/%", since=since, until=self.date)
            ):
                self._bank.setdefault(partner, ())
                self._bank[partner] += (BankMoney(currency, amount, move),)
        return self._bank

    def books_behind(self):
        """Return whether a journal that receives customers' money is behind.

        It received money from customers in the last 90 days and has had no entry for
        more than three working days ("Books up to date").
        """
        if not self.company.ar_check_books:
            return False
        limit = self._working_days_ago(BOOKS_BEHIND_DAYS)
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT j.id FROM account_journal j
                     JOIN res_company co ON co.id = j.company_id
                    WHERE j.type IN ('bank', 'cash') AND j.active
                      AND (co.parent_path LIKE %(root)s)
                      AND EXISTS (SELECT 1 FROM account_move_line l
                                    JOIN account_account a ON a.id = l.account_id
                                   WHERE l.journal_id = j.id
                                     AND l.parent_state = 'posted'
                                     AND a.account_type = 'asset_receivable'
                                     AND l.balance < 0
                                     AND l.date > %(since)s)
                      AND NOT EXISTS (SELECT 1 FROM account_move m
                                       WHERE m.journal_id = j.id
                                         AND m.state = 'posted'
                                         AND m.date >= %(limit)s)
                    LIMIT 1""",
                root=f"{self.company.id}/%",
                since=self.date - timedelta(days=BOOKS_DAYS),
                limit=limit,
            )
        )
        return bool(rows)

    def books_reach(self):
        """Return the last day that the bank journals cover, or None.

        Only if the company waits for its bank ("Books up to date"): the journal that
        is furthest behind among those that received customers' money lately.
        """
        if not self.company.ar_check_books:
            return None
        self.env["account.move.line"].flush_model()
        [(day,)] = self.env.execute_query(
            SQL(
                """SELECT min(reach.day) FROM account_journal j
                     JOIN res_company co ON co.id = j.company_id
                     CROSS JOIN LATERAL (
                         SELECT max(m.date) AS day FROM account_move m
                          WHERE m.journal_id = j.id AND m.state = 'posted') reach
                    WHERE j.type IN ('bank', 'cash') AND j.active
                      AND co.parent_path LIKE %(root)s
                      AND EXISTS (SELECT 1 FROM account_move_line l
                                    JOIN account_account a ON a.id = l.account_id
                                   WHERE l.journal_id = j.id
                                     AND l.parent_state = 'posted'
                                     AND a.account_type = 'asset_receivable'
                                     AND l.balance < 0 AND l.date > %(since)s)""",
                root=f"{self.company.id}/%",
                since=self.date - timedelta(days=BOOKS_DAYS),
            )
        )
        return day


_BANK = """
    WITH lines AS (
        SELECT st.id, st.partner_id, st.account_number, st.payment_ref,
               COALESCE(st.foreign_currency_id, st.currency_id) AS currency_id,
               CASE WHEN st.foreign_currency_id IS NULL THEN st.amount
                    ELSE st.amount_currency END AS amount
          FROM account_bank_statement_line st
          JOIN account_move m ON m.id = st.move_id
          JOIN res_company co ON co.id = st.company_id
         WHERE st.is_reconciled IS NOT TRUE AND st.amount > 0
           AND m.state <> 'cancel'
           AND m.date >= %(since)s AND m.date <= %(until)s
           AND co.parent_path LIKE %(root)s
    ), words AS (
        SELECT l.id, inv.id AS move_id, inv.commercial_partner_id AS partner_id
          FROM lines l
          CROSS JOIN LATERAL
               regexp_split_to_table(COALESCE(l.payment_ref, ''), '[\\s,;:]+') word
          JOIN account_move inv ON inv.name = word AND inv.state = 'posted'
                               AND inv.move_type = 'out_invoice'
          JOIN res_company ico ON ico.id = inv.company_id
                               AND ico.parent_path LIKE %(root)s
         WHERE length(word) > 3
    )
    SELECT COALESCE(named.partner_id, p.commercial_partner_id,
                    owner.commercial_partner_id) AS partner,
           l.currency_id,
           round(l.amount * power(10, cur.decimal_places))::bigint,
           named.move_id
      FROM lines l
      JOIN res_currency cur ON cur.id = l.currency_id
      LEFT JOIN LATERAL (SELECT w.move_id, w.partner_id FROM words w
                          WHERE w.id = l.id LIMIT 1) named ON TRUE
      LEFT JOIN res_partner p ON p.id = l.partner_id
      LEFT JOIN LATERAL (
          SELECT bp.commercial_partner_id
            FROM res_partner_bank bank JOIN res_partner bp ON bp.id = bank.partner_id
           WHERE l.partner_id IS NULL AND bank.sanitized_acc_number =
                 regexp_replace(upper(COALESCE(l.account_number, '-')), '\\W+', '', 'g')
           LIMIT 1) owner ON TRUE
     WHERE COALESCE(named.partner_id, p.commercial_partner_id,
                    owner.commercial_partner_id) IS NOT NULL
"""


def recipients_sql(columns):
    """Return SQL for the recipients of messages to ``ar_debtor d``, best first.

    Contacts with a function, else the invoice contact, else the customer. Excluded:
    delivery and private addresses, archived contacts, blacklisted and bounced
    addresses, and contacts who said that they are the wrong person; for a consumer,
    every other person.
    """
    return SQL(
        """SELECT %s
             FROM (
                 SELECT c.partner_id, c.id, c.sequence, c.role, 0 AS rank
                   FROM ar_debtor_contact c WHERE c.debtor_id = d.id
                 UNION ALL
                 SELECT i.id, NULL, NULL, NULL, CASE WHEN i.type = 'invoice' THEN 1
                                                     ELSE 2 END
                   FROM res_partner i
                  WHERE i.commercial_partner_id = d.partner_id
                    AND (i.type = 'invoice' OR i.id = d.partner_id)
                    AND NOT EXISTS (SELECT 1 FROM ar_debtor_contact c
                                     WHERE c.debtor_id = d.id AND c.partner_id = i.id)
             ) dc
             JOIN res_partner w ON w.id = dc.partner_id
            WHERE w.active
              AND (w.type IS NULL OR w.type NOT IN ('delivery', 'private'))
              AND COALESCE(w.email_normalized, '') <> ''
              AND COALESCE(w.message_bounce, 0) = 0
              AND (d.kind <> 'consumer' OR w.commercial_partner_id = d.partner_id)
              AND NOT EXISTS (SELECT 1 FROM ar_answer wrong
                               WHERE wrong.debtor_id = d.id AND wrong.blocks_address
                                 AND wrong.address = w.email_normalized)
              AND NOT EXISTS (SELECT 1 FROM mail_blacklist b
                               WHERE b.email = w.email_normalized AND b.active)
            ORDER BY dc.rank, dc.sequence, dc.id, w.id""",
        columns,
    )
