"""Writes the decisions of a slice: notices, lines, and each debtor's next contact."""

import csv
from datetime import date
from functools import partial
from io import StringIO
from itertools import islice
from typing import NamedTuple

from odoo.tools import SQL

from ...engine.decision.cover import company_amount
from ...engine.decision.decide import still_asked
from ...engine.values import STAGE_RANK, Reason
from ...tools.transactions import id_array
from ..customer.next_contact import next_of, write_next
from ..ladder.channel import CHANNELS
from ..ledger.suppliers import we_owe

#: Rows in one piece of a COPY.
CHUNK = 200
NOTICE_COLUMNS = (
    "id", "debtor_id", "company_id", "step_id", "stage", "delay_days", "channel",
    "date", "is_first", "state", "state_at", "attempts", "date_given",
    "amount", "create_uid", "create_date", "write_uid", "write_date",
)  # fmt: skip


class Line(NamedTuple):
    """A row of ar_notice_line; the fields are its columns."""

    notice_id: int
    move_line_id: int
    move_id: int
    step_id: int | None
    channel: str
    role: str
    active: bool
    taken: bool
    move_name: str | None
    date_due: date
    currency_id: int
    amount_residual_currency: str  # with the digits of the currency
    amount: str
    days_overdue: int
    delay_days: int | None


class Planned(NamedTuple):
    """A contact through one channel, for which a notice is to be created."""

    debtor: object  # engine.values.Debtor
    contact: object  # engine.values.Contact
    channel: str

    @property
    def key(self):
        """Return the key for which there is only one notice."""
        return Key(self.debtor.id, self.contact.step.id, self.channel)


class Key(NamedTuple):
    """The debtor, step and channel of a notice."""

    debtor_id: int
    step_id: int
    channel: str


#: A line is made for each of up to a million items: like Line._make, without its check
_line = partial(tuple.__new__, Line)


class PlanWriter:
    """Collect the decisions of a slice and write them in a few statements."""

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
        """Add the decision on one debtor."""
        reason = decision.reason.value if decision.reason else None
        if reason:
            reasons = self.counts["reasons"]
            reasons[reason] = reasons.get(reason, 0) + 1
        self.outlook.append(next_of(debtor.id, decision))
        for contact in decision.contacts:
            for channel in channels_of(contact.step, debtor):
                self.contacts.append(Planned(debtor, contact, channel))
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

    def write_all(self):
        """Write notices, lines and next contacts."""
        keep = self._settle_proposals() if self.silent else set()
        new = [planned for planned in self.contacts if planned.key not in keep]
        if new:
            self._write_notices(new)
        write_next(self.env, self.outlook, self.day)
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

    # === UNHANDLED PROPOSALS === #

    def _settle_proposals(self):
        """Bring proposals up to date in place ("Proposals stay current").

        :return: the keys that need no new notice
        :rtype: set of Key
        """
        wanted = {planned.key: planned.contact for planned in self.contacts}
        decisions = {debtor.id: decision for debtor, decision in self.silent}
        old = self._read_proposals(list(decisions))
        keep, drop = set(), []
        for notice_id, (key, lines) in old.items():
            decision = decisions[key.debtor_id]
            if key in wanted:
                keep.add(key)
                contact = wanted[key]
                fresh = line_rows(
                    notice_id, contact, key.channel, self.day, self.run.digits
                )
                said = {
                    (line.move_line_id, line.step_id, line.role, line.amount)
                    for line in fresh
                }
                if said != lines:
                    self._replace_lines(notice_id, contact, fresh)
                    self.counts["updated"] += 1
            elif decision.contacts or not self._still_asked(decision, lines):
                # Another step is due now, or no amount is left
                drop.append(notice_id)
            else:
                # A brake blocks new notices, not existing proposals
                keep.update(
                    other
                    for other in wanted
                    if (other.debtor_id, other.channel) == (key.debtor_id, key.channel)
                )
        if drop:
            self.env["ar.notice"].browse(drop)._cancel("settled")
            self.counts["cancelled"] += len(drop)
        return keep

    def _read_proposals(self, debtor_ids):
        """Return the proposals of debtors, and the items that they list.

        :return: ``{notice id: (Key, {(item id, step id, role, amount)})}``
        """
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
            key = Key(debtor_id, step_id, channel)
            _key, lines = old.setdefault(notice_id, (key, set()))
            lines.add((item, step, role, amount))
        return old

    def _still_asked(self, decision, lines):
        asked = still_asked(decision)
        return any(
            item in asked for item, _step, role, _amount in lines if role == "about"
        )

    def _replace_lines(self, notice_id, contact, fresh):
        self.env.cr.execute(
            SQL("DELETE FROM ar_notice_line WHERE notice_id = %s", notice_id)
        )
        self._copy("ar_notice_line", Line._fields, fresh)
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
            notice_id
            for (notice_id,) in self.env.execute_query(
                SQL(
                    "SELECT nextval('ar_notice_id_seq') FROM generate_series(1, %s)",
                    len(contacts),
                )
            )
        ]
        now = self.env.cr.now().isoformat(sep=" ")
        state = self.company.ar_state
        owed = self._owed_by_us(contacts)
        notices = []
        for notice_id, (debtor, contact, channel) in zip(ids, contacts, strict=True):
            step = contact.step
            asks = state != "live" or step.approval or (debtor.id, step.id) in owed
            notices.append(
                (
                    notice_id, debtor.id, self.company.id, step.id, step.stage,
                    step.delay, channel, self.day, contact.first,
                    "proposed" if asks else "ready", now, 0, contact.date_given,
                    self._worth(contact), self.env.uid, now, self.env.uid, now,
                )
            )  # fmt: skip
        self._restart(contacts)
        self._copy("ar_notice", NOTICE_COLUMNS, notices)
        self._copy("ar_notice_line", Line._fields, self._lines(ids, contacts))
        self.counts["notices"] += len(notices)

    def _owed_by_us(self, contacts):
        """Return the firm contacts that need a person because we owe the customer.

        :return: ``{(debtor id, step id)}``
        """
        firm = [
            (debtor.id, contact.step.id)
            for debtor, contact, channel in contacts
            if STAGE_RANK[contact.step.stage] >= STAGE_RANK["firm"]
            and CHANNELS[channel].is_written
            and not contact.step.approval
        ]
        if not firm:
            return set()
        some = self.env["ar.debtor"].browse(dict(firm))
        found = we_owe(some, self.company)
        asks = {debtor_id for debtor_id, row in found.items() if row.asks}
        return {
            (debtor_id, step_id) for debtor_id, step_id in firm if debtor_id in asks
        }

    def _lines(self, ids, contacts):
        """Yield the rows of the lines while the server reads the previous ones."""
        for notice_id, (_debtor, contact, channel) in zip(ids, contacts, strict=True):
            yield from line_rows(notice_id, contact, channel, self.day, self.run.digits)

    def _restart(self, contacts):
        """Deactivate lines that no longer count for the items of new notices.

        These are lines for a due date that a person has since postponed, and lines of
        the previous customer of a corrected invoice.
        """
        stepped = [
            item.id
            for _debtor, contact, _channel in contacts
            for item, _amount, step in (*contact.about, *contact.also)
            if step
        ]
        said = self.env.execute_query(
            SQL(
                "SELECT id FROM ar_notice_line WHERE move_line_id = ANY(%s) AND active",
                id_array(stepped),
            )
        )
        if not said:
            return  # as on the first run: no join is needed
        self.env.cr.execute(
            SQL(
                """UPDATE ar_notice_line nl SET active = FALSE, taken = FALSE
                     FROM account_move_line l, res_partner p, ar_notice n, ar_debtor d
                    WHERE nl.id = ANY(%s) AND l.id = nl.move_line_id
                      AND p.id = l.partner_id AND n.id = nl.notice_id
                      AND d.id = n.debtor_id
                      AND (nl.date_due < COALESCE(l.date_maturity, l.date)
                           OR d.partner_id <> p.commercial_partner_id)""",
                [line_id for (line_id,) in said],
            )
        )

    def _worth(self, contact):
        """Return the amount that a contact demands, in company currency."""
        minor = sum(company_amount(item, amount) for item, amount, _s in contact.about)
        return minor / 10**self.company.currency_id.decimal_places

    def _copy(self, table, columns, rows):
        """Write rows with COPY; None and an empty text are NULL."""
        names = ", ".join(f'"{name}"' for name in columns)
        # The cursor of psycopg2: Odoo's has no COPY
        self.env.cr._obj.copy_expert(
            f"COPY {table} ({names}) FROM STDIN WITH (FORMAT csv)", _Csv(rows)
        )


