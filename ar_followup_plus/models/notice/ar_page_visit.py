"""Recent actions on customers' pages: a row for each one, so that none is lost."""

from odoo import fields, models

#: Mails that a page may send to its customer in an hour and a day: a link is enough to
#: request them, so abuse is limited.
MAILS_AN_HOUR = 3
MAILS_A_DAY = 10
#: The actions that are counted: see :class:`PageVisits`.
VISIT_KINDS = [
    ("mails", "Mail asked for"),
    ("messages", "Message written"),
    ("said", "Text of a message"),
    ("answers", "Answer given"),
    ("copies", "Copies fetched"),
]


class ArPageVisit(models.Model):
    """One action on a customer's page. Kept for a day, to enforce the limits."""

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


class PageVisits:
    """Record the actions on the page of one customer, and check their limits."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor.ensure_one()

    def note(self, kind, **values):
        """Record an action on the customer's page.

        :rtype: ar.page.visit, as superuser
        """
        return (
            self.env["ar.page.visit"]
            .sudo()
            .create({"debtor_id": self.debtor.id, "kind": kind, **values})
        )

    def since(self, kind, seconds):
        """Return the number of actions of a kind in the last seconds."""
        return (
            self.env["ar.page.visit"]
            .sudo()
            .search_count(
                [
                    ("debtor_id", "=", self.debtor.id),
                    ("kind", "=", kind),
                    (
                        "done_at",
                        ">",
                        fields.Datetime.subtract(
                            fields.Datetime.now(), seconds=seconds
                        ),
                    ),
                ]
            )
        )

    def may_mail_again(self):
        """Count a mail requested on the page; return whether limits allow it."""
        return self._within_a_day() and self.count("mails", MAILS_AN_HOUR)

    def count(self, kind, limit):
        """Record an action; return whether it is within the limit of an hour."""
        if self.since(kind, 3600) >= limit:
            return False
        self.note(kind)
        return True

    def _within_a_day(self):
        return self.since("mails", 86400) < MAILS_A_DAY
