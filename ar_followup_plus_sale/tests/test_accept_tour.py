"""From the request to the order, in a real browser and over a real mail server."""

import hashlib
import io
import re
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import OdooPdfFileReader

from odoo.addons.ar_followup_plus.models.portal import one_time_code
from odoo.addons.ar_followup_plus.tests.child import Sink
from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .gate_common import GateCommon


@tagged("-at_install", "post_install")
class TestAcceptTour(GateCommon, HttpCase):
    """The order waits; the customer signs what the mail asked for; the order goes."""

    freeze_time = None  # a browser has the real clock
    browser_size = "390x844"
    touch_enabled = True

    def setUp(self):
        super().setUp()
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        enabled = patch.object(IrMail_Server, "_disable_send", lambda server: False)
        enabled.start()
        self.addCleanup(enabled.stop)
        self.env["ir.mail_server"].search([]).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Sink",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.sink.port,
                "smtp_encryption": "none",
            }
        )

    @classmethod
    def _publish(cls, draft=None, **values):
        """Publish with the PDF as it is: it is looked at."""
        draft = draft or cls._draft(**values)
        draft.publish()
        return draft

    def _received(self, count):
        """Send what waits, and return what the customer's mail server has."""
        self.env.invalidate_all()
        mails = self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
        mails.filtered(lambda m: "ann@first" in (m.email_to or "")).send()
        return self.sink.wait_for("ann@first.example.com", count)

    def test_request_link_code_read_sign_order(self):
        self.customer.email = "ann@first.example.com"
        order = self._order()
        self.assertIn("has not accepted", order.ar_gate_note)
        self.debtor.action_request_policy()
        self.env.flush_all()
        [request] = self._received(1)
        body = request.get_body(("html",)).get_content()
        link = re.search(r'href="([^"]*/sign/terms/[^"]*)"', body).group(1)
        parts = urlsplit(link.replace("&amp;", "&"))
        with patch.object(one_time_code.secrets, "randbelow", lambda most: 123456):
            self.start_tour(
                f"{parts.path}?{parts.query}", "ar_customer_signs_from_mail", login=None
            )
        # The mail with the code is queued: it may come after the one with the terms
        attachments = [list(one.iter_attachments()) for one in self._received(3)]
        [[attached]] = filter(None, attachments)
        stored = attached.get_content()
        self.env.invalidate_all()
        signed = self.debtor.acceptance_ids
        self.assertEqual((signed.state, signed.signer_name), ("accepted", "Ann Adams"))
        self.assertEqual(
            signed.signed_document_sha256, hashlib.sha256(stored).hexdigest()
        )
        reader = OdooPdfFileReader(io.BytesIO(stored), strict=False)
        [(_name, original)] = list(reader.getAttachments())
        self.assertEqual(hashlib.sha256(original).hexdigest(), signed.signed_sha256)
        self.user_seller.password = "a-long-password"
        self.browser_size = "1366x768"
        self.start_tour(
            f"/odoo/orders/{order.id}", "ar_gate_passes", login=self.user_seller.login
        )
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")
