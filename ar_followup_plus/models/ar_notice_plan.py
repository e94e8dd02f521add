"""plan(): decides slice by slice and writes the notices into the outbox."""

import logging
import random
import time
from io import StringIO

from psycopg2 import errors

from odoo import api, models
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.tools import SQL

from ..engine.cover import company_amount
from ..engine.decide import decide, still_asked
from ..engine.values import Reason
from .ar_reader import Reader

_logger = logging.getLogger(__name__)

#: Debtors in one transaction.
SLICE = 1000
#: What is held because it was agreed with the customer.
AGREED = (Reason.PROMISED, Reason.ON_PLAN)
#: Key of the advisory lock under which first notices are counted.
FIRST_LOCK = 0x0A2F
#: Attempts for a slice that met a concurrent change.
ATTEMPTS = 5
CONFLICTS = (
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.DeadlockDetected,
    errors.UniqueViolation,
)
LINE_COLUMNS = (
    "notice_id", "move_line_id", "move_id", "step_id", "channel", "role", "active",
    "taken", "move_name", "date_due", "currency_id", "amount_residual_currency",
    "amount", "days_overdue", "delay_days",
)  # fmt: skip
NOTICE_COLUMNS = (
    "id", "debtor_id", "company_id", "step_id", "stage", "delay_days", "channel",
    "group", "date", "is_first", "state", "state_at", "attempts", "date_given",
    "amount", "create_uid", "create_date", "write_uid", "write_date",
)  # fmt: skip


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def plan(self, date=None, debtor_ids=None):
        """Decide who is to be contacted, and write the notices into the outbox.

        Safe to repeat, and to run several times at once: the same notices, once.

        :param datetime.date date: the day; default: today in each company's zone
        :param list debtor_ids: only these debtors; default: all of the companies
            that are not off
        :return: counts: debtors looked at, notices made, updated and cancelled
        :rtype: dict
        :raise UserError: if a company whose debtors were named is off
        """
        self._check_collector()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        if debtor_ids is not None:
            debtors = self.env["ar.debtor"].browse(debtor_ids)
            debtors.check_access("read")
            companies = debtors.company_id.sudo()
            off = companies.filtered(lambda company: company.ar_state == "off")
            if off:
                raise UserError(
                    self.env._(
                        "The follow-up of %(company)s is off: a credit manager can "
                        "switch it to preview in the settings.",
                        company=off[0].name,
                    )
                )
        elif not self.env.su:
            companies &= self.env.companies.root_id.sudo()
        counts = {"debtors": 0, "notices": 0, "updated": 0, "cancelled": 0, "reasons": {}}
        # A pause writes nothing: what waits would all leave when it ends
        active = companies.filtered(lambda c: c.ar_state != "off" and not c.ar_paused)
        for company in active:
            run = _Run(self.sudo(), company, date, debtor_ids)
            run.work()
            for key, value in run.counts.items():
                if key == "reasons":
                    for reason, count in value.items():
                        counts[key][reason] = counts[key].get(reason, 0) + count
                else:
                    counts[key] += value
        self.invalidate_model()
        self.env["ar.notice.line"].invalidate_model()
        self.env["ar.debtor"].invalidate_model()
        self.env["ar.open.item"].invalidate_model()
        return counts

    @api.model
    def _check_collector(self):
        if not self.env.su and not self.env.user.has_group(
            "ar_followup_plus.group_collector"
        ):
            raise UserError(
                self.env._("Only collectors may do this: ask for the right first.")
            )

    @api.model
    def _first_left(self, company, date):
        """Return how many first notices to old debtors may still be made on a day.

        :return: a number, or None where there is no limit
        """
        limit = company.ar_first_per_day
        if not limit or not company.ar_backlog_date:
            return None
        self.flush_model(["debtor_id", "company_id", "is_first", "date", "state"])
        [(made,)] = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT debtor_id) FROM ar_notice
                    WHERE company_id = %s AND is_first AND date = %s
                      AND state <> 'cancelled'""",
                company.id,
                date,
            )
        )
        return max(limit - made, 0)

    @api.model
    def _commit(self):
        """Commit, so that other processes see a slice.

        Never within a test, nor while modules are loaded: demonstration data.
        """
        if not module.current_test and self.env.registry.ready:
            self.env.cr.commit()

    @api.model
    def _rollback(self):
        """Undo what is not committed, but never within a test."""
        if not module.current_test:
            self.env.cr.rollback()
            self.env.invalidate_all()


class _Run:
    """One run of plan() for one company."""

    def __init__(self, model, company, date, debtor_ids):
        self.model = model
        self.env = model.env
        self.cr = model.env.cr
        self.company = company
        self.named = debtor_ids
        # The clock of the database, for planned_at is compared with it
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
            "debtors": 0, "notices": 0, "updated": 0, "cancelled": 0, "reasons": {},
        }  # fmt: skip

    def work(self):
        """Plan all slices."""
        self.env.flush_all()
        if self.named is None:
            self.env["ar.debtor"]._make_missing([self.company.id])
            self.model._commit()
        ids = self._candidates()
        self.books_behind = self.reader.books_behind()
        if self.books_behind:
            self.env["ar.debtor"]._warn_books_behind(self.company)
        counted = self._count_first()
        try:
            for start in range(0, len(ids), SLICE):
                self._slice_again(ids[start : start + SLICE])
        finally:
            if counted:
                self._unlock_first()

    def _candidates(self):
        """Return the debtors to decide on, those with the largest debts first.

        The order matters where only some may get their first notice today.
        """
        where = SQL("d.company_id = %s", self.company.id)
        if self.named is not None:
            where = SQL("%s AND d.id = ANY(%s)", where, list(self.named))
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                     LEFT JOIN (
                         SELECT p.commercial_partner_id AS partner_id,
                                sum(l.amount_residual) FILTER (
                                    WHERE COALESCE(l.date_maturity, l.date) < %s
                                ) AS overdue, sum(l.amount_residual) AS owed
                           FROM account_move_line l
                           JOIN account_account a ON a.id = l.account_id
                                AND a.account_type = 'asset_receivable'
                           JOIN res_company co ON co.id = l.company_id
                                AND co.parent_path LIKE %s
                           JOIN res_partner p ON p.id = l.partner_id
                          WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                          GROUP BY p.commercial_partner_id
                     ) o ON o.partner_id = d.partner_id
                    WHERE %s AND d.active
                      AND (o.owed IS NOT NULL OR d.next_reason IS NOT NULL
                           OR d.next_contact_date IS NOT NULL
                           OR EXISTS (SELECT 1 FROM ar_notice n
                                       WHERE n.debtor_id = d.id AND n.state = 'proposed'))
                    ORDER BY o.overdue DESC NULLS LAST, d.id""",
                self.reader.date,
                f"{self.company.id}/%",
                where,
            )
        )
        return [row[0] for row in rows]

    def _count_first(self):
        """Set how many first notices to old debtors may still be made today.

        Only one process at a time makes them, or each would have its own thirty.

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
            self.model._commit()  # a new snapshot sees what the last one made
            self.first_left = self.model._first_left(self.company, self.reader.date)
        return mine

    def _unlock_first(self):
        self.env.cr.execute(
            SQL("SELECT pg_advisory_unlock(%s, %s)", FIRST_LOCK, self.company.id)
        )

    def _slice_again(self, ids):
        """Plan one slice; what other processes changed meanwhile is read again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.cr.savepoint(flush=False):
                    done, counts = self._slice(ids)
            except CONFLICTS:
                if module.current_test or attempt == ATTEMPTS:
                    raise
                # Under REPEATABLE READ only a new transaction sees the change
                self.cr.rollback()
                self.env.invalidate_all()
                time.sleep(random.uniform(0.05, 0.3) * attempt)
            else:
                self.model._commit()
                self.counts["debtors"] += done
                for key, value in counts.items():
                    if key == "reasons":
                        reasons = self.counts["reasons"]
                        for reason, count in value.items():
                            reasons[reason] = reasons.get(reason, 0) + count
                    else:
                        self.counts[key] += value
                return

    def _slice(self, ids):
        """Claim a slice, read it, decide, and write what was decided."""
        claimed = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """WITH mine AS (
                           SELECT id FROM ar_debtor
                            WHERE id = ANY(%(ids)s)
                              AND (%(named)s OR planned_at IS NULL
                                   OR planned_at <= %(started)s)
                            ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
                       UPDATE ar_debtor d SET planned_at = clock_timestamp()
                                                          AT TIME ZONE 'UTC'
                         FROM mine WHERE d.id = mine.id RETURNING d.id""",
                    ids=ids,
                    named=self.named is not None,
                    started=self.started,
                )
            )
        ]
        claimed_set = set(claimed)
        writer = _Writer(self)
        order = [i for i in ids if i in claimed_set]
        for debtor, items, ladder in self.reader.read(order):
            rules = self._rules()
            decision = decide(debtor, items, ladder, rules, self.reader.date)
            writer.add(debtor, decision)
        writer.write()
        return len(claimed), writer.counts

    def _rules(self):
        rules = getattr(self, "_rules_now", None)
        if rules is None or rules.first_left != self.first_left:
            rules = self.company._ar_rules(self.first_left, self.books_behind)
            rules = rules._replace(calendar=self.reader.calendar)
            self._rules_now = rules
        return rules


