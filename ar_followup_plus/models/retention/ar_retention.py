"""Lists of records to delete or make anonymous: first listed, then done."""

from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ...tools.customer_format import one_line
from ...tools.transactions import in_turn, let_others_go_on, only_one
from ..company.roles import require_manager
from ..company.rpc_border import given_text
from .retention_kinds import bars_sql, kinds, released_sql

#: Customers checked in one transaction.
LOOKED_AT = 500
#: Days for people to check a list before it is done.
LOOK_DAYS = 14
#: Key of the advisory lock for making and doing lists.
RETENTION_LOCK = 0x0A31


class ArRetention(models.Model):
    """One list of records that nothing needs any more, and its result.

    Only listed records are deleted or made anonymous, without those that are needed
    again meanwhile. The counts stay as a log, with the user and the time of the decision.
    """

    _name = "ar.retention"
    _description = "What is Deleted or Made Anonymous"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    scope = fields.Selection(
        [
            ("month", "Data retention"),
            ("person", "One person made anonymous"),
            ("export", "What is held on a person, handed out"),
        ],
        string="What",
        required=True,
        readonly=True,
        default="month",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    how = fields.Selection(
        [("delete", "Delete"), ("anonymise", "Make anonymous")], readonly=True
    )
    closed_by = fields.Date(
        string="Debts closed by",
        readonly=True,
        help="This includes everything older about them.",
    )
    state = fields.Selection(
        [
            ("listing", "List is being prepared"),
            ("listed", "To look at"),
            ("running", "In progress"),
            ("done", "Done"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="listing",
        index=True,
    )
    run_on = fields.Date(
        string="Will be done on",
        readonly=True,
        help="Without a click on this day, unless somebody stops it. Empty: only after "
        "a click.",
    )
    listed_on = fields.Date(readonly=True)
    decided_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Scheduled for", readonly=True)
    reason = fields.Char(readonly=True)
    done_at = fields.Datetime(string="Done on", readonly=True)
    # Customers up to this id were checked
    last_debtor_id = fields.Integer(readonly=True, aggregator=None)
    line_ids = fields.One2many("ar.retention.line", "retention_id", readonly=True)
    item_ids = fields.One2many("ar.retention.item", "retention_id", readonly=True)
    records = fields.Integer(compute="_compute_records")
    words = fields.Char(string="In words", compute="_compute_words")

    _open_idx = models.Index(
        "(company_id) WHERE state IN ('listing', 'listed', 'running')"
    )

    # === COMPUTE METHODS === #

    @api.depends("scope", "company_id", "partner_id", "listed_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        for one in self:
            # sudo: the log contains the name of the person
            parts = [scopes[one.scope], one.sudo().partner_id.display_name]
            if one.listed_on:
                parts.append(format_date(self.env, one.listed_on))
            one.display_name = ", ".join(filter(None, parts))

    @api.depends("line_ids.records")
    def _compute_records(self):
        for one in self:
            one.records = sum(one.line_ids.mapped("records"))

    @api.depends("state", "how", "run_on", "closed_by", "records")
    @api.depends_context("lang")
    def _compute_words(self):
        for one in self:
            one.words = one._in_words()

    def _in_words(self):
        day = self.run_on and format_date(self.env, self.run_on)
        if self.state == "listed" and day and self.how == "delete":
            return self.env._(
                "%(count)s records will be deleted on %(day)s, with their files, unless "
                "you stop it. This cannot be undone.",
                count=self.records,
                day=day,
            )
        if self.state == "listed" and day:
            return self.env._(
                "On %(day)s %(count)s records lose names, addresses, words, files and "
                "signatures, unless you stop it. Figures stay. This cannot be undone.",
                count=self.records,
                day=day,
            )
        if self.state == "listed":
            return self.env._(
                "%(count)s records lose names, addresses, words, files and signatures "
                "when you confirm. This cannot be undone. Nothing about an open debt is "
                "in the list.",
                count=self.records,
            )
        return ""

    # === CRUD METHODS === #

    def write(self, vals):
        """Refuse direct changes by users, because the log must be true.

        :raise AccessError: always, except for our own methods, which use sudo
        """
        if not self.env.su and set(vals) - {"activity_ids"}:
            raise AccessError(
                self.env._("The log of what was deleted cannot be edited.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of what was deleted is kept."))

    # === BUTTONS === #

    def action_confirm(self):
        """Start the listed work now, in the background."""
        require_manager(self.env, or_administrator=True)
        self.check_access("read")
        for one in self.sudo():
            if one.state != "listed":
                raise UserError(self.env._("This list was decided on before."))
            one.write({"state": "running", **self._decided()})
            one.activity_unlink(["mail.mail_activity_data_todo"])
        self.env.ref("ar_followup_plus.ir_cron_retention").sudo()._trigger()

    def action_stop(self, reason=None):
        """Stop this list; the next list will have its records again."""
        require_manager(self.env, or_administrator=True)
        self.check_access("read")
        for one in self.sudo():
            if one.state not in ("listing", "listed", "running"):
                raise UserError(self.env._("This has ended before."))
            one.write(
                {
                    "state": "stopped",
                    "reason": one_line(given_text(self.env, reason)) or False,
                    **self._decided(),
                }
            )
            one.activity_unlink(["mail.mail_activity_data_todo"])
            one._forget_items()

    def action_items(self):
        """Open the listed records, by customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "ar.retention.item",
            "views": [(False, "list")],
            "domain": [("retention_id", "=", self.id)],
            "context": {"search_default_by_debtor": True},
        }

    def _decided(self):
        return {"decided_by": self.env.uid, "decided_at": fields.Datetime.now()}

    def _forget_items(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM ar_retention_item WHERE retention_id = ANY(%s)", self.ids)
        )
        self.env["ar.retention.item"].invalidate_model()
        self.invalidate_recordset(["item_ids"])

    # === THE LIST === #

    @api.model
    def _cron_retention(self):
        """Scheduled action: make monthly lists, do due lists, and clear link logs."""
        self = self.sudo()
        with only_one(self.env, RETENTION_LOCK, 0) as mine:
            if not mine:
                return
            let_others_go_on(self.env, self._clear_logs)
            for company in self.env["res.company"].search([("parent_id", "=", False)]):
                let_others_go_on(
                    self.env,
                    partial(in_turn, self.env, partial(self._begin, company)),
                )
            open_states = ("listing", "listed", "running")
            for one in self.search([("state", "in", open_states)], order="id"):
                let_others_go_on(self.env, one._continue)

    def _begin(self, company):
        """Begin the list of the month, if the company wants one and it is due."""
        today = company._ar_today()
        last = company.ar_retention_listed_on
        if not company.ar_retention_years or (
            last and last > fields.Date.subtract(today, months=1)
        ):
            return
        if self.search_count(
            [
                ("company_id", "=", company.id),
                ("scope", "=", "month"),
                ("state", "in", ("listing", "listed", "running")),
            ],
            limit=1,
        ):
            return
        company.ar_retention_listed_on = today
        self.create(
            {
                "company_id": company.id,
                "how": company.ar_retention_how,
                "closed_by": fields.Date.subtract(
                    today, years=company.ar_retention_years
                ),
            }
        )

    def _continue(self):
        """Continue the list: each transaction is a finished part."""
        self.ensure_one()
        while self.state == "listing":
            in_turn(self.env, self._list_some)
        if (
            self.state == "listed"
            and self.run_on
            and self.run_on <= self.company_id._ar_today()
        ):
            self.state = "running"
            self.activity_unlink(["mail.mail_activity_data_todo"])
        while self.state == "running":
            in_turn(self.env, self._do_some)

    def _list_some(self):
        """List unneeded records of some customers, in a constant number of SQL statements."""
        self._lock()
        if self.state != "listing":
            return
        debtor_ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """SELECT id FROM ar_debtor
                        WHERE company_id = %s AND id > %s AND %s
                        ORDER BY id LIMIT %s""",
                    self.company_id.id,
                    self.last_debtor_id,
                    # The nameless customer has no personal data left
                    SQL(
                        "id IS DISTINCT FROM %s AND (%s OR partner_id = %s)",
                        self.company_id.ar_nameless_id.id or None,
                        self.scope != "person",
                        self.partner_id.id or None,
                    ),
                    LOOKED_AT,
                )
            )
        ]
        if not debtor_ids:
            self._finish_list()
            return
        bars = dict(self.env.execute_query(bars_sql(debtor_ids, self.closed_by)))
        for name, kind in kinds(self.env).items():
            self.env.cr.execute(
                SQL(
                    """INSERT INTO ar_retention_item
                              (retention_id, kind, res_id, debtor_id, day)
                       SELECT %(retention)s, %(kind)s, r.id, bar.id, %(day)s
                         FROM %(table)s r
                         JOIN unnest(%(ids)s::int[], %(bars)s::date[]) bar(id, day)
                           ON bar.id = %(debtor)s
                        WHERE %(released)s""",
                    retention=self.id,
                    kind=name,
                    day=SQL(kind.day),
                    table=SQL.identifier(kind.table),
                    ids=debtor_ids,
                    bars=[bars.get(one) for one in debtor_ids],
                    debtor=SQL(kind.debtor),
                    released=released_sql(kind, self.closed_by),
                )
            )
        self.last_debtor_id = debtor_ids[-1]

    def _list_strangers(self):
        """List e-mails that belong to no customer."""
        kind = kinds(self.env)["reply"]
        self.env.cr.execute(
            SQL(
                """INSERT INTO ar_retention_item (retention_id, kind, res_id, day)
                   SELECT %s, 'reply', r.id, %s FROM ar_unmatched_reply r
                    WHERE r.debtor_id IS NULL AND r.company_id = %s AND %s""",
                self.id,
                SQL(kind.day),
                self.company_id.id,
                released_sql(kind, self.closed_by, bar="NULL::date"),
            )
        )

    def _finish_list(self):
        """Count the complete list, and ask a person to check it."""
        if self.scope == "month":
            self._list_strangers()
        self.env.cr.execute(
            SQL(
                """INSERT INTO ar_retention_line (retention_id, kind, records, debtors,
                                                  oldest, newest, done, kept)
                   SELECT retention_id, kind, count(*), count(DISTINCT debtor_id),
                          min(day), max(day), 0, 0
                     FROM ar_retention_item WHERE retention_id = %s
                    GROUP BY retention_id, kind ORDER BY min(id)""",
                self.id,
            )
        )
        self.env["ar.retention.line"].invalidate_model()
        self.invalidate_recordset(["line_ids", "item_ids"])
        today = self.company_id._ar_today()
        vals = {"state": "listed", "listed_on": today}
        if self.scope == "month" and not self.records:
            vals.update(state="done", done_at=fields.Datetime.now())
        elif self.scope == "month":
            vals["run_on"] = fields.Date.add(today, days=LOOK_DAYS)
        self.write(vals)
        if self.scope == "month" and self.records:
            self._ask_to_look()

    def _ask_to_look(self):
        """Notify the credit manager of the list and its day."""
        user = self.company_id.ar_manager_id or self.env.ref("base.user_admin")
        one = self.with_context(lang=user.lang, mail_activity_quick_update=True)
        one.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=one.env._("Look at what will be deleted or made anonymous"),
            note=one._in_words(),
            user_id=user.id,
            date_deadline=self.run_on,
        )

    def _lock(self):
        """Lock the row until the end of the transaction, and read it again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT 1 FROM ar_retention WHERE id = %s FOR NO KEY UPDATE", self.id),
            log_exceptions=False,
        )
        self.invalidate_recordset()


class ArRetentionLine(models.Model):
    """The numbers of listed and done records of one kind."""

    _name = "ar.retention.line"
    _description = "Kind of Records Deleted or Made Anonymous"
    _log_access = False
    _order = "id"
    _rec_name = "kind"

    retention_id = fields.Many2one(
        "ar.retention", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection("_selection_kind", required=True, readonly=True)
    records = fields.Integer(readonly=True)
    debtors = fields.Integer(string="Customers", readonly=True)
    oldest = fields.Date(readonly=True)
    newest = fields.Date(readonly=True)
    done = fields.Integer(readonly=True)
    kept = fields.Integer(
        string="Still needed",
        readonly=True,
        help="Needed again since it was listed, as when a payment was undone.",
    )

    @api.model
    def _selection_kind(self):
        return list(self._kind_names().items())

    @api.model
    def _kind_names(self):
        env = self.env
        return {
            "pack": env._("Evidence packs"),
            "call": env._("Calls and visits"),
            "answer": env._("Customers' answers"),
            "notice": env._("Notices"),
            "dispute": env._("Disputes"),
            "plan": env._("Promises and plans"),
            "referral": env._("Referrals"),
            "returned": env._("Returned payments"),
            "terms": env._("Signatures under the terms"),
            "charge": env._("Late charges"),
            "pause": env._("Interest-free periods"),
            "letter": env._("Letters"),
            "copies": env._("Copies of invoices"),
            "pass": env._("Credit overrides"),
            "exclusion": env._("Excluded from reminders"),
            "reply": env._("Replies by e-mail"),
            "message": env._("History"),
            "activity": env._("Activities"),
            "file": env._("Files"),
            "contact": env._("Contacts"),
            "visit": env._("Acts on customers' pages"),
            "outgoing": env._("Log of messages"),
        }


class ArRetentionItem(models.Model):
    """One record on a list; deleted as soon as it is done."""

    _name = "ar.retention.item"
    _description = "Record to be Deleted or Made Anonymous"
    _log_access = False
    _order = "id"
    _rec_name = "kind"

    retention_id = fields.Many2one(
        "ar.retention", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        lambda self: self.env["ar.retention.line"]._selection_kind(),
        required=True,
        readonly=True,
    )
    res_id = fields.Many2oneReference(
        string="Number", model_field="res_model", readonly=True
    )
    res_model = fields.Char(compute="_compute_res_model")
    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", readonly=True, index="btree_not_null",
        ondelete="cascade",
    )  # fmt: skip
    day = fields.Date(string="Last used", readonly=True)

    _kind_idx = models.Index("(retention_id, kind, id)")

    def _compute_res_model(self):
        known = kinds(self.env)
        for item in self:
            item.res_model = known[item.kind].model if item.kind in known else False

    def action_open(self):
        """Open the record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
