from odoo import api, fields, models


class ArDisputeLine(models.Model):
    """The disputed amount of one item of an invoice.

    The effective amount is never more than the open amount: a payment reduces the
    newest line first. Values are copied, because journal items can be deleted.
    """

    _name = "ar.dispute.line"
    _description = "Disputed Item"
    _order = "date_due, id"
    _rec_name = "move_name"

    dispute_id = fields.Many2one(
        "ar.dispute", required=True, readonly=True, index=True, ondelete="cascade"
    )
    debtor_id = fields.Many2one(related="dispute_id.debtor_id")
    company_id = fields.Many2one(related="dispute_id.company_id")
    # No partial index: deleting a journal item searches for its disputes
    move_line_id = fields.Many2one(
        "account.move.line", readonly=True, index=True, ondelete="set null"
    )
    move_name = fields.Char(related="dispute_id.move_name")
    date_due = fields.Date(string="Due date", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Disputed", readonly=True)
    amount_effective = fields.Monetary(
        string="Disputed and open",
        compute="_compute_amount_effective",
        help="What of it is still open: later payments make the newest dispute smaller "
        "first.",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "A disputed amount must be greater than zero."
    )

    @api.depends("amount", "dispute_id.state")
    def _compute_amount_effective(self):
        """Allocate the open amount to the disputes of an item, oldest first."""
        effective = self._effective()
        for line in self:
            line.amount_effective = effective.get(line._origin.id, 0.0)

    def _effective(self):
        """Return the effective ``{line id: amount}``, for all lines of their items."""
        disputes = self.dispute_id
        if not disputes.ids:
            return {}
        rows = self.env["ar.dispute"]._effective_rows(disputes.sudo().move_id.ids)
        return {row[0]: float(row[1]) for row in rows}
