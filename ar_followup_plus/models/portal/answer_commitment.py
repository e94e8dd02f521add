"""Answers that become a record of their own: a promise, a proposed plan, a dispute.

The answer only records that the customer gave it on the page; the promise, plan or
dispute has the details.
"""

from odoo.exceptions import UserError

from ...engine.agreement import RHYTHMS
from ..dispute.dispute_intake import DisputeIntake
from ..payment_plan.agreement import Agreement
from .typed import read_count, typed_amount, typed_day

#: Reasons of disputes that have an answer of their own on the page.
OWN_ANSWERS = ("already_paid", "not_received")
#: Most installments of a plan offered to a consumer, and fewest of any plan.
MOST_PARTS, FEWEST_PARTS = 12, 2


def check_items(env, items):
    """Check that an answer concerns at least one item.

    :raise UserError: with a text for the customer
    """
    if not items:
        raise UserError(env._("Please choose an invoice."))


def check_not_referred(env, items):
    """Check that no item is with a third party: they are no longer ours to agree on.

    :raise UserError: with a text for the customer
    """
    referred = items.filtered("is_handed_over")
    if referred:
        words = env["ar.referral"]._page_words(items.debtor_id)
        raise UserError(
            ", ".join(sorted(set(referred.mapped("move_name"))))
            + ": "
            + words.get(referred[:1].move_id.id, "")
        )


def due_of(items):
    """Return the due items of each chosen invoice; if it has none, all its items."""
    found = items.browse()
    for mine in items.grouped("move_id").values():
        found |= mine.filtered(lambda item: item.days_overdue >= 0) or mine
    return found


def contested_what(values):
    """Return the extent that a form disputes: 'all', 'lines' or an 'amount'."""
    what = values.get("what")
    if what not in ("amount", "lines"):  # chosen lines imply it
        what = "lines" if values.get("lines") else "all"
        if (values.get("amount") or "").strip():
            what = "amount"
    return what


class AnswerCommitment:
    """Create the promise, plan or dispute of one debtor's answer.

    :param ar.debtor debtor: as superuser, in the language of the customer
    """

    def __init__(self, debtor):
        debtor.ensure_one()
        self.env = debtor.env
        self.debtor = debtor

    # === I WILL PAY ON A DAY === #

    def promise(self, items, values, vals, files):
        """Create a promise: hold the invoices until its day, or let a person decide."""
        check_items(self.env, items)
        check_not_referred(self.env, items)
        items = due_of(items)
        day = typed_day(self.env, values.get("date"))
        amount = typed_amount(self.env, values.get("amount"), items.currency_id[:1])
        cheque = values.get("paid_way") == "cheque"
        plans = Agreement(self.debtor).promise(
            items,
            day,
            amount,
            late_reason=vals["late_reason"],
            source="customer",
            cheque=cheque,
        )
        answer = self.env["ar.answer"].sudo().create({**vals, "plan_id": plans[:1].id})
        answer._drop_notices(answer.line_ids.move_id)
        answer._close()
        return answer

    # === I NEED TO PAY IN PARTS === #

    def most_parts(self):
        """Return the highest number of installments offered: the allowed months."""
        months = self.debtor.company_id.ar_plan_months or MOST_PARTS
        return max(FEWEST_PARTS, min(months, MOST_PARTS))

    def parts(self, items, values, vals, files):
        """Propose installments: hold the invoices until a person has answered."""
        check_items(self.env, items)
        check_not_referred(self.env, items)
        count = read_count(values.get("count"))
        most = self.most_parts()
        if count is None or not FEWEST_PARTS <= count <= most:
            raise UserError(
                self.env._(
                    "Please choose between %(fewest)s and %(most)s installments.",
                    fewest=FEWEST_PARTS,
                    most=most,
                )
            )
        rhythm = values.get("rhythm")
        plan = Agreement(self.debtor).propose(
            due_of(items),
            {
                "count": count,
                "first_on": typed_day(self.env, values.get("date")),
                "rhythm": rhythm if rhythm in RHYTHMS else "month",
                "note": vals["text"],
                "late_reason": vals["late_reason"],
            },
            source="customer",
        )
        answer = self.env["ar.answer"].sudo().create({**vals, "plan_id": plan.id})
        answer._drop_notices(answer.line_ids.move_id)
        answer._close()
        return answer

    # === SOMETHING IS WRONG WITH AN INVOICE === #

    def reasons(self):
        """Return the dispute reasons that a customer can choose."""
        return (
            self.env["ar.dispute.reason"]
            .sudo()
            .search([("on_page", "=", True), ("code", "not in", OWN_ANSWERS)])
        )

    def invoice_lines(self, move):
        """Return the lines of an invoice that can be disputed, as superuser."""
        return move.sudo().invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.price_total > 0
        )

    def dispute(self, items, values, vals, files):
        """Open a dispute of an invoice: of all, of chosen lines, or of an amount."""
        move = items.move_id
        if len(move) != 1:
            raise UserError(self.env._("Please choose one invoice."))
        key = values.get("reason", "")
        reason = self.reasons().filtered(lambda r: str(r.id) == key)
        if not reason:
            raise UserError(self.env._("Please choose what is wrong."))
        dispute = DisputeIntake(self.debtor).open(
            move,
            reason,
            vals["text"],
            self._contested(move, values),
            files,
            source="customer",
        )
        dispute._choose_lines(self._contested_lines(move, values).ids)
        answer = (
            self.env["ar.answer"]
            .sudo()
            .create(
                {
                    **vals,
                    "dispute_id": dispute.id,
                    "owner_id": dispute.sudo().owner_id.id or vals["owner_id"],
                    "deadline": dispute.sudo().deadline,
                }
            )
        )
        answer._close()
        return answer

    def _contested_lines(self, move, values):
        """Return the disputed lines of an invoice, if single lines are disputed."""
        lines = self.invoice_lines(move)
        if contested_what(values) != "lines":
            return lines.browse()
        chosen = set(values.get("lines", "").split(","))
        return lines.filtered(lambda line: str(line.id) in chosen)

    def _contested(self, move, values):
        """Return the disputed amounts: ``{journal item id: amount}``, or None for all.

        :raise UserError: with a text for the customer, without an amount or for an
            invalid one
        """
        what = contested_what(values)
        if what == "amount":
            total = typed_amount(self.env, values.get("amount"), move.currency_id)
            if not total:
                raise UserError(self.env._("Please enter the amount that is wrong."))
        elif what == "lines":
            lines = self._contested_lines(move, values)
            if not lines:
                raise UserError(self.env._("Please choose a line of the invoice."))
            free = sum(
                item.amount_residual_currency - item.amount_disputed
                for item in DisputeIntake(self.debtor).open_items(move)
            )
            # The part of the invoice that was paid cannot be disputed
            total = min(sum(lines.mapped("price_total")), free)
        else:
            return None
        return DisputeIntake(self.debtor).spread(move, total)
