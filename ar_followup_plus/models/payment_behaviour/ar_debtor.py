"""How a customer pays: figures, the profile that they propose, and a person's choice."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..customer.ar_debtor import PROFILE_SELECTION
from .payment_behaviour import CHOSEN_DAYS, PaymentBehaviour


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    behaviour = fields.Html(
        string="How they pay", compute="_compute_behaviour", sanitize=False
    )
    behaviour_at = fields.Datetime(
        string="Payment figures of", readonly=True, copy=False
    )
    paid_count = fields.Integer(
        string="Paid in twelve months", readonly=True, copy=False
    )
    paid_amount = fields.Monetary(string="Amount paid", readonly=True, copy=False)
    paid_on_time = fields.Float(
        string="Paid on time (%)",
        digits=(5, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Of the invoices paid in twelve months, by number.",
    )
    paid_days_late = fields.Float(
        string="Average days late",
        digits=(7, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Weighted by amount. Paying early does not make up for paying late.",
    )
    paid_longest = fields.Integer(
        string="Longest delay", readonly=True, copy=False, aggregator="max"
    )
    late_periods = fields.Integer(
        string="Late periods",
        readonly=True,
        copy=False,
        help="Invoices that are late at the same time are one late period. Late is "
        "what is paid more than five working days after the due date; what is "
        "disputed, small, just sent or held by us does not count.",
    )
    late_since = fields.Date(
        readonly=True, copy=False, help="Begin of the present late period."
    )
    promises_kept = fields.Float(
        digits=(7, 1),
        readonly=True,
        copy=False,
        help="A promise that was kept in part counts half.",
    )
    promises_broken = fields.Float(
        digits=(7, 1),
        readonly=True,
        copy=False,
        help="A promise that was kept in part counts half.",
    )
    payments_returned = fields.Integer(
        readonly=True,
        copy=False,
        help="Payments returned within the last twelve months.",
    )
    disputes_upheld = fields.Integer(
        string="Disputes: accepted", readonly=True, copy=False
    )
    disputes_rejected = fields.Integer(
        string="Disputes: rejected", readonly=True, copy=False
    )
    credit_use = fields.Float(
        string="Use of the credit limit (%)",
        digits=(7, 1),
        readonly=True,
        copy=False,
        aggregator="max",
    )
    profile_proposed = fields.Selection(
        PROFILE_SELECTION,
        string="Profile by the figures",
        readonly=True,
        copy=False,
        help="What the payments say. Somebody who is late now is treated as before "
        "that: the present late period counts once it is over.",
    )
    profile_until = fields.Date(
        string="Profile chosen until",
        copy=False,
        tracking=True,
        help="Until that day the payer profile stays as a person chose it; then it "
        "follows the figures again.",
    )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # EXTENDS base: who never paid comes last, not among those who pay late
        if field_name.startswith("paid_") and not nulls.code:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _compute_behaviour(self):
        texts = {}
        for company, debtors in self.grouped("company_id").items():
            texts.update(PaymentBehaviour(debtors, company).html())
        for debtor in self:
            debtor.behaviour = texts.get(debtor.id, False)

    @api.model
    def _judge_all(self):
        """Write how each customer pays, see :meth:`PaymentBehaviour.store_all`."""
        PaymentBehaviour.store_all(self.env)

    # === BY A PERSON === #

    @api.constrains("profile_until")
    def _check_profile_until(self):
        for debtor in self:
            if debtor.profile_until and (
                debtor.profile_until < debtor.company_id._ar_today()
            ):
                raise ValidationError(
                    self.env._(
                        "A chosen profile must hold until today or later; leave the "
                        "date empty to let it follow the figures."
                    )
                )

    def _before_write(self, vals):
        # EXTENDS ar.debtor: a profile that a person chooses ends on a day
        if not self.env.su and vals.get("profile") and "profile_until" not in vals:
            until = self.env.company._ar_today() + timedelta(days=CHOSEN_DAYS)
            vals = {**vals, "profile_until": until}
        return super()._before_write(vals)
