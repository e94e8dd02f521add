"""From the request to the signed PDF, through a real server and a real mail server."""

import hashlib
import io
import json
import re
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from odoo.tools.pdf import OdooPdfFileReader

from ..child import ChildCase
from ..credit_terms.policy_common import drawing
from ..server import Server


class TestSigningSmtp(ChildCase):
    def setUp(self):
        super().setUp()
        self.worker.call("publish_policy")
        self.server = Server(self.db.name)
        self.addCleanup(self.server.close)
        self.server.start()
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.browser = urllib.request.build_opener(cookies)

    def _open(self, url, data=None, **headers):
        """Open an address on our server, whatever host the link names."""
        parts = urlsplit(url)
        place = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}{place}", data, headers
        )
        with self.browser.open(asked, timeout=60) as answer:
            return answer.read()

    def _press(self, page, action, **values):
        """Press the button of a form; return the page that follows."""
        found = re.search(rf'action="([^"]*{action}[^"]*)"', page).group(1)
        csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        data = urlencode({"csrf_token": csrf, **values}).encode()
        return self._open(found.replace("&amp;", "&"), data).decode()

    def test_request_code_signature_pdf(self):
        name = "Signs Here"
        [(_partner, debtor, _moves, address)] = self._customers(name, due=-20).values()
        self.worker.call(
            "call", model="ar.debtor", ids=[debtor], method="action_request_policy"
        )
        [request] = self.sink.messages(address)
        body = request.get_body(("html",)).get_content()
        link = re.search(r'href="([^"]*/sign/terms/[^"]*)"', body).group(1)
        link = link.replace("&amp;", "&")
        page = self._press(self._open(link).decode(), "/code")
        code = self.sink.wait_for(address, 2)[1]
        digits = re.search(r">(\d{6})<", code.get_body(("html",)).get_content()).group(
            1
        )
        page = self._press(page, "/open", code=digits)
        self.assertIn("o_ar_text", page)
        sha256 = re.search(
            r"&#34;sha256&#34;: &#34;(\w{64})|\"sha256\": \"(\w{64})", page
        )
        sha256 = sha256.group(1) or sha256.group(2)
        parts = urlsplit(link)
        answer = json.loads(
            self._open(
                f"{parts.path}/accept?{parts.query}",
                json.dumps(
                    {
                        "params": {
                            "name": "Ann Adams",
                            "function": "Director",
                            "signature": drawing(),
                            "sha256": sha256,
                        }
                    }
                ).encode(),
                **{"Content-Type": "application/json"},
            )
        )
        self.assertTrue(answer["result"].get("force_refresh"), answer)
        message = self.sink.wait_for(address, 3)[2]
        [attached] = message.iter_attachments()
        stored = attached.get_content()
        [row] = self.db.sql(
            """SELECT state, signer_name, signer_email, signed_sha256,
                      signed_document_sha256, signer_ip
                 FROM ar_credit_policy_acceptance WHERE debtor_id = %s""",
            debtor,
        )
        self.assertEqual(row[:3], ("accepted", "Ann Adams", address))
        self.assertEqual(row[3], sha256)
        self.assertEqual(row[4], hashlib.sha256(stored).hexdigest())
        self.assertEqual(row[5], "127.0.0.1")
        reader = OdooPdfFileReader(io.BytesIO(stored), strict=False)
        [(_name, original)] = list(reader.getAttachments())
        self.assertEqual(hashlib.sha256(original).hexdigest(), sha256)
        self.assertIn("Ann Adams", reader.pages[-1].extract_text())
        self.assertEqual(self.server.errors(), [])
