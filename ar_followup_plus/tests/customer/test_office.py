"""The collector's day: whose list, what is parked, what is done to several."""

from datetime import date, datetime, time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time

from ..module.backoffice_common import BackOfficeCommon


class OfficeCommon(BackOfficeCommon):
    """Finds debtors as the web client does."""

    def _found(self, name, role="collector"):
        return self.as_user(role)["ar.debtor"].search([(name, "=", True)])

    def _at(self, days):
        """Return a clock that stands at noon so many days from today."""
        return freeze_time(datetime.combine(self._ago(-days), time(12)))

    def _leave_out(self, invoice, until, role="collector", **values):
        wizard = self.as_user(role)["ar.exclude"].create(
            {
                "item_ids": self._items(invoice).ids,
                "reason": "Until the works end",
                "kind": "retention",
                "until": until,
                **values,
            }
        )
        self.rpc(wizard.env, "ar.exclude", "action_apply", wizard.ids)


class TestParked(OfficeCommon):
    """Parked debts do not die."""

    def test_left_out_with_kind_reason_and_end(self):
        self._leave_out(self.invoice, self._ago(-20))
        self.assertTrue(self._items(self.invoice).no_followup)
        [row] = self.rpc(
            self.as_user("collector"),
            "ar.parked",
            "web_search_read",
            [("move_name", "=", self.invoice.name)],
            {
                name: {}
                for name in ("what", "amount", "kind", "reason", "until", "user_id")
            },
        )["records"]
        row.pop("id")
        self.assertEqual(
            row,
            {
                "what": "item",
                "amount": 1250,
                "kind": "retention",
                "reason": "Until the works end",
                "until": self._ago(-20),
                "user_id": self.user_collector.id,
            },
        )

    def test_at_most_ninety_days_but_for_a_manager(self):
        for days in (0, -5, 91):
            with self.assertRaises(ValidationError):
                self._leave_out(self.invoice, self._ago(-days))
        self.assertFalse(self._items(self.invoice).no_followup)
        with self.assertRaises(ValidationError):
            self._leave_out(self.invoice, False)
        self._leave_out(self.invoice, self._ago(-90))
        self._leave_out(self.invoice, self._ago(-400), "manager")
        exclusion = self.env["ar.exclusion"].search(
            [("move_line_id", "=", self._items(self.invoice).id)]
        )
        self.assertEqual(exclusion.until, self._ago(-400))

    def test_snooze_at_most_ninety_days_but_for_a_manager(self):
        debtor = self.debtor.with_user(self.user_collector)
        with self.assertRaisesRegex(ValidationError, "A credit manager may"):
            debtor.snooze(self._ago(-91), "A test")
        debtor.snooze(self._ago(-90), "A test", "absent")
        self.assertEqual(self.debtor.snooze_user_id, self.user_collector)
        parked = self.env["ar.parked"].search(
            [("debtor_id", "=", debtor.id), ("what", "=", "debtor")]
        )
        self.assertEqual((parked.kind, parked.amount), ("absent", 1250))
        self.debtor.with_user(self.user_manager).snooze(self._ago(-200), "A test")
        self.assertEqual(self.debtor.snooze_until, self._ago(-200))

    def test_comes_back_by_itself(self):
        self._leave_out(self.invoice, self._ago(-20))
        line = self._items(self.invoice)
        with self._at(19):
            self.env["ar.exclusion"]._end_over()
            self.assertTrue(line.no_followup)
        with self._at(20):
            self.env["ar.notice"]._cron_watch()
            self.assertFalse(line.no_followup)
            self.env.flush_all()
            [entry] = self._explain(self.late)[self.invoice.name]
            self.assertNotEqual(entry["reason"], "excluded")
        self.assertIn("followed up again", self.debtor.message_ids[0].body)
        self.assertFalse(
            self.env["ar.exclusion"].search([("move_line_id", "=", line.id)])
        )

    def _edit(self, invoice, **values):
        """Reset an invoice, change it, and post it again, as accounting does."""
        invoice = invoice.with_user(self.user_accountant)
        invoice.button_draft()
        invoice.write(values)
        invoice.action_post()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_survives_an_edit_of_the_invoice(self):
        """Sold to a factor until December: no reminder after its date was changed."""
        self._leave_out(
            self.invoice, date(2026, 12, 1), "manager", kind="factor", reason="Sold"
        )
        for values in (
            {"invoice_date_due": self._ago(40)},
            {
                "invoice_line_ids": [
                    Command.update(self.invoice.invoice_line_ids.id, {"quantity": 2})
                ]
            },
            {"invoice_payment_term_id": self._terms((50, 1), (50, 2)).id},
        ):
            self._edit(self.invoice, **values)
            with self.subTest(values=values):
                lines = self._items(self.invoice)
                self.assertEqual(set(lines.mapped("no_followup")), {True})
                self._plan(None, self.late)
                self.assertFalse(self._notices(self.late, "proposed", "ready"))
                found = self._explain(self.late)[self.invoice.name]
                self.assertEqual({row["reason"] for row in found}, {"excluded"})
                parked = self.env["ar.parked"].search(
                    [("move_name", "=", self.invoice.name)]
                )
                self.assertEqual(set(parked.mapped("kind")), {"factor"})
                self.assertEqual(
                    sum(parked.mapped("amount")), sum(lines.mapped("amount_residual"))
                )
        # And it ends as before: on its day, or by a person
        with freeze_time("2026-12-01 12:00:00"):
            self.env["ar.exclusion"]._end_over()
            self.env.flush_all()
            self.assertEqual(set(lines.mapped("no_followup")), {False})
            found = self._explain(self.late)[self.invoice.name]
            self.assertNotIn("excluded", {row["reason"] for row in found})

    def test_followed_up_again_after_an_edit(self):
        before = self.env["ar.exclusion"].search([])
        self._leave_out(self.invoice, self._ago(-20))
        self._edit(self.invoice, invoice_date_due=self._ago(40))
        self._leave_out(self.invoice, False, exclude=False)
        self.assertEqual(self.env["ar.exclusion"].search([]), before)
        self.env.flush_all()
        [entry] = self._explain(self.late)[self.invoice.name]
        self.assertNotEqual(entry["reason"], "excluded")

    def test_what_a_person_said_counts_without_the_mark(self):
        """Whatever becomes of Odoo's own field."""
        self._leave_out(self.invoice, self._ago(-20))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET no_followup = FALSE WHERE id = %s",
            self._items(self.invoice).ids,
        )
        self.env.invalidate_all()
        [entry] = self._explain(self.late)[self.invoice.name]
        self.assertEqual(entry["reason"], "excluded")

    def test_marked_on_the_invoice_itself_is_listed_without_end(self):
        self._items(self.old_invoice).no_followup = True
        self.env.flush_all()
        parked = self.env["ar.parked"].search(
            [("move_name", "=", self.old_invoice.name)]
        )
        self.assertEqual((parked.amount, parked.until), (900, False))

    def test_top_of_the_ladder_comes_back_after_ten_working_days(self):
        partner = self._customer("Top Tannery")
        self._invoice(partner, 500, 6)
        debtor = self._debtor(partner, ladder_id=self.own_ladder.id)
        self._plan(None, partner)
        self._leave(self._notices(partner))
        self._plan(self._ago(-8), partner)
        self.assertEqual(debtor.next_reason, "ladder_done")
        with self._at(8):
            self.assertNotIn(debtor, self._found("needs_person"))
        with self._at(10):
            self.assertIn(debtor, self._found("needs_person"))
            self.assertIn(debtor, self._found("is_today"))

    def test_nothing_is_written_by_hand(self):
        self._park()
        for role in ("collector", "manager"):
            with self.assertRaises(AccessError):
                self.exclusion.with_user(self.users[role]).until = self._ago(-900)


