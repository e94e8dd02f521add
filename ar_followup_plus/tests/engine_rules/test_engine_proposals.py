"""Rule "Approvals": proposals, and what is sent beside them."""

from datetime import date

from odoo.tests import tagged

from ...engine.decision.decide import still_asked
from ...engine.decision.forecast import after_contact
from ...engine.decision.ladder import Ladder
from ...engine.values import Proposal, Reason
from ..engine.engine_common import (
    APPROVED,
    FIRM,
    GENTLE,
    NOTICE,
    STEPS,
    WEEK,
    WITH_APPROVAL,
    EngineCase,
    after,
    before,
    customer,
    lines,
    moved,
    owe,
    run,
)

YESTERDAY = before(1)
#: Thursday 26 February: Friday, Monday, Tuesday 3 March are three working days, so
#: from Wednesday 4 March on nobody waits for it any more.
OLD_ENOUGH = date(2026, 2, 26)


def demand(id=1, amount=1000_00, **values):  # noqa: A002
    """Return an item in a proposed final demand."""
    values = {"taken": 17, "taken_on": before(60), "outbox": "proposed", **values}
    return owe(id, amount, late=91, **values)


def at_firm(id=2, amount=300_00, **values):  # noqa: A002
    """Return an item whose next step is the firm one."""
    return owe(id, amount, late=70, **{"taken": 10, "taken_on": before(40), **values})