class _Csv:
    """Rows as a file that is generated while the server reads it.

    :param rows: an iterable of tuples
    """

    def __init__(self, rows):
        self.rows = iter(rows)

    def read(self, _size):  # pylint: disable=method-required-super
        """Return the next rows as lines; an empty text at the end."""
        buffer = StringIO()
        csv.writer(buffer).writerows(islice(self.rows, CHUNK))
        return buffer.getvalue()


def channels_of(step, debtor):
    """Return the channels of a step by which a debtor can be reached.

    Each one gets a notice.
    """
    return [channel for channel in step.channels if channel in debtor.channels]


def _is_old(contact, company):
    """Return 1 if a contact counts for the daily limit of first notices, else 0."""
    limit = company.ar_backlog_date
    return int(any(item.due < limit for item, _amount, _step in contact.about))


def line_rows(notice_id, contact, channel, day, digits):
    """Return the rows of ar_notice_line of a contact.

    :param dict digits: ``{currency id: decimal places}``
    :rtype: list of Line
    """
    entries = [("about", *entry) for entry in contact.about]
    entries += [("also", *entry) for entry in contact.also]
    entries += [("coming", *entry) for entry in contact.coming]
    entries += [
        ("agreed" if reason.is_agreed else "apart", item, amount, None)
        for item, amount, reason in contact.apart
    ]
    entries += [("credit", item, item.residual, None) for item in contact.credits]
    rows = []
    for role, item, amount, step in entries:
        places = digits[item.currency]
        residual = _amount(item.residual, places)
        rows.append(
            _line(
                (
                    notice_id,
                    item.id,
                    item.move_id,
                    step.id if step else None,
                    channel,
                    role,
                    step is not None,
                    step is not None,
                    item.name,
                    item.due,
                    item.currency,
                    residual,
                    residual if amount == item.residual else _amount(amount, places),
                    max((day - item.due).days, 0),
                    step.delay if step else None,
                )
            )
        )
    return rows


def _amount(minor, places):
    """Return minor units as a decimal number in text, with the currency's digits."""
    return f"{minor / 10**places:.{places}f}"
