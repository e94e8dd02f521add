"""The rules of docs/RULES.md, each as what never, or always, happens.

P: in test_engine_properties.py, R: here.

Credits first
    P never a contact to a customer who owes nothing net; P no held or covered amount is
    demanded (with the sums for each currency)
Amounts taken out, Our turn
    P no held or covered amount is demanded; R no item taken out is in a contact
Next step
    P never the same item and step twice; P nothing before its delay; P after missed
    days exactly one contact; R the ladder keeps its own spacing
Dates bind us
    P never before the date that we gave
Invoice received
    R the clock starts when the customer has the invoice
One contact a run
    P every item has one verdict and one place; R lists hold what belongs there
Gentle first notice
    P the first notice is the first overdue step; R too old for a first notice; R no
    first notice beyond the daily limit
Kind and profile
    R kinds and profiles
Brakes, Quiet days, Books up to date, Approvals
    P never in a gap or on a quiet day, nothing before its minimum; R a brake holds
    everybody
Contact stop
    P a stop holds every message
Calls lapse
    R a call never moves the items listed beside it
At once
    R a broken promise never brings a harsher step than the next
Replies pause
    R a reply holds every message
Position kept
    P a later date never gives a lower step; R the position is the delay alone
Proposals stay current
    R a proposal is decided the same again
Referral is proposed
    R hand-over is never told to the customer as the step of another item
"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.decision.cover import company_amount
from ...engine.decision.decide import decide, still_asked
from ...engine.decision.ladder import Ladder
from ...engine.values import Proposal, Reason
from ..engine.engine_common import TODAY
from ..engine.engine_strategies import EXAMPLES, cases
from ..engine.test_engine_properties import DAYS, demanded, nights, taking

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestEngineRules(BaseCase):
    """Never and always, on 500 made-up debtors each."""

    @EXAMPLES
    @given(cases())
    def test_what_is_taken_out_is_in_no_contact(self, case):
        decision = decide(*case, TODAY)
        out = {v.item.id for v in decision.verdicts if v.reason and v.reason.takes_out}
        for contact in decision.contacts:
            for item, _amount in demanded(contact):
                self.assertNotIn(item.id, out)
        self.assertFalse(out.intersection(still_asked(decision)))

    @EXAMPLES
    @given(cases(), DAYS)
    def test_the_ladder_keeps_its_own_spacing(self, case, days):
        for day, _debtor, _items, contact in nights(case, days):
            for item, step in taking(contact):
                if item.taken is not None and item.taken_on and not item.at_once:
                    least = step.delay - item.taken
                    self.assertGreaterEqual((day - item.taken_on).days, least)

    @EXAMPLES
    @given(cases(), st.sampled_from((True, False)))
    def test_the_clock_starts_when_the_customer_has_the_invoice(self, case, strict):
        debtor, items, ladder, rules = case
        items = [item._replace(sent=item.id % 2 == 0) for item in items]
        rules = rules._replace(require_sent=strict)
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            for item, _amount in demanded(contact):
                self.assertTrue(item.sent or not strict)
            if contact.step.stage != "preventive":
                for item, _step in taking(contact):
                    if item.sent_on:
                        self.assertGreaterEqual((TODAY - item.sent_on).days, 7)

    @EXAMPLES
    @given(cases())
    def test_lists_hold_what_belongs_there(self, case):
        for contact in decide(*case, TODAY).contacts:
            for _item, _amount, step in contact.about:
                # A firm letter takes gentle steps in the customer's tone
                if step is not contact.step:
                    self.assertEqual(
                        (contact.step.stage, step.stage), ("firm", "gentle")
                    )
            for item, _amount, step in contact.also:
                self.assertLess(item.due, TODAY)
                self.assertIn(step and step.stage, (None, "gentle", "firm"))
                if step and step.stage == "firm":
                    self.assertIn(contact.step.stage, ("final", "notice"))
            if contact.coming:
                self.assertIn(contact.step.stage, ("preventive", "gentle", "firm"))
            for item, _amount, step in contact.coming:
                self.assertGreaterEqual(item.due, TODAY)
                self.assertIsNone(step)
            self.assertFalse(any(credit.keep_apart for credit in contact.credits))

    @EXAMPLES
    @given(cases(), st.booleans())
    def test_too_old_for_a_first_notice(self, case, allow):
        debtor, items, ladder, rules = case
        debtor = debtor._replace(allow_old=allow)
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            for item, _step in taking(contact):
                if item.taken is None and not allow:
                    self.assertLessEqual((TODAY - item.due).days, rules.old_days)

    @EXAMPLES
    @given(cases())
    def test_no_first_notice_beyond_the_daily_limit(self, case):
        debtor, items, ladder, rules = case
        rules = rules._replace(first_left=0)
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            if contact.first and rules.backlog_date:
                for item, _step in taking(contact):
                    self.assertGreaterEqual(item.due, rules.backlog_date)

    @EXAMPLES
    @given(cases())
    def test_kinds_and_profiles(self, case):
        debtor, items, ladder, rules = case
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            for _item, step in taking(contact):
                self.assertTrue(not step.profiles or debtor.profile in step.profiles)
                if debtor.kind == "public":
                    self.assertNotIn(step.stage, ("final", "notice", "handover"))
        group = debtor._replace(kind="group")
        self.assertEqual(decide(group, items, ladder, rules, TODAY).contacts, [])

    @EXAMPLES
    @given(cases())
    def test_the_minimum_of_a_step_is_met(self, case):
        for contact in decide(*case, TODAY).contacts:
            if contact.step.stage == "preventive":
                continue
            total = sum(
                company_amount(item, amount) for item, amount, _step in contact.about
            )
            if contact.step.channels == ("call",):
                total += sum(
                    company_amount(item, amount) for item, amount, _step in contact.also
                )
            self.assertGreaterEqual(total, contact.step.min_amount)

    @EXAMPLES
    @given(cases(), st.sampled_from(("books", "snooze", "reply", "not_before", "off")))
    def test_a_brake_holds_everything(self, case, brake):
        debtor, items, ladder, rules = case
        later = TODAY + 3 * DAY
        free = decide(debtor, items, ladder, rules, TODAY)
        debtor, rules, reason = {
            "books": (debtor, rules._replace(books_behind=True), Reason.BOOKS_BEHIND),
            "snooze": (debtor._replace(snooze_until=later), rules, Reason.SNOOZED),
            "reply": (debtor._replace(reply_until=later), rules, Reason.WAITING_FOR_US),
            "not_before": (
                debtor._replace(not_before=later),
                rules,
                Reason.CONTACTED_RECENTLY,
            ),
            "off": (debtor, rules._replace(state="off"), Reason.COMPANY_OFF),
        }[brake]
        held = decide(debtor, items, ladder, rules, TODAY)
        self.assertEqual(held.contacts, [])
        if free.contacts:
            self.assertIs(held.reason, reason)

    @EXAMPLES
    @given(cases())
    def test_calls_and_hand_over_move_nothing_beside_them(self, case):
        for contact in decide(*case, TODAY).contacts:
            if contact.step.channels == ("call",) or contact.step.stage == "handover":
                self.assertEqual({s for _i, _a, s in contact.also} - {None}, set())
            for _item, step in taking(contact):
                if step is not contact.step:
                    self.assertIn(step.stage, ("gentle", "firm"))

    @EXAMPLES
    @given(cases(most=1))
    def test_a_broken_promise_is_never_harsher_than_the_next_step(self, case):
        debtor, items, ladder, rules = case
        rules = rules._replace(backlog="first")
        broken = [i._replace(at_once=True) if i.residual > 0 else i for i in items]
        usable = [s for s in ladder.steps_for(debtor) if s.stage != "preventive"]
        for contact in decide(debtor, broken, ladder, rules, TODAY).contacts:
            for item, step in taking(contact):
                above = [
                    s for s in usable if item.taken is None or s.delay > item.taken
                ]
                if step.stage != "preventive":
                    passed = above[: above.index(step)]
                    # Calls not worth making, and variants that were had, aside
                    self.assertTrue(
                        all(s.channels == ("call",) or s.profiles for s in passed)
                    )

    @EXAMPLES
    @given(cases())
    def test_where_an_item_stands_is_its_delay_alone(self, case):
        # The same rungs under other numbers, as after an edit: the same decision
        debtor, items, ladder, rules = case
        other = Ladder([step._replace(id=step.id + 500) for step in ladder.steps])

        def said(used):
            decision = decide(debtor, items, used, rules, TODAY)
            return [
                (c.step.delay, [(i.id, a) for i, a, _s in c.about])
                for c in decision.contacts
            ], [(v.item.id, v.reason, v.amount, v.on) for v in decision.verdicts]

        self.assertEqual(said(other), said(ladder))

    @EXAMPLES
    @given(cases())
    def test_a_proposal_is_decided_the_same_again(self, case):
        # It waits for approval: the next run finds the same contact, not another
        debtor, items, ladder, rules = case
        first = decide(debtor, items, ladder, rules, TODAY)
        if not first.contacts:
            return
        contact = first.contacts[0]
        asked = {item.id for item, _amount, _step in contact.about}
        waiting = [i._replace(outbox="proposed") if i.id in asked else i for i in items]
        debtor = debtor._replace(proposal=Proposal(contact.step.id, TODAY))
        again = decide(debtor, waiting, ladder, rules, TODAY)
        self.assertEqual(len(again.contacts), 1)
        self.assertEqual(again.contacts[0].step, contact.step)
        self.assertEqual(
            [(i.id, a) for i, a, _s in again.contacts[0].about],
            [(i.id, a) for i, a, _s in contact.about],
        )
