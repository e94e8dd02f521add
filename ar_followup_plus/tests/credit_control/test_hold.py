"""Credit hold: told before, released by itself, by few people, and logged."""

from datetime import datetime, timedelta
from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger

from ...models.credit_control import credit_hold
from ...models.credit_control.credit_hold import CreditHold
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.payment_plan.agreement import Agreement
from ..common import ArCommon
from ..credit_terms.policy_common import PolicyMixin


class HoldCommon(ArCommon):
    """A rule: 500 overdue for 60 days, told ten working days before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"ar_hold_rule": True, "ar_hold_amount": 500, "ar_hold_days": 60}
        )
        cls.customer.user_id = cls.user_accountant
        cls.debtor = cls._debtor(cls.customer)

    def _activity(self, partner=None):
        return self.env["mail.activity"].search(
            [
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("ar_followup_plus.activity_hold").id,
                ),
                ("res_id", "=", (partner or self.customer).id),
            ]
        )

    def _mails(self):
        return self.env["mail.mail"].search(
            [("subject", "like", "orders on account"), ("res_id", "=", self.debtor.id)]
        )

    def _night(self, days=0):
        with freeze_time(datetime.combine(self._ago(-days), datetime.min.time())):
            self.env["ar.debtor"]._hold_all()
        self.env.invalidate_all()

    def _tell(self):
        self.env["ar.debtor"]._hold_tell_customers()

    def _log(self, words):
        return self.debtor.message_ids.filtered(lambda m: words in str(m.body))


class TestHold(HoldCommon):
    """From watch to hold and back."""

    def test_warned_told_held_paid_released(self):
        invoice = self._invoice(self.customer, 900, 70)
        self._night()
        self.assertEqual(self.debtor.hold_state, "warn")
        self.assertEqual(self.debtor.hold_from, self._ago(-14))
        self.assertEqual(self.debtor.hold_amount, 900)
        self.assertEqual(self._activity().user_id, self.user_accountant)
        self.assertIn("900.00", self._activity().summary)
        self._tell()
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("900.00", mail.body_html)
        self.assertIn("March 24, 2026", mail.body_html)
        self._tell()
        self.assertEqual(len(self._mails()), 1, "once")
        self._night(13)
        self.assertEqual(self.debtor.hold_state, "warn")
        self._night(14)
        self.assertEqual(self.debtor.hold_state, "hold")
        self.assertTrue(self._log("Warned → Orders on credit are held"))
        self._pay(invoice, 450)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none", "less than the 500")
        self.assertTrue(self._log("Orders on credit are held → None"))
        self.assertFalse(self._activity())

    def test_not_before_it_was_told(self):
        self._invoice(self.customer, 900, 70)
        self._night()
        self._night(20)
        self.assertEqual(self.debtor.hold_state, "warn")
        with freeze_time(datetime.combine(self._ago(-20), datetime.min.time())):
            self._tell()
        self.assertEqual(self.debtor.hold_from, self._ago(-34), "days begin anew")

    def test_watch(self):
        self._invoice(self.customer, 900, 35)
        self._night()
        self.assertEqual(self.debtor.hold_state, "watch")
        self.assertFalse(self._activity())

    def test_never_because_of_a_disputed_amount(self):
        """A part is contested: what is left is below the amount of the rule."""
        invoice = self._invoice(self.customer, 900, 70)
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        amounts = DisputeIntake(self.debtor).spread(invoice, 450)
        dispute = (
            DisputeIntake(self.debtor).open(invoice, price, amounts=amounts).sudo()
        )
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")
        dispute.reject("The price list of May holds", send=False)
        self._night()
        self.assertEqual(self.debtor.hold_state, "warn")
        self.assertEqual(self.debtor.hold_amount, 900)

    def test_a_dispute_releases_what_is_held(self):
        invoice = self._invoice(self.customer, 900, 70)
        self._night()
        self.debtor.sudo().write({"hold_told": self._ago(20)})
        self._night(14)
        self.assertEqual(self.debtor.hold_state, "hold")
        price = self.env.ref("ar_followup_plus.ar_dispute_reason_price")
        DisputeIntake(self.debtor).open(invoice, price)
        self.env["ar.debtor"]._hold_refresh()
        self.assertEqual(self.debtor.hold_state, "none")

    def test_never_because_of_a_plan(self):
        """What is agreed in parts does not count, until the plan is broken."""
        self._invoice(self.customer, 900, 70)
        self.env.flush_all()
        items = self.env["ar.open.item"].search([("debtor_id", "=", self.debtor.id)])
        plan = (
            Agreement(self.debtor)
            .propose(items, {"first_on": self._ago(-7), "rhythm": "week", "count": 4})
            .sudo()
        )
        plan.action_offer()
        plan._start()
        self._night()
        self.assertEqual(self.debtor.hold_state, "none")
        plan._close("cancelled")
        self._night()
        self.assertEqual(self.debtor.hold_state, "warn")

    def test_public_bodies_and_the_group_are_for_a_person(self):
        self._invoice(self.customer, 900, 70)
        for kind in ("public", "group"):
            self.debtor.sudo().kind = kind
            self._night()
            self.assertEqual(self.debtor.hold_state, "none")

    def test_contact_stop(self):
        """Nothing is written to them; the hold stands, for it is our own affair."""
        self._invoice(self.customer, 900, 70)
        self._night()
        self.debtor.stop_contact("court")
        self._tell()
        with self.assertRaisesRegex(UserError, "is stopped"):
            self.debtor.action_send_hold_warning()
        self.assertFalse(self._mails())
        self._night(14)
        self.assertEqual(self.debtor.hold_state, "hold")

    def test_not_within_the_gap_nor_in_ask(self):
        self._invoice(self.customer, 900, 70)
        self._night()
        self.debtor.sudo().last_contact_date = self._ago(2)
        self._tell()
        self.assertFalse(self._mails())
        self.debtor.sudo().last_contact_date = False
        self.company.ar_state = "ask"
        self._tell()
        self.assertFalse(self._mails())
        self.debtor.with_user(self.user_collector).action_send_hold_warning()
        self.assertEqual(len(self._mails()), 1)

    def test_those_who_cannot_be_told_keep_nobody_waiting(self):
        self._invoice(self.customer, 900, 70)
        lost, told = self._customer("A Lost", email=False), self._customer("A Told")
        for partner in (lost, told):
            self._invoice(partner, 900, 70)
        self._debtor(told).sudo().last_contact_date = self._ago(2)
        CreditHold((self._debtor(lost) | self._debtor(told)).sudo()).update()
        self._night()
        with patch.object(credit_hold, "MOST_WARNED", 1):
            self._tell()
        self.assertEqual(len(self._mails()), 1)
        self.assertFalse(
            (self._debtor(lost) | self._debtor(told)).filtered("hold_told")
        )

    def test_one_that_cannot_be_warned_stops_nobody_else(self):
        """Its text fails: it alone is not told, and a person is."""
        rotten = self._customer("A Rotten")
        for partner in (rotten, self.customer):
            self._invoice(partner, 900, 70)
        debtor = self._debtor(rotten)
        self._night()
        self.assertEqual(debtor.hold_state, "warn")
        template = self.env.ref("ar_followup_plus.mail_template_hold")
        template.body_html += Markup(
            '<t t-if="object.partner_id.name == \'A Rotten\'" t-out="1 / 0"></t>'
        )
        self._tell()
        self.assertEqual(len(self._mails()), 1)
        self.assertEqual((self.debtor.hold_told, debtor.hold_told), (self.today, False))
        self.assertIn(
            "A message could not be written",
            "".join(debtor.sudo().activity_ids.mapped("summary")),
        )

    def test_one_that_cannot_be_stored_stops_nobody_else(self):
        """The database refuses one hold; the others are brought up to date."""
        rotten = self._customer("A Rotten")
        self._invoice(rotten, 901, 70)
        self._invoice(self.customer, 900, 70)
        debtor = self._debtor(rotten)
        self.env.flush_all()
        self.env.cr.execute(
            """ALTER TABLE ar_debtor ADD CONSTRAINT ar_test_not_901
               CHECK (hold_amount <> 901)"""
        )
        with mute_logger("odoo.sql_db"):
            self._night()
        self.assertEqual((self.debtor.hold_state, debtor.hold_state), ("warn", "none"))
        self.assertIn(
            "The credit hold could not be brought up to date",
            "".join(debtor.sudo().activity_ids.mapped("summary")),
        )

    # === BY A PERSON === #

    def test_who_may(self):
        collector = self.debtor.with_user(self.user_collector)
        CreditHold(collector).place("watch", "Two payments came back")
        self.assertEqual(self.debtor.hold_state, "watch")
        for act in (
            lambda: CreditHold(collector).place("hold", "A reason"),
            lambda: CreditHold(collector).release(self.today, "A reason"),
        ):
            with self.assertRaisesRegex(AccessError, "Only a credit manager"):
                act()
        with self.assertRaises(AccessError):
            collector.write({"hold_state": "none"})
        with self.assertRaises(AccessError):
            CreditHold(self.debtor.with_user(self.user_accountant)).place(
                "watch", "A reason"
            )

    def test_placed_and_released(self):
        manager = self.debtor.with_user(self.user_manager)
        CreditHold(manager).place("warn", "Their bank called", self._ago(-5))
        self.assertEqual(self.debtor.hold_state, "warn")
        self.assertTrue(self._activity())
        self._night(5)
        self.assertEqual(self.debtor.hold_state, "hold")
        self.assertTrue(self._log("Their bank called"))
        with self.assertRaises(ValidationError):
            CreditHold(manager).release(self._ago(-40), " ")
        with self.assertRaises(ValidationError):
            CreditHold(manager).release(self._ago(1), "Late")
        CreditHold(manager).release(self._ago(-40), "Guaranteed by the parent")
        self.assertEqual(self.debtor.hold_state, "none")
        self.assertTrue(self._log("Guaranteed by the parent"))

    def test_bad_input(self):
        manager = self.debtor.with_user(self.user_manager)
        for args in (
            ("nothing", "A reason"),
            ("hold", ""),
            ("warn", "A reason", self._ago(1)),
            ("hold", "A reason", None, self._ago(1)),
        ):
            with self.subTest(args=args), self.assertRaises(ValidationError):
                CreditHold(manager).place(*args)
        with self.assertRaises(ValidationError):
            self.company.ar_hold_days = 0
        with self.assertRaises(UserError):
            manager.action_send_hold_warning()

    def test_statements_of_a_night_without_change(self):
        counts = []
        for number in (2, 30):
            debtors = self.env["ar.debtor"]
            for turn in range(number):
                partner = self._customer(f"Held {number} {turn}")
                self._invoice(partner, 900, 35)
                debtors |= self._debtor(partner)
            CreditHold(debtors.sudo()).update()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            CreditHold(debtors.sudo()).update()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


class TestReady(ArCommon):
    """Invoices ready to be paid: one activity for what is missing, in time."""

    def _activity(self, invoice):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "=", invoice.id),
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("ar_followup_plus.activity_complete_invoice").id,
                ),
            ]
        )

    def test_one_activity_that_goes_again(self):
        self.company.ar_invoicing_user_id = self.user_accountant
        self.company.partner_id.write(
            {"street": "1 Road", "city": "Town", "website": "https://us.example.com"}
        )
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "123456", "partner_id": self.company.partner_id.id}
        )
        self.env["payment.provider"].search([]).state = "disabled"
        self.company.qr_code = True
        invoice = self._invoice(
            self.customer, 100, -8, ref="PO 1", partner_bank_id=bank.id
        )
        bad = self._invoice(self.other, 100, -8, sent=False, partner_bank_id=False)
        self._debtor(self.other, wants_order_number=True)
        for _night in range(2):
            self.env["account.move"].sudo()._ar_check_ready()
        self.assertFalse(self._activity(invoice))
        activity = self._activity(bad)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.user_accountant)
        for words in ("order number", "bank account", "was not sent"):
            self.assertIn(words, activity.summary)
        self.assertIn("order number", bad.ar_missing)
        bad.write({"ref": "PO 2", "partner_bank_id": bank.id})
        bad.is_move_sent = True
        self.env["account.move"].sudo()._ar_check_ready()
        self.assertFalse(self._activity(bad))

    def _open_activities(self, name="complete_invoice"):
        kind = self.env.ref(f"ar_followup_plus.activity_{name}")
        return self.env["mail.activity"].search([("activity_type_id", "=", kind.id)])

    def test_what_concerns_us_is_said_once(self):
        """No bank account of ours: one activity, not one for each invoice."""
        self.company.partner_id.bank_ids.active = False
        before = self._open_activities()
        for number in range(5):
            self._invoice(self.customer, 100 + number, -8)
        for _night in range(2):
            self.env["account.move"].sudo()._ar_check_ready()
        self.assertEqual(self._open_activities(), before)
        activity = self._open_activities("complete_company").filtered(
            lambda a: a.res_id == self.company.partner_id.id
        )
        self.assertEqual(len(activity), 1)
        self.assertIn("our bank account", activity.summary)
        self.assertIn("our address or web site", activity.summary)
        self.env["res.partner.bank"].create(
            {"acc_number": "123456", "partner_id": self.company.partner_id.id}
        )
        self.company.partner_id.write(
            {"street": "1 Road", "city": "Town", "website": "https://us.example.com"}
        )
        self.company.qr_code = True
        self.env["account.move"].sudo()._ar_check_ready()
        self.assertFalse(activity.exists())

    def test_activities_over_half_a_year(self):
        """What is paid needs nothing more: as many are open as wait for something."""
        self.company.partner_id.bank_ids.active = False
        self.customer.city = False
        before, unpaid = len(self._open_activities()), 0
        for turn in range(18):
            day = self.today + timedelta(days=10 * turn)
            with freeze_time(f"{day} 10:00:00"):
                mine = [
                    self._invoice(
                        self.customer, 100 + turn, day + timedelta(days=8), term=8
                    )
                    for _number in range(2)
                ]
                self.env["account.move"].sudo()._ar_check_ready()
            with freeze_time(f"{day + timedelta(days=20)} 10:00:00"):
                self._pay(mine[0], on=day + timedelta(days=20))
                unpaid += 1
                self.env["account.move"].sudo()._ar_check_ready()
                self.assertEqual(len(self._open_activities()) - before, unpaid)
        self.customer.city = "Town"
        with freeze_time(f"{day + timedelta(days=60)} 10:00:00"):
            self.env["account.move"].sudo()._ar_check_ready()
        self.assertEqual(len(self._open_activities()), before)

    def test_each_check(self):
        invoice = self._invoice(self.customer, 100, -8)
        base = invoice.sudo()._ar_what_is_missing().get(invoice.id, [])
        self.customer.street = False
        found = invoice.sudo()._ar_what_is_missing()[invoice.id]
        self.assertEqual(
            set(found) - set(base), {"the customer's legal name or invoice address"}
        )
        self.customer.street = "1 Road"
        self.company.partner_id.website = "https://us.example.com"
        self.company.partner_id.write({"street": "1 Road", "city": "Town"})
        found = invoice.sudo()._ar_what_is_missing().get(invoice.id, [])
        self.assertEqual(
            set(base) - set(found),
            {"our address or web site"} & set(base),
        )

    def test_what_holds_a_customer_up(self):
        """Each thing by itself: taken away it is named, given back it is not."""
        self.company.partner_id.write(
            {"street": "1 Road", "city": "Town", "website": "https://us.example.com"}
        )
        self.customer.write({"street": "2 Road", "city": "Town"})
        self.env["payment.provider"].search([]).state = "disabled"
        self.company.qr_code = True
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "123456", "partner_id": self.company.partner_id.id}
        )
        self._debtor(self.customer, wants_order_number=True)
        invoice = self._invoice(
            self.customer, 100, -8, ref="PO 1", partner_bank_id=bank.id
        )
        line = invoice.invoice_line_ids

        def missing():
            self.env.flush_all()
            return invoice.sudo()._ar_what_is_missing().get(invoice.id, [])

        self.assertEqual(missing(), [])
        for record, field, words in (
            (self.company.partner_id, "website", "our address or web site"),
            (self.customer, "city", "the customer's legal name or invoice address"),
            (line, "name", "a description on every line"),
            (invoice, "ref", "the customer's order number"),
            (invoice, "payment_reference", "a payment reference"),
            (invoice, "partner_bank_id", "our bank account"),
            (self.company, "qr_code", "a link to pay or a QR code"),
            (invoice, "is_move_sent", "it was not sent"),
        ):
            with self.subTest(words):
                kept = record[field]
                record[field] = False
                self.assertEqual(missing(), [words])
                record[field] = kept
                self.assertEqual(missing(), [])
        message = invoice.message_post(body="Your invoice", message_type="comment")
        self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": self.customer.id,
                "notification_type": "email",
                "notification_status": "bounce",
            }
        )
        self.assertEqual(missing(), ["it was refused or came back"])

    def test_statements_do_not_grow(self):
        counts = []
        for number in (2, 20):
            moves = self.env["account.move"]
            for turn in range(number):
                moves |= self._invoice(self.customer, 10 + turn, -8)
            moves.sudo()._ar_what_is_missing()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            moves.sudo()._ar_what_is_missing()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


class TestGoingLive(ArCommon):
    """The panel proposes to warn; nothing is stopped by going live."""

    def _go_live(self, **values):
        self.company.ar_state = "off"
        panel = self.env["ar.go.live"].create({"company_id": self.company.id})
        panel.write(values)
        panel.action_go_live()

    def test_warn_is_proposed(self):
        self._go_live()
        self.assertEqual(self.company.ar_gate, "warn")
        self.assertEqual(self.company.ar_gate_grace, self._ago(-30))

    def test_it_can_be_left_off(self):
        self._go_live(warn_terms=False)
        self.assertEqual(self.company.ar_gate, "off")

    def test_it_offers_to_turn_on_how_invoices_are_paid(self):
        """The QR code and the link to pay are Odoo's own settings."""
        params = self.env["ir.config_parameter"].sudo()
        params.set_param("account_payment.enable_portal_payment", "False")
        provider = self.env["payment.provider"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        provider.state = "test"
        self.company.write({"qr_code": False, "ar_state": "off"})
        invoice = self._invoice(self.customer, 100, -8)
        way = "a link to pay or a QR code"
        self.assertIn(way, invoice.sudo()._ar_what_is_missing()[invoice.id])
        Panel = self.env["ar.go.live"].with_user(self.user_manager)
        panel = Panel.create({"company_id": self.company.id})
        self.assertTrue(panel.pay_code_off and panel.pay_link_off)
        panel.action_pay_link()
        self.assertNotIn(way, invoice.sudo()._ar_what_is_missing()[invoice.id])
        panel.action_pay_code()
        panel.invalidate_recordset()
        self.assertFalse(panel.pay_code_off or panel.pay_link_off)
        self.assertTrue(self.company.qr_code)
        self.assertTrue(self.env["res.config.settings"].create({}).pay_invoices_online)
        with self.assertRaises(AccessError):
            panel.with_user(self.user_collector).action_pay_code()

    def test_without_a_provider_there_is_no_link(self):
        self.env["payment.provider"].search([]).state = "disabled"
        self.company.ar_state = "off"
        panel = self.env["ar.go.live"].create({"company_id": self.company.id})
        self.assertFalse(panel.pay_link_off)
        with self.assertRaisesRegex(UserError, "No payment provider"):
            panel.action_pay_link()


class TestSettings(ArCommon):
    """Credit check and credit hold on the form of credit managers."""

    def test_gate_and_hold(self):
        draft = self.env.ref("ar_followup_plus.policy_preset").copy(
            {"company_id": self.company.id}
        )
        with PolicyMixin._cheap_pdf():
            draft.publish()
        self._debtor(self.customer)
        manager = self.user_manager
        company = self.company.with_user(manager).with_context(
            allowed_company_ids=self.company.ids
        )
        form = Form(company, "ar_followup_plus.res_company_view_form_ar")
        form.ar_gate = "block"
        form.ar_gate_grace = self._ago(-30)
        form.ar_hold_rule = True
        form.ar_hold_days = 45
        form.ar_hold_amount = 250
        form.save()
        self.assertEqual(
            (self.company.ar_gate, self.company.ar_gate_grace),
            ("block", self._ago(-30)),
        )
        self.assertEqual(
            (
                self.company.ar_hold_rule,
                self.company.ar_hold_days,
                self.company.ar_hold_amount,
            ),
            (True, 45, 250),
        )

    def test_without_a_day_it_says_how_many(self):
        draft = self.env.ref("ar_followup_plus.policy_preset").copy(
            {"company_id": self.company.id}
        )
        with PolicyMixin._cheap_pdf():
            draft.publish()
        self._debtor(self.customer)
        with self.assertRaisesRegex(RedirectWarning, "have not accepted"):
            self.company.write({"ar_gate": "block", "ar_gate_grace": False})
        self.assertEqual(self.company.ar_gate, "off")
