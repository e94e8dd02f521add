"""Hostile requests to the customer's page: none gets anything, and nothing leaks."""

import re
import uuid

from odoo.tests import tagged

from ...models.payment_plan.agreement import Agreement
from ...models.portal.one_time_code import OneTimeCode
from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalHostile(PortalCommon):
    """Somebody has the link of one notice, of one customer, and wants more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()

    def setUp(self):
        super().setUp()
        self.mine = self._invoice(self.customer, 100, 10, ref="MY-ORDER")
        self.theirs = self._invoice(self.other, 4321, 10, ref="THEIR-SECRET")
        self.notice = self._sent(self.customer, self.mine)
        self.their_notice = self._sent(self.other, self.theirs)
        # Another invoice of the same customer that the notice does not list
        self.later = self._invoice(self.customer, 8765, 3, ref="LATER-SECRET")
        self.page_path = self._path(self.notice)
        self.debtor = self._debtor(self.customer)
        self.their_debtor = self._debtor(self.other)
        self.env.flush_all()
        self.secrets = (
            self.theirs.name,
            self.later.name,
            "THEIR-SECRET",
            "LATER-SECRET",
            "4,321.00",
            "8,765.00",
            self.other.name,
            self.their_notice.sudo().access_token,
            "Traceback",
        )

    def _pay(self, path, amount=100.0, **values):
        """Try to make a transaction."""
        return self._transact(path, amount, **values)

    def _installment(self):
        """Return the id of an installment that another customer promised."""
        items = self.env["ar.open.item"].search([("move_id", "=", self.theirs.id)])
        promise = Agreement(self.their_debtor).promise(items, self.today)
        return promise.sudo().installment_ids.id

    def _requests(self):
        """Return thirty and more hostile requests: ``{what: (call, statuses)}``."""
        page, own = self.page_path, f"/my/receivables/{self.debtor.id}"
        theirs = f"/my/receivables/{self.their_debtor.id}"
        token = self.notice.sudo().access_token
        their_token = self.debtor.sudo()._portal_ensure_token()
        random = str(uuid.uuid4())
        their_once = str(uuid.uuid4())
        self.env["ar.answer"].sudo().create(
            {"debtor_id": self.their_debtor.id, "kind": "easier", "once": their_once}
        )
        their_part = self._installment()
        pay = f"{page}/transaction/{self.mine.id}"
        self.env.flush_all()

        def get(path):
            return lambda: self.url_open(path, allow_redirects=False)

        def post(path, **data):
            return lambda: self.url_open(
                path, data={"x": "y", **data}, allow_redirects=False
            )

        def pays(path, **values):
            return lambda: self._pay(path, **values)

        gone, login, refused = (404,), (303,), (400,)
        return {
            # Tokens
            "a token that never was": (get(f"/receivables/n/{random}"), gone),
            "no token": (get("/receivables/n/"), gone),
            "a token in capitals": (get(f"/receivables/n/{token.upper()}"), gone),
            "half a token": (get(f"/receivables/n/{token[:18]}"), gone),
            "a wildcard": (get("/receivables/n/%25"), gone),
            "a NUL in the token": (get(f"/receivables/n/{token}%00"), gone),
            "SQL in the token": (get("/receivables/n/'%20OR%20'1'='1"), gone),
            "a very long token": (get(f"/receivables/n/{'a' * 4000}"), gone),
            "a path in the token": (get("/receivables/n/..%2f..%2fetc%2fpasswd"), gone),
            # Ids
            "a customer without token": (get(own), login),
            "a customer that does not exist": (get("/my/receivables/999999"), login),
            "an id beyond the database": (get(f"/my/receivables/{10**20}"), gone),
            "a notice's token for its customer": (
                get(f"{own}?access_token={token}"),
                gone,
            ),
            "another customer's token": (
                get(f"{theirs}?access_token={their_token}"),
                gone,
            ),
            "a token with a NUL": (get(f"{own}?access_token=%00"), gone),
            # Documents
            "PDF of another customer's invoice": (
                get(f"{page}/invoice/{self.theirs.id}.pdf"),
                gone,
            ),
            "PDF of an invoice not listed": (
                get(f"{page}/invoice/{self.later.id}.pdf"),
                gone,
            ),
            "PDF of an invoice that does not exist": (
                get(f"{page}/invoice/999999999.pdf"),
                gone,
            ),
            "PDF of an invoice beyond the database": (
                get(f"{page}/invoice/{10**15}.pdf"),
                gone,
            ),
            "core's page of the invoice, with our token": (
                get(f"/my/invoices/{self.mine.id}?access_token={token}"),
                login,
            ),
            "XLSX of another customer": (
                get(f"{theirs}/list.xlsx?access_token={token}"),
                gone,
            ),
            "the statement by the link alone": (get(f"{page}/statement.pdf"), gone),
            "the statement, saying that one had a code": (
                get(f"{page}/statement.pdf?full=1&ar_codes=1&said=open"),
                gone,
            ),
            # Paying
            "paying another customer's invoice": (
                pays(f"{page}/transaction/{self.theirs.id}", amount=4321.0),
                (200,),
            ),
            "paying an invoice not listed": (
                pays(f"{page}/transaction/{self.later.id}", amount=8765.0),
                (200,),
            ),
            "a negative amount": (pays(pay, amount=-100.0), (200,)),
            "a huge amount": (pays(pay, amount=1e15), (200,)),
            "an amount that is none": (pays(pay, amount="NaN"), (200,)),
            "a cent": (pays(pay, amount=0.01), (200,)),
            "another currency": (pays(pay, currency_id=self.eur.id), (200,)),
            "another payer": (pays(pay, partner_id=self.other.id), (200,)),
            "a stored way to pay": (pays(pay, flow="token", token_id=1), (200,)),
            "another provider": (pays(pay, provider_id=999999), (200,)),
            "values of the transaction": (
                pays(pay, custom_create_values={"state": "done"}),
                (200,),
            ),
            "the form to pay another's invoice": (
                get(f"{page}/pay/{self.theirs.id}"),
                login,
            ),
            # Choosing what to pay
            "choosing of another customer's": (
                get(f"{theirs}/pay?access_token={token}"),
                gone,
            ),
            "the form to pay all of another account": (
                get(f"{page}/pay/due-999999-1-1"),
                login,
            ),
            "a choice that is SQL": (get(f"{page}/pay/1'%20OR%201=1"), login),
            "a choice of thousands": (
                get(f"{page}/pay/{'.'.join(['1'] * 900)}"),
                login,
            ),
            "an own amount beyond what is open": (
                pays(f"{pay}~100.01", amount=100.01),
                (200,),
            ),
            "an own amount of nothing": (pays(f"{pay}~0", amount=0), (200,)),
            "an own amount that differs from the form's": (
                pays(f"{pay}~50", amount=1.0),
                (200,),
            ),
            "mine and another's in one payment": (
                pays(f"{pay}.{self.theirs.id}", amount=4421.0),
                (200,),
            ),
            "mine and one not listed in one payment": (
                pays(f"{pay}.{self.later.id}", amount=8865.0),
                (200,),
            ),
            "all that is due, of another's set": (
                pays(f"{page}/transaction/due-1-1-1", amount=4321.0),
                (200,),
            ),
            "an installment of another customer": (
                pays(f"{page}/transaction/part-{their_part}", amount=4321.0),
                (200,),
            ),
            "the form of another customer's installment": (
                get(f"{page}/pay/part-{their_part}"),
                login,
            ),
            "a link to another customer's installment": (
                get(f"{page}?installment={their_part}"),
                login,
            ),
            "an installment that is a path": (
                get(f"{page}?installment=../../my"),
                (200,),
            ),
            # Answers
            "an answer for another customer": (
                get(f"{theirs}/answer/paid?access_token={token}"),
                gone,
            ),
            "an answer that does not exist": (get(f"{page}/answer/delete"), gone),
            "an answer that is a method": (get(f"{page}/answer/__init__"), gone),
            "someone else's confirmation": (
                get(f"{page}/answered/{their_once}"),
                login,
            ),
            "a confirmation of SQL": (get(f"{page}/answered/'%20OR%20'1"), login),
            "lines of another's invoice": (
                get(f"{page}/answer/dispute?i={self.theirs.id}"),
                (200,),
            ),
            **{
                f"answer {kind} without CSRF token": (
                    post(f"{page}/answer/{kind}/send", i=self.mine.id),
                    refused,
                )
                for kind in (
                    "paid",
                    "promise",
                    "parts",
                    "dispute",
                    "not_received",
                    "wrong_person",
                    "easier",
                )
            },
            # Buttons without the form's token
            "a message without CSRF token": (
                post(f"{page}/message", message="Hello"),
                refused,
            ),
            "a code without CSRF token": (post(f"{page}/code"), refused),
            "opening without CSRF token": (post(f"{page}/open", code="1"), refused),
            "opened without CSRF token": (post(f"{page}/opened"), refused),
            "a new link without CSRF token": (
                post("/receivables/renew", token=token),
                refused,
            ),
        }

    def test_none_gets_anything(self):
        requests = self._requests()
        self.assertGreaterEqual(len(requests), 30)
        transactions = self.env["payment.transaction"].sudo().search_count([])
        mails = self.env["mail.mail"].sudo().search_count([])
        messages = len(self.debtor.message_ids)
        for what, (call, statuses) in requests.items():
            with self.subTest(what=what):
                self.opener.cookies.clear()
                answer = call()
                self.assertIn(answer.status_code, statuses, answer.text[:300])
                secrets = self.secrets
                if statuses == (200,):  # Odoo's answers to scripts have one
                    secrets = [word for word in secrets if word != "Traceback"]
                for secret in secrets:
                    self.assertNotIn(secret, answer.text)
                if statuses == (200,) and answer.headers["Content-Type"].startswith(
                    "application/json"
                ):
                    self.assertIn("error", answer.json(), what)
                    self.assertNotIn("result", answer.json())
        self.env.invalidate_all()
        self.assertEqual(
            self.env["payment.transaction"].sudo().search_count([]), transactions
        )
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), mails)
        self.assertEqual(len(self.debtor.message_ids), messages)
        self.assertFalse(self.notice.opened_at)

    def _words(self, answer):
        """Return a page without what differs in each: tokens and times."""
        return re.sub(r'"[^"]*"|\d+', "", answer.text)

    def test_same_answer_whether_it_exists_or_not(self):
        random = self.url_open(f"/receivables/n/{uuid.uuid4()}")
        old = self.notice.sudo()
        token = old.access_token
        old.write({"access_token": False, "expired_token": "x"})
        self.env.flush_all()
        expired = self.url_open(f"/receivables/n/{token}")
        self.assertEqual(expired.status_code, random.status_code)
        self.assertEqual(self._words(expired), self._words(random))
        page = random
        answers = {
            self._words(self._act("/receivables/renew", page, token=value))
            for value in (token, str(uuid.uuid4()), "x", "")
        }
        self.assertEqual(len(answers), 1)

    def test_another_customer_who_logged_in(self):
        self.user_portal.partner_id.parent_id = self.customer
        self.user_portal.password = "a-long-password"
        self.env.flush_all()
        self.authenticate(self.user_portal.login, "a-long-password")
        exists, missing = (
            self.url_open(f"/my/receivables/{number}")
            for number in (self.their_debtor.id, 999999999)
        )
        self.assertEqual((exists.status_code, missing.status_code), (404, 404))
        self.assertEqual(self._words(exists), self._words(missing))

    def test_other_company(self):
        """The same customer in another company: its invoices are not on this page."""
        other = self.setup_other_company(name="Another Company")["company"]
        self._live(other)
        hidden = self._invoice(self.customer, 999, 10, company=other, ref="ELSEWHERE")
        self.env.flush_all()
        path = f"{self.page_path}/invoice/{hidden.id}.pdf"
        self.assertEqual(self.url_open(path).status_code, 404)
        self.assertNotIn("ELSEWHERE", self.url_open(self.page_path).text)
        own = self.url_open(self._own_path(self.debtor))
        self.assertNotIn("ELSEWHERE", own.text)

    def test_codes_cannot_be_guessed(self):
        page = self._act(f"{self.page_path}/code")
        self.debtor.invalidate_recordset()
        for guess in ("000000", "", "1' OR '1'='1", "9" * 500, "\u0663" * 6, "abc"):
            answer = self._act(f"{self.page_path}/open", page, code=guess)
            self.assertNotIn(self.later.name, answer.text)
        debtor = self.debtor.sudo()
        debtor.invalidate_recordset()
        self.assertEqual(debtor.code_tries, 0)
        known = OneTimeCode(debtor).digest("123456")
        debtor.code_hash = known
        self.env.flush_all()
        answer = self._act(f"{self.page_path}/open", page, code="123456")
        self.assertNotIn(self.later.name, answer.text, "five attempts and no more")

    def test_link_opens_no_conversation(self):
        """Core's routes for conversations do not take the customer's own token."""
        self.debtor.sudo().message_post(
            body="Between us", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        token = self.debtor.sudo()._portal_ensure_token()
        self.env.flush_all()
        for route in (
            "/mail/chatter_fetch",
            "/portal/chatter_init",
            "/mail/message/post",
        ):
            answer = self.url_open(
                route,
                json={
                    "params": {
                        "thread_model": "ar.debtor",
                        "thread_id": self.debtor.id,
                        "token": token,
                        "post_data": {"body": "From a stranger"},
                    }
                },
            )
            self.assertNotIn("Between us", answer.text)
        self.assertFalse(
            self.debtor.message_ids.filtered(lambda m: "stranger" in (m.body or ""))
        )

    def test_messages_are_few_and_short(self):
        page = self.url_open(self.page_path)
        path = f"{self.page_path}/message"
        self._act(path, page, message="x" * 100000)
        self.debtor.invalidate_recordset()
        self.assertLess(len(self.debtor.message_ids[0].body), 5100)
        for _n in range(20):
            answer = self._act(path, page, message="Again")
        self.assertIn("many messages", answer.text)
        self._act(path, page, message="\0  ")
