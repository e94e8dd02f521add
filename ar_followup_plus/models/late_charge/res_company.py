"""Settings of late charges."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_charge_mode = fields.Selection(
        [
            ("off", "Off"),
            ("shown", "Shown on demands, never charged"),
            ("posted", "Charged with an invoice"),
        ],
        string="Late charges",
        required=True,
        default="off",
        ar_manager=True,
    )
    ar_charge_scheme_id = fields.Many2one(
        "ar.late.charge.scheme",
        string="Late-charge policies",
        domain="[('company_id', 'in', (False, id))]",
        ar_manager=True,
    )
    ar_charge_consumer_scheme_id = fields.Many2one(
        "ar.late.charge.scheme",
        string="What consumers are charged",
        domain="[('consumers', '=', True), ('company_id', 'in', (False, id))]",
        help="Empty: nothing.",
        ar_manager=True,
    )
    ar_charge_when = fields.Selection(
        [("monthly", "Each month"), ("step", "When a step was sent")],
        string="Charged",
        required=True,
        default="monthly",
        ar_manager=True,
    )
    ar_charge_stage = fields.Selection(
        [
            ("firm", "Firm"),
            ("final", "Final demand"),
            ("notice", "Pre-collection notice"),
        ],
        string="From which step on",
        required=True,
        default="final",
        ar_manager=True,
    )
    ar_charge_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of charges",
        domain="[('type', '=', 'sale'), ('company_id', '=', id)]",
    )
    ar_charge_product_id = fields.Many2one(
        "product.product",
        string="Product of charges",
        help="Its taxes and account are those of the charges.",
    )
    ar_charge_minimum = fields.Float(
        string="Smallest invoice for charges",
        default=10,
        help="In the currency of the company. Less waits until more accrued. 0: none.",
        ar_manager=True,
    )
    ar_charge_waive = fields.Boolean(
        string="Waive when all is paid in time",
        default=True,
        help="A demand says that nothing is charged if everything it lists arrives by "
        "its date. The charges are then waived automatically.",
        ar_manager=True,
    )
    ar_charge_keep_paid = fields.Boolean(
        string="Also on invoices paid meanwhile",
        default=True,
        help="What accrued until an invoice was paid late is charged too.",
        ar_manager=True,
    )
    ar_charge_since = fields.Date(
        string="Paid since",
        help="Invoices that were paid before are left alone.",
        ar_manager=True,
    )
    ar_charge_order = fields.Selection(
        [("principal", "Invoices first"), ("charges", "Charges first")],
        string="Payments count for",
        required=True,
        default="principal",
        help="How statements and plans count payments. Payments are never matched "
        "automatically.",
        ar_manager=True,
    )

    _ar_charge_minimum_positive = models.Constraint(
        "CHECK (ar_charge_minimum >= 0)",
        "The smallest invoice for charges cannot be negative.",
    )

    def _ar_least_charge(self, currency):
        """Return the smallest amount of an invoice for charges, in a currency."""
        self.ensure_one()
        least, own = self.ar_charge_minimum, self.currency_id
        if not least or currency == own:
            return least
        return own._convert(least, currency, self, self._ar_today())

    @api.constrains("ar_charge_mode", "ar_charge_scheme_id")
    def _check_ar_charge_scheme(self):
        for company in self:
            if company.ar_charge_mode != "off" and not company.ar_charge_scheme_id:
                raise ValidationError(
                    self.env._("Choose what %(company)s charges.", company=company.name)
                )

    @api.constrains("ar_charge_scheme_id", "ar_charge_consumer_scheme_id")
    def _check_ar_charge_companies(self):
        for company in self:
            schemes = company.ar_charge_scheme_id | company.ar_charge_consumer_scheme_id
            for scheme in schemes:
                if scheme.company_id and scheme.company_id != company.root_id:
                    raise ValidationError(
                        self.env._(
                            "%(scheme)s belongs to another company.", scheme=scheme.name
                        )
                    )
            consumers = company.ar_charge_consumer_scheme_id
            if consumers and not consumers.consumers:
                raise ValidationError(
                    self.env._(
                        "%(scheme)s is not meant for consumers.", scheme=consumers.name
                    )
                )

    @api.constrains("ar_charge_journal_id", "ar_charge_product_id")
    def _check_ar_charge_journal(self):
        for company in self.sudo():
            journal = company.ar_charge_journal_id
            if journal and (
                journal.company_id != company.root_id or journal.type != "sale"
            ):
                raise ValidationError(
                    self.env._(
                        "Charges of %(company)s need a sales journal of its own, and "
                        "%(journal)s is none.",
                        company=company.name,
                        journal=journal.display_name,
                    )
                )
            product = company.ar_charge_product_id
            if product.company_id and product.company_id != company.root_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s belongs to another company.",
                        product=product.display_name,
                    )
                )

    def _ar_before_write(self, vals):
        # EXTENDS res.company: charges begin on the day they are enabled
        if vals.get("ar_charge_mode") in ("shown", "posted"):
            for company in self:
                if (
                    company.ar_charge_mode == "off"
                    and not company.ar_charge_since
                    and not vals.get("ar_charge_since")
                ):
                    company.ar_charge_since = company._ar_today()
        return super()._ar_before_write(vals)

    def _ar_after_write(self, vals):
        # EXTENDS res.company: charges need a journal and a product
        if vals.get("ar_charge_mode") == "posted":
            self.sudo()._ar_prepare_charges()
        return super()._ar_after_write(vals)

    def _ar_prepare_charges(self):
        """Create the journal and the product of charges, if missing."""
        for company in self:
            if not company.ar_charge_journal_id:
                company.ar_charge_journal_id = self._ar_make_charge_journal(company)
            if not company.ar_charge_product_id:
                company.ar_charge_product_id = self.env["product.product"].create(
                    {
                        "name": self.env._("Late-payment charges"),
                        "type": "service",
                        "company_id": company.id,
                        "purchase_ok": False,
                        "sale_ok": False,
                        "taxes_id": [Command.clear()],
                        "supplier_taxes_id": [Command.clear()],
                    }
                )

    def _ar_make_charge_journal(self, company):
        Journal = self.env["account.journal"].with_company(company)
        sales = Journal.search(
            [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
        )
        if not sales:
            raise UserError(
                self.env._(
                    "%(company)s has no sales journal yet: set up its accounting first.",
                    company=company.name,
                )
            )
        codes = set(
            Journal.with_context(active_test=False)
            .search([("company_id", "=", company.id)])
            .mapped("code")
        )
        code = next(
            code
            for code in ("LATE", *(f"LATE{number}" for number in range(1, 100)))
            if code not in codes
        )
        return Journal.create(
            {
                "name": self.env._("Late-payment charges"),
                "code": code,
                "type": "sale",
                "company_id": company.id,
                "default_account_id": sales.default_account_id.id,
            }
        )

    # === OPEN PERIODS === #

    def _ar_open_date(self, day):
        """Return the first open day of the charges' journal, not before a day."""
        self.ensure_one()
        company = self.sudo()
        journal = company.ar_charge_journal_id
        taxed = bool(company.ar_charge_product_id.taxes_id)
        locks = company._get_violated_lock_dates(day, taxed, journal)
        return max([day, *(fields.Date.add(lock, days=1) for lock, _name in locks)])

    def _ar_check_open(self, day):
        """Refuse a date in a locked period.

        :raise UserError: with the next open day
        """
        open_day = self._ar_open_date(day)
        if open_day != day:
            raise UserError(
                self.env._(
                    "The books of %(company)s are closed on %(day)s. The next open day "
                    "is %(open)s: choose it as the date of the invoice.",
                    company=self.name,
                    day=format_date(self.env, day),
                    open=format_date(self.env, open_day),
                )
            )
