"""Each route of the addon × each hostile request: none changes a single row.

The routes are read from the controllers: one without an entry here fails.
"""

import io
import json
import uuid
from unittest.mock import patch

from odoo.http import _generate_routing_rules
from odoo.tests import tagged

from ...controllers.customer_answer import ANSWERS
from ...models.credit_terms.credit_terms import CreditTerms
from ...models.payment_plan.agreement import Agreement
from ...models.portal.answer_intake import AnswerIntake
from ...models.portal.customer_page import CustomerPage
from ..credit_terms.policy_common import PolicyMixin, drawing
from .portal_common import PortalCommon

NOTICE, OWN = "/receivables/n/<string:token>", "/my/receivables/<int:debtor_id>"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
#: What is typed where figures are expected.
NO_AMOUNTS = ("NaN", "inf", "-inf", "-1", "0", "1e308", "9" * 400, "1'; --", "٣", "\0")
#: The same as a script sends it; JSON has NaN where Python writes it.
NO_NUMBERS = (
    float("nan"), float("inf"), float("-inf"), -1, 0, 1e308, 10**400, True, None,
    "100", [100], {"amount": 100},
)  # fmt: skip
#: Parts of the page, below a notice's link and below a customer's:
#: ``{suffix: (method, fields that are typed)}``
PARTS = {
    "": ("GET", ("said", "installment")),
    "/invoice/<int:move_id>.pdf": ("GET", ()),
    "/list.xlsx": ("GET", ()),
    "/statement.pdf": ("GET", ("first", "last")),
    "/statement.xlsx": ("GET", ("first", "last")),
    "/pay": ("GET", ("of", "amount", "i", "what")),
    "/pay/<string:choice>": ("GET", ()),
    "/answer/<string:kind>": ("GET", ("i",)),
    "/answered/<string:once>": ("GET", ()),
    "/sign/<string:what>/<int:record_id>": ("GET", ("said",)),
    "/sign/<string:what>/<int:record_id>/document.pdf": ("GET", ()),
    "/opened": ("POST", ()),
    "/message": ("POST", ("message",)),
    "/code": ("POST", ()),
    "/open": ("POST", ("code",)),
    "/copies.zip": ("POST", ()),
    "/terms": ("POST", ()),
    "/answer/<string:kind>/send": (
        "POST",
        (
            "once", "text", "i", "l", "amount", "date", "count", "rhythm", "what",
            "reason", "paid_on", "paid_way", "paid_reference", "contact_name",
            "contact_email", "contact_phone", "wish", "late_reason",
        ),
    ),
    "/sign/<string:what>/<int:record_id>/code": ("POST", ()),
    "/sign/<string:what>/<int:record_id>/open": ("POST", ("code",)),
    "/sign/<string:what>/<int:record_id>/decline": ("POST", ("reason",)),
    "/sign/<string:what>/<int:record_id>/accept": (
        "JSON",
        ("name", "function", "signature", "sha256"),
    ),
    "/transaction/<string:choice>": (
        "JSON",
        ("amount", "provider_id", "payment_method_id", "flow"),
    ),
}  # fmt: skip
#: Routes that are no part of the page.
OTHERS = {
    "/my/receivables": ("GET", ()),
    "/receivables/copies/<string:token>": ("GET", ()),
    "/receivables/renew": ("POST", ("token",)),
}


def our_routes(addons):
    """Return ``{address: its routing}`` of what our controllers define."""
    found = {}
    for url, endpoint in _generate_routing_rules(addons, nodb_only=False):
        kinds = type(endpoint.func.__self__).mro()
        name = endpoint.func.__name__
        if any(
            name in kind.__dict__ and ".ar_followup_plus" in kind.__module__
            for kind in kinds
            if kind.__module__ != "odoo.http"
        ):
            found[url] = endpoint.routing
    return found


