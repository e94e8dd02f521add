"""Calls and visits: the notices that they are about, and their outcomes."""

from odoo import models

from .call_outcome import CallOutcome


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

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
