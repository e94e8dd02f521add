"""How disputes end: credit notes with the invoice's taxes, answers, and the wait after."""

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.delivery.ar_copies import InvoiceCopies
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeAnswers(DisputeCommon):
    """Accepted, in part, rejected, withdrawn, sent again, a plan."""

    def _with_tax(self, *prices, currency=None, tax=None, **values):
        """Return an invoice with lines of these prices and a tax (15 % by default)."""
        tax = tax or self.tax_sale_a
        return self._invoice(
            self.customer,
            0,
            30,
            currency,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": f"Line {number}",
                        "price_unit": price,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for number, price in enumerate(prices)
            ],
            **values,
        )

    # === ACCEPTED === #

    def test_accepted_waits_until_the_credit_note_is_posted_and_matched(self):
        invoice = self._with_tax(100)
        self.assertEqual(invoice.amount_total, 115)
        dispute = self._dispute(invoice, 46)
        dispute.accept()
        credit = dispute.credit_move_id
        self.assertEqual((dispute.state, dispute.amount_accepted), ("accepted", 46))
        self.assertEqual(credit.state, "draft")
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.reversed_entry_id, invoice)
        self.assertEqual((credit.amount_untaxed, credit.amount_tax), (40, 6))
        self.assertEqual(credit.invoice_line_ids.tax_ids, self.tax_sale_a)
        self.assertTrue(credit.activity_ids)
        self.assertFalse(dispute.activity_ids)
        # The whole item waits, without limit
        self.assertEqual(self._held(invoice), [(0, 115)])
        self.assert_item(invoice, "waiting_for_us")
        self.assert_item(invoice, "waiting_for_us", date(2026, 9, 1))
        self._watch()
        self.assertTrue(credit.activity_ids)
        credit.action_post()
        self._watch()
        self.assertFalse(credit.activity_ids, "there is nothing to post any more")
        # Posting matches it, as Odoo does with reversals
        self.assertEqual(invoice.amount_residual, 69)
        self.assertEqual(self._held(invoice), [(0, 0)])
        self._plan(None, self.customer)
        notice = self._notices(self.customer)
        self.assertEqual(notice.line_ids.mapped("amount"), [69])

    def test_posted_and_not_matched_still_waits(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice, 46)
        dispute.accept()
        credit = dispute.credit_move_id
        credit.action_post()
        credit.line_ids.remove_move_reconcile()
        self.env.flush_all()
        self.assertEqual(self._held(invoice)[0], (0, 115))
        self.assertFalse(self._made())
        self._match_credit(credit, invoice)
        self.assertEqual(self._held(invoice), [(0, 0)])

    def _made(self, on=None):
        """Plan, and return the notices of the customer."""
        self._plan(on, self.customer)
        return self._notices(self.customer, "ready", "proposed")

    def _match_credit(self, credit, invoice):
        (self._items(credit) | self._items(invoice)).reconcile()

    def test_a_credit_note_that_is_deleted_leaves_it_waiting(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice, 46)
        dispute.accept()
        dispute.credit_move_id.unlink()
        self.assertEqual(self._held(invoice), [(0, 115)])
        self.assert_waits_ten_working_days(invoice)

    def test_a_credit_note_that_is_cancelled_waits_no_longer(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice, 46)
        dispute.accept()
        dispute.credit_move_id.button_cancel()
        self.assert_waits_ten_working_days(invoice)

    def assert_waits_ten_working_days(self, invoice):
        """Accounting may have entered a credit note of its own meanwhile."""
        for day, held in ((24, 115), (25, 0)):
            with self._on(day):
                self.assertEqual(self._held(invoice), [(0, held)], day)

    def test_partly(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice, 46)
        for amount in (46.01, 0, -1):
            with self.assertRaisesRegex(UserError, "accept at most that"):
                dispute.accept(amount)
        dispute.accept(23)
        self.assertEqual(dispute.credit_move_id.amount_total, 23)
        self.assertEqual(dispute.pay_by, date(2026, 3, 20))
        dispute.credit_move_id.action_post()
        # The customer has ten days for what was not accepted
        self.assertEqual(self._held(invoice), [(0, 0)])
        self.assert_item(invoice, "date_given")

    def test_an_answer_is_given_once(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice)
        dispute.reject("No", send=False)
        for act in (dispute.accept, dispute.withdraw, lambda: dispute.reject("No")):
            with self.assertRaisesRegex(UserError, "already been answered"):
                act()
        self.assertFalse(dispute.credit_move_id)

    def test_to_the_cent_with_taxes_in_each_currency(self):
        """Any amount, also one that no net price reaches with its tax."""
        included = self.tax_sale_a.copy(
            {"name": "Included", "price_include_override": "tax_included"}
        )
        high = self.tax_sale_a.copy({"name": "High", "amount": 21})
        for code, prices, amounts in (
            ("EUR", (99.99, 0.07), (0.01, 33.33, 50.01, 99.98)),
            ("JPY", (1000, 333), (1, 777, 1000)),
            ("TND", (99.999, 10.5), (0.001, 33.333, 50.005)),
        ):
            currency = self.setup_other_currency(code)
            for tax in (self.tax_sale_a, included, high):
                invoice = self._with_tax(*prices, currency=currency, tax=tax)
                for amount in amounts:
                    dispute = self._dispute(invoice, amount)
                    dispute.accept()
                    credit = dispute.credit_move_id
                    self.assertEqual(
                        currency.compare_amounts(credit.amount_total, amount),
                        0,
                        (code, tax.name, amount, credit.amount_total),
                    )
                    self.assertEqual(credit.currency_id, currency)
                    credit.unlink()
                    dispute._ar_unlocked().amount_accepted = 0

    def test_the_lines_that_were_chosen(self):
        invoice = self._with_tax(100, 20)
        dispute = self._dispute(invoice, 23)
        dispute._choose_lines(invoice.invoice_line_ids[1].ids)
        dispute.accept()
        credit = dispute.credit_move_id
        self.assertEqual(credit.invoice_line_ids.name, "Line 1")
        self.assertEqual(credit.amount_total, 23)

    def test_a_wrong_tax_brings_a_new_invoice(self):
        """Tax, legal entity or order number wrong: full credit and a new invoice."""
        for code in ("tax", "address", "order_number"):
            invoice = self._with_tax(100, ref="PO 7")
            dispute = self._dispute(invoice, 15, self._reason(code))
            dispute.accept()
            self.assertEqual(dispute.credit_move_id.amount_total, 115)
            self.assertEqual(dispute.credit_move_id.state, "draft")
            new = dispute.new_move_id
            self.assertEqual((new.state, new.amount_total), ("draft", 115))
            self.assertEqual(new.partner_id, invoice.partner_id)
            self.assertEqual(self._held(invoice), [(0, 115)])

    def test_without_accounting_rights(self):
        invoice = self._with_tax(100)
        dispute = self._dispute(invoice, 46).with_user(self.user_collector)
        reply = dispute.env["ar.dispute.reply"].create(
            {"dispute_id": dispute.id, "how": "partly", "amount": 23, "send": False}
        )
        reply.action_apply()
        credit = dispute.sudo().credit_move_id
        self.assertEqual((credit.amount_total, credit.state), (23, "draft"))
        able = credit.activity_ids.user_id
        self.assertTrue(able.has_group("account.group_account_invoice"))

    # === REJECTED === #

    def test_rejected_with_an_answer_and_documents(self):
        invoice = self._invoice(self.customer, 900, 30)
        self._night(self._ago(20), self.customer)
        stood = self._item(invoice).taken_delay
        dispute = self._dispute(invoice, 300)
        with self.assertRaisesRegex(UserError, "Say why"):
            dispute.reject("  ")
        with self.mock_mail_gateway_off():
            dispute.reject(
                "The delivery note shows ten boxes.\n<b>Signed</b>",
                documents=[("Delivery.txt", b"ten boxes")],
            )
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [("model", "=", "ar.debtor"), ("res_id", "=", dispute.debtor_id.id)],
                order="id desc",
                limit=1,
            )
        )
        self.assertIn("first.customer@example.com", mail.email_to)
        body = str(mail.body_html)
        for part in ("ten boxes", invoice.name, "300.00", "&lt;b&gt;Signed"):
            self.assertIn(part, body)
        self.assertEqual(mail.attachment_ids.mapped("name"), ["Delivery.txt"])
        self.assertEqual(dispute.pay_by, date(2026, 3, 20))
        # Nothing before that day and the three working days after it
        self.assertEqual(self._held(invoice), [(0, 0)])
        self.assert_item(invoice, "date_given", date(2026, 3, 20))
        self.assert_item(invoice, "date_given", date(2026, 3, 25))
        item = self._item(invoice)
        self.assertEqual(item.taken_delay, stood)
        self.assertEqual(item.date_given, date(2026, 3, 20))
        made = self._made(date(2026, 3, 26))
        self.assertEqual(
            made.line_ids.filtered(lambda line: line.role == "about").amount, 900
        )
        self.assertGreater(made.delay_days, stood)

    def test_what_was_ready_before_waits_for_the_day_named(self):
        """The answer gave ten days: what was ready before asks for it no sooner."""
        invoice = self._invoice(self.customer, 400, 50)
        other = self._invoice(self.customer, 70, 50)
        for days in (45, 25):
            self._night(self._ago(days), self.customer)
        self._plan(self.today, self.customer)
        notices = self._notices(self.customer, "ready")
        self.assertEqual(notices.line_ids.move_id, invoice | other)
        dispute = self._dispute(invoice, 300)
        with self.mock_mail_gateway_off():
            dispute.reject("It is right.")
        before = self._notices(self.customer, "sent")
        with self._on(11):
            self.env["ar.notice"].deliver()
        self.assertEqual(self._notices(self.customer, "sent"), before, "told today")
        with self._on(18):
            self.env["ar.notice"].deliver()
            self._plan(date(2026, 3, 18), self.customer)
            self.env["ar.notice"].deliver()
        sent = self._notices(self.customer, "sent") - before
        self.assertEqual(
            sent.line_ids.filtered(lambda line: line.role == "about").move_id, other
        )

    def mock_mail_gateway_off(self):
        """The mail is made and not sent."""
        return patch.object(self.env.registry["mail.mail"], "send_after_commit")

    def test_nothing_is_sent_under_a_contact_stop(self):
        invoice = self._invoice(self.customer, 900, 30)
        dispute = self._dispute(invoice, 300)
        self._debtor(self.customer).stop_contact("insolvency")
        count = self.env["mail.mail"].sudo().search_count([])
        for act in (
            lambda: dispute.reject("No"),
            lambda: dispute.accept(10, "Yes", send=True),
            dispute.send_copy,
            dispute._send_answer,
        ):
            with self.assertRaisesRegex(UserError, "is stopped"):
                act()
        self.assertEqual(dispute.state, "open")
        dispute.reject("Told by phone", send=False)
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), count)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        invoice = self._invoice(self.customer, 900, 30)
        dispute = self._dispute(invoice, 300)
        template = self.env.ref("ar_followup_plus.mail_template_dispute_answer")
        template.with_context(lang="fr_FR").subject = "En fran\u00e7ais"
        with self.mock_mail_gateway_off():
            dispute.reject("Non")
        mail = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
        self.assertEqual(mail.subject, "En fran\u00e7ais")
        self.assertIn("300,00", mail.body_html)

    # === OTHERWISE === #

    def test_withdrawn_goes_on_at_once(self):
        invoice = self._invoice(self.customer, 100, 7)
        dispute = self._dispute(invoice)
        dispute.withdraw("A mistake")
        self.assertEqual(self._held(invoice), [(0, 0)])
        self.assertEqual(self._made().amount, 100)

    def test_a_missing_document_is_sent_again_from_the_same_screen(self):
        invoice = self._invoice(self.customer, 100, 7)
        dispute = self._dispute(invoice, reason=self._reason("not_received"))
        with (
            self.mock_mail_gateway_off(),
            patch.object(
                InvoiceCopies,
                "original",
                return_value=("a.pdf", b"%PDF"),
            ),
        ):
            dispute.with_user(self.user_collector).action_send_copy()
        self.assertEqual(dispute.state, "accepted")
        self.assertFalse(dispute.credit_move_id)
        self.assertEqual(self._held(invoice), [(0, 0)])
        self.assert_item(invoice, "just_sent")

    def test_cannot_pay_leads_to_a_plan(self):
        invoice = self._invoice(self.customer, 100, 7)
        dispute = self._dispute(invoice)
        action = dispute.with_user(self.user_collector).action_propose_plan()
        plan = self.env["ar.payment.plan"].browse(action["res_id"])
        # It is no dispute any more, and holds nothing: what is agreed on may
        self.assertEqual(dispute.state, "withdrawn")
        self.assertEqual(self._held(invoice)[0][0], 0)
        self.assertEqual(
            (plan.source, plan.debtor_id), ("collector", dispute.debtor_id)
        )
        self.assertEqual((plan.kind, plan.state, plan.amount), ("plan", "draft", 100))
        self.assertEqual(plan.installment_ids.mapped("amount"), [33.33, 33.33, 33.34])
        self.assertEqual(plan.line_ids.move_line_id, self._items(invoice))

    # === EVERY NIGHT === #

    def _told(self, dispute):
        """Return ``[(user, subject)]`` of who was written to about a dispute."""
        return [
            (message.notified_partner_ids.user_ids, message.subject)
            for message in self.env["mail.message"].search(
                [
                    ("model", "=", "ar.dispute"),
                    ("res_id", "=", dispute.id),
                    ("message_type", "=", "user_notification"),
                ],
                order="id",
            )
        ]

    def test_owners_are_reminded_and_managers_told(self):
        invoice = self._invoice(self.customer, 100, 7)
        dispute = self._dispute(invoice)
        dispute.owner_id = self.user_collector
        self.env.flush_all()
        start = len(self._told(dispute))
        for day, told in ((13, 0), (16, 1), (17, 1), (18, 2), (19, 2)):
            with self._on(day):
                self._watch()
                self._watch()
                dispute.invalidate_recordset()
                self.assertEqual(len(self._told(dispute)) - start, told, day)
        found = self._told(dispute)[start:]
        self.assertEqual(found[0][0], self.user_collector)
        self.assertEqual(found[1][0], self.user_manager)
        self.assertEqual(dispute.escalated_on, date(2026, 3, 18))
        late = self.env.ref("ar_followup_plus.activity_dispute_late")
        activity = dispute.activity_ids.filtered(lambda a: a.activity_type_id == late)
        self.assertEqual(activity.user_id, self.user_manager)
        with self._on(18):
            self.assertTrue(dispute.is_late)
            self.assertIn(
                dispute, self.env["ar.dispute"].search([("is_late", "=", True)])
            )
        dispute.withdraw()
        self.assertFalse(dispute.activity_ids)

    def test_who_left_does_not_answer(self):
        invoice = self._invoice(self.customer, 100, 7)
        self._debtor(self.customer, user_id=self.user_collector.id)
        dispute = self._dispute(invoice)
        dispute.owner_id = self.user_accountant
        self.user_accountant.active = False
        self._watch()
        self.assertEqual(dispute.owner_id, self.user_collector)
        self.assertEqual(dispute.activity_ids.user_id, self.user_collector)

    def test_the_scheduled_action_does_it(self):
        invoice = self._invoice(self.customer, 100, 7)
        dispute = self._dispute(invoice)
        dispute.owner_id = self.user_collector
        with self._on(18):
            self.env["ar.notice"]._cron_watch()
        dispute.invalidate_recordset()
        self.assertEqual(dispute.escalated_on, date(2026, 3, 18))
