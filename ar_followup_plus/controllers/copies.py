"""Copies of invoices: behind a link, and on the customer's page.

A GET changes nothing, and neither does a HEAD.
"""

import logging
import re

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.delivery.ar_copies import MOST_COPIES, InvoiceCopies
from .access import visit
from .customer_page import ACT, PageRoutes, places

_logger = logging.getLogger(__name__)

#: Format of our tokens: anything else is not looked up at all.
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Copies(http.Controller):
    @http.route(
        "/receivables/copies/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def copies(self, token, **kwargs):
        """Return the file; the same error if it never existed or has expired."""
        file_sudo = request.env["ir.attachment"].sudo()
        if TOKEN.fullmatch(token):
            file_sudo = request.env["ar.copies"]._by_token(token)
        if not file_sudo:
            raise request.not_found()
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo)
        return stream.get_response(as_attachment=True, max_age=0)


class PageCopies(PageRoutes):
    @http.route(places("/copies.zip"), **ACT)
    def ar_copies(self, token=None, debtor_id=None, access_token=None, **_kw):
        """Download the invoices that are on the page, as one file."""
        found = visit(token, debtor_id, access_token)
        if not found or found.debtor.is_stopped:
            return self._ar_closed(token, debtor_id, access_token)
        moves = found.items().move_id.filtered(
            lambda move: (
                move.move_type in ("out_invoice", "out_refund")
                and move.state == "posted"
            )
        )[:MOST_COPIES]
        if not moves or not InvoiceCopies(found.debtor).may_fetch_again():
            return self._ar_back(found, "copies")
        self._ar_speak(found)
        try:
            content = InvoiceCopies(found.debtor).as_zip(
                moves, request.env.context["lang"]
            )
        except (UserError, OSError):  # for example without wkhtmltopdf
            _logger.exception("Copies cannot be made for the customer's page")
            return self._ar_later(found)
        InvoiceCopies(found.debtor).note_fetched(moves)
        name = request.env._("Copies of invoices.zip")
        return self._ar_file(name, content, "application/zip")
