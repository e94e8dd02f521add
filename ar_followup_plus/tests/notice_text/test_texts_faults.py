"""Faults of other systems that concern texts, each named after its source."""

from .text_common import STAGES, TextCommon

NBSP = "\N{NO-BREAK SPACE}"


class TestTextFaults(TextCommon):
    def test_erpnext_46650_two_invoices_show_their_own_amounts(self):
        one = self._invoice(self.customer, 111.11, 20)
        two = self._invoice(self.customer, 222.22, 20)
        rows = self._table(self._notice("firm", [one, two]).items_table)
        amounts = {row[0]: row[-1] for row in rows}
        self.assertEqual(amounts[one.name], "$ 111.11")
        self.assertEqual(amounts[two.name], "$ 222.22")
        self.assertEqual(amounts["Total"], "$ 333.33")

    def test_erpnext_56006_euros_have_no_dollar_sign(self):
        invoice = self._invoice(self.customer, 300, 20, self.eur)
        for stage in STAGES:
            notice = self._notice(stage, [invoice])
            subject, body = self._render(notice)
            self.assertNotIn("$", subject + body)
            self.assertIn(f"300.00{NBSP}EUR", body)

    def test_odoo_216062_no_balance_of_zero(self):
        """Where credits cover all of a currency, nothing of it is asked for."""
        dollars = self._invoice(self.customer, 100, 20)
        euros = self._invoice(self.customer, 50, 20, self.eur)
        credit = self._credit(self.customer, 50, currency=self.eur)
        notice = self._notice(
            "firm",
            [dollars, {"item": euros, "amount": 0}],
            credit=[credit],
        )
        self.assertNotIn("EUR and", self._read(notice))
        self.assertEqual(notice.text_values["total_due"], f"100.00{NBSP}USD")
        totals = [row for row in self._table(notice.items_table) if row[0] == "Total"]
        self.assertEqual(totals, [["Total", "100.00 USD"]])

    def test_odoo_44603_never_dear_false(self):
        self._person(self.customer, False)
        for stage in STAGES:
            invoice = self._invoice(self.customer, 10, self._due(stage))
            text = self._read(self._notice(stage, [invoice]))
            self.assertIn("Hello,", text)

    def test_odoo_82364_header_of_the_debtors_company(self):
        """Not the company of the user who happens to look or to send."""
        data = self.setup_other_company(name="Other Company")
        other = data["company"]
        self._live(other, ar_ways_to_pay="Pay the other company")
        other.write({"phone": "+1 555 0300", "website": "https://other.example.com"})
        self.customer.with_company(other).property_account_receivable_id = data[
            "default_account_receivable"
        ]
        invoice = self._invoice(self.customer, 10, 20, company=other)
        notice = self._notice("firm", [invoice], company=other)
        notice = notice.with_company(self.company)
        text = self._read(notice)
        self.assertIn("Other Company", text)
        self.assertIn("Pay the other company", text)
        for ours in ("Sample Supplies", "supplies.example.com", "Bank transfer"):
            self.assertNotIn(ours, text)

    def test_odoo_31409_not_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.user.lang = "fr_FR"
        self.assertEqual(self.customer.lang, "en_US")
        notice = self._notice("firm", [self._invoice(self.customer, 1200, 20)])
        self.env.flush_all()
        template = self.env.ref("ar_followup_plus.mail_template_firm").sudo()
        template = template.with_context(lang="fr_FR")
        body = template._render_field("body_html", notice.ids, compute_lang=True)
        self.assertIn("by March 17, 2026", str(body[notice.id]))

    def test_credit_control_269_no_line_break_in_a_subject(self):
        self.company.name = "Sample\nSupplies\r\nInc.\u2028Ltd"
        self.customer.ref = "C\n1001"
        for kind in ("business", "consumer"):
            for stage in STAGES:
                invoice = self._invoice(self.customer, 10, self._due(stage))
                line = {"item": invoice, "name": f"{stage}\n{kind}\t1"}
                notice = self._notice(stage, [line], debtor={"kind": kind})
                subject, _body = self._render(notice)
                self.assertEqual(len(subject.splitlines()), 1)
                self.assertNotIn("\t", subject)

    def test_a_first_contact_never_threatens_because_the_debt_is_old(self):
        invoice = self._invoice(self.customer, 1200, 300)
        text = self._read(self._notice("gentle", [invoice], is_first=True))
        self.assertIn("Could you please compare this with your records?", text)
        self.assertNotIn("formal demand", text.split("What happens next")[0])

    def test_invoiceninja_8716_the_text_names_its_message(self):
        invoice = self._invoice(self.customer, 10, 20)
        text = self._read(self._notice("firm", [invoice], number="N2026-000042"))
        self.assertIn("Message N2026-000042", text)
