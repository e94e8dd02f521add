from odoo import fields, models
from odoo.exceptions import UserError

from ...models.company.roles import require_manager


class ArGoLive(models.TransientModel):
    """Offer Odoo's own settings that make invoices easier to pay."""

    _inherit = "ar.go.live"

    pay_code_off = fields.Boolean(compute="_compute_pay_off")
    pay_link_off = fields.Boolean(compute="_compute_pay_off")
    pay_test_on = fields.Boolean(compute="_compute_pay_off")

    def _compute_pay_off(self):
        Move = self.env["account.move"]
        for panel in self:
            panel.pay_code_off = not panel.company_id.sudo().qr_code
            panel.pay_test_on = bool(panel._providers("test").filtered("is_published"))
            panel.pay_link_off = panel._has_provider() and not Move._ar_portal_pays()

    def _has_provider(self):
        return self.company_id.id in self.env["account.move"]._ar_paid_online()

    def action_pay_code(self):
        """Show the payment QR code on invoices."""
        self.ensure_one()
        require_manager(self.env)
        # sudo: a credit manager may not write companies, but is responsible for this
        # one
        self.company_id.sudo().qr_code = True

    def action_disable_test(self):
        """Disable payment providers in test mode that customers can see."""
        self.ensure_one()
        require_manager(self.env)
        # sudo: a credit manager may not write providers; one in test mode takes no money
        self._providers("test").filtered("is_published").write({"state": "disabled"})

    def action_pay_link(self):
        """Allow invoices to be paid online, with the configured providers.

        :raise UserError: without a provider
        """
        self.ensure_one()
        require_manager(self.env)
        if not self._has_provider():
            raise UserError(
                self.env._(
                    "No payment provider is set up: ask your administrator for one "
                    "first."
                )
            )
        # sudo: a setting of Odoo's own, the one that Settings shows
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
