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
        self.company.ar_plan_months = 1
        plan = self._agree(offer=False, count=12, rhythm="month")
        self.debtor._ar_activity("activity_agreement", "Answer them", about=plan)
        [collectors] = self._activities()
        self.assertNotEqual(collectors.user_id, self.user_manager)
        plan.with_user(self.user_collector).action_offer()
        self.assertTrue(plan.needs_approval)
        told = self._activities() - collectors
        self.assertEqual(told.user_id, self.user_manager)
        self.assertIn("Approve a plan", told.summary)
        self.assertEqual(collectors.summary, "Answer them")
        # Offered, there is nothing left to do
        plan.with_user(self.user_manager).action_offer()
        self.assertFalse(self._activities())

    def _about(self, plan):
        return self.debtor.sudo().activity_ids.filtered(lambda a: a.ar_about == plan)

    def _promised(self, *days):
        """Return promises of a customer for whom a person decides."""
        self.debtor.profile = "chronic"
        debtor = self.debtor.with_user(self.user_collector)
        return [
            Agreement(debtor)
            .promise(item, self.today + timedelta(days=day), source="customer")
            .sudo()
            for item, day in zip(
                self.env["ar.open.item"].search(
                    [("debtor_id", "=", self.debtor.id)], order="id"
                ),
                days,
                strict=True,
            )
        ]

    def test_each_agreement_has_its_own_and_it_ends_with_it(self):
        """Accepting one ends its activity, and that of no other."""
        for amount in (1000, 500):
            self._invoice(self.customer, amount, 10)
        first, second = self._promised(5, 6)
        self.assertEqual(len(self._activities()), 2)
        self.assertIn("1,000.00", self._about(first).summary)
        self.assertIn("500.00", self._about(second).summary)
        self.assertIn(
            f'data-oe-model="ar.payment.plan" data-oe-id="{second.id}"',
            self._about(second).note,
        )
        first.with_user(self.user_collector).action_offer()
        self.assertEqual(first.state, "active")
        self.assertFalse(self._about(first))
        self.assertTrue(self._about(second))
        second.with_user(self.user_collector).cancel("They called")
        self.assertFalse(self._activities())

    def test_a_call_about_a_broken_promise_ends_with_its_cause(self):
        invoice = self._invoice(self.customer, 1000, 10)
        promise = self._promise(5, 1000)
        with self._on(self.today + timedelta(days=15)):
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertEqual(promise.state, "broken")
        [call] = self._about(promise)
        self.assertIn("A promise was not kept", call.summary)
        # A notice's call that lapses is another one
        self.debtor._ar_activity("activity_call", "Call: 1,000.00")
        self.assertEqual(len(self._calls()), 2)
        self.debtor._ar_end_activities("activity_call")
        self.assertEqual(self._calls(), call)
        self._pay(invoice)
        with self._on(self.today + timedelta(days=16)):
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertFalse(self._calls())

    def test_what_was_missing_has_arrived(self):
        invoice = self._invoice(self.customer, 1000, 10)
        plan = self._agree(count=2, rhythm="month")
        with self._on(self.today + timedelta(days=15)):
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertIn("An installment is missing", self._about(plan).summary)
        self._pay(invoice, 500)
        with self._on(self.today + timedelta(days=16)):
            self.env["ar.payment.plan"].sudo()._watch()
        self.assertEqual(plan.state, "active")
        self.assertFalse(plan.cure_until)
        self.assertFalse(self._about(plan))

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
        self._speak("fr_FR")
        self._invoice(self.customer, 1000, 10)
        self.debtor.profile = "chronic"
        debtor = self.debtor.with_user(self.user_collector).with_context(lang="fr_FR")
        Agreement(debtor).promise(
            self._open(), self.today + timedelta(days=5), source="customer"
        )
        [activity] = self._activities()
        self.assertRegex(activity.summary, r"^Answer: .* until 03/15/2026 proposed$")
