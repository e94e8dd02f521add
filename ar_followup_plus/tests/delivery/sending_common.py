"""Delivery within one transaction, where the mail server is pretended."""

from ..common import ArCommon


class SendingCommon(ArCommon):
    """Delivery within one transaction; the mail server is pretended."""

    def _deliver(self, limit=None):
        counts = self.env["ar.notice"].deliver(limit)
        self.env.flush_all()
        return counts

    def _mails(self, partner=None):
        """Return the e-mails of notices that left, to a customer."""
        domain = [
            ("ar_notice_id.company_id", "=", self.company.id),
            ("state", "=", "sent"),
        ]
        if partner:
            domain.append(("ar_notice_id.debtor_id.partner_id", "=", partner.id))
        return self.env["mail.mail"].sudo().search(domain, order="id")

    def _activity_names(self, partner):
        activities = self._debtor(partner).sudo().activity_ids
        return activities.activity_type_id.mapped("name")

    def assert_settled(self, notice, how="settled"):
        """Assert that a notice was cancelled and its items are as if never asked."""
        self.assertEqual((notice.state, notice.cancel_how), ("cancelled", how))
        self.assertFalse(any(notice.line_ids.mapped("active")))
        self.assertFalse(any(notice.line_ids.mapped("taken")))
        self.assertFalse(self._mails(notice.partner_id))
