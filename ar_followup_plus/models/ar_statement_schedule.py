"""Statements by schedule: who gets one, and what becomes of those that are due."""

import hashlib
import json
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import split_every

from .ar_debtor_statement import STATEMENT_KINDS, Period
from .ar_notice_print import AT_ONCE
from .res_company_statement import SCHEDULES
from .transactions import CONFLICTS, in_turn

_logger = logging.getLogger(__name__)

#: Debtors whose figures are read at once.
SLICE = 1000


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    statement_schedule = fields.Selection(
        [("none", "Only when somebody asks"), *SCHEDULES],
        string="Statements",
        help="Empty: as the company.",
    )
    statement_on = fields.Date(string="Last statement", readonly=True, copy=False)
    # Of what the last statement said: the next one may wait until something changed
    statement_print = fields.Char(readonly=True, copy=False)
    statement_wanted = fields.Selection(
        [("email", "To be sent"), ("print", "To be printed")],
        string="Statement",
        readonly=True,
        copy=False,
    )
    statement_options = fields.Json(readonly=True, copy=False)
    statement_asked_by = fields.Many2one("res.users", readonly=True, copy=False)
    statement_note = fields.Char(
        string="Statement not sent because", readonly=True, copy=False
    )

    _statement_wanted_idx = models.Index(
        "(company_id, statement_wanted) WHERE statement_wanted IS NOT NULL"
    )

    def _after_write(self, vals):
        # EXTENDS ar.debtor: a schedule of its own begins with its next day
        if vals.get("statement_schedule"):
            for debtor_sudo in self.sudo().filtered(lambda d: not d.statement_on):
                debtor_sudo.statement_on = debtor_sudo.company_id._ar_today()
        return super()._after_write(vals)

    # === WHAT IS WANTED === #

    @api.model
    def _cron_statements(self):
        """Note which statements are due, and send those that leave by e-mail."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            if company.ar_state not in ("ask", "live") or company.ar_paused:
                continue
            self._want_statements(company)
            if company._ar_may_send_now():
                self._leave_statements(company)

    @api.model
    def _want_statements(self, company, today=None):
        """Note which debtors are to get a statement, a slice at a time.

        A missed night is caught up: due is who had none since the day.

        :return: how many are to get one
        """
        wanted = 0
        for schedule in ("monthly", "quarterly"):
            due = company._ar_statement_due(schedule, today)
            self.flush_model()
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
                        company=company.id,
                        default=company.ar_statement_schedule,
                        since=company.ar_statement_from or None,
                        schedule=schedule,
                        due=due,
                    )
                )
            ]
            period = company._ar_statement_period(schedule, due)
            for some in split_every(SLICE, ids):
                debtors = self.browse(some)
                wanted += in_turn(
                    self.env,
                    lambda d=debtors, p=period: d._want_of_slice(company, p, today),
                )
        return wanted

    def _want_of_slice(self, company, period, today=None):
        """Note those of a slice for whom the schedule has something to say."""
        figures = self._statement_figures(period)
        due = figures
        if company.ar_statement_only_due:
            due = figures if period.kind == "open" else self._statement_figures()
            due = {
                debtor_id
                for debtor_id, parts in due.items()
                if any(part["overdue"] for part in parts)
            }
        chosen = self.filtered(lambda d: d.id in figures and d.id in due)
        if company.ar_statement_only_changed:
            chosen = chosen.filtered(
                lambda d: d.statement_print != _print_of(figures[d.id])
            )
        chosen.filtered(lambda d: not d.statement_wanted).write(
            {
                "statement_wanted": company.ar_statement_by,
                "statement_options": _to_json(period),
                "statement_asked_by": False,
                "statement_note": False,
            }
        )
        self.write({"statement_on": today or company._ar_today()})
        return len(chosen)

    # === WHAT LEAVES === #

    @api.model
    def _leave_statements(self, company, limit=None):
        """Send the statements that wait to leave by e-mail, in batches.

        What a person asked for leaves at once. The others wait as notices do: for
        a click where the company asks, for a snooze, a reply, and the days between
        contacts.

        :return: how many left
        """
        today = company._ar_today()
        quiet = Domain.AND(
            [
                Domain("snooze_until", "=", False)
                | Domain("snooze_until", "<=", today),
                Domain("reply_until", "=", False) | Domain("reply_until", "<=", today),
                Domain("last_contact_date", "=", False)
                | Domain(
                    "last_contact_date",
                    "<=",
                    fields.Date.subtract(today, days=company.ar_gap_days),
                ),
            ]
        )
        if company.ar_state != "live":
            quiet = Domain.FALSE
        debtors = self.search(
            Domain(
                [("company_id", "=", company.id), ("statement_wanted", "=", "email")]
            )
            & (Domain("statement_asked_by", "!=", False) | quiet),
            order="id",
            limit=limit,
        )
        left = 0
        for ids in split_every(AT_ONCE, debtors.ids):
            left += self.browse(ids)._leave_batch()
        return left

    def _leave_batch(self):
        """Make the PDFs of a batch, then mail them; each that cannot says why."""
        left = 0
        for _options, debtors in self.grouped(
            lambda debtor: json.dumps(debtor.statement_options or {}, sort_keys=True)
        ).items():
            period = _from_json(debtors[0].statement_options)
            # Nothing stays locked while PDFs are made
            in_turn(
                self.env, lambda d=debtors: [one._portal_ensure_token() for one in d]
            )
            try:
                made, failed = debtors._statement_mails(period)
            except UserError as error:
                _logger.info("Statements wait: %s", error)
                reason = str(error)
                in_turn(
                    self.env,
                    lambda d=debtors, r=reason: d.write({"statement_note": r}),
                )
                continue
            for debtor in debtors:
                try:
                    left += in_turn(
                        self.env,
                        lambda d=debtor, p=period, m=made, f=failed: d._leave_one(
                            p, m.get(d.id), f.get(d.id)
                        ),
                    )
                except CONFLICTS:
                    _logger.info("%s changes just now.", debtor)
        return left

    def _statement_mails(self, period):
        """Return the files of statements, made before anything is locked.

        :return: ``{debtor id: files}`` and ``{debtor id: why there are none}``
        """
        self._check_wkhtmltopdf()
        figures = self._statement_figures(period)
        made, failed, by_lang = {}, {}, {}
        for debtor in self:
            try:
                debtor._check_not_held()
                debtor._check_statement(period, figures)
                _person, lang = debtor._statement_reader()
                debtor._portal_ensure_token()
                by_lang[debtor.id] = lang
            except UserError as error:
                failed[debtor.id] = str(error)
        good = self.browse(by_lang)
        for lang, some in good.grouped(lambda debtor: by_lang[debtor.id]).items():
            files, broken = some._statement_pdfs(period, lang)
            failed.update(broken)
            for debtor in some.filtered(lambda d, f=files: d.id in f):
                made[debtor.id] = [
                    (f"{debtor._statement_name(period, lang)}.pdf", files[debtor.id]),
                    debtor._statement_xlsx(lang, period=period, figures=figures),
                ]
        return made, failed

    def _leave_one(self, period, files, why):
        """Mail one statement that waited, or say why not.

        :return: whether it left
        """
        self.ensure_one()
        self.invalidate_recordset(["statement_wanted", "stop_reason", "stop_until"])
        if self.statement_wanted != "email":
            return False  # another process was faster
        why = self._why_held() or why
        if not why:
            try:
                with self.env.cr.savepoint():
                    self._send_statement_mail(period, files)
                return True
            except UserError as error:
                why = str(error)
        paper = not self.is_stopped and not self.env["ar.notice"]._people_of(self)
        self.write(
            {
                "statement_wanted": "print" if paper else False,
                "statement_note": why,
            }
        )
        return False

    def _statement_left(self, period):
        """Note that a statement left, and what it said."""
        figures = self._statement_figures(period)
        for debtor in self:
            parts = figures.get(debtor.id, [])
            debtor.write(
                {
                    "statement_on": debtor.company_id._ar_today(),
                    "statement_print": _print_of(parts),
                    "statement_wanted": False,
                    "statement_asked_by": False,
                    "statement_options": False,
                    "statement_note": False,
                }
            )


def _print_of(parts):
    """Return a fingerprint of what a statement says, but for the days that passed."""
    said = [
        [
            part["currency"].name,
            [
                [row["move_id"], str(row.get("due_date") or row.get("date"))]
                + [
                    round(row.get(name) or 0, 6)
                    for name in ("residual", "amount", "disputed", "agreed")
                ]
                for row in part["rows"]
            ],
        ]
        for part in parts
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _to_json(period):
    """Return a period as it is stored."""
    return {
        "kind": period.kind,
        "day": period.day and fields.Date.to_string(period.day),
        "first": period.first and fields.Date.to_string(period.first),
    }


def _from_json(options):
    """Return a stored period."""
    options = options or {}
    if options.get("kind", "open") not in dict(STATEMENT_KINDS):
        raise ValidationError(str(options))
    return Period(
        options.get("kind") or "open",
        fields.Date.to_date(options.get("day")) or None,
        fields.Date.to_date(options.get("first")) or None,
    )
