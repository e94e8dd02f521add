from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..customer.ar_debtor import LATE_REASON_SELECTION

OUTCOME_SELECTION = [
    ("reached", "Reached"),
    ("will_pay", "Will pay on a specific date"),
    ("disputes", "Disputes it"),
    ("wrong_number", "Wrong number"),
    ("no_answer", "No answer"),
    ("upset", "Upset: pause contact"),
]


class ArContactLog(models.Model):
    """The outcome of one call or visit: evidence, beside its note in the chatter."""

    _name = "ar.contact.log"
    _description = "Logged Call or Visit"
    _order = "date desc, id desc"
    _rec_name = "outcome"

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    notice_id = fields.Many2one(
        "ar.notice", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    kind = fields.Selection(
        [("call", "Call"), ("visit", "Visit")], required=True, readonly=True
    )
    outcome = fields.Selection(OUTCOME_SELECTION, required=True, readonly=True)
    late_reason = fields.Selection(
        LATE_REASON_SELECTION, string="Why they pay late", readonly=True
    )
    pay_on = fields.Date(string="Will pay on", readonly=True)
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)

    def _in_words(self):
        """Return a logged call in one line: day, user, outcome, promised date."""
        self.ensure_one()
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        moment = fields.Datetime.context_timestamp(self, self.date)
        parts = [
            format_date(self.env, moment.date()),
            self.sudo().user_id.name,
            outcomes[self.outcome],
        ]
        if self.pay_on:
            parts.append(format_date(self.env, self.pay_on))
        return ", ".join(parts)

    def _as_html(self):
        """Return a log for the history; what people typed is no markup there."""
        self.ensure_one()
        kinds, outcomes, reasons = (
            dict(self._fields[name]._description_selection(self.env))
            for name in ("kind", "outcome", "late_reason")
        )
        head = f"{kinds[self.kind]}: {outcomes[self.outcome]}"
        if self.pay_on:
            head = f"{head}, {format_date(self.env, self.pay_on)}"
        lines = [head]
        if self.late_reason:
            lines.append(reasons[self.late_reason])
        lines += (self.note or "").splitlines()
        return Markup("<br/>").join(lines)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The contact log is evidence and cannot be deleted.")
        )
