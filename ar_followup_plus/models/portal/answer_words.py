"""What is said of an answer: to the customer what happens next, to us what was said."""

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # === WHAT HAPPENS NEXT === #

    def _answer_next(self, answer):
        """Return what happens next, as sentences in the customer's language."""
        next_of = {
            "paid": self._next_paid,
            "promise": self._next_promise,
            "parts": self._next_parts,
            "dispute": self._next_dispute,
            "not_received": self._next_not_received,
            "easier": self._next_easier,
        }[answer.kind]
        return [sentence for sentence in next_of(answer) if sentence]

    def _next_paid(self, answer):
        env, day = self.env, format_date(self.env, answer.deadline)
        name = answer.owner_id.name
        yield env._(
            "%(name)s looks for your payment, until %(day)s.", name=name, day=day
        )
        if answer.waits_until and any(answer.line_ids.mapped("waits")):
            yield env._(
                "Until then we send no reminder of %(numbers)s.",
                numbers=answer.numbers,
            )
        yield env._("If we do not find it, we will ask you.")

    def _next_not_received(self, answer):
        env = self.env
        if answer.state == "done":
            yield env._(
                "We have just sent %(numbers)s again, to the e-mail address that we "
                "know of you.",
                numbers=answer.numbers,
            )
            yield env._("If nothing arrives within some minutes, please call us.")
        else:
            yield env._(
                "%(name)s sees to it by %(day)s.",
                name=answer.owner_id.name,
                day=format_date(env, answer.deadline),
            )

    def _next_easier(self, answer):
        yield self.env._("We read every answer, and change what we can.")

    # === TELLING OUR PEOPLE === #

    def _tell_answer(self, answer, person):
        """Write the answer into the history, and give somebody the task."""
        debtor = self.with_context(lang=answer.owner_id.lang or self.env.lang)
        answer = answer.with_env(debtor.env)
        kind = dict(answer._fields["kind"]._description_selection(debtor.env))
        lines = [kind[answer.kind], answer.numbers, *debtor._answer_details(answer)]
        author = self.env["res.partner"].sudo().browse(person[0] if person else [])
        debtor.message_post(
            body=Markup("<br/>").join(filter(None, lines)),
            author_id=(author or self.partner_id).id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=answer._attachments().ids,
        )
        if answer.state == "open":
            summary = ": ".join(filter(None, (kind[answer.kind], answer.numbers)))
            debtor._ar_activity(
                f"activity_{answer.kind}",
                summary[:200],
                answer.owner_id,
                answer.deadline,
            )

    def _answer_details(self, answer):
        """Return what was typed, as lines for the history."""

        def named(name):
            labels = dict(answer._fields[name]._description_selection(self.env))
            return labels.get(answer[name])

        env = self.env
        details = [
            answer.paid_on and env._("Paid on %(day)s", day=answer.paid_on),
            answer.paid_way and named("paid_way"),
            answer.paid_reference
            and env._("Reference: %(text)s", text=answer.paid_reference),
            answer.late_reason and named("late_reason"),
            answer.wish and named("wish"),
            answer.address
            and env._("Not written to any more: %(address)s", address=answer.address),
            answer.contact_name,
            answer.contact_email,
            answer.contact_phone,
            answer.text,
        ]
        if answer.waits_until and any(answer.line_ids.mapped("waits")):
            details.append(env._("Waits until %(day)s.", day=answer.waits_until))
        return details
