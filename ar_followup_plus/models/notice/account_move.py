"""The follow-up shown on an invoice: computed on read, never stored."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..customer.standing import Standing
from ..ladder.ar_ladder_step import STAGE_SELECTION

#: Who may read invoices in the back office; customers in the portal may not see it.
READERS = "account.group_account_invoice,account.group_account_readonly"
COMPARISONS = {
    "<": (SQL("<"), lambda left, right: left < right),
    "<=": (SQL("<="), lambda left, right: left <= right),
    ">": (SQL(">"), lambda left, right: left > right),
    ">=": (SQL(">="), lambda left, right: left >= right),
}


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_notice_count = fields.Integer(
        string="Notices",
        compute="_compute_ar_followup",
        search="_search_ar_notice_count",
        groups=READERS,
        help="Notices that include this invoice, without cancelled ones.",
    )
    ar_stage = fields.Selection(
        STAGE_SELECTION,
        string="Step reached",
        compute="_compute_ar_followup",
        search="_search_ar_stage",
        groups=READERS,
    )
    ar_last_notice_date = fields.Date(
        string="Last notice",
        compute="_compute_ar_followup",
        search="_search_ar_last_notice_date",
        groups=READERS,
    )
    ar_excluded = fields.Boolean(
        string="Not followed up",
        compute="_compute_ar_excluded",
        search="_search_ar_excluded",
        groups=READERS,
        help="A person decided that this invoice is not followed up.",
    )

    ar_standing = fields.Char(
        string="Receivables status", compute="_compute_ar_standing", groups=READERS
    )

    # === COMPUTE METHODS === #

    @api.depends_context("uid", "lang")
    def _compute_ar_standing(self):
        """Summarize the messages sent about the invoice; for forms, not lists."""
        asked = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in ("out_invoice", "out_receipt")
                and move.payment_state in ("not_paid", "partial")
            )
        )
        debtors = self.env["ar.debtor"].search(
            [("partner_id", "in", asked.commercial_partner_id.ids)]
        )
        said = Standing(debtors).in_words(asked.ids) if debtors else {}
        for move in self:
            move.ar_standing = said.get(move.id, False)

    @api.depends_context("uid")
    def _compute_ar_followup(self):
        rows = {}
        if self.ids:
            rows = {
                row["move_id"]: row
                for row in self.env.execute_query_dict(self._ar_query(self.ids))
            }
        for move in self:
            row = rows.get(move._origin.id, {})
            move.ar_notice_count = row.get("notices", 0)
            move.ar_stage = row.get("stage") or False
            move.ar_last_notice_date = row.get("last_on") or False

    @api.model
    def _ar_query(self, move_ids=None):
        """Return SQL with a row for each invoice that a notice lists.

        A step counts for the due date for which it was taken: an invoice whose due date
        is postponed starts afresh.

        :param list move_ids: only these; default: all
        :rtype: odoo.tools.SQL
        """
        self.env["ar.notice.line"].flush_model()
        self.env["ar.notice"].flush_model(["state", "stage", "sent_on"])
        self.env["account.move.line"].flush_model(["date_maturity"])
        where = SQL("nl.move_id IS NOT NULL")
        if move_ids is not None:
            where = SQL("nl.move_id = ANY(%s)", list(move_ids))
        return SQL(
            """SELECT nl.move_id,
                      count(DISTINCT n.id) FILTER (WHERE n.state <> 'cancelled')
                          AS notices,
                      max(n.sent_on) FILTER (WHERE n.state = 'sent') AS last_on,
                      (array_agg(COALESCE(s.stage, n.stage)
                                 ORDER BY nl.delay_days DESC, n.id DESC)
                           FILTER (WHERE nl.taken AND nl.delay_days IS NOT NULL
                                   AND n.state <> 'proposed'
                                   AND (l.id IS NULL OR nl.date_due
                                        >= COALESCE(l.date_maturity, l.date))))[1]
                          AS stage
                 FROM ar_notice_line nl
                 JOIN ar_notice n ON n.id = nl.notice_id
                 LEFT JOIN ar_ladder_step s ON s.id = nl.step_id
                 LEFT JOIN account_move_line l ON l.id = nl.move_line_id
                WHERE %s
                GROUP BY nl.move_id""",
            where,
        )

    def _ar_check_reader(self, name):
        """Refuse searches by users who may not read the field: core checks stored ones.

        :raise AccessError: for customers in the portal
        """
        self._check_field_access(self._fields[name], "read")

    def _ar_having(self, condition):
        """Return the domain of invoices whose follow-up meets a condition in SQL."""
        return Domain(
            "id",
            "in",
            SQL("(SELECT f.move_id FROM (%s) f WHERE %s)", self._ar_query(), condition),
        )

    def _search_ar_notice_count(self, operator, value):
        self._ar_check_reader("ar_notice_count")
        if operator == "in":
            found = self._ar_having(SQL("f.notices = ANY(%s)", [v or 0 for v in value]))
            none = not all(value)
        elif operator in COMPARISONS:
            sql, holds = COMPARISONS[operator]
            found = self._ar_having(SQL("f.notices %s %s", sql, value))
            none = holds(0, value)
        else:
            return NotImplemented
        return found | ~self._ar_having(SQL("TRUE")) if none else found

    def _search_ar_stage(self, operator, value):
        self._ar_check_reader("ar_stage")
        if operator != "in":
            return NotImplemented
        stages = [stage for stage in value if stage]
        found = self._ar_having(SQL("f.stage = ANY(%s)", stages))
        if len(stages) < len(value):
            found |= ~self._ar_having(SQL("f.stage IS NOT NULL"))
        return found

    def _search_ar_last_notice_date(self, operator, value):
        self._ar_check_reader("ar_last_notice_date")
        if operator == "in":
            days = [fields.Date.to_date(day) for day in value if day]
            found = self._ar_having(SQL("f.last_on = ANY(%s)", days))
            if len(days) < len(value):
                found |= ~self._ar_having(SQL("f.last_on IS NOT NULL"))
            return found
        if operator not in COMPARISONS:
            return NotImplemented
        sql, _holds = COMPARISONS[operator]
        return self._ar_having(SQL("f.last_on %s %s", sql, fields.Date.to_date(value)))

    @api.depends("line_ids.no_followup")
    def _compute_ar_excluded(self):
        for move in self:
            move.ar_excluded = any(
                line.no_followup and line.account_type == "asset_receivable"
                for line in move.line_ids
            )

    def _search_ar_excluded(self, operator, value):
        self._ar_check_reader("ar_excluded")
        if operator != "in":
            return NotImplemented
        found = Domain(
            "line_ids",
            "any",
            [("no_followup", "=", True), ("account_type", "=", "asset_receivable")],
        )
        return found if True in value else ~found

    # === ACTIONS === #

    def action_open_ar_notices(self):
        """Open the notices that list the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ar_followup_plus.ar_notice_action_all"
        )
        action["domain"] = [
            ("line_ids.move_id", "=", self.id),
            ("state", "!=", "cancelled"),
        ]
        action["context"] = {}
        return action

    def action_open_ar_debtor(self):
        """Open the customer's receivables."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_open_ar_debtor()

    def action_ar_exclude(self):
        """Ask for the reason, and exclude the invoice from the follow-up."""
        return self._ar_exclusion(True)

    def action_ar_include(self):
        """Ask for the reason, and include the invoice in the follow-up again."""
        return self._ar_exclusion(False)

    def _ar_exclusion(self, exclude):
        self.check_access("write")
        lines = self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return self.env["ar.exclude"]._open(lines.ids, exclude)
