from odoo import api, fields, models

from ...engine.statement_period import STATEMENT_KINDS
from ...models.company.rpc_border import given_ids
from ...models.statement.statement import Statement, checked_period
from ...models.voice.voice import Voice
from ...tools.printing import XLSX


class ArStatementAsk(models.TransientModel):
    """Ask which statement customers get, and how."""

    _name = "ar.statement.ask"
    _inherit = ["ar.wizard"]
    _description = "Statements of Customers"

    debtor_ids = fields.Many2many(
        "ar.debtor",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    count = fields.Integer(compute="_compute_count")
    warning = fields.Char(compute="_compute_warning")
    kind = fields.Selection(
        STATEMENT_KINDS, string="Type", required=True, default="open"
    )
    first_day = fields.Date(
        string="From",
        compute="_compute_first_day",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    last_day = fields.Date(
        string="Of", required=True, default=lambda self: self._default_last_day()
    )

    @api.model
    def _default_last_day(self):
        ids = given_ids(self.env, self.env.context.get("active_ids") or [])
        debtors = self.env["ar.debtor"].browse(ids)
        companies = debtors.sudo().company_id
        return min(
            [company._ar_today() for company in companies]
            or [fields.Date.context_today(self)]
        )

    @api.depends("debtor_ids")
    def _compute_count(self):
        for ask in self:
            ask.count = len(ask.debtor_ids)

    @api.depends("debtor_ids")
    def _compute_warning(self):
        for ask in self:
            ask.warning = Voice(ask.debtor_ids._origin).question()

    @api.depends("kind")
    def _compute_first_day(self):
        """Compute the default: the first day of the year."""
        for ask in self:
            if ask.kind == "activity" and ask.last_day and not ask.first_day:
                ask.first_day = ask.last_day.replace(month=1, day=1)

    def _period(self):
        self.ensure_one()
        self.debtor_ids.check_access("read")
        return checked_period(self.debtor_ids, self.kind, self.last_day, self.first_day)

    def action_print(self):
        """Print the statements as one PDF."""
        period = self._period()
        Statement(self.debtor_ids).check_printable()
        content, failed = Statement(self.debtor_ids, period).paper(posted=False)
        name = self.env._("Statements.pdf")
        if self.count == 1:
            lang = Statement(self.debtor_ids.sudo()).unsaved_notice()._lang()
            name = f"{Statement(self.debtor_ids, period).name(lang)}.pdf"
        return Statement(self.debtor_ids).download(
            name, content, "application/pdf", list(failed.values()), self
        )

    def action_list(self):
        """Create the statements as lists for spreadsheets."""
        period = self._period()
        name, content, failed = Statement(self.debtor_ids, period).lists()
        kind = XLSX if name.endswith(".xlsx") else "application/zip"
        return Statement(self.debtor_ids).download(
            name, content, kind, list(failed.values()), self
        )

    def action_send(self):
        """Send the statements by e-mail."""
        return Statement(self.debtor_ids, self._period()).send()
