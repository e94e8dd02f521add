from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import babel_locale_parse, get_lang

from ...engine.when import parse_day
from ...models.communication.call_sheet import CallSheet
from ...models.customer.ar_debtor import LATE_REASON_SELECTION
from ...models.dispute.dispute_intake import DisputeIntake


class ArCallLog(models.TransientModel):
    """Facts for a call or visit, and a button for each outcome."""

    _name = "ar.call.log"
    _inherit = ["ar.wizard"]
    _description = "Log a Call"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    kind = fields.Selection(
        [("call", "Call"), ("visit", "Visit")], required=True, default="call"
    )
    brief = fields.Html(compute="_compute_brief", sanitize=False)
    warning = fields.Char(compute="_compute_brief")
    note = fields.Text(
        compute="_compute_note",
        store=True,
        compute_sudo=False,
        readonly=False,
        string="What was said",
    )
    pay_on = fields.Char(string="Will pay on")
    pay_on_day = fields.Date(compute="_compute_pay_on_day")
    late_reason = fields.Selection(LATE_REASON_SELECTION, string="Why they pay late")

    dispute_item_id = fields.Many2one(
        "ar.open.item",
        string="Disputed invoice",
        domain="[('debtor_id', '=', debtor_id), ('amount_residual_currency', '>', 0)]",
        help="For 'Disputes it': the invoice that they contest.",
    )
    dispute_reason_id = fields.Many2one(
        "ar.dispute.reason", string="Why they dispute it"
    )

    dispute_currency_id = fields.Many2one(
        related="dispute_item_id.currency_id", related_sudo=False
    )
    dispute_amount = fields.Monetary(
        string="Disputed amount",
        currency_field="dispute_currency_id",
        compute="_compute_dispute_amount",
        store=True,
        compute_sudo=False,
        readonly=False,
        help="Only this amount is not asked for until somebody has answered.",
    )

    @api.depends("dispute_item_id")
    def _compute_dispute_amount(self):
        """Propose all that is open of the invoice and not disputed yet."""
        for wizard in self:
            item = wizard.dispute_item_id
            wizard.dispute_amount = item.amount_residual_currency - item.amount_disputed

    @api.depends("debtor_id")
    def _compute_brief(self):
        for wizard in self:
            debtor = wizard.debtor_id
            wizard.brief = CallSheet(debtor).html() if debtor else False
            others = debtor.in_call_user_id and debtor.in_call_user_id != self.env.user
            wizard.warning = debtor.in_call_note if others else False

    @api.depends("debtor_id")
    def _compute_note(self):
        """Restore the note typed before the browser was closed."""
        for wizard in self:
            wizard.note = wizard.debtor_id.call_draft

    @api.depends("pay_on")
    def _compute_pay_on_day(self):
        for wizard in self:
            wizard.pay_on_day = wizard._day()

    def _day(self):
        """Return the day named by a text ("Fri", "+7", "20th", a date), or False."""
        if not self.debtor_id or not self.pay_on:
            return False
        locale = babel_locale_parse(get_lang(self.env).code)
        names = [list(locale.days["format"]["wide"].values())]
        names.append(list(locale.months["format"]["wide"].values()))
        order = get_lang(self.env).date_format
        day_first = order.find("%d") < order.find("%m")
        today = self.debtor_id.company_id._ar_today()
        return parse_day(self.pay_on, today, *names, day_first=day_first) or False

    def _log(self, outcome):
        self.ensure_one()
        day = None
        if outcome == "will_pay":
            day = self._day()
            if not day:
                raise ValidationError(
                    self.env._(
                        "Enter when they will pay, as Fri, +7, 20th or a date from "
                        "today on."
                    )
                )
        self.debtor_id.log_contact(
            outcome, self.note, day, self.late_reason or None, self.kind
        )
        return {
            "type": "ir.actions.act_window_close",
            "infos": {"done": True},
        }

    def action_reached(self):
        """Log that somebody was reached."""
        return self._log("reached")

    def action_will_pay(self):
        """Log a promise to pay on a day."""
        return self._log("will_pay")

    def action_disputes(self):
        """Log that the customer contests an amount of an invoice, and why.

        :raise ValidationError: without invoice, reason or amount, as long as there is
            something open to contest
        """
        self.ensure_one()
        item, reason = self.dispute_item_id, self.dispute_reason_id
        whole = item and reason and self.dispute_amount > 0
        if not whole and DisputeIntake(self.debtor_id.sudo()).all_items():
            raise ValidationError(
                self.env._(
                    "Choose the disputed invoice, why they dispute it, and the amount: "
                    "only that is not asked for until somebody has answered."
                )
            )
        named = {"item": item.id, "reason": reason.id, "amount": self.dispute_amount}
        return self.with_context(ar_dispute=named)._log("disputes")

    def action_wrong_number(self):
        """Log that the number is wrong."""
        return self._log("wrong_number")

    def action_no_answer(self):
        """Log that nobody answered."""
        return self._log("no_answer")

    def action_cool_down(self):
        """Log that the customer is upset, and snooze for some days."""
        return self._log("upset")

    def action_print(self):
        """Print the brief."""
        self.debtor_id.check_access("read")
        report = self.env.ref("ar_followup_plus.action_report_call_brief")
        return report.report_action(self.debtor_id, config=False)

    def action_leave(self):
        """Close without a call, and keep the typed note."""
        self.debtor_id.save_call_draft(self.note)
        self.debtor_id.sudo().write({"in_call_user_id": False, "in_call_since": False})
        return {"type": "ir.actions.act_window_close"}
