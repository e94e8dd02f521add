"""Unsent notices of a customer."""


class WaitingNotices:
    """Pending notices of debtors: for approval, for delivery, for a call."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def unsent(self):
        """Return the notices that can still be cancelled before they are sent."""
        return (
            self.env["ar.notice"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.debtors.ids),
                    ("state", "in", ("proposed", "ready", "failed")),
                    ("maybe_sent", "=", False),
                ]
            )
        )

    def to_send(self):
        """Return the notices that wait for approval or delivery."""
        return self.env["ar.notice"].search(
            [
                ("debtor_id", "in", self.debtors.ids),
                ("state", "in", ("proposed", "ready")),
            ]
        )

    def calls(self):
        """Return the call that waits for its outcome, if any."""
        return self.env["ar.notice"].search(
            [
                ("debtor_id", "in", self.debtors.ids),
                ("channel", "=", "call"),
                ("state", "=", "ready"),
            ]
        )

    def make_anew(self):
        """Discard the unsent e-mails of ready notices: they are created again.

        Called when an item that they list was just disputed or agreed.
        """
        self.unsent().filtered(
            lambda notice: notice.state == "ready" and notice.mail_message_id
        )._make_ready_again()
