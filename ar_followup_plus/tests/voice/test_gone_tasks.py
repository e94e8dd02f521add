"""Tasks end when their cause is gone, and not before."""

from ...models.payment_plan.agreement import Agreement
from ..common import ArCommon


class TestGoneTasks(ArCommon):
    with_users = False

    def setUp(self):
        super().setUp()
        self.debtor = self._debtor(self.customer)

    def _task(self, kind):
        self.debtor._ar_activity(f"activity_{kind}", "Do it")

    def _kinds(self):
        """Return the kinds of open tasks after a night."""
        self.env["ar.debtor"]._end_gone_tasks()
        self.debtor.invalidate_recordset()
        kinds = self.debtor.sudo().activity_ids.activity_type_id
        return {
            xmlid.split("activity_")[1] for xmlid in kinds.get_external_id().values()
        }

    def test_who_owes_nothing_needs_no_call_and_no_contact(self):
        invoice = self._invoice(self.customer, 900, 20)
        for kind in ("call", "no_contact", "check_notice"):
            self._task(kind)
        self.assertEqual(self._kinds(), {"call", "no_contact", "check_notice"})
        self._pay(invoice)
        self.assertEqual(self._kinds(), set())

    def test_nothing_to_approve_or_post(self):
        self._invoice(self.customer, 900, 20)
        self._task("approve")
        self._task("post_letter")
        self.company.ar_state = "ask"
        self._plan(None, self.customer)
        self.assertTrue(self._notices(self.customer, "proposed"))
        self.assertEqual(self._kinds(), {"approve"})
        self._notices(self.customer, "proposed").sudo()._cancel("settled")
        self.assertEqual(self._kinds(), set())

    def test_money_that_was_matched(self):
        invoice = self._invoice(self.customer, 900, 20)
        payment = self._pay(invoice, 400, reconcile=False)
        self._task("match_payment")
        self.assertEqual(self._kinds(), {"match_payment"})
        self._match(payment, invoice)
        self.assertEqual(self._kinds(), set())

    def test_paid_too_much(self):
        """Whom no e-mail reaches is asked by a person how to return it."""
        self._pay_on_account(self.customer, 300, on=self._ago(3))
        self._task("check_notice")
        self.assertEqual(self._kinds(), {"check_notice"})

    def test_who_is_to_be_told_of_a_hold_is_searched(self):
        """It was written off: the task would come again every morning."""
        self.debtor.sudo().write({"hold_state": "hold", "hold_reason": "before"})
        self._task("no_contact")
        self.assertEqual(self._kinds(), {"no_contact"})
        self.debtor.sudo().hold_told = self.today
        self.assertEqual(self._kinds(), set())

    def test_a_task_about_a_record_ends_with_it(self):
        """What is on a plan is not asked for, and a missed installment is called about."""
        about = self.debtor  # any record of ours
        self.debtor._ar_activity(
            "activity_call", "An installment is missing", about=about
        )
        self.assertEqual(self._kinds(), {"call"})
        self.env["ar.debtor"]._ar_activity_over(about)
        self.assertEqual(self._kinds(), set())

    def test_a_promise_that_was_not_kept(self):
        """It stays a promise that was not kept: the call about it ends with the debt."""
        invoice = self._invoice(self.customer, 900, 20)
        items = self.env["ar.open.item"].search([("move_id", "=", invoice.id)])
        values = {"count": 1, "first_on": self._ago(-5), "kind": "promise"}
        plan = Agreement(self.debtor.sudo()).propose(items, values)
        plan.sudo().write({"state": "kept", "closed_on": False})
        self.debtor._ar_activity("activity_call", "Not kept", about=plan)
        self.assertEqual(self._kinds(), {"call"})
        plan.sudo().write({"state": "broken", "closed_on": self.today})
        self.assertEqual(self._kinds(), {"call"})
        self._pay(invoice)
        self.assertEqual(self._kinds(), set())

    def test_a_new_address_ends_the_search_at_once(self):
        self._invoice(self.customer, 900, 20)
        self.customer.email = False
        self._task("no_contact")
        self.assertEqual(self._kinds(), {"no_contact"})
        self.customer.email = "found@example.com"
        self.assertFalse(self.debtor.sudo().activity_ids)

    def test_what_others_scheduled_stays(self):
        self.debtor.activity_schedule(
            "ar_followup_plus.activity_call", summary="Mine", automated=False
        )
        self.assertEqual(self._kinds(), {"call"})
