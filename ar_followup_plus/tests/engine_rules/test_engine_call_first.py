"""A key account is written to only after a call."""

from ...engine.decision.ladder import as_call
from ..engine.engine_common import (
    APPROVED,
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    HANDOVER,
    NOTICE,
    PREVENTIVE,
    WITH_APPROVAL,
    EngineCase,
    customer,
    owe,
    run,
)


class TestCallFirst(EngineCase):
    def test_notes_before_the_due_date_stay(self):
        decision = run([owe(late=-5)], customer(call_first=True))
        contact = self.assert_contact(decision, PREVENTIVE, {1: 1000_00})
        self.assertEqual(contact.step.channels, ("email",))

    def test_everything_else_proposes_a_call(self):
        """At its own time, and without a date that nobody gave."""
        for step in (GENTLE, CALL, FIRM, FINAL, NOTICE, HANDOVER):
            taken = step.delay - 1
            item = owe(late=step.delay + 1, taken=taken)
            decision = run([item], customer(call_first=True))
            contact = self.assert_contact(decision, step, {1: 1000_00})
            self.assertEqual(contact.step.channels, ("call",), step.stage)
            self.assertEqual(contact.step.delay, step.delay)
            self.assertIsNone(contact.date_given)
            # Without the flag the same step is written, but for calls
            other = run([item]).contacts[0].step
            self.assertEqual(other.channels, step.channels)

    def test_a_call_needs_no_approval(self):
        """Approval is for what we write; a hand-over still needs a person."""
        item = owe(late=31, taken=17)
        decision = run([item], customer(call_first=True), WITH_APPROVAL)
        self.assertFalse(decision.contacts[0].step.approval)
        self.assertTrue(run([item], None, WITH_APPROVAL).contacts[0].step.approval)
        self.assertTrue(as_call(HANDOVER).approval)
        self.assertFalse(as_call(APPROVED).approval)

    def test_nothing_moves_along_in_a_call(self):
        """What is also open takes its gentle step in writing only."""
        items = [owe(1, late=18, taken=10), owe(2, late=4)]
        decision = run(items, customer(call_first=True))
        contact = self.assert_contact(decision, FIRM, {1: 1000_00}, {2: 1000_00})
        self.assertEqual([step for _i, _a, step in contact.also], [None])

    def test_a_small_debt_is_no_call(self):
        """The minimum of the step holds for its call."""
        item = owe(amount=20_00, late=18, taken=10)
        self.assertEqual(run([item], customer(call_first=True)).contacts, [])
