"""Prepares letters automatically for customers without an e-mail address.

A person prints and posts them; the customer counts as informed only then.
"""

from odoo import fields, models

from ..statement.statement import Statement

#: The letter that replaces each message of a plan.
PLAN_MOMENTS = {
    "broken": "broken_promise",
    "missed": "missed_installment",
    "ended": "plan_default",
}


class ArPaymentPlan(models.Model):
    _inherit = "ar.payment.plan"

    def _write_letter(self, kind):
        """Prepare the letter that replaces a message of this kind.

        For customers not reachable by e-mail; the end of a plan is also sent by letter
        to customers who got letters about its items before.

        :param str kind: of the message
        :rtype: ar.letter, empty if none is needed
        """
        self.ensure_one()
        debtor, none = self.debtor_id, self.env["ar.letter"]
        moment = PLAN_MOMENTS.get(kind)
        if not moment or self.kind == "settlement":
            return none
        if not Statement(debtor).addressee()._ar_has_address():
            return none
        if self.env["ar.notice"]._people_of(debtor).get(debtor.id) and not (
            kind == "ended" and self._goes_by_letter()
        ):
            return none
        plan = self.with_context(lang=Statement(debtor).unsaved_notice()._lang())
        said = plan._message_values(kind, None, (None, ""))
        again = max(filter(None, self.line_ids.mapped("again_on")), default=None)
        values, new_date = {
            "broken": (
                {
                    "promise_made_date": said["agreed_on"],
                    "promised_amount": said["amount"],
                    "promise_date": said["agreed_for"],
                    "promise_open": said["open"],
                    "amount_received": said["paid"],
                },
                again and fields.Date.subtract(again, days=1),
            ),
            "missed": (
                {
                    "installment_amount": said["part"],
                    "installment_date": said["part_date"],
                    "amount_received": said["part_paid"],
                    "cure_date": said["cure_until"],
                },
                None,
            ),
            "ended": ({"plan_open": said["debt"]}, None),
        }[kind]
        return self.env["ar.letter"]._for_moment(debtor, moment, values, new_date)

    def _goes_by_letter(self):
        """Return whether a step taken for the items sends letters."""
        return bool(
            self.env["ar.notice.line"].search_count(
                [
                    ("move_line_id", "in", self.line_ids.move_line_id.ids),
                    ("taken", "=", True),
                    ("notice_id.state", "=", "sent"),
                    ("notice_id.step_id.channels", "like", "letter"),
                ],
                limit=1,
            )
        )
