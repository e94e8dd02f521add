"""The customer's page: due items, person to talk to, ways to pay. Always read live."""

import hashlib

from odoo import fields

from ...engine.values import Reason
from ..credit_terms.credit_terms import CreditTerms
from ..customer.responsible import Responsible
from ..ledger.asked import asked_for
from ..ledger.early_discount import early_discounts
from ..notice.ar_page_visit import PageVisits
from ..notice.page_link import LEFT
from ..payment_plan.agreement import Agreement
from .page_payment import ARRIVED_HOURS, PagePayment

#: Messages accepted from a customer's page in an hour.
MESSAGES_AN_HOUR = 20
#: Seconds within which the same message is a second click.
AGAIN_SECONDS = 600
#: States of an online payment that has not arrived.
ON_ITS_WAY = ("pending", "authorized")


def _most(item, asked, reason, announced):
    """Return the payable amount of an item, including amounts not asked for now.

    :param bool announced: the customer chose a bank transfer that has not arrived, and
        can still pay by card instead
    """
    open_amount = item.amount_residual_currency
    if reason and reason.is_gone:
        return 0.0
    announced_only = announced and reason is Reason.PAYMENT_PENDING
    if announced_only or (reason and reason.can_be_paid):
        return open_amount
    held = item.amount_disputed + item.amount_promised + item.amount_planned
    if announced:
        held += item.amount_pending
    return item.currency_id.round(min(open_amount, asked + held))


def _online(item, asked, reason):
    """Return the amount of an item payable online, and whether it is payable now.

    Odoo takes no further payment of an invoice while one by card is pending: then
    ``waits`` is set.
    """
    move = item.move_id
    coming = any(t.state in ON_ITS_WAY for t in move.transaction_ids)
    open_to_pay = item.move_type == "out_invoice" and move._has_to_be_paid()
    most = _most(item, asked, reason, announced=coming and open_to_pay)
    return {
        "most": most,
        "payable": open_to_pay and most > 0,
        "waits": coming and not open_to_pay and asked > 0,
    }


def _why_less(item, off):
    """Return the reason for the largest deduction from an item; None: a credit.

    A pending payment is for the whole invoice, so count it only up to the amount
    without another reason; the rest are credits.
    """
    parts = {
        Reason.DISPUTED: item.amount_disputed,
        Reason.PROMISED: item.amount_promised,
        Reason.ON_PLAN: item.amount_planned,
        Reason.WAITING_FOR_US: item.amount_waiting,
    }
    left = item.currency_id.round(off - sum(parts.values()))
    parts[Reason.PAYMENT_PENDING] = min(item.amount_pending, max(left, 0))
    parts[None] = left - parts[Reason.PAYMENT_PENDING]
    return max(parts, key=parts.get)


