"""The disputes shown on an invoice: computed on read, never stored."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..notice.account_move import READERS
from .ar_dispute import OPEN_STATES


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_disputed = fields.Boolean(
        string="Disputed",
        compute="_compute_ar_disputed",
        search="_search_ar_disputed",
        groups=READERS,
        help="The customer contests it, or a part of it, and nobody has answered yet.",
    )
    ar_dispute_text = fields.Char(
        string="Dispute", compute="_compute_ar_dispute_text", groups=READERS
    )

    @api.depends_context("uid")
    def _compute_ar_disputed(self):
        found = self.env["ar.dispute"].search(
            [("move_id", "in", self.ids), ("state", "in", OPEN_STATES)]
        )
        disputed = set(found.move_id.ids)
        for move in self:
            move.ar_disputed = move._origin.id in disputed

    def _search_ar_disputed(self, operator, value):
        self._ar_check_reader("ar_disputed")
        if operator != "in":
            return NotImplemented
        self.env["ar.dispute"].flush_model(["move_id", "state"])
        found = Domain(
            "id",
            "in",
            SQL(
                "(SELECT h.move_id FROM ar_dispute h WHERE h.state = ANY(%s) "
                "AND h.move_id IS NOT NULL)",
                list(OPEN_STATES),
            ),
        )
        return found if True in value else ~found

    @api.depends_context("uid", "lang")
    def _compute_ar_dispute_text(self):
        """Summarize on the form the disputed amount, reason, owner and deadline."""
        found = self.env["ar.dispute"].search([("move_id", "in", self.ids)])
        by_move = found.grouped("move_id")
        for move in self:
            mine = by_move.get(move._origin, self.env["ar.dispute"])
            texts = [dispute._on_invoice() for dispute in mine]
            move.ar_dispute_text = " ".join(filter(None, texts)) or False

    def action_open_ar_disputes(self):
        """Open the disputes of the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_dispute_action"
        )
        action["domain"] = [("move_id", "=", self.id)]
        action["context"] = {}
        return action


class ArDispute(models.Model):
    _inherit = "ar.dispute"

    def _on_invoice(self):
        """Return the text shown on the invoice, empty without disputes."""
        self.ensure_one()
        if self.state in OPEN_STATES:
            return self.env._(
                "%(amount)s is disputed: %(reason)s. %(owner)s answers by %(day)s.",
                amount=self._money(self.amount_open),
                reason=self.reason_id.name,
                owner=self.owner_id.name or self.env._("Nobody yet"),
                day=format_date(self.env, self.deadline),
            )
        credit = self.sudo().credit_move_id
        if (
            self.state == "accepted"
            and self.amount_accepted
            and credit.payment_state not in ("paid", "in_payment", "reversed")
        ):
            return self.env._(
                "A dispute of %(amount)s was accepted: its credit note is not posted "
                "and matched yet.",
                amount=self._money(self.amount_accepted),
            )
        return ""
