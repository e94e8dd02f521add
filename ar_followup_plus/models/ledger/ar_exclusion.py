"""Open items that a person excluded from the follow-up until a day."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

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


class ArExclusion(models.Model):
    """Excludes one open item; ends automatically on its day.

    The mark is Odoo's own field of the journal item (``no_followup``). This record
    adds the reason, the person and the day.
    """

    _name = "ar.exclusion"
    _description = "Left out of the Follow-up"
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
        required=True,
        readonly=True,
        ondelete="cascade",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _line_unique = models.Constraint(
        "UNIQUE (move_line_id)", "This item is left out already."
    )
    _until_idx = models.Index("(until)")

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
            # Core marks all lines of an invoice together: the last end counts. Entries
            # of general journals carry Odoo's own mark, which is not ours to take off.
            kept = self.sudo().search(
                [
                    ("move_line_id.move_id", "in", over.move_line_id.move_id.ids),
                    ("id", "not in", over.ids),
                ]
            )
            lines = over.move_line_id.filtered(
                lambda line, kept=kept: (
                    line.no_followup
                    and line.move_id not in kept.move_line_id.move_id
                    and line.journal_id.type != "general"
                )
            )
            lines.no_followup = False
            items = self.env["ar.open.item"].sudo().search([("id", "in", lines.ids)])
            over.unlink()
            for debtor, mine in items.grouped("debtor_id").items():
                if debtor:
                    debtor.planned_for = False
                    debtor.message_post(
                        body=self.env._(
                            "%(numbers)s followed up again: the time for which it was "
                            "left out is over.",
                            numbers=", ".join(sorted(set(mine.mapped("move_name")))),
                        )
                    )
