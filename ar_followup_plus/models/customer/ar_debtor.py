from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...engine.values import Reason
from ...tools.transactions import quietly
from ..company.roles import require_manager
from ..company.rpc_border import given_day
from ..ladder.ar_ladder_step import STAGE_SELECTION
from ..ladder.decision_words import FOR_PEOPLE, REASON_SELECTION
from ..ledger.asked import overdue_text
from ..ledger.balances import Balances
from .conversation import Conversation
from .next_contact import DECIDE_AGAIN, next_values
from .responsible import Responsible, first_there
from .write_access import check_may_write

LATE_REASON_SELECTION = [
    ("forgot", "Forgot"),
    ("not_received", "Did not receive the invoice"),
    ("approval", "Waiting for approval or an order number"),
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


#: Reasons of a snooze.
SNOOZE_KINDS = [
    ("clarify", "We have to clarify something"),
    ("agreed", "Agreed with them"),
    ("absent", "They are away"),
    ("other", "Other"),
]


def kind_of(partner):
    """Return SQL for the kind of a customer whom nobody has classified yet.

    :param str partner: alias of the table of its commercial partner
    """
    return SQL(
        """CASE WHEN %(p)s.is_company THEN 'business'
                WHEN COALESCE(%(p)s.vat, '') <> '' THEN 'sole_trader'
                ELSE 'consumer' END""",
        p=SQL.identifier(partner),
    )


class ArDebtor(models.Model):
    """One customer as one company's collections sees it.

    Made when first needed, for the root company of the journal item and the
    commercial partner of the item's partner. Balances are read from the ledger;
    the snapshot is used only for sorting, grouping and charts.
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
        string="Own reminder schedule",
        check_company=True,
        tracking=True,
        help="Empty: the reminder schedule for the kind of customer, else that of the "
        "company.",
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
        help="Nothing is demanded until the days have passed in which a direct debit "
        "can be returned.",
    )
    no_preventive = fields.Boolean(
        string="No upcoming payment reminders",
        help="The customer asked to be written to only about what is overdue.",
    )
    returned_mail = fields.Boolean(
        string="Letters are returned",
        help="Mail to this address was returned: letters do not count as received.",
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
        compute="_compute_held",
        search="_search_is_stopped",
    )
    is_snoozed = fields.Boolean(compute="_compute_held", search="_search_is_snoozed")
    in_charge_id = fields.Many2one(
        "res.users",
        string="In charge today",
        compute="_compute_in_charge_id",
        search="_search_in_charge_id",
        help="The collector, or the substitute while the collector is away.",
    )
    balances = fields.Html(
        compute="_compute_balances",
        sanitize=False,
        help="From the ledger at this moment, for each currency.",
    )
    company_note = fields.Char(compute="_compute_company_note")

    # The last contact: written when a notice is sent or a call is logged
    contacted = fields.Boolean(readonly=True, copy=False)
    last_contact_date = fields.Date(readonly=True, copy=False)
    budget_free_on = fields.Date(
        readonly=True,
        copy=False,
        help="The first day on which another automatic message fits into the number of "
        "messages in 30 days. Empty: it fits today.",
    )
    last_preventive_date = fields.Date(readonly=True, copy=False)
    reply_until = fields.Date(
        string="Waiting for our answer until", readonly=True, copy=False
    )
    not_before = fields.Date(string="Not before", copy=False)

    # The next contact: written by plan() and by the actions that change it
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
    snapshot_at = fields.Datetime(string="Updated", readonly=True, copy=False)
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
        # sudo: users who may read the debtor may read its name, even if the customer
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

    @api.depends("stop_reason", "stop_from", "stop_until", "snooze_until")
    def _compute_held(self):
        for debtor in self:
            today = debtor.company_id._ar_today()
            debtor.is_stopped = bool(debtor.stop_reason) and not (
                debtor.stop_until and debtor.stop_until < today
            )
            debtor.is_snoozed = bool(
                debtor.snooze_until and debtor.snooze_until > today
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

    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("snooze_until", ">", self.env.company._ar_today())
        return domain if True in value else ~domain

    @api.depends("user_id", "substitute_id", "company_id")
    def _compute_in_charge_id(self):
        in_charge = Responsible(self).today()
        for debtor in self:
            debtor.in_charge_id = in_charge.get(debtor._origin.id)

    def _search_in_charge_id(self, operator, value):
        """Find customers by the person in charge, computed for each collector."""
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        Debtor = self.with_context(active_test=False)
        domain = fields.Domain.FALSE
        for company, user, substitute in Debtor._read_group(
            [], ["company_id", "user_id", "substitute_id"]
        ):
            if first_there(self.env, company, user, substitute).id in wanted:
                domain |= (
                    fields.Domain("company_id", "=", company.id)
                    & fields.Domain("user_id", "=", user.id)
                    & fields.Domain("substitute_id", "=", substitute.id)
                )
        return domain

    def _compute_balances(self):
        rows = Balances(self).rows()
        for debtor in self:
            debtor.balances = self.env["ir.qweb"]._render(
                "ar_followup_plus.debtor_balances",
                {
                    "rows": rows.get(debtor.id, []),
                    "own": debtor.sudo().currency_id,
                    "total": sum(row["company"] for row in rows.get(debtor.id, [])),
                },
            )

    @api.depends("company_id")
    def _compute_company_note(self):
        for debtor in self:
            debtor.company_note = debtor.company_id._ar_note()

    # === CRUD METHODS === #

    def write(self, vals):
        """Let users change only the fields they may write.

        :raise AccessError: for figures, history, stops, and the next contact
        """
        if not self.env.su:
            check_may_write(self, vals)
        result = super().write(self._before_write(vals))
        self._after_write(vals)
        return result

    def _before_write(self, vals):
        """Hook: return the values to write, with those that follow from them."""
        return vals

    def _after_write(self, vals):
        """Hook: follow up on values that were written."""

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

    # === CREATION OF DEBTORS === #

    @api.private
    @api.model
    def for_partner(self, partner_id, company_id=None):
        """Find or create the debtor of a partner, in the root of a company.

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

        By SQL, without followers or creation messages, because there may be fifty
        thousand of them.

        :param list company_ids: root companies; default: all
        :param list partner_ids: insert these, even if they owe nothing
        :return: the number created
        :rtype: int
        """
        self.env["res.partner"].flush_model()
        self.flush_model(["company_id", "partner_id"])
        source = _missing_source(self.env, company_ids, partner_ids)
        # Another server may create them at the same time: then all is retried, and the
        # conflict is not logged as an error
        self.env.flush_all()
        rows = quietly(
            self.env,
            SQL(
                """
                INSERT INTO ar_debtor (
                    company_id, partner_id, kind, profile, active, stage, user_id,
                    priority, item_count, hold_state, create_uid, create_date, write_uid, write_date
                )
                SELECT s.company_id, s.partner_id, %(kind)s,
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
                kind=kind_of("p"),
                source=source,
                uid=self.env.uid,
                now=self.env.cr.now(),
            ),
        )
        if rows:
            self.env["ar.open.item"].invalidate_model(["debtor_id"])
        return len(rows)

    def _claim_row(self):
        """Write the row, to make concurrent clicks conflict.

        The second one is retried, and sees the result of the first. Today's decision is
        made again.
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

    # === CONTACT STOP AND SNOOZE === #

    @api.private
    def snooze(self, until, reason, kind="other"):
        """Send nothing automatically before a day.

        :param datetime.date until: the first day on which the follow-up continues; up
            to 90 days ahead, or later by a credit manager
        :param str reason: in words, for colleagues
        :param str kind: a key of the field ``snooze_kind``
        :raise ValidationError: for a day in the past or too far, or without a reason
        """
        self.check_access("write")
        until = given_day(self.env, until)
        if not (reason or "").strip():
            raise ValidationError(
                self.env._("Say why the follow-up is paused: colleagues will ask.")
            )
        for debtor in self:
            self.env["ar.exclusion"]._check_until(until, debtor.company_id)
        self.sudo().write(
            {
                "snooze_until": until,
                "snooze_reason": reason.strip(),
                "snooze_kind": kind,
                "snooze_user_id": self.env.uid,
                **next_values(Reason.SNOOZED, until),
            }
        )
        for debtor in self:
            debtor.message_post(
                body=self.env._(
                    "Snoozed until %(day)s: %(reason)s",
                    day=until,
                    reason=reason.strip(),
                )
            )

    def wake(self):
        """End a snooze."""
        self.check_access("write")
        self.sudo().write(
            {
                "snooze_until": False,
                "snooze_reason": False,
                "snooze_kind": False,
                "snooze_user_id": False,
                **DECIDE_AGAIN,
            }
        )

    @api.private
    def stop_contact(self, reason, until=None, note=None):
        """Stop all contact: nothing is sent by any channel.

        Any collector may stop it; only a credit manager may lift the stop.

        :param str reason: a key of the field ``stop_reason``
        :param datetime.date until: last day of the stop; None: no end
        :param str note: in words
        """
        self.check_access("write")
        reasons = dict(self._fields["stop_reason"].selection)
        if reason not in reasons:
            raise ValidationError(
                self.env._(
                    "Choose one of these reasons: %(reasons)s.",
                    reasons=", ".join(reasons),
                )
            )
        until = given_day(self.env, until)
        for debtor in self:
            today = debtor.company_id._ar_today()
            if until and until < today:
                raise ValidationError(
                    self.env._(
                        "A contact stop must end today or later, not on %(day)s.",
                        day=until,
                    )
                )
            debtor.sudo().write(
                {
                    "stop_reason": reason,
                    "stop_from": today,
                    "stop_until": until,
                    "stop_note": note,
                    "stop_user_id": self.env.uid,
                    **next_values(Reason.CONTACT_STOPPED),
                }
            )
            debtor.message_post(
                body=self.env._(
                    "All contact stopped: %(reason)s. %(note)s",
                    reason=dict(
                        self._fields["stop_reason"]._description_selection(self.env)
                    )[reason],
                    note=note or "",
                )
            )
        self._after_stop_change()

    def lift_stop(self):
        """Allow contact again. Credit managers only."""
        self.check_access("write")
        require_manager(
            self.env,
            self.env._("Only a credit manager lifts a contact stop: please ask one."),
        )
        self.sudo().write(
            {
                "stop_reason": False,
                "stop_from": False,
                "stop_until": False,
                "stop_note": False,
                "stop_user_id": False,
                **DECIDE_AGAIN,
            }
        )
        for debtor in self:
            debtor.message_post(body=self.env._("The contact stop was lifted."))
        self._after_stop_change()

    def _after_stop_change(self):
        """Hook: follow up on a contact stop that was set, changed or lifted."""

    def _why_held(self):
        """Return a text saying why nothing may be sent to the customer now, or None."""
        self.ensure_one()
        debtor_sudo = self.sudo()
        company = debtor_sudo.company_id
        if debtor_sudo.is_stopped:
            return self.env._(
                "All contact with %(customer)s is stopped.",
                customer=debtor_sudo.display_name,
            )
        if company.ar_state not in ("ask", "live") or company.ar_paused:
            return self.env._(
                "The follow-up of %(company)s is not live: nothing can be sent. A "
                "credit manager can change this in the settings.",
                company=company.name,
            )
        return None

    def _check_not_held(self):
        """Check that messages may be sent to each customer.

        :raise UserError: under a contact stop, or in a company that is not live or
            is paused
        """
        for debtor in self:
            why = debtor._why_held()
            if why:
                raise UserError(why)

    @api.model
    def _end_waits(self):
        """Clear snoozes and waits that are over, so that lists are correct."""
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            today = company._ar_today()
            mine = [("company_id", "=", company.id)]
            self.search([*mine, ("snooze_until", "<=", today)]).write(
                {
                    "snooze_until": False,
                    "snooze_reason": False,
                    "snooze_kind": False,
                    "snooze_user_id": False,
                }
            )
            self.search([*mine, ("reply_until", "<=", today)]).write(
                {"reply_until": False}
            )

    # === MESSAGES AND ACTIVITIES === #

    def _overdue_text(self):
        """Return the overdue amounts, see :func:`overdue_text`; for mail templates."""
        return overdue_text(self)

    def _ar_activity(self, xmlid, summary, user=None, deadline=None, about=None):
        """Keep one open activity of a kind for each debtor: the next event updates it.

        A task for a certain user is a separate activity: an open one of somebody else
        does not replace it. So is one about a certain record.

        :param str xmlid: of the activity type, in this module
        :param summary: in words; or a dict of one for each debtor id
        :param res.users user: the assignee; default: the person in charge of the
            customer today
        :param datetime.date deadline: default: today
        :param about: the record that it is about, to which its note links;
            :meth:`_ar_activity_over` ends it
        """
        kind = self.env.ref(f"ar_followup_plus.{xmlid}", raise_if_not_found=False)
        if not kind or not self:
            return
        texts = (
            summary if isinstance(summary, dict) else dict.fromkeys(self.ids, summary)
        )
        if user and not user.sudo().active:
            user = None  # whoever left is assigned nothing
        owners = dict.fromkeys(self.ids, user) if user else Responsible(self).today()
        key = f"{about._name},{about.id}" if about else False
        known = self._ar_known_activities(kind, owners, bool(user), key)
        model_id = self.env["ir.model"]._get_id(self._name)
        vals_list = []
        for debtor_sudo in self.sudo():
            text = texts[debtor_sudo.id]
            day = deadline or debtor_sudo.company_id._ar_today()
            values = {"summary": text, "user_id": owners[debtor_sudo.id].id}
            activity = known.get(debtor_sudo.id)
            if activity and activity.summary != text:
                activity.write({**values, "date_deadline": day})
            elif activity and activity.user_id != owners[debtor_sudo.id]:
                activity.user_id = owners[debtor_sudo.id]
            elif not activity:
                vals_list.append(
                    {
                        **values,
                        "activity_type_id": kind.id,
                        "ar_about": key,
                        "note": about.sudo()._get_html_link() if about else False,
                        "automated": True,
                        "date_deadline": day,
                        "res_id": debtor_sudo.id,
                        "res_model_id": model_id,
                    }
                )
        self.env["mail.activity"].sudo().with_context(
            mail_activity_quick_update=True
        ).create(vals_list)

    @api.model
    def _ar_activity_over(self, records, *xmlids):
        """End the activities of debtors about records.

        :param records: of one model
        :param str xmlids: only of these activity types, in this module
        """
        abouts = [f"{records._name},{record_id}" for record_id in records.ids]
        domain = [("res_model", "=", self._name), ("ar_about", "in", abouts)]
        if xmlids:
            kinds = [self.env.ref(f"ar_followup_plus.{name}", False) for name in xmlids]
            kinds = [kind.id for kind in kinds if kind]
            domain.append(("activity_type_id", "in", kinds))
        self.env["mail.activity"].sudo().search(domain).unlink()

    @api.model
    def _ar_activity_abouts(self, model):
        """Return the records of a model that open activities of debtors are about."""
        activities = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("ar_about", "=like", f"{model},%")]
            )
        )
        abouts = [activity.ar_about for activity in activities]
        ids = {about.id for about in abouts if about}
        return self.env[model].browse(ids).exists()

    def _ar_end_activities(self, xmlid):
        """End the activities of a kind that are not about a certain record."""
        found = self.activity_search([f"ar_followup_plus.{xmlid}"])
        found.filtered(lambda activity: not activity.ar_about).unlink()

    def _ar_known_activities(self, kind, owners, own, about):
        """Return the open activities of a kind that the next event updates.

        :param dict owners: ``{debtor id: user}``
        :param bool own: only those of these users; else all, except those of the credit
            manager if the owner is somebody else
        :param about: the record that they are about, as stored, or False
        :return: ``{debtor id: activity}``
        """
        known = {}
        managers = {
            debtor.id: debtor.company_id._ar_root().ar_manager_id
            for debtor in self.sudo()
        }
        for activity in (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", kind.id),
                    ("ar_about", "=", about),
                ],
                order="id",
            )
        ):
            debtor_id = activity.res_id
            is_owner = activity.user_id == owners[debtor_id]
            if is_owner or not own and activity.user_id != managers[debtor_id]:
                if is_owner or debtor_id not in known:
                    known[debtor_id] = activity
        return known

    @api.private
    def message_update(self, msg_dict, update_vals=None):
        """A reply of the customer pauses automatic notices and asks for an answer."""
        result = super().message_update(msg_dict, update_vals=update_vals)
        Conversation(self).note_reply(msg_dict)
        return result

    def _message_receive_bounce(self, email, partner):
        """Record on the notice that its address does not work, and pause."""
        result = super()._message_receive_bounce(email, partner)
        Conversation(self).note_bounce(email)
        return result

    # === MERGE === #

    def _before_merge(self, into):
        """Hook: prepare the records of a debtor that is merged into another.

        :param ar.debtor into: the debtor that stays
        """

    def _stricter_of(self, into):
        """Hook: return the stricter values of two merged debtors.

        :param ar.debtor into: the debtor that stays
        :return: values to write on it
        :rtype: dict
        """
        vals = {}
        longer = into.stop_until and (
            not self.stop_until or self.stop_until > into.stop_until
        )
        if self.is_stopped and (not into.is_stopped or longer):
            for name in ("stop_reason", "stop_from", "stop_until", "stop_note"):
                vals[name] = self[name]
            vals["stop_user_id"] = self.stop_user_id.id
        for name in (
            "snooze_until", "last_contact_date", "budget_free_on",
            "last_preventive_date", "reply_until", "not_before",
        ):  # fmt: skip
            latest = max(filter(None, (self[name], into[name])), default=False)
            if latest != into[name]:
                vals[name] = latest
        if "snooze_until" in vals:
            vals["snooze_reason"] = self.snooze_reason
            vals["snooze_kind"] = self.snooze_kind
            vals["snooze_user_id"] = self.snooze_user_id.id
        if self.contacted and not into.contacted:
            vals["contacted"] = True
        if self.call_first and not into.call_first:
            vals["call_first"] = True
        if self.direct_debit and not into.direct_debit:
            vals["direct_debit"] = True
        if self.no_preventive and not into.no_preventive:
            vals["no_preventive"] = True
        if self.no_cheques and not into.no_cheques:
            vals["no_cheques"] = True
        if self.charge_scheme_id and not into.charge_scheme_id:
            vals["charge_scheme_id"] = self.charge_scheme_id.id
        if self.charges_settled_on:
            days = (self.charges_settled_on, into.charges_settled_on)
            vals["charges_settled_on"] = max(filter(None, days))
        if self.active and not into.active:
            vals["active"] = True
        return vals

    # === BUTTONS === #

    def action_open_notices(self):
        """Open the notices of the debtor."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_action_all"
        )
        action["domain"] = [("debtor_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return self.partner_id._get_records_action(context={})

    @api.model
    def _make_demo(self):
        """Create the demo customers; called only by the demo data file."""
        from ...demo.make import make_demo  # not needed by any other database

        make_demo(self.env)


def _missing_source(env, company_ids, partner_ids):
    """Return SQL for the companies and customers that need a debtor."""
    if partner_ids:
        return SQL(
            """SELECT c.id AS company_id, p.id AS partner_id
                 FROM res_company c, res_partner p
                WHERE c.id = ANY(%s) AND p.id = ANY(%s)""",
            list(company_ids),
            list(partner_ids),
        )
    Item = env["ar.open.item"]
    env["account.move.line"].flush_model(list(Item._depends["account.move.line"]))
    env["account.move"].flush_model(list(Item._depends["account.move"]))
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
