"""Promises, payment plans and reduced settlements: one model."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ...engine.agreement import (
    Installment,
    Terms,
    allocate,
    deadline,
    paid_of,
    shortened,
    states,
)
from ..customer.ar_debtor import LATE_REASON_SELECTION
from ..ledger.money import IS_MONEY, SINCE_AGREED
from ..notice.waiting_notices import WaitingNotices
from ..signature.ar_guarded import Event

KIND_SELECTION = [
    ("promise", "Promise"),
    ("plan", "Payment plan"),
    ("settlement", "Settlement (partial write-off)"),
]
STATE_SELECTION = [
    ("draft", "Proposed"),
    ("offered", "Waiting for the signature"),
    ("active", "Running"),
    ("kept", "Kept"),
    ("partly", "Kept in part"),
    ("broken", "Not kept"),
    ("cancelled", "Cancelled"),
]
#: The kind of hold in each state, by kind: a key of the field ``hold`` of lines.
HOLDS = {"promise": "promised", "plan": "planned", "settlement": "planned"}
#: Defaults of a plan: number of installments, and days until the first one.
USUAL_PARTS, FIRST_DAYS = 3, 14


class ArPaymentPlan(models.Model):
    """Agreed dates and amounts for debts that exist; a promise has one date.

    The paid amount comes from the ledger: an item's open amount at the start less its
    open amount now, however the money arrived. Changes that are not money adjust the
    amount at the start (see :meth:`ArPaymentPlanLine._move_start`). Nothing is stored
    on entries.
    """

    _name = "ar.payment.plan"
    _inherit = ["ar.signed"]
    _description = "Promise or Payment Plan"
    _order = "id desc"
    _rec_names_search = ["number", "debtor_id.partner_id.complete_name"]
    _check_company_auto = True
    _ar_events = (
        Event(
            "signed",
            [("signed_at", "!=", False)],
            (
                "debtor_id",
                "number",
                "kind",
                "agreement_id",
                "signer_name",
                "signer_function",
                "signer_email",
                "signed_at",
                "signer_proof",
                "signature",
                "signed_sha256",
                "signed_document_id",
                "signed_document_sha256",
            ),
        ),
    )

    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", string="Agreed by", readonly=True)
    number = fields.Char(readonly=True, copy=False)
    kind = fields.Selection(KIND_SELECTION, required=True, readonly=True)
    state = fields.Selection(
        STATE_SELECTION, required=True, readonly=True, default="draft"
    )
    source = fields.Selection(
        [
            ("collector", "Collector"),
            ("call", "Call or visit"),
            ("customer", "Customer"),
        ],
        required=True,
        readonly=True,
        default="collector",
    )
    late_reason = fields.Selection(
        LATE_REASON_SELECTION, string="Why they pay late", readonly=True
    )
    note = fields.Text(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many(
        "ar.payment.plan.line", "plan_id", string="Items", readonly=True
    )
    installment_ids = fields.One2many(
        "ar.payment.plan.installment", "plan_id", string="Installments", readonly=True
    )
    supersedes_id = fields.Many2one(
        "ar.payment.plan", string="Replaces", readonly=True, ondelete="restrict"
    )

    # The agreed terms
    cheque = fields.Boolean(
        string="Cheque is in the post", readonly=True, help="Post takes longer."
    )
    grace_days = fields.Integer(
        string="Grace (working days)",
        readonly=True,
        help="Working days after its date in which a payment still counts as on time.",
    )
    cure_days = fields.Integer(
        string="Days to make up a missed payment",
        readonly=True,
        help="Days after the message about a missed installment in which it can still "
        "be paid before the plan ends.",
    )
    covenant = fields.Boolean(
        string="New invoices are paid on time",
        readonly=True,
        help="Agreed beside the plan. A plan never ends for this alone.",
    )
    charges = fields.Selection(
        [("frozen", "Suspended while the plan is kept"), ("running", "Go on")],
        string="Late charges",
        required=True,
        readonly=True,
        default="frozen",
    )
    charges_back = fields.Boolean(
        string="Reinstate late charges if the plan fails",
        readonly=True,
        help="If it is not kept, late charges count as if they had never stood still.",
    )

    # The result
    start_on = fields.Date(string="Since", readonly=True, copy=False)
    offer_until = fields.Date(string="Can be accepted until", readonly=True)
    cure_until = fields.Date(
        string="Can still be paid until", readonly=True, copy=False
    )
    closed_on = fields.Date(readonly=True, copy=False)
    is_lapsed = fields.Boolean(
        readonly=True,
        copy=False,
        help="Proposed, and ended without being agreed on or refused.",
    )
    close_note = fields.Char(string="Why it ended", readonly=True, copy=False)
    last_date = fields.Date(
        string="Last date", compute="_compute_last_date", store=True, readonly=True
    )
    amount = fields.Monetary(
        string="Agreed", compute="_compute_amount", store=True, readonly=True
    )
    amount_items = fields.Monetary(string="Debt covered", compute="_compute_paid")
    amount_paid = fields.Monetary(string="Paid", compute="_compute_paid")
    amount_open = fields.Monetary(string="Still to pay", compute="_compute_paid")

    _running_idx = models.Index("(company_id, state) WHERE closed_on IS NULL")
    _ended_idx = models.Index("(company_id, closed_on) WHERE closed_on IS NOT NULL")

    # === COMPUTE METHODS === #

    @api.depends("kind", "number", "last_date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for plan in self:
            plan.display_name = f"{kinds.get(plan.kind, '')} {plan._what()}".strip()

    def _what(self):
        if self.number:
            return self.number
        return format_date(self.env, self.last_date) if self.last_date else ""

    @api.depends("installment_ids.date")
    def _compute_last_date(self):
        for plan in self:
            plan.last_date = max(plan.installment_ids.mapped("date"), default=False)

    @api.depends("installment_ids.amount")
    def _compute_amount(self):
        for plan in self:
            plan.amount = sum(plan.installment_ids.mapped("amount"))

    @api.depends("line_ids.amount", "line_ids.amount_paid", "line_ids.is_left")
    def _compute_paid(self):
        for plan in self:
            lines = plan.line_ids.filtered(lambda line: not line.is_left)
            plan.amount_items = sum(lines.mapped("amount"))
            plan.amount_paid = sum(lines.mapped("amount_paid"))
            plan.amount_open = max(plan.amount - plan.amount_paid, 0)

    # === THE ENGINE'S VALUES === #

    def _minor(self, amount):
        """Return an amount in minor units of the plan's currency."""
        return round(amount * 10**self.currency_id.decimal_places)

    def _terms(self):
        """Return the agreed terms for the engine.

        :rtype: engine.agreement.Terms
        """
        self.ensure_one()
        parts = self.installment_ids.sorted(lambda p: (p.date, p.id))
        amounts = shortened(
            [self._minor(part.amount) for part in parts], self._credited()
        )
        return Terms(
            kind=self.kind,
            installments=tuple(
                Installment(part.date, amount, bool(part.missed_on))
                for part, amount in zip(parts, amounts, strict=True)
            ),
            grace_days=self.grace_days,
            small_percent=self.company_id.sudo().ar_small_percent,
            cure_until=self.cure_until or None,
        )

    # === REPLACING === #

    def _check_replaced(self, debtor):
        """Check that the caller may replace these plans with another one of a customer.

        :raise AccessError: for a plan that the caller may not read
        :raise ValidationError: for a plan of another customer, or one that is not
            running
        """
        self.check_access("read")
        if any(plan.debtor_id != debtor or plan.state != "active" for plan in self):
            raise ValidationError(
                self.env._("Only a running plan of the same customer can be replaced.")
            )

    @api.constrains("supersedes_id")
    def _check_supersedes(self):
        for plan in self:
            if plan.supersedes_id and plan.supersedes_id.debtor_id != plan.debtor_id:
                raise ValidationError(
                    self.env._("A plan replaces only a plan of the same customer.")
                )

    def _credited(self):
        """Return the amount neither paid nor open any more, in minor units.

        A credit note removed it: it cannot be late.
        """
        if self.closed_on or not self.start_on:
            return 0
        lines = self.line_ids.filtered("move_line_id")
        still = sum(
            min(max(line.move_line_id.sudo().amount_residual_currency, 0), line.amount)
            for line in lines.filtered(lambda line: not line.is_left)
        )
        return max(self._minor(self.amount - self.amount_paid - still), 0)

    # === STATE === #

    def _hold(self):
        """Hold the items for an agreement, or a proposal of the customer."""
        for plan in self:
            old = plan.supersedes_id
            if plan.state != "active" and old and not old.closed_on:
                continue  # the plan that it will replace holds them
            lines = plan.line_ids.filtered(lambda line: not line.is_left)
            if plan.state == "draft":
                vals = {"hold": "waiting", "until": plan.offer_until}
            elif plan.state == "offered":
                vals = {"hold": "planned", "until": plan.offer_until}
            else:
                vals = {"hold": HOLDS[plan.kind], "until": plan._held_until()}
            lines._forget_others()
            lines.write({"active": True, "again_on": False, "at_once": False, **vals})
        WaitingNotices(self.debtor_id).make_anew()
        self.debtor_id.sudo().planned_for = False

    def _held_until(self):
        """Return the last day on which a promise is in time; a plan has none."""
        self.ensure_one()
        return False if self.kind == "plan" else self._deadline()

    def _deadline(self):
        """Return the last day on which the last payment is in time."""
        calendar = self.company_id._ar_calendar()
        return deadline(self.last_date, self.grace_days, calendar)

    def _let_go(self):
        """Release the items."""
        self.line_ids.write({"active": False, "hold": False, "until": False})
        self.line_ids.flush_recordset()  # others may hold the items immediately
        self.debtor_id.sudo().planned_for = False

    def _close(self, state, note=None):
        """End the agreement; the amount paid so far is kept."""
        today = {plan: plan.company_id._ar_today() for plan in self}
        for line in self.line_ids:
            line.amount_end = line.amount_paid
        self._let_go()
        self.debtor_id._ar_activity_over(self)
        for plan in self:
            plan.write(
                {
                    "state": state,
                    "closed_on": today[plan],
                    "close_note": note,
                    "cure_until": False,
                    "message_due": False,
                }
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Agreements are evidence and cannot be deleted: cancel it with a "
                "reason."
            )
        )


