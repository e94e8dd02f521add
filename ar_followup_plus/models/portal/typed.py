"""Parse input on the customer's page: amounts, days, counts, texts."""

import re
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools.misc import get_lang

#: An amount as people write it, spaces removed: digits, optionally in groups.
DIGITS = re.compile(r"\d{1,12}(?:[.,]\d+)*", re.ASCII)


def read_amount(text, point="."):
    """Return an amount from a typed text, or None if it is not one.

    :param str point: the decimal sign of their language; the other one is accepted too,
        unless three digits follow: "1,250" is a thousand where the sign is "."
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


def check_amount(env, amount, currency):
    """Check that an amount is above zero, and not finer than its currency.

    :raise UserError: in kind words
    """
    if amount <= 0:
        raise UserError(env._("Please enter an amount above zero."))
    if amount != round(amount, currency.decimal_places):
        raise UserError(
            env._(
                "%(currency)s has no amounts as small as this: please round it.",
                currency=currency.name,
            )
        )


def typed_amount(env, text, currency):
    """Return an amount from a typed text, or None if it is empty.

    :raise UserError: with a text for the customer, for an invalid amount of the
        currency
    """
    if not (text or "").strip():
        return None
    amount = read_amount(text, get_lang(env).decimal_point)
    if amount is None:
        raise UserError(env._("Please enter an amount in figures only, or none."))
    check_amount(env, amount, currency)
    return float(amount)


def read_count(text):
    """Return a small number from a typed text, or None if it is not one."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) else None


def typed_day(env, text):
    """Return a day from a typed text.

    :raise UserError: for anything else
    """
    try:
        day = fields.Date.to_date((text or "").strip()[:10])
    except ValueError:
        day = None
    if not day:
        raise UserError(env._("Please enter a date."))
    return day


def one_line(text):
    """Return a short typed text, on one line."""
    return " ".join((text or "").replace("\0", "").split())[:200]
