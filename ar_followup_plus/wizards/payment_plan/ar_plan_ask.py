from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...models.customer.ar_debtor import LATE_REASON_SELECTION
from ...models.payment_plan.agreement import Agreement
from ...models.payment_plan.ar_payment_plan import KIND_SELECTION, USUAL_PARTS

#: Most items offered, oldest due first.
SHOWN = 200
RHYTHM_SELECTION = [
    ("week", "Every week"),
    ("two_weeks", "Every two weeks"),
    ("month", "Every month"),
    ("month_end", "At the end of each month"),
    ("own", "Own dates and amounts"),
]


class ArPlanAsk(models.TransientModel):
    """Ask for the terms of an agreement, and preview its installments."""

    _name = "ar.plan.ask"
    _inherit = ["ar.wizard"]
    _description = "Promise or Payment Plan"

    debtor_id = fields.Many2one("ar.debtor", string="Customer", required=True)
    kind = fields.Selection(KIND_SELECTION, required=True, default="plan")
    supersedes_id = fields.Many2one("ar.payment.plan", string="Replaces")
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        compute_sudo=False,
        readonly=False,
        precompute=True,
        required=True,
    )
    currency_ids = fields.Many2many(
        "res.currency", string="Currencies", compute="_compute_currency_ids"
    )
    line_ids = fields.One2many(
        "ar.plan.ask.line",
        "ask_id",
        string="Items",
        compute="_compute_line_ids",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    total = fields.Monetary(string="Debt covered", compute="_compute_total")
    # A promise or a reduced settlement
    date = fields.Date(string="Will be paid on")
    amount = fields.Monetary(help="Empty or 0: all of it.")
    cheque = fields.Boolean(string="Cheque is in the post")
    no_cheques = fields.Boolean(related="debtor_id.no_cheques", related_sudo=False)
    # A plan
    rhythm = fields.Selection(
        RHYTHM_SELECTION, string="Frequency", default="month", required=True
    )
    count = fields.Integer(string="Installments", default=USUAL_PARTS)
    first_on = fields.Date(string="First payment")
    down = fields.Monetary(string="Down payment")
    down_on = fields.Date(string="Down payment on")
    part_ids = fields.One2many(
        "ar.plan.ask.part",
        "ask_id",
        string="Dates and amounts",
        compute="_compute_part_ids",
        store=True,
        compute_sudo=False,
        readonly=False,
    )
    parts_note = fields.Char(compute="_compute_parts_note")
    covenant = fields.Boolean(string="New invoices are paid on time", default=True)
    charges = fields.Selection(
        [("frozen", "Suspended while the plan is kept"), ("running", "Go on")],
        string="Late charges",
        default="frozen",
        required=True,
    )
    charges_back = fields.Boolean(
        string="Reinstate late charges if the plan fails",
        help="If it is not kept, late charges count as if they had never stood still.",
    )
    is_consumer = fields.Boolean(compute="_compute_is_consumer")
    offer_until = fields.Date(string="Can be accepted until")
    late_reason = fields.Selection(LATE_REASON_SELECTION, string="Why they pay late")
    note = fields.Text()

    # === COMPUTE METHODS === #

    def _items(self):
        """Return the items available: open, not excluded, not agreed on yet."""
        items = self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor_id.id),
                ("amount_residual_currency", ">", 0),
                ("is_excluded", "=", False),
                ("is_handed_over", "=", False),
                ("is_broken", "=", False),
            ],
            limit=SHOWN,
        )
        mine = self.supersedes_id.sudo().line_ids.move_line_id.ids
        return items.filtered(
            lambda item: (
                item.amount_residual_currency > item.amount_disputed
                and (
                    item.id in mine or not (item.amount_promised or item.amount_planned)
                )
            )
        )

    @api.depends("debtor_id", "supersedes_id")
    def _compute_currency_ids(self):
        for ask in self:
            ask.currency_ids = ask._items().currency_id

    @api.depends("debtor_id")
    def _compute_currency_id(self):
        for ask in self:
            own = ask.debtor_id.company_id.currency_id
            found = ask._items().currency_id
            ask.currency_id = own if own in found else found[:1] or own

    @api.depends("debtor_id", "currency_id", "supersedes_id")
    def _compute_line_ids(self):
        for ask in self:
            mine = ask.supersedes_id.sudo().line_ids.move_line_id.ids
            ask.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "item": item.id,
                        "chosen": item.id in mine if mine else item.days_overdue > 0,
                        "number": item.move_name,
                        "due_date": item.due_date,
                        "days_overdue": max(item.days_overdue, 0),
                        "amount": item.amount_residual_currency - item.amount_disputed,
                    }
                )
                for item in ask._items()
                if item.currency_id == ask.currency_id
            ]

    @api.depends("line_ids.chosen", "line_ids.amount")
    def _compute_total(self):
        for ask in self:
            ask.total = sum(ask.line_ids.filtered("chosen").mapped("amount"))

    @api.depends("debtor_id.kind")
    def _compute_is_consumer(self):
        for ask in self:
            ask.is_consumer = ask.debtor_id.kind == "consumer"

    @api.depends("kind", "rhythm", "count", "first_on", "down", "down_on", "total")
    def _compute_part_ids(self):
        """Show the installments; custom dates and amounts stay as typed."""
        for ask in self:
            if ask.kind != "plan" or ask.rhythm == "own" or not ask.debtor_id:
                continue
            try:
                parts = Agreement(ask.debtor_id).equal_installments(
                    ask.currency_id, ask.total, ask._rhythm_values()
                )
            except ValidationError:
                parts = []
            ask.part_ids = [Command.clear()] + [
                Command.create({"date": day, "amount": amount}) for day, amount in parts
            ]

    @api.depends("part_ids.date", "part_ids.amount", "total", "kind")
    def _compute_parts_note(self):
        for ask in self:
            ask.parts_note = False
            if ask.kind != "plan" or not ask.total:
                continue
            money = ask.currency_id.format
            agreed = sum(ask.part_ids.mapped("amount"))
            rest = ask.currency_id.round(ask.total - agreed)
            if not ask.part_ids:
                ask.parts_note = self.env._(
                    "Choose how many installments %(total)s is paid in.",
                    total=money(ask.total),
                )
            elif rest:
                ask.parts_note = self.env._(
                    "%(rest)s of %(total)s is in no installment yet.",
                    rest=money(rest),
                    total=money(ask.total),
                )
            else:
                last = max(filter(None, ask.part_ids.mapped("date")), default=None)
                ask.parts_note = self.env._(
                    "%(total)s will be paid off by %(day)s.",
                    total=money(ask.total),
                    day=format_date(self.env, last) if last else "",
                )

    def _rhythm_values(self):
        return {
            "count": self.count,
            "first_on": self.first_on,
            "rhythm": self.rhythm,
            "down": self.down,
            "down_on": self.down_on,
        }

    # === ACTIONS === #

    def action_apply(self):
        """Take the promise, or offer the plan; above the limits ask a manager."""
        self.ensure_one()
        debtor = self.debtor_id
        chosen = self.line_ids.filtered("chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one item."))
        items = self.env["ar.open.item"].browse(chosen.mapped("item"))
        if self.kind == "promise":
            plan = Agreement(debtor).promise(
                items,
                self.date,
                self.amount or None,
                self.late_reason or None,
                cheque=self.cheque,
            )
            return plan._action_open()
        values = {
            "kind": self.kind,
            "covenant": self.covenant,
            "charges": self.charges,
            "charges_back": self.charges == "frozen" and self.charges_back,
            "offer_until": self.offer_until,
            "late_reason": self.late_reason,
            "note": self.note,
            "supersedes_id": self.supersedes_id.id,
        }
        if self.kind == "settlement":
            values.update(date=self.date, amount=self.amount)
        else:
            values["installments"] = [
                (part.date, part.amount) for part in self.part_ids
            ]
        plan = Agreement(debtor).propose(items, values)
        plan.action_offer()
        return plan._action_open()


