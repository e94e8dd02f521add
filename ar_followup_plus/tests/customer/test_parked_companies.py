"""Parked debts: each company its own, general entries, siblings of one invoice."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .test_office import OfficeCommon


class TestParkedCompanies(OfficeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._park()
        cls.sister = cls.env["res.company"].create({"name": "Sister"})
        cls.foreign = new_test_user(
            cls.env,
            login="ar_foreign",
            groups="ar_followup_plus.group_credit_manager",
            company_id=cls.sister.id,
            company_ids=[Command.set(cls.sister.ids)],
        )
        cls.debtor.snooze(cls._ago(-5), "A test")
        cls.env.flush_all()

    def test_each_company_sees_its_own(self):
        parked = self.env["ar.parked"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(parked.mapped("what")), {"item", "debtor"})
        for model, records in (
            ("ar.parked", parked),
            ("ar.exclusion", self.exclusion),
        ):
            theirs = self.env[model].with_user(self.foreign)
            self.assertFalse(theirs.search([("id", "in", records.ids)]), model)
            self.assertEqual(theirs.search_count([("id", "in", records.ids)]), 0)
            with (
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
            ):
                records.with_user(self.foreign).read(["reason"])
        mine = self.env["ar.parked"].with_user(self.user_collector)
        self.assertEqual(mine.search([("id", "in", parked.ids)]), parked)

    def test_both_for_who_works_in_both(self):
        self.foreign.sudo().company_ids += self.company
        both = (
            self.env["ar.parked"]
            .with_user(self.foreign)
            .with_context(allowed_company_ids=[self.sister.id, self.company.id])
        )
        self.assertTrue(both.search([("company_id", "=", self.company.id)]))
        one = both.with_context(allowed_company_ids=self.sister.ids)
        self.assertFalse(one.search([("company_id", "=", self.company.id)]))

    def test_nobody_ends_it_in_another_company(self):
        exclusion, line = self.exclusion, self.exclusion.sudo().move_line_id
        with (
            self.assertRaises(UserError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            wizard = (
                self.env["ar.exclude"]
                .with_user(self.foreign)
                .create(
                    {
                        "item_ids": line.ids,
                        "reason": "Not mine",
                        "exclude": False,
                    }
                )
            )
            wizard.action_apply()
        self.assertTrue(exclusion.exists())
        self.assertTrue(line.no_followup)


class TestParkedEntries(OfficeCommon):
    """What Odoo marks by itself, and what a person parked."""

    def test_parked_entry_of_a_general_journal_stays_out(self):
        """Where such entries are followed up, the mark alone says nothing."""
        self.company.ar_chase_entries = True
        entry = self._opening(self.late, 300, 40)
        line = self._items(entry)
        self.assertTrue(line.no_followup, "Odoo's own mark")
        [explained] = self._explain(self.late)[entry.name]
        self.assertNotEqual(explained["reason"], "excluded")
        self._leave_out(entry, self._ago(-20))
        [explained] = self._explain(self.late)[entry.name]
        self.assertEqual(explained["reason"], "excluded")
        parked = self.env["ar.parked"].search([("move_name", "=", entry.name)])
        self.assertEqual(parked.amount, 300)
        with self._at(20):
            self.env["ar.exclusion"].sudo()._end_over()
            self.env.flush_all()
            self.assertTrue(line.no_followup, "not ours to take off")
            [explained] = self._explain(self.late)[entry.name]
            self.assertNotEqual(explained["reason"], "excluded")

    def _opening(self, partner, amount, days):
        """Return an opening balance, as people enter it in a general journal."""
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": self._ago(days),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "partner_id": partner.id,
                            "debit": amount,
                            "date_maturity": self._ago(days),
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
        move.action_post()
        self.env.flush_all()
        return move

    def test_the_last_of_two_installments_ends_it(self):
        """Core marks all lines of an invoice together: the other one is still parked."""
        term = self._terms((50, 1), (50, 2))
        invoice = self._invoice(
            self.late,
            200,
            30,
            invoice_payment_term_id=term.id,
            invoice_date=self._ago(40),
        )
        first, second = self._items(invoice)
        for line, days in ((first, 5), (second, 9)):
            self.env["ar.exclusion"].sudo().create(
                {
                    "move_line_id": line.id,
                    "company_id": self.company.id,
                    "kind": "other",
                    "reason": "A test",
                    "until": self._ago(-days),
                    "user_id": self.user_manager.id,
                }
            )
        (first | second).no_followup = True
        with self._at(5):
            self.env["ar.exclusion"].sudo()._end_over()
            self.assertTrue(second.no_followup)
        with self._at(9):
            self.env["ar.exclusion"].sudo()._end_over()
            self.assertFalse(second.no_followup)
