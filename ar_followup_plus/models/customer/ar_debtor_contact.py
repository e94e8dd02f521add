from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_datetime

#: Days for which an address must be unchanged to count as known.
KNOWN_DAYS = 7

ROLE_SELECTION = [
    ("accounts_payable", "Accounts payable"),
    ("buyer", "Buyer"),
    ("finance", "Head of finance"),
    ("director", "Director"),
]


class ArDebtorContact(models.Model):
    """A person to contact about a customer's debts, with a function."""

    _name = "ar.debtor.contact"
    _description = "Contact of a Debtor"
    _order = "sequence, id"

    debtor_id = fields.Many2one(
        "ar.debtor", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="debtor_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, string="Person", index=True, ondelete="cascade"
    )
    role = fields.Selection(
        ROLE_SELECTION, string="Function", required=True, default="accounts_payable"
    )
    sequence = fields.Integer(default=10)
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")

    _debtor_partner_role_unique = models.Constraint(
        "UNIQUE (debtor_id, partner_id, role)",
        "This person already has this function.",
    )

    @api.constrains("partner_id", "debtor_id")
    def _check_partner(self):
        for contact in self:
            debtor = contact.debtor_id.sudo()
            person = contact.partner_id.sudo()
            own = person.commercial_partner_id == debtor.partner_id
            if person.type in ("delivery", "private"):
                raise ValidationError(
                    self.env._(
                        "%(person)s is a delivery or private address: choose another "
                        "contact for payment matters.",
                        person=person.display_name,
                    )
                )
            if debtor.kind == "consumer" and not own:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is a consumer: nobody else may be told about "
                        "their debts.",
                        customer=debtor.display_name,
                    )
                )

    def write(self, vals):
        """Keep a contact with its debtor.

        :raise AccessError: if it would move to another debtor or company
        """
        moved = "debtor_id" in vals and any(
            contact.debtor_id.id != vals["debtor_id"] for contact in self
        )
        if not self.env.su and (moved or "company_id" in vals):
            raise AccessError(
                self.env._(
                    "A contact cannot be moved to another customer: delete it here and "
                    "add it there."
                )
            )
        return super().write(vals)

    @api.model
    def _changes_of(self, debtor):
        """Return a text of the contacts entered or changed in the last days.

        It is stored with a signature: who entered the signer's address may matter.
        """
        since = fields.Datetime.now() - timedelta(days=KNOWN_DAYS)
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("commercial_partner_id", "=", debtor.partner_id.id),
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
        contacts = self.sudo().search(
            [("debtor_id", "=", debtor.id), ("write_date", ">", since)]
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
