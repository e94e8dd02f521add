"""Items and customers that a person took out of the follow-up for now."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..customer.ar_debtor import SNOOZE_KINDS
from ..ledger.ar_exclusion import EXCLUDES, EXCLUSION_KINDS, LEFT_OUT


class ArParked(models.Model):
    """Excluded items and snoozed customers: amounts, by whom, until when."""

    _name = "ar.parked"
    _description = "On hold"
    _auto = False
    _order = "until, id"
    _rec_name = "move_name"

    what = fields.Selection(
        [("item", "Excluded from reminders"), ("debtor", "Snoozed")], readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    debtor_id = fields.Many2one("ar.debtor", string="Customer", readonly=True)
    move_name = fields.Char(string="Number", readonly=True)
    amount = fields.Monetary(readonly=True)
    kind = fields.Selection(
        [*EXCLUSION_KINDS[:-1], *SNOOZE_KINDS],
        readonly=True,
        help="Empty: marked on the journal item itself, by nobody we know of.",
    )
    reason = fields.Char(readonly=True)
    until = fields.Date(readonly=True, help="Empty: without end.")
    user_id = fields.Many2one("res.users", string="By", readonly=True)

    _depends = {
        "account.move.line": [
            "account_id", "amount_residual", "amount_residual_currency", "company_id",
            "journal_id", "move_id", "move_name", "no_followup", "parent_state", "partner_id",
            "reconciled",
        ],
        "account.journal": ["type"],
        "account.move": ["move_type"],
        "ar.exclusion": [
            "kind", "move_id", "move_line_id", "reason", "until", "user_id",
        ],
        "ar.debtor": [
            "amount_overdue", "company_id", "partner_id", "snooze_kind",
            "snooze_reason", "snooze_until", "snooze_user_id",
        ],
        "res.partner": ["commercial_partner_id"],
    }  # fmt: skip

    @property
    def _table_query(self):
        """Ids of items are even, those of customers odd: both stay stable."""
        return SQL(
            """SELECT l.id * 2 AS id, 'item' AS what, root.id AS company_id,
                      root.currency_id, d.id AS debtor_id, l.move_name,
                      l.amount_residual AS amount, x.kind, x.reason, x.until, x.user_id
                 FROM account_move_line l
                 JOIN account_account a
                   ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 JOIN account_journal j ON j.id = l.journal_id
                 JOIN res_company co ON co.id = l.company_id
                 JOIN res_company root
                   ON root.id = split_part(co.parent_path, '/', 1)::int
                 JOIN res_partner p ON p.id = l.partner_id
                 LEFT JOIN ar_debtor d ON d.company_id = root.id
                  AND d.partner_id = p.commercial_partner_id
                 LEFT JOIN LATERAL (
                     SELECT x.* FROM ar_exclusion x WHERE %(excludes)s
                      ORDER BY x.until DESC LIMIT 1) x ON TRUE
                WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                  AND l.amount_residual_currency > 0
                  AND (%(left_out)s OR (l.no_followup AND j.type <> 'general'))
                UNION ALL
               SELECT d.id * 2 + 1, 'debtor', d.company_id, root.currency_id, d.id, NULL,
                      d.amount_overdue, d.snooze_kind, d.snooze_reason, d.snooze_until,
                      d.snooze_user_id
                 FROM ar_debtor d
                 JOIN res_company root ON root.id = d.company_id
                WHERE d.snooze_until IS NOT NULL""",
            excludes=SQL(EXCLUDES),
            left_out=LEFT_OUT,
        )

    @api.readonly
    def action_open_debtor(self):
        """Open the customer."""
        self.ensure_one()
        return self.debtor_id._get_records_action(context={})
