"""Settings of the credit hold, and of accepted terms before credit is given."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, ValidationError
from odoo.tools import SQL, format_date

from ...engine.hold import Rule

#: Default days for existing customers to accept the terms.
GRACE_DAYS = 30


class ResCompany(models.Model):
    _inherit = "res.company"

    ar_hold_rule = fields.Boolean(
        string="Credit hold by rule",
        help="New orders on credit are held when too much is overdue for too long. The "
        "customer and the salesperson are told in advance.",
        ar_manager=True,
    )
    ar_hold_amount = fields.Float(
        string="Hold from (amount)",
        help="Overdue at least, in the currency of the company, without what is "
        "disputed or on a plan. 0: any amount.",
        ar_manager=True,
    )
    ar_hold_days = fields.Integer(
        string="Hold from (days overdue)", default=60, ar_manager=True
    )
    ar_hold_notice_days = fields.Integer(
        string="Working days of notice",
        default=10,
        help="Between telling the customer and placing the hold.",
        ar_manager=True,
    )
    ar_gate = fields.Selection(
        [
            ("off", "Off"),
            ("warn", "Warn: show a warning, but allow it"),
            ("block", "Block: no order on credit without accepted terms"),
        ],
        string="Terms before credit",
        default="off",
        required=True,
        ar_manager=True,
    )
    ar_gate_invoices = fields.Boolean(
        string="Invoices too",
        help="Also for invoices that belong to no order. Invoices for what was "
        "ordered or delivered are never stopped.",
        ar_manager=True,
    )
    ar_gate_grace = fields.Date(
        string="Existing customers until",
        help="Customers who had an invoice before may go on without accepting until "
        "this day.",
        ar_manager=True,
    )
    ar_gate_since = fields.Datetime(readonly=True)
    ar_invoicing_user_id = fields.Many2one(
        "res.users",
        string="Invoices to complete",
        domain="[('share', '=', False)]",
        help="Who completes invoices in which something is missing. Empty: the "
        "salesperson of the invoice.",
        ar_manager=True,
    )
    ar_gate_note = fields.Char(compute="_compute_ar_gate_note")

    @api.constrains("ar_hold_amount", "ar_hold_days", "ar_hold_notice_days")
    def _check_ar_hold(self):
        for company in self:
            if company.ar_hold_amount < 0 or company.ar_hold_notice_days < 0:
                raise ValidationError(
                    self.env._(
                        "Amount and days of notice of the credit hold cannot be "
                        "negative: enter 0 or more."
                    )
                )
            if company.ar_hold_days < 1:
                raise ValidationError(
                    self.env._(
                        "A credit hold needs overdue debt: enter at least one day."
                    )
                )

    # Without dependencies, and without an onchange of ar_gate: the form would ask the
    # server on each change, which refuses users who may not write companies
    def _compute_ar_gate_note(self):
        for company in self:
            count = company._ar_unsigned_count() if company._origin.id else 0
            company.ar_gate_note = (
                self.env._(
                    "%(count)s customers have not accepted terms of payment yet.",
                    count=count,
                )
                if count
                else False
            )

    def _ar_before_write(self, vals):
        # EXTENDS res.company: say how many customers have not accepted the terms
        # before their orders are blocked
        if vals.get("ar_gate") in ("warn", "block"):
            vals = dict(vals)
            for company in self:
                company._ar_turn_gate_on(vals)
        return super()._ar_before_write(vals)

    def _ar_turn_gate_on(self, vals):
        today = self._ar_today()
        grace = fields.Date.to_date(vals.get("ar_gate_grace", self.ar_gate_grace))
        if self.ar_gate == "off":
            vals.setdefault("ar_gate_since", fields.Datetime.now())
        if vals["ar_gate"] != "block" or self.ar_gate == "block":
            return
        count = self._ar_unsigned_count()
        if count and not (grace and grace >= today):
            raise RedirectWarning(
                self.env._(
                    "%(count)s customers have not accepted your terms of payment yet: "
                    "their orders on credit would be blocked immediately. Enter a date "
                    "until which existing customers may continue, for example %(day)s, "
                    "and ask them to accept in the meantime.",
                    count=count,
                    day=format_date(self.env, self._ar_gate_grace_proposal()),
                ),
                self.env.ref("ar_followup_plus.ar_debtor_action_unsigned").id,
                self.env._("Show these customers"),
            )

    def _ar_gate_grace_proposal(self):
        """Propose the day until which existing customers need not accept the terms."""
        return self._ar_today() + timedelta(days=GRACE_DAYS)

    def _ar_today_sql(self):
        """Return SQL for ``(id, day)``: today in each company's time zone.

        The same day as :meth:`_ar_today`, for callers that need it within a statement.
        """
        self.env["res.company"].flush_model(
            ["ar_calendar_id", "resource_calendar_id", "partner_id"]
        )
        self.env["resource.calendar"].flush_model(["tz"])
        self.env["res.partner"].flush_model(["tz"])
        return SQL(
            """SELECT c.id, (%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE
                             COALESCE(cal.tz, p.tz, 'UTC'))::date AS day
                 FROM res_company c
                 JOIN res_partner p ON p.id = c.partner_id
                 LEFT JOIN resource_calendar cal
                   ON cal.id = COALESCE(c.ar_calendar_id, c.resource_calendar_id)
                WHERE c.id = ANY(%s)""",
            fields.Datetime.now(),
            self.ids,
        )

    def _ar_unsigned_count(self):
        """Return how many customers have not accepted the required terms."""
        self.ensure_one()
        # sudo: an administrator who sets this may not be a collector; returns only a
        # number
        return (
            self.env["ar.debtor"]
            .sudo()
            .search_count(
                [("company_id", "=", self._origin.id), ("needs_policy", "=", True)]
            )
        )

    def _ar_hold(self):
        """Return the rule of the credit hold for the engine."""
        company = self.sudo()
        return Rule(
            company.ar_hold_rule,
            company.ar_hold_amount,
            company.ar_hold_days,
            company.ar_hold_notice_days,
        )
