"""Access rights on the customer's page."""

import re
import time

from odoo.http import request
from odoo.tools import consteq

from ..models.portal.customer_page import CustomerPage

#: Format of our tokens and of Odoo's: anything else is not looked up at all.
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
#: Ids from this number on exceed PostgreSQL's integers.
MOST = 2**31
#: Seconds for which the whole account stays open in a browser after a code.
OPEN_SECONDS = 2 * 3600


def text_of(value):
    """Return a text from a request; empty for a file or number in its place."""
    return value if isinstance(value, str) else ""


class Visit:
    """One authorised request to the customer's page.

    :param ar.debtor debtor: as superuser
    :param ar.notice notice: the notice of the link, if any
    :param str token: of the link, if any
    """

    def __init__(self, debtor, notice=None, token=None):
        self.debtor = debtor
        self.notice = notice
        self.token = token
        user = request.env.user
        self.is_customer = user._is_portal() and (
            user.partner_id.commercial_partner_id == debtor.partner_id
            and debtor.company_id.ar_state in ("ask", "live")
        )
        self.is_colleague = user._is_internal()
        self.full = (
            self.is_customer
            or (self.is_colleague and debtor.with_user(user).has_access("read"))
            or (token is not None and self._had_code())
        )

    # === ADDRESSES AND ITEMS === #

    def url(self, suffix="", **params):
        """Return the address of a part of the page."""
        path = f"/my/receivables/{self.debtor.id}"
        if self.notice:
            path = f"/receivables/n/{self.token}"
        elif self.token:
            params["access_token"] = self.token
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return f"{path}{suffix}{'?' if query else ''}{query}"

    def items(self):
        """Return the open items that may be shown."""
        return CustomerPage(self.debtor).items(self.notice, self.full)

    def invoice(self, move_id):
        """Return the open items of an invoice that may be shown, if any."""
        return self.items().filtered(lambda item: item.move_id.id == move_id)

    # === CODES === #

    def _had_code(self):
        """Return whether this browser recently entered the code for this customer."""
        known = request.session.get("ar_codes") or {}
        return known.get(str(self.debtor.id), 0) > time.time()

    def open_all(self):
        """Store in the session that the code was entered, and its recipient."""
        for name, value in (
            ("ar_codes", time.time() + OPEN_SECONDS),
            ("ar_code_to", self.debtor.code_to),
        ):
            known = dict(request.session.get(name) or {})
            known[str(self.debtor.id)] = value
            request.session[name] = known
        self.full = True

    def code_to(self):
        """Return the address to which the code entered here had been sent."""
        return (request.session.get("ar_code_to") or {}).get(str(self.debtor.id))


def visit(token=None, debtor_id=None, access_token=None):
    """Authorise a request by its link or its login.

    :param str token: of a notice
    :param int debtor_id: of a customer, with ``access_token`` or a login
    :return: Visit, or None, both if it does not exist and if access is denied
    """
    if token is not None:
        if not TOKEN.fullmatch(text_of(token)):
            return None
        notice = request.env["ar.notice"]._by_token(token)
        return Visit(notice.debtor_id, notice, token) if notice else None
    if not debtor_id or not 0 < debtor_id < MOST:
        return None
    debtor = request.env["ar.debtor"].sudo().browse(debtor_id).exists()
    if not debtor:
        return None
    if TOKEN.fullmatch(text_of(access_token)):
        if debtor.access_token and consteq(debtor.access_token, access_token):
            return Visit(debtor, None, access_token)
    found = Visit(debtor)
    return found if found.full else None
