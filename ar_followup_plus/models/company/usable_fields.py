"""Only fields that people can use are offered for filters, groups and exports.

Odoo offers every stored field of a model. Ours also have keys of links, hashes, and marks
that only the code reads: they stay readable, and are not offered.
"""

import re

from odoo import api, models

#: What a person cannot filter or group by.
TYPES = ("binary", "json", "html", "many2one_reference", "properties", "reference")
#: Names of fields that only the code reads.
TECHNICAL = re.compile(
    r"""id|write_(uid|date)|access_.*|.*token.*|.*hash|.*sha256|.*_sums|digest|once
      | (has_|website_)?message_?.*|rating_.*
      | activity_(exception_.*|type_icon|calendar_.*)|my_activity_.*
      | (planned|behaviour|charged|state)_(at|for)|code_.*
      | in_call_.*|call_draft|payment_number|attempts|maybe_sent|can_retry
      | attachments_ready|group|sender|place|matched_before|is_lapsed
      | (mail_message|source|res)_id|res_model|last_debtor_id|invoice_line|move|item|item_ids
      | signer_agent|signer_contacts|.*_tz""",
    re.VERBOSE,
)
#: How Odoo says that a field is offered.
OFFERS = ("searchable", "groupable", "exportable")


def is_technical(name, field_type):
    """Return whether only the code reads a field."""
    return field_type in TYPES or bool(TECHNICAL.fullmatch(name))


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        # EXTENDS base: of our models, offer only what a person can use
        result = super().fields_get(allfields, attributes)
        if not self._name.startswith("ar."):
            return result
        for name, description in result.items():
            if is_technical(name, self._fields[name].type):
                description.update(
                    {offer: False for offer in OFFERS if offer in description}
                )
        return result
