"""Intake of disputes: one entry for users, calls and the customer's page."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

from ..decision.ledger_changes import refresh_soon
from ..notice.waiting_notices import WaitingNotices
from .ar_dispute import QUIET_DAYS, REST_DAYS


def _lines_of(items, amounts):
    """Return the commands that make the lines of a dispute.

    :param dict items: ``{journal item id: ar.open.item}``
    :param dict amounts: ``{journal item id: amount in its currency}``
    """
    return [
        fields.Command.create(
            {
                "move_line_id": item_id,
                "date_due": items[item_id].due_date,
                "currency_id": items[item_id].currency_id.id,
                "amount": amount,
            }
        )
        for item_id, amount in amounts.items()
    ]


class DisputeIntake:
    """The disputes of a debtor: checks and opening."""

    def __init__(self, debtor):
        self.env = debtor.env
        self.debtor = debtor

    def open(
        self, move, reason, text=None, amounts=None, documents=None, source="collector"
    ):
        """Open a dispute: its amount is not asked for from now on.

        :param account.move move: an invoice of this customer
        :param ar.dispute.reason reason: why
        :param str text: in the customer's words
        :param dict amounts: ``{journal item id: amount in its currency}``; default:
            all of the invoice that is open and not disputed yet
        :param list documents: ``[(name, bytes)]``
        :param str source: 'customer', 'collector' or 'call'
        :rtype: ar.dispute
        :raise UserError: for another customer's invoice, or more than is open
        """
        self.debtor.check_access("write")
        debtor_sudo = self.debtor.sudo()
        elevated = DisputeIntake(debtor_sudo)
        move_sudo = elevated._invoice(move)
        debtor_sudo._claim_row()
        amounts = elevated._amounts(move_sudo, amounts)
        company = debtor_sudo.company_id
        calendar, today = company._ar_calendar(), company._ar_today()
        items = {item.id: item for item in elevated.open_items(move_sudo)}
        total = sum(amounts.values())
        deadline = calendar.add_working(today, reason.sudo().days)
        first = next(iter(items.values()))
        rate = first.amount_residual / first.amount_residual_currency
        dispute_sudo = (
            self.env["ar.dispute"]
            .sudo()
            .create(
                {
                    "debtor_id": debtor_sudo.id,
                    "move_id": move_sudo.id,
                    "move_name": move_sudo.name,
                    "currency_id": move_sudo.currency_id.id,
                    "amount_company": total * rate,
                    "reason_id": reason.id,
                    "text": (text or "").strip() or False,
                    "source": source,
                    "owner_id": reason.sudo()._owner(move_sudo, debtor_sudo).id,
                    "opened_on": today,
                    "deadline": deadline,
                    "rest_until": calendar.add_working(deadline, REST_DAYS),
                    "quiet_until": fields.Date.add(
                        calendar.add_working(today, QUIET_DAYS), days=1
                    ),
                    "line_ids": _lines_of(items, amounts),
                }
            )
        )
        dispute_sudo._attach(documents)
        dispute_sudo._ask_owner()
        elevated._after(dispute_sudo)
        return dispute_sudo.with_env(self.env)

    def _invoice(self, move):
        """Return an invoice that this customer may dispute, as superuser."""
        move_sudo = move.sudo().exists()
        if (
            len(move_sudo) != 1
            or move_sudo.state != "posted"
            or move_sudo.move_type not in ("out_invoice", "out_receipt", "entry")
            or move_sudo.company_id.root_id != self.debtor.company_id
            or not self.open_items(move_sudo)
        ):
            raise UserError(
                self.env._("Choose an invoice of this customer that is still open.")
            )
        return move_sudo

    def open_items(self, move):
        """Return the open items of an invoice, read afresh, oldest due first."""
        self.env["ar.open.item"].invalidate_model()
        return self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor.id),
                ("move_id", "=", move.id),
                ("amount_residual_currency", ">", 0),
            ]
        )

    def all_items(self):
        """Return the open items of the customer that can be disputed."""
        return self.env["ar.open.item"].search(
            [
                ("debtor_id", "=", self.debtor.id),
                ("amount_residual_currency", ">", 0),
                ("move_type", "in", ("out_invoice", "out_receipt", "entry")),
            ]
        )

    def _amounts(self, move, amounts):
        """Return the amounts to dispute, checked against the open amounts.

        :raise UserError: for zero, a negative amount, or more than is open
        """
        free = {
            item.id: item.amount_residual_currency - item.amount_disputed
            for item in self.open_items(move)
        }
        currency = move.currency_id
        digits = {"precision_rounding": currency.rounding}
        if amounts is None:
            amounts = free
        wanted = {}
        for item_id, amount in amounts.items():
            amount = currency.round(amount)
            if float_is_zero(amount, **digits):
                continue
            if (
                amount < 0
                or item_id not in free
                or float_compare(amount, free[item_id], **digits) > 0
            ):
                raise UserError(
                    self.env._(
                        "Of %(invoice)s, %(open)s can still be disputed: enter at most "
                        "that.",
                        invoice=move.name,
                        open=currency.format(sum(free.values())),
                    )
                )
            wanted[item_id] = amount
        if not wanted:
            if float_is_zero(sum(free.values()), **digits):
                raise UserError(
                    self.env._(
                        "All that is open of %(invoice)s is being looked into already.",
                        invoice=move.name,
                    )
                )
            raise UserError(self.env._("Enter the amount that is disputed."))
        return wanted

    def spread(self, move, total):
        """Return ``{journal item id: amount}`` of a total, oldest due first.

        :raise UserError: for more than is open and not disputed yet
        """
        currency = move.sudo().currency_id
        left, spread = currency.round(total), {}
        items = DisputeIntake(self.debtor.sudo()).open_items(move)
        for item in items:
            free = item.amount_residual_currency - item.amount_disputed
            used = currency.round(min(left, free))
            if used > 0:
                spread[item.id] = used
                left = currency.round(left - used)
        if left > 0 and items:  # too much: refused later
            last = items[-1].id
            spread[last] = spread.get(last, 0.0) + left
        return spread

    def _after(self, dispute):
        """Write the history, and cancel notices about this invoice alone."""
        self.debtor.message_post(body=dispute._in_words())
        refresh_soon(self.env, set(self.debtor.partner_id.ids))
        for notice in WaitingNotices(self.debtor).unsent():
            about = notice.line_ids.filtered(lambda line: line.role == "about")
            if about and about.move_id == dispute.move_id:
                notice._cancel("answered", dispute.display_name, dispute.quiet_until)
        WaitingNotices(self.debtor).make_anew()
