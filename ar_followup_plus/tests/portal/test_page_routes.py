"""Each route of our pages × each method, its headers, and who may do what on it."""

import re
import uuid
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ...controllers.busy import HEADERS
from ...models.credit_terms.credit_terms import CreditTerms
from ...models.customer.debtor_mail import DebtorMail
from ...models.notice.ar_page_visit import PageVisits
from ...models.portal.one_time_code import OneTimeCode
from ...tools.link_keys import HIDDEN
from ..credit_terms.policy_common import PolicyMixin, drawing
from .portal_common import PortalCommon
from .test_portal_matrix import our_routes

METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")
TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PageCommon(PolicyMixin, PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._demo_provider()
        cls._publish()
        cls.debtor = cls._debtor(cls.customer)

    def setUp(self):
        super().setUp()
        self.invoice = self._invoice(self.customer, 120, 10)
        self.notice = self._sent(self.customer, self.invoice).sudo()
        terms = CreditTerms(self.debtor.sudo())
        self.terms = terms.request(terms.to_ask()[terms.debtor])
        self.page_path = self._path(self.notice)
        self.env.flush_all()

    def _sums(self):
        """Return ``{table: sum of all that is in it}`` of what an act could change."""
        self.env.flush_all()
        names = ["mail_mail", "mail_message", "mail_activity", "payment_transaction"]
        names += [
            model._table
            for name, model in self.env.registry.items()
            if name.startswith("ar.") and not model._abstract and model._auto
        ]
        sums = {}
        for name in names:
            self.env.cr.execute(
                f"SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM {name} t"
            )
            sums[name] = self.env.cr.fetchone()[0]
        return sums

    def _fill(self, url):
        values = {
            "token": self.notice.access_token,
            "debtor_id": self.debtor.id,
            "move_id": self.invoice.id,
            "choice": self.invoice.id,
            "kind": "wrong_person",
            "once": str(uuid.uuid4()),
            "what": "terms",
            "record_id": self.terms.id,
        }
        path = re.sub(r"<\w+:(\w+)>", lambda found: str(values[found[1]]), url)
        if url.startswith("/my/receivables/"):
            path += f"?access_token={self.debtor.sudo()._portal_ensure_token()}"
        return path

    def _send(self, method, path, **options):
        return self.opener.request(
            method, self.base_url() + path, allow_redirects=False, timeout=60, **options
        )


@tagged("post_install", "-at_install")
class TestPageRoutes(PageCommon):
    def test_no_method_acts_without_a_token(self):
        """All routes of ours, also those that come later."""
        self.debtor.sudo()._portal_ensure_token()
        modules = sorted(self.env["ir.module.module"].sudo()._installed())
        routes = our_routes(modules)
        self.assertGreater(len(routes), 40)
        before = self._sums()
        for url, routing in routes.items():
            methods = set(routing["methods"] or METHODS)
            for method in METHODS:
                with self.subTest(url=url, method=method):
                    path = self._fill(url)
                    answer = self._send(
                        method, path, data={"x": "y"} if method == "POST" else None
                    )
                    self.assertLess(answer.status_code, 500, answer.text[:300])
                    is_read = method in ("GET", "HEAD") and "GET" in methods
                    if not is_read:
                        # 303: whoever has to log in
                        known = (400, 404, 405, 415, 303)
                        self.assertIn(answer.status_code, known)
                    self.assertEqual(self._sums(), before)
                    self.env.invalidate_all()

    def test_headers_on_everything(self):
        page = self.url_open(self.page_path)
        csrf = self._csrf(page)
        answers = {
            "page": page,
            "redirect after an act": self._send(
                "POST",
                self.page_path + "/message",
                data={"csrf_token": csrf, "message": "Hello"},
            ),
            "list": self._send("GET", self.page_path + "/list.xlsx"),
            "closed": self._send("GET", f"/receivables/n/{uuid.uuid4()}"),
            "no such method": self._send("OPTIONS", self.page_path + "/message"),
            "no token": self._send("POST", self.page_path + "/message", data={"a": 1}),
            "login": self._send("GET", f"/my/receivables/{self.debtor.id}"),
        }
        for name, answer in answers.items():
            with self.subTest(name=name):
                for header, value in HEADERS.items():
                    self.assertEqual(answer.headers.get(header), value, header)
        self.assertEqual(answers["redirect after an act"].status_code, 303)

    def test_numbers_of_thousands_of_digits(self):
        many = "9" * 4400
        form = self.url_open(self.page_path + "/answer/parts")
        values = {
            "csrf_token": self._csrf(form),
            "i": self.invoice.id,
            "date": str(self.company._ar_today() + timedelta(days=5)),
        }
        for count in ("00024", many, "0" * 4400 + "3", "3.0", "٣", "-3", "1e1"):
            with self.subTest(count=count[:10]):
                answer = self._send(
                    "POST",
                    self.page_path + "/answer/parts/send",
                    data={**values, "count": count},
                )
                self.assertEqual(answer.status_code, 200)
                self.assertIn("Please choose between 2 and", answer.text)
        self.assertFalse(self.debtor.sudo().plan_ids)
        for path in (
            f"/my/receivables/{many}",
            f"{self.page_path}/invoice/{many}.pdf",
            f"{self.page_path}/sign/terms/{many}",
        ):
            with self.subTest(path=path[:60]):
                self.assertEqual(self._send("GET", path).status_code, 404)

    def test_nothing_is_made_without_the_means(self):
        """Without wkhtmltopdf, and with a filestore that cannot be written."""
        page = self.url_open(self.page_path)
        csrf = self._csrf(page)
        reports = type(self.env["ir.actions.report"])

        def missing(*_args, **_options):
            raise UserError(self.env._("Unable to find Wkhtmltopdf on this system."))

        with (
            patch.object(reports, "_run_wkhtmltopdf", missing),
            patch.object(reports, "_render_qweb_pdf", missing),
            self.assertLogs("odoo.addons.ar_followup_plus", "ERROR"),
        ):
            invoice = self._send(
                "GET", f"{self.page_path}/invoice/{self.invoice.id}.pdf"
            )
            copies = self._send(
                "POST", self.page_path + "/copies.zip", data={"csrf_token": csrf}
            )
        for answer in invoice, copies:
            self.assertEqual(answer.status_code, 503)
            self.assertTrue(answer.headers["Retry-After"])
            self.assertIn("This document cannot be made at the moment", answer.text)
            self.assertNotIn("Wkhtmltopdf", answer.text)
        before = self._sums()
        form = self.url_open(self.page_path + "/answer/paid")

        def full(*_args):
            raise OSError(28, "No space left on device")

        with (
            patch.object(type(self.env["ir.attachment"]), "_file_write", full),
            self.assertLogs("odoo.addons.ar_followup_plus", "ERROR"),
        ):
            answer = self._send(
                "POST",
                self.page_path + "/answer/paid/send",
                data={
                    "csrf_token": self._csrf(form),
                    "i": self.invoice.id,
                    "paid_on": str(self.company._ar_today()),
                },
                files=[("file", ("proof.txt", b"%PDF-1.4 paid", "application/pdf"))],
            )
        self.assertEqual(answer.status_code, 503)
        self.assertIn("Nothing was changed", answer.text)
        self.assertIn("Go back in your browser", answer.text)
        self.assertEqual(self._sums(), before)

    def test_too_many_messages_lose_nothing(self):
        for _number in range(20):
            PageVisits(self.debtor.sudo()).note("messages")
        page = self.url_open(self.page_path)
        text = "My roof leaks since <Monday>"
        answer = self._send(
            "POST",
            self.page_path + "/message",
            data={"csrf_token": self._csrf(page), "message": text},
        )
        self.assertEqual(answer.status_code, 429)
        self.assertTrue(answer.headers["Retry-After"])
        self.assertIn("My roof leaks since &lt;Monday&gt;", answer.text)
        self.assertIn("did not reach us", answer.text)

    def test_wrong_person_closes_copies_too(self):
        copies = self.env["ar.copies"]._keep(
            self.debtor.sudo(), [("a.pdf", b"%PDF-1.4")]
        )
        path = f"/receivables/copies/{copies.sudo().access_token}"
        self.assertEqual(self._send("GET", path).status_code, 200)
        form = self.url_open(self.page_path + "/answer/wrong_person")
        answer = self._send(
            "POST",
            self.page_path + "/answer/wrong_person/send",
            data={"csrf_token": self._csrf(form), "once": str(uuid.uuid4())},
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self._send("GET", path).status_code, 404)
        people = self.env["ar.notice"].sudo()._people_of(self.debtor)
        self.assertFalse(people.get(self.debtor.id), "nothing goes there any more")
        mail = DebtorMail(self.debtor.sudo()).make(
            self.env.ref("ar_followup_plus.mail_template_code"),
            (None, "Ann", self.customer.email, "en_US", None),
            "us@example.com",
            self.company.partner_id,
        )
        self.assertTrue(mail._ar_why_held())


@tagged("post_install", "-at_install")
class TestNobodySignsForACustomer(PageCommon):
    """A collector knows all that colleagues know, and is not the customer."""

    def _as(self, user):
        user.password = "a-long-password"
        self.env.flush_all()
        self.authenticate(user.login, "a-long-password")

    def test_keys_are_nobodys(self):
        """Not by reading, grouping, filtering, sorting, exporting, sharing."""
        key = self.debtor.sudo()._portal_ensure_token()
        admin = new_test_user(
            self.env,
            "adminlike",
            groups="base.group_system,ar_followup_plus.group_credit_manager",
            company_id=self.company.id,
        )
        copies = self.env["ar.copies"]._keep(self.debtor.sudo(), [("a.pdf", b"x")])
        users = self.user_collector | self.user_manager | admin
        users.group_ids += self.env.ref("base.group_allow_export")
        for user in users:
            for record in (self.debtor, self.notice, copies):
                mine = record.with_user(user).sudo(False)
                for name in ("access_token", "expired_token", "code_hash", "code_to"):
                    if name not in mine._fields:
                        continue
                    with self.subTest(user=user.login, model=mine._name, name=name):
                        self.assertNotIn(name, mine.fields_get())
                        for act in (
                            lambda m=mine, n=name: m.read([n]),
                            lambda m=mine, n=name: m.search(
                                [(n, "=like", f"{key[0]}%")]
                            ),
                            lambda m=mine, n=name: m.search([], order=n),
                            lambda m=mine, n=name: m.formatted_read_group([], [n]),
                            lambda m=mine, n=name: m.export_data([n]),
                            lambda m=mine, n=name: m.filtered_domain([(n, "=", key)]),
                            lambda m=mine, n=name: m[n],
                        ):
                            with self.assertRaises(AccessError):
                                act()
            debtor = self.debtor.with_user(user)
            self.assertNotIn(key, debtor.get_portal_url())
            self.assertNotIn(key, debtor._get_share_url(redirect=True, pid=1))
            self.assertNotIn(key, debtor._get_share_url())
        share = self.env["portal.share"].create(
            {"res_model": "ar.debtor", "res_id": debtor.id, "partner_ids": []}
        )
        self.assertNotIn(key, share.share_link)
        groups = self.debtor._notify_get_recipients_groups(
            self.debtor.message_ids[:1], "Customer"
        )
        self.assertNotIn(key, str(groups))

    def test_messages_hide_the_keys(self):
        mail = self._mails_to(self.customer.email).sorted("id")[-1]
        self.assertIn(self.notice.access_token, mail.body_html, "the customer's")
        messages = self.env["mail.message"].with_user(self.user_collector)
        message = messages.browse(self.notice.mail_message_id.id)
        self.assertIn("/receivables/n/", message.body)
        self.assertFalse(TOKEN.search(message.body))
        self.assertNotIn(
            self.notice.access_token,
            self.notice.with_user(self.user_collector).sudo(False).message_html,
        )
        # Nor what a customer quotes
        key = self.debtor.sudo()._portal_ensure_token()
        link = (
            f"https://x.example.com/my/receivables/{self.debtor.id}?access_token={key}"
        )
        posted = self.debtor.sudo().message_post(body=f"You wrote {link}")
        self.assertNotIn(key, posted.body)
        self.assertIn(HIDDEN, posted.body)
        posted.body = f"Again {link}"
        self.assertNotIn(key, posted.body)

    def _old_customer(self):
        """Let the customer and its address be known for long."""
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = create_date - interval '1 year', "
            "ar_email_since = ar_email_since - interval '1 year' WHERE id = %s",
            [self.customer.id],
        )
        self.env.invalidate_all()

    def test_code_goes_to_who_was_known_before(self):
        self._old_customer()
        contact = self.env["res.partner"].create(
            {
                "name": "CFO",
                "parent_id": self.customer.id,
                "email": "me@private.example",
            }
        )
        self.env["ar.debtor.contact"].create(
            {"debtor_id": self.debtor.id, "partner_id": contact.id, "role": "director"}
        )
        debtor = self.debtor.sudo()
        people = self.env["ar.notice"].sudo()._people_of(debtor)[debtor.id]
        asked = next(one for one in people if one[0] == contact.id)
        self.assertEqual(OneTimeCode(debtor).send(None, asked), "sent")
        self.assertEqual(debtor.code_to, self.customer.email)
        # The address of the customer itself, changed today
        self.customer.email = "me@private.example"
        self.assertEqual(OneTimeCode(debtor).send(None, asked), "unknown")
        # A week later nobody changed it
        contact.sudo().ar_email_since = fields.Datetime.now() - timedelta(days=8)
        self.assertEqual(OneTimeCode(debtor).send(None, asked), "sent")
        self.assertEqual(debtor.code_to, "me@private.example")

    def test_an_old_contact_that_is_moved_to_the_customer_is_new(self):
        """With its company too, and by what makes that a part of the customer."""
        self._old_customer()
        mine = self.env["res.partner"].create({"name": "Mine", "is_company": True})
        contact = self.env["res.partner"].create(
            {"name": "CFO", "email": "me@private.example", "parent_id": mine.id}
        )
        debtor = self.debtor.sudo()

        def age():
            contact.sudo().ar_email_since = fields.Datetime.now() - timedelta(days=90)
            self.env.flush_all()

        for values in ({"parent_id": self.customer.id}, {"is_company": False}):
            age()
            mine.with_user(self.env.user).write(values)
            self.env.invalidate_all()
        self.assertEqual(contact.commercial_partner_id, self.customer)
        self.assertFalse(OneTimeCode(debtor).is_known(contact.sudo()))
        mine.write({"parent_id": False})
        age()
        mine.write({"parent_id": self.customer.id})
        self.assertFalse(OneTimeCode(debtor).is_known(contact.sudo()))
        age()
        self.assertTrue(OneTimeCode(debtor).is_known(contact.sudo()))

    def test_code_goes_to_no_colleague_and_no_stranger(self):
        debtor = self.debtor.sudo()
        self.user_collector.email = "collector@us.example.com"
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "email": "stranger@elsewhere.example"}
        )
        for email, partner in (
            ("collector@us.example.com", self.customer),
            (stranger.email, stranger),
        ):
            with self.subTest(email=email):
                if partner == self.customer:
                    self.customer.email = email
                else:
                    self.customer.email = False
                    self.env["ar.debtor.contact"].create(
                        {"debtor_id": debtor.id, "partner_id": stranger.id}
                    )
                self.assertEqual(OneTimeCode(debtor).send(), "unknown")
        self.assertFalse(self._mails_to("stranger@elsewhere.example"))

    def test_who_is_logged_in_as_colleague_does_nothing(self):
        self._as(self.user_collector)
        page = self.url_open(f"/my/receivables/{self.debtor.id}")
        self.assertEqual(page.status_code, 200, "looking is allowed")
        csrf = re.search(r"csrf_token: \"([^\"]+)\"", page.text)
        csrf = csrf[1] if csrf else self._csrf(page)
        modules = sorted(self.env["ir.module.module"].sudo()._installed())
        self.debtor.sudo()._portal_ensure_token()
        before = self._sums()
        tried = 0
        for url, routing in our_routes(modules).items():
            if "POST" not in (routing["methods"] or ("POST",)):
                continue
            with self.subTest(url=url):
                options = {"data": {"csrf_token": csrf, "message": "x", "code": "1"}}
                if routing["type"] == "jsonrpc":
                    options = {
                        "json": {"params": {"name": "x", "signature": drawing()}}
                    }
                answer = self._send("POST", self._fill(url), **options)
                self.assertEqual(answer.status_code, 403)
                self.assertIn("You are logged in as a colleague", answer.text)
                tried += 1
        self.assertGreater(tried, 15)
        self.assertEqual(self._sums(), before)

    def test_signature_shows_who_changed_contacts(self):
        self._old_customer()
        debtor = self.debtor.sudo()
        self.assertFalse(self.env["ar.debtor.contact"]._changes_of(debtor))
        self.env["res.partner"].with_user(self.env.user).create(
            {
                "name": "CFO",
                "parent_id": self.customer.id,
                "email": "me@private.example",
            }
        )
        with self._cheap_signed():
            self.terms._sign(
                "Ann Adams",
                "Director",
                drawing(),
                self.terms._sign_sha256(),
                {"how": "login", "email": "ann@x.example", "ip": "1", "agent": "a"},
            )
        for word in ("me@private.example", "CFO", self.env.user.name):
            self.assertIn(word, self.terms.signer_contacts)
        with self.assertRaises(AccessError):
            self.terms.signer_contacts = "nobody"

    def test_a_page_sends_nothing_while_it_is_waited_for(self):
        """The code waits in the queue; what the server refused is said."""
        with self._no_server():
            sent = self._act(self.page_path + "/code")
        mail = self._mails_to(self.customer.email).sorted("id")[-1]
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("A code is sent to your e-mail address", sent.text)
        mail.write({"state": "exception", "failure_reason": "550 no"})
        self.env.flush_all()
        again = self.url_open(self.page_path + "?said=sent")
        self.assertIn("The code could not be sent", again.text)
        self.assertNotIn("A code is sent to your e-mail address", again.text)

    @contextmanager
    def _no_server(self):
        """Fail where a mail server is called."""
        servers = type(self.env["ir.mail_server"])

        def connect(*_args, **_options):
            raise AssertionError("A mail was sent inside the request.")

        with (
            patch.object(servers, "_connect__", connect),
            patch.object(type(self.env["mail.mail"]), "send", connect),
        ):
            yield
