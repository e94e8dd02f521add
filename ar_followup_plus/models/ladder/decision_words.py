"""The translated sentence of each reason, with its figures."""

from odoo import models
from odoo.tools import format_amount, format_date

from ...engine.values import Reason

REASON_SELECTION = [(reason.value, reason.label) for reason in Reason]
#: Why a customer waits for a person, whatever the ladder says.
FOR_PEOPLE = tuple(reason.value for reason in Reason if reason.needs_person)


class ArReason(models.AbstractModel):
    """Sentences for the verdicts of the engine."""

    _name = "ar.reason"
    _description = "Reasons of the Follow-up in Words"

    def _sentence(self, verdict, company, letter_on=None):
        """Explain in a sentence why an item is followed up, or why not.

        :param engine.values.Verdict verdict: from the decision
        :param res.company company: minimums are in its currency
        :param datetime.date letter_on: the day of a letter about it that nobody has
            posted
        :rtype: str
        """
        item, reason, step = verdict.item, verdict.reason, verdict.coming
        steps_sudo = self.env["ar.ladder.step"].sudo()
        if reason is None:
            name = steps_sudo.browse(verdict.step.id).name
            return self.env._("%(step)s today.", step=name)
        own = company.currency_id
        currency = self.env["res.currency"].browse(item.currency)
        if item.residual < 0:
            return self.env._(
                "A credit of %(amount)s, taken off what is owed.",
                amount=self._money(-item.residual, currency),
            )
        if reason is Reason.IN_OUTBOX and letter_on:
            return self.env._(
                "A letter of %(day)s about it was not mailed yet: print it and mark it "
                "as mailed, or cancel it. Until then nothing else is sent about it.",
                day=format_date(self.env, letter_on),
            )
        attention = self.env["ar.open.item"]._fields["attention"]
        faults = dict(attention._description_selection(self.env))
        return self.env._(
            reason.says(verdict),
            amount=self._money(
                verdict.detail, own if reason.in_company_currency else currency
            ),
            day=format_date(self.env, verdict.on) if verdict.on else "",
            step=steps_sudo.browse(step.id).name if step else "",
            minimum=self._money(step.min_amount, own) if step else "",
            days=verdict.detail,
            sent=format_date(self.env, item.sent_on) if item.sent_on else "",
            what=faults.get(item.broken, item.broken) or "",
        )

    def _money(self, minor, currency):
        """Format an amount in minor units."""
        return format_amount(self.env, minor / 10**currency.decimal_places, currency)
