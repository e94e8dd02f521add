"""Checks for all routes of our pages."""

from psycopg2.errors import LockNotAvailable
from werkzeug.exceptions import MethodNotAllowed, abort

from odoo import models
from odoo.http import request

from ..controllers.access import TOKEN, text_of, visit
from ..controllers.busy import busy, guard_border, staff_refused
from ..tools.transactions import one_by_one

#: Namespace of the advisory locks of customers who act on their page.
PAGE_LOCK = 0x41525047
#: Seconds that an act waits for earlier acts of the same customer.
LINE_SECONDS = 15


def _methods(endpoint):
    """Return the HTTP methods of one of our routes, None for another route."""
    routes = endpoint.routing["routes"]
    if not any(url.startswith(("/receivables/", "/my/receivables")) for url in routes):
        return None
    methods = set(endpoint.routing["methods"] or ("POST",))
    return methods | {"HEAD"} if "GET" in methods else methods


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _register_hook(self):
        super()._register_hook()
        guard_border()

    @classmethod
    def _dispatch(cls, endpoint):
        # EXTENDS base
        methods = _methods(endpoint)
        if methods is None:
            return super()._dispatch(endpoint)
        # Odoo passes OPTIONS to each route, without a token
        if request.httprequest.method not in methods:
            raise MethodNotAllowed(valid_methods=sorted(methods))
        if "POST" not in methods:
            return super()._dispatch(endpoint)
        if request.env.user._is_internal():
            abort(staff_refused(request))
        request.update_context(ar_page_act=True)
        debtor = cls._ar_page_debtor()
        if not debtor:
            return super()._dispatch(endpoint)
        try:
            with one_by_one(request.env, PAGE_LOCK, debtor.id, LINE_SECONDS):
                return super()._dispatch(endpoint)
        except LockNotAvailable:
            abort(busy(request))

    @classmethod
    def _ar_page_debtor(cls):
        """Return the customer of the page, or None."""
        params = request.params
        token = params.get("token")
        access_token = params.get("access_token")
        # A script calls the address with its query string
        access_token = access_token or request.httprequest.args.get("access_token")
        found = visit(token, params.get("debtor_id"), access_token)
        if found:
            return found.debtor
        if not TOKEN.fullmatch(text_of(token)):
            return None
        return request.env["ar.notice"]._by_expired_token(token).debtor_id
