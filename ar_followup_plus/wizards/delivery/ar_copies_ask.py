from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.delivery.ar_copies import InvoiceCopies
from ...models.voice.voice import Voice

#: Most invoices offered, oldest due first.
SHOWN = 200


class ArCopiesAsk(models.TransientModel):
    """Ask which invoices to send copies of."""

    _name = "ar.copies.ask"
    _inherit = ["ar.wizard"]
    _description = "Send Copies of Invoices"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    warning = fields.Char(compute="_compute_warning")
    line_ids = fields.One2many(
        "ar.copies.ask.line",
        "ask_id",
        string="Invoices",
        compute="_compute_line_ids",
        store=True,
        compute_sudo=False,
        readonly=False,
    )

    @api.depends("debtor_id")
    def _compute_warning(self):
        for ask in self:
            ask.warning = Voice(ask.debtor_id).question()

    @api.depends("debtor_id")
    def _compute_line_ids(self):
        for ask in self:
            items = self.env["ar.open.item"].search(
                [
                    ("debtor_id", "=", ask.debtor_id.id),
                    ("amount_residual_currency", ">", 0),
                    ("move_type", "=", "out_invoice"),
                ],
                order="due_date, id",
                limit=SHOWN,
            )
            first = {}
            for item in items:
                first.setdefault(item.sudo().move_id.id, item)
            ask.line_ids = [
                Command.create(
                    {
                        "move": move_id,
                        "number": item.move_name,
                        "due_date": item.due_date,
                        "days_overdue": max(item.days_overdue, 0),
                    }
                )
                for move_id, item in first.items()
            ]

    def action_apply(self):
        """Send the selected copies."""
        self.ensure_one()
        chosen = self.line_ids.filtered("chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one invoice."))
        InvoiceCopies(self.debtor_id).send(chosen.mapped("move"))
        return {"type": "ir.actions.act_window_close"}


class ArCopiesAskLine(models.TransientModel):
    """One invoice that can be copied."""

    _name = "ar.copies.ask.line"
    _inherit = ["ar.wizard"]
    _description = "Invoice to Copy"

    ask_id = fields.Many2one("ar.copies.ask", required=True, ondelete="cascade")
    chosen = fields.Boolean(string="Send", default=True)
    # The id of the invoice: collectors may neither read nor reference it
    move = fields.Integer()
    number = fields.Char()
    due_date = fields.Date(string="Due date")
    days_overdue = fields.Integer(string="Days late")
