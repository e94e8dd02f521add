"""The link to copies of invoices. A GET changes nothing, and neither does a HEAD."""

import re

from odoo import http
from odoo.http import request

#: A token of ours: anything else is not looked up at all.
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
        """Return the file; the same answer for whatever is not one, or no more."""
        file_sudo = request.env["ir.attachment"].sudo()
        if TOKEN.fullmatch(token):
            file_sudo = request.env["ar.copies"]._by_token(token)
        if not file_sudo:
            raise request.not_found()
        stream = request.env["ir.binary"].sudo()._get_stream_from(file_sudo)
        response = stream.get_response(as_attachment=True, max_age=0)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
