"""Texts about an answer: the next steps for the customer, a summary for us."""

from markupsafe import Markup

from odoo.tools import format_date


class AnswerWords:
    """The texts about one answer, in the language of its environment."""

    def __init__(self, answer):
        self.env = answer.env
        self.answer = answer

    # === WHAT HAPPENS NEXT === #

    def next_steps(self):
        """Return the next steps, as sentences in the customer's language."""
        next_of = {
            "paid": self._next_paid,
            "promise": self._next_agreed,
            "parts": self._next_agreed,
            "dispute": self._next_dispute,
            "not_received": self._next_not_received,
            "easier": self._next_easier,
        }[self.answer.kind]
        return [sentence for sentence in next_of() if sentence]

    def _next_paid(self):
        env, day = self.env, format_date(self.env, self.answer.deadline)
        name = self.answer.owner_id.name
        yield env._(
            "%(name)s looks for your payment, until %(day)s.", name=name, day=day
        )
        if self.answer.waits_until and any(self.answer.line_ids.mapped("waits")):
            yield env._(
                "Until then we send no reminder of %(numbers)s.",
                numbers=self.answer.numbers,
            )
        yield env._("If we do not find it, we will ask you.")

    def _next_agreed(self):
        """State whether it is agreed, or by when somebody answers."""
        env, plan = self.env, self.answer.plan_id
        if plan.state == "active":
            yield env._(
                "We expect %(amount)s by %(day)s.",
                amount=plan.currency_id.format(plan.amount),
                day=format_date(env, plan.last_date),
            )
            yield env._(
                "Until then we send no reminder of %(numbers)s.",
                numbers=self.answer.numbers,
            )
        elif not plan.closed_on:
            for part in plan.installment_ids.sorted("date"):
                yield env._(
                    "%(amount)s on %(day)s",
                    amount=plan.currency_id.format(part.amount),
                    day=format_date(env, part.date),
                )
            if plan.state == "offered":
                yield env._(
                    "We can agree on that. Please read and sign it by %(day)s; until "
                    "then we send no reminder of %(numbers)s.",
                    day=format_date(env, plan.offer_until),
                    numbers=self.answer.numbers,
                )
                return
            yield env._(
                "%(name)s answers your proposal by %(day)s. Until then we send no "
                "reminder of %(numbers)s.",
                name=self.answer.owner_id.name,
                day=format_date(env, plan.offer_until),
                numbers=self.answer.numbers,
            )

    def _next_dispute(self):
        env, dispute = self.env, self.answer.dispute_id
        yield env._(
            "%(name)s looks into it and answers you by %(day)s.",
            name=self.answer.owner_id.name,
            day=format_date(env, self.answer.deadline),
        )
        yield env._(
            "Until then we do not ask for %(amount)s of %(number)s.",
            amount=dispute.currency_id.format(dispute.amount),
            number=dispute.move_name,
        )
        move = dispute.move_id
        if move.currency_id.compare_amounts(move.amount_residual, dispute.amount) > 0:
            yield env._("Please pay the rest as usual.")

    def _next_not_received(self):
        env = self.env
        if self.answer.state == "done":
            yield env._(
                "We have just sent %(numbers)s again, to your e-mail address on file.",
                numbers=self.answer.numbers,
            )
            yield env._("If nothing arrives within a few minutes, please call us.")
        else:
            yield env._(
                "%(name)s sees to it by %(day)s.",
                name=self.answer.owner_id.name,
                day=format_date(env, self.answer.deadline),
            )

    def _next_easier(self):
        yield self.env._("We read every answer, and change what we can.")

    # === TELLING OUR PEOPLE === #

    def tell(self, person):
        """Write the answer into the history, and assign the task to somebody.

        :param tuple person: the person who answered, from
            :meth:`PageCorrespondence.contact`, or None
        """
        lang = self.answer.owner_id.lang or self.env.lang
        answer = self.answer.with_context(lang=lang)
        debtor = answer.debtor_id
        kind = dict(answer._fields["kind"]._description_selection(answer.env))
        lines = [kind[answer.kind], answer.numbers, *AnswerWords(answer).details()]
        author = self.env["res.partner"].sudo().browse(person[0] if person else [])
        debtor.message_post(
            body=Markup("<br/>").join(filter(None, lines)),
            author_id=(author or debtor.partner_id).id,
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

    def details(self):
        """Return the input, as lines for the history."""
        env, answer = self.env, self.answer

        def named(name):
            labels = dict(answer._fields[name]._description_selection(env))
            return labels.get(answer[name])

        details = [
            answer.paid_on and env._("Paid on %(day)s", day=answer.paid_on),
            answer.paid_way and named("paid_way"),
            answer.paid_reference
            and env._("Reference: %(text)s", text=answer.paid_reference),
            answer.late_reason and named("late_reason"),
            answer.wish and named("wish"),
            answer.address
            and env._("No longer contacted: %(address)s", address=answer.address),
            answer.contact_name,
            answer.contact_email,
            answer.contact_phone,
            answer.text,
        ]
        if answer.waits_until and any(answer.line_ids.mapped("waits")):
            details.append(env._("On hold until %(day)s.", day=answer.waits_until))
        return details
