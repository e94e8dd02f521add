from odoo import fields, models


class ResCompany(models.Model):
    """Settings of data retention."""

    _inherit = "res.company"

    ar_retention_years = fields.Integer(
        string="Years to keep",
        default=10,
        help="Counted from the day on which a debt was closed. 0: forever.",
        ar_manager=True,
    )
    ar_retention_how = fields.Selection(
        [("anonymise", "Made anonymous: figures stay"), ("delete", "Deleted")],
        string="Afterwards it is",
        default="anonymise",
        required=True,
        ar_manager=True,
    )
    ar_retention_listed_on = fields.Date(readonly=True)
    ar_nameless_id = fields.Many2one(
        "ar.debtor",
        readonly=True,
        ondelete="set null",
        help="To whom figures belong that were made anonymous.",
    )

    _ar_retention_years_valid = models.Constraint(
        "CHECK (ar_retention_years BETWEEN 0 AND 50)",
        "What was said and agreed is kept between 1 and 50 years; 0 means forever.",
    )

    def _ar_nameless(self):
        """Return the nameless customer; create it when first needed."""
        self.ensure_one()
        company_sudo = self.sudo()
        if not company_sudo.ar_nameless_id:
            lang = company_sudo.partner_id.lang or self.env.lang
            env = company_sudo.with_context(lang=lang).env
            partner = env["res.partner"].create(
                {
                    "name": env._("Former customers"),
                    "company_id": self.id,
                    "is_company": True,
                    "active": False,
                }
            )
            company_sudo.ar_nameless_id = (
                env["ar.debtor"]
                .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
                .create(
                    {
                        "company_id": self.id,
                        "partner_id": partner.id,
                        "active": False,
                    }
                )
            )
        return company_sudo.ar_nameless_id
