"""The log of outgoing messages: whom, when, and whether automatically."""

from odoo import fields, models

from .voice import Voice

#: The kinds of messages and talks; each has its place in :data:`voice.TURNS`, except
#: those that people or customers start.
OUTGOING_KINDS = [
    ("notice", "Notice"),
    ("returned", "Payment that came back"),
    ("agreement", "Payment plan: missed or ended"),
    ("promise", "Promise that was not kept"),
    ("reminder", "Reminder of an installment"),
    ("statement", "Statement"),
    ("hold", "Credit hold"),
    ("thanks", "Thank-you"),
    ("overpaid", "Overpayment"),
    ("tried", "Calls without answer"),
    ("terms", "Terms of payment"),
    ("dispute", "Answer to a dispute"),
    ("answer", "Reply to the customer"),
    ("offer", "Offer of a payment plan"),
    ("copies", "Copies of invoices"),
    ("letter", "Letter"),
    ("call", "Call or visit"),
    ("page", "Asked for on the page"),
]


class ArOutgoing(models.Model):
    """One message to a customer, or one talk: a row for each address.

    Written by :meth:`Voice.note` only. Days count, not moments.
    """

    _name = "ar.outgoing"
    _description = "Log of Outgoing Messages"
    _log_access = False
    _order = "id desc"
    _rec_name = "kind"

    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    day = fields.Date(required=True, readonly=True)
    kind = fields.Selection(OUTGOING_KINDS, required=True, readonly=True)
    is_automatic = fields.Boolean(
        string="Automatic",
        readonly=True,
        help="Counts towards the messages in 30 days.",
    )
    address = fields.Char(readonly=True)

    _debtor_idx = models.Index("(debtor_id, day)")
    _address_idx = models.Index("(company_id, address, day) WHERE address IS NOT NULL")
    _day_idx = models.Index("(day)")


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_after_write(self, vals):
        # EXTENDS res.company: another number of messages is free on another day
        if "ar_message_budget" in vals:
            for company in self:
                Voice.renew_budget(company)
        return super()._ar_after_write(vals)
