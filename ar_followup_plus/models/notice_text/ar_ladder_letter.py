"""The text of a step's letter, and the values it may contain."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..ladder.ar_letter_text import BLOCKS, FLAGS, VALUES, fill, unknown_placeholders

#: Omitted for consumers and sole traders, unless the preset of their country allows it.
CHARGES = ("charges", "rate_text", "charges_table", "charges_waived")
HANDOVER = (
    "handover_partner_type",
    "handover_partner_name",
    "handover_partner_address",
    "statutory_collection_cost",
)
#: Stages whose demands contain the legal text of the country.
LEGAL_STAGES = ("final", "notice")


class ArLadderStep(models.Model):
    _inherit = "ar.ladder.step"

    letter_text_id = fields.Many2one(
        "ar.letter.text",
        string="Letter text",
        ondelete="restrict",
        help="Empty: the shipped text of the stage.",
    )
    attach_letter = fields.Boolean(
        "Attach the letter",
        help="The e-mail carries the same as a letter in PDF, with its number.",
    )

    @api.constrains("letter_body")
    def _check_letter_body(self):
        """Refuse unknown placeholders, which would be printed as they are."""
        for step in self:
            unknown = unknown_placeholders(step.letter_body)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "The letter of the step %(step)s has placeholders that are not "
                        "known: %(names)s. Possible are %(known)s.",
                        step=step.name,
                        names=", ".join(unknown),
                        known=", ".join(sorted(VALUES | set(BLOCKS + FLAGS))),
                    )
                )

    def _letter_text(self, stage):
        """Return the text of a step without a letter text of its own."""
        if self.letter_text_id:
            return self.letter_text_id.with_env(self.env)
        moment = "final" if stage == "handover" else stage
        Text = self.env["ar.letter.text"].sudo()
        return Text._of_moment(moment) or Text._of_moment("gentle")

    def _fill_letter(self, body, notice):
        """Return the text of a letter for a notice.

        :rtype: markupsafe.Markup
        """
        values = notice._letter_allowed()
        blocks = {
            name: notice[name]
            for name in BLOCKS
            if name not in values and f"{{{name}}}" in str(body)
        }
        blocks["charges_table"] = values.pop("charges_table")
        return fill(body, values, blocks)


class ArNotice(models.Model):
    _inherit = "ar.notice"

    def _letter_allowed(self):
        """Return the values of a letter: values of texts, flags, and the legal text.

        Charges and hand-over are omitted for consumers and sole traders, unless the
        preset of their country allows them.
        """
        self.ensure_one()
        values = dict(self.text_values)
        private = bool(values.get("is_private"))
        for name, holds in (
            ("if_public", values.get("is_public")),
            ("if_not_public", not values.get("is_public")),
            ("if_private", private),
            ("if_old_debt", values.get("is_old_debt")),
            ("if_not_old_debt", not values.get("is_old_debt")),
            (
                "if_unanswered",
                not (values.get("answered") or values.get("part_paid")),
            ),
        ):
            values[name] = "yes" if holds else ""
        values["charges_table"] = self.charges_table
        preset = self.env["ar.demand.preset"].sudo()._of_debtor(self.debtor_id)
        if private and not preset.allow_charges:
            values.update(dict.fromkeys(CHARGES, ""))
        if (private and not preset.allow_handover) or values.get("is_public"):
            values.update(dict.fromkeys(HANDOVER, ""))
        values["legal_text"] = ""
        if preset.text and self.stage in LEGAL_STAGES and not values.get("is_public"):
            text = preset.with_context(lang=self.env.lang).text
            values["legal_text"] = fill(text, values, {}).unescape()
        return values
