from datetime import timedelta

from odoo import fields, models

from ...models.credit_control.res_company import GRACE_DAYS


class ArGoLive(models.TransientModel):
    """Propose a warning if a customer gets credit without accepted terms."""

    _inherit = "ar.go.live"

    warn_terms = fields.Boolean(
        string="Warn where a customer gets credit and has not accepted our terms of "
        "payment",
        default=True,
        help="Nothing is stopped: it is said on the order, and on an invoice without "
        "one. Blocking can be chosen later in the settings.",
    )

    def _turn_gate_on(self):
        """Warn about customers without accepted terms, if the user asked for it."""
        company = self.company_id
        if self.warn_terms and company.ar_gate == "off":
            company.write(
                {
                    "ar_gate": "warn",
                    "ar_gate_grace": company.ar_gate_grace
                    or company._ar_today() + timedelta(days=GRACE_DAYS),
                }
            )
