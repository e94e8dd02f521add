from odoo import api, fields, models

from ...engine.aging import MOST_RANGES, label
from ..customer.ar_debtor import KIND_SELECTION
from .aging_query import aging_query
from .aging_terms import RANGES_KEY, checked_ranges, terms_of


class ArAgingItem(models.Model):
    """One item of the aged list of a day: a receivable line that was open then.

    Live: each read queries the ledger as of the day in the context. All receivable lines
    are part of it, also those without customer or due date, and those that the follow-up
    leaves out, so that the sum is the balance of the receivable accounts.
    """

    _name = "ar.aging.item"
    _description = "Item of the Aged List"
    _auto = False
    _order = "due_date, id"

    name = fields.Char(string="Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    move_id = fields.Many2one("account.move", string="Entry", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    debtor_id = fields.Many2one("ar.debtor", string="Receivables of", readonly=True)
    collector_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Of the customer today, else of the company.",
    )
    kind = fields.Selection(KIND_SELECTION, string="Kind of customer", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    salesperson_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Of the invoice, else of the customer.",
    )
    invoice_date = fields.Date(readonly=True)
    due_date = fields.Date(
        readonly=True, help="Without a due date, the date of the entry."
    )
    days = fields.Integer(
        readonly=True,
        aggregator="max",
        help="From the due date (or the invoice date) to the day of the list.",
    )
    document_currency_id = fields.Many2one(
        "res.currency", string="Currency", readonly=True
    )
    amount_document = fields.Monetary(
        string="Open in document currency",
        currency_field="document_currency_id",
        readonly=True,
    )
    currency_id = fields.Many2one("res.currency", string="Shown in", readonly=True)
    amount = fields.Monetary(
        string="Total",
        readonly=True,
        help="What is not due, the buckets, the credits and the exchange differences.",
    )
    not_due = fields.Monetary(string="Not due", readonly=True)
    bucket_1 = fields.Monetary(readonly=True)
    bucket_2 = fields.Monetary(readonly=True)
    bucket_3 = fields.Monetary(readonly=True)
    bucket_4 = fields.Monetary(readonly=True)
    bucket_5 = fields.Monetary(readonly=True)
    bucket_6 = fields.Monetary(readonly=True)
    bucket_7 = fields.Monetary(readonly=True)
    bucket_8 = fields.Monetary(readonly=True)
    credits = fields.Monetary(
        string="Unallocated credits",
        readonly=True,
        help="Credit notes and payments that were not matched yet.",
    )
    exchange = fields.Monetary(
        string="Exchange differences",
        readonly=True,
        help="Open in company currency alone: the exchange difference of a payment, "
        "booked after the day of the list, or a revaluation.",
    )
    overdue = fields.Monetary(
        readonly=True, help="The sum of the buckets, without the credits."
    )
    disputed = fields.Monetary(
        string="Of which disputed", readonly=True, help="Part of the buckets."
    )
    promised = fields.Monetary(
        string="Of which promised", readonly=True, help="Part of the buckets."
    )
    planned = fields.Monetary(
        string="Of which on plan", readonly=True, help="Part of the buckets."
    )

    _depends = {
        "account.move": ["state", "invoice_date", "invoice_user_id"],
        "account.move.line": [
            "account_id", "amount_residual", "amount_residual_currency", "balance",
            "company_id", "currency_id", "date", "date_maturity", "move_id", "move_name",
            "parent_state", "partner_id", "reconciled",
        ],
        "account.partial.reconcile": [
            "amount", "credit_amount_currency", "credit_move_id",
            "debit_amount_currency", "debit_move_id", "max_date",
        ],
        "account.account": ["account_type"],
        "res.partner": [
            "commercial_partner_id", "country_id", "is_company", "user_id", "vat",
        ],
        "ar.debtor": ["company_id", "partner_id", "user_id", "kind"],
        "ar.dispute": ["debtor_id", "opened_on", "closed_on"],
        "ar.dispute.line": ["dispute_id", "move_line_id", "amount"],
        "ar.payment.plan": ["closed_on", "debtor_id", "kind", "start_on"],
        "ar.payment.plan.line": ["amount", "matched_before", "move_line_id", "plan_id"],
    }  # fmt: skip

    @property
    def _table_query(self):
        return aging_query(self.env, terms_of(self.env))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        # EXTENDS base: the columns of buckets bear their days
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type in ("list", "pivot"):
            named = {
                f"bucket_{number}": label(one)
                for number, one in enumerate(self._ranges(), 1)
            }
            for number in range(1, MOST_RANGES + 1):
                name = f"bucket_{number}"
                for node in arch.xpath(f"//field[@name='{name}']"):
                    if name in named:
                        node.set("string", named[name])
                    elif view_type == "list":
                        node.getparent().remove(node)
                    else:
                        node.attrib.pop("type", None)
                        node.set("invisible", "1")
        return arch, view

    @api.model
    def _ranges(self):
        return checked_ranges(self.env, self.env.context.get(RANGES_KEY))

    def action_open_entry(self):
        """Open the invoice or entry of an item."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }
