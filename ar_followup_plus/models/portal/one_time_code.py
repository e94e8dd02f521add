"""One-time codes: for the pages that a link alone does not open."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from odoo import fields
from odoo.tools import consteq, email_normalize

from ...tools.customer_format import masked_email
from ..customer.ar_debtor_contact import KNOWN_DAYS
from ..notice.ar_page_visit import PageVisits
from ..notice.correspondence import PageCorrespondence

#: Hours after the customer's creation in which an address counts as known at once.
WITH_CUSTOMER_HOURS = 24
#: Minutes and attempts for which a code works.
CODE_MINUTES = 15
CODE_TRIES = 5


class OneTimeCode:
    """The code that opens the whole account of one debtor, sent to a known address.

    :param ar.debtor debtor: as superuser; stores the digest of the code
    """

    def __init__(self, debtor):
        debtor.ensure_one()
        self.env = debtor.env
        self.debtor = debtor

    def send(self, notice=None, person=None):
        """Send a code to a known address, if messages may be sent there.

        :param tuple person: a known one; default:
            :meth:`PageCorrespondence.contact`
        :return: the message for the page: ``sent``, ``often`` or ``unknown``
        """
        person = self._person(notice, person)
        if not person or self.debtor._why_held():
            return "unknown"
        if not PageVisits(self.debtor).may_mail_again():
            return "often"
        code = f"{secrets.randbelow(10**6):06d}"
        self.debtor.write(
            {
                "code_hash": self.digest(code),
                "code_to": person[2],
                "code_until": fields.Datetime.add(
                    fields.Datetime.now(), minutes=CODE_MINUTES
                ),
                "code_tries": CODE_TRIES,
            }
        )
        mail = PageCorrespondence(self.debtor).send_mail(
            "ar_followup_plus.mail_template_code", person, code=code
        )
        self._last_mail().mail_id = mail
        return "sent"

    def shown_address(self, notice=None, person=None):
        """Return the address that a code goes to, as its owner recognises it.

        For a page that a link alone opened: not the whole address.

        :return: such as ``i•••@example.com``; empty if a code can't be sent
        """
        if self.debtor._why_held():
            return ""
        person = self._person(notice, person)
        return masked_email(person[2]) if person else ""

    def failed(self):
        """Return whether the mail server rejected the last mail requested."""
        return self._last_mail().mail_id.state in ("exception", "cancel")

    def check(self, code):
        """Return whether a code matches the one that was sent; it works once."""
        if (
            not self.debtor.code_hash
            or self.debtor.code_tries <= 0
            or self.debtor.code_until < fields.Datetime.now()
        ):
            return False
        right = consteq(self.debtor.code_hash, self.digest(code))
        self.debtor.code_tries -= 1
        if right:
            self.debtor.code_hash = False
        return right

    def digest(self, code):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"ar.debtor,{self.debtor.id},{code}"
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _last_mail(self):
        return (
            self.env["ar.page.visit"]
            .sudo()
            .search(
                [("debtor_id", "=", self.debtor.id), ("kind", "=", "mails")], limit=1
            )
        )

    def _person(self, notice=None, person=None):
        """Return the person to whom a code may be sent, or None.

        :param tuple person: the preferred person, from :meth:`ArNotice._people_of`
        """
        page = PageCorrespondence(self.debtor)
        people = page.people()
        first = person or page.contact(notice, people)
        known = self._known(people)
        return next((one for one in known if one == first), None) or next(
            iter(known), None
        )

    def _known(self, people):
        """Return the people who belong to the customer and are known for some time."""
        partners = (
            self.env["res.partner"].sudo().browse([person[0] for person in people])
        )
        emails = [person[2] for person in people if person[2]]
        users = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("share", "=", False),
                    "|",
                    ("login", "in", emails),
                    ("partner_id.email_normalized", "in", emails),
                ]
            )
        )
        ours = {email_normalize(user.login) for user in users}
        ours |= set(users.partner_id.mapped("email_normalized"))
        return [
            person
            for person, partner in zip(people, partners, strict=True)
            if person[2] not in ours and self.is_known(partner)
        ]

    def is_known(self, partner):
        """Return whether a contact with its address belongs to the customer."""
        customer = self.debtor.partner_id
        if partner.commercial_partner_id != customer:
            return False
        since = partner.ar_email_since
        if not since or since <= fields.Datetime.now() - timedelta(days=KNOWN_DAYS):
            return True
        return since <= customer.create_date + timedelta(hours=WITH_CUSTOMER_HOURS)
