"""What was done on customers' pages lately: a row for each act, so that none is lost."""

from odoo import fields, models

#: Mails that anybody with a link can have sent to a customer, in an hour and a day.
MAILS_AN_HOUR = 3
MAILS_A_DAY = 10
#: What is counted: see :class:`PageVisits`.
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


class PageVisits:
    """What was done on the page of one customer, and whether it is too much."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor.ensure_one()

    def note(self, kind, **values):
        """Note an act on the page of the customer.

        :rtype: ar.page.visit, as superuser
        """
        return (
            self.env["ar.page.visit"]
            .sudo()
            .create({"debtor_id": self.debtor.id, "kind": kind, **values})
        )

    def since(self, kind, seconds):
        """Return how many acts of a kind there were in the last seconds."""
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
        """Count a mail asked for on the page; return whether it is not one too many."""
        return self._within_a_day() and self.count("mails", MAILS_AN_HOUR)

    def count(self, kind, limit):
        """Note an act; return whether it is not one too many within an hour."""
        if self.since(kind, 3600) >= limit:
            return False
        self.note(kind)
        return True

    def _within_a_day(self):
        return self.since("mails", 86400) < MAILS_A_DAY
