"""From the customer's page to its end, in a real browser: desktop and phone."""

import hashlib
import io
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time
from odoo.tools.pdf import OdooPdfFileReader

from ...models.delivery.ar_copies import InvoiceCopies
from ...models.portal import one_time_code
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
            InvoiceCopies,
            "files",
            lambda _copies, moves, lang: [(m.name, PDF) for m in moves],
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
        # The collector answers, accounting posts: each on their screen
        self._at_the_desk(
            f"/odoo/receivables-disputes/{dispute.id}",
            "ar_collector_accepts",
            self.user_collector,
        )
        credit = dispute.sudo().credit_move_id
        self.assertEqual((credit.state, credit.amount_total), ("draft", 30))
        # Of the line that the customer chose, and of no other
        self.assertEqual(credit.invoice_line_ids.mapped("name"), ["Extra"])
        self.assert_item(self.first, "waiting_for_us")
        self._at_the_desk(
            f"/odoo/receivables-disputes/{dispute.id}",
            "ar_accountant_credits",
            self.user_accountant,
        )
        self.assertEqual((dispute.state, credit.state), ("accepted", "posted"))
        self.assertTrue(all(self._items(credit).mapped("reconciled")))
        self.assertEqual(self.first.amount_residual, 100)
        self.assertIn("100.00", self.url_open(self.page_path).text)
        self._pay(self.first)
        self.env.flush_all()
        self.assertIn("settled. Thank you!", self.url_open(self.page_path).text)

    def _at_the_desk(self, path, tour, user):
        """Let a colleague work in the back office, on a screen of a desk."""
        user.sudo().password = "a-long-password"
        self.env.flush_all()
        with (
            patch.object(self, "browser_size", "1366x768"),
            patch.object(self, "touch_enabled", False),
        ):
            self.start_tour(path, tour, login=user.login)
        self.authenticate(None, None)
        self.env.invalidate_all()

    def _real_pdf(self, plan):
        """Let the agreement be a PDF, as outside of tests: it is what is signed.

        It is made before the click: while a test answers one request it answers no
        other, and wkhtmltopdf asks for styles.
        """
        reports = self.env["ir.actions.report"].sudo()
        made = reports.with_context(force_report_rendering=True)._render_qweb_pdf(
            "ar_followup_plus.action_report_agreement", plan.ids
        )
        return patch.object(
            type(reports), "_render_qweb_pdf", lambda *_args, **_kwargs: made
        )

    def _scheduled(self, *names):
        """Let the night do its work: what its scheduled actions call, in order."""
        for name in names:
            cron = self.env.ref(f"ar_followup_plus.ir_cron_{name}").sudo()
            cron.with_user(cron.user_id).ir_actions_server_id.run()
            self.env.flush_all()
        self.env.invalidate_all()

    def _on_day(self, day):
        return freeze_time(datetime.combine(day, datetime.min.time().replace(hour=10)))

    def test_plan_to_its_end(self):
        """Proposed, approved, signed, first part paid, second missed: it goes on."""
        self._demo_provider()
        self.debtor.sudo().profile = "chronic"  # with them a person agrees
        self.company.write(
            {"ar_plan_amount": 100, "ar_manager_id": self.user_manager.id}
        )
        self.env.flush_all()
        self.start_tour(self.page_path, "ar_customer_proposes", login=None)
        self.env.invalidate_all()
        plan = self._answers("parts").plan_id
        self.assertEqual(plan.state, "draft")
        # A collector may not agree to this alone: a credit manager does
        plans = f"/odoo/receivables-plans/{plan.id}"
        self._at_the_desk(plans, "ar_collector_offers", self.user_collector)
        self.assertEqual((plan.state, plan.needs_approval), ("draft", True))
        with self._real_pdf(plan):
            self._at_the_desk(plans, "ar_manager_offers", self.user_manager)
        self.assertEqual(
            (plan.state, plan.approved_by_id), ("offered", self.user_manager)
        )
        offered = plan.sudo().agreement_id
        self.assertEqual(offered.raw[:5], b"%PDF-")
        path = self._own_path(self.debtor)
        with patch.object(one_time_code.secrets, "randbelow", lambda most: 123456):
            self.start_tour(path, "ar_customer_signs_agreement", login=None)
        self.env.invalidate_all()
        self.assertEqual((plan.state, plan.signer_name), ("active", "Ann Adams"))
        self.assertIn("Chrom", plan.sudo().signer_agent)
        self.assertEqual(
            plan.sudo().signed_sha256, hashlib.sha256(offered.raw).hexdigest()
        )
        signed = plan.sudo().signed_document_id.raw
        reader = OdooPdfFileReader(io.BytesIO(signed), strict=False)
        self.assertEqual(dict(reader.getAttachments())[offered.name], offered.raw)
        first, second, _third = plan.installment_ids.sorted("date")
        link = f"{path}&installment={first.id}"
        self.start_tour(link, "ar_customer_pays_part", login=None)
        self.env.invalidate_all()
        self.assertEqual((first.state, plan.amount_paid), ("paid", 50))
        # A link to what is paid leads to the page
        self.assertEqual(self.url_open(link).status_code, 200)
        self.assertNotIn("o_payment_form", self.url_open(link).text)
        # The second part is missed, then the time to catch up passes: the night alone
        # sees it, by its own scheduled actions
        day = second.date
        while plan.state == "active" and (day - second.date).days < 40:
            day += timedelta(days=1)
            with self._on_day(day):
                self._scheduled("watch", "deliver")
        self.assertEqual(plan.state, "broken")
        with self._on_day(day + timedelta(days=30)):
            self._scheduled("plan")
        step = self._notices(self.customer, "ready", "proposed").step_id
        # After the gentle message the firm one, and no harsher
        self.assertEqual((self.notice.stage, step.stage), ("gentle", "firm"))


class TestTourAnswersDesktop(TestTourAnswersPhone):
    browser_size = "1366x768"
    touch_enabled = False
