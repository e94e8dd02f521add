import base64

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.dispute.dispute_intake import DisputeIntake


class ArDisputeOpen(models.TransientModel):
    """Ask what is wrong with an invoice: all of it, some lines, the tax, an amount."""

    _name = "ar.dispute.open"
    _inherit = ["ar.wizard"]
    _description = "Something Is Wrong with an Invoice"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    item_id = fields.Many2one(
        "ar.open.item",
        string="Invoice",
        required=True,
        domain="[('debtor_id', '=', debtor_id), ('amount_residual_currency', '>', 0)]",
    )
    currency_id = fields.Many2one(related="item_id.currency_id", related_sudo=False)
    reason_id = fields.Many2one("ar.dispute.reason", required=True)
    what = fields.Selection(
        [
            ("all", "All open items"),
            ("lines", "Some lines"),
            ("tax", "Only the tax"),
            ("amount", "An amount"),
        ],
        required=True,
        default="all",
    )
    line_ids = fields.One2many(
        "ar.dispute.open.line",
        "open_id",
        compute="_compute_line_ids",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    amount = fields.Monetary(
        string="Disputed",
        compute="_compute_amount",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    text = fields.Text(string="Reported by the customer")
    document = fields.Binary(help="A photo or a delivery note, for instance.")
    document_name = fields.Char()

    def _move(self):
        """Return the invoice as superuser: collectors may read only the item."""
        self.item_id.check_access("read")
        return self.sudo().item_id.move_id

    @api.depends("item_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines_sudo = wizard._move().invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            )
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "invoice_line": line.id,
                        "name": line.name or line.product_id.display_name,
                        "quantity": line.quantity,
                        "amount": line.price_total,
                        "currency_id": line.currency_id.id,
                    }
                )
                for line in lines_sudo
            ]

    @api.depends("item_id", "what", "line_ids.chosen")
    def _compute_amount(self):
        for wizard in self:
            if not wizard.item_id:
                wizard.amount = 0.0
                continue
            move_sudo = wizard._move()
            items_sudo = DisputeIntake(wizard.sudo().debtor_id).open_items(move_sudo)
            free = sum(
                item.amount_residual_currency - item.amount_disputed
                for item in items_sudo
            )
            chosen = sum(wizard.line_ids.filtered("chosen").mapped("amount"))
            wizard.amount = {
                "all": free,
                "lines": min(chosen, free),
                "tax": min(move_sudo.amount_tax, free),
                "amount": wizard.amount,
            }[wizard.what]

    def action_apply(self):
        """Open the dispute and show it."""
        self.ensure_one()
        debtor, move_sudo = self.debtor_id, self._move()
        chosen = self.line_ids.filtered("chosen")
        if self.what == "lines" and not chosen:
            raise UserError(self.env._("Choose the lines that are wrong."))
        document = self.with_context(bin_size=False).document
        documents = []
        if document:
            name = self.document_name or self.env._("Document")
            documents.append((name, base64.b64decode(document)))
        intake = DisputeIntake(debtor)
        dispute = intake.open(
            move_sudo,
            self.reason_id,
            self.text,
            intake.spread(move_sudo, self.amount),
            documents,
        )
        if self.what == "lines":
            dispute._choose_lines(chosen.mapped("invoice_line"))
        return {
            "type": "ir.actions.act_window",
            "res_model": "ar.dispute",
            "res_id": dispute.id,
            "views": [(False, "form")],
        }


class ArDisputeOpenLine(models.TransientModel):
    """One line of the invoice that can be wrong."""

    _name = "ar.dispute.open.line"
    _inherit = ["ar.wizard"]
    _description = "Line of the Invoice"

    open_id = fields.Many2one("ar.dispute.open", required=True, ondelete="cascade")
    chosen = fields.Boolean(string="Wrong")
    # The id of the line: collectors may neither read nor reference it
    invoice_line = fields.Integer()
    name = fields.Char()
    quantity = fields.Float()
    amount = fields.Monetary(string="With tax")
    currency_id = fields.Many2one("res.currency")
