"""The translated sentence of each reason, with its figures."""

from odoo import models
from odoo.tools import format_amount, format_date

from ...engine.values import Reason

REASON_SELECTION = [
    (Reason.CREDIT_COVERS.value, "Covered by credits"),
    (Reason.DISPUTED.value, "Disputed"),
    (Reason.PROMISED.value, "Promised"),
    (Reason.ON_PLAN.value, "On a payment plan"),
    (Reason.HANDED_OVER.value, "Handed over"),
    (Reason.SNOOZED.value, "Snoozed"),
    (Reason.EXCLUDED.value, "Excluded"),
    (Reason.SMALL_DIFFERENCE.value, "Small difference"),
    (Reason.PAYMENT_PENDING.value, "Payment on its way"),
    (Reason.BANK_UNMATCHED.value, "Money at the bank not matched yet"),
    (Reason.WAITING_FOR_US.value, "Waiting for our answer"),
    (Reason.NOT_DUE.value, "Not yet"),
    (Reason.DATE_GIVEN.value, "Waiting for the payment date given"),
    (Reason.NOT_SENT.value, "Invoice not sent"),
    (Reason.JUST_SENT.value, "Invoice just sent"),
    (Reason.DIRECT_DEBIT.value, "Direct debit"),
    (Reason.OTHER_STEP.value, "One contact at a time"),
    (Reason.NEEDS_PERSON.value, "Left to a person"),
    (Reason.DAILY_LIMIT.value, "Enough first notices today"),
    (Reason.CONTACTED_RECENTLY.value, "Contacted recently"),
    (Reason.BELOW_MINIMUM.value, "Below the minimum"),
    (Reason.QUIET_DAY.value, "Quiet day"),
    (Reason.AWAITING_APPROVAL.value, "Awaiting approval"),
    (Reason.IN_OUTBOX.value, "Notice on its way"),
    (Reason.NO_CONTACT.value, "No contact to write to"),
    (Reason.LADDER_DONE.value, "Top of the ladder"),
    (Reason.BOOKS_BEHIND.value, "Bank not up to date"),
    (Reason.CONTACT_STOPPED.value, "Contact stopped"),
    (Reason.COMPANY_OFF.value, "Follow-up is off"),
    (Reason.BROKEN.value, "Data need attention"),
]


