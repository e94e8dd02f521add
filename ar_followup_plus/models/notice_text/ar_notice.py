"""The words of a notice: every placeholder of its texts, and its tables."""

from markupsafe import Markup

from odoo import api, fields, models

from ...tools.customer_format import Words, one_line
from .text_reader import TextReader
from .text_values import TextValues

_DEPENDS = ("line_ids.amount", "line_ids.role", "date_given", "number", "state")


class ArNotice(models.Model):
    _inherit = "ar.notice"

    text_values = fields.Json(
        compute="_compute_texts",
        help="What the placeholders of texts stand for, in the customer's language.",
    )
    items_table = fields.Html(compute="_compute_texts", sanitize=False)
    also_table = fields.Html(compute="_compute_texts", sanitize=False)
    coming_table = fields.Html(compute="_compute_texts", sanitize=False)
    apart_table = fields.Html(compute="_compute_texts", sanitize=False)
    pay_block = fields.Html(
        compute="_compute_texts", sanitize=False, help="The pay button and other ways."
    )
    footer_block = fields.Html(compute="_compute_texts", sanitize=False)
    announced_day = fields.Date(
        compute="_compute_texts",
        help="The earliest day of the next message, where the text names it.",
    )

    @api.depends(*_DEPENDS)
    @api.depends_context("lang", "ar_paper")
    def _compute_texts(self):
        known = self.filtered(lambda notice: notice._origin.id)
        reader = TextReader(known._origin)
        words = Words(reader.env)
        extra = reader.notices._text_extra() if known else {}
        for notice in self:
            if notice not in known:
                notice.text_values = False
                for name in ("items", "also", "coming", "apart"):
                    notice[f"{name}_table"] = False
                notice.pay_block = notice.footer_block = False
                notice.announced_day = False
                continue
            text = TextValues(reader, words, notice._origin.sudo(), extra)
            notice.text_values = text.values
            for name, table in text.tables.all().items():
                notice[f"{name}_table"] = table
            notice.pay_block = text.pay_block() + notice._origin._pay_block_parts()
            notice.footer_block = text.footer_block()
            notice.announced_day = text.next_on

    def _bank(self):
        """Return the bank account on the invoices; none if they differ."""
        self.ensure_one()
        moves = self.line_ids.filtered(lambda line: line.role == "about").move_id
        banks = moves.filtered(lambda m: m.is_sale_document()).partner_bank_id
        if len(banks) > 1:
            return banks.browse()
        return banks

    def _pay_block_parts(self):
        """Hook: return markup of other subjects, to add below the ways to pay.

        :rtype: Markup
        """
        return Markup()

    def _text_extra(self):
        """Hook: return the placeholders of other subjects, for many notices.

        Those of ``ar_letter_text.EXTRA``, in the language of the environment.
        ``total_demanded`` replaces the total that is due.

        :return: ``{notice id: {placeholder: text}}``
        :rtype: dict
        """
        words = Words(self.env)
        return {notice.id: notice._handover_words(words) for notice in self}

    def _handover_words(self, words):
        """Return the placeholders about a hand-over and about advice.

        Private persons are told of a hand-over only where the law of their country
        allows it, and public bodies never.
        """
        company = self.company_id.sudo().with_env(self.env)
        private = self.debtor_id.kind in ("consumer", "sole_trader")
        values = {}
        if private and company.ar_advice_contact and company.ar_advice_days:
            values["debt_advice_contact"] = one_line(company.ar_advice_contact)
            values["advice_pause_days"] = company.ar_advice_days
        agency = company.ar_handover_partner_id
        if not agency or self.debtor_id.kind == "public":
            return values
        if private:
            preset = self.env["ar.demand.preset"].sudo()._of_debtor(self.debtor_id)
            if not preset.allow_handover:
                return values
        address = agency._display_address(without_company=True)
        address = ", ".join(filter(None, map(one_line, address.splitlines())))
        if address:
            values.update(
                handover_partner_name=one_line(agency.name),
                handover_partner_address=address,
                handover_partner_type=one_line(company.ar_handover_type),
            )
            if company.ar_handover_cost:
                values["statutory_collection_cost"] = words.sums(
                    {company.currency_id: company.ar_handover_cost}
                )
        return values
