from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ...models.late_charge.ar_notice import ChargeTables
from ...models.late_charge.charge_reader import ChargeReader


class ArLateChargeAsk(models.TransientModel):
    """Show the accrued charges and their calculation, to charge or waive them."""

    _name = "ar.late.charge.ask"
    _inherit = ["ar.wizard"]
    _description = "Late Charges of a Customer"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    until = fields.Date(
        required=True,
        compute="_compute_until",
        store=True,
        compute_sudo=False,
        readonly=False,
        precompute=True,
    )
    note_date = fields.Date(
        string="Date of the invoice",
        compute="_compute_until",
        store=True,
        compute_sudo=False,
        readonly=False,
        precompute=True,
        help="The next open day of the books, or a later one.",
    )
    reason = fields.Char(
        string="Why waived", help="For colleagues, and kept permanently."
    )
    line_ids = fields.One2many(
        "ar.late.charge.ask.line",
        "ask_id",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    calculation = fields.Html(compute="_compute_calculation", sanitize=False)
    warning = fields.Char(compute="_compute_calculation")
    can_post = fields.Boolean(compute="_compute_can_post")
    posting = fields.Char(compute="_compute_posting")

    @api.depends("debtor_id")
    def _compute_until(self):
        for ask in self:
            company = ask.debtor_id.company_id
            if company:
                ask.until = company._ar_today()
                ask.note_date = company._ar_root()._ar_open_date(ask.until)

    @api.depends("debtor_id")
    def _compute_can_post(self):
        for ask in self:
            root = ask.debtor_id.company_id._ar_root()
            ask.can_post = root.ar_charge_mode == "posted"

    def _reader(self):
        self.debtor_id.check_access("read")
        return ChargeReader(self.env, self.debtor_id.ids, self.until or None)

    @api.depends("debtor_id", "until")
    def _compute_line_ids(self):
        for ask in self:
            charges = ask._reader().charges.values() if ask.debtor_id else ()
            ask.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "item": charge.id,
                            "number": charge.name,
                            "due_date": charge.due,
                            "currency_id": charge.currency.id,
                            "accrued": charge.amount,
                            "charged": charge.amount,
                        }
                    )
                    for charge in charges
                    if charge.accrued
                ),
            ]

    @api.depends("debtor_id", "until")
    def _compute_calculation(self):
        for ask in self:
            ask.calculation = ask.warning = False
            if not ask.debtor_id:
                continue
            reader = ask._reader()
            charges = list(reader.charges.values())
            gaps = [charge for charge in charges if charge.gap]
            if gaps:
                scheme = gaps[0].scheme.with_env(self.env)
                ask.warning = scheme._no_rate(gaps[0].gap)
            shown = [charge for charge in charges if charge.total and not charge.gap]
            if shown:
                ask.calculation = ChargeTables(reader, self.env, shown).annex()

    @api.depends("line_ids.chosen", "line_ids.charged", "note_date")
    def _compute_posting(self):
        """State the invoices that "Charge" posts, before it does."""
        for ask in self:
            sums = {}
            for line in ask.line_ids.filtered("chosen"):
                currency = line.currency_id
                sums[currency] = sums.get(currency, 0) + line.charged
            total = " + ".join(
                format_amount(self.env, amount, currency)
                for currency, amount in sums.items()
                if amount > 0
            )
            ask.posting = total and self.env._(
                "An invoice over %(amount)s, without taxes, dated %(day)s, is posted to "
                "%(customer)s.",
                amount=total,
                day=format_date(self.env, ask.note_date),
                customer=ask.debtor_id.display_name,
            )

    def action_post(self):
        """Charge the selected amounts, and waive the rest of their items."""
        self.ensure_one()
        lines = self.line_ids.filtered("chosen")
        if not lines:
            raise UserError(self.env._("Choose at least one invoice."))
        decisions = self.env["ar.late.charge"]._decide(
            self.debtor_id,
            self.until,
            {line.item: line.charged for line in lines},
            self.reason,
            self.note_date,
        )
        return self._said(decisions)

    def action_waive(self):
        """Waive all accrued charges of the selected items."""
        self.ensure_one()
        lines = self.line_ids.filtered("chosen")
        if not lines:
            raise UserError(self.env._("Choose at least one invoice."))
        decisions = self.env["ar.late.charge"]._decide(
            self.debtor_id,
            self.until,
            dict.fromkeys(lines.mapped("item"), 0),
            self.reason,
        )
        return self._said(decisions)

    def _said(self, decisions):
        """Write the decision into the customer's history."""
        parts = []
        for currency, mine in decisions.grouped("currency_id").items():
            parts.append(
                self.env._(
                    "charged %(charged)s, waived %(waived)s",
                    charged=format_amount(
                        self.env, sum(mine.mapped("amount_posted")), currency
                    ),
                    waived=format_amount(
                        self.env, sum(mine.mapped("amount_waived")), currency
                    ),
                )
            )
        body = self.env._(
            "Late charges until %(day)s: %(what)s.",
            day=format_date(self.env, self.until),
            what="; ".join(parts),
        )
        if self.reason:
            body = f"{body} {self.reason}"
        self.debtor_id.message_post(body=body)
        return {"type": "ir.actions.act_window_close"}


class ArLateChargeAskLine(models.TransientModel):
    """The accrued charges of one item, and the amount to charge."""

    _name = "ar.late.charge.ask.line"
    _inherit = ["ar.wizard"]
    _description = "Late Charges of an Invoice"

    ask_id = fields.Many2one("ar.late.charge.ask", required=True, ondelete="cascade")
    chosen = fields.Boolean(string="Decide", default=True)
    # The id of the item: collectors may neither read nor reference it
    item = fields.Integer()
    number = fields.Char()
    due_date = fields.Date()
    currency_id = fields.Many2one("res.currency")
    accrued = fields.Monetary()
    charged = fields.Monetary(
        string="Charge", help="Less than accrued waives the rest, with a reason."
    )
