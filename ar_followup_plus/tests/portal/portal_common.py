"""The customer's page: a notice that left, its link, and a way to pay."""

import re

from odoo.tests import HttpCase

from ..delivery.sending_common import SendingCommon


class PortalCommon(SendingCommon, HttpCase):
    """Customers with notices that left today; the real clock, for there is a server."""

    freeze_time = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()

    def _sent(self, partner, *invoices):
        """Send a notice about invoices; return it."""
        self._plan(None, partner)
        self._deliver()
        notice = self._notices(partner, "sent")[-1:]
        self.assertEqual(
            notice.line_ids.move_id, self.env["account.move"].union(*invoices)
        )
        self.env.flush_all()
        return notice

    def _path(self, notice, suffix=""):
        """Return the path of a notice's page."""
        return f"/receivables/n/{notice.sudo().access_token}{suffix}"

    def _own_path(self, debtor, suffix=""):
        """Return the path of the customer's own link."""
        token = debtor.sudo()._portal_ensure_token()
        self.env.flush_all()
        return f"/my/receivables/{debtor.id}{suffix}?access_token={token}"

    def _csrf(self, page):
        """Return the CSRF token of a page."""
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)

    def _act(self, path, page=None, **values):
        """Press a button of a page, with its CSRF token; default: the notice's."""
        page = page if page is not None else self.url_open(self.page_path)
        return self.url_open(path, data={"csrf_token": self._csrf(page), **values})

    def _call(self, path, **params):
        """Call a JSON route; return its answer, a result or an error."""
        return self.url_open(path, json={"params": params}).json()

    def _transact(self, path, amount, **values):
        """Ask for the transaction by which something is paid; return the answer."""
        params = {
            "provider_id": self.provider.id,
            "payment_method_id": self.provider.payment_method_ids[:1].id,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/my",
            "is_validation": False,
            "csrf_token": "x",
        }
        return self.url_open(path, json={"params": {**params, **values}})

    def _transaction(self, path, amount):
        """Make a transaction from the page; return it."""
        answer = self._transact(path, amount).json()
        self.assertIn("result", answer, answer)
        self.env.invalidate_all()
        return (
            self.env["payment.transaction"]
            .sudo()
            .search([("reference", "=", answer["result"]["reference"])])
        )

    def _settle(self, transaction):
        """Let a transaction succeed, as its provider reports it."""
        transaction._set_done()
        transaction._post_process()
        self.env.flush_all()

    @classmethod
    def _demo_provider(cls, company=None):
        """Let the customers of a company pay with payment_demo."""
        company = company or cls.company
        cls.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        demo = (
            cls.env["payment.provider"].sudo().search([("code", "=", "demo")], limit=1)
        )
        provider = demo.copy({"company_id": company.id, "name": "Demo"})
        method = cls.env.ref("payment_demo.payment_method_demo", False)
        provider.write(
            {
                "state": "test",
                "is_published": True,
                "journal_id": cls.company_data["default_journal_bank"].id,
                "payment_method_ids": [(6, 0, (method or demo.payment_method_ids).ids)],
            }
        )
        provider.payment_method_ids.active = True
        return provider

    def _mails_to(self, address):
        return self.env["mail.mail"].sudo().search([("email_to", "ilike", address)])
