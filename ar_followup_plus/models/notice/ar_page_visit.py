"""What was done on customers' pages lately: a row for each act, so that none is lost."""

from odoo import fields, models

#: What is counted: see :class:`ArDebtor`.
VISIT_KINDS = [
    ("mails", "Mail asked for"),
    ("messages", "Message written"),
    ("said", "Text of a message"),
    ("answers", "Answer given"),
    ("copies", "Copies fetched"),
]


class ArPageVisit(models.Model):
    """One act on a customer's page. Kept for a day, to say what is too much."""

    _name = "ar.page.visit"
    _description = "Act on a Customer's Page"
    _log_access = False
    _order = "id desc"
    _rec_name = "kind"

    debtor_id = fields.Many2one(
        "ar.debtor", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    kind = fields.Selection(VISIT_KINDS, required=True, readonly=True)
    done_at = fields.Datetime(
        string="When", required=True, readonly=True, index=True,
        default=fields.Datetime.now,
    )  # fmt: skip
    digest = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    mail_id = fields.Many2one(
        "mail.mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )

    _debtor_idx = models.Index("(debtor_id, kind, done_at)")
