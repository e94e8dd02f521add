from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, str2bool

from ...tools.transactions import quietly
from ..ladder.ar_ladder_step import STAGE_SELECTION
from ..ladder.decision_words import FOR_PEOPLE, REASON_SELECTION

LATE_REASON_SELECTION = [
    ("forgot", "Forgot"),
    ("not_received", "Did not receive the invoice"),
    ("approval", "Waits for approval or an order number"),
    ("payment_run", "Pays on certain days"),
    ("cash", "Short of cash"),
    ("hardship", "Hardship"),
    ("dispute", "Disputes it"),
    ("none", "Gave no reason"),
]

KIND_SELECTION = [
    ("business", "Business"),
    ("sole_trader", "Sole trader"),
    ("consumer", "Consumer"),
    ("public", "Public body"),
    ("group", "Group company"),
]
PROFILE_SELECTION = [
    ("new", "New"),
    ("good", "Good"),
    ("first_late", "First time late"),
    ("regular", "Regular"),
    ("chronic", "Always late"),
]


#: Why a customer is left in peace for a while.
SNOOZE_KINDS = [
    ("clarify", "We have to clarify something"),
    ("agreed", "Agreed with them"),
    ("absent", "They are away"),
    ("other", "Other"),
]


class ArDebtor(models.Model):
    """One customer as one company's collections sees it.

    Made when first needed, for the root company of the journal item and the
    commercial partner of the item's partner. Balances are read from the ledger;
    the snapshot serves sorting, grouping and charts alone.
    """

    _name = "ar.debtor"
    _description = "Debtor"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "priority desc, id"
    _rec_names_search = ["partner_id.complete_name", "partner_id.ref"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    active = fields.Boolean(default=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        tracking=True,
    )
    substitute_id = fields.Many2one("res.users", domain="[('share', '=', False)]")
    ladder_id = fields.Many2one(
        "ar.ladder",
        string="Own ladder",
        check_company=True,
        tracking=True,
        help="Empty: the ladder for the kind of customer, else that of the company.",
    )
    kind = fields.Selection(
        KIND_SELECTION, required=True, default="business", tracking=True
    )
    profile = fields.Selection(
        PROFILE_SELECTION,
        string="Payer profile",
        required=True,
        default="new",
        tracking=True,
    )
    direct_debit = fields.Boolean(
        string="Pays by direct debit",
        help="Nothing is asked for before the days have passed in which a debit can "
        "come back.",
    )
    no_preventive = fields.Boolean(
        string="No notes before the due date",
        help="The customer asked to be written to only about what is overdue.",
    )
    returned_mail = fields.Boolean(
        string="Letters come back",
        help="Post to the address came back: letters do not count as received.",
    )
    allow_old_debts = fields.Boolean(
        string="Follow up old debts",
        help="A person decided that debts older than a year, or older than the "
        "company set when going live, are followed up too.",
    )
    contact_ids = fields.One2many(
        "ar.debtor.contact",
        "debtor_id",
        string="Contacts",
        help="Empty: the invoice contact of the customer.",
    )
    open_item_ids = fields.One2many("ar.open.item", "debtor_id", string="Open items")
    notice_ids = fields.One2many("ar.notice", "debtor_id", string="Notices")
    notice_count = fields.Integer(compute="_compute_notice_count")

    # Snooze
    snooze_until = fields.Date(readonly=True, tracking=True, copy=False)
    snooze_reason = fields.Char(readonly=True, tracking=True, copy=False)
    snooze_kind = fields.Selection(SNOOZE_KINDS, readonly=True, copy=False)
    snooze_user_id = fields.Many2one("res.users", readonly=True, copy=False)
    # Contact stop
    stop_reason = fields.Selection(
        [
            ("insolvency", "Insolvency"),
            ("moratorium", "Moratorium or breathing space"),
            ("represented", "Represented by a lawyer or debt adviser"),
            ("deceased", "Deceased"),
            ("no_contact", "Asked not to be contacted"),
            ("court", "Court case"),
            ("other", "Other"),
        ],
        string="Contact stop",
        readonly=True,
        tracking=True,
        copy=False,
    )
    stop_from = fields.Date(readonly=True, copy=False)
    stop_until = fields.Date(readonly=True, tracking=True, copy=False)
    stop_note = fields.Char(readonly=True, copy=False)
    stop_user_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_stopped = fields.Boolean(
        string="Contact stopped",
        compute="_compute_is_stopped",
        search="_search_is_stopped",
    )

    # What was said last: written when a notice leaves or a call is logged
    contacted = fields.Boolean(readonly=True, copy=False)
    last_contact_date = fields.Date(readonly=True, copy=False)
    last_preventive_date = fields.Date(readonly=True, copy=False)
    reply_until = fields.Date(
        string="Waits for our answer until", readonly=True, copy=False
    )
    not_before = fields.Date(string="Not before", copy=False)

    # What comes next: written by plan() and by the acts that change it
    planned_at = fields.Datetime(readonly=True, copy=False)
    planned_for = fields.Date(
        readonly=True, copy=False, help="The last day that was decided on."
    )
    next_contact_date = fields.Date(string="Next contact", readonly=True, copy=False)
    next_step_id = fields.Many2one(
        "ar.ladder.step", string="Next step", readonly=True, copy=False
    )
    next_reason = fields.Selection(
        REASON_SELECTION, string="Next contact status", readonly=True, copy=False
    )

    # Snapshot: refreshed in slices, never used for a decision
    snapshot_at = fields.Datetime(string="Figures of", readonly=True, copy=False)
    amount_owed = fields.Monetary(string="Owed", readonly=True, copy=False)
    amount_overdue = fields.Monetary(string="Overdue", readonly=True, copy=False)
    amount_current = fields.Monetary(string="Not due", readonly=True, copy=False)
    amount_1_30 = fields.Monetary(string="1-30", readonly=True, copy=False)
    amount_31_60 = fields.Monetary(string="31-60", readonly=True, copy=False)
    amount_61_90 = fields.Monetary(string="61-90", readonly=True, copy=False)
    amount_91_120 = fields.Monetary(string="91-120", readonly=True, copy=False)
    amount_older = fields.Monetary(string="120+", readonly=True, copy=False)
    amount_disputed = fields.Monetary(string="Disputed", readonly=True, copy=False)
    amount_credits = fields.Monetary(
        string="Unmatched credits", readonly=True, copy=False
    )
    oldest_due_date = fields.Date(string="Oldest due date", readonly=True, copy=False)
    days_overdue = fields.Integer(
        string="Days overdue", readonly=True, copy=False, aggregator="max"
    )
    item_count = fields.Integer(
        string="Number of open items", readonly=True, copy=False
    )
    stage = fields.Selection(
        [("none", "No notice yet"), *STAGE_SELECTION],
        readonly=True,
        copy=False,
        default="none",
        group_expand=True,
    )
    priority = fields.Float(readonly=True, copy=False, aggregator="max")

    _company_partner_unique = models.Constraint(
        "UNIQUE (company_id, partner_id)",
        "There is already a debtor for this customer in this company.",
    )
    _priority_idx = models.Index("(company_id, priority DESC, id)")
    _reply_idx = models.Index("(reply_until) WHERE reply_until IS NOT NULL")
    _for_people_idx = models.Index(
        f"(next_reason) WHERE next_reason IN {(*FOR_PEOPLE, 'ladder_done')}"
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id.display_name")
    def _compute_display_name(self):
        # sudo: who may see the debtor may see its name, also of a customer that
        # belongs to a branch
        for debtor in self:
            debtor.display_name = debtor.sudo().partner_id.display_name

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for debtor in self:
            debtor.access_url = f"/my/receivables/{debtor.id}"
        return result

    def _compute_notice_count(self):
        counts = dict(
            self.env["ar.notice"]._read_group(
                [("debtor_id", "in", self.ids)], ["debtor_id"], ["__count"]
            )
        )
        for debtor in self:
            debtor.notice_count = counts.get(debtor, 0)

    @api.depends("stop_reason", "stop_from", "stop_until")
    def _compute_is_stopped(self):
        for debtor in self:
            today = debtor.company_id._ar_today()
            debtor.is_stopped = bool(debtor.stop_reason) and not (
                debtor.stop_until and debtor.stop_until < today
            )

    def _search_is_stopped(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._ar_today()
        domain = fields.Domain("stop_reason", "!=", False) & (
            fields.Domain("stop_until", "=", False)
            | fields.Domain("stop_until", ">=", today)
        )
        return domain if True in value else ~domain

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        if (
            self.env["ar.notice"]
            .sudo()
            .search_count([("debtor_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                self.env._(
                    "Notices were sent to this customer, and they are proof: archive "
                    "the debtor instead of deleting it."
                )
            )

    # === BUSINESS METHODS === #

    @api.private
    @api.model
    def for_partner(self, partner_id, company_id=None):
        """Find or make the debtor of a partner, in the root of a company.

        :param int partner_id: any contact of the customer
        :param int company_id: any company of the tree; default: the current one
        :return: the debtor
        :rtype: ar.debtor
        """
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("This customer does not exist any more."))
        company = (
            self.env["res.company"].browse(company_id)
            if company_id
            else self.env.company
        )
        root = company._ar_root()
        commercial = partner.sudo().commercial_partner_id
        self.check_access("read")
        debtor = self.search(
            [("company_id", "=", root.id), ("partner_id", "=", commercial.id)], limit=1
        )
        if debtor:
            return debtor
        if root.id not in self.env.companies.root_id.ids:
            raise UserError(
                self.env._(
                    "%(company)s is not among your companies: choose it in the "
                    "company switcher first.",
                    company=root.name,
                )
            )
        self._make_missing(root.ids, commercial.ids)
        return self.search(
            [("company_id", "=", root.id), ("partner_id", "=", commercial.id)], limit=1
        )

    @api.model
    @api.private
    def _make_missing(self, company_ids=None, partner_ids=None):
        """Insert the debtors that open items need and that do not exist yet.

        By SQL, without followers or creation messages: a service centre has fifty
        thousand of them.

        :param list company_ids: root companies; default: all
        :param list partner_ids: insert these, whether they owe anything or not
        :return: how many were made
        :rtype: int
        """
        self.env["res.partner"].flush_model()
        self.flush_model(["company_id", "partner_id"])
        source = self._missing_source(company_ids, partner_ids)
        # Another server may make them at the same moment: then all is tried again, and
        # nothing of it is an error for the log
        self.env.flush_all()
        rows = quietly(
            self.env,
            SQL(
                """
                INSERT INTO ar_debtor (
                    company_id, partner_id, kind, profile, active, stage, user_id,
                    priority, item_count, hold_state, create_uid, create_date, write_uid, write_date
                )
                SELECT s.company_id, s.partner_id,
                       CASE WHEN p.is_company THEN 'business'
                            WHEN COALESCE(p.vat, '') <> '' THEN 'sole_trader'
                            ELSE 'consumer' END,
                       'new', TRUE, 'none', co.ar_user_id,
                       0, 0, 'none', %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (%(source)s) s
                  JOIN res_partner p ON p.id = s.partner_id
                  JOIN res_company co ON co.id = s.company_id
                 WHERE NOT EXISTS (SELECT 1 FROM ar_debtor d
                                    WHERE d.company_id = s.company_id
                                      AND d.partner_id = s.partner_id)
                 ORDER BY s.company_id, s.partner_id
                ON CONFLICT (company_id, partner_id) DO NOTHING
                RETURNING id
                """,
                source=source,
                uid=self.env.uid,
                now=self.env.cr.now(),
            ),
        )
        if rows:
            self.env["ar.open.item"].invalidate_model(["debtor_id"])
        return len(rows)

    def _missing_source(self, company_ids, partner_ids):
        """Return SQL for the companies and customers that need a debtor."""
        if partner_ids:
            return SQL(
                """SELECT c.id AS company_id, p.id AS partner_id
                     FROM res_company c, res_partner p
                    WHERE c.id = ANY(%s) AND p.id = ANY(%s)""",
                list(company_ids),
                list(partner_ids),
            )
        Item = self.env["ar.open.item"]
        self.env["account.move.line"].flush_model(
            list(Item._depends["account.move.line"])
        )
        self.env["account.move"].flush_model(list(Item._depends["account.move"]))
        source = SQL(
            """SELECT DISTINCT split_part(co.parent_path, '/', 1)::int AS company_id,
                      p.commercial_partner_id AS partner_id
                 FROM account_move_line l
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 JOIN res_company co ON co.id = l.company_id
                 JOIN res_partner p ON p.id = l.partner_id
                WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                  AND l.amount_residual_currency <> 0
                  AND p.commercial_partner_id IS NOT NULL"""
        )
        if company_ids:
            return SQL(
                "SELECT * FROM (%s) s WHERE s.company_id = ANY(%s)",
                source,
                list(company_ids),
            )
        return source

    def _page_pays_online(self):
        """Return whether invoices can be paid through a payment provider."""
        enabled = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("account_payment.enable_portal_payment")
        )
        return str2bool(enabled or "", False) and bool(
            self.env["payment.provider"]
            .sudo()
            .search_count(
                [
                    ("company_id", "child_of", self.company_id.id),
                    ("state", "in", ("enabled", "test")),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    def _claim_row(self):
        """Write the row: of two clicks at once the second is tried again, and then sees
        what the first did. What was decided for today is decided again.
        """
        self.flush_recordset(["planned_for"])
        quietly(
            self.env,
            SQL(
                "UPDATE ar_debtor SET planned_for = NULL WHERE id = %s RETURNING id",
                self.id,
            ),
        )
        self.invalidate_recordset(["planned_for"])