@tagged("post_install", "-at_install")
class TestPortalMatrix(PolicyMixin, PortalCommon):
    """Somebody knows all addresses of one customer, and has keys of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()
        cls._publish()
        cls.debtor = cls._debtor(cls.customer)
        cls.user_portal.partner_id.parent_id = cls.other
        cls.user_portal.password = "a-long-password"

    def setUp(self):
        super().setUp()
        self.mine = self._invoice(self.customer, 120, 10, ref="MY-SECRET")
        self.theirs = self._invoice(self.other, 4321, 10)
        self.notice = self._sent(self.customer, self.mine).sudo()
        self.their_notice = self._sent(self.other, self.theirs).sudo()
        self.their_debtor = self._debtor(self.other).sudo()
        self.terms = CreditTerms(self.debtor.sudo()).request(
            CreditTerms(self.debtor.sudo()).to_ask()[self.debtor.sudo()]
        )
        self.once = str(uuid.uuid4())
        self.env["ar.answer"].sudo().create(
            {"debtor_id": self.debtor.id, "kind": "easier", "once": self.once}
        )
        self.key = self.debtor.sudo()._portal_ensure_token()
        self.their_key = self.their_debtor._portal_ensure_token()
        self.page_path = self._path(self.notice)
        self.env.flush_all()

    # === TOOLS === #

    def _routes(self):
        modules = self.env["ir.module.module"].sudo()._installed()
        return our_routes(sorted(modules))

    def _fill(self, url, **values):
        """Return an address with values for its parts; default: the customer's own."""
        values = {
            "token": self.notice.access_token or "",
            "debtor_id": self.debtor.id,
            "move_id": self.mine.id,
            "choice": self.mine.id,
            "kind": "paid",
            "once": self.once,
            "what": "terms",
            "record_id": self.terms.id,
            **values,
        }
        for name, value in values.items():
            for kind in ("string", "int"):
                url = url.replace(f"<{kind}:{name}>", str(value))
        self.assertNotIn("<", url)
        return url

    def _cells(self):
        """Return ``[(address, method, typed fields)]`` of all routes of the page."""
        return [
            (place + suffix, method, names)
            for suffix, (method, names) in PARTS.items()
            for place in (NOTICE, OWN)
        ]

    def _request(self, method, path, values=None, page=None, files=None):
        """Send a request as a browser would; POSTs have the CSRF token of a page."""
        if method == "JSON":
            # Python writes NaN and Infinity, which requests does not
            return self.url_open(
                path,
                data=json.dumps({"params": values or {}}),
                headers={"Content-Type": "application/json"},
            )
        if method == "GET":
            return self.url_open(path, allow_redirects=False)
        data = dict(values or {})
        if page is not None:
            data["csrf_token"] = self._csrf(page)
        return self.url_open(
            path, data=data or {"x": "y"}, files=files, allow_redirects=False
        )

    def _sums(self):
        """Return ``{table: sum of all that is in it}`` of what could be changed."""
        self.env.flush_all()
        names = [
            "account_move", "account_move_line", "account_payment", "mail_activity",
            "mail_mail", "mail_message", "mail_notification", "payment_token",
            "payment_transaction", "res_partner", "res_users",
        ]  # fmt: skip
        names += [
            model._table
            for name, model in self.env.registry.items()
            if name.startswith("ar.") and not model._abstract and model._auto
        ]
        sums = {}
        for name in names:
            query = (
                f"SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM {name} t"
            )
            self.env.cr.execute(query)
            sums[name] = self.env.cr.fetchone()[0]
        self.env.cr.execute(
            "SELECT count(*) FROM ir_attachment WHERE url IS NULL AND res_field IS NULL"
        )
        sums["ir_attachment"] = self.env.cr.fetchone()[0]
        return sums

    def _owed(self):
        """Return what is owed, and how many payments were begun."""
        self.env.invalidate_all()
        count = self.env["payment.transaction"].sudo().search_count([])
        moves = self.mine | self.theirs
        return count, [(m.state, m.amount_total, m.amount_residual) for m in moves]

    def _assert_harmless(self, answer, *statuses):
        """Assert that an answer is none of a fault, and leaks nothing."""
        self.assertLess(answer.status_code, 500, answer.text[:500])
        if statuses:
            self.assertIn(answer.status_code, statuses, answer.text[:500])
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        if not is_json:  # Odoo's own answers to scripts have one
            self.assertNotIn("Traceback", answer.text)
        elif "error" in answer.json():
            fault = answer.json()["error"]["data"]["name"]
            self.assertRegex(
                fault, r"(User|Validation|Access)Error|NotFound|BadRequest"
            )
        for secret in (self.mine.name, "MY-SECRET", "120.00"):
            self.assertNotIn(secret, answer.text)

    # === THE MATRIX === #

    def test_each_route_has_an_entry(self):
        routes = self._routes()
        known = {url: method for url, method, _names in self._cells()}
        known.update({url: method for url, (method, _names) in OTHERS.items()})
        self.assertEqual(set(routes), set(known), "a new route needs an entry above")
        for url, routing in routes.items():
            with self.subTest(url=url):
                self.assertIsNot(routing.get("csrf"), False)
                if known[url] == "JSON":
                    self.assertEqual(routing["type"], "jsonrpc")
                else:
                    self.assertEqual(routing["type"], "http")
                    self.assertEqual(routing["methods"], [known[url]])

    def test_without_the_key(self):
        """No key, a wrong one, another customer's, an old one, another's login."""
        never = str(uuid.uuid4())
        keys = (never, self.their_key, self.key[:-1], self.key.upper(), "%00", "'", "")
        tokens = (never, self.notice.access_token[:-1], "x", "%00", "%27%20OR%201", "-")
        page = self.url_open("/web/login")
        before = self._sums()
        for url, method, _names in self._cells():
            for key in keys if url.startswith(OWN) else tokens:
                with self.subTest(url=url, key=key):
                    if url.startswith(OWN):
                        path = self._fill(url) + f"?access_token={key}"
                    else:
                        path = self._fill(url, token=key)
                    statuses = (404, 303) if method != "JSON" else (200, 404)
                    if url.endswith("/opened"):  # says the same to everybody
                        statuses = (204, 404)
                    self._assert_harmless(
                        self._request(method, path, page=page), *statuses
                    )
        self.assertEqual(self._sums(), before)
        # A link that expired, and one that was taken back
        path = self._fill(NOTICE)
        self.notice._revoke_links()
        self.debtor.sudo().access_token = False
        self.env.flush_all()
        old = {NOTICE: path, OWN: self._fill(OWN)}
        before = self._sums()
        for url, method, _names in self._cells():
            with self.subTest(url=url, key="old"):
                place = NOTICE if url.startswith(NOTICE) else OWN
                path = self._fill(url.replace(place, old[place]))
                path += f"?access_token={self.key}" if place == OWN else ""
                self._assert_harmless(self._request(method, path, page=page))
        self.assertEqual(self._sums(), before)

    def test_another_customer_who_logged_in(self):
        self.authenticate(self.user_portal.login, "a-long-password")
        page = self.url_open(f"/my/receivables/{self.their_debtor.id}")
        self.assertEqual(page.status_code, 200)
        before = self._sums()
        for url, method, _names in self._cells():
            if url.startswith(NOTICE):
                continue
            for key in ("", f"?access_token={self.their_key}"):
                with self.subTest(url=url, key=key):
                    path = self._fill(url) + key
                    statuses = (404,) if method != "JSON" else (200, 404)
                    if url.endswith("/opened"):
                        statuses = (204,)
                    self._assert_harmless(
                        self._request(method, path, page=page), *statuses
                    )
        self.assertEqual(self._sums(), before)

    def test_another_method_and_no_csrf(self):
        """A link that is fetched does nothing; nor does another site's form."""
        before = self._sums()
        for url, method, _names in self._cells():
            with self.subTest(url=url, method=method):
                path = self._fill(url)
                path += f"?access_token={self.key}" if url.startswith(OWN) else ""
                if method == "GET":
                    self.assertEqual(self._request("POST", path).status_code, 405)
                elif method == "POST":
                    self.assertEqual(self._request("GET", path).status_code, 405)
                    self.assertEqual(self._request("POST", path).status_code, 400)
                else:  # a form of another site cannot send JSON
                    for other in ("GET", "POST"):
                        status = self._request(other, path).status_code
                        self.assertIn(status, (400, 405, 415))
        self.assertEqual(self._sums(), before)

    def test_looking_changes_nothing(self):
        """With the right key too: scanners of mails fetch each link, repeatedly."""
        paths = {
            self._fill(url) + (f"?access_token={self.key}" if OWN in url else "")
            for url, method, _names in self._cells()
            if method == "GET"
        }
        for kind in ANSWERS:
            paths.add(self._fill(f"{NOTICE}/answer/<string:kind>", kind=kind))
        before = self._sums()
        for path in sorted(paths):
            with self.subTest(path=path):
                for _time in range(2):
                    answer = self._request("GET", path)
                    self.assertIn(answer.status_code, (200, 303, 404))
        self.assertEqual(self._sums(), before)

    def test_ids_of_others(self):
        """With one's own key, what belongs to another customer, or to nobody."""
        terms = CreditTerms(self.their_debtor).request(
            CreditTerms(self.their_debtor).to_ask()[self.their_debtor]
        )
        items = self.env["ar.open.item"].search([("move_id", "=", self.theirs.id)])
        plan = Agreement(self._debtor(self.other)).promise(
            items, self.company._ar_today()
        )
        theirs = {
            "move_id": (self.theirs.id, 0, 10**9, 10**20),
            "choice": (
                self.theirs.id, f"{self.mine.id}.{self.theirs.id}", "0", 10**20,
                f"part-{plan.sudo().installment_ids.id}", "due-1-1-1", f"{self.mine.id}~-1",
                f"{self.mine.id}~NaN", f"{self.mine.id}~1e308", "%00", "..",
            ),
            "kind": ("delete", "__init__", "%00", "a" * 3000),
            "once": (str(uuid.uuid4()), "%00", "'"),
            "record_id": (terms.id, 0, 10**9, 10**20),
            "what": ("plan", "agreement", "__class__", "%00"),
        }  # fmt: skip
        page = self.url_open(self.page_path)
        before = self._sums()
        for url, method, _names in self._cells():
            for name, values in theirs.items():
                if f":{name}>" not in url:
                    continue
                for value in values:
                    with self.subTest(url=url, value=str(value)[:50]):
                        path = self._fill(url, **{name: value})
                        path += f"?access_token={self.key}" if OWN in url else ""
                        answer = self._request(method, path, page=page)
                        self.assertLess(answer.status_code, 500, answer.text[:500])
                        for secret in (self.theirs.name, "4,321.00", self.other.name):
                            self.assertNotIn(secret, answer.text)
        self.assertEqual(self._sums(), before)

    def test_what_is_typed(self):
        """Scripts, NULs, books, no amounts and files where a text is expected."""
        page = self.url_open(self.page_path)
        before = self._owed()
        texts = (SCRIPT, "\0", "x" * 60000, *NO_AMOUNTS)
        today = str(self.company._ar_today())
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        rights = {
            "i": self.mine.id, "date": today, "paid_on": today, "what": "amount",
            "reason": reason.id,
        }  # fmt: skip
        with (
            patch.object(AnswerIntake, "count_answer", lambda intake: True),
            patch.object(CustomerPage, "count_message", lambda page: True),
        ):
            for url, method, names in self._cells():
                if url.startswith(OWN) or method != "POST" or not names:
                    continue
                kinds = ANSWERS if "kind>" in url else ("paid",)
                for kind in kinds:
                    if kind == "wrong_person":  # closes the link: see below
                        continue
                    path = self._fill(url, kind=kind)
                    for text in texts:
                        with self.subTest(path=path, text=text[:30]):
                            values = dict.fromkeys(names, text)
                            # All of it wrong, then the figures and texts alone
                            for right in {}, rights:
                                answer = self._request(
                                    "POST", path, {**values, **right}, page
                                )
                                self.assertLess(answer.status_code, 500)
                                self.assertNotIn("<script>alert", answer.text)
                                self.assertNotIn("<img src=x", answer.text)
                    for name in names:
                        with self.subTest(path=path, file=name):
                            file = (name, ("a.exe", io.BytesIO(b"MZ\x90\0"), "a/b"))
                            answer = self._request("POST", path, {}, page, [file])
                            self.assertLess(answer.status_code, 500)
        self.assertEqual(self._owed(), before)
        # What was kept of it is text
        for message in self.debtor.sudo().message_ids:
            self.assertNotIn("<script", message.body or "")
            self.assertNotIn("<img", message.body or "")
        self.env.invalidate_all()
        plans = self.debtor.sudo().plan_ids
        self.assertFalse(plans.filtered(lambda plan: plan.amount != 120))
        self.assertFalse(self.debtor.sudo().dispute_ids)

    def test_scripts_send_numbers(self):
        """JSON: neither an amount that is none nor a signature that is none."""
        self.assertTrue(self.notice.access_token)
        before = self._sums()
        for url, method, names in self._cells():
            if method != "JSON":
                continue
            path = self._fill(url)
            path += f"?access_token={self.key}" if OWN in url else ""
            good = {
                "provider_id": self.provider.id,
                "payment_method_id": self.provider.payment_method_ids[:1].id,
                "token_id": None,
                "amount": 120.0,
                "flow": "direct",
                "tokenization_requested": False,
                "landing_route": "/my",
                "is_validation": False,
            }
            if "/sign/" in url:
                good = {"name": "Ann", "function": "x", "signature": drawing()}
            for name in names:
                for value in (*NO_NUMBERS, SCRIPT, "x" * 10**5):
                    with self.subTest(url=url, name=name, value=str(value)[:30]):
                        answer = self._request(method, path, {**good, name: value})
                        self.assertEqual(answer.status_code, 200)
                        said = answer.json()
                        self._assert_harmless(answer)
                        self.assertTrue(
                            "error" in said or said["result"].get("error"), said
                        )
        self.assertEqual(self._sums(), before)
