"""When each open item will be paid, and the weeks of the cash forecast, as stored."""

from odoo import api, fields, models
from odoo.tools import format_date

KIND_SELECTION = [
    ("pattern", "As they usually pay"),
    ("promise", "Promised or agreed"),
    ("debit", "Direct debit"),
    ("apart", "Not expected"),
    ("old", "Too old to expect"),
]


class ArExpectedPayment(models.Model):
    """When an open item will be paid. Written each night, see :mod:`.forecast`."""

    _name = "ar.expected.payment"
    _description = "Expected Payment"
    _log_access = False
    _order = "expected_on, id"
    _rec_names_search = ["debtor_id"]
    _rec_name = "number"

    # Collectors may not read journal items
    move_line_id = fields.Many2one(
        "account.move.line",
        required=True,
        readonly=True,
        ondelete="cascade",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    item_id = fields.Many2one(
        "ar.open.item", string="Open item", compute="_compute_item"
    )
    number = fields.Char(compute="_compute_item")
    due_date = fields.Date(compute="_compute_item")
    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(
        string="Expected amount",
        readonly=True,
        help="What is open, without what is disputed, stopped or handed over, and "
        "without credits.",
    )
    kind = fields.Selection(
        KIND_SELECTION, string="Expected by", required=True, readonly=True
    )
    expected_on = fields.Date(
        readonly=True, help="As likely before as after this day. Never before today."
    )
    first_on = fields.Date(
        string="From",
        readonly=True,
        help="Four of five payments come from this day on.",
    )
    last_on = fields.Date(
        string="Until", readonly=True, help="Four of five payments come until this day."
    )
    usual_days = fields.Integer(
        string="Usual days late", readonly=True, aggregator="avg"
    )
    paid_count = fields.Integer(
        string="Paid invoices",
        readonly=True,
        aggregator="max",
        help="The customer's invoices of the last twelve months that say so.",
    )
    why = fields.Char(compute="_compute_why")

    _item_unique = models.UniqueIndex("(move_line_id)")
    _day_idx = models.Index("(company_id, currency_id, expected_on)")

    @api.depends("move_line_id")
    def _compute_item(self):
        # Collectors read open items, but not journal items
        found = self.env["ar.open.item"].search(
            [("id", "in", self.sudo().move_line_id.ids)]
        )
        items = {item.id: item for item in found}
        for one in self:
            item = items.get(one.sudo().move_line_id.id)
            one.item_id = item
            one.number = item.move_name if item else False
            one.due_date = item.due_date if item else False

    @api.depends("kind", "usual_days", "paid_count", "expected_on")
    @api.depends_context("lang")
    def _compute_why(self):
        for one in self:
            one.why = one._in_words()

    def _in_words(self):
        """Return why the item is expected then, as a sentence without a full stop."""
        if self.kind == "apart":
            return self.env._(
                "disputed, stopped, sold, or paid by a credit: not expected"
            )
        if self.kind == "old":
            return self.env._("more than two years late: not expected")
        if self.kind == "debit":
            return self.env._("collected by direct debit")
        if self.kind == "promise":
            return self.env._(
                "promised or agreed; %(usual)s", usual=self._usual_in_words()
            )
        return self._usual_in_words()

    def _usual_in_words(self):
        """Return how the customer usually pays, and by how many invoices."""
        days = self.usual_days
        if not self.paid_count:
            return self.env._(
                "nothing paid in twelve months; similar customers are %(days)s days late",
                days=max(days, 0),
            )
        if days > 0:
            return self.env._(
                "usually %(days)s days late; paid invoices: %(count)s",
                days=days,
                count=self.paid_count,
            )
        if days < 0:
            return self.env._(
                "usually %(days)s days early; paid invoices: %(count)s",
                days=-days,
                count=self.paid_count,
            )
        return self.env._(
            "usually on the due date; paid invoices: %(count)s", count=self.paid_count
        )


class ArForecastWeek(models.Model):
    """One week of a cash forecast. Rows of past weeks stay, beside what came in."""

    _name = "ar.forecast.week"
    _description = "Week of the Cash Forecast"
    _log_access = False
    _order = "made_in desc, week, id"
    _rec_name = "week"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    made_in = fields.Date(
        string="Forecast of the week of",
        required=True,
        readonly=True,
        help="The Monday of the week in which the forecast was made.",
    )
    week = fields.Date(required=True, readonly=True, help="Its Monday.")
    is_later = fields.Boolean(
        string="And later", readonly=True, help="What comes in that week or later."
    )
    amount = fields.Monetary(string="Expected", readonly=True)
    low = fields.Monetary(
        string="At least", readonly=True, help="In nine of ten weeks more comes in."
    )
    high = fields.Monetary(
        string="At most", readonly=True, help="In nine of ten weeks less comes in."
    )
    first_amount = fields.Monetary(
        string="Expected at first",
        readonly=True,
        help="As the week of the forecast began. With this the facts are compared.",
    )
    came = fields.Monetary(
        string="Came in",
        readonly=True,
        help="Payments of that week on invoices from before it.",
    )

    _week_unique = models.UniqueIndex("(company_id, currency_id, made_in, week)")

    @api.depends("week", "is_later")
    def _compute_display_name(self):
        for one in self:
            one.display_name = format_date(self.env, one.week)


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    expected_on = fields.Date(
        string="Next payment expected",
        readonly=True,
        copy=False,
        help="The first day on which a payment of this customer is expected.",
    )
    expected_payment_ids = fields.One2many(
        "ar.expected.payment", "debtor_id", string="Expected payments", readonly=True
    )
    overdue_before = fields.Monetary(
        string="Overdue four weeks ago", readonly=True, copy=False
    )
    overdue_change = fields.Monetary(
        string="Change in four weeks",
        readonly=True,
        copy=False,
        help="How much more is overdue than four weeks ago.",
    )