@tagged("post_install", "-at_install")
class TestEngineProposals(EngineCase):
    """One proposal for each debtor, brought up to date in place."""

    def ask(self, items, proposed_on=YESTERDAY, step=APPROVED, **settings):
        """Decide for a debtor with a proposal."""
        settings = {"ladder": WITH_APPROVAL, "calendar": WEEK, **settings}
        debtor = customer(proposal=Proposal(step.id, proposed_on), contacted=True)
        return run(items, debtor, **settings)

    def test_proposal_is_the_same_contact_every_day(self):
        # New debts join it, and what stood in it waits for approval.
        items = [demand(), owe(2, 200_00, late=91, taken=17, taken_on=before(40))]
        decision = self.ask(items)
        contact = decision.contacts[0]
        self.assertEqual(len(decision.contacts), 1)
        self.assertIs(contact.step, APPROVED)
        self.assertEqual(lines(contact.about), {1: 1000_00, 2: 200_00})
        verdict = self.verdict(decision, 1)
        self.assertIs(verdict.reason, Reason.AWAITING_APPROVAL)
        self.assertIs(verdict.step, APPROVED)
        self.assertEqual(verdict.amount, 1000_00)
        self.assert_step(decision, 2, APPROVED, 200_00)
        self.assertEqual(still_asked(decision), {1: 1000_00, 2: 200_00})

    def test_young_proposal_holds_lower_steps(self):
        # Proposed on Friday 27 February: Wednesday is the third working day.
        decision = self.ask([demand(), at_firm()], date(2026, 2, 27))
        self.assertEqual(len(decision.contacts), 1)
        # The demand would take item 2 along.
        self.assertEqual(moved(decision.contacts[0]), {1: APPROVED.id, 2: FIRM.id})

    def test_old_proposal_lets_a_gentle_step_leave_alone(self):
        items = [demand(), owe(2, 200_00, late=9)]
        decision = self.ask(items, OLD_ENOUGH)
        first, second = decision.contacts
        self.assertIs(first.step, APPROVED)
        # The customer was written to firmly: there is no gentler letter.
        self.assertIs(second.step, FIRM)
        self.assertEqual(lines(second.about), {2: 200_00})
        # Item 2 is still shown in the proposal, and moves once, not twice.
        self.assertEqual(lines(first.also), {2: 200_00})
        self.assertEqual(moved(first), {1: APPROVED.id})
        self.assertEqual(moved(second), {2: GENTLE.id})
        # What is proposed is not shown in the message that leaves.
        self.assertEqual(second.also, [])

    def test_old_proposal_lets_a_firm_step_leave_alone(self):
        items = [demand(), at_firm(), owe(3, 100_00, late=9)]
        decision = self.ask(items, OLD_ENOUGH)
        first, second = decision.contacts
        self.assertEqual(moved(first), {1: APPROVED.id})
        self.assertIs(second.step, FIRM)
        self.assertEqual(lines(second.about), {2: 300_00})
        self.assertEqual(lines(second.also), {3: 100_00})
        self.assertEqual(moved(second), {2: FIRM.id, 3: GENTLE.id})
        self.assert_step(decision, 2, FIRM)
        self.assert_step(decision, 3, GENTLE)

    def test_beside_a_proposal_minimums_and_channels_hold(self):
        # 24.99 is too little for firm; the proposal's amount does not count for it.
        items = [demand(), at_firm(amount=24_99)]
        self.assertEqual(len(self.ask(items, OLD_ENOUGH).contacts), 1)
        items.append(owe(3, 100_00, late=9))
        second = self.ask(items, OLD_ENOUGH).contacts[1]
        self.assertIs(second.step, FIRM)
        self.assertEqual(lines(second.about), {2: 24_99, 3: 100_00})
        debtor = customer(
            proposal=Proposal(APPROVED.id, OLD_ENOUGH), channels=frozenset(("letter",))
        )
        step = APPROVED._replace(channels=("letter",))
        ladder = Ladder((GENTLE, FIRM, step))
        decision = run(items, debtor, ladder, calendar=WEEK)
        self.assertEqual([c.step.id for c in decision.contacts], [step.id])

    def test_beside_a_proposal_nothing_that_needs_approval(self):
        steps = [s._replace(approval=True) if s is FIRM else s for s in STEPS]
        ladder = Ladder([*steps[:4], APPROVED, *steps[5:]])
        decision = self.ask([demand(), at_firm()], OLD_ENOUGH, ladder=ladder)
        self.assertEqual(len(decision.contacts), 1)

    def test_where_all_is_asked_nothing_leaves_alone(self):
        for state in ("preview", "ask"):
            decision = self.ask(
                [demand(), owe(2, 200_00, late=9)], OLD_ENOUGH, state=state
            )
            self.assertEqual(len(decision.contacts), 1)

    def test_after_the_other_left_the_gap_holds(self):
        debtor = customer(proposal=Proposal(APPROVED.id, OLD_ENOUGH))
        items = [demand(), at_firm()]
        decision = run(items, debtor, WITH_APPROVAL, calendar=WEEK)
        after_debtor, items = after_contact(
            decision.contacts[1], debtor, items, before(0)
        )
        debtor = after_debtor._replace(proposal=debtor.proposal)
        decision = run(items, debtor, WITH_APPROVAL, day=after(1), calendar=WEEK)
        self.assert_silent(decision, Reason.CONTACTED_RECENTLY, after(5))
        # The proposal still stands.
        self.assertEqual(still_asked(decision), {1: 1000_00, 2: 300_00})

    def test_the_proposal_stays_while_another_message_announces_a_day(self):
        # The other left a week ago and announced the next message for next week.
        debtor = customer(proposal=Proposal(APPROVED.id, OLD_ENOUGH))
        items = [
            demand(),
            at_firm(taken=17, taken_on=before(7), date_given=before(0)),
            owe(3, 600_00, late=11, taken=3, taken_on=before(40)),
        ]
        decision = run(items, debtor, WITH_APPROVAL, calendar=WEEK)
        self.assertIs(decision.contacts[0].step, APPROVED)
        self.assertEqual(lines(decision.contacts[0].about), {1: 1000_00})

    def test_while_the_other_is_on_its_way_the_proposal_stands(self):
        items = [demand(), at_firm(taken=17, outbox="ready")]
        decision = self.ask(items, OLD_ENOUGH)
        self.assert_silent(decision, Reason.IN_OUTBOX)
        self.assertEqual(still_asked(decision)[1], 1000_00)

    def test_proposed_items_never_climb(self):
        # Weeks without approval: the final demand, and never the notice above it.
        for day in (before(0), after(28), after(91)):
            decision = self.ask([demand()], OLD_ENOUGH, day=day)
            self.assertEqual([c.step.id for c in decision.contacts], [APPROVED.id])
            self.assertNotEqual(self.verdict(decision).step.id, NOTICE.id)
