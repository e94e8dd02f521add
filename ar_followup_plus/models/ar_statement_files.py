"""Statements as PDF, few calls of wkhtmltopdf for many."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import split_every

from ..engine.paging import pages
from .ar_debtor_statement import Period
from .ar_notice_print import AT_ONCE
from .ar_text_words import Words, one_line
from .transactions import RACES

_logger = logging.getLogger(__name__)

REPORT = "ar_followup_plus.action_report_statement"
#: Lines for rows on the first page, and on each later one, below the letterhead.
FIRST_PAGE, LATER_PAGE = 20, 24
#: Lines that the heading and the sums of a currency take.
AROUND = 8
#: Longer references take a second line.
LINE_LETTERS = 24


class Prepared(dict):
    """Figures that were read for many, by debtor: no web client can bring them."""

    def __init__(self, period, figures):
        super().__init__(figures)
        self.period = period


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    # === PDF === #

    def _statement_name(self, period, lang):
        """Return the name of a statement's file, without its ending."""
        env = self.with_context(lang=lang).env
        day = fields.Date.to_string(period.day or self.company_id._ar_today())
        if period.first:
            first = fields.Date.to_string(period.first)
            return env._("Statement %(first)s to %(day)s", first=first, day=day)
        return env._("Statement %(day)s", day=day)

    def _statement_pdf(self, lang, period=None):
        """Return ``(name, content)`` of a statement; default: what is open today."""
        self.ensure_one()
        self._check_wkhtmltopdf()
        period = period or Period()
        files, failed = self._statement_pdfs(period, lang)
        if failed:
            raise UserError(failed[self.id])
        return (f"{self._statement_name(period, lang)}.pdf", files[self.id])

    @api.model
    def _check_wkhtmltopdf(self):
        """Check that PDFs can be made.

        :raise UserError: where the program for it is missing
        """
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "Statements cannot be printed: the program wkhtmltopdf is missing "
                    "on the server. Ask your administrator to install it, then try "
                    "again; a spreadsheet can be made without it."
                )
            )

    def _statement_pdfs(self, period, lang=None):
        """Return the PDFs of many, few calls of wkhtmltopdf; the rotten one fails alone.

        :param str lang: default: each customer's own
        :return: ``{debtor id: bytes}`` and ``{debtor id: why it cannot be made}``
        """
        figures = Prepared(period, self._statement_figures(period))
        size = AT_ONCE if self.env["ar.notice"]._is_patched() else 1
        files, failed = {}, {}
        for _company, debtors in self.grouped("company_id").items():
            for ids in split_every(size, debtors.ids):
                debtors.browse(ids)._statement_batch(figures, lang, files, failed)
        return files, failed

    def _statement_batch(self, figures, lang, files, failed):
        """Make the PDFs of a batch with one call."""
        try:
            files.update(self._render_statements(figures, lang))
        except RACES:
            raise
        except Exception as error:
            if len(self) > 1:
                _logger.info("Statements are made one by one: %s", error)
                for debtor in self:
                    debtor._statement_batch(figures, lang, files, failed)
                return
            _logger.info("The statement of %s cannot be made: %s", self, error)
            why = " ".join((str(error) or repr(error)).split())[:300]
            failed[self.id] = self.env._(
                "%(customer)s: the statement could not be made: %(why)s",
                customer=self.display_name,
                why=why,
            )

    def _render_statements(self, figures, lang=None):
        """Return the PDFs of one call: ``{debtor id: bytes}``."""
        report = self.env["ir.actions.report"].with_company(self.company_id)
        report = report.with_context(ar_statements=figures, ar_statement_lang=lang)
        streams = report._render_qweb_pdf_prepare_streams(
            REPORT, {"report_type": "pdf"}, res_ids=self.ids
        )
        return {
            debtor_id: streams[debtor_id]["stream"].getvalue() for debtor_id in self.ids
        }

    def _statement_lang(self):
        """Return the language of a statement: chosen, the customer's, the company's."""
        chosen = self.env.context.get("ar_statement_lang")
        installed = dict(self.env["res.lang"].get_installed())
        return chosen if chosen in installed else self._statement_shell()._lang()

    def _statement_values(self):
        """Return what the paper says, in the language of the environment.

        :rtype: dict
        """
        self.ensure_one()
        given = self.env.context.get("ar_statements")
        if not isinstance(given, Prepared):
            given = Prepared(Period(), self._statement_figures())
        words, period = Words(self.env), given.period
        day = period.day or self.company_id._ar_today()
        parts = given.get(self.id, [])
        labels = self._statement_labels()
        code = len(parts) > 1 or any(
            part["currency"] != self.company_id.currency_id for part in parts
        )
        used, shown = 0, []
        for part in parts:
            laid, used = _laid_out(part, period.kind, used)
            shown.append(
                {
                    **part,
                    "pages": laid,
                    "money": _money(words, part["currency"], code),
                    "bar": _bar(part, labels) if period.kind == "open" else [],
                }
            )
        partner = self.partner_id
        bank = self._statement_by_bank(parts)
        return {
            "kind": period.kind,
            "words": words,
            "day": words.day(day),
            "first": words.day(period.first),
            "labels": labels,
            "parts": shown,
            "address": self._statement_address(),
            "customer_ref": one_line(partner.ref),
            "person": self._page_person(),
            "bank": bank,
            "codes": self._statement_codes(parts, bank, words)
            if period.kind == "open" and not period.day
            else [],
            "link": self._statement_link(),
            "pays_online": self._page_pays_online(),
            "ways_to_pay": "\n".join(
                filter(
                    None,
                    (
                        one_line(line)
                        for line in (self.company_id.ar_ways_to_pay or "").splitlines()
                    ),
                )
            ),
        }

    def _statement_labels(self):
        """Return the words for keys of the figures."""
        buckets = self.env["ar.open.item"]._fields["bucket"]
        return {
            **dict(buckets._description_selection(self.env)),
            "invoice": self.env._("Invoice"),
            "credit": self.env._("Credit note"),
            "payment": self.env._("Payment"),
            "entry": self.env._("Entry"),
            "charge": self.env._("Charge for paying late"),
            "matched": self.env._("Counted elsewhere"),
            "disputed": self.env._("Being looked into"),
            "agreed": self.env._("Agreed with you"),
        }

    def _statement_partner(self):
        """Return whose address is on it: the invoice address, else the customer's."""
        self.ensure_one()
        partner = self.partner_id
        if self.kind == "consumer":
            return partner
        return (
            partner.child_ids.filtered(
                lambda p: p.type == "invoice" and p.active and p._ar_has_address()
            )[:1]
            or partner
        )

    def _statement_address(self):
        """Return the lines in the window."""
        partner = self._statement_partner()
        lines = partner._display_address(without_company=True).splitlines()
        if partner.country_id == self.company_id.country_id:
            lines = [line for line in lines if line != partner.country_id.name]
        lines = [partner.commercial_partner_id.name, *lines]
        return list(dict.fromkeys(filter(None, map(str.strip, filter(None, lines)))))

    def _statement_link(self):
        """Return the customer's page: what is shown of its address, and the address.

        It needs the portal login: the paper may lie on any desk, also on ours.
        """
        if self.is_stopped or self.company_id.ar_state not in ("ask", "live"):
            return ("", "")
        url = f"{self.get_base_url()}/my/receivables/{self.id}"
        return (url.split("://")[-1], url)

    def _statement_codes(self, parts, bank, words):
        """Return a payment QR code for each currency in which something is overdue."""
        if not bank or not self.company_id.qr_code:
            return []
        codes = []
        for part in parts:
            currency = part["currency"]
            amount = part["overdue"] or part["total"] - part["disputed"]
            if currency.compare_amounts(amount, 0) <= 0:
                continue
            reference = one_line(self.partner_id.ref) or self.partner_id.name or ""
            image = bank.build_qr_code_base64(
                amount, reference, "", currency, self.partner_id
            )
            if image:
                codes.append((words.money(amount, currency, True), image))
        return codes


