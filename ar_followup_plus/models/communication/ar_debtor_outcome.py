"""Calls and visits: the notices that they are about, and their outcomes."""

from odoo import models

from ..ledger.balances import Balances
from .call_outcome import CallOutcome


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _call_notices(self):
        """Return the call that waits for its outcome, if any."""
        return self.env["ar.notice"].search(
            [
                ("debtor_id", "in", self.ids),
                ("channel", "=", "call"),
                ("state", "=", "ready"),
            ]
        )

    def _look_again(self):
        """Let e-mails that were made and have not left be made anew.

        Something that they list was just disputed or agreed.
        """
        self._waiting_notices().filtered(
            lambda notice: notice.state == "ready" and notice.mail_message_id
        )._make_ready_again()

    def _waiting_notices(self):
        """Return what could still be taken back before it leaves."""
        return (
            self.env["ar.notice"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.ids),
                    ("state", "in", ("proposed", "ready", "failed")),
                    ("maybe_sent", "=", False),
                ]
            )
        )

    def _outcome_reached(self, log, notice):
        """See :meth:`CallOutcome.reached`."""
        CallOutcome(self).reached(log, notice)

    def _outcome_will_pay(self, log, notice):
        """See :meth:`CallOutcome.will_pay`."""
        CallOutcome(self).will_pay(log, notice)

    def _outcome_disputes(self, log, notice):
        """See :meth:`CallOutcome.disputes`."""
        CallOutcome(self).disputes(log, notice)

    def _outcome_upset(self, log, notice):
        """See :meth:`CallOutcome.upset`."""
        CallOutcome(self).upset(log, notice)

    def _outcome_wrong_number(self, log, notice):
        """See :meth:`CallOutcome.wrong_number`."""
        CallOutcome(self).wrong_number(log, notice)

    def _outcome_no_answer(self, log, notice):
        """See :meth:`CallOutcome.no_answer`."""
        CallOutcome(self).no_answer(log, notice)

    def _overdue_text(self):
        """Return what is overdue, for each currency, as a text."""
        rows = Balances(self).rows().get(self.id, [])
        return " + ".join(
            row["currency"].format(row["overdue"]) for row in rows if row["overdue"]
        )

    def _tell_account_manager(self):
        """Tell the salespeople of key accounts that a call is due."""
        for debtor in self:
            user = debtor.partner_id.user_id
            if user and user != debtor.user_id:
                debtor.message_notify(
                    partner_ids=user.partner_id.ids,
                    subject=self.env._(
                        "A call is due: %(customer)s", customer=debtor.display_name
                    ),
                    body=self.env._(
                        "%(amount)s is overdue. Nothing is written to this customer "
                        "before somebody has called.",
                        amount=debtor._overdue_text(),
                    ),
                )
