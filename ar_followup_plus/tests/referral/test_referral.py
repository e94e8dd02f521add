"""Referral desk: fees, proposal, approval, the items while they are out."""

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from ...engine.values import Reason
from ...models.dispute.dispute_intake import DisputeIntake
from ...models.late_charge.charge_reader import ChargeReader
from ...models.ledger.asked import asked_for
from ...models.payment_plan.agreement import Agreement
from ...models.portal.answer_commitment import AnswerCommitment
from ...models.portal.customer_page import CustomerPage
from .referral_common import ReferralCommon


class TestReferral(ReferralCommon):
    # === PARTNERS AND FEES === #

    def test_fees_are_checked(self):
        for values, words in (
            ({"percent": 101}, "between 0 and 100"),
            ({"percent": -1}, "between 0 and 100"),
            ({"days_from": 50, "days_to": 20}, "days of a fee"),
            ({"amount_from": 50, "amount_to": 20}, "amounts of a fee"),
            ({"fixed": -1}, "cannot be negative"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.agency.copy({"fee_ids": [Command.create(values)]})
        with (
            self.assertRaisesRegex(ValidationError, "same debt"),
            self.env.cr.savepoint(),
        ):
            self.agency.fee_ids = [Command.create({"days_from": 90, "percent": 1})]
        with (
            self.assertRaisesRegex(ValidationError, "same debt"),
            self.env.cr.savepoint(),
        ):
            self.agency.fee_ids[1].days_from = 90

    # === PROPOSAL === #

    def test_figures_by_hand(self):
        """1,200 at 100 days: 50 %, 25 % commission, 30 for the file."""
        referral = self._propose(self.old, self.young)
        self.assertEqual((referral.amount, referral.gross), (1200, 1200))
        self.assertEqual((referral.days, referral.probability), (100, 50))
        # 600 - 300 × 50 % - 30
        self.assertEqual((referral.fee, referral.fixed, referral.net), (150, 30, 420))
        self.assertTrue(referral.is_worth_it)
        self.assertIn("420", referral.verdict)
        # Without the old one: 40 days, 80 %; 160 - 40 × 80 %
        line = referral.line_ids.filtered(lambda line: line.move_id == self.old)
        line.with_user(self.user_collector).action_leave_out()
        self.assertEqual((referral.days, referral.fee, referral.net), (40, 32, 128))

    def test_fee_eats_the_debt(self):
        small = self._invoice(self.customer, 40, 10)
        referral = self._propose(small)
        self.assertEqual(referral.net, 0)
        self.assertIn("No:", referral.verdict)
        self.assertIn("✗ The expected net amount is positive", referral.checklist)

    def test_other_partners_side_by_side(self):
        self.agency.copy(
            {
                "partner_id": self.other.id,
                "fee_ids": [Command.create({"percent": 10, "success_only": False})],
            }
        )
        referral = self._propose(self.old)
        # 1,000: 500 - 100
        self.assertRegex(referral.comparison, r"Second Customer: \$\s?400\.00 net")

    def test_nothing_to_refer(self):
        later = self._invoice(self.other, 50, -20)
        with self.assertRaisesRegex(UserError, "nothing overdue"):
            self._lines(later).with_user(self.user_collector).action_refer()
        theirs = self._invoice(self.other, 50, 20)
        with self.assertRaisesRegex(UserError, "one customer"):
            self._lines(self.old, theirs).with_user(self.user_collector).action_refer()

    def test_one_open_referral_for_an_item(self):
        self._propose(self.old)
        with self.assertRaisesRegex(UserError, "open referral already"):
            self._propose(self.old)
        # From the customer's form, the others are proposed
        action = self._refer(self.user_collector)
        other = self.env["ar.referral"].browse(action["res_id"])
        self.assertEqual(other.line_ids.move_id, self.young)
        # Also in parallel, where neither sees the other
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            other.sudo().line_ids.move_line_id = self._items(self.old)
            self.env.flush_all()

    # === APPROVAL === #

    def test_checklist(self):
        referral = self._propose(self.old)
        self.assertIn("✗ A final demand or a later notice was", referral.checklist)
        self.assertIn("✓ No open dispute", referral.checklist)
        manager = referral.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "A final demand or a later notice"):
            manager.action_approve()
        with self.assertRaisesRegex(AccessError, "Only a credit manager"):
            referral.with_user(self.user_collector).action_approve()
        with self.assertRaises(AccessError):
            referral.with_user(self.user_collector).override_reason = "I say so"
        manager.override_reason = "They moved abroad"
        manager.action_approve()
        self.assertIn("They moved abroad", referral.message_ids[0].body)

    def test_checklist_of_partner_and_customer(self):
        self.agency.write({"agreement_on": False, "minimum_amount": 2000})
        self.debtor.kind = "consumer"
        self.customer.street = False
        self.debtor.sudo().stop_reason = "court"
        checklist = self._propose(self.old).checklist
        for words in (
            "There is a data-processing agreement",
            "The amount reaches the partner's minimum",
            "The partner takes this kind of customer",
            "Contact is not stopped",
            "The customer's address is known",
        ):
            self.assertIn(f"✗ {words}", checklist)

    def test_final_demand_sent(self):
        notice = self._plan_step()
        self.assertIn("✗ A final demand", self._checklist(self.old))
        self._leave(notice)
        self.assertIn("✓ A final demand", self._checklist(self.old))

    def test_from_the_last_step(self):
        notice = self._plan_step("handover").with_user(self.user_collector)
        action = notice.action_refer()
        referral = self.env["ar.referral"].browse(action["res_id"])
        self.assertEqual(referral.line_ids.move_id, self.old)
        self._pay(self.old)
        with self.assertRaisesRegex(UserError, "open any more"):
            notice.action_refer()

    def _plan_step(self, name="final"):
        """Return a notice about the old invoice that has not left."""
        item = self._items(self.old)
        return (
            self.env["ar.notice"]
            .sudo()
            .create(
                {
                    "debtor_id": self.debtor.id,
                    "company_id": self.company.id,
                    "step_id": self._step(f"business_{name}").id,
                    "channel": "email",
                    "date": self.today,
                    "state": "ready",
                    "line_ids": [
                        Command.create(
                            {
                                "move_line_id": item.id,
                                "move_id": self.old.id,
                                "role": "about",
                                "step_id": self._step(f"business_{name}").id,
                                "date_due": item.date_maturity,
                                "active": True,
                                "taken": True,
                            }
                        )
                    ],
                }
            )
        )

    def _checklist(self, invoice):
        referral = self._propose(invoice)
        checklist = referral.checklist
        referral.with_user(self.user_collector)._end_by_hand("dropped", "For a test")
        return checklist

    def test_figures_are_frozen(self):
        referral = self._out(self.old)
        net = referral.net
        self.agency.fee_ids[1].percent = 90
        self.env["ar.referral"]._watch()
        self.assertEqual(referral.net, net)
        with self.assertRaisesRegex(AccessError, "frozen"):
            referral.with_user(self.user_manager).reason = "Changed"
        with self.assertRaisesRegex(AccessError, "buttons"):
            referral.with_user(self.user_manager).net = 1
        with self.assertRaisesRegex(UserError, "evidence"):
            referral.sudo().unlink()

    def test_order_of_states(self):
        referral = self._propose(self.old).with_user(self.user_manager)
        for act in ("action_send", "action_accept"):
            with self.assertRaisesRegex(UserError, "not possible now"):
                getattr(referral, act)()
        with self.assertRaisesRegex(UserError, "not possible now"):
            referral._end_by_hand("paid", "For a test")

    def test_checklist_once_more_before_sending(self):
        """What became true after the approval is not what a person accepted."""
        referral = self._propose(self.old).with_user(self.user_manager)
        referral.override_reason = "For a test"
        referral.action_approve()
        self.assertIn("announced", referral.sudo().despite.split(","))
        dispute = DisputeIntake(self.debtor).open(
            self.old,
            self.env.ref("ar_followup_plus.ar_dispute_reason_price"),
            text="The price is wrong",
            source="customer",
        )
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "not true any more: No open dispute"):
            referral.action_send()
        self.assertEqual(referral.state, "approved")
        self.assertFalse(self._referred(self.old))
        dispute.sudo().withdraw("It is right")
        referral.action_send()
        self.assertEqual(self._referred(self.old), self.old)

    # === WHILE IT IS OUT === #

    def test_charges_accrue_and_wait(self):
        """The partner claims the item: what accrues is not invoiced beside it."""
        scheme = self._scheme("Nine percent", 9)
        self.company.write(
            {
                "ar_charge_mode": "posted",
                "ar_charge_scheme_id": scheme.id,
                "ar_charge_minimum": 0,
            }
        )
        self.env.flush_all()
        self.assertEqual(self._charged(), self.old | self.young)
        referral = self._out(self.old)
        self.assertEqual(self._charged(), self.young)
        self.assertTrue(self._accrued()[self._items(self.old).id].accrued)
        referral._end_by_hand("recalled", "They pay after all")
        self.env.flush_all()
        self.assertEqual(self._charged(), self.old | self.young)

    def _accrued(self):
        self.env.flush_all()
        today = self.company._ar_today()
        self.reader = ChargeReader(self.env, self.debtor.ids, today, self.company)
        return self.reader.charges

    def _charged(self):
        """Return the invoices on which charges would be invoiced tonight."""
        self._accrued()
        due = self.company._ar_to_charge(self.reader)
        ids = [charge.id for charges in due.values() for charge in charges]
        return self.env["account.move.line"].browse(ids).move_id.sorted("id")

    def test_items_are_left_alone_and_come_back(self):
        before = self._state()
        self.assertFalse(self._referred(self.old, self.young))
        referral = self._propose(self.old).with_user(self.user_manager)
        self.assertFalse(self._referred(self.old, self.young))
        referral.override_reason = "For a test"
        referral.action_approve()
        self.assertFalse(self._referred(self.old, self.young))
        referral.action_send()
        self.assertEqual(self._referred(self.old, self.young), self.old)
        asked = asked_for(self.debtor)
        self.assertEqual(asked[self._items(self.old).id], (0.0, Reason.HANDED_OVER))
        self.assertEqual(asked[self._items(self.young).id].amount, 200)
        referral.action_accept()
        self.assertEqual(self._referred(self.old, self.young), self.old)
        self._plan(None, self.customer)
        lines = self._notices(self.customer).line_ids
        self.assertEqual(lines.filtered("step_id").move_id, self.young)
        referral._end_by_hand("recalled", "They pay after all")
        self.assertFalse(self._referred(self.old, self.young))
        self.assertEqual(self._state(), before)
        self.assertEqual(
            (referral.state, referral.outcome, referral.amount_open),
            ("closed", "recalled", 1000),
        )

    def _state(self):
        """Return all columns of the old invoice's item."""
        self.env.flush_all()
        [row] = [
            row
            for row in self.env.execute_query_dict(
                self.env["ar.open.item"]._query("lookup")
            )
            if row["id"] == self._items(self.old).id
        ]
        return row

    def test_nothing_is_agreed_for_referred_items(self):
        self._out(self.old)
        items = self._lines(self.old)
        items.invalidate_recordset()
        agreement = Agreement(self.debtor.with_user(self.user_collector))
        with self.assertRaisesRegex(ValidationError, "with a referral partner"):
            agreement.propose(items, {"count": 2, "first_on": self._ago(-30)})
        ask = (
            self.env["ar.plan.ask"]
            .with_user(self.user_collector)
            .create({"debtor_id": self.debtor.id})
        )
        self.assertEqual(ask.line_ids.mapped("number"), [self.young.name])
        self.assertEqual(agreement.end_promises().move_id, self.young)
        # Neither by the customer, who reads whom to ask
        page = AnswerCommitment(self.debtor.sudo())
        for act in (page.promise, page.parts):
            with self.assertRaisesRegex(UserError, "Quick Agency handles this"):
                act(items.sudo(), {}, {}, [])

    def test_page_says_who_handles_it(self):
        self._out(self.old)
        page = CustomerPage(self.debtor.sudo())

        def note():
            rows, _credits = page.rows(page.items(full=True))
            return next(
                (row["note"], row["payable"], row["amount"])
                for row in rows
                if row["move_id"] == self.old.id
            )

        self.assertEqual(
            note(),
            (
                "Quick Agency handles this invoice now. Please contact them: "
                "+1 555 0199",
                False,
                0,
            ),
        )
        self.agency.pay_words = "Pay to account 12-3."
        self.assertEqual(
            note()[0], "Quick Agency handles this invoice now. Pay to account 12-3."
        )

    def test_replaced_item_stays_out(self):
        """Editing an invoice may replace its journal items."""
        referral = self._out(self.old)
        referral.sudo().line_ids.move_line_id = False
        self.assertEqual(self._referred(self.old, self.young), self.old)
        self.assertEqual(referral.amount_open, 1000)

    def test_ends(self):
        referral = self._out(self.old)
        with self.assertRaisesRegex(AccessError, "Only a credit manager"):
            referral.with_user(self.user_collector)._end_by_hand("returned", "x")
        with self.assertRaisesRegex(UserError, "Say why"):
            referral._end_by_hand("returned", " ")
        self._pay(self.old)
        with self.assertRaisesRegex(UserError, "nothing to recall"):
            referral._end_by_hand("recalled", "For a test")
        referral._end_by_hand("paid", "All of it")
        self.assertEqual((referral.outcome, referral.recovered), ("paid", 1000))

    def test_returned_can_be_referred_again(self):
        self._out(self.old)._end_by_hand("returned", "Not found")
        self.assertEqual(self._out(self.old).state, "sent")

    def test_people_of_others(self):
        referral = self._propose(self.old)
        for user in (self.user_none, self.user_accountant):
            for act in ("action_approve", "action_end", "action_payment"):
                with self.assertRaises(AccessError):
                    getattr(referral.with_user(user), act)()
        with self.assertRaises(AccessError):
            self._refer(self.user_accountant)

    def _refer(self, user):
        """Propose a referral from the customer's form."""
        return (
            self.env.ref("ar_followup_plus.ar_debtor_action_refer")
            .with_user(user)
            .with_context(active_model="ar.debtor", active_id=self.debtor.id)
            .run()
        )
