"""Rules "Next step", "Dates bind us", "Invoice received" and "Position kept"."""

from datetime import date

from odoo.tests import tagged

from ...engine.decision.ladder import Ladder, reached_on
from ...engine.schedule import Calendar
from ...engine.values import Reason, Step
from ..engine.engine_common import (
    BUSINESS,
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    PLAIN,
    PREVENTIVE,
    TODAY,
    WEEK,
    EngineCase,
    after,
    before,
    customer,
    owe,
    run,
)


@tagged("post_install", "-at_install")
class TestEngineSteps(EngineCase):
    """The next step of one item."""

    # === DELAYS === #

    def test_delay_is_reached_on_its_day_and_after(self):
        for late, step in ((2, None), (3, GENTLE), (4, GENTLE), (9, GENTLE)):
            with self.subTest(late=late):
                decision = run([owe(late=late)])
                if step:
                    self.assert_contact(decision, step, {1: 1000_00})
                else:
                    verdict = self.assert_held(decision, 1, Reason.NOT_DUE, after(1))
                    self.assertIs(verdict.coming, GENTLE)
                    self.assertIs(decision.next_step, GENTLE)

    def test_due_today_is_not_overdue(self):
        decision = run([owe(late=0)])
        self.assert_silent(decision, Reason.NOT_DUE, after(3))

    def test_preventive_only_while_not_yet_due(self):
        # Due in 6 days: tomorrow. In 5 to 1 days: today. Due today: too late.
        self.assert_silent(run([owe(late=-6)]), Reason.NOT_DUE, after(1))
        for late in (-5, -4, -1):
            with self.subTest(late=late):
                self.assert_contact(run([owe(late=late)]), PREVENTIVE, {1: 1000_00})
        self.assert_held(run([owe(late=0)]), 1, Reason.NOT_DUE, after(3))

    def test_preventive_needs_a_term(self):
        # Issued 13 days before the due date in 5 days: no early note.
        for term, step in ((13, GENTLE), (14, PREVENTIVE)):
            due = after(5)
            item = owe(late=-5, issued=before(term, due))
            verdict = self.verdict(run([item]))
            self.assertIs(verdict.coming or verdict.step, step)
        verdict = self.verdict(run([owe(late=-5, issued=None)]))
        self.assertIs(verdict.coming, GENTLE)

    def test_the_lowest_step_above_the_last_one_comes_next(self):
        for taken, late, step in (
            (None, 200, GENTLE),
            (-5, 200, GENTLE),
            (3, 200, CALL),
            (10, 200, FIRM),
            (17, 200, FINAL),
        ):
            with self.subTest(taken=taken):
                item = owe(late=late, taken=taken, taken_on=before(90))
                self.assert_contact(run([item]), step, {1: 1000_00})

    def test_ladder_done_comes_back_after_ten_working_days(self):
        # Taken on Wednesday 25 February: Wednesday 11 March.
        item = owe(late=200, taken=60, taken_on=before(7))
        decision = run([item], calendar=WEEK)
        self.assert_silent(decision, Reason.LADDER_DONE, after(7))
        self.assert_held(decision, 1, Reason.LADDER_DONE, after(7))
        # From then on it is looked at every day.
        item = owe(late=200, taken=60, taken_on=before(28))
        self.assert_silent(run([item], calendar=WEEK), Reason.LADDER_DONE, before(0))
        self.assert_silent(run([item._replace(taken_on=None)]), Reason.LADDER_DONE)

    def test_a_missed_night_is_caught_up_once(self):
        # Ran on none of the days 3 to 12; on day 12 there is one gentle reminder,
        # and no call although day 10 is over.
        decision = run([owe(late=12)])
        self.assert_contact(decision, GENTLE, {1: 1000_00})

    def test_after_a_catch_up_the_ladder_keeps_its_spacing(self):
        # Gentle (3) left on day 30 only; the call (10) comes seven days later, not
        # the next morning although day 10 is long over.
        item = owe(late=36, taken=3, taken_on=before(6))
        verdict = self.assert_held(run([item]), 1, Reason.NOT_DUE, after(1))
        self.assertIs(verdict.coming, CALL)
        item = owe(late=37, taken=3, taken_on=before(7))
        self.assert_contact(run([item]), CALL, {1: 1000_00})

    def test_due_date_on_a_day_off_counts_as_the_next_working_day(self):
        # Due on Saturday 28 February 2026: Monday 2 March; three days later is
        # Thursday 5 March.
        item = owe(due=date(2026, 2, 28))
        self.assertEqual(reached_on(GENTLE, item, WEEK), date(2026, 3, 5))
        decision = run([item], calendar=WEEK)
        self.assert_held(decision, 1, Reason.NOT_DUE, date(2026, 3, 5))
        # With Monday a holiday: Tuesday, so Friday.
        closed = Calendar(holidays=[date(2026, 3, 2)])
        self.assertEqual(reached_on(GENTLE, item, closed), date(2026, 3, 6))

    def test_delay_in_working_days(self):
        # Due Thursday 26 February: Friday, Monday, Tuesday 3 March.
        step = GENTLE._replace(working=True)
        item = owe(due=date(2026, 2, 26))
        self.assertEqual(reached_on(step, item, WEEK), date(2026, 3, 3))

    def test_negative_delay_in_working_days(self):
        # Five working days before Wednesday 11 March: Wednesday 4 March.
        step = PREVENTIVE._replace(working=True)
        item = owe(due=date(2026, 3, 11), issued=date(2026, 2, 1))
        self.assertEqual(reached_on(step, item, WEEK), TODAY)
        decision = run([item], ladder=Ladder((step, GENTLE)), calendar=WEEK)
        self.assert_contact(decision, step, {1: 1000_00})

    def test_preventive_that_cannot_come_any_more_is_not_announced(self):
        # Due on Sunday 8 March, which counts as Monday: one day before is the
        # Sunday itself, when it is due already.
        step = PREVENTIVE._replace(delay=-1)
        item = owe(due=date(2026, 3, 8), issued=date(2026, 2, 1))
        verdict = self.verdict(
            run([item], ladder=Ladder((step, GENTLE)), calendar=WEEK)
        )
        self.assertIs(verdict.coming, GENTLE)
        self.assertEqual(verdict.on, date(2026, 3, 12))

    # === DATES BIND US === #

    def test_date_given_and_three_working_days(self):
        # Given Friday 27 February: Monday, Tuesday, Wednesday 4 March are the three
        # working days; the next step comes on Thursday 5 March.
        item = owe(late=60, taken=3, taken_on=before(30), date_given=date(2026, 2, 27))
        decision = run([item], calendar=WEEK)
        verdict = self.assert_held(decision, 1, Reason.DATE_GIVEN, date(2026, 3, 5), 0)
        self.assertIs(verdict.coming, CALL)
        self.assert_silent(decision, Reason.DATE_GIVEN, date(2026, 3, 5))
        self.assert_contact(
            run([item], day=date(2026, 3, 5), calendar=WEEK), CALL, {1: 1000_00}
        )

    def test_date_given_skips_holidays(self):
        closed = Calendar(holidays=[date(2026, 3, 2)])
        item = owe(late=60, taken=3, taken_on=before(30), date_given=date(2026, 2, 27))
        self.assert_held(
            run([item], calendar=closed), 1, Reason.DATE_GIVEN, date(2026, 3, 6)
        )

    def test_the_later_of_delay_and_date_decides(self):
        # Taken 3 on day 3; date given until day 5, but the call comes on day 10.
        item = owe(late=4, taken=3, taken_on=before(1), date_given=after(1))
        self.assert_held(run([item]), 1, Reason.NOT_DUE, after(6))

    def test_the_contact_names_the_date(self):
        # Wednesday + 7 = Wednesday 11 March; + 10 = Saturday, so Monday 16 March.
        decision = run([owe(late=5)], calendar=WEEK)
        self.assertEqual(decision.contacts[0].date_given, date(2026, 3, 11))
        item = owe(late=60, taken=17, taken_on=before(20))
        decision = run([item], calendar=WEEK)
        self.assertEqual(decision.contacts[0].date_given, date(2026, 3, 16))

    def test_no_date_given_falls_into_a_closure(self):
        closed = Calendar(closed=[(date(2026, 3, 9), date(2026, 3, 22))])
        decision = run([owe(late=5)], calendar=closed)
        self.assertEqual(decision.contacts[0].date_given, date(2026, 3, 23))

    def test_step_without_days_names_no_date(self):
        item = owe(late=60, taken=3, taken_on=before(20))
        self.assertIsNone(run([item]).contacts[0].date_given)

    # === INVOICE RECEIVED === #

    def test_never_sent(self):
        item = owe(late=30, sent=False)
        decision = run([item], require_sent=True)
        self.assert_silent(decision, Reason.NOT_SENT)
        self.assert_held(decision, 1, Reason.NOT_SENT)
        self.assert_contact(run([item]), GENTLE, {1: 1000_00})

    def test_just_sent(self):
        # Sent yesterday with a due date of last week: seven days to read it.
        item = owe(late=7, sent_on=before(1))
        decision = run([item])
        self.assert_silent(decision, Reason.JUST_SENT, after(6))
        self.assert_held(decision, 1, Reason.JUST_SENT, after(6))
        self.assert_contact(run([item], day=after(6)), GENTLE, {1: 1000_00})

    def test_just_sent_again_holds_harsher_steps_too(self):
        item = owe(late=60, taken=17, taken_on=before(40), sent_on=before(6))
        self.assert_held(run([item]), 1, Reason.JUST_SENT, after(1))
        item = item._replace(sent_on=before(7))
        self.assert_contact(run([item]), FINAL, {1: 1000_00})

    def test_just_sent_does_not_stop_the_note_before_the_due_date(self):
        self.assert_contact(
            run([owe(late=-4, sent_on=before(1))]), PREVENTIVE, {1: 1000_00}
        )

    # === POSITION KEPT === #

    def test_edited_ladder_goes_on_from_the_delay(self):
        # Taken at day 17; the ladder now has steps at 15 and 20: 20 is next.
        edited = Ladder((GENTLE, Step(8, 15, "firm"), Step(9, 20, "final")))
        item = owe(late=60, taken=17, taken_on=before(20))
        decision = run([item], ladder=edited)
        self.assertEqual([c.step.id for c in decision.contacts], [9])

    def test_moved_to_another_ladder_goes_on_from_the_delay(self):
        strict = Ladder(
            (Step(20, 1, "gentle"), Step(21, 12, "firm"), Step(22, 21, "final"))
        )
        item = owe(late=60, taken=12, taken_on=before(20))
        self.assertEqual(run([item], ladder=strict).contacts[0].step.id, 22)
        # ... and back: the firm one at 17 is above 12.
        self.assert_contact(run([item]), FIRM, {1: 1000_00})

    def test_payment_undone_goes_on_from_where_it_stood(self):
        item = owe(late=40, taken=17, taken_on=before(20))
        self.assert_contact(run([item]), FINAL, {1: 1000_00})

    def test_change_of_profile_does_not_repeat_a_stage(self):
        # Had the gentle one at +3 as a regular payer, is now late for the first
        # time (variants at +7 and +21): the call is next, not a second gentle one.
        item = owe(late=60, taken=3, taken_on=before(40))
        first = customer(profile="first_late")
        self.assert_contact(run([item], first, BUSINESS), CALL, {1: 1000_00})
        item = owe(late=60, taken=17, taken_on=before(30))
        verdict = self.verdict(run([item], first, BUSINESS))
        self.assertEqual(verdict.step.delay, 30)

    def test_change_of_profile_does_not_skip_a_stage(self):
        # Had the gentle variant at +7, is regular now: call, then firm at +17.
        item = owe(late=60, taken=7, taken_on=before(40))
        self.assert_contact(run([item], ladder=BUSINESS), CALL, {1: 1000_00})
        item = owe(late=60, taken=10, taken_on=before(40))
        self.assertEqual(self.verdict(run([item], ladder=BUSINESS)).step.delay, 17)

    def test_two_steps_of_a_stage_for_one_profile_both_come(self):
        # A ladder with two gentle reminders for those who are always late.
        chronic = frozenset(("chronic",))
        ladder = Ladder(
            (
                GENTLE._replace(profiles=chronic),
                GENTLE._replace(id=20, delay=8, profiles=chronic),
                FIRM,
            )
        )
        item = owe(late=60, taken=3, taken_on=before(30))
        decision = run([item], customer(profile="chronic"), ladder)
        self.assertEqual(decision.contacts[0].step.id, 20)

    def test_steps_are_sorted_by_delay(self):
        shuffled = Ladder(reversed(PLAIN.steps))
        self.assertEqual(shuffled.steps, PLAIN.steps)
