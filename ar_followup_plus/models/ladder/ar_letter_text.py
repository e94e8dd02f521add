"""Texts of letters: data that users edit, one for each stage or occasion."""

import re

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Placeholders filled by :meth:`ArNotice._text_extra`. A sentence with an empty one is
#: omitted.
EXTRA = (
    "call_contact",
    "call_date",
    "reply_date",
    "dispute_owner",
    "dispute_deadline",
    "dispute_first",
    "promise_date",
    "rate_text",
    "charges",
    "charges_waived",
    "handover_partner_type",
    "handover_partner_name",
    "handover_partner_address",
    "statutory_collection_cost",
    "hold_date",
    "policy_section",
    "signer_name",
    "acceptance_date",
    "policy_attached",
    "debt_advice_contact",
    "advice_pause_days",
)


MOMENTS = [
    ("preventive", "Upcoming payment reminder"),
    ("gentle", "Reminder"),
    ("firm", "Firm demand"),
    ("final", "Final demand"),
    ("notice", "Pre-collection notice"),
    ("broken_promise", "Broken promise"),
    ("missed_installment", "Missed installment"),
    ("plan_default", "Plan ended because installments were missed"),
    ("hold", "New orders on account are on hold"),
    ("payment_returned", "Payment returned by the bank"),
    ("thanks", "Thanks for paying"),
    ("set_off", "Proposal to set off"),
]
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
#: A part that is omitted if one of its placeholders is empty, and its replacement.
_PART = re.compile(r"\[(else:)?([^\[\]]*)\]")
_EMPTY = re.compile(r"<(p|div)[^>]*>(\s|&nbsp;|<br/?>)*</\1>")
#: Placeholders for blocks of markup.
BLOCKS = (
    "items_table",
    "also_table",
    "coming_table",
    "apart_table",
    "charges_table",
    "theirs_table",
    "ours_table",
)
#: They print nothing: they limit a part of the text to some customers.
FLAGS = (
    "if_public",
    "if_not_public",
    "if_private",
    "if_old_debt",
    "if_not_old_debt",
    "if_unanswered",
    "charges_waived",
)
#: Placeholders of letters beside the ladder only.
MOMENT_VALUES = (
    "amount_received",
    "payment_date",
    "promise_made_date",
    "promised_amount",
    "promise_open",
    "installment_amount",
    "installment_date",
    "plan_open",
    "cure_date",
    "hold_reason",
    "returned_amount",
    "next_due_total",
    "next_due_date",
    "theirs_total",
    "ours_total",
    "set_off_total",
    "rest_theirs",
    "rest_ours",
)
#: Accepted in texts that were written before, and always empty: the ledger knows neither
#: who promised nor why a bank sent money back.
RETIRED = frozenset(("bank_reason", "promiser_name"))
#: Placeholders of letters that take their value from ``text_values``.
VALUES = frozenset(
    """greeting company company_address company_website customer_ref notice_number
    today total_due total_demanded total_upcoming other_total credits_total
    disputed_total promised_total invoice_number count due_date oldest_due_date
    last_due_date new_date max_days_late days_late_text payment_reference
    last_contact_date contact_dates final_demand_date part_paid part_paid_date
    collector_name collector_phone
    phone_hours manager_name manager_phone manager_email signature signature_manager
    ways_to_pay next_text next_date legal_text""".split()
).union(EXTRA, MOMENT_VALUES)


def unknown_placeholders(body):
    """Return the unknown placeholders, which would be printed as they are."""
    found = set(_PLACEHOLDER.findall(body or ""))
    return sorted(found - VALUES - RETIRED - set(BLOCKS) - set(FLAGS))


