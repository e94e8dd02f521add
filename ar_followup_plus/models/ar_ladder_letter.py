"""A step's own text of its letter, with placeholders in braces."""

import re

from markupsafe import Markup, escape

from odoo import api, models
from odoo.exceptions import ValidationError

from .ar_text_values import EXTRA

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
#: Blocks beside the single values.
BLOCKS = (
    "items_table",
    "also_table",
    "coming_table",
    "apart_table",
    "charges_table",
)
#: What a letter may say of ``text_values``; what is empty leaves nothing behind.
VALUES = frozenset(
    """greeting company company_address company_website customer_ref notice_number
    today total_due total_demanded other_total credits_total disputed_total
    promised_total invoice_number count due_date oldest_due_date last_due_date new_date
    max_days_late days_late_text payment_reference last_contact_date contact_dates
    final_demand_date collector_name collector_phone phone_hours manager_name
    manager_phone manager_email signature signature_manager ways_to_pay next_text
    next_date""".split()
).union(EXTRA)


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    @api.constrains("letter_body")
    def _check_letter_body(self):
        """Refuse placeholders that mean nothing: the customer would read them."""
        for step in self:
            unknown = set(_PLACEHOLDER.findall(step.letter_body or "")) - VALUES
            unknown -= set(BLOCKS)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "The letter of the step %(step)s has placeholders that are not "
                        "known: %(names)s. Possible are %(known)s.",
                        step=step.name,
                        names=", ".join(sorted(unknown)),
                        known=", ".join(sorted(VALUES | set(BLOCKS))),
                    )
                )

    def _fill_letter(self, body, notice):
        """Return the text of a letter for a notice.

        :rtype: markupsafe.Markup
        """
        values = notice.text_values

        def fill(match):
            name = match[1]
            if name in BLOCKS:
                return notice[name] or ""
            return escape(values.get(name, "") or "").replace("\n", Markup("<br/>"))

        return Markup(_PLACEHOLDER.sub(fill, str(body)))
