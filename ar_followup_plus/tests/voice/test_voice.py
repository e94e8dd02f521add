"""One place that knows what customers were told: the log, the budget, the address."""

from datetime import date, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ...models.credit_control.credit_hold import CreditHold
from ...models.customer.responsible import Responsible
from ...models.payment_plan.agreement import Agreement
from ...models.voice.turns import Turns
from ...models.voice.voice import Voice
from .voice_common import VoiceCommon


@tagged("post_install", "-at_install")
class TestVoice(VoiceCommon):
    # === THE LOG === #

    def _log(self, debtor=None):
        rows = self.env["ar.outgoing"].search(
            [("debtor_id", "=", (debtor or self.debtor).id)], order="id"
        )
        return rows.mapped(lambda row: (row.day, row.kind, row.is_automatic))

    def test_each_message_is_noted_once(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        self._morning()
        self.assertEqual(self._log(), [(self.today, "notice", True)])
        with self._at(1):
            self.debtor.send_statement()
        self.assertEqual(self._log()[1:], [(self._day(1), "statement", False)])
        self.assertEqual(self.debtor.last_contact_date, self._day(1))
        with self._at(2):
            self.debtor.log_contact("reached", "They will look into it")
        self.assertEqual(self._log()[2:], [(self._day(2), "call", False)])

    def test_an_unanswered_call_is_no_contact(self):
        with self._at():
            self.debtor.log_contact("no_answer")
        self.assertFalse(self._log())
        self.assertFalse(self.debtor.last_contact_date)

    def test_one_statement_for_many(self):
        counts = []
        for number in (1, 20):
            debtors = self.env["ar.debtor"].sudo()
            for turn in range(number):
                debtors |= self._debtor(self._customer(f"Told {number} {turn}")).sudo()
            self.env.flush_all()
            Voice(debtors).note("page")
            before = self.env.cr.sql_log_count
            Voice(debtors).note("thanks", True)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(debtors.mapped("last_contact_date")), {self.today})
        self.assertEqual(*counts)

    def test_waits_of_many(self):
        counts = []
        for number in (1, 20):
            debtors = self.env["ar.debtor"].sudo()
            for turn in range(number):
                debtors |= self._debtor(self._customer(f"Waits {number} {turn}")).sudo()
            self.env.flush_all()
            Voice(debtors).waits("thanks")
            before = self.env.cr.sql_log_count
            self.assertFalse(Voice(debtors).waits("thanks"))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # === THE BUDGET === #

    def test_budget_is_one_or_more(self):
        for number in (0, -1):
            with self.assertRaisesRegex(ValidationError, "1 or more"):
                self.company.ar_message_budget = number

    def test_day_on_which_another_message_fits(self):
        self.company.ar_message_budget = 2
        for days, free in ((0, False), (5, 30), (31, 35), (36, 61)):
            with self._at(days):
                Voice(self.debtor).note("thanks", True)
            wanted = self._day(free) if free else False
            self.assertEqual(self.debtor.budget_free_on, wanted, days)
        with self._at(37):
            Voice(self.debtor).note("statement")
        self.assertEqual(self.debtor.budget_free_on, self._day(61), "sent by hand")
        with self._at(37):
            self.company.ar_message_budget = 3
        self.assertFalse(self.debtor.budget_free_on)
        with self._at(37):
            self.company.ar_message_budget = 1
        self.assertEqual(self.debtor.budget_free_on, self._day(66))

    def test_budget_holds_what_has_no_deadline(self):
        self.debtor.budget_free_on = self._day(9)
        for kind in ("thanks", "statement", "overpaid", "hold", "reminder", "promise"):
            wait = Voice(self.debtor).waits(kind)[self.debtor.id]
            self.assertEqual((wait.until, wait.why), (self._day(9), "budget"))
        for kind in ("returned", "agreement"):
            self.assertFalse(Voice(self.debtor).waits(kind))

    def test_notice_over_the_budget_is_in_the_next_one(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        notice = self._notices(self.customer, "ready")
        self.debtor.budget_free_on = self._day(9)
        self._morning()
        self.assertFalse(self._days())
        self.assertEqual(notice.state, "cancelled")
        self.assertFalse(notice.line_ids.filtered("taken"))
        self.debtor.budget_free_on = False
        self._night(9)
        self._morning(9)
        self.assertEqual(self._days(), [9])

    def test_final_demand_is_not_held_by_the_budget(self):
        self._invoice(self.customer, 500, 40)
        self._night()
        self._notices(self.customer, "ready").sudo().stage = "final"
        self.debtor.budget_free_on = self._day(9)
        self._morning()
        self.assertEqual(self._days(), [0])

    def test_at_once_is_once(self):
        """After the notice that asked for it at once, the gap holds the next ones."""
        self._invoice(self.customer, 500, 10)
        plan = self._promise()
        plan.line_ids.write(
            {"active": False, "hold": False, "at_once": True, "at_once_on": self.today}
        )
        self._plan(None, self.customer)
        notice = self._notices(self.customer, "ready").sudo()
        Voice(self.debtor).note("call")
        wait = Turns(notice).waits({})[notice]
        self.assertEqual(wait.until, self._day(1), "at once: the next working day")
        self._leave(notice, self.today)
        again = notice.copy({"state": "ready", "date": self._day(9)})
        values = {"notice_id": again.id, "active": False, "taken": False}
        notice.line_ids.copy(values)
        with self._at(9):
            Voice(self.debtor).note("call")
            self.assertEqual(
                Turns(again).waits({})[again].until,
                self._day(9 + self.company.ar_gap_days),
            )

    def test_channels_of_one_step_on_two_days(self):
        """The letter of a step does not wait for the gap after its e-mail."""
        self._invoice(self.customer, 500, 10)
        self._night()
        notice = self._notices(self.customer, "ready").sudo()
        letter = notice.copy({"channel": "letter"})
        self._morning()
        self.assertEqual(notice.state, "sent")
        with self._at(1):
            self.assertFalse(Turns(letter).waits({}))
            Voice(self.debtor).note("call")
            self.assertEqual(Turns(letter).waits({})[letter].why, "day")

    # === ONE ADDRESS, ONE READER === #

    def _twins(self):
        self.other.email = self.customer.email
        self._invoice(self.customer, 500, 10)
        self._invoice(self.other, 300, 10)
        return self._debtor(self.other).sudo()

    def test_notices_to_one_address(self):
        other = self._twins()
        self._night()
        self._morning()
        self.assertEqual((self._days(), self._days(other)), ([0], []))
        self._morning(1)
        self.assertEqual((self._days(), self._days(other)), ([0], [1]))

    def test_statement_to_an_address_that_was_written_to(self):
        other = self._twins()
        self._night()
        self._morning()
        self.assertIn("address", Voice(other).question())
        self.assertEqual(Voice(other).waits("thanks")[other.id].why, "address")

    def test_two_companies_are_two_voices(self):
        second = self._create_company(name="Second Voice")
        self._live(second)
        theirs = self.env["ar.debtor"].sudo().with_company(second)
        theirs = theirs.with_context(allowed_company_ids=second.ids).for_partner(
            self.customer.id, second.id
        )
        Voice(self.debtor).note("thanks", True, {self.debtor.id: [self.customer.email]})
        self.assertTrue(Voice(self.debtor).waits("statement"))
        self.assertFalse(Voice(theirs).waits("statement"))
        self.assertFalse(theirs.last_contact_date)

    # === A PERSON SENDS === #

    def test_a_person_is_asked_with_what_was_sent(self):
        self._invoice(self.customer, 500, 10)
        self._night()
        with self._at(0, 7):
            self.debtor.send_statement()
        self._morning()
        collector = self.debtor.with_user(self.user_collector)
        with self._at(0, 9):
            ask_id = collector.action_send_now()["res_id"]
            ask = self.env["ar.send.now"].with_user(self.user_collector).browse(ask_id)
            self.assertIn("contacted today: Statement", ask.warning)
            ask.action_apply()
        self._morning(0, 10)
        self.assertEqual(self._days(), [0, 0], "they knew, and sent it all the same")
        kinds = [(kind, automatic) for _day, kind, automatic in self._log()]
        self.assertEqual(kinds, [("statement", False), ("notice", False)])

    def test_nobody_is_asked_for_a_code(self):
        """What customers asked for on their page is no contact, for nobody."""
        Voice(self.debtor).note("page", addresses={self.debtor.id: ["a@example.com"]})
        self.assertFalse(Voice(self.debtor).question())

    def test_each_dialog_asks(self):
        invoice = self._invoice(self.customer, 500, 10)
        Voice(self.debtor).note("call")
        ask = self.env["ar.statement.ask"].create({"debtor_ids": [self.debtor.id]})
        self.assertIn("Call or visit", ask.warning)
        copies = self.env["ar.copies.ask"].create({"debtor_id": self.debtor.id})
        self.assertIn("Call or visit", copies.warning)
        other = self._debtor(self.other)
        ask = self.env["ar.statement.ask"].create(
            {"debtor_ids": [self.debtor.id, other.id]}
        )
        self.assertIn("1 of these", ask.warning)
        self.assertTrue(invoice)

    def test_a_button_asks_once(self):
        self._holds()
        self._invoice(self.customer, 900, 70)
        self._warned()
        Voice(self.debtor).note("call")
        collector = self.debtor.with_user(self.user_collector)
        action = collector.action_send_hold_warning()
        self.assertFalse(self._days())
        self.assertEqual(action["res_model"], "ar.contact.again")
        self.assertIn("Call or visit", action["context"]["default_warning"])
        again = self.env["ar.contact.again"].with_user(self.user_collector)
        again = again.with_context(**action["context"]).create({})
        again.action_apply()
        self.assertEqual(self._days(), [0])

    # === THE CLOCK === #

    def test_clock_change_between_planning_and_sending(self):
        """It leaves at 8 by the clock of that day, in summer as in winter."""
        self.company.resource_calendar_id = self._calendar(
            self.company, tz="Europe/Berlin"
        )
        self.company.ar_hour_from = 8
        for day, hour in ((date(2026, 3, 28), 7), (date(2026, 3, 29), 6)):
            self.assertEqual(self.company._ar_opens_at(day).hour, hour)

    # === APPROVED LATE === #

    def test_approval_keeps_what_the_last_message_named(self):
        # Without the call, which is for larger amounts
        self._invoice(self.customer, 400, 10)
        self._step("business_firm").sudo().write(
            {"attach_invoices": False, "attach_statement": False}
        )
        self._night()
        self._morning()
        sent = self._notices(self.customer, "sent")
        self.assertEqual(sent.next_on, sent.announced_day)
        self.assertTrue(sent.next_on)
        named = (sent.next_on - self.today).days
        self.company.ar_state = "ask"
        with self._at(3):
            self._plan(self._day(named), self.customer)
        notice = self._notices(self.customer, "proposed")
        notice.sudo().date = self._day(3)
        with self._at(3):
            message = notice.action_approve()["params"]["message"]
        self.assertIn("The last message to the customer named that day", message)
        self.assertEqual(notice.leaves_at.date(), sent.next_on)
        self._morning(6)
        self.assertEqual(self._days(), [0])
        self._morning(named)
        self.assertEqual(self._days(), [0, named])

    def test_what_was_paid_keeps_no_approval(self):
        invoice = self._invoice(self.customer, 400, 10)
        self._night()
        self._morning()
        sent = self._notices(self.customer, "sent").sudo()
        self.assertEqual(sent._announced(), {self.debtor.id: sent.next_on})
        self._pay(invoice)
        self.assertFalse(sent._announced())

    # === WHO LEFT === #

    def test_collector_leaves(self):
        self.company.ar_manager_id = self.user_manager
        leaver = self.user_collector
        self.company.ar_user_id = leaver
        self.debtor.user_id = leaver
        self.debtor._ar_activity("activity_reply", "Answer: a question")
        leaver.sudo().ar_substitute_id = self.user_manager
        leaver.sudo().active = False
        self.assertEqual(self.debtor.user_id, self.user_manager)
        self.assertEqual(self.company.ar_user_id, self.user_manager)
        self.assertEqual(self.debtor.activity_ids.user_id, self.user_manager)
        self.debtor._ar_activity("activity_reply", "Another one", leaver)
        self.assertNotIn(leaver, self.debtor.activity_ids.user_id)

    def test_nobody_who_left_is_named(self):
        self.debtor.user_id = self.user_collector
        self.env.cr.execute(
            "UPDATE res_users SET active = FALSE WHERE id = %s",
            [self.user_collector.id],
        )
        self.env.invalidate_all()
        self.assertFalse(Responsible(self.debtor).speaker())
        shell = self.env["ar.notice"].new(
            {"debtor_id": self.debtor.id, "company_id": self.company.id}
        )
        self.assertNotIn(self.user_collector.name, shell._sender())
        self.assertNotEqual(
            Responsible(self.debtor).today()[self.debtor.id], self.user_collector
        )

    def test_company_gets_another_collector(self):
        self.company.ar_user_id = self.user_collector
        self.debtor.user_id = self.user_collector
        self.debtor._ar_activity("activity_reply", "Answer: a question")
        self.company.ar_user_id = self.user_manager
        self.assertEqual(self.debtor.user_id, self.user_manager)
        self.assertEqual(self.debtor.activity_ids.user_id, self.user_manager)

    # === THE CREDIT HOLD IS A DEMAND === #

    def _told(self):
        self._cron("deliver")
        return bool(self.debtor.hold_told)

    def _may_be_held(self):
        self._holds()
        invoice = self._invoice(self.customer, 900, 70)
        self._warned()
        return invoice

    def test_hold_is_told(self):
        self._may_be_held()
        self.assertTrue(self._told())
        start = self.debtor.hold_from
        self.assertIn(f"{start:%B} {start.day}, {start.year}", self._body())

    def test_not_beside_a_message_of_another_process(self):
        self._may_be_held()
        Voice(self.debtor).note("statement", True)
        CreditHold(self.debtor)._warn_each()
        self.assertFalse(self.debtor.hold_told)

    def test_not_for_what_was_promised_today(self):
        self._may_be_held()
        self._promise()
        self.assertFalse(self._told())

    def test_not_for_a_small_difference(self):
        self._holds()
        self.company.ar_hold_amount = 0
        invoice = self._invoice(self.customer, 900, 70)
        self._pay(invoice, 898)
        self.debtor.write(
            {
                "hold_state": "warn",
                "hold_reason": "person",
                "hold_from": self._day(5),
                "hold_amount": 2,
            }
        )
        self.assertFalse(self._told())

    def test_not_for_money_at_the_bank(self):
        self._may_be_held()
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": self.today,
                "amount": 900,
                "partner_id": self.customer.id,
                "payment_ref": "Transfer",
            }
        )
        self.assertFalse(self._told())

    def test_not_before_a_date_given_is_over(self):
        self._may_be_held()
        self._plan(self._day(-12), self.customer)
        notice = self._notices(self.customer, "ready")
        self._leave(notice, self._day(-12))
        notice._ar_unlocked().sudo().date_given = self._day(-1)
        self.assertFalse(self._told())
        notice._ar_unlocked().sudo().date_given = self._day(-9)
        self.assertTrue(self._told())

    def test_who_cannot_be_told_is_for_a_person(self):
        self._may_be_held()
        self.customer.write({"email": False, "street": False, "city": False})
        self.assertFalse(self._told())
        names = self.debtor.activity_ids.mapped("summary")
        self.assertTrue([name for name in names if "nobody can be told" in name], names)

    def test_promise_without_small_differences(self):
        self._invoice(self.customer, 500, 10)
        rest = self._invoice(self.customer, 900, 20)
        self._pay(rest, 898)
        self.assertEqual(self._promise().amount, 500)

    # === THE FORM === #

    def test_form_shows_what_waits(self):
        self._invoice(self.customer, 500, 10)
        self.debtor.write({"statement_wanted": "email"})
        self._night()
        with self._at(0, 7):
            Voice(self.debtor).note("call")
        self._morning()
        with freeze_time(f"{self.today} 11:00:00"):
            self.debtor.invalidate_recordset()
            text = self.debtor.next_contact_with
        self.assertIn("03/15/2026", text)
        self.assertIn("the statement", text)

    def test_bare_agreement(self):
        """A promise of a small difference alone stays possible."""
        rest = self._invoice(self.customer, 900, 20)
        self._pay(rest, 898)
        day = self.today + timedelta(days=2)
        self.assertEqual(Agreement(self.debtor).promise(self._open(), day).amount, 2)