class ArPlanAskLine(models.TransientModel):
    """One item that can be agreed on."""

    _name = "ar.plan.ask.line"
    _inherit = ["ar.wizard"]
    _description = "Item to Agree on"

    ask_id = fields.Many2one("ar.plan.ask", required=True, ondelete="cascade")
    chosen = fields.Boolean(string="Covered")
    # By id, because the item is a row of a view
    item = fields.Integer()
    number = fields.Char()
    due_date = fields.Date()
    days_overdue = fields.Integer(string="Days late")
    currency_id = fields.Many2one(related="ask_id.currency_id")
    amount = fields.Monetary(string="Open")


class ArPlanAskPart(models.TransientModel):
    """One date and amount."""

    _name = "ar.plan.ask.part"
    _inherit = ["ar.wizard"]
    _description = "Installment to Agree on"
    _order = "date, id"

    ask_id = fields.Many2one("ar.plan.ask", required=True, ondelete="cascade")
    date = fields.Date(required=True)
    currency_id = fields.Many2one(related="ask_id.currency_id")
    amount = fields.Monetary()


class ArPlanCancel(models.TransientModel):
    """Ask why a promise or plan ends."""

    _name = "ar.plan.cancel"
    _inherit = ["ar.wizard"]
    _description = "Cancel a Promise or Plan"

    plan_id = fields.Many2one("ar.payment.plan", required=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        """Cancel it."""
        self.ensure_one()
        self.plan_id.cancel(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
