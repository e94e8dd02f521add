"""Decisions on late charges: posted or waived, for an item and some days."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from .ar_late_charge_scheme import STOPS_CHARGES


class ArLateCharge(models.Model):
    """A decision on the charges of one item for some days: posted, waived, or both.

    Each day is charged once: the next decision begins on the day after the last one.
    """

    _name = "ar.late.charge"
    _description = "Late Charge"
    _order = "id desc"
    _rec_name = "move_name"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    # Copied from the item, because journal items can be deleted
    move_line_id = fields.Many2one(
        "account.move.line", readonly=True, ondelete="set null", index=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        required=True,
        ondelete="restrict",
        index=True,
    )
    move_name = fields.Char(string="For invoice", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    amount_fixed = fields.Monetary(
        string="Fixed sum", readonly=True, required=True, default=0
    )
    amount_posted = fields.Monetary(
        string="Charged", readonly=True, required=True, default=0
    )
    amount_waived = fields.Monetary(
        string="Waived", readonly=True, required=True, default=0
    )
    calculation = fields.Json(readonly=True, help="The lines of the calculation.")
    reason = fields.Char(string="Why waived", readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    note_id = fields.Many2one(
        "account.move",
        string="Invoice for the charges",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    credit_id = fields.Many2one(
        "account.move",
        string="Credit note for the charges",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Proposed because what was charged turned out too high.",
    )
    # Proposed once: deleting the draft rejects the proposal
    amount_credited = fields.Monetary(
        string="Proposed as a credit", readonly=True, required=True, default=0
    )
    note_name = fields.Char(string="Charged with", compute="_compute_note_name")
    active = fields.Boolean(
        default=True,
        readonly=True,
        help="An invoice for charges that was cancelled counts no more.",
    )

    _days_once = models.UniqueIndex(
        "(move_line_id, date_from) WHERE active AND move_line_id IS NOT NULL",
        "These days were charged or waived meanwhile: look again.",
    )
    _amounts = models.Constraint(
        "CHECK (amount_posted >= 0 AND amount_waived >= 0 AND amount_fixed >= 0)",
        "Late charges cannot be negative.",
    )
    _days = models.Constraint(
        "CHECK (date_to >= date_from)", "The days of a charge end before they begin."
    )
    _waived_why = models.Constraint(
        "CHECK (amount_waived = 0 OR reason <> '')",
        "Say why charges are waived: colleagues will ask.",
    )

    @api.depends("note_id")
    def _compute_note_name(self):
        # sudo: collectors may not read invoices
        for charge in self:
            charge.note_name = charge.sudo().note_id.name

    @api.model
    def _charged_companies(self):
        """Return the root companies that charged something, as superuser."""
        groups = self.sudo()._read_group([("amount_posted", ">", 0)], ["company_id"])
        return self.env["res.company"].concat(*(company for (company,) in groups))

    def write(self, vals):
        """Refuse to change a decision.

        :raise AccessError: always, except for our own methods, which use sudo
        """
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "What was charged or waived cannot be edited: cancel the invoice "
                    "for the charges, or waive what comes next."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ever(self):
        raise UserError(self.env._("Late-charge history cannot be deleted."))


class ArLateChargePause(models.Model):
    """Days on which a customer's debts bear no interest."""

    _name = "ar.late.charge.pause"
    _description = "Interest-Free Period"
    _order = "date_from desc, id desc"
    _rec_name = "reason"

    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="debtor_id.company_id", store=True, index=True, readonly=True
    )
    date_from = fields.Date(string="From", required=True, default=fields.Date.today)
    date_to = fields.Date(string="To", help="Empty: until further notice.")
    reason = fields.Char(required=True)
    by_stop = fields.Boolean(string="Contact stop", readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_days(self):
        for pause in self:
            if pause.date_to and pause.date_to < pause.date_from:
                raise ValidationError(
                    self.env._(
                        "An interest-free period cannot end on %(last)s before it "
                        "begins on %(first)s.",
                        first=format_date(self.env, pause.date_from),
                        last=format_date(self.env, pause.date_to),
                    )
                )

    @api.model
    def _follow_stop(self, debtors):
        """Open, move or end the days without charges as the contact stop says."""
        Pause = self.sudo()
        known = Pause.search([("debtor_id", "in", debtors.ids), ("by_stop", "=", True)])
        reasons = dict(debtors._fields["stop_reason"]._description_selection(self.env))
        for debtor in debtors:
            today = debtor.company_id._ar_today()
            running = known.filtered(
                lambda pause, d=debtor, day=today: (
                    pause.debtor_id == d and (not pause.date_to or pause.date_to >= day)
                )
            )
            if debtor.stop_reason in STOPS_CHARGES:
                values = {
                    "date_to": debtor.stop_until,
                    "reason": reasons[debtor.stop_reason],
                }
                if running:
                    running.write(values)
                else:
                    Pause.create(
                        {
                            "debtor_id": debtor.id,
                            "date_from": debtor.stop_from or today,
                            "by_stop": True,
                            **values,
                        }
                    )
            else:
                for pause in running:
                    pause.date_to = max(today, pause.date_from)