def fill(body, values, blocks):
    """Return a text with its placeholders filled in.

    ``[... {name} ...]`` is omitted if a placeholder in it is empty; an ``[else: ...]``
    right behind it replaces it then.

    :param dict values: plain texts
    :param dict blocks: markup
    :rtype: markupsafe.Markup
    """
    known = {**values, **blocks}

    def full(text):
        return all(known.get(name) for name in _PLACEHOLDER.findall(text))

    def choose(match):
        nonlocal shown
        if match[1]:
            use = not shown and full(match[2])
        else:
            use = shown = full(match[2])
        return match[2] if use else ""

    def put(match):
        name = match[1]
        if name in FLAGS:
            return ""
        if name in blocks:
            return blocks[name] or ""
        return escape(values.get(name) or "").replace("\n", Markup("<br/>"))

    shown = True
    # First, because a filled-in name may contain brackets
    body = _EMPTY.sub("", _PART.sub(choose, str(body)))
    return Markup(_PLACEHOLDER.sub(put, body))


class ArLetterText(models.Model):
    """The text of a letter, for a stage of the ladder or another occasion."""

    _name = "ar.letter.text"
    _description = "Text of a Letter"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    moment = fields.Selection(MOMENTS, required=True, index=True)
    subject = fields.Char(
        translate=True,
        help="Empty: the subject of the stage. To consumers it shows no debt.",
    )
    body = fields.Html(
        string="Text",
        translate=True,
        sanitize=True,
        required=True,
        help="Placeholders stand in braces, as {total_due}. A part in square brackets is "
        "left out where a placeholder in it is empty; [else: ...] right behind it "
        "stands there then.",
    )

    @api.constrains("body", "subject")
    def _check_placeholders(self):
        """Refuse unknown placeholders, which would be printed as they are."""
        for text in self:
            for part in (text.body, text.subject):
                unknown = unknown_placeholders(part)
                if unknown:
                    raise ValidationError(
                        self.env._(
                            "The letter %(name)s has placeholders that are not known: "
                            "%(unknown)s. Possible are %(known)s.",
                            name=text.name,
                            unknown=", ".join(unknown),
                            known=", ".join(sorted(VALUES | set(BLOCKS + FLAGS))),
                        )
                    )

    @api.model
    def _of_moment(self, moment):
        """Return the text for an occasion, in the language of the environment."""
        return self.search([("moment", "=", moment)], limit=1)


class ArDemandPreset(models.Model):
    """Legal requirements of a country for demands for payment.

    Shipped as a start for users to check and edit; not legal advice.
    """

    _name = "ar.demand.preset"
    _description = "Legal Notice by Country"
    _order = "country_id, private"
    _rec_name = "country_id"

    country_id = fields.Many2one(
        "res.country", required=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True)
    private = fields.Boolean(
        string="For consumers and sole traders",
        help="Else for businesses and public bodies.",
    )
    text = fields.Text(
        translate=True,
        help="Part of final demands and pre-collection notices.",
    )
    # For consumers and sole traders only; for businesses the company's settings apply
    allow_charges = fields.Boolean(string="Charges may be named")
    allow_handover = fields.Boolean(string="A transfer to collections may be mentioned")
    source = fields.Char(string="Where to check", required=True)
    checked_on = fields.Date(
        string="Last checked", help="Empty: nobody in your company checked it yet."
    )

    _country_unique = models.Constraint(
        "UNIQUE (country_id, private)",
        "There is already an entry for this country: edit that one.",
    )

    @api.constrains("text")
    def _check_placeholders(self):
        for preset in self:
            unknown = unknown_placeholders(preset.text)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "The text for %(country)s has placeholders that are not known: "
                        "%(unknown)s.",
                        country=preset.country_id.name,
                        unknown=", ".join(unknown),
                    )
                )

    @api.model
    def _of_debtor(self, debtor):
        """Return the preset of the customer's country, if any."""
        country = debtor.partner_id.country_id or debtor.company_id.country_id
        return self.search(
            [
                ("country_id", "=", country.id),
                ("private", "=", debtor.kind in ("consumer", "sole_trader")),
            ],
            limit=1,
        )
