"""Who may see what on the customer's page."""

import re
import time

from odoo.http import request
from odoo.tools import consteq

from ..models.portal.customer_page import CustomerPage

#: A token of ours or of Odoo's: anything else is not looked up at all.
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
#: Higher ids do not exist in PostgreSQL.
MOST = 2**31
#: The whole account stays open in a browser for so long after a code.
OPEN_SECONDS = 2 * 3600


def text_of(value):
    """Return a text that a stranger sent; a file or number in its place is none."""
    return value if isinstance(value, str) else ""


class Visit:
    """One request to the customer's page that was let in.

    :param ar.debtor debtor: as superuser
    :param ar.notice notice: whose link it was, perhaps none
    :param str token: of the link, perhaps none
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

    # === PLACES === #

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
        """Return the open items of an invoice that may be shown, perhaps none."""
        return self.items().filtered(lambda item: item.move_id.id == move_id)

    # === CODES === #

    def _had_code(self):
        """Return whether this browser gave the code for this customer lately."""
        known = request.session.get("ar_codes") or {}
        return known.get(str(self.debtor.id), 0) > time.time()

    def open_all(self):
        """Remember that this browser gave the code, and to whom it had been sent."""
        for name, value in (
            ("ar_codes", time.time() + OPEN_SECONDS),
            ("ar_code_to", self.debtor.code_to),
        ):
            known = dict(request.session.get(name) or {})
            known[str(self.debtor.id)] = value
            request.session[name] = known
        self.full = True

    def code_to(self):
        """Return the address to which the code had been sent that this browser gave."""
        return (request.session.get("ar_code_to") or {}).get(str(self.debtor.id))


def visit(token=None, debtor_id=None, access_token=None):
    """Let a request in by its link or its login.

    :param str token: of a notice
    :param int debtor_id: of a customer, with ``access_token`` or a login
    :return: Visit, or None: for what does not exist as for what is not theirs
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