class TestDay(OfficeCommon):
    """Today's list, and who stands in."""

    def test_today_is_as_many_as_a_person_gets_done(self):
        for number in range(4):
            self._invoice(self._customer(f"Small {number}"), 10 + number, 6)
        waits = self._debtor(self._customer("Waiting for us"))
        self._invoice(waits.partner_id, 1, -5)
        waits.sudo().write({"reply_until": self._ago(-5)})
        self.env["ar.debtor"].refresh()
        self.company.ar_worklist_size = 3
        found = self._found("is_today")
        self.assertEqual(len(found), 3)
        self.assertIn(waits, found)  # a person waits: before what only owes much
        self.assertIn(self.debtor, found)
        self.company.ar_worklist_size = 0
        self.assertGreater(len(self._found("is_today")), 6)
        self.debtor.user_id = self.user_manager
        self.assertIn(self.debtor, self._found("is_today"))  # whose own are none
        self._debtor(self.old).user_id = self.user_collector
        self.assertNotIn(self.debtor, self._found("is_today"))
        self.assertIn(self.debtor, self._found("is_today", "manager"))

    def test_substitute_sees_the_list_and_gets_what_comes(self):
        self.debtor.user_id = self.user_manager
        self.user_manager.sudo().ar_substitute_id = self.user_collector
        self.assertNotIn(self.debtor, self._found("is_mine"))
        self.user_manager.sudo().write(
            {"ar_away_from": self._ago(1), "ar_away_until": self._ago(-3)}
        )
        self.assertIn(self.debtor, self._found("is_mine"))
        self.assertIn(self.debtor, self._found("is_mine", "manager"))
        self.debtor._ar_activity("activity_reply", "Answer: a question")
        self.assertEqual(self.debtor.activity_ids.user_id, self.user_collector)
        with self._at(4):
            self.assertNotIn(self.debtor, self._found("is_mine"))
            self.assertEqual(self.debtor.in_charge_id, self.user_manager)
        # One chosen for the customer comes first
        self.debtor.substitute_id = self.user_accountant
        self.assertEqual(self.debtor.in_charge_id, self.user_accountant)
        self.assertNotIn(self.debtor, self._found("is_mine"))

    def test_one_open_activity_of_a_kind(self):
        for subject in ("One", "Two"):
            self.debtor._ar_activity("activity_reply", subject)
        self.assertEqual(self.debtor.activity_ids.mapped("summary"), ["Two"])

    def test_long_late(self):
        old = self._debtor(self.old)
        self.assertEqual(self._found("is_long_late"), old)
        self.company.ar_late_days = 45
        self.assertFalse(self._found("is_long_late"))


