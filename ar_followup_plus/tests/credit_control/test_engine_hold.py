"""When orders on credit stop, by hand-made cases."""

from datetime import date, timedelta
from unittest import TestCase

from ...engine.hold import Announced, Hold, Owed, Rule, counted, decide, total
from ...engine.schedule import Calendar

TODAY = date(2026, 3, 10)
RULE = Rule(True, 500, 60, 10)


def owed(amount, late, number=1):
    return Owed(number, TODAY - timedelta(days=late), amount)


class TestEngineHold(TestCase):
    """Watch, warn, hold; never without telling; undone by itself."""

    def _decide(self, *items, now=None, rule=RULE, today=TODAY, **values):
        return decide(now or Hold(), list(items), rule, today, Calendar(), **values)

    def test_the_oldest_first_and_nothing_of_what_is_covered(self):
        late = counted([owed(200, 30, 2), owed(100, 90, 1), owed(0, 50, 3)], TODAY)
        self.assertEqual([one.id for one in late], [1, 2])

    def test_what_is_expected_ends_no_hold(self):
        """A promise, or a payment that is not in the books."""
        promised = owed(0, 84)._replace(expected=900)
        self.assertEqual(self._decide(promised), Hold())
        now = Hold("hold", "rule", TODAY, 900, TODAY)
        self.assertEqual(self._decide(promised, now=now), now)
        warned = now._replace(state="warn")
        self.assertEqual(self._decide(promised, now=warned), Hold())

    def test_not_due_is_not_counted(self):
        self.assertEqual(total(counted([owed(100, 0), owed(100, -5)], TODAY)), 0)

    def test_stages_by_age(self):
        self.assertEqual(self._decide(owed(900, 29)).state, "none")
        self.assertEqual(self._decide(owed(900, 30)).state, "watch")
        self.assertEqual(self._decide(owed(900, 45)).state, "watch")
        self.assertEqual(self._decide(owed(900, 46)).state, "warn")
        self.assertEqual(self._decide(owed(900, 300)).state, "warn")

    def test_below_the_amount_nothing_happens(self):
        self.assertEqual(self._decide(owed(499, 300)).state, "none")

    def test_off_is_off(self):
        found = self._decide(owed(9000, 300), rule=RULE._replace(on=False))
        self.assertEqual(found, Hold())

    def test_warned_with_day_and_amount(self):
        found = self._decide(owed(900, 70, 1), owed(50, 3, 2))
        # Ten working days after Tuesday, 10 March; what is young need not be paid
        self.assertEqual((found.start, found.amount), (date(2026, 3, 24), 900))

    def test_holds_when_told_and_the_day_is_there(self):
        now = self._decide(owed(900, 70))
        later = now.start
        waits = self._decide(owed(900, 84), now=now, today=later)
        self.assertEqual(waits.state, "warn", "not told yet")
        told = now._replace(told=TODAY)
        day_before = later - timedelta(days=1)
        found = self._decide(owed(900, 84), now=told, today=day_before)
        self.assertEqual(found.state, "warn")
        found = self._decide(owed(900, 84), now=told, today=later)
        self.assertEqual(found.state, "hold")

    def test_who_may_not_be_told_is_held_all_the_same(self):
        now = self._decide(owed(900, 70))
        found = self._decide(owed(900, 84), now=now, today=now.start, reachable=False)
        self.assertEqual(found.state, "hold")

    def test_released_by_payment(self):
        now = Hold("hold", "rule", TODAY, 900, TODAY)
        self.assertEqual(self._decide(now=now), Hold())
        self.assertEqual(self._decide(owed(900, 70), now=now).state, "hold")
        young = self._decide(owed(900, 10), now=now)
        self.assertEqual(young, Hold(), "only what is young is left")

    def test_released_by_a_manager_until_a_day(self):
        found = self._decide(owed(900, 300), released=TODAY)
        self.assertEqual(found, Hold())
        yesterday = TODAY - timedelta(days=1)
        found = self._decide(owed(900, 300), released=yesterday)
        self.assertEqual(found.state, "warn")

    def test_a_step_announced_it(self):
        said = TODAY - timedelta(days=9)
        steps = {1: Announced(TODAY + timedelta(days=1), said)}
        found = self._decide(owed(80, 20), steps=steps, rule=Rule())
        self.assertEqual(
            (found.state, found.reason, found.amount, found.told),
            ("warn", "step", 80, said),
        )
        found = self._decide(
            owed(80, 20), steps={1: Announced(TODAY, said)}, rule=Rule()
        )
        self.assertEqual(found.state, "hold")
        self.assertEqual(
            self._decide(owed(80, 20, 2), steps=steps, rule=Rule()), Hold()
        )

    def test_placed_by_a_person(self):
        now = Hold("warn", "person", TODAY, 80)
        self.assertEqual(self._decide(owed(80, 20), now=now).state, "hold")
        self.assertEqual(self._decide(now=now), Hold(), "paid")
        without = Hold("hold", "person", TODAY)
        self.assertEqual(self._decide(now=without).state, "hold", "not about money")
        over = without._replace(until=TODAY - timedelta(days=1))
        self.assertEqual(self._decide(now=over), Hold())

    def test_owes_from_before(self):
        found = self._decide(before=200)
        self.assertEqual(
            found, Hold("warn", "before", date(2026, 3, 24), 200), "told first"
        )
        later = found.start
        self.assertEqual(self._decide(before=200, now=found, today=later), found)
        told = found._replace(told=TODAY)
        self.assertEqual(self._decide(before=200, now=told, today=later).state, "hold")
        self.assertEqual(
            self._decide(before=200, now=found, today=later, reachable=False).state,
            "hold",
        )
        self.assertEqual(self._decide(before=0, now=told), Hold(), "paid")
        self.assertEqual(self._decide(before=200, rule=Rule()), Hold())

    def test_what_is_written_off_goes_on_holding(self):
        now = Hold("hold", "rule", TODAY, 900, TODAY)
        found = self._decide(before=900, now=now)
        self.assertEqual(found, now._replace(reason="before"))
