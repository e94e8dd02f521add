"""What holds of promises and plans whatever is paid, credited or comes back."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.agreement import (
    RHYTHMS,
    Installment,
    Terms,
    allocate,
    deadline,
    is_met,
    judge,
    paid_of,
    schedule,
    states,
)
from ...engine.decision.decide import decide
from ...engine.schedule import Calendar
from ..engine.engine_common import TODAY
from ..engine.engine_strategies import EXAMPLES, cases

CALENDAR = Calendar()
START = date(2026, 3, 10)
DAY = timedelta(days=1)


@st.composite
def agreements(draw):
    """Draw ``(items, terms)``: amounts of the items, and what was agreed for them."""
    items = draw(st.lists(st.integers(1, 90_000), min_size=1, max_size=4))
    kind = draw(st.sampled_from(("promise", "plan", "plan", "settlement")))
    total = sum(items)
    count = 1
    if kind == "plan":
        count = draw(st.integers(1, min(total, 6)))
    elif kind == "settlement":
        total = max(total * draw(st.integers(10, 90)) // 100, 1)
    rhythm = draw(st.sampled_from(RHYTHMS))
    first = START + draw(st.integers(0, 20)) * DAY
    parts = [
        Installment(*part, False) for part in schedule(total, count, first, rhythm)
    ]
    return items, Terms(kind, tuple(parts), grace_days=draw(st.integers(0, 5)))


#: What happens to an item on a day: (item, days since the start, amount). Above zero
#: is a payment or credit note, below zero a payment that came back.
EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(-90_000, 90_000)),
    max_size=8,
)


def residuals(items, events, until):
    """Return what is open of each item on a day: never below zero."""
    left = list(items)
    for place, offset, amount in sorted(events, key=lambda event: event[1]):
        if offset <= until:
            place %= len(left)
            left[place] = max(left[place] - amount, 0)
    return left


@tagged("post_install", "-at_install")
class TestAgreementProperties(BaseCase):
    @EXAMPLES
    @given(agreements(), EVENTS, st.integers(0, 200))
    def test_paid_and_open_are_the_items(self, agreement, events, offset):
        """Whatever comes and goes back, and whichever installment it counts for."""
        items, terms = agreement
        left = residuals(items, events, offset)
        paid = [paid_of(a, a, r) for a, r in zip(items, left, strict=True)]
        still = [a - p for a, p in zip(items, paid, strict=True)]
        for amount, part, open_amount in zip(items, paid, still, strict=True):
            self.assertTrue(0 <= part <= amount)
            self.assertEqual(part + open_amount, amount)
        amounts = [part.amount for part in terms.installments]
        parts = allocate(amounts, sum(paid))
        self.assertEqual(sum(parts), min(sum(paid), sum(amounts)))
        # The oldest first: none has anything while an earlier one is not full
        for place, part in enumerate(parts[1:], 1):
            if part:
                self.assertEqual(parts[place - 1], amounts[place - 1])

    @EXAMPLES
    @given(agreements(), st.integers(0, 400_000), st.integers(0, 300))
    def test_no_installment_is_both(self, agreement, paid, offset):
        _items, terms = agreement
        day = START + offset * DAY
        found = states(terms, paid, day, CALENDAR)
        parts = allocate([part.amount for part in terms.installments], paid)
        for state, part, (due, amount, _missed) in zip(
            found, parts, terms.installments, strict=True
        ):
            met = is_met(amount, part, terms.small_percent)
            self.assertEqual(state == "paid", met)
            if state == "late":
                self.assertGreater(day, deadline(due, terms.grace_days, CALENDAR))
            if state in ("open", "partly"):
                self.assertLessEqual(day, deadline(due, terms.grace_days, CALENDAR))

    @EXAMPLES
    @given(agreements(), EVENTS)
    def test_night_by_night(self, agreement, events):
        """It ends once, and never badly before the day and the grace have passed."""
        items, terms = agreement
        history = []
        for offset in range(220):
            day = START + offset * DAY
            left = residuals(items, events, offset)
            paid = sum(paid_of(a, a, r) for a, r in zip(items, left, strict=True))
            outcome, places = judge(terms, paid, day, CALENDAR)
            if outcome is None:
                continue
            history.append(outcome)
            for place in places:
                due = terms.installments[place].on
                self.assertGreater(day, deadline(due, terms.grace_days, CALENDAR))
            if outcome == "missed":
                parts = list(terms.installments)
                for place in places:
                    parts[place] = parts[place]._replace(missed=True)
                terms = terms._replace(
                    installments=tuple(parts), cure_until=day + 7 * DAY
                )
            elif outcome == "cured":
                terms = terms._replace(cure_until=None)
            else:
                break
        self.assertLessEqual(history.count("missed"), 1, "the second miss ends it")
        if terms.kind == "plan":
            self.assertIn(history[-1], ("kept", "default"))
            if history[-1] == "default" and "missed" not in history:
                self.assertGreater(len(terms.installments), 1)
        else:
            self.assertEqual(len(history), 1)
            self.assertIn(history[0], ("kept", "partly", "broken"))

    @EXAMPLES
    @given(agreements(), st.integers(0, 90_000), st.integers(0, 60), st.integers(0, 60))
    def test_books_hold_nothing_against_anybody(self, agreement, paid, offset, behind):
        """What the bank does not know yet counts as if that day had not come."""
        _items, terms = agreement
        day = START + offset * DAY
        reach = day - behind * DAY
        outcome, places = judge(terms, paid, day, CALENDAR, reach)
        for place in places:
            due = terms.installments[place].on
            self.assertGreaterEqual(reach, deadline(due, terms.grace_days, CALENDAR))
        if outcome == "kept":
            self.assertEqual(judge(terms, paid, day, CALENDAR)[0], "kept")

    @EXAMPLES
    @given(
        st.integers(1, 10**9),
        st.integers(1, 24),
        st.dates(date(2020, 1, 1), date(2035, 12, 31)),
        st.sampled_from(RHYTHMS),
        st.integers(0, 50),
    )
    def test_schedule(self, total, count, first, rhythm, share):
        """All of it, in equal parts but for the rounding, in order."""
        down = total * share // 100
        if total - down < count:
            with self.assertRaises(ValueError):
                schedule(total, count, first, rhythm, down, first)
            return
        parts = schedule(total, count, first, rhythm, down, first - DAY)
        self.assertEqual(sum(amount for _day, amount in parts), total)
        self.assertTrue(all(amount > 0 for _day, amount in parts))
        days = [day for day, _amount in parts]
        self.assertEqual(days, sorted(set(days)))
        equal = [amount for _day, amount in parts[bool(down) :]]
        self.assertEqual(len(set(equal[:-1])), min(len(equal) - 1, 1))
        self.assertLess(equal[-1] - equal[0], count)

    def test_ends_of_months(self):
        days = [d for d, _a in schedule(300, 3, date(2026, 1, 31), "month")]
        self.assertEqual(
            days, [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
        )
        days = [d for d, _a in schedule(300, 3, date(2027, 12, 5), "month_end")]
        self.assertEqual(
            days, [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29)]
        )

    @EXAMPLES
    @given(cases(), st.sampled_from(("promised", "planned")), st.integers(0, 20))
    def test_not_chased_while_agreed(self, case, name, offset):
        """And once free it is chased at the next step: what was agreed in between
        neither repeats a step nor makes a harsher one come earlier.
        """
        debtor, items, ladder, rules = case
        day = TODAY + offset * DAY
        owed = [item for item in items if item.residual > 0]
        held = [
            item._replace(**{name: item.residual}) if item in owed else item
            for item in items
        ]
        for contact in decide(debtor, held, ladder, rules, day).contacts:
            self.assertFalse(
                [entry for entry in contact.about + contact.also if entry[1] > 0]
            )
        free = decide(debtor, items, ladder, rules, day)
        at_once = [
            item._replace(at_once=True) if item.residual > 0 else item for item in items
        ]
        sooner = decide(debtor, at_once, ladder, rules, day)
        for decision in (free, sooner):
            for contact in decision.contacts:
                for item, _amount, step in contact.about + contact.also:
                    if step is None or item.taken is None:
                        continue
                    self.assertGreater(step.delay, item.taken)
                    between = [
                        s
                        for s in ladder.steps_for(debtor)
                        if item.taken < s.delay < step.delay
                        and not s.profiles
                        and s.stage != "preventive"
                        and s.min_amount == 0
                        and s.channels != ("call",)
                    ]
                    self.assertFalse(between, "the next step, never a harsher one")