class ArPaymentPlanLine(models.Model):
    """One open item in a promise or plan, as it was at the start.

    ``active``: it holds the item now; an item has up to one such line. After its end,
    the latest line determines when the item is asked for again.
    """

    _name = "ar.payment.plan.line"
    _description = "Item of a Payment Plan"
    _log_access = False
    _order = "date_due, id"
    _rec_name = "move_name"

    plan_id = fields.Many2one(
        "ar.payment.plan", required=True, index=True, ondelete="cascade", readonly=True
    )
    # Collectors may not read journal items: the values they need are copied
    move_line_id = fields.Many2one(
        "account.move.line", ondelete="set null", index=True, readonly=True
    )
    move_id = fields.Many2one(
        "account.move", ondelete="set null", index="btree_not_null", readonly=True
    )
    move_name = fields.Char(string="Number", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    amount_start = fields.Monetary(
        string="Open at the start",
        readonly=True,
        help="Of the whole item. Credit notes, corrections and payments that are matched "
        "elsewhere move it: they are no payment of what was agreed.",
    )
    amount = fields.Monetary(
        string="Covered", readonly=True, help="What is promised or on the plan of it."
    )
    matched_before = fields.Json(
        readonly=True,
        copy=False,
        help="What was matched with the item when this was agreed, by journal item: "
        "money that is matched again later is not paid a second time.",
    )
    amount_end = fields.Monetary(string="Paid at the end", readonly=True)
    amount_paid = fields.Monetary(
        string="Paid", compute="_compute_amount_paid", compute_sudo=True
    )
    active = fields.Boolean(readonly=True)
    hold = fields.Selection(
        [
            ("promised", "Promised"),
            ("planned", "On a plan"),
            ("waiting", "Waiting for our answer"),
        ],
        readonly=True,
    )
    until = fields.Date(
        string="On hold until",
        readonly=True,
        help="The last day. Empty: until it ends.",
    )
    again_on = fields.Date(string="Demanded again on", readonly=True)
    at_once = fields.Boolean(string="Demanded in the next run", readonly=True)
    at_once_on = fields.Date(readonly=True)
    is_left = fields.Boolean(
        string="No longer part of it",
        readonly=True,
        help="The invoice was changed or cancelled.",
    )

    _once = models.UniqueIndex(
        "(move_line_id) WHERE active",
        "Something is promised or on a plan for this item already.",
    )
    _latest = models.UniqueIndex(
        "(move_line_id) WHERE active OR at_once OR again_on IS NOT NULL",
        "Something is promised or on a plan for this item already.",
    )

    @api.model
    def _post_model_setup__(self):
        """List ended lines too: ``active`` is not Odoo's archive flag here."""
        result = super()._post_model_setup__()
        self.pool[self._name]._active_name = None
        return result

    @api.depends(
        "amount",
        "amount_start",
        "amount_end",
        "plan_id.closed_on",
        "plan_id.start_on",
        "move_line_id.amount_residual_currency",
    )
    def _compute_amount_paid(self):
        for line in self:
            if line.plan_id.closed_on:
                line.amount_paid = line.amount_end
            else:
                line.amount_paid = line._paid_now() if line.plan_id.start_on else 0

    def _paid_now(self):
        """Return the amount paid since the start, by the current ledger."""
        self.ensure_one()
        if not self.move_line_id or self.is_left:
            return 0
        residual = self.move_line_id.amount_residual_currency
        return self.currency_id.round(paid_of(self.amount, self.amount_start, residual))

    def _money(self, until=None):
        """Return the money that arrived for items since the agreement.

        Money is defined by :data:`IS_MONEY`. Money that was matched with the item
        before the agreement, and is matched with it again, does not count.

        :param datetime.date until: count entries up to this day; None: all
        :return: ``{id of the line: amount in the line's currency}``
        """
        if not self:
            return {}
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        self.flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT pl.id, sum(%(paid)s)
                         FROM ar_payment_plan_line pl
                         JOIN account_partial_reconcile r
                           ON r.debit_move_id = pl.move_line_id
                         JOIN account_move_line c ON c.id = r.credit_move_id
                         JOIN account_move cm ON cm.id = c.move_id
                        WHERE pl.id IN %(ids)s
                          AND COALESCE(c.date <= %(until)s::date, TRUE)
                          AND %(money)s
                        GROUP BY pl.id""",
                    ids=self._ids,
                    until=until,
                    money=IS_MONEY,
                    paid=SINCE_AGREED,
                )
            )
        )

    def _move_start(self):
        """Adjust the amount at the start by corrections: only money counts as paid.

        The agreement is about money for these items since that day. A credit note, a
        changed invoice, or an older payment that is matched elsewhere changes the open
        amount, but is neither a payment nor part of the agreement.
        """
        money = self._money()
        for line in self.filtered("move_line_id"):
            residual = line.move_line_id.amount_residual_currency
            start = residual + float(money.get(line.id, 0))
            if line.currency_id.compare_amounts(start, line.amount_start):
                line.amount_start = line.currency_id.round(start)

    def _forget_others(self):
        """Make these lines the only ones that determine the hold of their items."""
        others = self.search(
            [
                ("move_line_id", "in", self.move_line_id.ids),
                ("id", "not in", self.ids),
                ("active", "=", False),
                "|",
                ("at_once", "=", True),
                ("again_on", "!=", False),
            ]
        )
        others.write({"at_once": False, "again_on": False})
        others.flush_recordset()


class ArPaymentPlanInstallment(models.Model):
    """One agreed date and amount; the paid amount comes from the ledger."""

    _name = "ar.payment.plan.installment"
    _description = "Installment of a Payment Plan"
    _log_access = False
    _order = "date, id"
    _rec_name = "date"

    plan_id = fields.Many2one(
        "ar.payment.plan", required=True, index=True, ondelete="cascade", readonly=True
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    amount_paid = fields.Monetary(string="Paid", compute="_compute_paid")
    amount_open = fields.Monetary(string="Still to pay", compute="_compute_paid")
    state = fields.Selection(
        [
            ("open", "To come"),
            ("partly", "Paid in part"),
            ("paid", "Paid"),
            ("late", "Late"),
        ],
        compute="_compute_paid",
    )
    missed_on = fields.Date(
        string="Missed on", readonly=True, help="When the customer was told so."
    )
    reminded_on = fields.Date(string="Reminded on", readonly=True)

    @api.depends("amount", "date", "plan_id.amount_paid", "plan_id.closed_on")
    def _compute_paid(self):
        for plan, mine in self.grouped("plan_id").items():
            parts = plan.installment_ids.sorted(lambda p: (p.date, p.id))
            scale = 10**plan.currency_id.decimal_places
            terms = plan._terms()
            paid = plan._minor(plan.amount_paid)
            day = plan.closed_on or plan.company_id._ar_today()
            amounts = [part.amount for part in terms.installments]
            paids = allocate(amounts, paid)
            calendar = plan.company_id._ar_calendar()
            found = states(terms, paid, day, calendar)
            by_id = {
                part.id: values
                for part, values in zip(
                    parts, zip(paids, amounts, found, strict=True), strict=True
                )
            }
            for part in mine:
                minor, owed, state = by_id.get(
                    part.id, (0, plan._minor(part.amount), "open")
                )
                part.amount_paid = minor / scale
                part.amount_open = owed / scale - part.amount_paid
                part.state = state
