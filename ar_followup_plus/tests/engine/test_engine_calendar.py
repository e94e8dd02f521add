"""Missed nights, a clock set back, and 29 February: what the engine makes of them."""

from datetime import date, timedelta

from odoo.tests import tagged

from ...engine.decision.decide import decide
from ...engine.decision.forecast import after_contact
from ...engine.values import Reason
from .engine_common import (
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    PLAIN,
    TODAY,
    EngineCase,
    after,
    customer,
    owe,
    rules,
)

#: Nights without a run.
MISSED = (1, 7, 40)


@tagged("post_install", "-at_install")
class TestEngineCalendar(EngineCase):
    """Days that are missing, come twice, or are rare."""

    def nights(self, debtor, items, *days):
        """Run on some days, and let all contacts leave.

        :return: ``[(day, step id)]``, the debtor and the items
        """
        found = []
        for day in days:
            decision = decide(debtor, items, PLAIN, rules(), day)
            for contact in decision.contacts:
                found.append((day, contact.step.id))
                debtor, items = after_contact(contact, debtor, items, day)
        return found, debtor, items

    def test_missed_nights_are_caught_up_once(self):
        # The gentle reminder is due today; nobody runs the night for some days.
        for missed in MISSED:
            with self.subTest(missed=missed):
                day = after(missed)
                made, _debtor, _items = self.nights(
                    customer(), [owe(late=3)], day, day, day
                )
                # Once, and not harsher than the first step for however old a debt
                self.assertEqual(made, [(day, GENTLE.id)])

    def test_the_ladder_keeps_its_spacing_after_missed_nights(self):
        for missed in MISSED:
            with self.subTest(missed=missed):
                begin = after(missed)
                every_night = [begin + timedelta(days=n) for n in range(60)]
                made, _debtor, _items = self.nights(
                    customer(), [owe(late=3)], *every_night
                )
                steps = [step for _day, step in made[:4]]
                self.assertEqual(steps, [GENTLE.id, CALL.id, FIRM.id, FINAL.id])
                days = [day for day, _step in made]
                self.assertEqual(days[0], begin)
                delays = (GENTLE.delay, CALL.delay, FIRM.delay, FINAL.delay)
                for number in (1, 2, 3):
                    spacing = delays[number] - delays[number - 1]
                    self.assertGreaterEqual(
                        (days[number] - days[number - 1]).days, spacing
                    )

    def test_nights_missed_between_two_steps(self):
        # The call of day 10 was made; the firm letter of day 17 waits for the night.
        for missed in MISSED:
            with self.subTest(missed=missed):
                item = owe(late=17, taken=CALL.delay, taken_on=TODAY - timedelta(7))
                debtor = customer(contacted=True, last_contact=TODAY - timedelta(7))
                day = after(missed)
                made, debtor, items = self.nights(debtor, [item], day, day)
                self.assertEqual(made, [(day, FIRM.id)])
                # By then day 30 is long past: the final demand keeps its distance
                spacing = FINAL.delay - FIRM.delay
                early = day + timedelta(days=spacing - 1)
                self.assertEqual(self.nights(debtor, items, early)[0], [])

    def test_a_clock_set_back_a_day(self):
        debtor, items = customer(), [owe(late=3)]
        made, debtor, items = self.nights(debtor, items, TODAY)
        self.assertEqual(made, [(TODAY, GENTLE.id)])
        yesterday = TODAY - timedelta(days=1)
        # Yesterday once more, and then today: nothing said twice, nothing lost
        made, debtor, items = self.nights(debtor, items, yesterday, TODAY)
        self.assertEqual(made, [])
        decision = decide(debtor, items, PLAIN, rules(), yesterday)
        self.assertEqual(self.verdict(decision).coming, CALL)
        self.assertIn(
            self.verdict(decision).reason, (Reason.NOT_DUE, Reason.DATE_GIVEN)
        )
        # The ladder goes on when it would have gone on anyway
        plain = self._following(*self.nights(customer(), [owe(late=3)], TODAY)[1:])
        self.assertEqual(self._following(debtor, items), plain)
        self.assertEqual(plain[1], CALL.id)

    def _following(self, debtor, items):
        """Return the next contact of the nights to come."""
        days = [after(n) for n in range(1, 60)]
        return self.nights(debtor, items, *days)[0][0]

    def test_a_clock_set_back_before_the_step(self):
        # The step was not reached on the day before: it comes when it is.
        item = owe(late=3)
        yesterday = TODAY - timedelta(days=1)
        made, _debtor, _items = self.nights(
            customer(), [item], yesterday, yesterday, TODAY
        )
        self.assertEqual(made, [(TODAY, GENTLE.id)])

    # === 29 FEBRUARY === #

    def test_due_on_29_february(self):
        item = owe(due=date(2028, 2, 29), issued=date(2028, 1, 30))
        days = [date(2028, 2, 29) + timedelta(days=n) for n in range(5)]
        made, _debtor, _items = self.nights(customer(), [item], *days)
        self.assertEqual(made, [(date(2028, 3, 3), GENTLE.id)])

    def test_reached_on_29_february(self):
        item = owe(due=date(2028, 2, 26), issued=date(2028, 1, 27))
        days = [date(2028, 2, 27) + timedelta(days=n) for n in range(4)]
        made, _debtor, items = self.nights(customer(), [item], *days)
        self.assertEqual(made, [(date(2028, 2, 29), GENTLE.id)])
        self.assertEqual(items[0].date_given, date(2028, 3, 7))

    def test_a_year_after_29_february(self):
        # 365 days later it is 28 February; one more, and only a person begins.
        item = owe(due=date(2028, 2, 29), issued=date(2028, 1, 30))
        decision = decide(customer(), [item], PLAIN, rules(), date(2029, 2, 28))
        self.assert_contact(decision, GENTLE, {1: 1000_00})
        decision = decide(customer(), [item], PLAIN, rules(), date(2029, 3, 1))
        self.assert_held(decision, 1, Reason.NEEDS_PERSON, None, 366)