class CustomerPage:
    """The page of one debtor, read as superuser: the routes check who may see it."""

    def __init__(self, debtor):
        debtor.ensure_one()
        self.env = debtor.env
        self.debtor = debtor

    def values(self, notice=None, full=False):
        """Return the values of the customer's page, from the current ledger.

        A constant number of SQL statements, whatever the number of items.
        """
        debtor_sudo = self.debtor.sudo()
        company = debtor_sudo.company_id
        values = {
            "debtor": debtor_sudo,
            "company": company,
            "notice": notice,
            "full": full,
            "stopped": debtor_sudo.is_stopped,
            "person": Responsible(debtor_sudo).for_page(),
            "today": company._ar_today(),
        }
        if values["stopped"]:
            return {**values, "terms": {}}
        page = CustomerPage(debtor_sudo)
        items = page.items(notice, full)
        owed, credits = page.rows(items, None if full else notice)
        due, also, coming = {}, {}, {}
        for row in owed:
            sums = due if row["due_now"] else also if row["late"] else coming
            currency = row["currency"]
            sums[currency] = sums.get(currency, 0) + row["amount"]
        online = debtor_sudo.company_id._ar_pays_online()
        for row in owed:
            row["payable"] = row["payable"] and online
        pay = PagePayment(debtor_sudo, owed)
        payments = pay.summary()
        moves = items.move_id.filtered(lambda move: move.move_type == "out_invoice")
        banks = moves.partner_bank_id
        return {
            **values,
            "owed": owed,
            "credits": credits,
            "payments": payments,
            "plans": page._plans(items),
            "online": online,
            "failed": pay.failed(items) if online else None,
            "arrived": pay.arrived(page.moves(notice, full)),
            "due": {c: c.round(a) for c, a in due.items() if not c.is_zero(a)},
            "also": {c: c.round(a) for c, a in also.items() if not c.is_zero(a)},
            "coming": {c: c.round(a) for c, a in coming.items() if not c.is_zero(a)},
            # The account on the invoices; none if they differ
            "bank": banks if len(banks) == 1 else banks.browse(),
            "ways": [
                line
                for line in (company.ar_ways_to_pay or "").splitlines()
                if line.strip()
            ],
            "can_mail": not debtor_sudo._why_held(),
            "terms": CreditTerms(debtor_sudo).page_values(),
        }

    def items(self, notice=None, full=False):
        """Return the open items that may be shown, as superuser."""
        ids, move_ids = self._lines(notice, full)
        items = (
            self.env["ar.open.item"].sudo().search([("debtor_id", "=", self.debtor.id)])
        )
        if ids is None:
            return items
        return items.filtered(lambda i: i.id in ids or i.move_id.id in move_ids)

    def moves(self, notice=None, full=False):
        """Return the invoices that may be shown, also settled ones, as superuser.

        Of the whole account only those that were just paid online.
        """
        ids, move_ids = self._lines(notice, full)
        Move = self.env["account.move"].sudo()
        if ids is None:
            return Move.search(
                [
                    ("commercial_partner_id", "=", self.debtor.partner_id.id),
                    ("company_id", "child_of", self.debtor.company_id.id),
                    (
                        "transaction_ids.create_date",
                        ">=",
                        fields.Datetime.subtract(
                            fields.Datetime.now(), hours=ARRIVED_HOURS
                        ),
                    ),
                ]
            )
        lines_sudo = self.env["account.move.line"].sudo().browse(ids).exists()
        return lines_sudo.move_id | Move.browse(move_ids).exists()

    def _lines(self, notice=None, full=False):
        """Return the ids of the journal items, and of re-posted invoices, to show.

        A notice's link shows the items of the notice. The customer's own link shows the
        items of all notices, of agreements, and of returned payments. The whole account
        (None, None) requires a login or a code.
        """
        if full:
            return None, None
        domain = [
            ("notice_id.state", "in", LEFT),
            ("notice_id.debtor_id", "=", self.debtor.id),
        ]
        if notice:
            domain = [("notice_id", "=", notice.id)]
        lines = (
            self.env["ar.notice.line"]
            .sudo()
            .search_fetch(domain, ["move_line_id", "move_id"])
        )
        ids, move_ids = set(), set()
        for line in lines:
            if line.move_line_id:
                ids.add(line.move_line_id.id)
            else:  # the invoice was set to draft and posted again
                move_ids.add(line.move_id.id)
        if not notice:
            ids |= Agreement(self.debtor).agreed_line_ids()
            move_ids |= self.env["ar.returned.payment"]._told_move_ids(self.debtor)
        return ids, move_ids

    def rows(self, items, notice=None):
        """Return the debts and the credits, as rows of the page.

        With a notice, what it demands is due now: the page asks for the sum of the
        message. Other overdue items are named apart. Once nothing of it is open any
        more, all that is overdue is due now.

        :return: two lists of dicts
        """
        asked = asked_for(self.debtor)
        lines_sudo = self.env["account.move.line"].sudo().browse(items.ids)
        early = early_discounts(lines_sudo, self.debtor.company_id._ar_today())
        referred = {}
        if any(one.reason is Reason.HANDED_OVER for one in asked.values()):
            referred = self.env["ar.referral"]._page_words(self.debtor)
        owed, credits = [], []
        for item in items:
            amount = item.amount_residual_currency
            row = {
                "item_id": item.id,
                "move_id": item.move_id.id,
                "number": item.move_name or "",
                "reference": item.ref
                if item.move_type in ("out_invoice", "out_refund")
                else "",
                "invoice_date": item.invoice_date,
                "due": item.due_date,
                "days": max(item.days_overdue, 0),
                "late": item.days_overdue >= 0,
                "due_now": item.days_overdue >= 0,
                "open": amount,
                "currency": item.currency_id,
                "is_invoice": item.move_type in ("out_invoice", "out_refund"),
                "note": "",
                "early": None,
                "amount": amount,
            }
            if amount < 0:
                credits.append(
                    {**row, "open": -amount, "is_kept_apart": item.is_kept_apart}
                )
                continue
            row["amount"], reason = asked.get(item.id) or (0.0, None)
            if item.currency_id.compare_amounts(row["amount"], amount):
                why = reason or _why_less(item, amount - row["amount"])
                row["note"] = (
                    self.env._(why.on_page)
                    if why and why.on_page
                    else self.env._("A credit is taken off")
                )
                if why is Reason.HANDED_OVER:
                    row["note"] = referred.get(item.move_id.id, row["note"])
            else:
                row["early"] = early.get(item.id)
            owed.append({**row, **_online(item, row["amount"], reason)})
        if notice:
            self._mark_demanded(owed, notice)
        return owed, credits

    def _mark_demanded(self, rows, notice):
        """Let only the rows be due now that a notice demands, if any of them is."""
        lines_sudo = notice.sudo().line_ids.filtered(lambda line: line.role == "about")
        items = set(lines_sudo.move_line_id.ids)
        again = lines_sudo.filtered(lambda line: not line.move_line_id)
        moves = set(again.move_id.ids)  # set to draft and posted again
        demanded = [
            row["due_now"] and (row["item_id"] in items or row["move_id"] in moves)
            for row in rows
        ]
        if any(
            row["amount"]
            for row, is_mine in zip(rows, demanded, strict=True)
            if is_mine
        ):
            for row, is_mine in zip(rows, demanded, strict=True):
                row["due_now"] = is_mine

    def _plans(self, items):
        """Return the agreements and offers about items of the page."""
        return (
            self.env["ar.payment.plan"]
            .sudo()
            .search(
                [
                    ("debtor_id", "=", self.debtor.id),
                    ("state", "in", ("offered", "active")),
                    ("line_ids.move_line_id", "in", items.ids),
                ]
            )
        )

    # === LINKS === #

    def close_links(self):
        """Revoke the customer's own link, and the links to copies of invoices."""
        self.debtor.access_token = False
        self.env["ar.copies"].sudo().search(
            [("debtor_id", "=", self.debtor.id), ("access_token", "!=", False)]
        ).access_token = False

    # === MESSAGES === #

    def count_message(self):
        """Count a message from the page; return whether it is within the limit."""
        return PageVisits(self.debtor).count("messages", MESSAGES_AN_HOUR)

    def note_message(self, text):
        """Record a message; return whether it repeats the last one."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        last = (
            self.env["ar.page.visit"]
            .sudo()
            .search(
                [("debtor_id", "=", self.debtor.id), ("kind", "=", "said")], limit=1
            )
        )
        PageVisits(self.debtor).note("said", digest=digest)
        since = fields.Datetime.subtract(fields.Datetime.now(), seconds=AGAIN_SECONDS)
        return last.digest == digest and last.done_at > since
