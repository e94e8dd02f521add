"""One run of plan() for one company: candidates, slices, decisions."""

import gc
import logging

from psycopg2.errors import UniqueViolation

from odoo.tools import SQL

from ...engine.decision.decide import decide
from ...engine.values import Reason
from ...tools.transactions import (
    CONFLICTS,
    commit,
    for_slices,
    in_turn,
    quietly,
    without_jit,
)
from ..customer.next_contact import next_values
from ..ledger.ledger_reader import Reader
from .decision_writer import PlanWriter

_logger = logging.getLogger(__name__)

#: Debtors in one transaction; their rows are locked for less than a second.
SLICE = 1000
#: Key of the advisory lock for counting first notices.
FIRST_LOCK = 0x0A2F
#: Failed debtors after which the fault must be in the run itself, which then raises.
MOST_ROTTEN = 20


class PlanRun:
    """One run of plan() for one company."""

    def __init__(self, model, company, date, debtor_ids):
        self.model = model
        self.env = model.env
        self.cr = model.env.cr
        self.company = company
        self.named = debtor_ids
        # The clock of the database: planned_at is compared with it
        [(self.started,)] = self.env.execute_query(
            SQL("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        )
        self.digits = {
            currency.id: currency.decimal_places
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([])
        }
        self.reader = Reader(self.env, company, date)
        self.counts = {
            "debtors": 0, "notices": 0, "updated": 0, "cancelled": 0, "failed": 0,
            "reasons": {},
        }  # fmt: skip

    def slices(self):
        """Return the debtors to decide on in slices, for processes that share them.

        :return: lists of ids, one for each slice; ``[None]`` if one process must do
            them all, because it counts first notices
        :rtype: list
        """
        ids = self._all_candidates()
        if self._may_be_first(ids):
            return [None]
        return [ids[start : start + SLICE] for start in range(0, len(ids), SLICE)]

    def work(self):
        """Plan all slices."""
        ids = self._all_candidates()
        self.books_behind = self.reader.books_behind()
        if self.books_behind or self.named is None:
            self.company._ar_warn_books_behind(self.books_behind)
        counted = self._count_first()
        if self.first_left == 0 and not counted and self.named is None:
            return  # another process already plans it, counting first notices
        self.rules = self.company._ar_rules(self.first_left, self.books_behind)
        self.rules = self.rules._replace(calendar=self.reader.calendar)
        # The values of a slice have no reference cycles: collecting garbage among a
        # hundred thousand tuples would find none
        collects = gc.isenabled()
        gc.disable()
        try:
            for start in range(0, len(ids), SLICE):
                self._slice_again(ids[start : start + SLICE])
        finally:
            if collects:
                gc.enable()
            if counted:
                self._unlock_first()

    def _all_candidates(self):
        """Return the debtors to decide on, new ones included."""
        self.env.flush_all()
        if self.named is None:
            make = self.env["ar.debtor"]._make_missing
            in_turn(self.env, lambda: make([self.company.id]))
        return self._candidates()

    def _candidates(self):
        """Return the debtors to decide on, largest debts first.

        The order matters if only some may get their first notice today. A debtor
        decided on for this day already is selected again only if something may have
        become due since: see :func:`engine.decide.is_candidate`.
        """
        without_jit(self.env)
        day = self.reader.date
        where = SQL("d.company_id = %s AND d.active", self.company.id)
        open_items = self._owed()
        if self.named is not None:
            where = SQL("%s AND d.id = ANY(%s)", where, list(self.named))
        else:
            again = SQL("FALSE")
            if self._was_planned():
                open_items = self._owed_and_due()
                again = SQL(
                    """(o.may_act AND NOT o.leaving
                        AND (o.at_once
                             OR COALESCE(d.last_contact_date + %s <= %s, TRUE)))""",
                    max(self.company.ar_gap_days, 1),
                    day,
                )
            where = SQL(
                """%s AND (
                       (d.planned_for IS DISTINCT FROM %s
                        AND (o.partner_id IS NOT NULL OR d.next_reason IS NOT NULL
                             OR d.next_contact_date IS NOT NULL))
                       OR %s
                       OR EXISTS (SELECT 1 FROM ar_notice n
                                   WHERE n.debtor_id = d.id AND n.state = 'proposed'))""",
                where,
                day,
                again,
            )
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                     LEFT JOIN (%s) o ON o.partner_id = d.partner_id
                    WHERE %s
                    ORDER BY o.overdue DESC NULLS LAST, d.id""",
                open_items,
                where,
            )
        )
        return [debtor_id for (debtor_id,) in rows]

    def _was_planned(self):
        """Return whether the run already decided on debtors for this day."""
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM ar_debtor
                        WHERE company_id = %s AND planned_for = %s LIMIT 1""",
                    self.company.id,
                    self.reader.date,
                )
            )
        )

    def _owed(self):
        """Return SQL for the customers with open items, and their overdue amount."""
        return SQL(
            """SELECT p.commercial_partner_id AS partner_id,
                      sum(l.amount_residual) FILTER (
                          WHERE COALESCE(l.date_maturity, l.date) < %s) AS overdue
                 FROM account_move_line l
                 JOIN account_account a ON a.id = l.account_id
                      AND a.account_type = 'asset_receivable'
                 JOIN res_company co ON co.id = l.company_id AND co.parent_path LIKE %s
                 JOIN res_partner p ON p.id = l.partner_id
                WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                  AND l.amount_residual_currency <> 0
                GROUP BY p.commercial_partner_id""",
            self.reader.date,
            f"{self.company.id}/%",
        )

    def _owed_and_due(self):
        """Return the same SQL with the columns of :func:`engine.decide.is_candidate`."""
        return SQL(
            """SELECT q.partner_id,
                      sum(q.amount_residual) FILTER (
                          WHERE q.days_overdue > 0) AS overdue,
                      bool_or(%s) AS may_act,
                      bool_or(q.at_once) AS at_once,
                      bool_or(COALESCE(q.outbox IN ('ready', 'sending'), FALSE)
                              AND q.amount_residual_currency > 0) AS leaving
                 FROM (%s) q WHERE q.company_id = %s GROUP BY q.partner_id""",
            self._may_act(),
            self.env["ar.open.item"]._query("all", None, self.reader.date),
            self.company.id,
        )

    def _may_act(self):
        """Return :func:`engine.ladder.may_act` as SQL on an open item ``q``."""
        delays = self.reader.delays()
        if not delays:
            return SQL("FALSE")
        following = SQL(
            """(%s::int[])[CASE WHEN q.taken_delay IS NULL THEN 1
                 ELSE width_bucket(q.taken_delay, %s::int[]) + 1 END]""",
            delays,
            delays,
        )
        return SQL(
            """q.amount_residual_currency > 0 AND NOT q.is_excluded AND NOT q.is_broken
               AND (q.outbox IS NULL OR q.outbox = 'proposed')
               AND COALESCE(q.again_on, %(day)s) <= %(day)s
               AND (q.at_once
                    OR (COALESCE(q.date_given < %(day)s, TRUE)
                        AND q.due_date + %(next)s <= %(day)s
                        AND (q.taken_delay IS NULL OR q.taken_on IS NULL
                             OR q.taken_on + %(next)s - q.taken_delay <= %(day)s)))""",
            day=self.reader.date,
            next=following,
        )

    def _count_first(self):
        """Set the number of first notices to old debtors left for today.

        One process at a time makes them: otherwise each would have its own limit.

        :return: whether this process holds the lock
        """
        self.first_left = None
        limit = self.company.ar_first_per_day
        if not limit or not self.company.ar_backlog_date:
            return False
        [(mine,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", FIRST_LOCK, self.company.id)
        )
        self.first_left = 0
        if mine:
            commit(self.env)  # a new snapshot includes the last holder's notices
            self.first_left = self.model._first_left(self.company, self.reader.date)
        return mine

    def _may_be_first(self, ids):
        """Return whether a debtor may get a first notice that counts for the limit."""
        if not self.company.ar_first_per_day or not self.company.ar_backlog_date:
            return False
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM ar_debtor d
                         JOIN res_partner p ON p.commercial_partner_id = d.partner_id
                         JOIN account_move_line l ON l.partner_id = p.id
                         JOIN account_account a ON a.id = l.account_id
                              AND a.account_type = 'asset_receivable'
                        WHERE d.id = ANY(%s) AND d.contacted IS NOT TRUE
                          AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                          AND l.amount_residual_currency > 0
                          AND (l.no_followup IS NOT TRUE OR %s)
                          AND COALESCE(l.date_maturity, l.date) < %s
                        LIMIT 1""",
                    ids,
                    self.company.ar_chase_entries,
                    self.company.ar_backlog_date,
                )
            )
        )

    def _unlock_first(self):
        self.env.cr.execute(
            SQL("SELECT pg_advisory_unlock(%s, %s)", FIRST_LOCK, self.company.id)
        )

    def _slice_again(self, ids):
        """Plan one slice, again after a conflict with another process.

        If it raises, plan debtor by debtor: only the faulty one fails, and a person is
        notified why.
        """
        first_left = self.first_left

        def work():
            self.first_left = first_left  # do not count what was rolled back
            with self.cr.savepoint(flush=False):
                return self._slice(ids)

        try:
            done, counts = in_turn(self.env, work)
        except Exception as error:
            # A unique violation would occur again in the next run
            if isinstance(error, CONFLICTS) and not isinstance(error, UniqueViolation):
                _logger.info("%s debtors change now: the next run has them", len(ids))
                return
            if self.cr.closed or self.cr._cnx.closed:
                raise  # without the database no retry is possible
            if self.counts["failed"] >= MOST_ROTTEN:
                raise
            self.env.invalidate_all(flush=False)
            self.first_left = first_left
            if len(ids) == 1:
                in_turn(self.env, lambda why=error: self._set_aside(ids[0], why))
            else:
                for one in ids:
                    self._slice_again([one])
            return
        self.counts["debtors"] += done
        reasons = self.counts["reasons"]
        for reason, count in counts.pop("reasons").items():
            reasons[reason] = reasons.get(reason, 0) + count
        for key, value in counts.items():
            self.counts[key] += value

    def _set_aside(self, debtor_id, error):
        """Record that no decision is possible on a debtor, and notify a person why."""
        _logger.error("Debtor %s cannot be decided on", debtor_id, exc_info=error)
        debtor = self.env["ar.debtor"].browse(debtor_id)
        debtor.write(
            {
                **next_values(Reason.BROKEN),
                "planned_for": self.reader.date,
            }
        )
        why = (str(error) or repr(error)).strip().splitlines()[0]
        debtor._ar_activity(
            "activity_check_notice",
            self.env._("The decision failed: %(why)s", why=why),
        )
        self.counts["failed"] += 1

    def _slice(self, ids):
        """Claim a slice, read it, decide, and write the decisions.

        Every locked row is written before the commit, so that a process with an older
        snapshot gets a conflict.
        """
        for_slices(self.env)
        claimed = [
            debtor_id
            for (debtor_id,) in quietly(
                self.env,
                SQL(
                    """SELECT id FROM ar_debtor
                        WHERE id = ANY(%(ids)s)
                          AND (%(named)s OR planned_at IS NULL
                               OR planned_at <= %(started)s)
                        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED""",
                    ids=ids,
                    named=self.named is not None,
                    started=self.started,
                ),
            )
        ]
        claimed_set = set(claimed)
        writer = PlanWriter(self)
        order = [i for i in ids if i in claimed_set]
        for debtor, items, ladder in self.reader.read_debtors(order):
            rules = self._rules()
            decision = decide(debtor, items, ladder, rules, self.reader.date)
            writer.add(debtor, decision)
        writer.write_all()
        return len(claimed), writer.counts

    def _rules(self):
        if self.rules.first_left != self.first_left:
            self.rules = self.rules._replace(first_left=self.first_left)
        return self.rules
