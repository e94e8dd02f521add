"""Rules "Brakes" to "Replies pause": what holds a contact that would be due."""

from datetime import date

from odoo.tests import tagged

from ...engine.decision.decide import still_asked
from ...engine.decision.ladder import Ladder
from ...engine.schedule import Calendar
from ...engine.values import Reason
from ..engine.engine_common import (
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    PREVENTIVE,
    TODAY,
    USD,
    WEEK,
    EngineCase,
    after,
    before,
    customer,
    moved,
    owe,
    run,
)


def at(step, amount=1000_00, id=1, **values):  # noqa: A002
    """Return an item whose next step is this one, reached and well spaced."""
    below = {GENTLE: None, CALL: 3, FIRM: 10, FINAL: 17}[step]
    values = {"taken": below, "taken_on": below and before(60), **values}
    return owe(id, amount, late=91, **values)


@tagged("post_install", "-at_install")
class TestEngineBrakes(EngineCase):
    """Brakes on the whole debtor, minimums, quiet days."""

    # === GAP === #

    def test_gap_between_contacts(self):
        for ago, free in ((0, False), (1, False), (4, False), (5, True), (6, True)):
            with self.subTest(ago=ago):
                decision = run([at(FIRM)], customer(last_contact=before(ago)))
                if free:
                    self.assert_contact(decision, FIRM, {1: 1000_00})
                else:
                    on = after(5 - ago)
                    self.assert_silent(decision, Reason.CONTACTED_RECENTLY, on)
                    verdict = self.assert_held(
                        decision, 1, Reason.CONTACTED_RECENTLY, on
                    )
                    self.assertIs(verdict.coming, FIRM)

    def test_without_a_gap_still_one_contact_a_day(self):
        debtor = customer(last_contact=TODAY)
        decision = run([at(FIRM)], debtor, gap_days=0)
        self.assert_silent(decision, Reason.CONTACTED_RECENTLY, after(1))
        self.assertTrue(run([at(FIRM)], debtor, gap_days=0, day=after(1)).contacts)

    def test_what_is_on_its_way_is_a_contact_too(self):
        # A notice about item 1 waits for sending hours, and plan() runs again: no
        # second notice about item 2.
        for outbox in ("ready", "sending"):
            with self.subTest(outbox):
                items = [at(FIRM, outbox=outbox), at(GENTLE, id=2)]
                decision = run(items)
                self.assert_silent(decision, Reason.IN_OUTBOX)
                self.assert_held(decision, 1, Reason.IN_OUTBOX)
                self.assert_held(decision, 2, Reason.OTHER_STEP)
        # A failed one waits for a person; the others go on.
        items[0] = at(FIRM, outbox="failed")
        decision = run(items)
        self.assert_contact(decision, GENTLE, {2: 1000_00})
        self.assert_held(decision, 1, Reason.IN_OUTBOX)

    def test_not_before(self):
        decision = run([at(FIRM)], customer(not_before=after(1)))
        self.assert_silent(decision, Reason.CONTACTED_RECENTLY, after(1))
        self.assertTrue(run([at(FIRM)], customer(not_before=TODAY)).contacts)

    def test_preventive_once_a_week(self):
        item = owe(1, late=-4)
        debtor = customer(last_preventive=before(6), last_contact=before(6))
        decision = run([item], debtor)
        self.assert_silent(decision, Reason.CONTACTED_RECENTLY, after(1))
        self.assertTrue(run([item], debtor, day=after(1)).contacts)
        # Due before the week is over: the verdict changes on the due date.
        item = owe(1, late=-2)
        debtor = customer(last_preventive=before(1), last_contact=before(9))
        self.assert_held(
            run([item], debtor), 1, Reason.CONTACTED_RECENTLY, after(2), 1000_00
        )
        # It does not stop an overdue step.
        self.assertTrue(run([owe(1, late=4)], debtor).contacts)

    # === SNOOZE, REPLY, BOOKS === #

    def test_snoozed(self):
        decision = run([at(FIRM)], customer(snooze_until=after(3)))
        self.assert_silent(decision, Reason.SNOOZED, after(3))
        self.assert_held(decision, 1, Reason.SNOOZED, after(3))
        self.assertTrue(run([at(FIRM)], customer(snooze_until=TODAY)).contacts)

    def test_a_reply_pauses(self):
        decision = run([at(FIRM)], customer(reply_until=after(5)))
        self.assert_silent(decision, Reason.WAITING_FOR_US, after(5))
        self.assert_held(decision, 1, Reason.WAITING_FOR_US, after(5))
        self.assertTrue(run([at(FIRM)], customer(reply_until=TODAY)).contacts)

    def test_books_behind(self):
        decision = run([at(FIRM)], books_behind=True)
        self.assert_silent(decision, Reason.BOOKS_BEHIND)
        self.assert_held(decision, 1, Reason.BOOKS_BEHIND)

    # === CONTACT STOP, SAFE START === #

    def test_contact_stop_is_stronger_than_everything(self):
        items = [at(FIRM), owe(2, late=1), owe(3, late=30, disputed=1000_00)]
        for settings in ({}, {"state": "off"}, {"books_behind": True}):
            decision = run(
                items,
                customer(stopped="insolvency", snooze_until=after(2)),
                **settings,
            )
            self.assert_silent(decision, Reason.CONTACT_STOPPED)
            for item_id in (1, 2):
                verdict = self.assert_held(decision, item_id, Reason.CONTACT_STOPPED)
                self.assertEqual(verdict.amount, 0)
            self.assertEqual(still_asked(decision), {})

    def test_company_off(self):
        decision = run([at(FIRM)], state="off")
        self.assert_silent(decision, Reason.COMPANY_OFF)
        self.assert_held(decision, 1, Reason.COMPANY_OFF)

    def test_preview_ask_and_live_decide_alike(self):
        for state in ("preview", "ask", "live"):
            self.assert_contact(run([at(FIRM)], state=state), FIRM, {1: 1000_00})

    # === MINIMUM === #

    def test_minimum_is_the_sum_at_or_above(self):
        for amount, reached in ((24_99, False), (25_00, True)):
            decision = run([at(FIRM, amount)])
            if reached:
                self.assert_contact(decision, FIRM, {1: amount})
            else:
                self.assert_silent(decision, Reason.BELOW_MINIMUM)
                self.assert_held(decision, 1, Reason.BELOW_MINIMUM, None, amount)
        # Twelve small invoices are one debt.
        items = [at(FIRM, 2_50, id=n) for n in range(1, 13)]
        self.assertEqual(len(run(items).contacts[0].about), 12)

    def test_minimum_then_the_next_lower_step_that_qualifies(self):
        # 40.00 at the final demand (50.00) is too little for it; 30.00 are enough for
        # the firm step (25.00).
        items = [at(FINAL, 40_00), at(FIRM, 30_00, id=2)]
        decision = run(items)
        contact = self.assert_contact(decision, FIRM, {2: 30_00}, also={1: 40_00})
        self.assertEqual(moved(contact), {2: FIRM.id})
        self.assert_held(decision, 1, Reason.BELOW_MINIMUM, None, 40_00)

    def test_a_small_rest_is_never_written_about_alone(self):
        # Nobody is asked for 10.00 because 40.00 wait for a higher minimum.
        items = [at(FINAL, 40_00), at(FIRM, 10_00, id=2)]
        decision = run(items)
        self.assert_silent(decision, Reason.BELOW_MINIMUM)
        self.assert_held(decision, 1, Reason.BELOW_MINIMUM, None, 40_00)
        self.assert_held(decision, 2, Reason.BELOW_MINIMUM, None, 10_00)

    def test_minimum_is_in_company_currency(self):
        # 12.49 USD = 24.98 EUR, 12.50 USD = 25.00 EUR.
        self.assert_silent(run([at(FIRM, 12_49, currency=USD)]), Reason.BELOW_MINIMUM)
        self.assertTrue(run([at(FIRM, 12_50, currency=USD)]).contacts)

    def test_call_below_its_minimum_does_not_hold_up_the_letter(self):
        # 499.99 is too little for a call: firm comes at day 17, spaced from gentle.
        item = owe(1, 499_99, late=91, taken=3, taken_on=before(14))
        self.assert_contact(run([item]), FIRM, {1: 499_99})
        item = item._replace(taken_on=before(13))
        verdict = self.assert_held(run([item]), 1, Reason.NOT_DUE, after(1))
        self.assertIs(verdict.coming, FIRM)
        item = owe(1, 500_00, late=91, taken=3, taken_on=before(13))
        self.assert_contact(run([item]), CALL, {1: 500_00})

    def test_call_counts_what_is_above_it(self):
        items = [at(CALL, 100_00), at(FINAL, 400_00, id=2)]
        decision = run(items)
        self.assert_contact(decision, FINAL, {2: 400_00}, also={1: 100_00})
        self.assertIs(self.verdict(decision, 1).coming, CALL)

    def test_poor_call_is_left_out_only_where_it_is_reached(self):
        # 100.00 are too little for a call today; the 900.00 reach it in two days,
        # and then both are spoken about.
        items = [
            owe(1, 100_00, late=20, taken=3, taken_on=before(8)),
            owe(2, 900_00, late=9, taken=3, taken_on=before(5)),
        ]
        decision = run(items)
        self.assertIs(self.verdict(decision, 1).coming, FIRM)
        self.assertIs(self.verdict(decision, 2).coming, CALL)
        self.assert_silent(decision, Reason.NOT_DUE, after(2))
        self.assert_contact(run(items, day=after(2)), CALL, {1: 100_00, 2: 900_00})

    def test_early_note_below_its_minimum_ends_with_the_due_date(self):
        decision = run([owe(1, 99_99, late=-2)])
        self.assert_silent(decision, Reason.BELOW_MINIMUM, after(2))

    def test_two_poor_calls_are_left_out_lowest_first(self):
        # 300 at the first call (minimum 700), 300 at the second (500). Without the
        # first one, 600 are at the second, which is then worth making.
        low = CALL._replace(min_amount=700_00)
        high = CALL._replace(id=20, delay=20)
        ladder = Ladder((GENTLE, low, high, FINAL))
        items = [
            owe(1, 300_00, late=91, taken=3, taken_on=before(60)),
            owe(2, 300_00, late=91, taken=10, taken_on=before(60)),
        ]
        self.assert_contact(run(items, ladder=ladder), high, {1: 300_00, 2: 300_00})

    # === CHANNELS === #

    def test_no_contact(self):
        decision = run([at(FIRM)], customer(channels=frozenset()))
        self.assert_silent(decision, Reason.NO_CONTACT)
        self.assertIs(self.verdict(decision).reason, Reason.NO_CONTACT)
        self.assertIs(self.verdict(decision).coming, FIRM)

    def test_other_channel_of_the_step_will_do(self):
        step = FIRM._replace(channels=("email", "letter"))
        ladder = Ladder((GENTLE, CALL, step))
        debtor = customer(channels=frozenset(("letter", "call")))
        self.assert_contact(run([at(FIRM)], debtor, ladder), step, {1: 1000_00})

    def test_without_channel_the_next_lower_step(self):
        # No e-mail: the firm one cannot leave, a call about the other can.
        debtor = customer(channels=frozenset(("call",)))
        items = [at(FIRM), at(CALL, id=2)]
        decision = run(items, debtor)
        contact = self.assert_contact(decision, CALL, {2: 1000_00}, also={1: 1000_00})
        self.assertEqual(moved(contact), {2: CALL.id})
        self.assertIs(self.verdict(decision, 1).reason, Reason.NO_CONTACT)

    # === QUIET DAYS === #

    def test_weekend_and_holiday(self):
        for day, free in (
            (date(2026, 3, 7), date(2026, 3, 9)),  # Saturday
            (date(2026, 3, 8), date(2026, 3, 9)),
            (date(2026, 3, 12), date(2026, 3, 13)),  # a holiday, a Thursday
        ):
            calendar = Calendar(holidays=[date(2026, 3, 12)])
            decision = run([at(GENTLE)], day=day, calendar=calendar)
            self.assert_silent(decision, Reason.QUIET_DAY, free)
            verdict = self.assert_held(decision, 1, Reason.QUIET_DAY, free)
            self.assertIs(verdict.coming, GENTLE)

    def test_final_demands_leave_monday_to_thursday(self):
        for day, loud in ((5, True), (6, False), (9, True)):
            decision = run([at(FINAL)], day=date(2026, 3, day), calendar=WEEK)
            if loud:
                self.assert_contact(decision, FINAL, {1: 1000_00})
            else:
                self.assert_silent(decision, Reason.QUIET_DAY, date(2026, 3, 9))
        self.assertTrue(run([at(FIRM)], day=date(2026, 3, 6), calendar=WEEK).contacts)

    def test_lower_steps_wait_for_the_quiet_day_to_end(self):
        # Friday: a gentle one today would push Monday's demand back by the gap.
        items = [at(FINAL), at(GENTLE, id=2)]
        decision = run(items, day=date(2026, 3, 6), calendar=WEEK)
        self.assert_silent(decision, Reason.QUIET_DAY, date(2026, 3, 9))
        self.assert_held(decision, 2, Reason.QUIET_DAY, date(2026, 3, 9))

    def test_closure(self):
        closed = Calendar(closed=[(date(2026, 3, 2), date(2026, 3, 15))])
        self.assert_contact(run([at(GENTLE)], calendar=closed), GENTLE, {1: 1000_00})
        self.assertTrue(run([owe(1, late=-2)], calendar=closed).contacts)
        for step in (CALL, FIRM, FINAL):
            decision = run([at(step)], calendar=closed)
            self.assert_silent(decision, Reason.QUIET_DAY, date(2026, 3, 16))

    def test_lower_steps_go_on_through_a_long_closure(self):
        # The firm step waits longer than the gap that a gentle one brings with it.
        closed = Calendar(closed=[(date(2026, 3, 2), date(2026, 3, 25))])
        decision = run([at(FIRM), at(GENTLE, id=2)], calendar=closed)
        self.assert_contact(decision, GENTLE, {2: 1000_00}, also={1: 1000_00})
        self.assert_held(decision, 1, Reason.QUIET_DAY, date(2026, 3, 26))

    # === AT ONCE === #

    def test_broken_promise_goes_on_at_the_next_run(self):
        # The gap, the spacing and the date that we gave are ignored; the next step
        # is the next one, never a harsher one.
        item = owe(
            1,
            late=40,
            taken=3,
            taken_on=before(2),
            date_given=after(9),
            at_once=True,
        )
        debtor = customer(last_contact=before(1))
        self.assert_contact(run([item], debtor), CALL, {1: 1000_00})

    def test_at_once_is_never_twice_on_one_day(self):
        item = at(FIRM, at_once=True)
        decision = run([item], customer(last_contact=TODAY))
        self.assert_silent(decision, Reason.CONTACTED_RECENTLY, after(1))

    def test_at_once_keeps_quiet_days(self):
        decision = run([at(FINAL, at_once=True)], day=date(2026, 3, 6), calendar=WEEK)
        self.assert_silent(decision, Reason.QUIET_DAY, date(2026, 3, 9))

    def test_who_never_heard_of_it_begins_gently(self):
        item = owe(1, late=40, at_once=True)
        self.assert_contact(run([item]), GENTLE, {1: 1000_00})
        self.assertTrue(run([owe(1, late=-4)]).contacts[0].step is PREVENTIVE)
