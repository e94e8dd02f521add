"""Scheduled statements: find the recipients, and send the due ones."""

import json
import logging

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ...engine.statement_period import Period
from ...tools.printing import AT_ONCE
from ...tools.transactions import CONFLICTS, in_turn
from ..voice.voice import Voice
from .statement import Statement, fingerprint

_logger = logging.getLogger(__name__)

#: Days around a notice in which a statement goes with it.
WEEK = 7
#: Debtors whose figures are read at once.
SLICE = 1000


class StatementRun:
    """Sends statements of a company by schedule, or in the background."""

    def __init__(self, company):
        self.env = company.env
        self.company = company

    def mark_due(self, today=None):
        """Mark debtors whose statement is due, in slices.

        A missed night is caught up: due are debtors without a statement since that day.

        :return: number of marked debtors
        """
        wanted = 0
        for schedule in ("monthly", "quarterly"):
            due = self.company._ar_statement_due(schedule, today)
            self.env["ar.debtor"].flush_model()
            ids = [
                row[0]
                for row in self.env.execute_query(
                    SQL(
                        """SELECT d.id FROM ar_debtor d
                            WHERE d.company_id = %(company)s AND d.active
                              AND d.kind <> 'group'
                              AND COALESCE(d.statement_schedule, %(default)s)
                                  = %(schedule)s
                              AND COALESCE(GREATEST(d.statement_on, CASE
                                      WHEN d.statement_schedule IS NULL
                                      THEN %(since)s::date END), '-infinity') < %(due)s
                            ORDER BY d.id""",
                        company=self.company.id,
                        default=self.company.ar_statement_schedule,
                        since=self.company.ar_statement_from or None,
                        schedule=schedule,
                        due=due,
                    )
                )
            ]
            period = self.company._ar_statement_period(schedule, due)
            for some in split_every(SLICE, ids):
                debtors = self.env["ar.debtor"].browse(some)
                wanted += in_turn(
                    self.env,
                    lambda d=debtors, p=period: self.mark_slice(d, p, today),
                )
        return wanted

    def mark_slice(self, debtors, period, today=None):
        """Mark the debtors of a slice whose statement is not empty."""
        figures = Statement(debtors, period).figures()
        due = figures
        if self.company.ar_statement_only_due:
            due = figures if period.kind == "open" else Statement(debtors).figures()
            due = {
                debtor_id
                for debtor_id, parts in due.items()
                if any(part["overdue"] for part in parts)
            }
        chosen = debtors.filtered(lambda d: d.id in figures and d.id in due)
        if self.company.ar_statement_only_changed:
            chosen = chosen.filtered(
                lambda d: d.statement_print != fingerprint(figures[d.id])
            )
        chosen.filtered(lambda d: not d.statement_wanted).write(
            {
                "statement_wanted": self.company.ar_statement_by,
                "statement_options": period.to_json(),
                "statement_asked_by": False,
                "statement_note": False,
            }
        )
        debtors.write({"statement_on": today or self.company._ar_today()})
        return len(chosen)

    # === SENDING === #

    def send_queued(self, limit=None):
        """Send queued statements by e-mail, in batches.

        Statements requested by a person are sent at once. The others are delayed like
        notices: by the company's approval, a snooze, a reply, and the days between
        contacts.

        :return: number of sent statements
        """
        self.note_attached()
        today = self.company._ar_today()
        quiet = Domain.AND(
            [
                Domain("snooze_until", "=", False)
                | Domain("snooze_until", "<=", today),
                Domain("reply_until", "=", False) | Domain("reply_until", "<=", today),
                Domain("last_contact_date", "=", False)
                | Domain(
                    "last_contact_date",
                    "<=",
                    fields.Date.subtract(today, days=self.company.ar_gap_days),
                ),
            ]
        )
        if self.company.ar_state != "live":
            quiet = Domain.FALSE
        debtors = self.env["ar.debtor"].search(
            Domain(
                [
                    ("company_id", "=", self.company.id),
                    ("statement_wanted", "=", "email"),
                ]
            )
            & (Domain("statement_asked_by", "!=", False) | quiet),
            order="id",
            limit=limit,
        )
        scheduled = debtors.filtered(lambda debtor: not debtor.statement_asked_by)
        beside = self._beside_notices(scheduled)
        waits = Voice(scheduled).waits("statement")
        debtors = debtors.filtered(lambda d: d.id not in waits and d.id not in beside)
        sent = 0
        for ids in split_every(AT_ONCE, debtors.ids):
            sent += self._send_batch(self.env["ar.debtor"].browse(ids))
        return sent

    def attach(self):
        """Let scheduled statements go with the notices that are about to be sent.

        :return: the notices to which one is attached
        """
        notices = self.env["ar.notice"].search(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "ready"),
                ("channel", "=", "email"),
                ("mail_message_id", "=", False),
                ("attach_extra", "=", False),
                ("debtor_id.statement_wanted", "=", "email"),
                ("debtor_id.statement_asked_by", "=", False),
            ]
        )
        notices.attach_extra = True
        notices._forget_documents()
        notices.attachments_ready = False
        return notices

    def note_attached(self):
        """Store which scheduled statements were sent with a notice."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                    WHERE d.company_id = %s AND d.statement_wanted = 'email'
                      AND d.statement_asked_by IS NULL
                      AND EXISTS (SELECT 1 FROM ar_notice n
                                   WHERE n.debtor_id = d.id AND n.state = 'sent'
                                     AND n.attach_extra
                                     AND n.sent_on >= d.statement_on)
                    ORDER BY d.id""",
                self.company.id,
            )
        )
        debtors = self.env["ar.debtor"].browse([row[0] for row in rows])
        for _options, some in debtors.grouped(
            lambda debtor: json.dumps(debtor.statement_options or {}, sort_keys=True)
        ).items():
            period = Period.from_json(some[0].statement_options)
            Statement(some, period).note_sent()

    def _beside_notices(self, debtors):
        """Return customers whose statement waits for a notice, as it is attached to it.

        That is a notice that is ready, or comes within a week of the day on which the
        statement was due; after a notice it waits for a week.

        :return: a set of ids
        """
        today = self.company._ar_today()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM ar_debtor d
                     LEFT JOIN ar_ladder_step s ON s.id = d.next_step_id
                    WHERE d.id = ANY(%(ids)s)
                      AND ((d.statement_on + %(week)s > %(today)s
                            AND d.next_contact_date BETWEEN %(today)s
                                AND d.statement_on + %(week)s
                            AND s.channels LIKE '%%email%%')
                           OR EXISTS (
                               SELECT 1 FROM ar_notice n
                                WHERE n.debtor_id = d.id AND n.channel = 'email'
                                  AND (n.state IN ('ready', 'sending')
                                       OR (n.state = 'sent'
                                           AND n.sent_on + %(week)s > %(today)s))))""",
                ids=debtors.ids,
                today=today,
                week=WEEK,
            )
        )
        return {row[0] for row in rows}

    def _send_batch(self, debtors):
        """Create the PDFs of a batch, then mail them; store the error of each failure."""
        sent = 0
        for _options, some in debtors.grouped(
            lambda debtor: json.dumps(debtor.statement_options or {}, sort_keys=True)
        ).items():
            period = Period.from_json(some[0].statement_options)
            # No row is locked while PDFs are created
            in_turn(self.env, lambda d=some: [one._portal_ensure_token() for one in d])
            try:
                made, failed = Statement(some, period).mail_files()
            except UserError as error:
                _logger.info("Statements wait: %s", error)
                reason = str(error)
                in_turn(
                    self.env,
                    lambda d=some, r=reason: d.write({"statement_note": r}),
                )
                continue
            for debtor in some:
                try:
                    sent += in_turn(
                        self.env,
                        lambda d=debtor, p=period, m=made, f=failed: self._send_one(
                            d, p, m.get(d.id), f.get(d.id)
                        ),
                    )
                except CONFLICTS:
                    _logger.info("%s changes just now.", debtor)
        return sent

    def _send_one(self, debtor, period, files, why):
        """Mail one queued statement, or store why not.

        :return: whether it was sent
        """
        debtor.invalidate_recordset(["statement_wanted", "stop_reason", "stop_until"])
        if debtor.statement_wanted != "email":
            return False  # another process was faster
        automatic = not debtor.statement_asked_by
        if automatic and Voice(debtor).waits("statement"):
            return False
        why = debtor._why_held() or why
        if not why:
            try:
                with self.env.cr.savepoint():
                    Statement(debtor, period).send_mail(files, automatic)
                return True
            except UserError as error:
                why = str(error)
        paper = not debtor.is_stopped and not self.env["ar.notice"]._people_of(debtor)
        debtor.write(
            {
                "statement_wanted": "print" if paper else False,
                "statement_note": why,
            }
        )
        return False
