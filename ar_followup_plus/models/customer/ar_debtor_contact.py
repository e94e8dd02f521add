from odoo import api, fields, models
from odoo.exceptions import ValidationError

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
