"""Reading and signing on the customer's page, after the login or a one-time code."""

import re

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.credit_terms.credit_terms import CreditTerms
from ..models.customer.responsible import Responsible
from ..models.notice.correspondence import PageCorrespondence
from ..models.portal.one_time_code import OneTimeCode
from .access import MOST, text_of, visit
from .customer_page import ACT, CALL, MOST_LETTERS, NO_CODE, READ, PageRoutes, places

#: Confirmations that the page can show after an action.
SAID = ("sent", "wrong", "declined", "mails", "unknown")
#: ``what``: :attr:`ArSigned._sign_name`
PLACE = "/sign/<string:what>/<int:record_id>"


class Signing(PageRoutes):
    def _ar_signed(self, found, what, record_id):
        """Return the record to sign, as superuser, if it is this customer's."""
        model = request.env["ar.signed"]._sign_models().get(what)
        if not found or not model or not 0 < record_id < MOST:
            return None
        record = request.env[model].sudo().browse(record_id).exists()
        if not record or record.debtor_id != found.debtor or found.debtor.is_stopped:
            return None
        self._ar_speak(found)
        if not found.is_customer and record._sign_lang():
            request.update_context(lang=record._sign_lang())
        return record.with_env(record.env(context=request.env.context))

    def _ar_place(self, found, record, suffix="", **params):
        return found.url(f"/sign/{record._sign_name}/{record.id}{suffix}", **params)

    # === READING === #

    @http.route(places(PLACE), **READ)
    def ar_sign_page(
        self,
        what,
        record_id,
        token=None,
        debtor_id=None,
        access_token=None,
        said=None,
        **_kw,
    ):
        """Show the document to sign, to visitors who logged in or entered a code."""
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record:
            return self._ar_closed(token, debtor_id, access_token)
        values = {
            "visit": found,
            "debtor": found.debtor,
            "company": found.debtor.company_id,
            "person": Responsible(found.debtor).for_page(),
            "record": record,
            "place": lambda suffix="": self._ar_place(found, record, suffix),
            "said": said if said in SAID else None,
            "code_failed": said == "sent" and OneTimeCode(found.debtor).failed(),
            "can_mail": not found.debtor._why_held(),
        }
        if found.full:
            values.update(
                why_not=record._sign_why_not(),
                document=record._sign_document(),
                text=record._sign_text(),
                sign_label=request.env._("Accept and sign"),
                read_label=request.env._(
                    "I have read it, and may sign for %(customer)s.",
                    customer=found.debtor.partner_id.name,
                ),
            )
        else:
            values["on_file"] = OneTimeCode(found.debtor).shown_address(
                found.notice, record._sign_person()
            )
        return self._ar_render("ar_followup_plus.sign_page", values)

    @http.route(places(f"{PLACE}/document.pdf"), **READ)
    def ar_sign_document(
        self, what, record_id, token=None, debtor_id=None, access_token=None, **_kw
    ):
        """Download the document to sign or, afterwards, the signed one."""
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record or not found.full:
            return self._ar_closed(token, debtor_id, access_token)
        file_sudo = record.signed_document_id or record._sign_document()
        return self._ar_file(
            file_sudo.name, file_sudo._ar_content(), file_sudo.mimetype
        )

    @http.route(places("/terms"), **ACT)
    def ar_terms(self, token=None, debtor_id=None, access_token=None, **_kw):
        """Show the terms of payment to sign, to a customer who was not asked yet."""
        found = visit(token, debtor_id, access_token)
        if not found or found.is_colleague or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        debtor = found.debtor
        try:
            terms = CreditTerms(debtor)
            record = terms.request(terms.to_ask()[debtor])
        except UserError:  # accepted in the meantime, or none is published any more
            return self._ar_back(found, "")
        return request.redirect(self._ar_place(found, record), 303)

    # === THE CODE === #

    @http.route(places(f"{PLACE}/code"), **ACT)
    def ar_sign_code(
        self, what, record_id, token=None, debtor_id=None, access_token=None, **_kw
    ):
        """Send a code to the known address."""
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record:
            return self._ar_closed(token, debtor_id, access_token)
        said = OneTimeCode(found.debtor).send(found.notice, record._sign_person())
        place = self._ar_place(found, record, said=NO_CODE[said])
        return request.redirect(place, 303)

    @http.route(places(f"{PLACE}/open"), **ACT)
    def ar_sign_open(
        self,
        what,
        record_id,
        token=None,
        debtor_id=None,
        access_token=None,
        code="",
        **_kw,
    ):
        """Let a visitor with the code read and sign."""
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record:
            return self._ar_closed(token, debtor_id, access_token)
        params = {}
        if OneTimeCode(found.debtor).check(re.sub(r"\s", "", text_of(code))[:20]):
            found.open_all()
        else:
            params["said"] = "wrong"
        return request.redirect(self._ar_place(found, record, **params), 303)

    # === SIGNING === #

    def _ar_signer(self, found, record):
        """Return the visitor's identity, as far as it is certain."""
        if found.is_customer:
            partner = request.env.user.partner_id
            return {"how": "login", "email": partner.email, "name": partner.name}
        email = found.code_to()
        person = record._sign_person() or PageCorrespondence(found.debtor).contact(
            found.notice
        )
        known = person and person[2] == email
        return {"how": "code", "email": email, "name": person[1] if known else ""}

    @http.route(places(f"{PLACE}/accept"), **CALL)
    def ar_sign_accept(
        self,
        what,
        record_id,
        token=None,
        debtor_id=None,
        access_token=None,
        name=None,
        function=None,
        signature=None,
        sha256=None,
        **_kw,
    ):
        """Sign. Errors are shown in the form, which keeps the input."""
        # The form calls the address with its query string
        access_token = access_token or request.httprequest.args.get("access_token")
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record:
            return {"error": request.env._("This link does not work any more.")}
        if not found.full or found.is_colleague:
            return {
                "error": request.env._(
                    "Too much time has passed: please load the page again and have a "
                    "new code sent."
                )
            }
        proof = {
            **self._ar_signer(found, record),
            "ip": request.httprequest.remote_addr,
            "agent": str(request.httprequest.user_agent),
        }
        try:
            with request.env.cr.savepoint():
                record._sign(name, function, signature, sha256, proof)
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": self._ar_place(found, record),
        }

    @http.route(places(f"{PLACE}/decline"), **ACT)
    def ar_sign_decline(
        self,
        what,
        record_id,
        token=None,
        debtor_id=None,
        access_token=None,
        reason="",
        **_kw,
    ):
        """Record a refusal, with its reason."""
        found = visit(token, debtor_id, access_token)
        record = self._ar_signed(found, what, record_id)
        if not record or not found.full or found.is_colleague:
            return self._ar_closed(token, debtor_id, access_token)
        text = text_of(reason).replace("\0", "").strip()[:MOST_LETTERS]
        params = {}
        if text and record._sign_declines() and not record._sign_why_not():
            record._sign_decline(text)
            params["said"] = "declined"
        return request.redirect(self._ar_place(found, record, **params), 303)
