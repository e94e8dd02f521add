"""What the customer's page lets people pay, and what one payment of it settles.

One payment is of one company, currency and receivable account: that is what Odoo
reconciles in one go. It reconciles, oldest first; we only say which invoices.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import normalize

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What is to be paid, as it stands in an address: an installment, invoices, or all
#: that is due of a company, currency and account; then perhaps an amount of one's own.
CHOICE = re.compile(
    r"(?:part-(?P<part>\d{1,9})|(?P<moves>\d{1,9}(?:\.\d{1,9}){0,199})"
    r"|due-(?P<key>\d{1,9}-\d{1,9}-\d{1,9}))"
    r"(?:~(?P<amount>\d{1,12}(?:\.\d{1,6})?))?",
    re.ASCII,
)
#: An amount as people write it, spaces removed: digits, perhaps in groups.
DIGITS = re.compile(r"\d{1,12}(?:[.,]\d+)*", re.ASCII)
#: A failed payment is spoken of for so many hours.
FAILED_HOURS = 24


@dataclass(frozen=True)
class Payment:
    """What one payment is about: recomputed for each request.

    :param str choice: as it stands in the address
    :param moves: the invoices that it settles or pays in part, oldest first
    :param float amount: in the currency
    """

    choice: str
    moves: models.Model
    amount: float
    currency: models.Model
    company: models.Model


def read_amount(text, point="."):
    """Return an amount that somebody typed, or None for what is not one.

    :param str point: the decimal sign of their language; the other one is understood
        too, unless three digits follow: "1,250" is a thousand where the sign is "."
    """
    text = re.sub(r"[\s']", "", text or "")
    if not DIGITS.fullmatch(text):
        return None
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return Decimal(text)
    last = marks[-1]
    whole, rest = text.rsplit(last, 1)
    is_decimal = marks.count(last) == 1 and (len(rest) != 3 or last == point)
    groups = re.split(r"[.,]", whole if is_decimal else text)
    if any(len(group) != 3 for group in groups[1:]) or len(groups[0]) > 12:
        return None
    return Decimal("".join(groups) + (f".{rest}" if is_decimal else ""))


def read_count(text):
    """Return a small number that somebody typed, or None for what is not one."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) else None


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    payment_number = fields.Integer(
        copy=False, readonly=True, aggregator=None, groups=fields.NO_ACCESS
    )

    def _pay_sets(self, owed):
        """Return what one payment each can settle, oldest first.

        :param list owed: rows of the page
        :return: ``{key: [row]}``; the key is company, currency and account
        """
        lines_sudo = self.env["account.move.line"].sudo()
        lines_sudo = lines_sudo.browse([row["item_id"] for row in owed])
        lines_sudo.fetch(["company_id", "account_id"])
        sets = {}
        for row, line in zip(owed, lines_sudo, strict=True):
            if row["payable"]:
                key = (line.company_id.id, row["currency"].id, line.account_id.id)
                sets.setdefault("-".join(map(str, key)), []).append(row)
        return sets

    def _pay_summary(self, owed):
        """Return what the page offers to pay: one entry for each payment it takes.

        :return: list of dicts of key, invoices, due, currency, company
        """
        result = []
        for key, rows in self._pay_sets(owed).items():
            currency = rows[0]["currency"]
            company = self.env["res.company"].sudo().browse(int(key.split("-")[0]))
            late = [row["amount"] for row in rows if row["late"]]
            result.append(
                {
                    "key": key,
                    "invoices": self._pay_invoices(rows),
                    "due": currency.round(sum(late)),
                    "currency": currency,
                    "company": company,
                }
            )
        return result

    def _pay_invoices(self, rows):
        """Return the invoices of a set, each once, whatever its installments."""
        invoices = {}
        for row in sorted(rows, key=lambda row: (row["due"], row["item_id"])):
            known = invoices.setdefault(
                row["move_id"], {**row, "most": 0, "all": 0, "ask": False}
            )
            known["most"] = row["currency"].round(known["most"] + row["most"])
            known["all"] = row["currency"].round(known["all"] + row["open"])
            known["ask"] = known["ask"] or bool(row["late"] and row["amount"])
        return list(invoices.values())

    def _pay_choice(self, owed, choice):
        """Return what a choice is about at this moment, or None.

        :param list owed: rows of the page: what is not on it cannot be paid
        :param str choice: from an address
        :raise UserError: for an amount that cannot be paid, in kind words
        """
        found = CHOICE.fullmatch(choice or "")
        if not found:
            return None
        sets = self._pay_sets(owed)
        if found["part"]:
            if found["amount"]:
                return None
            return self._pay_installment(choice, sets, int(found["part"]))
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
        rows = self._pay_open(rows)
        if not rows:
            return None
        if found["amount"]:
            return self._pay_own(choice, rows, key, Decimal(found["amount"]))
        asked = self._pay_asked(rows, wanted is not None)
        return self._payment(choice, asked, key, sum(part for _row, part in asked))

    def _pay_installment(self, choice, sets, part_id):
        """Return the payment of one installment: the oldest items of its plan.

        The plan counts the money, not the item that it hit.
        """
        part = self.env["ar.payment.plan.installment"].sudo().browse(part_id).exists()
        plan = part.plan_id
        if not part or plan.debtor_id != self or plan.state != "active":
            return None
        ids = set(plan.line_ids.filtered("active").move_line_id.ids)
        for key, rows in sets.items():
            mine = [row for row in rows if row["item_id"] in ids]
            mine = self._pay_open(mine)
            most = plan.currency_id.round(sum(row["most"] for row in mine))
            amount = min(part.amount_open, most)
            if mine and plan.currency_id.compare_amounts(amount, 0) > 0:
                amount = round(Decimal(str(amount)), plan.currency_id.decimal_places)
                return self._pay_own(choice, mine, key, amount)
        return None

    def _page_plans(self, items):
        """Return what is agreed, or offered, about items of the page."""
        return (
            self.env["ar.payment.plan"]
            .sudo()
            .search(
                [
                    ("debtor_id", "=", self.id),
                    ("state", "in", ("offered", "active")),
                    ("line_ids.move_line_id", "in", items.ids),
                ]
            )
        )

    def _pay_open(self, rows):
        """Return the rows of invoices that Odoo lets customers pay now."""
        moves_sudo = self.env["account.move"].sudo()
        moves_sudo = moves_sudo.browse({row["move_id"] for row in rows})
        payable = {move.id for move in moves_sudo if move._has_to_be_paid()}
        return sorted(
            (row for row in rows if row["move_id"] in payable),
            key=lambda row: (row["due"], row["item_id"]),
        )

    def _pay_asked(self, rows, chosen):
        """Return what is asked for: ``[(row, amount)]``.

        Of all: what is due. Of chosen invoices: what is due of each, else all that
        is asked for of it, else what is open: also what is being looked into, or
        agreed for another day, can always be paid.
        """
        if not chosen:
            return [(row, row["amount"]) for row in rows if row["late"]]
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

    def _pay_own(self, choice, rows, key, amount):
        """Return the payment of an amount of the customer's own, oldest first."""
        currency = rows[0]["currency"]
        self._check_pay_amount(amount, rows)
        left, asked = float(amount), []
        # What is due first: an agreed or future part only with what is left then
        for row in sorted(rows, key=lambda r: not (r["late"] and r["amount"])):
            if currency.compare_amounts(left, 0) > 0:
                asked.append((row, min(left, row["most"])))
                left -= row["most"]
        return self._payment(choice, asked, key, float(amount))

    def _check_pay_amount(self, amount, rows):
        """Check an amount of the customer's own.

        :raise UserError: for what is nothing, too much, or no amount of the currency
        """
        currency = rows[0]["currency"]
        most = currency.round(sum(row["most"] for row in rows))
        if amount <= 0:
            raise UserError(self.env._("Please enter an amount above zero."))
        if amount != round(amount, currency.decimal_places):
            raise UserError(
                self.env._(
                    "%(currency)s has no amounts as small as this: please round it.",
                    currency=currency.name,
                )
            )
        if currency.compare_amounts(float(amount), most) > 0:
            raise UserError(
                self.env._(
                    "At most %(most)s can be paid for what you chose: more is not open.",
                    most=currency.format(most),
                )
            )

    def _payment(self, choice, asked, key, amount):
        moves = self.env["account.move"].sudo()
        for row, part in asked:
            if part > 0:
                moves |= moves.browse(row["move_id"])
        currency = asked[0][0]["currency"] if asked else None
        if not moves or currency.compare_amounts(amount, 0) <= 0:
            return None
        company = self.env["res.company"].sudo().browse(int(key.split("-")[0]))
        return Payment(choice, moves, currency.round(amount), currency, company)

    # === REFERENCES === #

    def _pay_reference(self, moves):
        """Return what a bank transfer for invoices is to name."""
        if len(moves) == 1:
            return moves.payment_reference or moves.name or ""
        numbers = ", ".join(filter(None, moves.mapped("name")))
        return self.partner_id.ref or numbers[:140]

    def _draw_pay_prefix(self):
        """Return the customer's reference and a running number, drawn.

        Two at once: one of them is a conflict, which Odoo tries again.
        """
        number = self._draw_payment_number()
        known = normalize("NFKD", self.partner_id.ref or "")
        known = known.encode("ascii", "ignore").decode().strip()
        return f"{known or f'C{self.id}'}-{number}"

    def _pay_bank(self, payment):
        """Return the account for a transfer, its reference, and a QR code if any."""
        banks = payment.moves.partner_bank_id
        bank = banks if len(banks) == 1 else banks.browse()
        reference = self._pay_reference(payment.moves)
        code = None
        if bank:
            code = bank.build_qr_code_base64(
                payment.amount, reference, None, payment.currency, self.partner_id
            )
        return {"bank": bank, "bank_reference": reference, "qr_code": code}

    def _pay_failed(self, items):
        """Return the last payment of these items if it did not go through, or None."""
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

    def _draw_payment_number(self):
        """Return the next number of a payment, drawn at once.

        Two at once: one of them is a conflict before anything else is made.
        """
        self.ensure_one()
        [(number,)] = self.env.execute_query(
            SQL(
                """UPDATE ar_debtor SET payment_number = COALESCE(payment_number, 0) + 1
                    WHERE id = %s RETURNING payment_number""",
                self.id,
            )
        )
        self.invalidate_recordset(["payment_number"], flush=False)
        return number