class _Writer:
    """Collects the decisions of a slice and writes them in a few statements."""

    def __init__(self, run):
        self.run = run
        self.env = run.env
        self.company = run.company
        self.day = run.reader.date
        self.contacts = []
        self.outlook = []
        self.silent = []
        self.lost = []
        self.at_bank = []
        self.counts = {"notices": 0, "updated": 0, "cancelled": 0, "reasons": {}}

    def add(self, debtor, decision):
        """Take up the decision on one debtor."""
        reason = decision.reason.value if decision.reason else None
        if reason:
            reasons = self.counts["reasons"]
            reasons[reason] = reasons.get(reason, 0) + 1
        step = decision.next_step
        self.outlook.append(
            (debtor.id, decision.next_on, step.id if step else None, reason)
        )
        for contact in decision.contacts:
            for channel in channels_of(contact.step, debtor):
                self.contacts.append((debtor, contact, channel))
            if contact.first and self.run.first_left is not None:
                self.run.first_left -= _is_old(contact, self.company)
        if debtor.proposal:
            self.silent.append((debtor, decision))
        if not debtor.channels.issuperset(("email",)) or debtor.bank:
            found = {verdict.reason for verdict in decision.verdicts}
            if Reason.NO_CONTACT in found:
                self.lost.append(debtor.id)
            if Reason.BANK_UNMATCHED in found:
                self.at_bank.append(debtor.id)

    def write(self):
        """Write notices, lines and outlooks."""
        keep = self._settle_proposals() if self.silent else set()
        new = [
            entry
            for entry in self.contacts
            if (entry[0].id, entry[1].step.id, entry[2]) not in keep
        ]
        if new:
            self._write_notices(new)
        self._write_outlook()
        Debtor = self.env["ar.debtor"]
        if self.lost:
            Debtor.browse(self.lost)._ar_activity(
                "activity_no_contact",
                self.env._("Nobody can be reached: add an address"),
            )
        if self.at_bank:
            Debtor.browse(self.at_bank)._ar_activity(
                "activity_match_payment",
                self.env._("Money has arrived at the bank: match it"),
            )

    # === PROPOSALS THAT NOBODY HANDLED === #

    def _settle_proposals(self):
        """Bring waiting proposals up to date in place; return those that stay.

        :return: ``{(debtor id, step id, channel)}`` for which no notice is made
        """
        wanted = {
            (debtor.id, contact.step.id, channel): (debtor, contact)
            for debtor, contact, channel in self.contacts
        }
        decisions = {debtor.id: decision for debtor, decision in self.silent}
        old = self._read_proposals(list(decisions))
        keep, drop = set(), []
        for notice_id, (debtor_id, step_id, channel, lines) in old.items():
            key = (debtor_id, step_id, channel)
            decision = decisions[debtor_id]
            if key in wanted:
                keep.add(key)
                debtor, contact = wanted[key]
                fresh = line_rows(
                    notice_id, contact, channel, self.day, self.run.digits
                )
                if {(r[1], r[3], r[5], r[12]) for r in fresh} != lines:
                    self._replace_lines(notice_id, contact, fresh)
                    self.counts["updated"] += 1
            elif decision.contacts or not self._still_asked(decision, lines):
                # Another step is due now, or nothing is left to ask for
                drop.append(notice_id)
            else:
                # A brake holds new notices, and not one that waits
                keep.update(
                    k for k in wanted if k[0] == debtor_id and k[2] == channel
                )
        if drop:
            self.env["ar.notice"].browse(drop)._cancel("settled")
            self.counts["cancelled"] += len(drop)
        return keep

    def _read_proposals(self, debtor_ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT n.id, n.debtor_id, n.step_id, n.channel, l.move_line_id,
                          l.step_id, l.role, l.amount::text
                     FROM ar_notice n LEFT JOIN ar_notice_line l ON l.notice_id = n.id
                    WHERE n.state = 'proposed' AND n.debtor_id = ANY(%s)
                    ORDER BY n.id""",
                debtor_ids,
            )
        )
        old = {}
        for notice_id, debtor_id, step_id, channel, item, step, role, amount in rows:
            entry = old.setdefault(notice_id, (debtor_id, step_id, channel, set()))
            entry[3].add((item, step, role, amount))
        return old

    def _still_asked(self, decision, lines):
        asked = still_asked(decision)
        return any(item in asked for item, _step, role, _amount in lines if role == "about")

    def _replace_lines(self, notice_id, contact, fresh):
        self.env.cr.execute(
            SQL("DELETE FROM ar_notice_line WHERE notice_id = %s", notice_id)
        )
        self._copy("ar_notice_line", LINE_COLUMNS, self._named(fresh))
        self.env.cr.execute(
            SQL(
                "UPDATE ar_notice SET amount = %s, date_given = %s WHERE id = %s",
                self._worth(contact),
                contact.date_given,
                notice_id,
            )
        )

    # === NEW NOTICES === #

    def _write_notices(self, contacts):
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT nextval('ar_notice_id_seq') FROM generate_series(1, %s)",
                    len(contacts),
                )
            )
        ]
        now = self.env.cr.now().isoformat(sep=" ")
        state = self.company.ar_state
        notices, lines = [], []
        for notice_id, (debtor, contact, channel) in zip(ids, contacts, strict=True):
            step = contact.step
            asks = state != "live" or step.approval
            notices.append(
                (
                    notice_id, debtor.id, self.company.id, step.id, step.stage,
                    step.delay, channel, None, self.day, contact.first,
                    "proposed" if asks else "ready", now, 0, contact.date_given,
                    self._worth(contact), self.env.uid, now, self.env.uid, now,
                )
            )  # fmt: skip
            lines += line_rows(
                    notice_id, contact, channel, self.day, self.run.digits
                )
        self._restart(lines)
        self._copy("ar_notice", NOTICE_COLUMNS, notices)
        self._copy("ar_notice_line", LINE_COLUMNS, self._named(lines))
        self.counts["notices"] += len(notices)

    def _restart(self, lines):
        """Let go of what was said for a due date that a person moved later."""
        stepped = [row[1] for row in lines if row[3]]
        self.env.cr.execute(
            SQL(
                """UPDATE ar_notice_line nl SET active = FALSE, taken = FALSE
                     FROM account_move_line l
                    WHERE nl.move_line_id = ANY(%s) AND l.id = nl.move_line_id
                      AND nl.active AND nl.date_due < l.date_maturity""",
                stepped,
            )
        )

    def _named(self, rows):
        """Fill in the numbers of the invoices and turn minor units into amounts."""
        ids = list({row[2] for row in rows})
        names = dict(
            self.env.execute_query(
                SQL("SELECT id, name FROM account_move WHERE id = ANY(%s)", ids)
            )
        )
        return [row[:8] + (names.get(row[2]),) + row[9:] for row in rows]

    def _worth(self, contact):
        """Return what a contact is about, in company currency."""
        minor = sum(company_amount(item, amount) for item, amount, _s in contact.about)
        return minor / 10**self.company.currency_id.decimal_places

    def _copy(self, table, columns, rows):
        buffer = StringIO()
        for row in rows:
            buffer.write("\t".join(map(_text, row)))
            buffer.write("\n")
        buffer.seek(0)
        names = ", ".join(f'"{name}"' for name in columns)
        # The cursor of psycopg2 itself: Odoo's has no COPY
        self.env.cr._obj.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer)

    def _write_outlook(self):
        """Write when and why each debtor is contacted next, where that changed."""
        if not self.outlook:
            return
        ids, days, steps, reasons = map(list, zip(*self.outlook, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor d
                      SET next_contact_date = s.day, next_step_id = s.step,
                          next_reason = s.reason
                     FROM unnest(%s::int[], %s::date[], %s::int[], %s::text[])
                          AS s(id, day, step, reason)
                    WHERE d.id = s.id
                      AND (d.next_contact_date, d.next_step_id, d.next_reason)
                          IS DISTINCT FROM (s.day, s.step, s.reason)""",
                ids,
                days,
                steps,
                reasons,
            )
        )


