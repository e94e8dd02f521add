"""The customer's page. A GET changes nothing; all actions are POSTs."""

import logging
import re
from contextlib import closing

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import content_disposition, request

from odoo.addons.account_payment.controllers.portal import PortalAccount

from ..models.delivery.ar_copies import InvoiceCopies
from ..models.notice.correspondence import PageCorrespondence
from ..models.portal.customer_page import CustomerPage
from ..models.portal.one_time_code import OneTimeCode
from ..models.statement.statement import Statement, checked_period
from .access import TOKEN, text_of, visit

_logger = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Characters; a longer message is cut, because it was pasted by mistake.
MOST_LETTERS = 5000
#: Confirmations that a page can show after an action.
SAID = (
    "thanks",
    "sent",
    "wrong",
    "open",
    "often",
    "settled",
    "pending",
    "period",
    "mails",
    "unknown",
    "later",
    "copies",
)
#: Texts of the page if a code was not sent.
NO_CODE = {"sent": "sent", "often": "mails", "unknown": "unknown"}
READ = {
    "type": "http",
    "auth": "public",
    "website": True,
    "sitemap": False,
    "methods": ["GET"],
}
ACT = {**READ, "methods": ["POST"]}
#: For calls by a script of the page: another site cannot send JSON.
CALL = {"type": "jsonrpc", "auth": "public", "methods": ["POST"]}


def places(suffix=""):
    """Return the routes of a part of the page: by a notice's link, or a customer's."""
    return [
        f"/receivables/n/<string:token>{suffix}",
        f"/my/receivables/<int:debtor_id>{suffix}",
    ]


