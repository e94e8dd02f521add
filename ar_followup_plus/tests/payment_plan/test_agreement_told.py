"""Who is told of an agreement, when, and in which language."""

from datetime import timedelta

from ...models.payment_plan.agreement import Agreement
from .agree_common import AgreeCommon


class TestAgreementTold(AgreeCommon):
    def setUp(self):
        super().setUp()
        self.company.ar_manager_id = self.user_manager
        self.debtor.sudo().user_id = self.user_collector
        self.kind = self.env.ref("ar_followup_plus.activity_agreement")

    def _activities(self):
        return self.debtor.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.kind
        )

    def test_the_manager_is_told_although_the_collector_has_something_to_do(self):
        self._invoice(self.customer, 1000, 10)
        self.debtor._ar_activity("activity_agreement", "Answer them")
        [collectors] = self._activities()
        self.assertNotEqual(collectors.user_id, self.user_manager)
        self.company.ar_plan_months = 1
        plan = self._agree(offer=False, count=12, rhythm="month")
        plan.with_user(self.user_collector).action_offer()
        self.assertTrue(plan.needs_approval)
        told = self._activities() - collectors
        self.assertEqual(told.user_id, self.user_manager)
        self.assertIn("Approve a plan", told.summary)
        self.assertEqual(collectors.summary, "Answer them")
        # Offered, there is nothing left to do
        plan.with_user(self.user_manager).action_offer()
        self.assertFalse(self._activities())

    def test_user_and_deadline_change_with_the_need(self):
        later = self.today + timedelta(days=5)
        self.debtor.sudo().user_id = self.env.user
        self.debtor._ar_activity("activity_agreement", "First", deadline=self.today)
        [activity] = self._activities()
        self.assertEqual(activity.user_id, self.env.user)
        self.debtor.sudo().user_id = self.user_collector
        self.debtor._ar_activity("activity_agreement", "Second", deadline=later)
        self.assertEqual(self._activities(), activity)
        self.assertEqual(activity.summary, "Second")
        self.assertEqual(activity.date_deadline, later)
        self.assertEqual(activity.user_id, self.user_collector)

    def test_texts_for_us_are_in_our_language(self):
        """The customer reads the page in French; colleagues read English."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["ar_followup_plus"], ["fr_FR"])
        self._invoice(self.customer, 1000, 10)
        self.debtor.profile = "chronic"
        debtor = self.debtor.with_user(self.user_collector).with_context(lang="fr_FR")
        Agreement(debtor).promise(
            self._open(), self.today + timedelta(days=5), source="customer"
        )
        [activity] = self._activities()
        self.assertRegex(activity.summary, r"^Answer: .* until 03/15/2026 proposed$")