class TestSeveral(OfficeCommon):
    """Buttons on several customers: what can be done is done, the rest is said."""

    def test_approve_those_one_may(self):
        env = self.as_user("collector")
        both = (self.debtor + self._debtor(self.old)).ids
        answer = self.rpc(env, "ar.debtor", "action_approve_notices", both)
        self.assertEqual(self.notice.state, "ready")
        self.assertEqual(self.final_notice.state, "proposed")
        self.assertIn("Only a credit manager", answer["params"]["message"])
        with self.assertRaises(UserError):
            self.rpc(env, "ar.debtor", "action_approve_notices", both[:1])

    def test_statements(self):
        env = self.as_user("collector")
        nothing = self._debtor(self.other)
        both = (self.debtor + nothing).ids
        with self.allow_pdf_render():
            answer = self.rpc(env, "ar.debtor", "action_send_statements", both)
        self.assertEqual(self.debtor.last_contact_date, self.today)
        self.assertIn("nothing to send", answer["params"]["message"])
        action = self.rpc(env, "ar.debtor", "action_print_statements", both)
        ask = env["ar.statement.ask"].with_context(**action["context"]).create({})
        with self.allow_pdf_render():
            answer = self.rpc(env, "ar.statement.ask", "action_print", ask.ids)
        self.assertIn("nothing to send", answer["params"]["message"])
        file = answer["params"]["next"]["url"].split("/")[3].split("?")[0]
        self.assertTrue(env["ir.attachment"].browse(int(file)).raw.startswith(b"%PDF"))

    def test_assign(self):
        both = self.debtor + self._debtor(self.old)
        self.rpc(
            self.as_user("collector"), "ar.debtor", "action_assign_to_me", both.ids
        )
        self.assertEqual(both.user_id, self.user_collector)

    def test_send_now(self):
        env = self.as_user("collector")
        action = self.rpc(env, "ar.debtor", "action_send_now", self.debtor.ids)
        wizard = env["ar.send.now"].browse(action["res_id"])
        self.assertEqual(wizard.notice_ids, self.notice.with_env(env))
        self.assertFalse(wizard.warning)
        self.debtor.sudo().last_contact_date = self._ago(2)
        wizard.invalidate_recordset()
        self.assertIn("was contacted on", wizard.warning)
        self.rpc(env, "ar.send.now", "action_apply", wizard.ids)
        self.assertEqual(self.notice.state, "ready")
        self.assertEqual(self.notice.approved_by, self.user_collector)

    def test_send_now_says_why_not(self):
        env = self.as_user("collector")
        with self.assertRaisesRegex(UserError, "Nothing is due for Said Sawmill"):
            self.rpc(env, "ar.debtor", "action_send_now", self._debtor(self.said).ids)
        self.debtor.stop_contact("court")
        with self.assertRaisesRegex(UserError, "stopped"):
            self.rpc(env, "ar.debtor", "action_send_now", self.debtor.ids)

    def test_stop_holds_a_dialog_that_is_open(self):
        env = self.as_user("collector")
        wizard = env["ar.send.now"].create({"debtor_id": self.debtor.id})
        self.debtor.stop_contact("court")
        with self.assertRaisesRegex(UserError, "stopped"):
            self.rpc(env, "ar.send.now", "action_apply", wizard.ids)
        self.assertEqual(self.notice.state, "cancelled")


