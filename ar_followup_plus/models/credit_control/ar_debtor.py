"""Credit hold and credit check on the customer: fields, buttons, and the schedule."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..voice.voice import Voice
from .credit_hold import STATES, CreditHold


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    hold_state = fields.Selection(
        [
            ("none", "None"),
            ("watch", "Watch"),
            ("warn", "Warned"),
            ("hold", "Orders on credit are held"),
        ],
        string="Credit hold",
        readonly=True,
        default="none",
        copy=False,
    )
    hold_reason = fields.Selection(
        [
            ("rule", "Too much, too long overdue"),
            ("step", "Announced by a notice"),
            ("before", "Old written-off debt"),
            ("person", "Placed by a person"),
        ],
        string="Why on hold",
        readonly=True,
        copy=False,
    )
    hold_from = fields.Date(
        string="Orders are held from", readonly=True, copy=False, index="btree_not_null"
    )
    hold_until = fields.Date(string="Hold until", readonly=True, copy=False)
    hold_amount = fields.Monetary(
        string="To pay before", readonly=True, copy=False, help="This avoids the hold."
    )
    hold_note = fields.Char(string="What was said", readonly=True, copy=False)
    hold_told = fields.Date(string="Customer told on", readonly=True, copy=False)
    hold_words = fields.Char(compute="_compute_hold_words")
    hold_released_until = fields.Date(
        string="Released until", readonly=True, copy=False
    )
    hold_released_note = fields.Char(readonly=True, copy=False)
    amount_written_off = fields.Monetary(
        string="Written off",
        readonly=True,
        copy=False,
        help="Invoices that were written off, ever.",
    )

    _hold_idx = models.Index("(company_id, hold_state) WHERE hold_state <> 'none'")
    wants_order_number = fields.Boolean(
        string="Wants their order number",
        help="They do not book an invoice without their own order number.",
    )
    credit_pass_ids = fields.One2many(
        "ar.credit.pass", "debtor_id", string="Overridden", readonly=True
    )

    gate_passed_on = fields.Date(
        string="Last passed automatically on",
        readonly=True,
        copy=False,
        help="The last day on which a subscription, the shop or an import gave credit "
        "although terms were not accepted, or orders on credit wait.",
    )

    @api.depends("hold_state", "hold_reason", "hold_from", "hold_amount")
    @api.depends_context("lang")
    def _compute_hold_words(self):
        for debtor in self:
            debtor.hold_words = CreditHold(debtor).in_words() or False

    # === BY SCHEDULE === #

    @api.model
    def _hold_all(self):
        """Bring all holds up to date, see :meth:`CreditHold.update_all`."""
        CreditHold.update_all(self.env)

    @api.model
    def _hold_refresh(self):
        """Release paid holds at once, see :meth:`CreditHold.release_paid`."""
        CreditHold.release_paid(self.env)

    @api.model
    def _hold_tell_customers(self):
        """Write to warned customers, see :meth:`CreditHold.tell_customers`."""
        CreditHold.tell_customers(self.env)

    # === BUTTONS === #

    def action_send_hold_warning(self):
        """Send the customer the amount and the payment date that avoid the hold.

        On a day with a message, ask first.
        """
        self._check_warnable()
        return Voice(self).ask_first("hold", self) or self._warn_by_hand()

    def _check_warnable(self):
        """Check that the user may warn these customers of their hold."""
        self.check_access("write")
        for debtor in self:
            if debtor.hold_state not in ("warn", "hold"):
                raise UserError(
                    self.env._(
                        "No credit hold is planned for %(customer)s.",
                        customer=debtor.display_name,
                    )
                )
            debtor.sudo()._check_not_held()

    def _warn_by_hand(self):
        """Warn customers of their hold, in the user's name."""
        self._check_warnable()
        for debtor_sudo in self.sudo():
            CreditHold(debtor_sudo).send_warning(self.env.user.partner_id)
        return True

    def action_payment_proof(self):
        """Ask for the proof of payment that permits the next order."""
        self.ensure_one()
        self.check_access("write")
        return self.env["ar.gate.ask"]._open(self)

    # === MERGE === #

    def _stricter_of(self, into):
        # EXTENDS ar.debtor: the stricter hold is kept
        vals = super()._stricter_of(into)
        mine, other = (STATES.index(d.hold_state or "none") for d in (self, into))
        if mine > other:
            for name in (
                "hold_state", "hold_reason", "hold_from", "hold_until", "hold_amount",
                "hold_note", "hold_told",
            ):  # fmt: skip
                vals[name] = self[name]
        return vals
