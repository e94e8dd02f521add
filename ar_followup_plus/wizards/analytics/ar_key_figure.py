from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.analytics.aging_terms import AgingTerms
from ...models.analytics.key_figures import (
    BY_SELECTION,
    MONTHS_BACK,
    RANGES_TEXT,
    Key,
    KeyFigures,
    months_back,
)


class ArKeyFigure(models.TransientModel):
    """The key figures of a company, or of a group in it, on a day.

    Computed when they are asked for, with the rights of the user. A figure that cannot
    be told is named in ``unknown``; its field is 0.
    """

    _name = "ar.key.figure"
    _inherit = ["ar.wizard"]
    _description = "Key Figures of a Group"
    _order = "receivables desc, id"
    _rec_name = "name"

    name = fields.Char(string="Of", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(string="As of", readonly=True)
    after = fields.Date(readonly=True)
    months = fields.Integer(readonly=True)
    by = fields.Selection(BY_SELECTION, readonly=True)
    group = fields.Json(readonly=True)
    unknown = fields.Char(readonly=True)

    # === BALANCE === #

    receivables = fields.Monetary(
        readonly=True,
        help="Open receivables on the day, as in the general ledger: unallocated credits are taken off.",
    )
    overdue = fields.Monetary(
        readonly=True,
        help="Open items past their due date, without unallocated credits.",
    )
    overdue_share = fields.Float(
        string="Overdue share (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Overdue items / all open items, before unallocated credits.",
    )
    delinquent = fields.Monetary(
        readonly=True,
        help="Open items more than 30 days past their due date.",
    )
    delinquent_share = fields.Float(
        string="Delinquent share (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Items more than 30 days overdue / all open items, before unallocated credits.",
    )
    concentration = fields.Float(
        string="Ten largest customers (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="What the ten largest customers owe net / what all customers owe who owe something net.",
    )
    disputed = fields.Monetary(
        readonly=True,
        help="Open items that customers contest on the day.",
    )
    disputed_share = fields.Float(
        string="Disputed share (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Disputed items / all open items, before unallocated credits.",
    )

    # === SALES AND DAYS === #

    sales = fields.Monetary(
        readonly=True,
        help="Credit invoices less credit notes of the period, without tax, by invoice date.",
    )
    dso = fields.Float(
        string="DSO (days)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Days sales outstanding: receivables / sales of the period × its days.",
    )
    count_back_dso = fields.Float(
        string="Count-back DSO (days)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Days that the newest months' sales need to add up to the receivables, up to 24 months back.",
    )
    best_dso = fields.Float(
        string="Best-possible DSO (days)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="What is not due yet / sales of the period × its days: the DSO if everybody paid on time.",
    )
    days_delinquent = fields.Float(
        string="Average days delinquent",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="DSO less best-possible DSO: the days that late payment costs.",
    )
    effectiveness = fields.Float(
        string="Collection effectiveness (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="(Receivables at the beginning + sales - receivables at the end) / (receivables at the beginning + sales - what is not due at the end).",
    )
    turnover = fields.Float(
        string="Turnover per year",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Sales of the period, for a year / the average of receivables at its beginning and its end.",
    )

    # === PAYMENTS === #

    paid = fields.Monetary(readonly=True, help="Payments of the period on invoices.")
    days_to_pay = fields.Float(
        string="Average days to pay",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Days from the invoice date to each payment of the period, weighted by amount.",
    )
    days_late = fields.Float(
        string="Average days late",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Days from the due date to each payment of the period, weighted by amount; early payments count as 0.",
    )

    # === PROMISES === #

    promises = fields.Integer(
        aggregator=None,
        readonly=True,
        help="Promises to pay that fell due in the period and were kept, partly kept or broken.",
    )
    kept_rate = fields.Float(
        string="Promises kept (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Kept / (kept + partly kept + broken), by number, of promises that fell due in the period.",
    )
    kept_rate_amount = fields.Float(
        string="Promises kept, by amount (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Amount of kept promises / amount of kept, partly kept and broken ones that fell due in the period.",
    )

    # === DISPUTES AND LOSSES === #

    disputes = fields.Integer(
        aggregator=None,
        readonly=True,
        help="Disputes opened in the period.",
    )
    dispute_rate = fields.Float(
        string="Dispute rate (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Disputes opened in the period / invoices of the period.",
    )
    dispute_days = fields.Float(
        string="Days to answer a dispute",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Average days from the opening to the answer, of disputes closed in the period.",
    )
    dispute_reasons = fields.Char(
        string="Most frequent reasons",
        readonly=True,
        help="Reasons of the disputes opened in the period, with their number.",
    )
    written_off = fields.Monetary(
        string="Written off",
        readonly=True,
        help="Debts of closed invoices that were written off in the period and not paid since.",
    )
    write_off_rate = fields.Float(
        string="Write-off rate (%)",
        digits=(12, 1),
        aggregator=None,
        readonly=True,
        help="Written off in the period / sales of the period.",
    )

    @api.model
    def _of(self, source):
        """Return a record for each company or group of :class:`KeyFigures`."""
        models = {"country_id": "res.country"}
        values = []
        for key, figures in source.figures().items():
            company = self.env["res.company"].browse(key.company_id)
            if source.by == "company":
                name = company.display_name
            elif source.by == "kind":
                selection = self.env["ar.debtor"]._fields["kind"]
                kinds = dict(selection._description_selection(self.env))
                name = kinds.get(key.group) or self.env._("None")
            else:
                record = self.env[models.get(source.by, "res.users")].browse(key.group)
                # sudo: users are named, whoever may read them
                name = record.sudo().display_name or self.env._("None")
            values.append(
                {
                    **{field: value or 0 for field, value in figures.items()},
                    "dispute_reasons": figures["dispute_reasons"],
                    "unknown": " ".join(
                        field for field, value in figures.items() if value is None
                    ),
                    "name": name,
                    "company_id": key.company_id,
                    "day": source.day,
                    "after": source.after,
                    "months": len(source.period),
                    "by": source.by,
                    "group": key.group,
                }
            )
        return self.create(values)

    # === RECORDS BEHIND A FIGURE === #

    def action_open(self):
        """Open the records behind the figure that the context names."""
        self.ensure_one()
        name = self.env.context.get("figure")
        opener = _OPENERS.get(name if isinstance(name, str) else None)
        # A row that the dialog made has days and a company
        if not opener or not (self.company_id and self.day and self.after):
            raise UserError(self.env._("Choose a figure of the list."))
        model, domain, context = opener(self)
        if not self.env[model].has_access("read"):
            raise UserError(
                self.env._(
                    "Behind this figure are %(records)s: ask an accountant for them.",
                    records=self.env[model]._description,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": f"{self._fields[name]._description_string(self.env)}: {self.name}",
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "context": {"create": False, **context},
        }

    def _items(self, *more, day=None):
        """Return the items of the aged list of a day that belong to this row."""
        domain = [("company_id", "=", self.company_id.id), *more]
        if self.by != "company":
            domain.append((self.by, "=", self.group or False))
        terms = AgingTerms(day or self.day)
        return "ar.aging.item", domain, terms.context(RANGES_TEXT)

    def _moves(self, *more):
        """Return the entries of the customers, or of the salesperson, of this row."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "posted"),
            *more,
        ]
        if self.by == "salesperson_id":
            wanted = self.group or False
            domain += [
                "|",
                ("invoice_user_id", "=", wanted),
                "&",
                ("invoice_user_id", "=", False),
                ("commercial_partner_id.user_id", "=", wanted),
            ]
        elif self.by == "country_id":
            domain.append(
                ("commercial_partner_id.country_id", "=", self.group or False)
            )
        elif self.by != "company":
            domain += self._customers_domain()
        return "account.move", domain, {}

    def _sales(self, first):
        return self._moves(
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("invoice_date", ">", first),
            ("invoice_date", "<=", self.day),
        )

    def _paid(self):
        return self._moves(
            ("move_type", "=", "out_invoice"),
            (
                "line_ids",
                "any",
                [
                    ("account_type", "=", "asset_receivable"),
                    (
                        "matched_credit_ids",
                        "any",
                        [("max_date", ">", self.after), ("max_date", "<=", self.day)],
                    ),
                ],
            ),
        )

    def _debtor_domain(self, path=""):
        """Return the domain of the customers of this row, on a path to the debtor."""
        root = self.company_id._ar_root()
        domain = [(f"{path}company_id", "=", root.id)]
        wanted = self.group or False
        if self.by == "collector_id":
            users = [wanted]
            if wanted == root.ar_user_id.id:
                users.append(False)
            domain.append((f"{path}user_id", "in", users))
        elif self.by == "kind":
            domain.append((f"{path}kind", "=", wanted))
        elif self.by == "country_id":
            domain.append((f"{path}partner_id.country_id", "=", wanted))
        elif self.by == "salesperson_id":
            domain.append((f"{path}partner_id.user_id", "=", wanted))
        return domain

    def _customers_domain(self):
        """Return the domain of customers by what only their debtor knows.

        Customers without debtor belong to the collector of the company, and are of the
        kind that their partner says.
        """
        Debtor = self.env["ar.debtor"].with_context(active_test=False)
        mine = Debtor.search(self._debtor_domain())
        root = self.company_id._ar_root()
        domain = [("commercial_partner_id", "in", mine.partner_id.ids)]
        if self.by == "kind":
            more = _KINDS.get(self.group)
        else:
            more = [] if (self.group or False) == root.ar_user_id.id else None
        if more is None:
            return domain
        known = Debtor.search([("company_id", "=", root.id)]).partner_id
        without = Domain("commercial_partner_id", "not in", known.ids) & Domain(more)
        return list(Domain(domain) | without)

    def _promised(self):
        return (
            "ar.payment.plan",
            [
                *self._debtor_domain("debtor_id."),
                ("kind", "=", "promise"),
                ("state", "in", ("kept", "partly", "broken")),
                ("last_date", ">", self.after),
                ("last_date", "<=", self.day),
            ],
            {},
        )

    def _disputes(self, field):
        return (
            "ar.dispute",
            [
                *self._debtor_domain("debtor_id."),
                (field, ">", self.after),
                (field, "<=", self.day),
            ],
            {},
        )

    def _written_off(self):
        """Return the customers of whom something was written off in the period."""
        source = KeyFigures(self.env, self.day, self.months, self.by)
        key = Key(self.company_id.id, self.group or None)
        return "ar.debtor", [("id", "in", source.written_off_debtors(key))], {}


#: Customers without debtor, by their kind.
_KINDS = {
    "business": [("commercial_partner_id.is_company", "=", True)],
    "sole_trader": [
        ("commercial_partner_id.is_company", "=", False),
        ("commercial_partner_id.vat", "!=", False),
    ],
    "consumer": [
        ("commercial_partner_id.is_company", "=", False),
        ("commercial_partner_id.vat", "=", False),
    ],
}
#: By figure: how to get (model, domain, context) of the records behind it.
_OPENERS = {
    "receivables": lambda row: row._items(),
    "overdue": lambda row: row._items(("overdue", ">", 0)),
    "overdue_share": lambda row: row._items(("overdue", ">", 0)),
    "delinquent": lambda row: row._items(("bucket_2", ">", 0)),
    "delinquent_share": lambda row: row._items(("bucket_2", ">", 0)),
    "concentration": lambda row: row._items(),
    "disputed": lambda row: row._items(("disputed", ">", 0)),
    "disputed_share": lambda row: row._items(("disputed", ">", 0)),
    "sales": lambda row: row._sales(row.after),
    "dso": lambda row: row._items(),
    "count_back_dso": lambda row: row._sales(
        months_back(row.day, MONTHS_BACK)[-1].after
    ),
    "best_dso": lambda row: row._items(("not_due", ">", 0)),
    "days_delinquent": lambda row: row._items(("overdue", ">", 0)),
    "effectiveness": lambda row: row._items(day=row.after),
    "turnover": lambda row: row._items(day=row.after),
    "paid": lambda row: row._paid(),
    "days_to_pay": lambda row: row._paid(),
    "days_late": lambda row: row._paid(),
    "promises": lambda row: row._promised(),
    "kept_rate": lambda row: row._promised(),
    "kept_rate_amount": lambda row: row._promised(),
    "disputes": lambda row: row._disputes("opened_on"),
    "dispute_rate": lambda row: row._disputes("opened_on"),
    "dispute_days": lambda row: row._disputes("closed_on"),
    "dispute_reasons": lambda row: row._disputes("opened_on"),
    "written_off": lambda row: row._written_off(),
    "write_off_rate": lambda row: row._written_off(),
}
