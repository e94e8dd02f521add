"""What comes next: the sentence in a text, and the preview."""

from datetime import date, timedelta

from odoo.tests import tagged

from ...engine.decision.forecast import (
    after_contact,
    next_after,
    preview,
)
from ...engine.decision.ladder import Ladder
from .engine_common import (
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    HANDOVER,
    NOTICE,
    PLAIN,
    PREVENTIVE,
    TODAY,
    WEEK,
    EngineCase,
    after,
    before,
    customer,
    moved,
    owe,
    rules,
    run,
)


@tagged("post_install", "-at_install")
class TestEngineForecast(EngineCase):
    """The same rule, calculated ahead."""

    # === WHAT HAPPENS NEXT, AND WHEN === #

    def next(self, step, due, date_given=None, sent_on=TODAY, **values):
        """Return the next message after a notice about one item."""
        debtor, ladder = values.get("debtor", customer()), values.get("ladder", PLAIN)
        steps = [(step.delay, due, date_given)]
        return next_after(steps, debtor, ladder, rules(calendar=WEEK), sent_on)

    def test_next_after_is_bound_by_the_date_given(self):
        # Gentle leaves on Wednesday 4 March for what was due on 27 February, and
        # names 11 March. Calls are not announced: firm is next. + 17 is 16 March,
        # 14 days after today 18 March; 11 March + three working days is 16 March.
        found = self.next(GENTLE, date(2026, 2, 27), date(2026, 3, 11))
        self.assertEqual(found, (FIRM, date(2026, 3, 18)))
        # With a date later than that: 16 March + three working days = 19 March.
        found = self.next(GENTLE, date(2026, 2, 27), date(2026, 3, 16))
        self.assertEqual(found, (FIRM, date(2026, 3, 20)))

    def test_next_after_keeps_quiet_days(self):
        # 13 days after Friday 6 March is Thursday 19; after Saturday it is Friday
        # 20 March, on which no final demand leaves.
        for sent, day in ((6, 19), (7, 23)):
            found = self.next(FIRM, date(2026, 1, 5), sent_on=date(2026, 3, sent))
            self.assertEqual(found, (FINAL, date(2026, 3, day)))

    def test_next_after_the_last_step(self):
        # A hand-over is proposed to us, and announced to nobody.
        for step in (NOTICE, HANDOVER):
            self.assertIsNone(self.next(step, before(90)))
        self.assertIsNone(self.next(FIRM, before(90), debtor=customer(kind="public")))

    def test_next_after_keeps_the_gap(self):
        ladder = Ladder((GENTLE, FIRM._replace(delay=4)))
        self.assertEqual(self.next(GENTLE, before(30), ladder=ladder)[1], after(5))

    def test_next_after_is_not_far_ahead(self):
        # The firm step is five weeks away: the customer can hear of other items then.
        ladder = Ladder((GENTLE, FIRM._replace(delay=38)))
        self.assertEqual(self.next(GENTLE, before(3), ladder=ladder)[1], after(14))
        # A date to pay that is later binds: 24 March, three working days, Monday.
        found = self.next(GENTLE, before(3), after(20), ladder=ladder)
        self.assertEqual(found[1], date(2026, 3, 30))

    def test_next_after_is_the_first_of_all_items(self):
        # Item 2 takes its gentle step along: the demand about item 1 comes before.
        steps = [(17, before(20), after(7)), (3, before(4), None)]
        found = next_after(steps, customer(), PLAIN, rules(), TODAY)
        self.assertEqual(found, (FINAL, date(2026, 3, 17)))

    # === AFTER A CONTACT === #

    def test_after_contact(self):
        items = [
            owe(1, late=91, taken=17, taken_on=before(40), at_once=True),
            owe(2, late=9, date_given=before(4)),
            owe(3, late=1),
        ]
        contact = run(items).contacts[0]
        self.assertEqual(moved(contact), {1: FINAL.id, 2: GENTLE.id})
        debtor, later = after_contact(contact, customer(), items, TODAY)
        # Ten days from today; only what is demanded is dated.
        self.assertEqual(
            [(i.taken, i.taken_on, i.date_given, i.at_once) for i in later],
            [
                (30, TODAY, after(10), False),
                (3, TODAY, before(4), False),
                (None, None, None, False),
            ],
        )
        self.assertTrue(debtor.contacted)
        self.assertEqual(debtor.last_contact, TODAY)
        self.assertIsNone(debtor.last_preventive)

    def test_after_a_contact_without_a_date_the_last_date_holds(self):
        # A promise was broken: the call is made at once, and the date that the
        # gentle reminder gave still binds the firm one.
        item = owe(
            late=30,
            taken=3,
            taken_on=before(3),
            date_given=after(4),
            at_once=True,
        )
        contact = run([item]).contacts[0]
        self.assertIs(contact.step, CALL)
        _debtor, items = after_contact(contact, customer(), [item], TODAY)
        self.assertEqual(items[0].date_given, after(4))

    def test_after_preventive(self):
        item = owe(late=-4)
        contact = run([item]).contacts[0]
        debtor, _items = after_contact(contact, customer(), [item], TODAY)
        self.assertEqual(debtor.last_preventive, TODAY)

    # === PREVIEW === #

    def days(self, items, debtor=None, days=30, **settings):
        """Return ``[(days from today, step id)]`` of the preview."""
        found = preview(
            debtor or customer(), items, PLAIN, rules(**settings), TODAY, days
        )
        return [((day - TODAY).days, contact.step.id) for day, contact in found]

    def test_preview_counts_today_and_the_last_day(self):
        item = owe(1, 400_00, late=3)
        # Gentle today, date given in 7 days, + 3: not before day 11. Firm is due 14
        # days after gentle: day 14.
        self.assertEqual(self.days([item], days=13), [(0, GENTLE.id)])
        self.assertEqual(self.days([item], days=14), [(0, GENTLE.id), (14, FIRM.id)])

    def test_preview_bundles_one_contact_a_run(self):
        items = [owe(1, 400_00, late=3), owe(2, 400_00, late=1)]
        # Item 2 would be due in two days, in the same week: both climb together.
        self.assertEqual(self.days(items, days=11), [(0, GENTLE.id), (11, CALL.id)])

    def test_preview_takes_what_is_on_its_way_as_sent(self):
        # The gentle reminder leaves today and announces the firm one, 14 days after
        # it, which lists item 2.
        items = [
            owe(1, 400_00, late=10, taken=3, outbox="ready"),
            owe(2, 400_00, late=3),
        ]
        self.assertEqual(
            self.days(items, days=14),
            [(14, FIRM.id)],
        )

    def test_preview_leaves_failed_notices_to_a_person(self):
        item = owe(1, late=91, taken=3, outbox="failed")
        self.assertEqual(self.days([item]), [])

    def test_preview_goes_on_after_a_broken_promise_with_its_spacing(self):
        # Called at once today; firm seven days later, not the next morning.
        item = owe(late=60, taken=3, taken_on=before(3), at_once=True)
        self.assertEqual(self.days([item], days=10), [(0, CALL.id), (7, FIRM.id)])

    def test_preview_sees_an_early_note_lapse(self):
        # An early note yesterday holds the next one for a week; this invoice is due
        # in two days, so its first message is the gentle reminder.
        item = owe(late=-2)
        debtor = customer(last_preventive=before(1), last_contact=before(9))
        self.assertEqual(self.days([item], debtor, days=5), [(5, GENTLE.id)])

    def test_preview_of_a_stopped_customer_is_empty(self):
        self.assertEqual(self.days([owe(late=30)], customer(stopped="court")), [])

    def test_preview_as_hand_walked(self):
        # The whole ladder for 1,000.00, every day a working day.
        item = owe(late=-5)
        found = self.days([item], days=200)
        self.assertEqual(
            found,
            [
                (0, PREVENTIVE.id),
                (8, GENTLE.id),  # due in 5, + 3; given day 15
                (19, CALL.id),  # 15 + 3, the day after
                (26, FIRM.id),  # 19 + 7; given day 33
                (40, FINAL.id),  # 26 + 13 is a Sunday; given day 50
                (55, NOTICE.id),  # 40 + 15; given day 65
                (70, HANDOVER.id),  # 55 + 15
            ],
        )
        # Looked at every morning, the days are the same.
        for late, (offset, step) in zip(range(5), found[:1] * 5, strict=True):
            decision = run([item], day=TODAY + timedelta(days=late))
            self.assertEqual((offset, step), (0, decision.contacts[0].step.id))
