"""Open items that a person excluded from the follow-up until a day."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..company.roles import is_manager

#: Days for which a collector may exclude an item; a credit manager may take longer.
MOST_DAYS = 90
EXCLUSION_KINDS = [
    ("deposit", "Deposit"),
    ("retention", "Retention"),
    ("factor", "Assigned to a factor"),
    ("employee", "Employee or related account"),
    ("key_agreement", "Agreement with a key account"),
    ("other", "Other"),
]
#: SQL that is true for a journal item ``l`` that a person excluded. Hashed once for a
#: full read, because there are few.
LEFT_OUT = SQL(
    """(l.id IN (SELECT x.move_line_id FROM ar_exclusion x
                  WHERE x.move_line_id IS NOT NULL)
        OR l.move_id IN (SELECT x.move_id FROM ar_exclusion x
                           JOIN account_move xm ON xm.id = x.move_id
                          WHERE x.move_line_id IS NULL
                             OR xm.move_type IN ('out_invoice', 'out_refund')))"""
)
#: The same for one exclusion ``x``: that of an invoice applies to all of it, like Odoo's
#: own mark, also to installments that an edit added.
EXCLUDES = """
    (x.move_line_id = l.id
     OR (x.move_id = l.move_id
         AND (x.move_line_id IS NULL
              OR EXISTS (SELECT 1 FROM account_move xm
                          WHERE xm.id = x.move_id
                            AND xm.move_type IN ('out_invoice', 'out_refund')))))
"""


class ArExclusion(models.Model):
    """Excludes one open item; ends automatically on its day.

    This record is decisive. Odoo's own mark on the journal item follows it, for other
    readers of the mark; Odoo recomputes the mark when an invoice is edited, and may
    replace the journal item: then the exclusion applies to the invoice.
    """

    _name = "ar.exclusion"
    _description = "Excluded from Reminders"
    _rec_name = "reason"
    _order = "until, id"

    reason = fields.Char(required=True, readonly=True)
    kind = fields.Selection(EXCLUSION_KINDS, required=True, readonly=True)
    until = fields.Date(
        required=True,
        readonly=True,
        help="The first day on which it is followed up again.",
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    # Stored here because collectors may not read journal items
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal item",
        readonly=True,
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Empty if the item was replaced since; all items of the invoice are then "
        "excluded.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="cascade",
        index=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _line_unique = models.Constraint(
        "UNIQUE (move_line_id)", "This item is already excluded."
    )
    _until_idx = models.Index("(until)")

    @api.model_create_multi
    def create(self, vals_list):
        lines_sudo = self.env["account.move.line"].sudo()
        for vals in vals_list:
            if vals.get("move_line_id") and not vals.get("move_id"):
                line_sudo = lines_sudo.browse(vals["move_line_id"])
                vals["move_id"] = line_sudo.move_id.id
        return super().create(vals_list)

    def _lines(self):
        """Return the excluded journal items, as superuser."""
        self_sudo = self.sudo()
        self_sudo.invalidate_recordset(["move_line_id"])
        anew = self_sudo.filtered(lambda x: not x.move_line_id).move_id.line_ids
        return self_sudo.move_line_id | anew.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @api.model
    def _of_lines(self, lines):
        """Return the exclusions of journal items, as superuser.

        Those of an invoice apply to all of it, like Odoo's own mark.
        """
        invoices = lines.move_id.filtered(lambda move: move.is_invoice())
        return self.sudo().search(
            [
                "|",
                ("move_line_id", "in", lines.ids),
                ("move_id", "in", invoices.ids),
            ]
        )

    @api.model
    def _check_until(self, until, company):
        """Check the day on which an exclusion ends.

        :raise ValidationError: for a day in the past, or too far ahead for the user
        """
        today = company._ar_today()
        if not until or until <= today:
            raise ValidationError(
                self.env._(
                    "Choose a day in the future, not %(day)s.", day=until or today
                )
            )
        if not is_manager(self.env) and (until - today).days > MOST_DAYS:
            raise ValidationError(
                self.env._(
                    "At most %(days)s days: until %(day)s. A credit manager may "
                    "choose a later day.",
                    days=MOST_DAYS,
                    day=fields.Date.add(today, days=MOST_DAYS),
                )
            )

    @api.model
    def _end_over(self):
        """End the exclusions that are over, and note it in the chatter."""
        for company in (
            self.env["res.company"].sudo().search([("parent_id", "=", False)])
        ):
            over = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("until", "<=", company._ar_today()),
                ]
            )
            # Core marks all lines of an invoice together: the latest end counts.
            # Entries of general journals carry Odoo's own mark, which we must not
            # remove.
            kept = self.sudo().search(
                [
                    ("move_id", "in", over.move_id.ids),
                    ("id", "not in", over.ids),
                ]
            )
            lines = over._lines().filtered(
                lambda line, kept=kept: (
                    line.move_id not in kept.move_id
                    and line.journal_id.type != "general"
                )
            )
            over.unlink()
            lines.filtered("no_followup").no_followup = False
            items = self.env["ar.open.item"].sudo().search([("id", "in", lines.ids)])
            for debtor, mine in items.grouped("debtor_id").items():
                if debtor:
                    debtor.planned_for = False
                    debtor.message_post(
                        body=self.env._(
                            "%(numbers)s followed up again: its exclusion has ended.",
                            numbers=", ".join(sorted(set(mine.mapped("move_name")))),
                        )
                    )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _compute_no_followup(self):
        # EXTENDS account: a person's exclusion survives an edit of the invoice
        result = super()._compute_no_followup()
        known = (
            self.env["ar.exclusion"]
            .sudo()
            .search([("move_id", "in", self.move_id._origin.ids)])
            .move_id
        )
        for line in self if known else ():
            if line.move_id._origin in known and line.move_id.is_invoice():
                line.no_followup = True
        return result
