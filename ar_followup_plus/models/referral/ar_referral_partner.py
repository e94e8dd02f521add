"""Third parties to which debts are referred, and their fees."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.referral.fee import Band, overlapping

KIND_SELECTION = [
    ("agency", "Agency"),
    ("attorney", "Attorney"),
    ("accountant", "Accountant"),
    ("court", "Court route"),
]


class ArReferralPartner(models.Model):
    """An agency, attorney, accountant or court, with what it takes and its fees."""

    _name = "ar.referral.partner"
    _description = "Referral Partner"
    _order = "sequence, id"
    _rec_names_search = ["partner_id.complete_name"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company._ar_root(),
        domain="[('parent_id', '=', False)]",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Contact", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KIND_SELECTION, required=True, default="agency")
    country_ids = fields.Many2many(
        "res.country", string="Countries", help="Of the customer. Empty: all."
    )
    lang_ids = fields.Many2many(
        "res.lang", string="Languages", help="Of the customer. Empty: all."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    minimum_amount = fields.Monetary(
        string="Smallest debt", help="The smallest debt that is accepted."
    )
    takes_consumers = fields.Boolean(string="Consumers and sole traders")
    agreement_on = fields.Date(
        string="Data-processing agreement of",
        help="Without it, no data about customers may be given.",
    )
    delivery = fields.Selection(
        [
            ("link", "Secure link"),
            ("email", "E-mail"),
            ("xlsx", "Spreadsheet"),
        ],
        string="How the dossier is sent",
        required=True,
        default="link",
    )
    costs_by_law = fields.Text(string="Costs that the customer bears by law")
    pay_words = fields.Text(
        string="How customers pay",
        help="Shown on the customer's page while the invoice is referred. Empty: they "
        "are asked to contact the partner.",
    )
    fee_ids = fields.One2many("ar.referral.fee", "partner_id", string="Fees", copy=True)

    @api.depends("partner_id.display_name")
    def _compute_display_name(self):
        for partner in self:
            partner.display_name = partner.partner_id.display_name

    @api.constrains("company_id")
    def _check_root(self):
        for partner in self:
            if partner.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "Choose the main company: branches use its referral partners."
                    )
                )

    @api.constrains("minimum_amount")
    def _check_minimum(self):
        for partner in self:
            if partner.minimum_amount < 0:
                raise ValidationError(
                    self.env._("The minimum amount cannot be negative.")
                )

    @api.constrains("fee_ids")
    def _check_bands(self):
        for partner in self:
            rows = {fee._band(): fee for fee in partner.fee_ids}
            pair = overlapping(fee._band() for fee in partner.fee_ids)
            if pair:
                one, other = (rows[band].display_name for band in pair)
                raise ValidationError(
                    self.env._(
                        "Two fees apply to the same debt: “%(one)s” and “%(other)s”. "
                        "Change their days or amounts.",
                        one=one,
                        other=other,
                    )
                )

    def _bands(self):
        """Return the fee schedule for the engine.

        :rtype: list[engine.referral.fee.Band]
        """
        self.ensure_one()
        return [fee._band() for fee in self.fee_ids]

    def _how_to_pay(self):
        """Return who handles an invoice and how to pay, for the customer's page."""
        self.ensure_one()
        contact = self.partner_id
        how = (self.pay_words or "").strip() or self.env._(
            "Please contact them: %(contact)s",
            contact=", ".join(filter(None, (contact.phone, contact.email)))
            or contact.display_name,
        )
        return self.env._(
            "%(partner)s handles this invoice now. %(how)s",
            partner=contact.name or "",
            how=how,
        )


class ArReferralFee(models.Model):
    """One band of a fee schedule: for debts of an age and amount."""

    _name = "ar.referral.fee"
    _description = "Fee of a Referral Partner"
    _order = "days_from, amount_from, id"

    partner_id = fields.Many2one(
        "ar.referral.partner", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="partner_id.currency_id")
    days_from = fields.Integer(string="From day", default=0, help="Days overdue.")
    days_to = fields.Integer(string="To day", help="0: without end.")
    amount_from = fields.Monetary(string="From amount", default=0)
    amount_to = fields.Monetary(string="To amount", help="0: without end.")
    percent = fields.Float(
        string="Commission (%)", digits=(5, 2), help="Of what is recovered."
    )
    minimum = fields.Monetary(string="Minimum commission")
    fixed = fields.Monetary(string="Fixed cost", help="Due in any case.")
    success_only = fields.Boolean(
        string="Only with success",
        default=True,
        help="The commission is due only on what is recovered. Otherwise it is due in "
        "any case.",
    )

    @api.depends("days_from", "days_to", "amount_from", "amount_to", "percent")
    def _compute_display_name(self):
        for fee in self:
            fee.display_name = self.env._(
                "days %(first)s to %(last)s, %(low)s to %(high)s: %(percent)s %%",
                first=fee.days_from,
                last=fee.days_to or "…",
                low=fee.currency_id.format(fee.amount_from),
                high=fee.currency_id.format(fee.amount_to) if fee.amount_to else "…",
                percent=fee.percent,
            )

    @api.constrains(
        "days_from",
        "days_to",
        "amount_from",
        "amount_to",
        "percent",
        "minimum",
        "fixed",
    )
    def _check_values(self):
        for fee in self:
            if not 0 <= fee.percent <= 100:
                raise ValidationError(
                    self.env._(
                        "A commission is between 0 and 100 %%, not %(percent)s %%.",
                        percent=fee.percent,
                    )
                )
            if fee.days_from < 0 or (fee.days_to and fee.days_to < fee.days_from):
                raise ValidationError(
                    self.env._("The days of a fee must go from a lower to a higher.")
                )
            if fee.amount_from < 0 or (
                fee.amount_to and fee.amount_to < fee.amount_from
            ):
                raise ValidationError(
                    self.env._("The amounts of a fee must go from a lower to a higher.")
                )
            if fee.minimum < 0 or fee.fixed < 0:
                raise ValidationError(
                    self.env._("Minimum commission and fixed cost cannot be negative.")
                )
        # Without the commands of its schedule, a line is checked here
        self.partner_id._check_bands()

    def _band(self):
        """Return the engine's band."""
        minor = 10**self.currency_id.decimal_places
        return Band(
            days_from=self.days_from,
            days_to=self.days_to or None,
            amount_from=round(self.amount_from * minor),
            amount_to=round(self.amount_to * minor) or None,
            percent=round(self.percent * 100),
            fixed=round(self.fixed * minor),
            minimum=round(self.minimum * minor),
            success_only=self.success_only,
        )
