"""The items of a referral, and which items are with a third party."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class ArReferralLine(models.Model):
    """One open item of a referral, with the amount that was referred.

    ``hold``: the referral is open, and holds the item from being sent until its end.
    An item has at most one such line.
    """

    _name = "ar.referral.line"
    _description = "Referred Item"
    _log_access = False
    _order = "date_due, id"
    _rec_name = "move_name"

    referral_id = fields.Many2one(
        "ar.referral", required=True, index=True, ondelete="cascade", readonly=True
    )
    # Collectors may not read journal items: the values they need are copied
    move_line_id = fields.Many2one(
        "account.move.line", ondelete="set null", index="btree_not_null", readonly=True
    )
    move_id = fields.Many2one(
        "account.move", ondelete="set null", index="btree_not_null", readonly=True
    )
    move_name = fields.Char(string="Number", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    currency_id = fields.Many2one(related="referral_id.currency_id")
    amount = fields.Monetary(string="Referred", readonly=True)
    amount_end = fields.Monetary(string="Open at the end", readonly=True)
    amount_told = fields.Monetary(
        string="Paid to us",
        readonly=True,
        help="Without payments to the partner, as of the last night.",
    )
    amount_open = fields.Monetary(
        string="Still open", compute="_compute_amount_open", compute_sudo=True
    )
    hold = fields.Selection(
        [("proposed", "Proposed"), ("out", "With the partner")], readonly=True
    )

    _once = models.UniqueIndex(
        "(move_line_id) WHERE hold IS NOT NULL",
        "An item is in another open referral already.",
    )
    _out_idx = models.Index("(move_id) WHERE hold = 'out'")

    @api.depends(
        "amount",
        "amount_end",
        "hold",
        "move_line_id.amount_residual_currency",
        "move_id.line_ids.amount_residual_currency",
    )
    def _compute_amount_open(self):
        for line in self:
            if not line.hold:
                line.amount_open = line.amount_end
                continue
            items = line.move_line_id or line.move_id.line_ids.filtered(
                lambda item: (
                    item.account_type == "asset_receivable"
                    and item.parent_state == "posted"
                )
            )
            still = sum(items.mapped("amount_residual_currency"))
            line.amount_open = min(max(still, 0), line.amount)

    def action_leave_out(self):
        """Remove the item from the proposal."""
        self.ensure_one()
        referral = self.referral_id
        referral._check_collector()
        if referral.state != "proposed":
            raise UserError(self.env._("Items can be removed only from a proposal."))
        if len(referral.line_ids) == 1:
            raise UserError(
                self.env._("This is the only item: end the proposal instead.")
            )
        self.sudo().unlink()
        referral.sudo()._estimate()

    def _by_partner(self):
        """Return what accounting booked of payments to the partner.

        :return: ``{id of the line: amount}``
        """
        if not self:
            return {}
        self.env.flush_all()
        return {
            line_id: float(amount)
            for line_id, amount in self.env.execute_query(
                SQL(
                    """SELECT rl.id, sum(r.debit_amount_currency)
                         FROM ar_referral_line rl
                         JOIN account_partial_reconcile r
                           ON r.debit_move_id = rl.move_line_id
                         JOIN account_move_line c ON c.id = r.credit_move_id
                         JOIN account_move cm ON cm.id = c.move_id
                         JOIN ar_referral_payment rp
                           ON rp.payment_id = cm.origin_payment_id
                          AND rp.referral_id = rl.referral_id
                        WHERE rl.id IN %s GROUP BY rl.id""",
                    self._ids,
                )
            )
        }
