"""What would have gone out in some days: replay()."""

from ...engine.decision.forecast import preview
from ...engine.decision.replay import replay
from .engine_common import PLAIN, TODAY, EngineCase, after, before, customer, owe, rules


class TestEngineReplay(EngineCase):
    """All customers together, day by day, from the same decision."""

    def _replay(self, *items_of, first=None, last=TODAY, per_day=None, **settings):
        readings = [
            (customer(id=at), items, PLAIN) for at, items in enumerate(items_of, 1)
        ]
        first = first or before(30)
        return replay(readings, rules(**settings), first, last, per_day)

    def test_one_customer_is_as_in_the_preview(self):
        for late in (0, 5, 20, 50, 90):
            items = [owe(1, 900_00, late), owe(2, 400_00, late + 12)]
            first = before(30)
            found = self._replay(items)
            expected = preview(
                customer(id=1),
                [i for i in items if i.issued <= first] or items,
                PLAIN,
                rules(state="ask", backlog_date=first),
                first,
                30,
            )
            self.assertEqual(
                [(day, contact.step.id) for day, _d, contact in found],
                [(day, contact.step.id) for day, contact in expected],
                late,
            )

    def test_nothing_before_it_was_invoiced(self):
        item = owe(1, 900_00, 2, issued=before(4))
        self.assertEqual(self._replay([item], last=before(5)), [])
        early = owe(1, 900_00, 25, issued=before(6))
        days = [day for day, _d, _c in self._replay([early])]
        self.assertEqual(days[0], before(6))

    def test_so_many_first_notices_a_day(self):
        owing = [[owe(at, 900_00, 100, debtor_id=at)] for at in range(1, 8)]
        found = self._replay(*owing, per_day=3)
        firsts = {}
        for day, debtor, contact in found:
            if contact.first:
                firsts.setdefault(day, []).append(debtor.id)
        self.assertEqual(
            firsts,
            {before(30): [1, 2, 3], before(29): [4, 5, 6], before(28): [7]},
        )

    def test_what_is_held_today_is_held(self):
        items = [owe(1, 900_00, 20)]
        stopped = [(customer(stopped="court"), items, PLAIN)]
        self.assertEqual(replay(stopped, rules(), before(30), TODAY), [])

    def test_what_was_said_before_is_forgotten(self):
        """As if one had begun on that day."""
        item = owe(1, 900_00, 40, taken=17, taken_on=before(35), outbox="proposed")
        [first, *_rest] = self._replay([item])
        self.assertEqual((first[0], first[2].step.stage), (before(30), "gentle"))

    def test_coming_days(self):
        found = self._replay([owe(1, 900_00, -10)], first=TODAY, last=after(30))
        self.assertEqual(
            [(day, contact.step.stage) for day, _d, contact in found],
            [(after(5), "preventive"), (after(13), "gentle"), (after(24), "call")],
        )