class ArReason(models.AbstractModel):
    """Sentences for the verdicts of the engine."""

    _name = "ar.reason"
    _description = "Reasons of the Follow-up in Words"

    def _sentence(self, verdict, company):
        """Explain in a sentence why an item is followed up, or why not.

        :param engine.values.Verdict verdict: from the decision
        :param res.company company: minimums are in its currency
        :rtype: str
        """
        item = verdict.item
        currency = self.env["res.currency"].browse(item.currency)
        reason = verdict.reason
        if reason is None:
            name = self.env["ar.ladder.step"].sudo().browse(verdict.step.id).name
            return self.env._("%(step)s today.", step=name)
        if item.residual < 0:
            return self.env._(
                "A credit of %(amount)s, taken off what is owed.",
                amount=self._money(-item.residual, currency),
            )
        amount = self._money(verdict.detail, currency)
        day = format_date(self.env, verdict.on) if verdict.on else ""
        said = self._sentence_by_case(verdict, company, amount, day)
        return said or self._sentences(item, amount, day)[reason]

    def _sentence_by_case(self, verdict, company, amount, day):
        """Return the sentence of a reason with several sentences, or None."""
        reason, step = verdict.reason, verdict.coming
        step_name = (
            self.env["ar.ladder.step"].sudo().browse(step.id).name if step else ""
        )
        if reason is Reason.NOT_DUE:
            return self.env._(
                "%(step)s on %(day)s at the earliest.", step=step_name, day=day
            )
        if reason is Reason.BELOW_MINIMUM:
            return self.env._(
                "%(amount)s is below the minimum of %(minimum)s for %(step)s.",
                amount=self._money(verdict.detail, company.currency_id),
                minimum=self._money(step.min_amount, company.currency_id),
                step=step_name,
            )
        if reason is Reason.NEEDS_PERSON:
            if verdict.detail:
                return self.env._(
                    "%(days)s days overdue and never followed up: a person decides.",
                    days=verdict.detail,
                )
            return self.env._("This customer is never followed up automatically.")
        if reason is Reason.SNOOZED:
            return self.env._("Snoozed until %(day)s.", day=day)
        if reason is Reason.WAITING_FOR_US:
            if day:
                return self.env._(
                    "The customer wrote and waits for us until %(day)s.", day=day
                )
            return self.env._("%(amount)s waits for our answer.", amount=amount)
        if reason is Reason.DISPUTED and verdict.amount:
            if day:
                return self.env._(
                    "A part is disputed: nothing about this invoice before %(day)s.",
                    day=day,
                )
            return self.env._(
                "A part is disputed: the rest gets no harsher step until that is "
                "answered."
            )
        return None

    def _sentences(self, item, amount, day):
        """Return the sentences of the reasons that have only one sentence.

        :param engine.values.Item item: the item
        :param str amount: amount of the verdict, formatted
        :param str day: formatted day on which the verdict can change
        :return: ``{engine.values.Reason: sentence}``
        """
        return {
            Reason.CREDIT_COVERS: self.env._(
                "Covered by an unmatched credit of %(amount)s.", amount=amount
            ),
            Reason.DISPUTED: self.env._("%(amount)s is disputed.", amount=amount),
            Reason.PROMISED: self.env._("%(amount)s is promised.", amount=amount),
            Reason.ON_PLAN: self.env._(
                "%(amount)s is on a payment plan.", amount=amount
            ),
            Reason.HANDED_OVER: self.env._("Handed over to a third party."),
            Reason.EXCLUDED: self.env._("Excluded from the follow-up by a person."),
            Reason.SMALL_DIFFERENCE: self.env._(
                "Only a small difference of %(amount)s is left: for write-off.",
                amount=amount,
            ),
            Reason.PAYMENT_PENDING: self.env._(
                "A payment of %(amount)s is on its way.", amount=amount
            ),
            Reason.BANK_UNMATCHED: self.env._(
                "%(amount)s has arrived at the bank and is not matched yet.",
                amount=amount,
            ),
            **self._sentences_of_contacts(item, day),
        }

    def _sentences_of_contacts(self, item, day):
        """Return the sentences of the reasons that delay a contact."""
        attention = self.env["ar.open.item"]._fields["attention"]
        faults = dict(attention._description_selection(self.env))
        return {
            Reason.DATE_GIVEN: self.env._(
                "We gave the customer a date: nothing before %(day)s.", day=day
            ),
            Reason.NOT_SENT: self.env._(
                "The invoice was never sent, bounced, or was refused by the network."
            ),
            Reason.JUST_SENT: self.env._(
                "The invoice was sent only on %(sent)s: no reminder before %(day)s.",
                sent=format_date(self.env, item.sent_on) if item.sent_on else "",
                day=day,
            ),
            Reason.DIRECT_DEBIT: self.env._(
                "Collected by direct debit, which can come back until %(day)s.", day=day
            ),
            Reason.OTHER_STEP: self.env._(
                "One contact at a time: today's notice is about other items."
            ),
            Reason.DAILY_LIMIT: self.env._(
                "Enough customers with old debts are contacted for the first time "
                "today; the largest debts go first."
            ),
            Reason.CONTACTED_RECENTLY: self.env._(
                "Contacted a few days ago: nothing before %(day)s.", day=day
            ),
            Reason.QUIET_DAY: self.env._(
                "Nothing like this leaves today; next on %(day)s.", day=day
            ),
            Reason.AWAITING_APPROVAL: self.env._("A proposal waits for approval."),
            Reason.IN_OUTBOX: self.env._(
                "A notice about it is ready, being sent, or failed and waits for a "
                "person."
            ),
            Reason.NO_CONTACT: self.env._(
                "No contact can be reached by the channels of this step."
            ),
            Reason.LADDER_DONE: self.env._("The ladder has no further step for it."),
            Reason.BOOKS_BEHIND: self.env._(
                "The bank journals are not up to date, so nothing leaves."
            ),
            Reason.CONTACT_STOPPED: self.env._(
                "All contact with this customer is stopped."
            ),
            Reason.COMPANY_OFF: self.env._(
                "The follow-up of this company is switched off or paused."
            ),
            Reason.BROKEN: self.env._(
                "The data need attention: %(what)s.",
                what=faults.get(item.broken, item.broken),
            ),
        }

    def _money(self, minor, currency):
        """Format an amount in minor units."""
        return format_amount(self.env, minor / 10**currency.decimal_places, currency)