def _laid_out(part, kind, used):
    """Deal the rows of a part onto pages, with the sum carried over to the next page.

    :return: ``[{rows, brought, carried}]`` and how many lines of the last page are used
    """
    rows = part["rows"]
    weights = [1 + len(one_line(row["ref"])) // LINE_LETTERS for row in rows]
    used += 2
    dealt = pages(weights, FIRST_PAGE, LATER_PAGE, used)
    result, brought = [], None
    for number, numbers in enumerate(dealt):
        mine = [rows[n] for n in numbers]
        last = number == len(dealt) - 1
        if kind == "activity":
            carried = mine[-1]["balance"] if mine else brought
        else:
            carried = (brought or 0) + sum(row["residual"] for row in mine)
        result.append(
            {"rows": mine, "brought": brought, "carried": None if last else carried}
        )
        brought = carried if numbers or brought is not None else None
    if len(dealt) > 1:
        used = FIRST_PAGE - LATER_PAGE
    used += sum(weights[n] for n in dealt[-1]) + AROUND
    return [page for page in result if page["rows"] or page is result[-1]], used


def _bar(part, labels):
    """Return the pieces of the aging bar: key, label, amount, percent of the whole."""
    whole = sum(part["buckets"].values())
    return [
        {
            "key": key,
            "label": labels[key],
            "amount": amount,
            "percent": round(100 * amount / whole, 2) if whole else 0,
        }
        for key, amount in part["buckets"].items()
    ]


def _money(words, currency, code):
    return lambda amount: words.money(amount, currency, code)
