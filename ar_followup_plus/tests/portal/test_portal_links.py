"""Mail scanners fetch every link, repeatedly: a GET or HEAD changes nothing."""

import re
from urllib.parse import urlsplit

from ...models.portal.one_time_code import OneTimeCode
from .portal_common import PortalCommon

FETCHES = 10


class TestPortalLinks(PortalCommon):
    def _rows(self):
        """Return each table's rows, as one text for each table that we could change."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT table_name FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
                  AND (table_name LIKE 'ar\\_%' OR table_name LIKE 'account\\_move%'
                       OR table_name LIKE 'mail\\_%' OR table_name LIKE 'payment\\_%'
                       OR table_name IN ('res_partner', 'res_company', 'res_users',
                                         'account_partial_reconcile',
                                         'account_payment', 'ir_cron_trigger'))"""
        )
        found = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t"
            )
            found[table] = self.env.cr.fetchone()
        return found

    def test_links_of_mails_change_nothing(self):
        """Every link of every mail, ten times each by GET and by HEAD."""
        self._demo_provider()
        for name, days in (("Early Bird", -5), ("A Bit Late", 6), ("Quite Late", 20)):
            self._invoice(self._customer(name), 100, days)
            self._invoice(self._customers_named(name), 50, days)
        self._plan()
        ready = self._notices(None, "proposed")
        if ready:
            ready.sudo().approve()
        self._deliver()
        debtor = self._debtor(self._customers_named("Quite Late"))
        OneTimeCode(debtor.sudo()).send()
        notice = self._notices(debtor.partner_id, "sent")
        notice._renew_link()
        mails = self.env["mail.mail"].sudo().search([("model", "=", "ar.debtor")])
        self.assertGreaterEqual(len(mails), 5)
        links = set()
        for mail in mails:
            found = re.findall(r'href="([^"]+)"', mail.body_html)
            links |= {link.replace("&amp;", "&") for link in found}
        base = self.base_url()
        pages = {
            urlsplit(link).path
            for link in links
            if link.startswith((base, notice.get_base_url()))
        }
        self.assertGreaterEqual(len(pages), 3)
        # And every link on the pages themselves
        for path in sorted(pages):
            text = self.url_open(path).text
            found = re.findall(r'href="(/(?:receivables|my)/[^"]+)"', text)
            pages |= {link.replace("&amp;", "&") for link in found}
        self.assertTrue(any("/pay/" in page for page in pages))
        self.assertTrue(any(page.endswith(".xlsx") for page in pages))
        before = self._rows()
        for path in sorted(pages):
            times = 1 if path.endswith(".pdf") else FETCHES  # a PDF takes seconds
            for _n in range(times):
                self.assertLess(self.url_open(path).status_code, 400, path)
                answer = self.opener.head(base + path, allow_redirects=False)
                self.assertLess(answer.status_code, 400, path)
            after = self._rows()
            changed = {name for name in before if before[name] != after[name]}
            self.assertFalse(changed, path)

    def _customers_named(self, name):
        return self.env["res.partner"].search([("name", "=", name)])

    def test_acts_are_no_gets(self):
        """What is done by a button cannot be done by a link."""
        invoice = self._invoice(self.customer, 100, 10)
        notice = self._sent(self.customer, invoice)
        before = self._rows()
        for act in ("/opened", "/message?message=Hello", "/code", "/open?code=1"):
            answer = self.url_open(self._path(notice, act), allow_redirects=False)
            self.assertIn(answer.status_code, (404, 405), act)
        answer = self.url_open("/receivables/renew", allow_redirects=False)
        self.assertIn(answer.status_code, (404, 405))
        self.assertEqual(self._rows(), before)
