"""A customer, terms of payment that are published, and orders on credit."""

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.ar_followup_plus.models.credit_control.credit_hold import CreditHold
from odoo.addons.ar_followup_plus.tests.common import ArCommon
from odoo.addons.ar_followup_plus.tests.credit_terms.policy_common import PolicyMixin


class GateCommon(PolicyMixin, ArCommon):
    """The company blocks; the customer has accepted nothing yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls._publish()
        cls.net30 = cls.env.ref("account.account_payment_term_30days")
        cls.at_once = cls.env.ref("account.account_payment_term_immediate")
        cls.debtor = cls._debtor(cls.customer)
        cls.user_seller = new_test_user(
            cls.env,
            login="ar_seller",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.company.write({"ar_gate": "warn"})
        cls.company.write(
            {"ar_gate": "block", "ar_gate_grace": cls._ago(-1), "ar_gate_since": None}
        )
        cls.company.ar_gate_grace = False
        cls.product = cls.env["product.product"].create(
            {"name": "Goods", "invoice_policy": "order", "taxes_id": [Command.clear()]}
        )
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")

    def _order(self, partner=None, amount=1000, term=None, user=None, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.customer).id,
                "payment_term_id": (term or self.net30).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )
        return order.with_user(user or self.user_seller)

    def _hold(self):
        CreditHold(self.debtor.sudo()).place("hold", "For a test")

    def _paid(self, order, state="authorized", amount=None):
        """Return a transaction of a provider for an order."""
        provider = self.env["payment.provider"].search(
            [("company_id", "in", (False, self.company.id))], limit=1
        )
        if not provider or provider.company_id != self.company:
            provider = self.env["payment.provider"].create(
                {"name": "Test", "company_id": self.company.id}
            )
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "reference": f"TX {order.name} {state} {amount}",
                "amount": amount or order.amount_total,
                "currency_id": self.usd.id,
                "partner_id": order.partner_id.id,
                "state": state,
                "last_state_change": "2026-03-10 09:00:00",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
