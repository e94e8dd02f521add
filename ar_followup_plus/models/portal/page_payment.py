"""Payments offered on the customer's page, and the invoices that each one settles.

One payment has one company, currency and receivable account, because Odoo can reconcile
only these together. Odoo reconciles the oldest first; we only select the invoices.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from unicodedata import normalize

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .typed import check_amount

#: The choice of what to pay, as written in an address: an installment, invoices, or
#: everything due in a company, currency and account; optionally followed by a custom
#: amount.
CHOICE = re.compile(
    r"(?:part-(?P<part>\d{1,9})|(?P<moves>\d{1,9}(?:\.\d{1,9}){0,199})"
    r"|due-(?P<key>\d{1,9}-\d{1,9}-\d{1,9}))"
    r"(?:~(?P<amount>\d{1,12}(?:\.\d{1,6})?))?",
    re.ASCII,
)
#: Hours for which the page mentions a failed payment.
FAILED_HOURS = 24
#: Hours for which the page confirms a payment.
ARRIVED_HOURS = 24


@dataclass(frozen=True)
class Payment:
    """The contents of one payment: recomputed for each request.

    :param str choice: as written in the address
    :param moves: the invoices that it settles or pays in part, oldest first
    :param float amount: in the currency
    :param until: last day on which the amount settles the invoice, if it is lower than
        what is open: an early payment discount
    """

    choice: str
    moves: models.Model
    amount: float
    currency: models.Model
    company: models.Model
    until: date | None = None


def oldest_first(rows):
    """Return rows of the page by their due dates."""
    return sorted(rows, key=lambda row: (row["due"], row["item_id"]))


def invoices_of(rows):
    """Return the invoices of a set, each once, even with several installments."""
    invoices = {}
    for row in oldest_first(rows):
        known = invoices.setdefault(
            row["move_id"], {**row, "most": 0, "all": 0, "ask": False}
        )
        known["most"] = row["currency"].round(known["most"] + row["most"])
        known["all"] = row["currency"].round(known["all"] + row["open"])
        known["ask"] = known["ask"] or bool(row["due_now"] and row["amount"])
    return list(invoices.values())


def asked_of(rows, chosen):
    """Return the amounts to pay: ``[(row, amount)]``.

    Of everything: the due amounts. Of each chosen invoice: the due amount, else all
    that is asked for, else the open amount: amounts that are disputed or agreed for
    another day can always be paid, too.
    """
    if not chosen:
        return [(row, row["amount"]) for row in rows if row["due_now"]]
    asked = []
    for move_id in dict.fromkeys(row["move_id"] for row in rows):
        mine = [row for row in rows if row["move_id"] == move_id]
        parts = [(row, row["amount"]) for row in mine if row["late"]]
        if not any(part for _row, part in parts):
            parts = [(row, row["amount"]) for row in mine]
        if not any(part for _row, part in parts):
            parts = [(row, row["most"]) for row in mine]
        asked += parts
    return asked


def early_of(asked):
    """Return the early payment discount of the amounts to pay, or None.

    Odoo grants one only if a payment is for the whole of a single invoice.

    :param list asked: ``[(row, amount)]``
    """
    asked = [(row, amount) for row, amount in asked if amount]
    if len(asked) != 1:
        return None
    [(row, amount)] = asked
    in_full = not row["currency"].compare_amounts(amount, row["open"])
    return row["early"] if in_full else None


class PagePayment:
    """Amounts that a debtor can pay on the page, and how.

    :param ar.debtor debtor: as superuser
    :param list owed: rows of the page: other items cannot be paid
    """

    def __init__(self, debtor, owed=()):
        debtor.ensure_one()
        self.env = debtor.env
        self.debtor = debtor
        self.owed = owed

    def summary(self):
        """Return the amounts offered for payment: one entry for each payment needed.

        :return: list of dicts of key, invoices, due, overdue, currency, company
        """
        result = []
        for key, rows in self._sets().items():
            currency = rows[0]["currency"]
            company = self.env["res.company"].sudo().browse(int(key.split("-")[0]))
            late = asked_of(rows, False)
            early = early_of(late)
            due = early.amount if early else sum(part for _row, part in late)
            overdue = [row for row in rows if row["late"] and row["amount"]]
            more = any(not row["due_now"] for row in overdue)
            result.append(
                {
                    "key": key,
                    "invoices": invoices_of(rows),
                    "due": currency.round(due),
                    # What the message does not demand is paid with a choice
                    "overdue": more
                    and currency.round(sum(row["amount"] for row in overdue)),
                    "overdue_moves": ".".join(
                        dict.fromkeys(str(row["move_id"]) for row in overdue)
                    ),
                    "currency": currency,
                    "company": company,
                }
            )
        return result

    def choice(self, choice):
        """Return the current payment of a choice, or None.

        :param str choice: from an address
        :raise UserError: for an amount that cannot be paid, with a text for the
            customer
        """
        found = CHOICE.fullmatch(choice or "")
        if not found:
            return None
        sets = self._sets()
        if found["part"]:
            if found["amount"]:
                return None
            return self._installment(choice, sets, int(found["part"]))
        if found["key"]:
            key, wanted = found["key"], None
        else:
            wanted = {int(number) for number in found["moves"].split(".")}
            keys = {
                key
                for key, rows in sets.items()
                if any(row["move_id"] in wanted for row in rows)
            }
            if len(keys) != 1:
                return None
            key = keys.pop()
        rows = [
            row
            for row in sets.get(key, ())
            if wanted is None or row["move_id"] in wanted
        ]
        if wanted and wanted - {row["move_id"] for row in rows}:
            return None
        rows = oldest_first(rows)
        if not rows:
            return None
        if found["amount"]:
            return self._own(choice, rows, key, Decimal(found["amount"]))
        asked = asked_of(rows, wanted is not None)
        early = early_of(asked)
        if early:
            return self._payment(choice, asked, key, *early)
        return self._payment(choice, asked, key, sum(part for _row, part in asked))

    def is_on_its_way(self, choice=""):
        """Return whether a choice, or all, is not payable because of a pending payment.

        :param str choice: from an address
        """
        found = CHOICE.fullmatch(choice or "")
        moves = (found and found["moves"] or "").split(".")
        return any(
            row["waits"]
            for row in self.owed
            if not any(moves) or str(row["move_id"]) in moves
        )

    def _sets(self):
        """Return the sets of rows that one payment each can settle, oldest first.

        :return: ``{key: [row]}``; the key is company, currency and account
        """
        lines_sudo = self.env["account.move.line"].sudo()
        lines_sudo = lines_sudo.browse([row["item_id"] for row in self.owed])
        lines_sudo.fetch(["company_id", "account_id"])
        sets = {}
        for row, line in zip(self.owed, lines_sudo, strict=True):
            if row["payable"]:
                key = (line.company_id.id, row["currency"].id, line.account_id.id)
                sets.setdefault("-".join(map(str, key)), []).append(row)
        return sets

    def _installment(self, choice, sets, part_id):
        """Return the payment of one installment: the oldest items of its plan.

        The plan counts the money, whichever item it was matched with.
        """
        part = self.env["ar.payment.plan.installment"].sudo().browse(part_id).exists()
        plan = part.plan_id
        if not part or plan.debtor_id != self.debtor or plan.state != "active":
            return None
        ids = set(plan.line_ids.filtered("active").move_line_id.ids)
        for key, rows in sets.items():
            mine = [row for row in rows if row["item_id"] in ids]
            mine = oldest_first(mine)
            most = plan.currency_id.round(sum(row["most"] for row in mine))
            amount = min(part.amount_open, most)
            if mine and plan.currency_id.compare_amounts(amount, 0) > 0:
                amount = round(Decimal(str(amount)), plan.currency_id.decimal_places)
                return self._own(choice, mine, key, amount)
        return None

    def _own(self, choice, rows, key, amount):
        """Return the payment of a custom amount, oldest invoices first."""
        currency = rows[0]["currency"]
        self._check_amount(amount, rows)
        left, asked = float(amount), []
        # Due items first: agreed or future parts get only the remaining amount
        for row in sorted(rows, key=lambda r: not (r["late"] and r["amount"])):
            if currency.compare_amounts(left, 0) > 0:
                asked.append((row, min(left, row["most"])))
                left -= row["most"]
        return self._payment(choice, asked, key, float(amount))

    def _check_amount(self, amount, rows):
        """Check a custom amount.

        :raise UserError: for zero, too much, or an amount that the currency does not
            allow
        """
        currency = rows[0]["currency"]
        most = currency.round(sum(row["most"] for row in rows))
        check_amount(self.env, amount, currency)
        if currency.compare_amounts(float(amount), most) > 0:
            raise UserError(
                self.env._(
                    "At most %(most)s can be paid for what you chose: more is not open.",
                    most=currency.format(most),
                )
            )

    def _payment(self, choice, asked, key, amount, until=None):
        moves = self.env["account.move"].sudo()
        for row, part in asked:
            if part > 0:
                moves |= moves.browse(row["move_id"])
        currency = asked[0][0]["currency"] if asked else None
        if not moves or currency.compare_amounts(amount, 0) <= 0:
            return None
        company = self.env["res.company"].sudo().browse(int(key.split("-")[0]))
        return Payment(choice, moves, currency.round(amount), currency, company, until)

    # === REFERENCES === #

    def bank(self, payment):
        """Return the account for a transfer, its reference, and a QR code if any."""
        banks = payment.moves.partner_bank_id
        bank = banks if len(banks) == 1 else banks.browse()
        reference = self._reference(payment.moves)
        code = None
        if bank:
            code = bank.build_qr_code_base64(
                payment.amount,
                reference,
                None,
                payment.currency,
                self.debtor.partner_id,
            )
        return {"bank": bank, "bank_reference": reference, "qr_code": code}

    def _reference(self, moves):
        """Return the payment reference of a bank transfer for invoices."""
        if len(moves) == 1:
            return moves.payment_reference or moves.name or ""
        numbers = ", ".join(filter(None, moves.mapped("name")))
        return self.debtor.partner_id.ref or numbers[:140]

    def failed(self, items):
        """Return the last payment of these items if it failed, or None."""
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=FAILED_HOURS)
        last = (
            self.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("invoice_ids", "in", items.move_id.ids),
                    ("create_date", ">=", since),
                    ("state", "!=", "draft"),
                ],
                order="id desc",
                limit=1,
            )
        )
        return last if last.state in ("cancel", "error") else None

    def arrived(self, moves):
        """Return the last payment of these invoices if it just succeeded, or None.

        :param account.move moves: those that the page may show, also settled ones
        """
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=ARRIVED_HOURS)
        last = (
            self.env["payment.transaction"]
            .sudo()
            .search(
                [
                    ("invoice_ids", "in", moves.ids),
                    ("create_date", ">=", since),
                    ("state", "!=", "draft"),
                ],
                order="id desc",
                limit=1,
            )
        )
        return last if last.state == "done" else None

    def draw_prefix(self):
        """Return the customer's reference and a new running number.

        Of two concurrent requests one gets a conflict, which Odoo retries.
        """
        number = self._draw_number()
        known = normalize("NFKD", self.debtor.partner_id.ref or "")
        known = known.encode("ascii", "ignore").decode().strip()
        return f"{known or f'C{self.debtor.id}'}-{number}"

    def _draw_number(self):
        """Return the next number of a payment, assigned at once.

        Of two concurrent requests one gets a conflict before anything else is created.
        """
        [(number,)] = self.env.execute_query(
            SQL(
                """UPDATE ar_debtor SET payment_number = COALESCE(payment_number, 0) + 1
                    WHERE id = %s RETURNING payment_number""",
                self.debtor.id,
            )
        )
        self.debtor.invalidate_recordset(["payment_number"], flush=False)
        return number
