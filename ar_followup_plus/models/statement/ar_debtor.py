"""The statements of a customer: its schedule, buttons, and the scheduled action."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import merge_pdf

from ...engine.statement_period import Period
from .res_company import SCHEDULES
from .statement import Statement, checked_period
from .statement_run import StatementRun


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

    # === BUTTONS === #

    def action_print_statements(self):
        """Ask which statement, and how, for the customers chosen."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statements"),
            "res_model": "ar.statement.ask",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": self._name, "active_ids": self.ids},
        }

    def action_send_statements(self):
        """Send each of the customers chosen its statement."""
        return Statement(self).send()

    def action_print_wanted(self):
        """Print the statements that wait for paper, as the schedule asked for them."""
        self.check_access("write")
        files, failed = [], []
        wanted = self.filtered("statement_wanted")
        if not wanted:
            raise UserError(self.env._("No statement is pending for these customers."))
        Statement(wanted).check_printable()
        for options, some in wanted.grouped(
            lambda debtor: repr(debtor.statement_options)
        ).items():
            period = (
                Period.from_json(some[:1].statement_options) if options else Period()
            )
            content, lost = Statement(some, period).paper()
            files += [content] if content else []
            failed += lost.values()
            printed = some.sudo().filtered(lambda d, lost=lost: d.id not in lost)
            Statement(printed, period).note_sent()
        return Statement(self).download(
            self.env._("Statements.pdf"),
            merge_pdf(files) if files else None,
            "application/pdf",
            failed,
        )

    def send_statement(self, kind="open", day=None, first=None):
        """Send a statement by e-mail. Counts as a contact, not a step.

        :param str kind: 'open' or 'activity'
        :param day: the (last) day; default: today
        :param first: the first day of an activity statement
        :raise UserError: under a contact stop, without address, in a company that
            is not live or paused, or where there is nothing to say
        """
        self.check_access("write")
        period = checked_period(self, kind, day, first)
        for debtor in self:
            debtor_sudo = debtor.sudo()
            debtor_sudo._check_not_held()
            statement = Statement(debtor_sudo, period)
            statement.check()
            statement.send_mail()

    @api.model
    def _cron_statements(self):
        """Note which statements are due, and send those that leave by e-mail."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            if company.ar_state not in ("ask", "live") or company.ar_paused:
                continue
            StatementRun(company).mark_due()
            StatementRun(company).attach()
            if company._ar_may_send_now():
                StatementRun(company).send_queued()

    # === OF THE REPORT, BY NAME === #

    def _statement_lang(self):
        """Return the language of the report, see :meth:`Statement.language`."""
        return Statement(self).language()

    def _statement_values(self):
        """Return the values of the report, see :meth:`Statement.values`."""
        return Statement(self).values()