class PageRoutes(PortalAccount):
    # === IN THE PORTAL === #

    def _prepare_home_portal_values(self, counters):
        # EXTENDS portal
        values = super()._prepare_home_portal_values(counters)
        if "ar_receivables_count" in counters:
            debtors = self._own_debtors()
            values["ar_receivables_count"] = (
                request.env["ar.open.item"]
                .sudo()
                .search_count(
                    [
                        ("debtor_id", "in", debtors.ids),
                        ("amount_residual_currency", ">", 0),
                    ]
                )
                if debtors
                else 0
            )
        return values

    def _own_debtors(self):
        """Return the user's debtors in the companies that are live."""
        user = request.env.user
        # sudo: customers have no rights on our models
        debtors_sudo = request.env["ar.debtor"].sudo()
        if not user._is_portal():
            return debtors_sudo
        return debtors_sudo.search(
            [
                ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                ("company_id.ar_state", "in", ("ask", "live")),
            ]
        )

    @http.route("/my/receivables", **{**READ, "auth": "user"})
    def ar_own_pages(self, **_kwargs):
        """Show the companies to which the customer owes something."""
        debtors = self._own_debtors()
        if len(debtors) == 1:
            return request.redirect(f"/my/receivables/{debtors.id}")
        return request.render(
            "ar_followup_plus.portal_companies",
            {"debtors": debtors, "page_name": "receivables"},
        )

    # === THE PAGE === #

    @http.route(places(), **READ)
    def ar_page(
        self,
        token=None,
        debtor_id=None,
        access_token=None,
        said=None,
        installment="",
        **_kw,
    ):
        """Show the page; a link to one installment leads to its payment."""
        found = visit(token, debtor_id, access_token)
        if not found:
            return self._ar_closed(token, debtor_id, access_token)
        if re.fullmatch(r"[0-9]{1,9}", text_of(installment)):
            return request.redirect(found.url(f"/pay/part-{installment}"), 303)
        return self._ar_show(found, said)

    def _ar_show(self, found, said=None, typed="", status=200):
        self._ar_speak(found)
        debtor = found.debtor.with_env(found.debtor.env(context=request.env.context))
        values = CustomerPage(debtor).values(found.notice, found.full)
        values.update(
            visit=found,
            said=said if said in SAID else None,
            typed=typed,
            code_failed=said == "sent" and OneTimeCode(found.debtor).failed(),
        )
        if not found.full:
            values["on_file"] = OneTimeCode(found.debtor).shown_address(found.notice)
        return self._ar_render("ar_followup_plus.customer_page", values, status)

    def _ar_speak(self, found):
        """Use the language of the customer, or of the user who logged in."""
        lang = found.debtor._page_lang(found.notice)
        if found.is_customer and request.env.user.lang:
            lang = request.env.user.lang
        request.update_context(lang=lang)

    def _ar_render(self, template, values, status=200):
        response = request.render(template, values)
        response.status_code = status
        return response

    def _ar_closed(self, token=None, debtor_id=None, access_token=None):
        """Show that nothing is available: the same page, whether it exists or not."""
        if debtor_id and not access_token and request.env.user._is_public():
            return request.redirect(f"/web/login?redirect=/my/receivables/{debtor_id}")
        old = token if TOKEN.fullmatch(text_of(token)) else None
        return self._ar_render("ar_followup_plus.page_closed", {"old": old}, 404)

    # === DOCUMENTS === #

    @http.route(places("/invoice/<int:move_id>.pdf"), **READ)
    def ar_invoice(self, move_id, token=None, debtor_id=None, access_token=None, **_kw):
        """Download an invoice that is on the page."""
        found = visit(token, debtor_id, access_token)
        items = found and not found.debtor.is_stopped and found.invoice(move_id)
        if not items or not items.move_id.is_invoice():
            return self._ar_closed(token, debtor_id, access_token)
        # Roll back: rendering a PDF can create a token or update stored figures
        try:
            with closing(request.env.cr.savepoint()):
                name, content = InvoiceCopies(request.env["ar.debtor"].sudo()).original(
                    items.move_id
                )
        except (UserError, OSError):  # for example without wkhtmltopdf
            _logger.exception("An invoice cannot be made for the customer's page")
            return self._ar_later(found)
        return self._ar_file(name, content, "application/pdf")

    @http.route(places("/list.xlsx"), **READ)
    def ar_list(self, token=None, debtor_id=None, access_token=None, **_kw):
        """Download the items of the page as a list."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        self._ar_speak(found)
        name, content = Statement(found.debtor).xlsx(
            request.env.context["lang"], found.items()
        )
        return self._ar_file(name, content, XLSX)

    @http.route(places("/statement.pdf"), **READ)
    def ar_statement(self, token=None, debtor_id=None, access_token=None, **kw):
        """Download the statement, which shows the whole account."""
        return self._ar_statement(
            visit(token, debtor_id, access_token),
            (token, debtor_id, access_token),
            "application/pdf",
            **kw,
        )

    @http.route(places("/statement.xlsx"), **READ)
    def ar_statement_list(self, token=None, debtor_id=None, access_token=None, **kw):
        """Download the statement as a list for spreadsheets."""
        return self._ar_statement(
            visit(token, debtor_id, access_token),
            (token, debtor_id, access_token),
            XLSX,
            **kw,
        )

    def _ar_statement(self, found, key, kind, first="", last="", **_kw):
        """Return a statement of open items, or of a period if requested."""
        if not found or not found.full or found.debtor.is_stopped:
            return self._ar_closed(*key)
        self._ar_speak(found)
        debtor, lang = found.debtor, request.env.context["lang"]
        try:
            period = checked_period(
                debtor,
                "activity" if first or last else "open",
                text_of(last) or None,
                text_of(first) or None,
            )
        except (ValueError, ValidationError):
            return self._ar_back(found, "period", "statement")
        try:
            with closing(request.env.cr.savepoint()):
                if kind == XLSX:
                    name, content = Statement(debtor, period).xlsx(lang)
                else:
                    name, content = Statement(debtor, period).pdf(lang)
        except (UserError, OSError):  # the reason is not for the customer
            _logger.exception("A statement cannot be made for the customer's page")
            return self._ar_later(found)
        return self._ar_file(name, content, kind)

    def _ar_file(self, name, content, kind):
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    # === ACTIONS === #

    @http.route(places("/opened"), **ACT)
    def ar_opened(self, token=None, debtor_id=None, access_token=None, **_kw):
        """Record that a browser showed the page of a notice: its script calls this."""
        found = visit(token, debtor_id, access_token)
        if found and found.notice and not found.is_colleague:
            found.notice._note_opened()
        return request.make_response("", status=204)

    @http.route(places("/message"), **ACT)
    def ar_message(
        self, token=None, debtor_id=None, access_token=None, message="", **_kw
    ):
        """Take a message of the customer."""
        found = visit(token, debtor_id, access_token)
        if not found or found.is_colleague or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        text = text_of(message).replace("\0", "").strip()[:MOST_LETTERS]
        if not text:
            return self._ar_back(found, "", "message")
        page = CustomerPage(found.debtor)
        if not page.count_message():
            response = self._ar_show(found, "often", text, 429)
            response.headers["Retry-After"] = "3600"
            return response
        if not page.note_message(text):
            PageCorrespondence(found.debtor).take_message(text, found.notice)
        return self._ar_back(found, "thanks", "message")

    @http.route(places("/code"), **ACT)
    def ar_send_code(self, token=None, debtor_id=None, access_token=None, **_kw):
        """Send a code to the known address."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        said = NO_CODE[OneTimeCode(found.debtor).send(found.notice)]
        return self._ar_back(found, said, "account")

    @http.route(places("/open"), **ACT)
    def ar_open(self, token=None, debtor_id=None, access_token=None, code="", **_kw):
        """Show the whole account to a visitor with the code."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        if not OneTimeCode(found.debtor).check(re.sub(r"\s", "", text_of(code))[:20]):
            return self._ar_back(found, "wrong", "account")
        found.open_all()
        return self._ar_back(found, "open")

    @http.route("/receivables/renew", **ACT)
    def ar_renew(self, token="", **_kw):
        """Send a new link for one that expired; the answer is always the same."""
        if TOKEN.fullmatch(text_of(token)):
            notice = request.env["ar.notice"]._by_expired_token(token)
            if notice:
                notice._renew_link()
        return self._ar_render("ar_followup_plus.page_renewed", {})

    def _ar_later(self, found):
        """Show that a document cannot be created now, and what to do."""
        response = self._ar_show(found, "later", status=503)
        response.headers["Retry-After"] = "600"
        return response

    def _ar_back(self, found, said, anchor=""):
        params = {"said": said} if said else {}
        place = found.url(**params) + (f"#{anchor}" if anchor else "")
        return request.redirect(place, 303)
