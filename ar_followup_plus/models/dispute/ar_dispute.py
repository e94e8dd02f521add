from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools.picture_size import check_pictures
from ..signature.ar_guarded import Event

#: Nobody has answered yet.
OPEN_STATES = ("open", "in_progress")
STATE_SELECTION = [
    ("open", "Open"),
    ("in_progress", "Being looked into"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
]
SOURCE_SELECTION = [
    ("customer", "Customer"),
    ("collector", "Collector"),
    ("call", "Call"),
]
#: Working days without messages about the same invoice.
QUIET_DAYS = 5
#: Working days for which the undisputed rest is held once our answer is late ("Our
#: turn").
REST_DAYS = 10
#: Fields that users may write; the others are changed by buttons only.
PEOPLES_FIELDS = frozenset({"owner_id", "reason_id"})


class ArDispute(models.Model):
    """A customer disputes an invoice, or a part of it: that part is not asked for.

    It has an owner, who answers by a deadline. The customer can still pay.
    """

    _name = "ar.dispute"
    _description = "Dispute"
    _inherit = ["ar.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "deadline, id"
    _rec_names_search = ["move_name", "debtor_id.partner_id.complete_name"]
    _mail_post_access = "read"
    _ar_events = (
        Event(
            "opened",
            [],
            (
                "debtor_id",
                "move_name",
                "currency_id",
                "text",
                "source",
                "opened_on",
                "file_sums",
            ),
            (("ar_dispute_line", "dispute_id", ("amount",)),),
        ),
        Event(
            "closed",
            [("closed_on", "!=", False)],
            ("state", "closed_on", "answer", "amount_accepted", "pay_by"),
        ),
    )

    move_name = fields.Char(string="Number", readonly=True)
    debtor_id = fields.Many2one(
        "ar.debtor",
        string="Customer's receivables",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="debtor_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    # An invoice that was never sent may be deleted; its dispute is kept
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    line_ids = fields.One2many("ar.dispute.line", "dispute_id", readonly=True)
    amount = fields.Monetary(
        string="Disputed", compute="_compute_amount", store=True, aggregator="sum"
    )
    amount_company = fields.Monetary(
        string="In company currency",
        currency_field="company_currency_id",
        readonly=True,
        help="At the rate of the day on which it was opened, for charts.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    amount_open = fields.Monetary(
        string="Still open",
        compute="_compute_amount_open",
        help="What counts now: never more than is open.",
    )
    # The lines chosen by the customer: the credit note has only these
    invoice_line_ids = fields.Many2many(
        "account.move.line",
        "ar_dispute_invoice_line_rel",
        string="Lines of the invoice",
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    reason_id = fields.Many2one(
        "ar.dispute.reason",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    text = fields.Text(
        string="Reported by the customer",
        readonly=True,
        help="As it was said when the dispute was opened. What the customer corrects "
        "later is a note.",
    )
    source = fields.Selection(
        SOURCE_SELECTION, string="Came from", required=True, readonly=True
    )
    state = fields.Selection(
        STATE_SELECTION,
        required=True,
        readonly=True,
        default="open",
        tracking=True,
        group_expand=True,
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Who answers",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
    )
    opened_on = fields.Date(required=True, readonly=True)
    deadline = fields.Date(
        string="Answer by", required=True, readonly=True, tracking=True
    )
    quiet_until = fields.Date(readonly=True)
    rest_until = fields.Date(readonly=True)
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    reminded_on = fields.Date(readonly=True)
    escalated_on = fields.Date(string="Credit manager told on", readonly=True)

    has_credit = fields.Boolean(compute="_compute_has_credit", compute_sudo=True)

    # The result
    closed_on = fields.Date(readonly=True)
    days_open = fields.Integer(
        compute="_compute_days_open", store=True, aggregator="avg"
    )
    amount_accepted = fields.Monetary(string="Accepted", readonly=True)
    answer = fields.Text(string="Our answer", readonly=True)
    pay_by = fields.Date(string="Pay by", readonly=True)
    credit_move_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    new_move_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _open_idx = models.Index("(deadline) WHERE state IN ('open', 'in_progress')")

    # === COMPUTE METHODS === #

    @api.depends("move_name", "reason_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for dispute in self:
            parts = (dispute.move_name, dispute.reason_id.name)
            dispute.display_name = ": ".join(filter(None, parts))

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for dispute in self:
            dispute.amount = sum(dispute.line_ids.mapped("amount"))

    @api.depends("state", "line_ids.amount")
    def _compute_amount_open(self):
        # sudo: collectors may not read journal items; they see the dispute
        rows = self._effective_rows(self.sudo().move_id.ids)
        sums = {}
        for _line, amount, dispute_id in rows:
            sums[dispute_id] = sums.get(dispute_id, 0.0) + float(amount)
        for dispute in self:
            dispute.amount_open = sums.get(dispute._origin.id, 0.0)

    @api.model
    @api.private
    def _effective_rows(self, move_ids):
        """Return the effective amount of each line of open disputes of invoices.

        The open amount is allocated to the disputes of an item, oldest first: a payment
        reduces the newest one first.

        :return: rows of (line id, amount, dispute id)
        """
        if not move_ids:
            return []
        self.flush_model(["state", "move_id"])
        self.env["ar.dispute.line"].flush_model()
        names = ["amount_residual_currency", "parent_state", "reconciled"]
        self.env["account.move.line"].flush_model(names)
        self.env["account.move"].flush_model(["amount_residual", "state"])
        return self.env.execute_query(
            SQL(
                """SELECT x.id, GREATEST(LEAST(x.amount, x.open - x.before), 0),
                          x.dispute_id
                     FROM (
                         SELECT dl.id, dl.amount, dl.dispute_id,
                                sum(dl.amount) OVER (
                                    PARTITION BY h.move_id, dl.move_line_id
                                    ORDER BY h.id, dl.id) - dl.amount AS before,
                                CASE WHEN m.state <> 'posted' THEN 0
                                     WHEN l.id IS NULL OR dl.amount > l.amount_currency
                                          THEN m.amount_residual
                                     ELSE l.amount_residual_currency END AS open
                           FROM ar_dispute_line dl
                           JOIN ar_dispute h ON h.id = dl.dispute_id
                           JOIN account_move m ON m.id = h.move_id
                           LEFT JOIN account_move_line l ON l.id = dl.move_line_id
                          WHERE h.move_id = ANY(%s)
                            AND h.state IN ('open', 'in_progress')
                     ) x""",
                list(move_ids),
            )
        )

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        for dispute in self:
            today = dispute.company_id._ar_today()
            dispute.is_late = bool(
                dispute.state in OPEN_STATES
                and dispute.deadline
                and dispute.deadline < today
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = fields.Domain("state", "in", OPEN_STATES) & fields.Domain(
            "deadline", "<", self.env.company._ar_today()
        )
        return late if True in value else ~late

    @api.depends("credit_move_id")
    def _compute_has_credit(self):
        for dispute in self:
            dispute.has_credit = bool(dispute.credit_move_id)

    @api.depends("opened_on", "closed_on")
    def _compute_days_open(self):
        for dispute in self:
            closed, opened = dispute.closed_on, dispute.opened_on
            dispute.days_open = (closed - opened).days if closed and opened else 0

    # === CRUD METHODS === #

    def write(self, vals):
        """Let users change owner and reason only; the other fields are proof.

        :raise AccessError: for fields that only buttons may change
        """
        if not self.env.su and set(vals) - PEOPLES_FIELDS - {"activity_ids"}:
            raise AccessError(
                self.env._(
                    "A dispute is proof: change who answers or the reason, use its "
                    "buttons for the rest, and write a note about what the customer "
                    "corrects."
                )
            )
        owners = {dispute: dispute.owner_id for dispute in self}
        result = super().write(vals)
        if "reason_id" in vals:
            self.sudo()._set_deadline()
        if "owner_id" in vals or "reason_id" in vals:
            for dispute in self:
                if dispute.state in OPEN_STATES:
                    changed = dispute.owner_id != owners[dispute]
                    dispute.sudo()._ask_owner(renew=changed)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A dispute is evidence and cannot be deleted: withdraw it instead."
            )
        )

    # === BUSINESS METHODS === #

    def _set_deadline(self):
        """Compute the deadline of our answer, in working days of the company."""
        for dispute in self.filtered(lambda d: d.state in OPEN_STATES):
            calendar = dispute.company_id._ar_calendar()
            deadline = calendar.add_working(dispute.opened_on, dispute.reason_id.days)
            dispute.write(
                {
                    "deadline": deadline,
                    "rest_until": calendar.add_working(deadline, REST_DAYS),
                }
            )

    def _ask_owner(self, renew=False):
        """Give the owner one activity with the deadline of the answer.

        :param bool renew: the owner changed: delete the old activity
        """
        kind = "ar_followup_plus.activity_dispute"
        for dispute in self:
            known = dispute.activity_search([kind])
            if renew and known:
                known.unlink()
                known = known.browse()
            if known:
                known.write({"date_deadline": dispute.deadline})
            elif dispute.owner_id:
                lang = dispute.owner_id.lang or self.env.lang
                theirs = dispute.with_context(lang=lang)
                theirs.activity_schedule(
                    kind,
                    dispute.deadline,
                    summary=theirs.env._("Answer: %(what)s", what=theirs.display_name),
                    user_id=dispute.owner_id.id,
                )

    @api.private
    def _choose_lines(self, line_ids):
        """Store which lines of the invoice are wrong: the credit note has only these.

        :param list line_ids: ids of other invoices are ignored
        """
        self.ensure_one()
        dispute_sudo = self.sudo()
        lines_sudo = dispute_sudo.move_id.invoice_line_ids
        dispute_sudo.invoice_line_ids = lines_sudo.filtered(
            lambda line: line.id in line_ids
        )

    def action_start(self):
        """Mark as being looked into."""
        self.check_access("write")
        for dispute_sudo in self.sudo().filtered(lambda d: d.state == "open"):
            if not dispute_sudo.owner_id:
                dispute_sudo.owner_id = self.env.user
            dispute_sudo.state = "in_progress"

    def action_answer(self):
        """Open the dialog for the answer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "ar.dispute.reply",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_dispute_id": self.id},
        }

    def action_send_copy(self):
        """Send the missing document."""
        self.send_copy()

    def action_propose_plan(self):
        """Continue with a payment plan: the customer cannot pay."""
        return self.propose_plan()

    def action_open_credit(self):
        """Open the credit note, for users who may read it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.sudo().credit_move_id.id,
            "views": [(False, "form")],
        }

    def action_open_debtor(self):
        """Open the customer's receivables."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})

    def _in_words(self):
        """Return the opened dispute for the history, with typed text escaped."""
        self.ensure_one()
        head = self.env._(
            "Disputes %(amount)s of %(invoice)s: %(reason)s",
            amount=self.currency_id.format(self.amount),
            invoice=self.move_name or "",
            reason=self.reason_id.name,
        )
        return Markup("<br/>").join([head, *(self.text or "").splitlines()])

    def _attach(self, documents):
        """Store the customer's files.

        :param documents: ``[(name, bytes)]``, or empty
        :raise UserError: for a picture that is too large
        """
        check_pictures(self.env, documents or ())
        if documents:
            self._ar_keep([(name, content, None) for name, content in documents])
            self.env["ar.proof"]._renew(self._name, self.ids)
