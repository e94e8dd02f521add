"""Going live: the panel, what it says is missing, and what it begins."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time
from odoo.tools import html2plaintext

from ..delivery.sending_common import SendingCommon


class TestGoLive(SendingCommon):
    """A credit manager on the evening of Tuesday, 10 March."""

    def setUp(self):
        super().setUp()
        self.company.write({"ar_state": "off"})
        self.company.write(
            {"ar_backlog_date": False, "ar_live_since": False, "ar_check_books": False}
        )
        self.company.with_user(self.user_manager).ar_approval_minutes = 0
        self._every_day()
        self._invoice(self.customer, 900, 20)
        self._invoice(self.other, 100, 200)

    def _panel(self, user=None):
        company = self.company.with_user(user or self.user_manager)
        action = company.action_ar_go_live()
        self.assertEqual(action["res_model"], "ar.go.live")
        return (
            self.env["ar.go.live"]
            .with_user(user or self.user_manager)
            .browse(action["res_id"])
        )

    def _live_panel(self):
        panel = self._panel()
        panel.action_next()
        panel.action_next()
        return panel

    # === WHAT IS OVERDUE === #

    def _entry(self, partner, amount, account=None, journal="misc"):
        """Return an entry of forty days ago that debits a customer."""
        debit = {
            "account_id": (account or self.receivable).id,
            "partner_id": partner.id,
            "debit": amount,
            "date_maturity": self._ago(40),
        }
        credit = {
            "account_id": self.company_data["default_account_revenue"].id,
            "credit": amount,
        }
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.company_data[f"default_journal_{journal}"].id,
                "date": self._ago(40),
                "line_ids": [Command.create(debit), Command.create(credit)],
            }
        )
        entry.action_post()
        return entry

    def test_what_is_left_out_is_said_apart(self):
        """Two are late with 1,000.00; 399.00 and twelve opening entries are left out."""
        third = self._customer("Third Customer")
        self._items(self._invoice(third, 399, 20)).no_followup = True
        for number in range(12):
            self._entry(self._customer(f"Opening {number}"), 621.50)
        self.env.flush_all()
        note = html2plaintext(self._panel().note_old)
        self.assertRegex(
            note, r"late today: 2, with .{1,2}1,000\.00, of which .{1,2}100\.00"
        )
        self.assertRegex(
            note, r"13 overdue items with .{1,2}7,857\.00, of which 12 are"
        )

    def test_a_loan_is_no_debt_of_trade(self):
        """On a receivable account that is marked as non-trade: nothing is proposed."""
        loans = self.receivable.copy({"name": "Loans", "non_trade": True})
        borrower = self._customer("Borrower")
        loan = self._entry(borrower, 5000, loans, "bank")
        self._live_panel().action_go_live()
        self.assertFalse(self._notices(borrower))
        self.assertTrue(self._notices(self.customer))
        [entry] = self._explain(borrower)[loan.name]
        self.assertEqual(entry["reason"], "excluded")

    # === FROM OFF TO ASKING === #

    def test_from_off_to_the_first_notice(self):
        panel = self._live_panel()
        self.assertEqual(panel.page, "customers")
        self.assertEqual(self.company.ar_state, "off")
        self.assertFalse(self._notices())
        answer = panel.action_go_live()
        self.assertEqual(self.company.ar_state, "ask")
        self.assertEqual(self.company.ar_live_since, self.today)
        self.assertIn("2 notices need your approval", answer["params"]["message"])
        self.assertEqual(answer["params"]["next"]["res_model"], "ar.notice")
        self.assertEqual(set(self._notices().mapped("state")), {"proposed"})

    def test_nothing_is_sent_tonight(self):
        self._live_panel().action_go_live()
        answer = self._notices().action_approve()
        # One day in all sentences: not "from today on" beside "not before tomorrow"
        self.assertIn(
            "Sending begins on Wednesday, 3/11/26", answer["params"]["message"]
        )
        with freeze_time("2026-03-10 23:50:00"):
            self.assertFalse(self.company._ar_may_send_now())
            self.assertEqual(self._deliver()["sent"], 0)
        self.assertIn("nothing is sent before", self.company._ar_note())
        with freeze_time("2026-03-11 08:00:00"):
            self.assertTrue(self.company._ar_may_send_now())
            self.assertEqual(self._deliver()["sent"], 2)

    def test_sunday_evening(self):
        """Proposals for Monday are there at once, and leave on Monday."""
        self.company.resource_calendar_id = self._calendar(self.company, "01234")
        with freeze_time("2026-03-15 20:00:00"):
            panel = self._live_panel()
            self.assertEqual(str(panel.first_day), "2026-03-16")
            panel.action_go_live()
            notices = self._notices(None, "proposed")
            self.assertEqual(len(notices), 2)
            notices.approve()
            self.assertEqual(self._deliver()["sent"], 0)
        with freeze_time("2026-03-16 09:00:00"):
            self.assertEqual(self._deliver()["sent"], 2)

    def test_left_out(self):
        panel = self._live_panel()
        line = panel.customer_ids.filtered(
            lambda line: line.debtor_id.partner_id == self.customer
        )
        line.leave_out = True
        panel.action_go_live()
        debtor = self._debtor(self.customer)
        self.assertEqual(debtor.snooze_until, self._ago(-90))
        self.assertFalse(self._notices(self.customer))
        self.assertTrue(self._notices(self.other))

    def test_left_out_is_kept_when_going_back(self):
        panel = self._live_panel()
        panel.customer_ids[0].leave_out = True
        chosen = panel.customer_ids[0].debtor_id
        panel.action_back()
        panel.action_next()
        kept = panel.customer_ids.filtered("leave_out").debtor_id
        self.assertEqual(kept, chosen)

    def test_largest_and_oldest(self):
        for number in range(12):
            partner = self._customer(f"Customer {number}")
            self._invoice(partner, 2000 + number, 30 - number)
        panel = self._live_panel()
        lines = panel.customer_ids
        among = lines.grouped("among")
        both = len(among.get("both", ()))
        self.assertEqual(len(among["largest"]) + both, 10)
        self.assertEqual(len(among["oldest"]) + both, 10)
        self.assertEqual(lines.sorted("oldest")[0].debtor_id.partner_id, self.other)
        self.assertEqual(max(lines.mapped("amount")), 2011)

    def test_who_cannot_be_reached(self):
        """They are listed, and reached once they have an address."""
        silent = self._customer("Silent Shop", email=False, street=False, phone=False)
        self._invoice(silent, 300, 30)
        panel = self._live_panel()
        [line] = panel.unreached_ids
        self.assertEqual((line.debtor_id.partner_id, line.amount), (silent, 300))
        self.assertNotIn(line.debtor_id, panel.customer_ids.debtor_id)
        with self.assertRaisesRegex(ValidationError, "no e-mail address"):
            line.email = "nonsense"
        line.email = "pay@silent.example"
        self.assertEqual(silent.email, "pay@silent.example")
        panel.action_back()
        panel.action_next()
        self.assertFalse(panel.unreached_ids)
        self.assertIn(silent, panel.customer_ids.debtor_id.partner_id)

    # === LAST MONTH === #

    def test_last_month_with_names_and_amounts(self):
        self.company.ar_first_per_day = 0
        paid = self._customer("Paid Pottery")
        self._pay(self._invoice(paid, 777, 20))
        panel = self._panel()
        panel.action_next()
        month = panel.month_html
        self.assertIn("First Customer", month)
        self.assertIn("900.00", month)
        self.assertIn("Gentle reminder", month)
        self.assertNotIn("Paid Pottery", month)
        self.assertIn("paid meanwhile", month)
        self.assertFalse(self._notices())

    def test_last_month_keeps_the_daily_limit(self):
        self.company.ar_first_per_day = 1
        for number in range(3):
            self._invoice(self._customer(f"Old {number}"), 500 + number, 100)
        panel = self._panel()
        found, _readings = panel._replay(self._ago(30), self._ago(1))
        firsts = [day for day, _d, contact in found if contact.first
                  and contact.about[0][0].due < self._ago(30)]  # fmt: skip
        self.assertEqual(len(firsts), 4)
        self.assertEqual(len(set(firsts)), 4)

    def test_nothing_before_it_was_invoiced(self):
        fresh = self._customer("Fresh Farm")
        self._invoice(fresh, 300, 5, term=10)
        panel = self._panel()
        found, _readings = panel._replay(self._ago(30), self._ago(1))
        mine = self._debtor(fresh)
        self.assertTrue(
            all(day >= self._ago(15) for day, d, _c in found if d.id == mine.id)
        )

    def test_it_reads_with_a_constant_number_of_statements(self):
        self._live_panel()
        for number in range(15):
            self._invoice(self._customer(f"Many {number}"), 100, 20)
        panel = self._panel()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        panel.with_user(self.user_manager).action_next()
        first = self.env.cr.sql_log_count - before
        self.assertLess(first, 90)

    # === WHAT IS MISSING === #

    def test_says_what_is_missing_and_works_without(self):
        self.env["ir.mail_server"].search([]).action_archive()
        self.company.alias_domain_id = False
        self.company.partner_id.bank_ids.unlink()
        self.env["payment.provider"].search([]).write({"state": "disabled"})
        panel = self._panel()
        self.assertIn("No outgoing mail server", panel.note_sender)
        self.assertIn("no alias domain", panel.note_sender)
        self.assertIn("no bank account", panel.note_pay)
        self.assertIn("No payment provider", panel.note_pay)
        panel.action_next()
        panel.action_next()
        panel.action_go_live()
        self.assertEqual(self.company.ar_state, "ask")

    def test_provider_in_test_mode(self):
        """Customers see it: it is named, and one button disables it."""
        self.env["payment.provider"].search([]).write({"state": "disabled"})
        known = self.env["payment.provider"].sudo()
        provider = known.search([("code", "=", "demo")], limit=1)
        provider = provider.copy({"company_id": self.company.id, "name": "Trial Pay"})
        provider.write({"state": "test", "is_published": True})
        panel = self._panel()
        self.assertEqual(
            (provider.state, provider.is_published, provider.company_id),
            ("test", True, self.company),
        )
        self.assertIn("In test mode and visible to customers", panel.note_pay)
        self.assertIn("Trial Pay", panel.note_pay)
        self.assertNotIn("no button to pay", panel.note_pay)
        self.assertTrue(panel.pay_test_on)
        panel.action_disable_test()
        self.assertEqual(provider.state, "disabled")
        panel = self._panel()
        self.assertFalse(panel.pay_test_on)
        self.assertIn("No payment provider", panel.note_pay)

    def test_question_of_payments(self):
        panel = self._panel()
        self.assertEqual(panel.payments, "other")
        self.assertIn("look at your bank", panel.note_payments)
        with Form(panel) as form:
            form.payments = "bank"
        self.assertTrue(self.company.ar_check_books)
        self.assertIn("working days behind", panel.note_payments)

    def test_answers_are_kept_at_once(self):
        with Form(self._panel()) as form:
            form.ar_email = "money@example.com"
            form.ar_first_per_day = 7
        self.assertEqual(self.company.ar_email, "money@example.com")
        self.assertEqual(self.company.ar_first_per_day, 7)
        self.assertEqual(self.company.ar_state, "off")

    def test_test_mail_goes_to_oneself(self):
        last = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        answer = self._panel().action_test_mail()
        self.assertIn(self.user_manager.email, answer["params"]["message"])
        mail = self.env["mail.mail"].search([("id", ">", last)])
        self.assertEqual(len(mail), 1)
        self.assertIn(self.user_manager.email, mail.email_to)
        self.assertIn("receivables@example.com", mail.email_from)

    # === BAD INPUT === #

    def test_wrong_address(self):
        panel = self._panel()
        with self.assertRaisesRegex(ValidationError, "no e-mail address"):
            panel.ar_email = "not an address"

    def test_no_ladder(self):
        panel = self._panel()
        panel.ar_ladder_id = False
        with self.assertRaisesRegex(UserError, "choose a reminder schedule"):
            panel.action_next()
        with self.assertRaisesRegex(UserError, "choose a reminder schedule"):
            panel.action_go_live()
        self.assertEqual(self.company.ar_state, "off")

    def test_no_sender(self):
        panel = self._panel()
        self.company.write({"ar_email": False, "email": False})
        with self.assertRaisesRegex(UserError, "enter the address"):
            panel.action_next()

    def test_negative_limit(self):
        panel = self._panel()
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            panel.ar_first_per_day = -1

    def test_twice(self):
        panel = self._live_panel()
        panel.action_go_live()
        with self.assertRaisesRegex(UserError, "is on already"):
            panel.action_go_live()
        # The menu leads to what can be changed now
        action = self.company.with_user(self.user_manager).action_ar_go_live()
        self.assertEqual(action["name"], "Follow-up settings")
        self.assertEqual(action["res_id"], self.company.id)

    # === WHO MAY === #

    def test_only_credit_managers(self):
        panel = self._panel()
        users = self.user_none + self.user_portal + self.user_collector
        for user in users + self.user_accountant:
            with self.subTest(user=user.name):
                for act in (
                    lambda u=user: self.company.with_user(u).action_ar_go_live(),
                    lambda u=user: self.company.with_user(u).action_ar_live(),
                    lambda u=user: panel.with_user(u).action_go_live(),
                    lambda u=user: (
                        self.env["ar.go.live"]
                        .with_user(u)
                        .create({"company_id": self.company.id})
                    ),
                ):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        act()
        self.assertEqual(self.company.ar_state, "off")

    def test_panel_of_another_company(self):
        other = self.setup_other_company(name="Strangers")["company"]
        Panel = self.env["ar.go.live"].with_user(self.user_manager)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            Panel.create({"company_id": other.id})
        panel = Panel.create({"company_id": self.company.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            panel.write({"company_id": other.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            other.with_user(self.user_manager).action_ar_live()

    # === AFTER THIRTY DAYS === #

    def test_live_is_offered_after_thirty_days(self):
        self._live_panel().action_go_live()
        first, second = self._notices()
        first.with_user(self.user_manager).approve()
        second.with_user(self.user_manager).cancel("not_needed")
        with freeze_time("2026-04-08 10:00:00"):
            self.env["res.company"]._ar_offer_live()
            self.assertFalse(self._offers())
            self.assertFalse(self.company.ar_live_offer)
        self.company.invalidate_recordset()
        with freeze_time("2026-04-09 10:00:00"):
            self.env["ar.notice"]._cron_watch()
            self.env["res.company"]._ar_offer_live()
            offers = self._offers()
            self.assertEqual(len(offers), 1)
            self.assertEqual(offers.user_id, self.company.ar_manager_id)
            text = "1 notices were approved as proposed and 1 were cancelled by hand"
            self.assertIn(text, str(offers.note))
            self.assertIn(text, self.company.ar_live_offer)
            self.company.with_user(self.user_manager).action_ar_live()
            self.assertEqual(self.company.ar_state, "live")
            self.assertFalse(self._offers())
            with self.assertRaisesRegex(UserError, "does not ask"):
                self.company.with_user(self.user_manager).action_ar_live()

    def _offers(self):
        return self.company.partner_id.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("ar_followup_plus.activity_go_live")
            )
        )


class TestLadderForms(SendingCommon):
    """Dragging a step, its text in place, and the preview with a real customer."""

    def setUp(self):
        super().setUp()
        self.own = self.env["ar.ladder"].create(
            {
                "name": "Own",
                "step_ids": [
                    Command.create(
                        {
                            "name": f"Step {day}",
                            "delay_days": day,
                            "mail_template_id": self.env.ref(
                                "ar_followup_plus.mail_template_gentle"
                            ).id,
                        }
                    )
                    for day in (3, 10, 20)
                ],
            }
        )
        self.first, self.second, self.third = self.own.step_ids
        self.invoice = self._invoice(self.customer, 640, 12)

    def _days(self):
        self.own.invalidate_recordset()
        return [(s.name, s.delay_days) for s in self.own.step_ids.sorted("delay_days")]

    def test_a_dragged_step_takes_the_day_of_its_place(self):
        with Form(self.own.with_user(self.user_manager)) as form:
            with form.step_ids.edit(0) as line:
                line.place = 21
        self.assertEqual(
            self._days(), [("Step 10", 3), ("Step 20", 10), ("Step 3", 20)]
        )

    def test_a_day_typed_in_stays(self):
        with Form(self.own.with_user(self.user_manager)) as form:
            with form.step_ids.edit(0) as line:
                line.delay_days = 15
        self.assertEqual(
            self._days(), [("Step 10", 10), ("Step 3", 15), ("Step 20", 20)]
        )

    def test_a_drag_against_the_stages_is_refused(self):
        self.third.stage = "final"
        with (
            self.assertRaisesRegex(ValidationError, "out of order"),
            self.env.cr.savepoint(),
        ):
            with Form(self.own.with_user(self.user_manager)) as form:
                with form.step_ids.edit(1) as line:
                    line.place = 21
        self.assertEqual(self.third.delay_days, 20)

    def test_text_in_place_and_per_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        step = self.first.with_user(self.user_manager)
        self.assertFalse(step.can_edit_text)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            step.mail_subject = "Without the right"
        self.user_manager.group_ids += self.env.ref("mail.group_mail_template_editor")
        step.invalidate_recordset()
        self.assertTrue(step.can_edit_text)
        step.mail_subject = "Your invoices"
        step.with_context(lang="fr_FR").mail_subject = "Vos factures"
        template = self.first.mail_template_id
        self.assertEqual(template.with_context(lang="en_US").subject, "Your invoices")
        self.assertEqual(template.with_context(lang="fr_FR").subject, "Vos factures")
        step.update_field_translations("mail_subject", {"fr_FR": "Les factures"})
        self.assertEqual(template.with_context(lang="fr_FR").subject, "Les factures")
        self.assertIn("Business: Gentle reminder", step.shared_text)

    def test_only_credit_managers_change_a_text(self):
        before = self.first.mail_template_id.subject
        for user in (self.user_collector, self.user_accountant, self.user_none):
            with self.subTest(user=user.name):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.first.with_user(user).mail_subject = "Mine"
        self.assertEqual(self.first.mail_template_id.subject, before)

    def _preview(self, step=None, user=None):
        step = (step or self.first).with_user(user or self.user_manager)
        action = step.action_preview()
        return step.env["ar.message.preview"].browse(action["res_id"])

    def test_preview_with_a_real_customer(self):
        notices = self.env["ar.notice"].search_count([])
        lines = self.env["ar.notice.line"].search_count([])
        self.env["ar.debtor"].refresh()
        preview = self._preview()
        self.assertEqual(preview.debtor_id.partner_id, self.customer)
        self.assertIn(self.invoice.name, preview.message_html)
        self.assertIn("640.00", preview.message_html)
        self.assertIn(self.customer.email, preview.message_html)
        self.assertEqual(self.env["ar.notice"].search_count([]), notices)
        self.assertEqual(self.env["ar.notice.line"].search_count([]), lines)

    def test_preview_beside_a_waiting_notice(self):
        self._plan(None, self.customer)
        waiting = self._notices(self.customer)
        preview = self._preview(waiting.step_id)
        preview.debtor_id = self._debtor(self.customer)
        preview.action_show()
        self.assertIn(self.invoice.name, preview.message_html)
        self.assertEqual(self._notices(self.customer), waiting)

    def test_preview_of_another_customer(self):
        other = self._invoice(self.other, 55, 40)
        preview = self._preview()
        preview.debtor_id = self._debtor(self.other)
        preview.action_show()
        self.assertIn(other.name, preview.message_html)
        self.assertNotIn(self.invoice.name, preview.message_html)
        preview.debtor_id = self._debtor(self._customer("Owes Nothing"))
        with self.assertRaisesRegex(UserError, "owes nothing"):
            preview.action_show()

    def test_preview_sent_to_oneself(self):
        last = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        self._preview().action_send_to_me()
        mail = self.env["mail.mail"].search([("id", ">", last)])
        self.assertEqual(len(mail), 1)
        self.assertIn(self.user_manager.email, mail.email_to)
        self.assertIn(self.invoice.name, mail.body_html)
        self.assertFalse(mail.ar_notice_id)

    def test_a_call_has_no_text(self):
        with self.assertRaisesRegex(UserError, "no text to preview"):
            self._preview(self._step("business_call"))

    def test_preview_of_a_stranger(self):
        """Neither a customer nor a ladder of another company is shown."""
        other = self.setup_other_company(name="Strangers")["company"]
        stranger = (
            self.env["ar.debtor"]
            .with_company(other)
            .for_partner(self.customer.id, other.id)
        )
        preview = self._preview()
        preview.sudo().debtor_id = stranger
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            preview.action_show()
        preview.sudo().debtor_id = self._debtor(self.customer)
        self.own.company_id = other
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            preview.action_show()

    def test_preview_is_for_collectors_alone(self):
        for user in (self.user_none, self.user_portal):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self._preview(user=user)
