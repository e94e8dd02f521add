"""One-time codes: for what a link alone does not show."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from odoo import fields, models
from odoo.tools import consteq, email_normalize

from ..customer.ar_debtor_contact import KNOWN_DAYS
from ..notice.ar_page_visit import PageVisits
from ..notice.correspondence import PageCorrespondence

#: Or if it was entered within so many hours after the customer was.
WITH_CUSTOMER_HOURS = 24


#: A code works for so many minutes, and for so many attempts.
CODE_MINUTES = 15
CODE_TRIES = 5
#: Messages that are taken from the page of a customer in an hour.
MESSAGES_AN_HOUR = 20
#: The same message within so many seconds is a second click.
AGAIN_SECONDS = 600


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    code_hash = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_to = fields.Char(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_until = fields.Datetime(copy=False, readonly=True, groups=fields.NO_ACCESS)
    code_tries = fields.Integer(
        copy=False, readonly=True, aggregator=None, groups=fields.NO_ACCESS
    )

    def _may_write_again(self):
        """Count a message from the page; return whether it is not one too many."""
        return PageVisits(self).count("messages", MESSAGES_AN_HOUR)

    def _says_again(self, text):
        """Note a message; return whether it is the last one, sent once more."""
        self.ensure_one()
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        last = (
            self.env["ar.page.visit"]
            .sudo()
            .search([("debtor_id", "=", self.id), ("kind", "=", "said")], limit=1)
        )
        PageVisits(self).note("said", digest=digest)
        since = fields.Datetime.subtract(fields.Datetime.now(), seconds=AGAIN_SECONDS)
        return last.digest == digest and last.done_at > since

    def _hash_code(self, code):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"ar.debtor,{self.id},{code}"
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def _send_code(self, notice=None, person=None):
        """Send a code to a known address, if anything may be sent there.

        :param tuple person: a known one; default: :meth:`_page_contact`
        :return: what the page says: ``sent``, ``often`` or ``unknown``
        """
        self.ensure_one()
        person = self._code_person(notice, person)
        if not person or self._why_held():
            return "unknown"
        if not PageVisits(self).may_mail_again():
            return "often"
        code = f"{secrets.randbelow(10**6):06d}"
        self.write(
            {
                "code_hash": self._hash_code(code),
                "code_to": person[2],
                "code_until": fields.Datetime.add(
                    fields.Datetime.now(), minutes=CODE_MINUTES
                ),
                "code_tries": CODE_TRIES,
            }
        )
        mail = PageCorrespondence(self).send_mail(
            "ar_followup_plus.mail_template_code", person, code=code
        )
        self._last_mail_asked().mail_id = mail
        return "sent"

    def _last_mail_asked(self):
        return (
            self.env["ar.page.visit"]
            .sudo()
            .search([("debtor_id", "=", self.id), ("kind", "=", "mails")], limit=1)
        )

    def _code_failed(self):
        """Return whether the mail server did not take the last mail asked for."""
        return self._last_mail_asked().mail_id.state in ("exception", "cancel")

    def _check_code(self, code):
        """Return whether a code is the one that was sent; it works once."""
        self.ensure_one()
        if (
            not self.code_hash
            or self.code_tries <= 0
            or self.code_until < fields.Datetime.now()
        ):
            return False
        right = consteq(self.code_hash, self._hash_code(code))
        self.code_tries -= 1
        if right:
            self.code_hash = False
        return right

    def _code_person(self, notice=None, person=None):
        """Return to whom a code may go, perhaps None.

        :param tuple person: who is preferred, of :meth:`ArNotice._people_of`
        """
        self.ensure_one()
        people = self.env["ar.notice"].sudo()._people_of(self).get(self.id, [])
        first = person or PageCorrespondence(self).contact(notice)
        known = self._known_people(people)
        return next((one for one in known if one == first), None) or next(
            iter(known), None
        )

    def _known_people(self, people):
        """Return which people are the customer's own, and known for some time."""
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
            if person[2] not in ours and self._is_known(partner)
        ]

    def _is_known(self, partner):
        """Return whether a contact with its address belongs to the customer."""
        customer = self.partner_id
        if partner.commercial_partner_id != customer:
            return False
        since = partner.ar_email_since
        if not since or since <= fields.Datetime.now() - timedelta(days=KNOWN_DAYS):
            return True
        return since <= customer.create_date + timedelta(hours=WITH_CUSTOMER_HOURS)
