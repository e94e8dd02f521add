"""Signing the terms of payment in a real browser, on a phone."""

import base64
import io
from unittest.mock import patch

from PIL import Image

from odoo.tests import tagged

from ...models.portal import one_time_code
from ..credit_terms.policy_common import PolicyMixin
from ..portal.portal_common import PortalCommon


@tagged("-at_install", "post_install")
class TestTourSigning(PolicyMixin, PortalCommon):
    browser_size = "390x844"
    touch_enabled = True

    def test_code_read_sign(self):
        self.customer.email = "ann@first.example.com"
        policy = self._publish()
        debtor = self._debtor(self.customer)
        debtor.action_request_policy()
        self.env.flush_all()
        with patch.object(one_time_code.secrets, "randbelow", lambda most: 123456):
            self.start_tour(self._own_path(debtor), "ar_customer_signs", login=None)
        self.env.invalidate_all()
        [signed] = debtor.acceptance_ids
        self.assertEqual(
            (signed.state, signed.signer_name, signed.signer_function),
            ("accepted", "Ann Adams", "Director"),
        )
        self.assertEqual(
            signed.signed_sha256, policy.text_ids._best("en_US", self.company).sha256
        )
        self.assertIn("Chrom", signed.signer_agent)
        # What was drawn with the finger is what is kept
        picture = Image.open(io.BytesIO(base64.b64decode(signed.signature)))
        self.assertLess(picture.convert("L").getextrema()[0], 100)
        sent = self._mails_to("ann@first.example.com")
        self.assertEqual(len(sent), 3, sent.mapped("subject"))
        self.assertIn(signed.signed_document_id.raw, sent.attachment_ids.mapped("raw"))
