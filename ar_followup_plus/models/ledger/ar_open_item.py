from odoo import api, fields, models
from odoo.fields import Domain

from .open_item_query import open_item_query


class ArOpenItem(models.Model):
    """One unpaid posted receivable line: an installment, or an unmatched credit.

    Live: each read queries the ledger. The id is that of the journal item. All
    columns of lists, filters and groups are part of the query, because collectors
    have no right to read invoices.
    """

    _name = "ar.open.item"
    _description = "Open Item"
    _auto = False
    _order = "due_date, id"
    _rec_name = "move_name"
    _rec_names_search = ["move_name"]

    company_id = fields.Many2one("res.company", readonly=True)
    debtor_id = fields.Many2one("ar.debtor", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", readonly=True, string="Invoice")
    move_name = fields.Char(string="Number", readonly=True)
    move_type = fields.Char(readonly=True)
    ref = fields.Char(string="Customer's reference", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    invoice_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(
        readonly=True, aggregator="max", help="Days since the due date; due today is 0."
    )
    bucket = fields.Selection(
        [
            ("current", "Not due"),
            ("1_30", "1-30 days"),
            ("31_60", "31-60 days"),
            ("61_90", "61-90 days"),
            ("91_120", "91-120 days"),
            ("older", "More than 120 days"),
        ],
        string="Age",
        readonly=True,
    )
    amount_currency = fields.Monetary(
        string="Original amount", currency_field="currency_id", readonly=True
    )
    amount_residual_currency = fields.Monetary(
        string="Open", currency_field="currency_id", readonly=True
    )
    amount_residual = fields.Monetary(
        string="Open in company currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_disputed = fields.Monetary(
        string="Disputed", currency_field="currency_id", readonly=True
    )
    amount_waiting = fields.Monetary(
        string="Waiting for us", currency_field="currency_id", readonly=True
    )
    quiet_until = fields.Date(
        readonly=True, help="Nothing is sent about its invoice before this day."
    )
    amount_promised = fields.Monetary(currency_field="currency_id", readonly=True)
    amount_planned = fields.Monetary(currency_field="currency_id", readonly=True)
    amount_pending = fields.Monetary(
        string="Payment on its way", currency_field="currency_id", readonly=True
    )
    is_excluded = fields.Boolean(string="Excluded", readonly=True)
    is_handed_over = fields.Boolean(
        string="Referred", readonly=True, help="An agency, attorney or court has it."
    )
    is_kept_apart = fields.Boolean(
        string="Kept apart",
        readonly=True,
        help="A credit, as a deposit or retention, that is not taken off what is due.",
    )
    is_sent = fields.Boolean(string="Invoice sent", readonly=True)
    taken_delay = fields.Integer(
        string="Stands at day",
        readonly=True,
        aggregator=None,
        help="Delay of the last step that was taken.",
    )
    taken_on = fields.Date(string="Last notice on", readonly=True)
    date_given = fields.Date(
        readonly=True, help="Latest date to pay that a notice named."
    )
    at_once = fields.Boolean(
        readonly=True, help="A promise was broken again: asked for in the next run."
    )
    outbox = fields.Selection(
        [
            ("proposed", "To approve"),
            ("ready", "Ready"),
            ("sending", "Sending"),
            ("failed", "Failed"),
        ],
        string="Open notice",
        readonly=True,
    )
    is_small = fields.Boolean(
        string="Small difference",
        readonly=True,
        help="Only a small remainder is left: it is listed for write-off and not "
        "demanded.",
    )
    attention = fields.Selection(
        [
            ("no_partner", "No customer on the journal item"),
            ("archived_partner", "Customer archived"),
            ("archived_currency", "Currency archived"),
            ("no_country", "Customer without country"),
            ("no_language", "Customer without language"),
        ],
        string="Incomplete data",
        readonly=True,
        help="What is wrong with the data. Without a customer, or with an archived "
        "customer or currency the item is left out; without country or language those "
        "of the company are used, and without these it is left out. Without a due date "
        "the date of the entry is used.",
    )
    is_broken = fields.Boolean(string="Excluded from reminders", readonly=True)

    _depends = {
        "account.move": [
            "name", "state", "move_type", "ref", "invoice_date", "invoice_date_due",
            "is_move_sent",
            "payment_state", "amount_residual", "amount_total", "reversed_entry_id",
            "origin_payment_id", "partner_bank_id",
        ],
        "account.move.line": [
            "account_id", "amount_currency", "amount_residual",
            "amount_residual_currency", "balance", "company_id", "currency_id",
            "date", "date_maturity", "journal_id", "move_id", "move_name",
            "no_followup", "parent_state", "partner_id", "reconciled", "discount_date",
            "discount_amount_currency",
        ],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id"],
        "account.account": ["account_type", "non_trade"],
        "account.journal": ["type"],
        "account.payment": ["invoice_ids"],
        "res.partner": ["active", "commercial_partner_id", "country_id", "lang"],
        "res.currency": ["active"],
        "payment.transaction": ["state", "amount", "invoice_ids"],
        "ar.debtor": ["company_id", "partner_id"],
        "ar.late.charge": ["note_id", "credit_id", "debtor_id"],
        "ar.answer": ["debtor_id", "state", "waits_until"],
        "ar.answer.line": ["answer_id", "move_id", "waits"],
        "ar.dispute": [
            "debtor_id", "move_id", "state", "deadline", "rest_until", "quiet_until",
            "pay_by", "amount_accepted", "credit_move_id",
        ],
        "ar.dispute.line": ["dispute_id", "move_line_id", "amount"],
        "ar.exclusion": ["move_id", "move_line_id"],
        "ar.referral.line": ["hold", "move_id", "move_line_id"],
        "ar.returned.payment": ["debtor_id", "pay_by", "move_ids"],
        "ar.payment.plan.line": [
            "active", "again_on", "amount", "amount_start", "at_once", "at_once_on",
            "hold", "move_line_id", "until",
        ],
        "ar.ladder.step": ["delay_days"],
        "ar.notice": [
            "state", "sent_on", "date", "date_given", "again_on", "cancel_how",
        ],
        "ar.notice.line": [
            "active", "taken", "role", "move_line_id", "move_id", "delay_days",
            "date_due", "notice_id",
        ],
    }  # fmt: skip

    @property
    def _table_query(self):
        return self._query("lookup")

    @api.model
    def _query(self, shape="lookup", debtor_ids=None, date=None):
        """Return the one definition of an open item, as SQL.

        :param str shape: 'lookup' (a lateral join for each item: fast for pages)
            or 'all' (grouped joins: fast for full reads); the rows are the same
        :param list debtor_ids: only items of these debtors
        :param datetime.date date: the day for which days overdue are counted;
            default: today in each company's time zone
        :rtype: odoo.tools.SQL
        """
        return open_item_query(self.env, shape, debtor_ids, date)

    def _search_display_name(self, operator, value):
        return Domain("move_name", operator, value)
