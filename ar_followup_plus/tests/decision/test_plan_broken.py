"""Broken ledger data: left out with a reason, and the run goes on."""

from odoo import Command

from ..common import ArCommon


class TestPlanBroken(ArCommon):
    """Data that no form allows, and that databases have all the same."""

    with_users = False

    def setUp(self):
        super().setUp()
        self._invoice(self.other, 100, 10)

    def _sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()

    def assert_run_goes_on(self):
        """Assert that the customer with good data got a notice."""
        counts = self._plan()
        self.assertEqual(self._notices(self.other).stage, "gentle")
        return counts

    def assert_attention(self, invoice, attention, left_out=True):
        """Assert that an item is in the list of what needs attention."""
        item = self.env["ar.open.item"].search(
            [("attention", "!=", False), ("move_id", "=", invoice.id)]
        )
        self.assertEqual((item.attention, item.is_broken), (attention, left_out))
        return item

    def test_without_partner(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE account_move_line SET partner_id = NULL WHERE move_id = %s",
            invoice.id,
        )
        self.assert_run_goes_on()
        item = self.assert_attention(invoice, "no_partner")
        self.assertFalse(item.debtor_id)
        self.assertFalse(self._notices(self.customer))

    def test_without_due_date(self):
        invoice = self._invoice(self.customer, 100, 10)
        good = self._invoice(self.customer, 70, 10)
        self._sql(
            "UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s",
            invoice.id,
        )
        self.assert_run_goes_on()
        item = self.env["ar.open.item"].browse(self._items(invoice).id)
        self.assertEqual((item.due_date, item.attention), (self._ago(40), False))
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100, good: 70})

    def _entry(self, journal, partner=None, amount=80, days=20):
        """Return an entry that debits the receivable account without a due date."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.company_data[f"default_journal_{journal}"].id,
                "date": self._ago(days),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": (partner or self.customer).id,
                            "debit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self._sql(
            "UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s",
            entry.id,
        )
        return entry

    def test_debit_of_the_bank_without_due_date(self):
        """A debit that came back: due on the day of its entry."""
        entry = self._entry("bank")
        self.assert_run_goes_on()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={entry: 80})

    def test_opening_entries_need_no_person(self):
        """Twelve entries that are left out by default: nobody is asked about them."""
        partners = [self._customer(f"Opening {number}") for number in range(12)]
        for partner in partners:
            self._entry("misc", partner, 621.50, 40)
        self.assert_run_goes_on()
        for partner in partners:
            self.assert_reason(partner, "excluded")
            self.assertEqual(self._debtor(partner).next_reason, "excluded")
        debtors = self.env["ar.debtor"].search([("needs_person", "=", True)])
        self.assertFalse(debtors.partner_id & self.env["res.partner"].union(*partners))

    def test_archived_customer(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE res_partner SET active = FALSE WHERE id = %s", self.customer.id
        )
        self.assert_run_goes_on()
        self.assert_attention(invoice, "archived_partner")
        self.assertFalse(self._notices(self.customer))
        self.assertEqual(self._debtor(self.customer).next_reason, "broken")

    def test_archived_contact_of_a_good_customer(self):
        contact = self.env["res.partner"].create(
            {"name": "Left", "parent_id": self.customer.id, "type": "other"}
        )
        invoice = self._invoice(contact, 100, 10)
        contact.active = False
        self.assert_run_goes_on()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})

    def test_archived_currency(self):
        euros = self._invoice(self.customer, 100, 10, self.eur)
        dollars = self._invoice(self.customer, 70, 10)
        self._sql("UPDATE res_currency SET active = FALSE WHERE id = %s", self.eur.id)
        self.assert_run_goes_on()
        self.assert_attention(euros, "archived_currency")
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={dollars: 70})

    def test_customer_without_country(self):
        self.customer.country_id = False
        invoice = self._invoice(self.customer, 100, 10)
        self.assert_run_goes_on()
        # The company's is used, and it is listed
        self.assert_attention(invoice, "no_country", left_out=False)
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={invoice: 100})

    def test_customer_without_language(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql("UPDATE res_partner SET lang = NULL WHERE id = %s", self.customer.id)
        self.assert_run_goes_on()
        self.assert_attention(invoice, "no_language", left_out=False)
        self.assertEqual(self._notices(self.customer)._lang(), "en_US")

    def test_neither_customer_nor_company_has_a_language(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE res_partner SET lang = NULL WHERE id IN (%s, %s)",
            self.customer.id,
            self.company.partner_id.id,
        )
        self.assert_run_goes_on()
        self.assert_attention(invoice, "no_language")
        self.assertFalse(self._notices(self.customer))
        self.assert_reason(
            self.customer, "broken", amount=0, says="Customer without language"
        )

    def test_neither_customer_nor_company_has_a_country(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE res_partner SET country_id = NULL WHERE id IN (%s, %s)",
            self.customer.id,
            self.company.partner_id.id,
        )
        self.assert_run_goes_on()
        self.assert_attention(invoice, "no_country")
        self.assertFalse(self._notices(self.customer))

    def test_entry_of_a_miscellaneous_journal(self):
        """Odoo leaves these out by default; a setting of the company asks for them."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": self._ago(40),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": self.customer.id,
                            "debit": 100,
                            "date_maturity": self._ago(20),
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": 100,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.assert_run_goes_on()
        self.assert_reason(self.customer, "excluded")
        self.company.ar_chase_entries = True
        self._plan()
        notice = self._notices(self.customer)
        self.assert_notice(notice, "business_gentle", about={entry: 100})

    def test_an_entry_without_partner_is_nobodys(self):
        """A batch of takings on the receivable account has no customer at all."""
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE account_move_line SET partner_id = NULL WHERE move_id = %s",
            invoice.id,
        )
        before = self.env["ar.debtor"].search_count([])
        self.env["ar.debtor"].refresh()
        # Only that of the other customer is made
        self.assertEqual(self.env["ar.debtor"].search_count([]), before + 1)

    def test_partner_without_commercial_partner(self):
        self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE res_partner SET commercial_partner_id = NULL WHERE id = %s",
            self.customer.id,
        )
        self.assert_run_goes_on()
        self.assertEqual(len(self._notices()), 1)

    def test_residual_of_zero_that_is_not_reconciled(self):
        invoice = self._invoice(self.customer, 100, 10)
        self._sql(
            "UPDATE account_move_line SET amount_residual = 0,"
            " amount_residual_currency = 0 WHERE id = %s",
            self._items(invoice).id,
        )
        self.assert_run_goes_on()
        self.assertFalse(self._notices(self.customer))

    def test_nothing_of_it_stops_a_whole_run(self):
        partners = [self._customer(f"Broken {n}") for n in range(4)]
        bills = [self._invoice(partner, 100, 10) for partner in partners]
        self._sql(
            "UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s",
            bills[0].id,
        )
        self._sql(
            "UPDATE account_move_line SET partner_id = NULL WHERE move_id = %s",
            bills[1].id,
        )
        self._sql("UPDATE res_partner SET active = FALSE WHERE id = %s", partners[2].id)
        counts = self.assert_run_goes_on()
        self.assertEqual(counts["notices"], 3)
        self.assertEqual(self._plan()["notices"], 0)
        listed = self.env["ar.open.item"].search([("attention", "!=", False)])
        self.assertEqual(listed.move_id, bills[1] | bills[2])
