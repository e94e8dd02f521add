"""Answers that become a record of their own: a promise, a proposed plan, a dispute.

The answer only says that the customer gave it on the page; what is agreed or looked
into is with the promise, the plan, the dispute.
"""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.misc import get_lang

from ...engine.agreement import RHYTHMS
from ..dispute.dispute_intake import DisputeIntake
from ..payment_plan.agreement import Agreement
from .page_payment import read_amount, read_count

#: Reasons of disputes that have an answer of their own on the page.
OWN_ANSWERS = ("already_paid", "not_received")
#: Most installments of a plan that a consumer is offered, and fewest of any plan.
MOST_PARTS, FEWEST_PARTS = 12, 2


class ArAnswer(models.Model):
    _inherit = "ar.answer"

    plan_id = fields.Many2one(
        "ar.payment.plan",
        string="Agreed",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    dispute_id = fields.Many2one(
        "ar.dispute", readonly=True, index="btree_not_null", ondelete="set null"
    )


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _typed_amount(self, text, currency):
        """Return an amount that somebody typed, None where nothing was.

        :raise UserError: in kind words, for what is no amount of the currency
        """
        if not (text or "").strip():
            return None
        amount = read_amount(text, get_lang(self.env).decimal_point)
        if amount is None:
            raise UserError(
                self.env._("Please enter an amount in figures only, or none.")
            )
        if amount <= 0:
            raise UserError(self.env._("Please enter an amount above zero."))
        if amount != round(amount, currency.decimal_places):
            raise UserError(
                self.env._(
                    "%(currency)s has no amounts as small as this: please round it.",
                    currency=currency.name,
                )
            )
        return float(amount)

    def _due_of(self, items):
        """Return what is due of chosen invoices; of what is not due yet, all of it."""
        found = items.browse()
        for mine in items.grouped("move_id").values():
            found |= mine.filtered(lambda item: item.days_overdue >= 0) or mine
        return found

    # === I WILL PAY ON A DAY === #

    def _answer_promise(self, items, values, vals, files):
        """A promise: the invoices wait for the day, or a person decides."""
        self._check_items(items)
        items = self._due_of(items)
        day = self._typed_day(values.get("date"))
        amount = self._typed_amount(values.get("amount"), items.currency_id[:1])
        cheque = values.get("paid_way") == "cheque"
        plans = Agreement(self).promise(
            items,
            day,
            amount,
            late_reason=vals["late_reason"],
            source="customer",
            cheque=cheque,
        )
        answer = self._new_answer({**vals, "plan_id": plans[:1].id})
        self._drop_notices(answer.line_ids.move_id, answer)
        answer._close()
        return answer

    def _next_promise(self, answer):
        return self._next_agreed(answer)

    # === I NEED TO PAY IN PARTS === #

    def _most_parts(self):
        """Return the most parts that the page offers: months that are allowed."""
        months = self.company_id.ar_plan_months or MOST_PARTS
        return max(FEWEST_PARTS, min(months, MOST_PARTS))

    def _answer_parts(self, items, values, vals, files):
        """A proposal of parts: a person answers it, the invoices wait meanwhile."""
        self._check_items(items)
        count = read_count(values.get("count"))
        most = self._most_parts()
        if count is None or not FEWEST_PARTS <= count <= most:
            raise UserError(
                self.env._(
                    "Please choose between %(fewest)s and %(most)s parts.",
                    fewest=FEWEST_PARTS,
                    most=most,
                )
            )
        rhythm = values.get("rhythm")
        plan = Agreement(self).propose(
            self._due_of(items),
            {
                "count": count,
                "first_on": self._typed_day(values.get("date")),
                "rhythm": rhythm if rhythm in RHYTHMS else "month",
                "note": vals["text"],
                "late_reason": vals["late_reason"],
            },
            source="customer",
        )
        answer = self._new_answer({**vals, "plan_id": plan.id})
        self._drop_notices(answer.line_ids.move_id, answer)
        answer._close()
        return answer

    def _next_parts(self, answer):
        return self._next_agreed(answer)

    def _next_agreed(self, answer):
        """Say what holds: it is agreed, or somebody answers by a day."""
        env, plan = self.env, answer.plan_id
        if plan.state == "active":
            yield env._(
                "We expect %(amount)s by %(day)s.",
                amount=plan.currency_id.format(plan.amount),
                day=format_date(env, plan.last_date),
            )
            yield env._(
                "Until then we send no reminder of %(numbers)s.",
                numbers=answer.numbers,
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
                    numbers=answer.numbers,
                )
                return
            yield env._(
                "%(name)s answers your proposal by %(day)s. Until then we send no "
                "reminder of %(numbers)s.",
                name=answer.owner_id.name,
                day=format_date(env, plan.offer_until),
                numbers=answer.numbers,
            )

    # === SOMETHING IS WRONG WITH AN INVOICE === #

    def _page_reasons(self):
        """Return what a customer can choose as wrong with an invoice."""
        return (
            self.env["ar.dispute.reason"]
            .sudo()
            .search([("on_page", "=", True), ("code", "not in", OWN_ANSWERS)])
        )

    def _page_invoice_lines(self, move):
        """Return the lines of an invoice that can be contested, as superuser."""
        return move.sudo().invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.price_total > 0
        )

    def _answer_dispute(self, items, values, vals, files):
        """A dispute of an invoice: of all, of lines chosen, or of an amount."""
        move = items.move_id
        if len(move) != 1:
            raise UserError(self.env._("Please choose one invoice."))
        key = values.get("reason", "")
        reason = self._page_reasons().filtered(lambda r: str(r.id) == key)
        if not reason:
            raise UserError(self.env._("Please choose what is wrong."))
        dispute = DisputeIntake(self).open(
            move,
            reason,
            vals["text"],
            self._contested(move, values),
            files,
            source="customer",
        )
        dispute._choose_lines(self._contested_lines(move, values).ids)
        answer = self._new_answer(
            {
                **vals,
                "dispute_id": dispute.id,
                "owner_id": dispute.sudo().owner_id.id or vals["owner_id"],
                "deadline": dispute.sudo().deadline,
            }
        )
        answer._close()
        return answer

    def _contested_what(self, values):
        """Return what a form contests: 'all', 'lines' or an 'amount'."""
        what = values.get("what")
        if what not in ("amount", "lines"):  # whoever chose lines meant them
            what = "lines" if values.get("lines") else "all"
            if (values.get("amount") or "").strip():
                what = "amount"
        return what

    def _contested_lines(self, move, values):
        """Return the lines of an invoice that are contested, if lines are."""
        lines = self._page_invoice_lines(move)
        if self._contested_what(values) != "lines":
            return lines.browse()
        chosen = set(values.get("lines", "").split(","))
        return lines.filtered(lambda line: str(line.id) in chosen)

    def _contested(self, move, values):
        """Return what is contested: ``{journal item id: amount}``, or None for all.

        :raise UserError: in kind words, for nothing or what is no amount
        """
        what = self._contested_what(values)
        if what == "amount":
            total = self._typed_amount(values.get("amount"), move.currency_id)
            if not total:
                raise UserError(self.env._("Please enter the amount that is wrong."))
        elif what == "lines":
            lines = self._contested_lines(move, values)
            if not lines:
                raise UserError(self.env._("Please choose a line of the invoice."))
            free = sum(
                item.amount_residual_currency - item.amount_disputed
                for item in DisputeIntake(self).open_items(move)
            )
            # What was paid of the invoice is not contested again
            total = min(sum(lines.mapped("price_total")), free)
        else:
            return None
        return DisputeIntake(self).spread(move, total)

    def _next_dispute(self, answer):
        env, dispute = self.env, answer.dispute_id
        yield env._(
            "%(name)s looks into it and answers you by %(day)s.",
            name=answer.owner_id.name,
            day=format_date(env, answer.deadline),
        )
        yield env._(
            "Until then we do not ask for %(amount)s of %(number)s.",
            amount=dispute.currency_id.format(dispute.amount),
            number=dispute.move_name,
        )
        move = dispute.move_id
        if move.currency_id.compare_amounts(move.amount_residual, dispute.amount) > 0:
            yield env._("Please pay the rest as usual.")
