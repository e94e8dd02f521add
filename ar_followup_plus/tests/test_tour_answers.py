"""From the customer's page to its end, in a real browser: desktop and phone."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time

from .policy_common import drawing
from .test_portal_answers import PDF, AnswerCommon


class TestTourAnswersPhone(AnswerCommon):
    browser_size = "390x844"
    touch_enabled = True

    def test_each_answer(self):
        third = self._invoice(self.customer, 70, 12)
        path = self._own_path(self.debtor)
        self.notice.line_ids[:1].sudo().copy(
            {"move_line_id": self._items(third).id, "move_id": third.id}
        )
        self.env.flush_all()
        with patch.object(
            type(self.env["ar.debtor"]),
            "_invoice_copies",
            lambda debtor, moves, lang: [(m.name, PDF) for m in moves],
        ):
            self.start_tour(path, "ar_customer_answers", login=None)
        self.env.invalidate_all()
        answers = {answer.kind: answer for answer in self._answers()}
        self.assertEqual(
            set(answers),
            {"paid", "promise", "not_received", "easier", "wrong_person"},
        )
        self.assertEqual(answers["paid"].line_ids.move_id, self.first)
        self.assertEqual(answers["promise"].plan_id.state, "active")
        self.assertEqual(answers["not_received"].state, "done")
        self.assertEqual(answers["wrong_person"].contact_email, "right@example.com")
        self.assertEqual(self.url_open(path).status_code, 404)

    def test_dispute_to_its_end(self):
        """Part of an invoice; the rest is chased; accepted; credited; settled."""
        self._pay(self.second)
        # Time to answer: else the rest waits as well, for our answer is late
        self.env["ar.dispute.reason"].sudo().search([]).days = 20
        self.first.button_draft()
        self.first.invoice_line_ids = [
            Command.create({"name": "Extra", "price_unit": 30, "tax_ids": []})
        ]
        self.first.action_post()
        self.env.flush_all()
        self.start_tour(self.page_path, "ar_customer_disputes", login=None)
        self.env.invalidate_all()
        dispute = self._answers("dispute").dispute_id
        self.assertEqual((dispute.amount, dispute.state), (30, "open"))
        # The rest is asked for, once the days of quiet are over
        entry = self._explain(self.customer, dispute.quiet_until)[self.first.name][0]
        self.assertEqual(entry["amount"], 100)
        self.assertNotEqual(entry["reason"], "disputed")
        dispute.with_user(self.user_collector).accept()
        credit = dispute.sudo().credit_move_id
        self.assertEqual((credit.state, credit.amount_total), ("draft", 30))
        self.assert_item(self.first, "waiting_for_us")
        credit.action_post()
        items = self._items(self.first) + self._items(credit)
        if not all(self._items(credit).mapped("reconciled")):
            items.reconcile()
        self.env.flush_all()
        self.assertIn("100.00", self.url_open(self.page_path).text)
        self._pay(self.first)
        self.env.flush_all()
        self.assertIn("settled. Thank you!", self.url_open(self.page_path).text)

    def _on_day(self, day):
        return freeze_time(datetime.combine(day, datetime.min.time().replace(hour=10)))

    def test_plan_to_its_end(self):
        """Proposed, approved, signed, first part paid, second missed: it goes on."""
        self._demo_provider()
        self.debtor.sudo().profile = "chronic"  # with them a person agrees
        self.env.flush_all()
        self.start_tour(self.page_path, "ar_customer_proposes", login=None)
        self.env.invalidate_all()
        plan = self._answers("parts").plan_id
        self.assertEqual(plan.state, "draft")
        # A real PDF, as outside of tests: it is what is signed
        manager = plan.with_user(self.user_manager)
        manager.with_context(force_report_rendering=True).action_offer()
        self.assertEqual(plan.state, "offered")
        # Signing itself in a browser: see test_tour_signing
        plan.sudo()._sign(
            "Ann Adams",
            "Director",
            drawing(),
            plan._sign_sha256(),
            {"how": "code", "email": self.customer.email},
        )
        self.env.flush_all()
        path = self._own_path(self.debtor)
        self.env.invalidate_all()
        self.assertEqual((plan.state, plan.signer_name), ("active", "Ann Adams"))
        first, second, _third = plan.installment_ids.sorted("date")
        link = f"{path}&installment={first.id}"
        self.start_tour(link, "ar_customer_pays_part", login=None)
        self.env.invalidate_all()
        self.assertEqual((first.state, plan.amount_paid), ("paid", 50))
        # A link to what is paid leads to the page
        self.assertEqual(self.url_open(link).status_code, 200)
        self.assertNotIn("o_payment_form", self.url_open(link).text)
        # The second part is missed, then the time to catch up passes
        day = second.date
        while plan.state == "active" and (day - second.date).days < 40:
            day += timedelta(days=1)
            with self._on_day(day):
                self.env["ar.payment.plan"].sudo()._watch()
                if plan.cure_until or plan.installment_ids.filtered("missed_on"):
                    self._deliver()
                    self.env["ar.payment.plan"].sudo()._send_due()
        self.assertEqual(plan.state, "broken")
        with self._on_day(day + timedelta(days=30)):
            self._plan(None, self.customer)
        step = self._notices(self.customer, "ready", "proposed").step_id
        # After the gentle message the firm one, and no harsher
        self.assertEqual((self.notice.stage, step.stage), ("gentle", "firm"))


class TestTourAnswersDesktop(TestTourAnswersPhone):
    browser_size = "1366x768"
    touch_enabled = False
