"""What an aged list shows: its day, its buckets, its amounts.

The terms travel in the context of the list, so that each of its reads is of that day.
"""

from typing import NamedTuple

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...engine.aging import USUAL_RANGES, Range, RangeError, ranges

BY_SELECTION = [("due", "Due date"), ("invoice", "Invoice date")]
AMOUNTS_SELECTION = [
    ("company", "Company currency"),
    ("document", "Currency of the document"),
    ("converted", "Currency of the main company, at the rate of the day"),
]
CREDITS_SELECTION = [
    ("apart", "In a column of their own"),
    ("aged", "In the buckets, by their date"),
]
#: The web client keeps the texts of columns by context keys with this ending only.
RANGES_KEY = "aging_ranges_view_ref"


class AgingTerms(NamedTuple):
    """The terms of an aged list."""

    day: object
    by: str = "due"
    ranges: tuple[Range, ...] = ranges(USUAL_RANGES)
    amounts: str = "company"
    credits: str = "apart"

    def context(self, text=USUAL_RANGES):
        """Return the context of a list with these terms.

        :param str text: the buckets as a person wrote them
        """
        return {
            "aging_day": fields.Date.to_string(self.day),
            "aging_by": self.by,
            "aging_amounts": self.amounts,
            "aging_credits": self.credits,
            RANGES_KEY: text,
        }


def terms_of(env):
    """Return the terms that the context asks for; without any, those of today.

    :raise UserError: for terms that cannot be used
    """
    context = env.context
    today = env.company._ar_today()
    day = checked_day(env, context.get("aging_day") or today)
    choices = {}
    for name, selection in (
        ("by", BY_SELECTION),
        ("amounts", AMOUNTS_SELECTION),
        ("credits", CREDITS_SELECTION),
    ):
        value = context.get(f"aging_{name}") or selection[0][0]
        if value not in dict(selection):
            raise UserError(env._("Open the aged list from its menu again."))
        choices[name] = value
    return AgingTerms(
        day, ranges=checked_ranges(env, context.get(RANGES_KEY)), **choices
    )


def checked_day(env, day):
    """Return a day of which the books exist.

    :raise UserError: for a day in the future, or what is no day
    """
    today = env.company._ar_today()
    try:
        day = fields.Date.to_date(day)
    except (TypeError, ValueError):
        day = None
    if not day:
        raise UserError(env._("Enter the day of which the receivables are listed."))
    if day > today:
        raise UserError(
            env._(
                "%(day)s is in the future: nobody knows yet what will be open then. "
                "Choose %(today)s or an earlier day; what is expected to come in is in "
                "the cash forecast.",
                day=format_date(env, day),
                today=format_date(env, today),
            )
        )
    return day


def checked_ranges(env, text):
    """Return the buckets that a person wrote.

    :raise ValidationError: says what is wrong with them
    """
    try:
        return ranges(text if isinstance(text, str) and text else USUAL_RANGES)
    except RangeError as error:
        sentences = {
            "unreadable": env._(
                "Write buckets as days overdue, with commas between them, as in "
                "“1-30, 31-60, 61-90”. This is none: “%(part)s”.",
                part=error.figures.get("part"),
            ),
            "backwards": env._(
                "Bucket %(part)s ends before it begins.", part=error.figures.get("part")
            ),
            "start": env._(
                "The first bucket begins with day 1, not with day %(first)s.",
                first=error.figures.get("first"),
            ),
            "overlap": env._(
                "Buckets %(one)s and %(other)s overlap. Each day belongs to one bucket.",
                one=error.figures.get("one"),
                other=error.figures.get("other"),
            ),
            "gap": env._(
                "No bucket has the days %(first)s to %(last)s. Add one, or extend the "
                "bucket before them.",
                first=error.figures.get("first"),
                last=error.figures.get("last"),
            ),
            "many": env._(
                "Use up to %(most)s buckets.", most=error.figures.get("most")
            ),
        }
        raise ValidationError(sentences[error.problem]) from error


def rates(env, day, amounts):
    """Return the factor for the amounts of each company, ``{company: factor}``.

    1 except for amounts converted to the currency of the main company.

    :raise UserError: names the currency and the day without a rate
    """
    main = env.company
    if amounts != "converted":
        return dict.fromkeys(env.companies, 1.0)
    found = {}
    for currency, companies in env.companies.grouped("currency_id").items():
        if currency == main.currency_id:
            factor = 1.0
        else:
            # sudo: rates are no secret, and managers need no accounting rights
            known = (
                env["res.currency.rate"]
                .sudo()
                .search_count(
                    [
                        ("currency_id", "=", currency.id),
                        ("company_id", "in", (False, main._ar_root().id)),
                        ("name", "<=", day),
                    ],
                    limit=1,
                )
            )
            if not known:
                raise UserError(
                    env._(
                        "%(currency)s has no rate on %(day)s or before in "
                        "%(company)s. Enter one in Accounting > Configuration > "
                        "Currencies, or show amounts in company currency.",
                        currency=currency.name,
                        day=format_date(env, day),
                        company=main.display_name,
                    )
                )
            factor = env["res.currency"]._get_conversion_rate(
                currency, main.currency_id, main, day
            )
        found |= dict.fromkeys(companies, factor)
    return found
