"""What holds whatever the debts, the ladder and the calendar are."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.decision.cover import HELD
from ...engine.decision.decide import (
    decide,
    is_candidate,
    still_asked,
)
from ...engine.decision.forecast import after_contact, preview
from ...engine.decision.ladder import is_quiet, reached_on
from ...engine.values import Reason
from .engine_common import TODAY
from .engine_strategies import EXAMPLES, cases

DAY = timedelta(days=1)


def owed(items):
    """Return the items that are owed."""
    return [item for item in items if item.residual > 0]


def net(items, name="residual"):
    """Return the sum of items, credits that are kept apart aside."""
    return sum(getattr(i, name) for i in items if i.residual > 0 or not i.keep_apart)


def demanded(contact):
    """Return ``[(item, amount)]`` of all that a contact lists as open."""
    return [entry[:2] for entry in contact.about + contact.also + contact.coming]


def taking(contact):
    """Return ``[(item, step)]`` of what takes a step with a contact."""
    return [
        (item, step)
        for item, _amount, step in contact.about + contact.also
        if step is not None
    ]


def nights(case, days):
    """Yield ``(day, debtor, items, contact)`` of runs whose contacts all leave."""
    debtor, items, ladder, rules = case
    for offset in sorted(days):
        day = TODAY + timedelta(days=offset)
        for contact in decide(debtor, items, ladder, rules, day).contacts:
            yield day, debtor, items, contact
            debtor, items = after_contact(contact, debtor, items, day)


DAYS = st.sets(st.integers(0, 90), min_size=1, max_size=12)


@tagged("post_install", "-at_install")
class TestEngineProperties(BaseCase):
    """Never and always, on 500 made-up debtors each."""

    @EXAMPLES
    @given(cases())
    def test_never_a_contact_to_who_owes_nothing_net(self, case):
        debtor, items, ladder, rules = case
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            self.assertGreater(net(items, "residual_company"), 0)
            for item, _amount in demanded(contact):
                mine = [i for i in items if i.currency == item.currency]
                self.assertGreater(net(mine), 0)

    @EXAMPLES
    @given(cases(), DAYS)
    def test_never_the_same_item_and_step_twice(self, case, days):
        done = set()
        for _day, _debtor, _items, contact in nights(case, days):
            for item, step in taking(contact):
                self.assertNotIn((item.id, step.id), done)
                done.add((item.id, step.id))
                if item.taken is not None:
                    self.assertGreater(step.delay, item.taken)

    @EXAMPLES
    @given(cases(calls_with_minimum=False), st.integers(1, 60))
    def test_a_later_date_never_gives_a_lower_step(self, case, later):
        # Calls with a minimum aside: they come back once other debts grow old
        # enough to make them worth it.
        debtor, items, ladder, rules = case
        steps = []
        for day in (TODAY, TODAY + timedelta(days=later)):
            decision = decide(debtor, items, ladder, rules, day)
            steps.append(
                {
                    verdict.item.id: (verdict.step or verdict.coming).delay
                    for verdict in decision.verdicts
                    if verdict.step or verdict.coming
                }
            )
        for item_id, delay in steps[1].items():
            self.assertGreaterEqual(delay, steps[0].get(item_id, delay))

    @EXAMPLES
    @given(cases(most=1), st.integers(1, 60))
    def test_a_later_date_never_gives_a_lower_step_for_one_item(self, case, later):
        debtor, items, ladder, rules = case
        today = decide(debtor, items, ladder, rules, TODAY)
        then = decide(debtor, items, ladder, rules, TODAY + timedelta(days=later))
        if today.contacts and then.contacts:
            self.assertGreaterEqual(
                then.contacts[0].step.delay, today.contacts[0].step.delay
            )

    @EXAMPLES
    @given(cases(), st.randoms(use_true_random=False))
    def test_the_order_of_items_does_not_matter(self, case, random):
        debtor, items, ladder, rules = case
        expected = decide(debtor, items, ladder, rules, TODAY)
        shuffled, bank = list(items), list(debtor.bank)
        random.shuffle(shuffled)
        random.shuffle(bank)
        debtor = debtor._replace(bank=tuple(bank))
        self.assertEqual(decide(debtor, shuffled, ladder, rules, TODAY), expected)

    @EXAMPLES
    @given(cases(), st.integers(1, 30), st.integers(1, 5))
    def test_after_missed_days_exactly_one_contact(self, case, missed, runs):
        # The run of the first day would have made a contact, and however many
        # were missed since, the next one makes one, however often it is repeated.
        debtor, items, ladder, rules = case
        first = decide(debtor, items, ladder, rules, TODAY)
        day = TODAY + timedelta(days=missed)
        made = []
        for _run in range(runs):
            for contact in decide(debtor, items, ladder, rules, day).contacts:
                made.append(contact)
                debtor, items = after_contact(contact, debtor, items, day)
        self.assertLessEqual(len(made), 1)
        lapsed = any(item.due <= day or item.taken is None for item in owed(items))
        if first.contacts and not made and not lapsed:
            self.assertTrue(is_quiet(first.contacts[0].step.stage, day, rules.calendar))

    @EXAMPLES
    @given(cases(), DAYS)
    def test_never_before_the_date_that_we_gave_in_a_gap_or_on_a_quiet_day(
        self, case, days
    ):
        rules = case[3]
        for day, debtor, items, contact in nights(case, days):
            self.assertFalse(is_quiet(contact.step.stage, day, rules.calendar))
            if debtor.last_contact and not any(i.at_once for i in items):
                self.assertGreaterEqual(
                    (day - debtor.last_contact).days, max(rules.gap_days, 1)
                )
            for item, _step in taking(contact):
                if item.date_given and not item.at_once:
                    bound = rules.calendar.add_working(item.date_given, 3)
                    self.assertGreater(day, bound)

    @EXAMPLES
    @given(cases())
    def test_what_is_held_or_covered_is_never_demanded(self, case):
        debtor, items, ladder, rules = case
        decision = decide(debtor, items, ladder, rules, TODAY)
        for contact in decision.contacts:
            for item, amount in demanded(contact):
                held = sum(getattr(item, name) for name, _reason in HELD)
                self.assertLessEqual(amount, item.residual - held)
                self.assertGreater(amount, 0)
                self.assertFalse(item.excluded or item.handed_over)
            for currency in {item.currency for item, _amount in demanded(contact)}:
                self._check_sums(contact, currency, debtor, items)
        for verdict in decision.verdicts:
            self.assertGreaterEqual(verdict.amount, 0)
            self.assertGreaterEqual(verdict.detail, 0)
            if verdict.item.residual > 0:
                self.assertLessEqual(verdict.amount, verdict.item.residual)
        self.assertTrue(all(a > 0 for a in still_asked(decision).values()))

    def _check_sums(self, contact, currency, debtor, items):
        """Check that no more is listed in a currency than is owed in it, net."""
        mine = [item for item in items if item.currency == currency]
        listed = sum(a for item, a in demanded(contact) if item.currency == currency)
        self.assertLessEqual(listed, net(mine))
        if not any(item.excluded or item.handed_over for item in mine):
            at_bank = sum(m.amount for m in debtor.bank if m.currency == currency)
            total = sum(item.residual for item in owed(mine))
            self.assertLessEqual(listed, max(total - at_bank, 0))

    @EXAMPLES
    @given(cases())
    def test_every_item_has_one_verdict_and_one_place(self, case):
        debtor, items, ladder, rules = case
        decision = decide(debtor, items, ladder, rules, TODAY)
        self.assertEqual(
            sorted(v.item.id for v in decision.verdicts), sorted(i.id for i in items)
        )
        about = set()
        for contact in decision.contacts:
            listed = [item.id for item, _amount in demanded(contact)]
            self.assertEqual(len(listed), len(set(listed)))
            about |= {item.id for item, _amount, _step in contact.about}
            self.assertTrue(contact.about)
        for verdict in decision.verdicts:
            # Each has a step, or a reason why not.
            self.assertNotEqual(verdict.step is None, verdict.reason is None)
            if verdict.item.id in about:
                self.assertIsNotNone(verdict.step)
        self.assertEqual(decision.reason is None, bool(decision.contacts))

    @EXAMPLES
    @given(cases())
    def test_nothing_before_its_delay_and_minimum(self, case):
        debtor, items, ladder, rules = case
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            step = contact.step
            self.assertTrue(debtor.channels.intersection(step.channels))
            if step.stage != "preventive":
                days = []
                for item, own in taking(contact):
                    days.append(reached_on(own, item, rules.calendar))
                    # Those that reach the step within a week are taken along
                    self.assertLess(days[-1], TODAY + timedelta(days=7))
                    self.assertGreaterEqual(TODAY, item.due)
                self.assertLessEqual(min(days), TODAY)
            for item, _amount, _step in contact.about:
                if step.stage == "preventive":
                    self.assertLess(TODAY, item.due)
            if step.date_given_days:
                earliest = TODAY + timedelta(days=step.date_given_days)
                self.assertGreaterEqual(contact.date_given, earliest)
                self.assertTrue(rules.calendar.is_working(contact.date_given))
                self.assertFalse(rules.calendar.is_closed(contact.date_given))
            else:
                self.assertIsNone(contact.date_given)

    @EXAMPLES
    @given(cases(plain=True))
    def test_the_first_notice_is_the_first_overdue_step(self, case):
        debtor, items, ladder, rules = case
        items = [i._replace(taken=None, taken_on=None, date_given=None) for i in items]
        debtor = debtor._replace(contacted=False, last_contact=None)
        rules = rules._replace(backlog="first")
        overdue = [s for s in ladder.steps_for(debtor) if s.stage != "preventive"]
        letters = [
            s
            for s in overdue
            if (s.stage != "call" or not s.min_amount)
            and debtor.channels.intersection(s.channels)
        ]
        for contact in decide(debtor, items, ladder, rules, TODAY).contacts:
            self.assertTrue(contact.first)
            if contact.step.stage not in ("preventive", "call"):
                # A call that is not worth making is left out, not climbed over; so is
                # a step whose channels do not reach the customer.
                self.assertEqual(contact.step, letters[0])

    @EXAMPLES
    @given(cases())
    def test_preview_agrees_with_every_morning(self, case):
        debtor, items, ladder, rules = case
        # Where a backlog begins below its age, a step that cannot leave gives way to
        # harsher ones as the age grows: next_on knows no day for that.
        rules = rules._replace(backlog="first")
        expected, by_day = preview(debtor, items, ladder, rules, TODAY, 60), []
        for offset in range(61):
            day = TODAY + timedelta(days=offset)
            for contact in decide(debtor, items, ladder, rules, day).contacts[:1]:
                by_day.append((day, contact))
                debtor, items = after_contact(contact, debtor, items, day)
        self.assertEqual(expected, by_day)

    @EXAMPLES
    @given(cases())
    def test_who_may_not_act_gets_no_contact(self, case):
        # Working days before the due date reach further back than their number.
        debtor, items, ladder, rules = case
        assume(not any(step.working and step.delay < 0 for step in ladder.steps))
        delays = sorted(step.delay for step in ladder.steps)
        if not is_candidate(debtor, items, delays, rules, TODAY):
            self.assertEqual(decide(debtor, items, ladder, rules, TODAY).contacts, [])

    @EXAMPLES
    @given(cases(), st.sampled_from(("court", "insolvency")))
    def test_a_stop_silences_all(self, case, why):
        debtor, items, ladder, rules = case
        debtor = debtor._replace(stopped=why)
        for day in (TODAY, TODAY + 9 * DAY):
            decision = decide(debtor, items, ladder, rules, day)
            self.assertEqual(decision.contacts, [])
            self.assertIs(decision.reason, Reason.CONTACT_STOPPED)
            self.assertEqual(still_asked(decision), {})
