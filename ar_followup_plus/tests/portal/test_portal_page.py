"""What the customer's page shows, by link, by code, and by login."""

import base64
import io
import re
from unittest.mock import patch

import openpyxl

from odoo import fields

from ...models.customer.responsible import Responsible
from ...models.portal.customer_page import CustomerPage
from ...models.portal.one_time_code import OneTimeCode
from ...models.statement.statement import Statement
from .portal_common import PortalCommon


class TestPortalPage(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"ar_ways_to_pay": "By bank transfer", "phone": "+1 555 0199"}
        )
        cls.invoice = cls._invoice(cls.customer, 1250, 10, ref="PO-77")
        cls.debtor = cls._debtor(cls.customer, user_id=cls.user_collector.id)

    def setUp(self):
        super().setUp()
        self.notice = self._sent(self.customer, self.invoice)
        self.page_path = self._path(self.notice)

    def _see(self, path=None):
        page = self.url_open(path or self.page_path)
        self.assertEqual(page.status_code, 200)
        return page.text

    def test_page_of_a_notice(self):
        later = self._invoice(self.customer, 77, 5)  # not in the notice
        page = self._see()
        for part in (
            self.company.name,
            "Due now",
            "1,250.00",
            self.invoice.name,
            "PO-77",
            "10 days late",
            "By bank transfer",
            self.user_collector.name,
            "Send message",
        ):
            self.assertIn(part, page)
        self.assertNotIn(later.name, page)
        for word in ("debtor", "dunning", "delinquent", "ladder", "step"):
            visible = re.sub(r"<(script|style)[\s\S]*?</\1>|<[^>]+>", " ", page)
            self.assertNotIn(word, visible.lower())

    def test_what_is_paid_is_gone(self):
        self._pay(self.invoice)
        page = self._see()
        self.assertNotIn(self.invoice.name, page)
        self.assertIn("settled. Thank you!", page)

    def test_sums_of_each_currency_and_credits(self):
        self._invoice(self.customer, 300, 10, self.eur)
        self._credit(self.customer, 50)
        page = self._see(self._path(self.notice))
        self.assertNotIn("300.00", page)
        values = CustomerPage(self.debtor.sudo()).values(full=True)
        sums = {currency.name: amount for currency, amount in values["due"].items()}
        self.assertEqual(sums, {"USD": 1200, "EUR": 300})
        self.assertEqual([row["open"] for row in values["credits"]], [50])

    def test_bank_account_is_that_of_the_invoices(self):
        banks = self.env["res.partner.bank"].create(
            [
                {"acc_number": number, "partner_id": self.company.partner_id.id}
                for number in ("11112222", "33334444")
            ]
        )
        self.invoice.partner_bank_id = banks[0]
        other = self._invoice(self.customer, 10, 10)
        other.partner_bank_id = banks[0]
        values = CustomerPage(self.debtor.sudo()).values(full=True)
        self.assertEqual(values["bank"], banks[0])
        other.partner_bank_id = banks[1]
        values = CustomerPage(self.debtor.sudo()).values(full=True)
        self.assertFalse(values["bank"])

    def test_address_on_file_is_shown_to_its_owner_alone(self):
        """Who opens a link sees where a code goes, not the whole address."""
        address = self.customer.email
        shown = f"{address[0]}•••@{address.partition('@')[2]}"
        for path in (
            self.page_path,
            self._path(self.notice, "?said=sent"),
            self._path(self.notice, "/answer/not_received"),
            self._own_path(self.debtor),
        ):
            page = self._see(path)
            self.assertIn(shown, page, path)
            self.assertNotIn(address, page, path)
        # No code is sent to an address that is ours
        self.customer.email = self.user_collector.email
        page = self._see()
        self.assertNotIn("•••", page)

    def test_substitute_while_the_collector_is_away(self):
        self.debtor.sudo().substitute_id = self.user_manager
        self.assertEqual(
            Responsible(self.debtor.sudo()).for_page(), self.user_collector
        )
        self.user_collector.write(
            {
                "out_of_office_from": fields.Datetime.subtract(
                    fields.Datetime.now(), days=1
                ),
                "out_of_office_to": fields.Datetime.add(fields.Datetime.now(), days=1),
            }
        )
        self.assertEqual(Responsible(self.debtor.sudo()).for_page(), self.user_manager)

    def test_names_are_no_markup(self):
        evil = '"><script>alert(1)</script><b onclick="x()">'
        self.customer.name = evil
        self.invoice.ref = evil
        page = self._see()
        self.assertNotIn("<script>alert(1)", page)
        self.assertNotIn('<b onclick="x()">', page)
        self.assertIn("&lt;script&gt;alert(1)", page)

    def test_in_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        page = self._see()
        self.assertIn('lang="fr-FR"', page)
        self.assertIn(
            "1 250,00",
            page.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " "),
        )

    def test_contact_stop(self):
        self.debtor.sudo().stop_contact("insolvency")
        page = self._see()
        self.assertIn("Nothing is shown here at the moment", page)
        for part in (self.invoice.name, "1,250.00", "Due now", "insolvency"):
            self.assertNotIn(part, page)
        for suffix in ("/list.xlsx", f"/invoice/{self.invoice.id}.pdf"):
            self.assertEqual(self.url_open(self.page_path + suffix).status_code, 404)

    def test_statements_are_constant(self):
        """Ten times as many items need no more statements."""
        own = self._own_path(self.debtor)
        self.authenticate(None, None)
        counts = []
        for number in (1, 20):
            invoices = [self._invoice(self.customer, 10, 10) for _n in range(number)]
            self._plan(None, self.customer)
            ready = self._notices(self.customer, "proposed", "ready")
            lines = self.notice.line_ids[:1].copy_data()
            self.env["ar.notice.line"].sudo().create(
                [
                    {
                        **lines[0],
                        "move_id": invoice.id,
                        "move_line_id": self._items(invoice).id,
                        "move_name": invoice.name,
                        "active": False,
                        "role": "also",
                    }
                    for invoice in invoices
                ]
            )
            ready.sudo()._cancel("settled")
            for path in (self.page_path, own):
                self._see(path)  # what Odoo itself keeps for all
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                page = self._see(path)
                counts.append(self.env.cr.sql_log_count - before)
                self.assertIn(invoices[-1].name, page)
        self.assertEqual(counts[:2], counts[2:])
        self.assertLessEqual(max(counts), 80)

    # === DOCUMENTS === #

    def test_documents(self):
        self.invoice.invoice_pdf_report_file = base64.b64encode(b"%PDF-1.4 as sent")
        self.env.flush_all()
        pdf = self.url_open(f"{self.page_path}/invoice/{self.invoice.id}.pdf")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        self.assertEqual(pdf.content, b"%PDF-1.4 as sent")
        later = self._invoice(self.customer, 77, 5)
        self.invoice.ref = "=1+1"
        self.env.flush_all()
        xlsx = self.url_open(f"{self.page_path}/list.xlsx")
        cells = [
            cell.value
            for row in openpyxl.load_workbook(io.BytesIO(xlsx.content)).active.rows
            for cell in row
        ]
        for part in (self.invoice.name, "=1+1", 1250, "USD"):
            self.assertIn(part, cells)
        self.assertNotIn(later.name, cells)

    # === CODE === #

    def _code_of(self, mail):
        return re.search(r">\s*(\d{6})\s*<", mail.body_html).group(1)

    def test_code_opens_the_whole_account(self):
        later = self._invoice(self.customer, 77, 5)
        self.env.flush_all()
        sent = self._act(self._path(self.notice, "/code"))
        self.assertIn("Code from the e-mail", sent.text)
        self.assertNotIn(self.customer.email, sent.text)
        mail = self._mails_to(self.customer.email).sorted("id")[-1]
        code = self._code_of(mail)
        debtor = self.debtor.sudo()
        debtor.invalidate_recordset()
        self.assertNotIn(code, debtor.code_hash)
        shown = self.debtor.message_ids.filtered(lambda m: code in (m.body or ""))
        self.assertFalse(shown, "it is no part of the conversation")
        opened = self._act(self._path(self.notice, "/open"), sent, code=code)
        self.assertIn(later.name, opened.text)
        self.assertIn("Statement (PDF)", opened.text)
        # It works once, and in this browser
        self.assertFalse(OneTimeCode(debtor).check(code))
        self.opener.cookies.clear()
        self.assertNotIn(later.name, self._see())

    def test_code_runs_out(self):
        debtor = self.debtor.sudo()
        for wrong in range(5):
            with self.subTest(wrong=wrong):
                code = self._new_code(debtor)
                debtor.code_tries = wrong
                self.assertEqual(OneTimeCode(debtor).check(code), wrong > 0)
        code = self._new_code(debtor)
        debtor.code_until = fields.Datetime.subtract(fields.Datetime.now(), minutes=1)
        self.assertFalse(OneTimeCode(debtor).check(code))

    def _new_code(self, debtor):
        self.env["ar.page.visit"].sudo().search(
            [("debtor_id", "=", debtor.id)]
        ).unlink()
        self.assertEqual(OneTimeCode(debtor).send(), "sent")
        return self._code_of(self._mails_to(self.customer.email).sorted("id")[-1])

    def test_mails_are_few(self):
        before = len(self._mails_to(self.customer.email))
        for _n in range(6):
            OneTimeCode(self.debtor.sudo()).send(self.notice)
        self.assertEqual(len(self._mails_to(self.customer.email)), before + 3)

    def test_code_is_not_sent_where_nothing_may_leave(self):
        before = len(self._mails_to(self.customer.email))
        for values in (
            {"ar_paused": True},
            {"ar_paused": False, "ar_state": "off"},
            {"ar_state": "preview"},
        ):
            self.company.write(values)
            OneTimeCode(self.debtor.sudo()).send(self.notice)
            self.notice._renew_link()
        self.company.ar_state = "live"
        self.debtor.sudo().stop_contact("court")
        OneTimeCode(self.debtor.sudo()).send(self.notice)
        self.notice._renew_link()
        self.assertEqual(len(self._mails_to(self.customer.email)), before)

    # === MESSAGES === #

    def test_message_is_a_reply(self):
        page = self._act(
            self._path(self.notice, "/message"), message="<b>Paid</b> on Monday"
        )
        self.assertIn("Thank you, your message has arrived", page.text)
        self.debtor.invalidate_recordset()
        message = self.debtor.message_ids[0]
        self.assertIn("&lt;b&gt;Paid&lt;/b&gt; on Monday", message.body)
        self.assertEqual(message.author_id, self.customer)
        self.assertTrue(self.debtor.reply_until)
        self.assertIn("Answer", self.debtor.sudo().activity_ids.mapped("summary")[0])

    # === LINK OPENED === #

    def test_opened_is_told_by_the_browser_alone(self):
        for _n in range(3):
            self._see()
            self.opener.head(self.base_url() + self.page_path)
        self.notice.invalidate_recordset()
        self.assertFalse(self.notice.opened_at)
        self._act(self._path(self.notice, "/opened"))
        self.notice.invalidate_recordset()
        self.assertTrue(self.notice.opened_at)

    # === END OF LINKS === #

    def test_link_ends_ninety_days_and_thirty_after_settlement(self):
        notice = self.notice.sudo()
        model = self.env["ar.notice"].sudo()
        notice.token_date = self._ago(91)
        model._expire_links()
        self.assertTrue(notice.access_token, "it is not settled")
        self._pay(self.invoice, on=self._ago(10))
        model._expire_links()
        self.assertTrue(notice.access_token, "it was settled just now")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_partial_reconcile SET max_date = %s, create_date = %s",
            [self._ago(40), self._ago(40)],
        )
        notice.token_date = self._ago(80)
        model._expire_links()
        self.assertTrue(notice.access_token, "it is not ninety days old")
        notice.token_date = self._ago(91)
        model._expire_links()
        self.assertFalse(notice.access_token)
        closed = self.url_open(self.page_path)
        self.assertEqual(closed.status_code, 404)
        self.assertIn("Send a new link", closed.text)
        # A new one goes to the known address alone
        answer = self._act("/receivables/renew", closed, token=self.page_path[-36:])
        self.assertNotIn(self.customer.email, answer.text)
        notice.invalidate_recordset()
        self.assertTrue(notice.access_token)
        mail = self._mails_to(self.customer.email).sorted("id")[-1]
        self.assertIn(notice.access_token, mail.body_html)
        model._expire_links()
        self.assertTrue(notice.access_token, "the new one has its own ninety days")

    def test_revoked_links_stay_closed(self):
        own = self._own_path(self.debtor)
        self._see(own)
        self.debtor.with_user(self.user_collector).action_revoke_links()
        self.env.flush_all()
        for path in (self.page_path, own):
            self.assertEqual(self.url_open(path).status_code, 404)
        self.assertFalse(self.debtor.sudo().access_token)
        before = len(self._mails_to(self.customer.email))
        closed = self.url_open(self.page_path)
        self._act("/receivables/renew", closed, token=self.page_path[-36:])
        self.assertEqual(len(self._mails_to(self.customer.email)), before)

    # === LOGGED IN === #

    def test_portal_customer(self):
        later = self._invoice(self.customer, 77, 5)
        self.user_portal.partner_id.parent_id = self.customer
        self.user_portal.password = "a-long-password"
        self.authenticate(self.user_portal.login, "a-long-password")
        counters = self._call("/my/counters", counters=["ar_receivables_count"])
        self.assertEqual(counters["result"]["ar_receivables_count"], 2)
        page = self._see("/my/receivables")
        self.assertIn(later.name, page)
        self.assertIn("Statement (PDF)", page)
        self.company.ar_state = "off"
        self.env.flush_all()
        self.assertEqual(
            self.url_open(f"/my/receivables/{self.debtor.id}").status_code, 404
        )

    def test_collector_sees_what_the_customer_sees(self):
        self.user_collector.password = "a-long-password"
        action = self.debtor.with_user(self.user_collector).action_open_customer_page()
        self.authenticate(self.user_collector.login, "a-long-password")
        page = self._see(action["url"])
        self.assertIn("This is how the customer sees it", page)
        self.assertIn(self.invoice.name, page)
        self.assertNotIn("Send message", page)

    def test_statement_of_a_period(self):
        """For who logged in: PDF and list; a bad period is said on the page."""
        self.user_collector.password = "a-long-password"
        path = f"/my/receivables/{self.debtor.id}/statement"
        self.assertIn("/web/login", self.url_open(f"{path}.xlsx").url)
        self.authenticate(self.user_collector.login, "a-long-password")
        page = self._see(f"/my/receivables/{self.debtor.id}")
        self.assertIn("Everything that happened in a period", page)
        answer = self.url_open(f"{path}.xlsx?first=2026-01-01")
        cells = [
            cell.value
            for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.rows
            for cell in row
        ]
        self.assertIn("Balance now", cells)
        self.assertIn(self.invoice.name, cells)
        for query in (
            "first=2026-03-01&last=2026-02-01",
            "first=2999-01-01",
            "first=never",
            "last=2026-01-01",
            "first=%00",
        ):
            with self.subTest(query=query):
                answer = self.url_open(f"{path}.pdf?{query}")
                self.assertIn("Choose a first day", answer.text)

    # === STATEMENT ON THE PAGE === #

    def test_just_send_me_a_statement(self):
        """One click: PDF and XLSX; a contact, and no step."""
        self.debtor.sudo().last_contact_date = False
        notices = self.debtor.notice_ids
        taken = [(line.taken, line.delay_days) for line in notices.line_ids]
        with patch.object(Statement, "pdf", lambda *_args: ("S.pdf", b"%PDF")):
            self.debtor.with_user(self.user_collector).send_statement()
        mail = self._mails_to(self.customer.email).sorted("id")[-1]
        names = mail.attachment_ids.mapped("name")
        self.assertEqual([name[-4:] for name in sorted(names)], [".pdf", "xlsx"])
        self.assertEqual(self.debtor.last_contact_date, self.company._ar_today())
        self.assertEqual(self.debtor.notice_ids, notices)
        lines = self.debtor.notice_ids.line_ids
        self.assertEqual([(line.taken, line.delay_days) for line in lines], taken)
