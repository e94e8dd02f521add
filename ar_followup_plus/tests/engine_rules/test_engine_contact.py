"""Rules "One contact a run" and "Gentle first notice"."""

from datetime import date

from odoo.tests import tagged

from ...engine.decision.ladder import Ladder
from ...engine.values import Reason
from ..engine.engine_common import (
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    HANDOVER,
    NOTICE,
    PREVENTIVE,
    STEPS,
    EngineCase,
    after,
    before,
    credit,
    customer,
    lines,
    moved,
    owe,
    run,
)

#: A ladder without calls, so that letters follow letters.
LETTERS = Ladder([step for step in STEPS if step.stage != "call"])


@tagged("post_install", "-at_install")
class TestEngineContact(EngineCase):
    """What a contact is about and what else it lists."""

    # === THE LISTS === #

    def test_the_highest_next_step_decides(self):
        items = [
            owe(1, 300_00, late=50, taken=17, taken_on=before(30)),
            owe(2, 200_00, late=25, taken=3, taken_on=before(20)),
            owe(3, 100_00, late=5),
        ]
        decision = run(items, ladder=LETTERS)
        contact = self.assert_contact(
            decision, FINAL, {1: 300_00}, also={2: 200_00, 3: 100_00}
        )
        # The demand is about item 1; it takes the lower steps of the others along.
        self.assertEqual(moved(contact), {1: FINAL.id, 2: FIRM.id, 3: GENTLE.id})
        self.assert_step(decision, 1, FINAL)
        self.assert_step(decision, 2, FIRM)
        self.assert_step(decision, 3, GENTLE)

    def test_items_at_one_stage_are_one_contact(self):
        items = [owe(1, 300_00, late=3), owe(2, 200_00, late=9), owe(3, 10_00, late=80)]
        contact = self.assert_contact(
            run(items), GENTLE, {1: 300_00, 2: 200_00, 3: 10_00}
        )
        # Oldest first.
        self.assertEqual([entry[0].id for entry in contact.about], [3, 2, 1])

    def test_also_open_lists_what_waits_for_its_step(self):
        items = [
            owe(1, 300_00, late=5),
            owe(2, 200_00, late=8, taken=3, taken_on=before(40)),  # firm in 9 days
            owe(3, 150_00, late=1),  # overdue, gentle in 2 days: taken along
            owe(4, 100_00, late=0),  # due today
            owe(5, 100_00, late=-20),
            owe(6, 90_00, late=90, taken=60, taken_on=before(8)),  # ladder done
        ]
        # Item 6 was demanded firmly: that is the customer's tone.
        contact = self.assert_contact(
            run(items, ladder=LETTERS),
            FIRM,
            {1: 300_00, 3: 150_00},
            also={2: 200_00, 6: 90_00},
        )
        self.assertEqual(moved(contact), {1: GENTLE.id, 3: GENTLE.id})

    def test_also_open_hides_what_is_not_to_be_shown(self):
        hidden = {
            "sent_on": before(1),
            "outbox": "failed",
            "again_on": after(3),
        }
        items = [owe(1, 300_00, late=5)]
        items += [
            owe(10 + n, 50_00, late=40, **{name: value})
            for n, (name, value) in enumerate(hidden.items())
        ]
        items += [
            owe(20, 50_00, late=400),  # left to a person
            owe(21, 50_00, late=40, excluded=True),
            owe(22, 50_00, late=40, handed_over=True),
        ]
        contact = self.assert_contact(run(items), GENTLE, {1: 300_00})
        self.assertEqual(contact.apart, [])

    def test_what_is_below_the_minimum_is_listed(self):
        # Item 2 is at the final demand (minimum 50.00) with 40.00: it stays. It was
        # demanded firmly, and so item 1 takes its gentle step in a firm letter.
        items = [
            owe(1, 300_00, late=5),
            owe(2, 40_00, late=50, taken=17, taken_on=before(30)),
        ]
        decision = run(items)
        contact = self.assert_contact(decision, FIRM, {1: 300_00}, also={2: 40_00})
        self.assertEqual(moved(contact), {1: GENTLE.id})
        self.assert_held(decision, 2, Reason.BELOW_MINIMUM, None, 40_00)

    def test_preventive_lists_what_is_coming(self):
        items = [
            owe(1, 300_00, late=-4),
            owe(2, 200_00, late=-11),  # reached in six days: the same week
            owe(3, 100_00, late=-12),  # reached in seven days: another week
        ]
        decision = run(items)
        contact = self.assert_contact(
            decision, PREVENTIVE, {1: 300_00, 2: 200_00}, coming={3: 100_00}
        )
        self.assertEqual(moved(contact), {1: PREVENTIVE.id, 2: PREVENTIVE.id})

    def test_bundle_takes_only_whose_next_step_it_is(self):
        # A ladder with two early notes: item 2 has its first one before it, item 3
        # had a note already and keeps its own time.
        early = PREVENTIVE._replace(id=20, delay=-10)
        ladder = Ladder((early, *STEPS))
        items = [
            owe(1, 300_00, late=-4, taken=-10, taken_on=before(6)),
            owe(2, 200_00, late=-11),
            owe(3, 100_00, late=-8, taken=-10, taken_on=before(1)),
        ]
        contact = self.assert_contact(
            run(items, ladder=ladder),
            PREVENTIVE,
            {1: 300_00},
            coming={2: 200_00, 3: 100_00},
        )
        self.assertEqual(moved(contact), {1: PREVENTIVE.id})

    def test_an_early_note_is_a_line_of_the_overdue_notice(self):
        items = [owe(1, 300_00, late=5), owe(2, 200_00, late=-4), owe(3, late=-6)]
        decision = run(items)
        contact = self.assert_contact(decision, GENTLE, {1: 300_00}, {}, {2: 200_00})
        self.assertEqual(moved(contact), {1: GENTLE.id})
        verdict = self.assert_held(decision, 2, Reason.OTHER_STEP)
        self.assertIs(verdict.coming, PREVENTIVE)
        # In a formal demand there is no place for it.
        items[0] = items[0]._replace(due=before(50), taken=17, taken_on=before(30))
        self.assert_contact(run(items), FINAL, {1: 300_00})

    def test_apart_and_credits(self):
        items = [
            owe(1, 300_00, late=5),
            owe(2, 200_00, late=60, disputed=200_00),
            owe(3, 100_00, late=-60, promised=40_00, planned=60_00),
            credit(4, 30_00),
            credit(5, 20_00, keep_apart=True),
        ]
        contact = self.assert_contact(run(items), GENTLE, {1: 270_00})
        self.assertEqual(
            contact.apart,
            [
                (items[1], 200_00, Reason.DISPUTED),
                (items[2], 40_00, Reason.PROMISED),
                (items[2], 60_00, Reason.ON_PLAN),
            ],
        )
        self.assertEqual(contact.credits, [items[3]])

    def test_internal_hand_over_moves_nobody_else(self):
        # The proposal is for us: a gentle reminder that no customer saw is not one.
        items = [
            owe(1, 900_00, late=80, taken=45, taken_on=before(20)),
            owe(2, 200_00, late=5),
        ]
        decision = run(items)
        contact = self.assert_contact(decision, HANDOVER, {1: 900_00}, also={2: 200_00})
        self.assertEqual(moved(contact), {1: HANDOVER.id})
        self.assert_held(decision, 2, Reason.OTHER_STEP)

    def test_call_takes_no_other_step_along(self):
        # A call may lapse: what was never said is not a reminder.
        items = [
            owe(1, 900_00, late=20, taken=3, taken_on=before(10)),
            owe(2, 200_00, late=5),
        ]
        contact = self.assert_contact(run(items), CALL, {1: 900_00}, also={2: 200_00})
        self.assertEqual(moved(contact), {1: CALL.id})

    def test_verdict_for_every_item(self):
        items = [
            owe(1, late=5),
            owe(2, late=0),
            owe(3, late=9, excluded=True),
            credit(4),
        ]
        decision = run(items)
        self.assertEqual(sorted(v.item.id for v in decision.verdicts), [1, 2, 3, 4])
        self.assertEqual(decision.next_on, before(0))
        self.assertIs(decision.next_step, GENTLE)

    def test_nothing_open(self):
        decision = run([])
        self.assert_silent(decision, None)
        self.assertEqual(decision.verdicts, [])
        decision = run([credit(1)])
        self.assert_silent(decision, None)

    # === THE FIRST NOTICE === #

    def test_first_notice_is_gentle_however_old_the_debt(self):
        items = [owe(1, 5000_00, late=365), owe(2, 900_00, late=91)]
        contact = self.assert_contact(run(items), GENTLE, {1: 5000_00, 2: 900_00})
        self.assertTrue(contact.first)
        contact = run(items, customer(contacted=True)).contacts[0]
        self.assertFalse(contact.first)

    def test_older_than_a_year_only_through_a_person(self):
        decision = run([owe(1, late=366)])
        self.assert_silent(decision, Reason.NEEDS_PERSON)
        self.assert_held(decision, 1, Reason.NEEDS_PERSON, None, 366)
        self.assert_contact(run([owe(1, late=365)]), GENTLE, {1: 1000_00})
        # A person allowed it, or it was followed up before it got old.
        allowed = customer(allow_old=True)
        self.assert_contact(run([owe(1, late=366)], allowed), GENTLE, {1: 1000_00})
        item = owe(1, late=366, taken=17, taken_on=before(60))
        self.assert_contact(run([item]), FINAL, {1: 1000_00})

    def test_backlog_first(self):
        decision = run([owe(1, late=200)], backlog="first", backlog_date=before(0))
        self.assert_contact(decision, GENTLE, {1: 1000_00})

    def test_backlog_below_its_age(self):
        for late, step in (
            (5, GENTLE),  # reached gentle: nothing is below it
            (12, GENTLE),  # reached the call: one below is gentle
            (16, GENTLE),  # not yet firm
            (17, CALL),  # reached firm
            (40, FIRM),  # reached the final demand
            (50, FINAL),  # reached the notice
            (80, NOTICE),  # reached the hand-over
        ):
            with self.subTest(late=late):
                decision = run(
                    [owe(1, late=late)], backlog="below_age", backlog_date=before(2)
                )
                self.assert_contact(decision, step, {1: 1000_00})

    def test_backlog_choice_is_for_what_was_due_before_going_live(self):
        # Due on the day of going live itself: the ladder begins at its beginning.
        for backlog_date, step in ((before(40), GENTLE), (before(39), FIRM)):
            decision = run(
                [owe(1, late=40)], backlog="below_age", backlog_date=backlog_date
            )
            self.assert_contact(decision, step, {1: 1000_00})

    def test_backlog_for_a_person(self):
        settings = {"backlog": "person", "backlog_days": 90, "backlog_date": before(0)}
        self.assert_contact(run([owe(1, late=90)], **settings), GENTLE, {1: 1000_00})
        decision = run([owe(1, late=91)], **settings)
        self.assert_held(decision, 1, Reason.NEEDS_PERSON, None, 91)
        allowed = customer(allow_old=True)
        self.assert_contact(
            run([owe(1, late=91)], allowed, **settings), GENTLE, {1: 1000_00}
        )

    def test_daily_limit_of_first_notices(self):
        old = [owe(1, late=60)]
        going_live = {"backlog_date": before(30)}
        decision = run(old, first_left=0, **going_live)
        self.assert_silent(decision, Reason.DAILY_LIMIT, after(1))
        self.assert_held(decision, 1, Reason.DAILY_LIMIT, after(1))
        self.assertEqual(len(run(old, first_left=1, **going_live).contacts), 1)
        self.assertEqual(len(run(old, first_left=None, **going_live).contacts), 1)
        # Who was written to before, and what fell due since, is no backlog.
        known = customer(contacted=True)
        self.assertEqual(len(run(old, known, first_left=0, **going_live).contacts), 1)
        fresh = [owe(1, late=20)]
        self.assertEqual(len(run(fresh, first_left=0, **going_live).contacts), 1)

    def test_date_of_the_contact_counts_from_the_day_it_leaves(self):
        contact = run([owe(1, late=5)], day=date(2026, 3, 6)).contacts[0]
        self.assertEqual(contact.date_given, date(2026, 3, 13))
        self.assertEqual(lines(contact.about), {1: 1000_00})
