"""A customer who is our supplier too."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.communication.call_sheet import CallSheet
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.ledger.suppliers import we_owe
from ..letter.test_letters import LetterCommon


class SupplierCommon(LetterCommon):
    with_users = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)
        cls.invoice = cls._invoice(cls.customer, 900, 28)

    def _bill(self, amount, due, partner=None, **values):
        """Return a posted bill, due so many days ago."""
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": self._ago(due + 30),
                "invoice_date_due": self._ago(due),
                "invoice_payment_term_id": False,
                "ref": values.pop("ref", f"B-{amount}"),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Bill", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        bill.action_post()
        return bill

    def _say(self):
        self.env.flush_all()
        self.debtor.invalidate_recordset()
        return self.debtor.with_user(self.user_collector).supplier_words


class TestSupplier(SupplierCommon):
    def test_nothing_owed(self):
        self.assertFalse(self._say())
        with self.assertRaisesRegex(UserError, "nothing to set off"):
            self.debtor.with_user(self.user_collector).action_set_off()

    def test_live_on_the_debtor_and_in_the_brief(self):
        """For collectors, who may not read bills."""
        bill = self._bill(300, -10)
        self.assertIn("300.00", self._say())
        self.assertNotIn("need a person", self._say())
        self.assertIn(
            "300.00", str(CallSheet(self.debtor.with_user(self.user_collector)).html())
        )
        self._bill(700, -10)
        self.assertIn("1,000.00", self._say())
        self.assertIn("need a person", self._say())
        bill.button_draft()
        self.assertIn("700.00", self._say())
        self.assertNotIn("need a person", self._say())

    def test_our_own_delay(self):
        self._bill(1, 1)
        self.assertIn("overdue since", self._say())
        self.assertIn("need a person", self._say())

    def test_other_company_and_their_credit_note(self):
        """Of this company alone; what they owe us back is no debt of ours."""
        self._bill(300, 5)._reverse_moves([{"invoice_date": self.today}])._post()
        self.assertFalse(self._say())
        self.assertFalse(self._debtor(self.other).supplier_words)

    def _planned(self):
        """Return the notices of a night at a step that leaves by itself."""
        self.debtor.sudo().write({"profile": "regular", "kind": "business"})
        self._every_day()
        steps = self.debtor.company_id.ar_ladder_id.step_ids
        steps.approval = "automatic"
        steps.filtered(lambda step: step.stage == "call").active = False
        self._plan(None, self.customer)
        return self._notices(self.customer)

    def test_firm_needs_a_person(self):
        self._first_was_sent()
        self._bill(1000, -10)
        notices = self._planned()
        self.assertEqual(notices[-1:].stage, "firm")
        self.assertEqual(notices[-1:].state, "proposed")
        self.assertIn("need a person", notices[-1:].supplier_words)

    def test_less_than_they_owe_goes_on_by_itself(self):
        self._first_was_sent()
        self._bill(100, -10)
        notices = self._planned()
        self.assertEqual((notices[-1:].stage, notices[-1:].state), ("firm", "ready"))

    def test_gentle_goes_on_by_itself(self):
        self._bill(1000, -10)
        notices = self._planned()
        self.assertEqual((notices[-1:].stage, notices[-1:].state), ("gentle", "ready"))

    def _first_was_sent(self):
        """Let a gentle reminder be three weeks old."""
        self._plan(self._ago(20), self.customer)
        self._leave(self._notices(self.customer), self._ago(20))

    def test_statements_do_not_grow(self):
        debtors = self.debtor
        for number in range(12):
            partner = self._customer(f"Supplier {number}")
            debtors |= self._debtor(partner)
            self._bill(100 + number, 5, partner)
        self.env.flush_all()
        for some in (debtors[:2], debtors):
            some = some.sudo()
            some.company_id.mapped("currency_id.name")
            we_owe(some, some.company_id)
            with self.assertQueryCount(1):
                we_owe(some, some.company_id)


@tagged("post_install", "-at_install")
class TestSetOff(SupplierCommon):
    def test_letter_with_both_lists(self):
        self._bill(300, 5, ref="THEIR-77")
        self._bill(200, -5, ref="THEIR-78")
        collector = self.debtor.with_user(self.user_collector)
        action = collector.action_set_off()
        letter = self.env["ar.letter"].with_user(self.user_collector)
        letter = letter.browse(action["res_id"])
        with self.allow_pdf_render():
            letter.action_print()
        text = self._text(letter.sudo().letter_id.raw)
        for part in (
            "Our invoices to you: $ 900.00",
            self.invoice.name,
            "Your invoices to us: $ 500.00",
            "THEIR-77",
            "THEIR-78",
            "Set off, the oldest first on both sides: $ 500.00.",
            "Left for you to pay: $ 400.00.",
            "Name and signature",
        ):
            self.assertIn(part, text)
        self.assertNotIn("Left for us to pay", text)
        self.assertNotRegex(text, r"[\[\]{}]")

    def test_disputed_stays_out(self):
        """And where we owe more, that is said."""
        reason = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        DisputeIntake(self.debtor).open(self.invoice, reason)
        self._bill(300, 5)
        with self.assertRaisesRegex(UserError, "nothing to set off"):
            self.debtor.action_set_off()
        self._invoice(self.customer, 100, 3)
        letter = self.env["ar.letter"].browse(self.debtor.action_set_off()["res_id"])
        body = str(letter.sudo()._letter_values()["body"])
        self.assertIn("Left for us to pay", body)
        self.assertIn("200.00", body)
        self.assertNotIn(self.invoice.name, body)

    def test_currencies_are_never_mixed(self):
        self._bill(300, 5, currency_id=self.eur.id)
        with self.assertRaisesRegex(UserError, "the same currency"):
            self.debtor.action_set_off()

    def test_contact_stop(self):
        self._bill(300, 5)
        letter = self.env["ar.letter"].browse(self.debtor.action_set_off()["res_id"])
        self.debtor.stop_contact("court")
        with self.assertRaisesRegex(UserError, "is stopped"):
            letter.action_print()