class TestBehaviour(OfficeCommon):
    """How they pay, from the ledger."""

    def _text(self, partner):
        debtor = self._debtor(partner)
        self.env.flush_all()
        self.env.invalidate_all()
        words = str(debtor.with_user(self.user_collector).behaviour)
        return " ".join(words.replace("<b>", "").replace("</b>", "").split())

    def test_paid_late_and_on_time(self):
        late = self._invoice(self.other, 900, 30)
        self._pay(late, on=self._ago(20))
        good = self._invoice(self.other, 100, 30)
        self._pay(good, on=self._ago(30))
        text = self._text(self.other)
        self.assertIn("50 % of 2 paid on time", text)
        self.assertIn("on average 9 days late", text)
        paid = text.split("Last payments")[1]
        self.assertIn("$", paid)
        self.assertRegex(paid, r"\d,</span> <span")
        self.assertNotIn(" ,", paid)

    def test_what_was_only_credited_says_nothing(self):
        invoice = self._invoice(self.other, 900, 30)
        self._credit(self.other, 900, of=invoice, match=True)
        self.assertIn("Nothing was paid", self._text(self.other))

    def test_long_ago_does_not_count(self):
        invoice = self._invoice(self.other, 900, 500)
        self._pay(invoice, on=self._ago(400))
        self.assertIn("Nothing was paid", self._text(self.other))


class TestStanding(OfficeCommon):
    """What other screens say of the follow-up, and to whom."""

    def test_on_the_customer(self):
        for role in ("collector", "accountant"):
            env = self.as_user(role)
            [row] = self.rpc(
                env, "res.partner", "web_read", self.said.ids,
                {"ar_standing": {}, "ar_balances": {}},
            )  # fmt: skip
            self.assertIn("sent on", row["ar_standing"])
            self.assertNotIn("next:", row["ar_standing"])  # nothing decided since
            self.assertIn("400.00", row["ar_balances"])
        arch = self.rpc(
            self.as_user("none"), "res.partner", "get_views", [(False, "form")]
        )["views"]["form"]["arch"]
        self.assertNotIn("ar_standing", arch)
        self.assert_refused(
            lambda: self.rpc(
                self.as_user("none"), "res.partner", "read", self.said.ids,
                ["ar_standing"],
            )
        )  # fmt: skip

    def test_on_the_invoice(self):
        env = self.as_user("accountant")
        [said, late] = self.rpc(
            env, "account.move", "web_read", (self.said_invoice + self.invoice).ids,
            {"ar_standing": {}},
        )  # fmt: skip
        self.assertIn(self.sent_notice.step_id.name, said["ar_standing"])
        self.assertFalse(late["ar_standing"])  # only proposed: nothing was said

    def test_lists_do_not_ask_for_it(self):
        env = self.as_user("accountant")
        for model in ("res.partner", "account.move"):
            arch = self.rpc(env, model, "get_views", [(False, "list")])
            self.assertNotIn("ar_standing", arch["views"]["list"]["arch"])