def channels_of(step, debtor):
    """Return the channels through which a step reaches a debtor.

    Each channel of the step by which the debtor can be reached makes a notice.
    """
    return [channel for channel in step.channels if channel in debtor.channels]


def _is_old(contact, company):
    """Return 1 for a contact that counts towards the first notices of a day."""
    limit = company.ar_backlog_date
    return int(any(item.due < limit for item, _amount, _step in contact.about))


def line_rows(notice_id, contact, channel, day, digits):
    """Return the rows of ar_notice_line of a contact, in the order of LINE_COLUMNS.

    :param dict digits: ``{currency id: decimal places}``
    :return: tuples; the invoice's number is filled in later
    """
    entries = [("about", *entry) for entry in contact.about]
    entries += [("also", *entry) for entry in contact.also]
    entries += [("coming", *entry) for entry in contact.coming]
    entries += [
        ("agreed" if reason in AGREED else "apart", item, amount, None)
        for item, amount, reason in contact.apart
    ]
    entries += [("credit", item, item.residual, None) for item in contact.credits]
    rows = []
    for role, item, amount, step in entries:
        places = digits[item.currency]
        rows.append(
            (
                notice_id,
                item.id,
                item.move_id,
                step.id if step else None,
                channel,
                role,
                step is not None,
                step is not None,
                None,
                item.due,
                item.currency,
                _amount(item.residual, places),
                _amount(amount, places),
                max((day - item.due).days, 0),
                step.delay if step else None,
            )
        )
    return rows


def _amount(minor, places):
    """Return minor units as the text of a number with the currency's digits."""
    return f"{minor / 10**places:.{places}f}"


def _text(value):
    """Return a value as COPY reads it."""
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    text = str(value)
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        for plain, escaped in _ESCAPES:
            text = text.replace(plain, escaped)
    return text


_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
