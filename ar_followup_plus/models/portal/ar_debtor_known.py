"""To which addresses a code goes: the customer's own, known for some time.

Colleagues can enter contacts; none of them may become the customer by doing so.
"""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import email_normalize, format_datetime

#: An address is known once it has been the same for so many days.
KNOWN_DAYS = 7
#: Or if it was entered within so many hours after the customer was.
WITH_CUSTOMER_HOURS = 24


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _code_person(self, notice=None, person=None):
        """Return to whom a code may go, perhaps None.

        :param tuple person: who is preferred, of :meth:`ArNotice._people_of`
        """
        self.ensure_one()
        people = self.env["ar.notice"].sudo()._people_of(self).get(self.id, [])
        first = person or self._page_contact(notice)
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

    def _contact_changes(self):
        """Return in words which contacts were entered or changed in the last days.

        A signature keeps them: who entered the address of the signer may matter.
        """
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=KNOWN_DAYS)
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("commercial_partner_id", "=", self.partner_id.id),
                    ("ar_email_since", ">", since),
                ],
                order="ar_email_since, id",
            )
        )
        lines = [
            self.env._(
                "%(address)s of %(person)s: entered on %(moment)s (UTC) by %(who)s",
                address=partner.email or "-",
                person=partner.name or partner.display_name,
                moment=format_datetime(self.env, partner.ar_email_since, tz="UTC"),
                who=partner.ar_email_by.name or "-",
            )
            for partner in partners
        ]
        contacts = (
            self.env["ar.debtor.contact"]
            .sudo()
            .search([("debtor_id", "=", self.id), ("write_date", ">", since)])
        )
        lines += [
            self.env._(
                "%(role)s is %(person)s: entered on %(moment)s (UTC) by %(who)s",
                role=dict(contact._fields["role"]._description_selection(self.env))[
                    contact.role
                ],
                person=contact.partner_id.name,
                moment=format_datetime(self.env, contact.write_date, tz="UTC"),
                who=contact.write_uid.name,
            )
            for contact in contacts
        ]
        return "\n".join(lines)
