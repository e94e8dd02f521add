"""Everyday cases: what customers say, where no other test covers it."""

from datetime import date, timedelta

from odoo.exceptions import UserError

from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from ..payment_plan.agree_common import AgreeCommon


class TestCasesTalk(AgreeCommon):
    """Each test is named after its case."""

    def _by_the_customer(self, days):
        return Agreement(self.debtor.sudo()).promise(
            self._open().sudo(),
            self.company._ar_today() + timedelta(days=days),
            source="customer",
        )

    def test_row_1_no_more_cheques(self):
        """Neither on the page nor by a collector, and the dialog does not offer it."""
        self._invoice(self.customer, 1000, 20)
        self.debtor.no_cheques = True
        with self.assertRaisesRegex(UserError, "another way to pay"):
            self._promise(cheque=True)
        self.assertTrue(
            self.env["ar.plan.ask"].new({"debtor_id": self.debtor.id}).no_cheques
        )
        self.assertTrue(self._promise())

    def test_row_40_promises_again_and_again(self):
        """After two by the customer alone the third waits for a person."""
        self._invoice(self.customer, 1000, 20)
        self._night(self.today)
        first = self._by_the_customer(2)
        self._night(date(2026, 3, 23))
        with self._on(date(2026, 3, 23)):
            second = self._by_the_customer(2)
        self._night(date(2026, 4, 6))
        with self._on(date(2026, 4, 6)):
            third = self._by_the_customer(2)
        self.assertEqual(
            [plan.state for plan in (first, second, third)],
            ["broken", "broken", "draft"],
        )
        self.assertEqual(self._said()[0][1], "waiting_for_us")

    def test_row_43_other_terms_by_word(self):
        """The salesperson answers within three working days."""
        invoice = self._invoice(
            self.customer, 1000, 20, invoice_user_id=self.user_accountant.id
        )
        dispute = DisputeIntake(self._collector()).open(
            invoice, self.env.ref("ar_followup_plus.ar_dispute_reason_terms")
        )
        self.assertEqual(dispute.owner_id, self.user_accountant)
        self.assertEqual(dispute.deadline, date(2026, 3, 13))

    def test_row_50_pays_during_approval(self):
        """What waits for approval is dropped as settled, approved or not."""
        self.company.ar_state = "ask"
        invoices = [self._invoice(self.customer, 1000, 20)]
        invoices.append(self._invoice(self.other, 1000, 20))
        self._plan()
        waits, approved = (self._notices(p) for p in (self.customer, self.other))
        self.assertEqual((waits.state, approved.state), ("proposed", "proposed"))
        for invoice in invoices:
            self._pay(invoice)
        approved.with_user(self.user_collector).action_approve()
        self._plan()
        self.env["ar.notice"].deliver()
        self.assertEqual(
            [(n.state, n.cancel_how) for n in waits + approved],
            [("cancelled", "settled")] * 2,
        )

    def test_row_51_first_part_of_an_instalment_sale(self):
        """Only that part is asked for: nothing falls due because of it."""
        terms = self._terms((40, 0), (30, 30), (30, 60))
        self._invoice(self.customer, 1000, 20, term=0, invoice_payment_term_id=terms.id)
        self._plan()
        notice = self._notices(self.customer)
        about = notice.line_ids.filtered(lambda line: line.role == "about")
        self.assertEqual((about.amount, notice.amount), (400, 400))
        self._leave(notice)
        for days in (7, 14, 21):
            self._plan(self._ago(-days))
        later = self._notices(self.customer) - notice
        asked = later.line_ids.filtered(lambda line: line.role == "about")
        self.assertTrue(asked)
        self.assertEqual(
            set(asked.mapped("date_due")) - {self._ago(20), self._ago(-10)}, set()
        )
