"""Each customer of the demonstration who said something waits for it, or does not."""

from odoo.tests import freeze_time

from ...demo.talking import TALKING, Talking
from ..common import ArCommon


class TestSituationsTalk(ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._every_day()
        cls.company.write(
            {"ar_user_id": cls.user_collector.id, "ar_manager_id": cls.user_manager.id}
        )
        talking = Talking(cls.company, cls.company, cls.today)
        cls.customers = talking.build()
        cls.bills = talking.invoices
        cls.env["ar.returned.payment"].sudo()._watch()
        cls._plan()

    def _plans(self, key):
        return self._debtor(self.customers[key]).plan_ids.sudo()

    def test_each_is_made(self):
        self.assertEqual(tuple(self.customers), TALKING)

    def test_disputes(self):
        item = self._explain(self.customers["dispute_open"])
        [entry] = item[self.bills["dispute_open"].name]
        self.assertEqual((entry["amount"], entry["reason"]), (480, "disputed"))
        self.assert_item(self.bills["dispute_accepted"], "waiting_for_us", amount=0)
        dispute = self._debtor(self.customers["dispute_accepted"]).dispute_ids
        self.assertEqual(dispute.sudo().credit_move_id.amount_total, 120)

    def test_promises(self):
        self.assert_item(self.bills["promise_made"], "promised", amount=0)
        self.assertEqual(self._plans("promise_kept").state, "kept")
        self.assertEqual(self._plans("promise_broken").state, "broken")
        self.assertEqual(self._plans("promise_broken").message_due, "broken")

    def test_plans(self):
        self.assertEqual(self._plans("plan_proposed").state, "draft")
        self.assert_item(self.bills["plan_proposed"], "waiting_for_us", amount=0)
        parts = self._plans("plan_running").installment_ids
        self.assertEqual(parts.mapped("state"), ["paid", "open", "open"])
        self.assertEqual(self._plans("plan_ended").state, "broken")
        self.assertEqual(self._plans("plan_ended").message_due, "ended")

    def test_answers(self):
        self.assert_item(self.bills["says_paid"], "waiting_for_us", amount=0)
        debtor = self._debtor(self.customers["says_paid"])
        self.assertEqual(debtor.answer_count, 1)
        self.assertEqual(debtor.action_open_answers()["domain"][0][2], debtor.id)
        returned = self.env["ar.returned.payment"].sudo()
        back = returned.search(
            [("debtor_id", "=", self._debtor(self.customers["came_back"]).id)]
        )
        self.assertTrue(back.message_due)

    def test_in_the_company_of_the_demonstration(self):
        """With its own people, calendar and settings."""
        company = self.env.ref("ar_followup_plus.demo_company")
        self.env.user.company_ids |= company
        env = self.env(context={"allowed_company_ids": company.ids})
        company = company.with_env(env).sudo()
        made = Talking(company, company, company._ar_today()).build()
        self.assertEqual(tuple(made), TALKING)

    def test_a_night_later_it_is_the_same(self):
        """What a night decides of them was decided already."""
        before = {
            plan.id: plan.state for plan in self.env["ar.payment.plan"].search([])
        }
        with freeze_time("2026-03-11 10:00:00"):
            self.env["ar.payment.plan"].sudo()._watch()
        after = {plan.id: plan.state for plan in self.env["ar.payment.plan"].search([])}
        self.assertEqual(after, before)
