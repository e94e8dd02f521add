"""Notices of a customer that have not left."""


class WaitingNotices:
    """Notices of debtors that wait: for approval, for delivery, for a call."""

    def __init__(self, debtors):
        self.env = debtors.env
        self.debtors = debtors

    def unsent(self):
        """Return what could still be taken back before it leaves."""
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
        """Return the notices that wait for approval or for their delivery."""
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
        """Let e-mails that were made and have not left be made anew.

        Something that they list was just disputed or agreed.
        """
        self.unsent().filtered(
            lambda notice: notice.state == "ready" and notice.mail_message_id
        )._make_ready_again()
