"""Settings of the schedule of statements."""

from odoo import fields, models

from ...engine.statement_period import STATEMENT_KINDS, Period

SCHEDULES = [("monthly", "Every month"), ("quarterly", "Every quarter")]


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_statement_schedule = fields.Selection(
        [("none", "Only when somebody asks"), *SCHEDULES],
        string="Statements",
        default="none",
        required=True,
        ar_manager=True,
    )
    ar_statement_day = fields.Integer(
        string="Day of the month",
        default=1,
        help="Statements are due on this day, of each month or of the first month of "
        "each quarter.",
        ar_manager=True,
    )
    ar_statement_from = fields.Date(readonly=True)
    ar_statement_kind = fields.Selection(
        STATEMENT_KINDS,
        string="They say",
        default="open",
        required=True,
        ar_manager=True,
    )
    ar_statement_by = fields.Selection(
        [("email", "By e-mail, else on paper"), ("print", "On paper")],
        string="How",
        default="email",
        required=True,
        ar_manager=True,
    )
    ar_statement_only_due = fields.Boolean(
        string="Only if something is due", default=True, ar_manager=True
    )
    ar_statement_only_changed = fields.Boolean(
        string="Only if something changed since the last one", ar_manager=True
    )

    _ar_statement_day_valid = models.Constraint(
        "CHECK (ar_statement_day BETWEEN 1 AND 28)",
        "The day for statements lies between 1 and 28: each month has it.",
    )

    def _ar_before_write(self, vals):
        # EXTENDS res.company: a new schedule begins on its next day
        if vals.get("ar_statement_schedule", "none") != "none":
            for company in self:
                if company.ar_statement_schedule != vals["ar_statement_schedule"]:
                    company.ar_statement_from = company._ar_today()
        return super()._ar_before_write(vals)

    def _ar_statement_due(self, schedule, today=None):
        """Return the last due day of a schedule, not after today."""
        self.ensure_one()
        today = today or self._ar_today()
        month = today.month
        if schedule == "quarterly":
            month -= (month - 1) % 3
        due = today.replace(month=month, day=self.ar_statement_day)
        if due > today:
            due = fields.Date.subtract(due, months=3 if schedule == "quarterly" else 1)
        return due

    def _ar_statement_period(self, schedule, due):
        """Return the period of a due statement: the months before, or the open items."""
        if self.ar_statement_kind != "activity":
            return Period()
        first = fields.Date.subtract(due, months=3 if schedule == "quarterly" else 1)
        return Period("activity", fields.Date.subtract(due, days=1), first)
