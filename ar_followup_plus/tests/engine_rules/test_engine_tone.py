"""Rule "The customer's tone": one voice, whatever becomes overdue and when."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...engine.decision.decide import decide, is_candidate, is_still_enough, still_asked
from ...engine.decision.forecast import after_contact, next_after, preview
from ...engine.decision.ladder import Ladder, is_written
from ...engine.values import STAGE_RANK, Proposal, Reason, Step
from ..engine.engine_common import (
    BUSINESS,
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    NOTICE,
    PLAIN,
    PREVENTIVE,
    STEPS,
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
from ..engine.engine_strategies import EXAMPLES, cases
from ..engine.test_engine_properties import demanded, taking

DAY = timedelta(days=1)
FIRM_RANK = STAGE_RANK["firm"]
PUBLIC = Ladder(
    (
        Step(31, 10, "gentle", date_given_days=14),
        Step(32, 20, "call", ("call",)),
        Step(33, 45, "firm", date_given_days=14),
        Step(34, 75, "firm", ("call",)),
    )
)
CONSUMER = Ladder(
    (
        Step(41, -3, "preventive"),
        Step(42, 7, "gentle", date_given_days=14),
        Step(43, 14, "call", ("call",), min_amount=100_00),
        Step(44, 24, "firm", date_given_days=14),
        Step(45, 40, "final", approval=True, date_given_days=14),
        Step(46, 60, "handover", ("call",), approval=True, min_amount=250_00),
    )
)
STRICT = Ladder(
    (
        PREVENTIVE,
        GENTLE._replace(delay=1),
        CALL._replace(delay=7),
        FIRM._replace(delay=12),
        FINAL._replace(delay=21, approval=True),
        NOTICE._replace(delay=35, approval=True),
        STEPS[-1]._replace(delay=45),
    )
)
#: As shipped: with letters and calls for those whom e-mail does not reach.
BY_POST = Ladder(
    [
        step._replace(fallback=("letter", "call"))
        if step.channels == ("email",) and step.stage != "preventive"
        else step
        for step in BUSINESS.steps
    ]
)


def is_message(contact):
    """Return whether a contact is a message of the ladder to the customer."""
    return is_written(contact.step) and contact.step.stage != "handover"


def mornings(case, days, arriving=()):
    """Yield ``(day, debtor, items, decision)`` of each morning; all contacts leave.

    :param arriving: ``(days from today, item)`` of invoices made later
    """
    debtor, items, ladder, company = case
    for offset in range(days):
        day = TODAY + timedelta(days=offset)
        items = items + [item for on, item in arriving if on == offset]
        decision = decide(debtor, items, ladder, company, day)
        yield day, debtor, items, decision
        for contact in decision.contacts[:1]:
            debtor, items = after_contact(contact, debtor, items, day)


@st.composite
def invoices(draw, first=20, most=6, days=120):
    """Draw invoices that are made later: ``(days from today, item)``."""
    found = []
    for number in range(draw(st.integers(1, most))):
        on, term = draw(st.integers(0, days)), draw(st.sampled_from((0, 7, 14, 30)))
        amount = draw(st.sampled_from((30_00, 180_00, 900_00)))
        found.append(
            (on, owe(first + number, amount, late=-(on + term), issued=after(on)))
        )
    return found


@tagged("post_install", "-at_install")
class TestEngineTone(EngineCase):
    """What a customer reads, over all of its items."""

    # === ONE LETTER, NOT TWO === #

    def test_what_becomes_overdue_waits_for_the_notice_that_was_announced(self):
        # The firm reminder of last week announced the demand in six days.
        items = [
            owe(1, 900_00, late=25, taken=17, taken_on=before(7), date_given=before(0)),
            owe(2, 300_00, late=5),
        ]
        decision = run(items)
        self.assert_silent(decision, Reason.WITH_NEXT, after(6))
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(6))
        contact = run(items, day=after(6)).contacts[0]
        self.assertIs(contact.step, FINAL)
        self.assertEqual(moved(contact), {1: FINAL.id, 2: GENTLE.id})

    def test_a_handover_that_is_proposed_to_us_announces_nothing(self):
        # What a message of yesterday announced holds after the proposal of today.
        items = [
            owe(1, late=61, taken=60, taken_on=before(0)),
            owe(2, late=10, taken=3, taken_on=before(1), date_given=after(13)),
            owe(3, late=5),
        ]
        for channels in (("call",), ("email",)):
            last = STEPS[-1]._replace(channels=channels)
            decision = run(items, ladder=Ladder((*STEPS[:-1], last)), day=after(5))
            self.assertEqual(decision.contacts, [])
            self.assertIs(self.verdict(decision, 3).reason, Reason.WITH_NEXT)

    def test_what_was_announced_for_the_rest_of_an_item_in_dispute_holds(self):
        rest = owe(1, late=25, taken=17, taken_on=before(7), disputed=500_00)
        rest = rest._replace(capped=True, date_given=before(0))
        decision = run([rest, owe(2, 300_00, late=5)])
        self.assertIs(self.verdict(decision).reason, Reason.DISPUTED)
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(6))

    def test_no_early_note_beside_something_small_that_is_firm(self):
        low = Ladder([step._replace(min_amount=100_00) for step in STEPS])
        items = [
            owe(1, 10_00, late=25, taken=17, taken_on=before(20)),
            owe(2, 500_00, late=-4, issued=before(30)),
        ]
        self.assert_held(run(items, ladder=low), 2, Reason.WITH_NEXT, after(4))
        self.assert_contact(run(items[1:], ladder=low), PREVENTIVE, {2: 500_00})

    def test_what_was_paid_holds_nothing(self):
        items = [owe(1, 900_00, late=25, taken=17, taken_on=before(7)), owe(2, late=5)]
        for reason in ("disputed", "promised", "planned"):
            paid = [items[0]._replace(**{reason: 900_00}), items[1]]
            self.assert_contact(run(paid), GENTLE, {2: 1000_00})

    def test_a_final_demand_whose_date_runs_is_the_only_word(self):
        items = [
            owe(1, late=40, taken=30, taken_on=before(9), date_given=after(1)),
            owe(2, 300_00, late=20, taken=3, taken_on=before(17)),
        ]
        # One more day, three working days, and the next morning.
        decision = run(items)
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(5))
        self.assertEqual(run(items, day=after(4)).contacts, [])

    def test_a_lower_step_is_taken_along_by_a_higher_one_within_the_gap(self):
        items = [
            owe(1, 900_00, late=29, taken=17, taken_on=before(40)),  # demand tomorrow
            owe(2, 300_00, late=18, taken=3, taken_on=before(15)),
        ]
        ladder = Ladder([step for step in STEPS if step is not CALL])
        decision = run(items, ladder=ladder)
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(1))
        contact = run(items, ladder=ladder, day=after(1)).contacts[0]
        self.assertEqual(moved(contact), {1: FINAL.id, 2: FIRM.id})
        # For five days only, from the day on which it could leave.
        items[1] = items[1]._replace(due=before(30), taken_on=before(27))
        self.assert_contact(run(items, ladder=ladder), FIRM, {2: 300_00}, {1: 900_00})
        recent = customer(last_contact=before(5))
        decision = run(items, recent, ladder)
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(1))

    def test_a_higher_step_further_away_holds_nobody(self):
        items = [
            owe(1, 900_00, late=22, taken=17, taken_on=before(40)),  # demand in 8 days
            owe(2, 300_00, late=80, taken=10, taken_on=before(40)),
        ]
        self.assert_contact(run(items), FIRM, {2: 300_00}, {1: 900_00})

    def test_items_due_a_few_days_apart_climb_together(self):
        # Two invoices of 180.00, a day apart: they had four messages in four weeks.
        items = [owe(1, 180_00, late=3), owe(2, 180_00, late=2)]
        found = preview(customer(), items, PLAIN, rules(), TODAY, 27)
        self.assertEqual(
            [((day - TODAY).days, c.step.id, len(c.about)) for day, c in found],
            [(0, GENTLE.id, 2), (14, FIRM.id, 2), (27, FINAL.id, 2)],
        )

    def test_nobody_is_taken_along_before_the_due_date_or_the_date_given(self):
        items = [owe(1, late=3), owe(2, late=0)]
        self.assert_contact(run(items), GENTLE, {1: 1000_00})
        had = {"taken": 10, "taken_on": before(20)}
        items = [
            owe(1, late=91, **had),
            owe(2, late=14, **had),
            owe(3, late=14, taken=10, taken_on=before(21), date_given=before(0)),
            owe(4, late=9, **had),  # eight days too early
        ]
        decision = run(items)
        self.assertEqual(moved(decision.contacts[0]), {1: FIRM.id, 2: FIRM.id})

    # === THE TONE === #

    def test_nothing_gentle_while_something_firm_is_open(self):
        # The top of the ladder is reached: no notice comes that could list item 2.
        items = [owe(1, late=91, taken=60, taken_on=before(20)), owe(2, 300_00, late=5)]
        contact = self.assert_contact(run(items), FIRM, {2: 300_00}, {1: 1000_00})
        self.assertEqual(moved(contact), {2: GENTLE.id})
        self.assertEqual(contact.date_given, after(7))
        # Item 2 goes on from its gentle step, with the spacing of the ladder.
        _debtor, items = after_contact(contact, customer(), items, TODAY)
        self.assertEqual(items[1].taken, GENTLE.delay)

    def test_a_ladder_without_a_firm_letter_stays_as_it_is(self):
        ladder = Ladder((GENTLE, FINAL))
        items = [owe(1, late=91, taken=30, taken_on=before(20)), owe(2, late=5)]
        self.assert_contact(
            run(items, ladder=ladder), GENTLE, {2: 1000_00}, {1: 1000_00}
        )

    def test_no_early_note_beside_what_is_overdue(self):
        # Gentle in two days: the note would hold it for the gap.
        items = [owe(1, late=1), owe(2, late=-4)]
        decision = run(items)
        self.assert_held(decision, 2, Reason.WITH_NEXT, after(4))
        self.assertEqual(decision.contacts, [])
        # A rest too small for any notice holds no note.
        items[0] = owe(1, 4_99, late=20)
        self.assert_contact(run(items), PREVENTIVE, {2: 1000_00}, {1: 4_99})

    def test_a_broken_promise_waits_for_nothing(self):
        items = [
            owe(1, 900_00, late=25, taken=17, taken_on=before(7)),
            owe(2, 300_00, late=40, taken=10, taken_on=before(9), at_once=True),
        ]
        self.assert_contact(run(items), FIRM, {2: 300_00}, {1: 900_00})

    # === MINIMUMS: ONE PREDICATE === #

    def test_a_rest_does_not_keep_3200_from_being_asked_for(self):
        # 200.00 after the final demand wait for a step of 250.00, a rest of 10.00 has
        # reached firm: planned each night and cancelled each morning, the 3,200.00
        # were never asked for.
        items = [
            owe(1, 200_00, late=60, taken=30, taken_on=before(20)),
            owe(2, 10_00, late=50, taken=10, taken_on=before(30), original=900_00),
            owe(3, 3200_00, late=20),
        ]
        contact = self.assert_contact(
            run(items), FIRM, {2: 10_00, 3: 3200_00}, {1: 200_00}
        )
        self.assertEqual(moved(contact), {2: FIRM.id, 3: GENTLE.id})
        waiting = [
            item._replace(outbox="ready") if item.id in moved(contact) else item
            for item in items
        ]
        self.assertTrue(is_still_enough(run(waiting), contact))

    # === CHANNELS === #

    def test_a_step_falls_back_to_a_letter_and_then_to_a_call(self):
        for channels, expected in (
            (("letter", "call"), ("letter",)),
            (("call",), ("call",)),
            (("email", "letter", "call"), ("email",)),
        ):
            debtor = customer(channels=frozenset(channels))
            contact = run([owe(late=20)], debtor, BY_POST).contacts[0]
            self.assertEqual(contact.step.stage, "gentle")
            self.assertEqual(contact.step.channels, expected)
            # A call names no date to pay.
            self.assertEqual(contact.date_given is None, expected == ("call",))

    def test_who_has_no_email_climbs_as_everybody(self):
        debtor = customer(channels=frozenset(("letter", "call")))
        found = preview(debtor, [owe(late=0)], BY_POST, rules(), TODAY, 99)
        self.assertEqual(
            [(c.step.stage, c.step.channels) for _day, c in found],
            [
                ("gentle", ("letter",)),
                ("call", ("call",)),
                ("firm", ("letter",)),
                ("final", ("letter",)),
                ("notice", ("letter", "email")),
                ("handover", ("call",)),
            ],
        )

    def test_an_unreachable_step_does_not_block_the_ladder(self):
        # An own ladder without other channels: the call comes, a final demand as the
        # first word does not.
        debtor = customer(channels=frozenset(("letter", "call")))
        self.assert_contact(run([owe(late=20)], debtor), CALL, {1: 1000_00})
        final = FINAL._replace(channels=("letter",))
        decision = run([owe(late=91)], debtor, Ladder((GENTLE, FIRM, final)))
        self.assert_silent(decision, Reason.NO_CONTACT)

    # === BUDGET === #

    def test_the_budget_holds_messages_and_no_legal_deadline(self):
        full = customer(budget_on=after(6))
        for item, step in (
            (owe(late=91), GENTLE),
            (owe(late=91, taken=10, taken_on=before(40)), FIRM),
            (owe(late=-4), PREVENTIVE),
        ):
            decision = run([item], full)
            self.assertIs(decision.reason, Reason.BUDGET)
            self.assertIs(self.verdict(decision).coming, step)
        for taken, step in ((3, CALL), (17, FINAL), (30, NOTICE)):
            item = owe(late=91, taken=taken, taken_on=before(40))
            self.assert_contact(run([item], full), step, {1: 1000_00})
        # What was held is in the demand that leaves.
        items = [owe(1, late=91, taken=17, taken_on=before(40)), owe(2, late=9)]
        self.assertEqual(moved(run(items, full).contacts[0]), {1: 5, 2: GENTLE.id})
        self.assert_contact(
            run([owe(late=91)], full, day=after(6)), GENTLE, {1: 1000_00}
        )

    def test_beside_a_proposal_the_budget_and_what_was_told_hold(self):
        proposal = Proposal(FINAL.id, before(20))
        items = [
            owe(1, late=91, taken=17, taken_on=before(60), outbox="proposed"),
            owe(2, 300_00, late=9),
        ]
        ladder = Ladder([*STEPS[:4], FINAL._replace(approval=True)])
        debtor = customer(proposal=proposal)
        self.assertEqual(len(run(items, debtor, ladder).contacts), 2)
        full = debtor._replace(budget_on=after(3))
        self.assertEqual(len(run(items, full, ladder).contacts), 1)


@tagged("post_install", "-at_install")
class TestEngineToneAlways(BaseCase):
    """Never and always, on made-up debtors with invoices that arrive later."""

    @EXAMPLES
    @given(cases(), invoices())
    def test_the_tone_never_goes_down_while_something_firm_is_open(self, case, later):
        ladder = case[2]
        for _day, debtor, items, decision in mornings(case, 90, later):
            firm = [
                item.id
                for item in items
                if item.taken is not None
                and ladder.firm_from is not None
                and item.taken >= ladder.firm_from
            ]
            if not set(firm).intersection(still_asked(decision)):
                continue
            if ladder.firm_step(debtor):
                for contact in filter(is_message, decision.contacts):
                    self.assertGreaterEqual(STAGE_RANK[contact.step.stage], FIRM_RANK)

    @EXAMPLES
    @given(cases(), invoices())
    def test_no_message_before_the_day_that_was_announced(self, case, later):
        ladder, company = case[2:]
        told = None
        for day, debtor, items, decision in mornings(case, 90, later):
            urgent = any(item.at_once for item in items)
            for contact in decision.contacts[:1]:
                if not is_message(contact):
                    continue
                if told and not urgent:
                    self.assertGreaterEqual(day, told)
                if contact.step.stage == "preventive":
                    continue
                steps = [(contact.date_given, entry) for entry in contact.about]
                steps += [(None, entry) for entry in contact.also]
                found = next_after(
                    [(s.delay, i.due, on) for on, (i, _a, s) in steps if s],
                    debtor, ladder, company, day,
                )  # fmt: skip
                told = found and found[1]

    @EXAMPLES
    @given(cases(), st.integers(1, 25))
    def test_what_the_budget_holds_is_in_the_next_message(self, case, days):
        debtor, items, ladder, company = case
        company = company._replace(backlog="first")
        debtor = debtor._replace(budget_on=TODAY + days * DAY)
        case = debtor, items, ladder, company
        held = {
            verdict.item.id
            for verdict in decide(*case, TODAY).verdicts
            if verdict.reason is Reason.BUDGET and verdict.item.due < TODAY
        }
        assume(held)
        for day, _debtor, _items, decision in mornings(case, 60):
            messages = [c for c in decision.contacts[:1] if is_message(c)]
            for contact in messages:
                legal = contact.step.stage in ("final", "notice")
                self.assertTrue(legal or day >= debtor.budget_on)
                asked = held.intersection(
                    verdict.item.id
                    for verdict in decision.verdicts
                    # Not what a person has to decide on in the meantime
                    if not verdict.reason or verdict.reason.is_listed
                )
                self.assertLessEqual(asked, {item.id for item, _a in demanded(contact)})
            if messages:
                return

    @EXAMPLES
    @given(cases(), st.permutations(range(4)), invoices(most=1, days=0))
    def test_the_order_of_the_events_of_a_day_does_not_matter(self, case, order, later):
        debtor, items, ladder, company = case

        def paid(items):
            return [
                i._replace(
                    residual=i.residual // 2, residual_company=i.residual_company // 2
                )
                if i.id == 1
                else i
                for i in items
            ]

        def promised(items):
            return [
                i._replace(promised=max(i.residual, 0)) if i.id == 2 else i
                for i in items
            ]

        def bounced(items):
            return [i._replace(at_once=True) if i.id == 3 else i for i in items]

        def invoiced(items):
            return [later[0][1], *items]

        events = (paid, promised, bounced, invoiced)
        decisions = []
        for numbers in (range(4), order):
            changed = items
            for number in numbers:
                changed = events[number](changed)
            decisions.append(decide(debtor, changed, ladder, company, TODAY))
        self.assertEqual(*decisions)

    @EXAMPLES
    @given(
        st.sampled_from((BY_POST, CONSUMER, PUBLIC, STRICT, PLAIN)),
        st.sampled_from(("new", "good", "first_late", "regular", "chronic")),
        invoices(most=9, days=150),
    )
    def test_nobody_who_is_overdue_waits_35_days(self, ladder, profile, later):
        channels = ("letter", "call") if ladder is BY_POST else ("email", "call")
        debtor = customer(profile=profile, channels=frozenset(channels))
        case = debtor, [], ladder, rules(calendar=WEEK)
        since = None
        for day, _debtor, items, decision in mornings(case, 240, later):
            moving = any(
                item.due < day and item.taken != ladder.steps[-1].delay
                for item in items
                if item.residual >= 500_00
            )
            if decision.contacts or not moving:
                since = day
            self.assertLessEqual((day - since).days, 35)

    @EXAMPLES
    @given(cases(), invoices())
    def test_who_is_no_candidate_gets_no_contact(self, case, later):
        debtor, items, ladder, company = case
        assume(not any(step.working and step.delay < 0 for step in ladder.steps))
        delays = sorted(step.delay for step in ladder.steps)
        for day, debtor, items, decision in mornings(case, 40, later):
            if not is_candidate(debtor, items, delays, company, day):
                self.assertEqual(decision.contacts, [])

    @EXAMPLES
    @given(cases(), invoices(days=0))
    def test_the_preview_agrees_with_every_morning(self, case, later):
        debtor, items, ladder, company = case
        company = company._replace(backlog="first")
        items = items + [item for _on, item in later]
        case = debtor, items, ladder, company
        expected = preview(debtor, items, ladder, company, TODAY, 59)
        found = [
            (day, decision.contacts[0])
            for day, _debtor, _items, decision in mornings(case, 60)
            if decision.contacts
        ]
        self.assertEqual(expected, found)

    @EXAMPLES
    @given(cases())
    def test_what_was_planned_is_still_enough_in_the_morning(self, case):
        debtor, items, ladder, company = case
        for contact in decide(debtor, items, ladder, company, TODAY).contacts:
            about = {item.id for item, _amount, _step in contact.about}
            waiting = [
                i._replace(outbox="ready") if i.id in about else i for i in items
            ]
            decision = decide(debtor, waiting, ladder, company, TODAY)
            if about <= set(still_asked(decision)):
                self.assertTrue(is_still_enough(decision, contact))

    @EXAMPLES
    @given(cases())
    def test_a_notice_lists_what_it_takes_along_once(self, case):
        for contact in decide(*case, TODAY).contacts:
            for item, step in taking(contact):
                self.assertTrue(is_written(step) or contact.step.channels == ("call",))
                if step is not contact.step and item.due < TODAY:
                    self.assertLess(STAGE_RANK[step.stage], STAGE_RANK["final"])


@tagged("post_install", "-at_install")
class TestEngineFallbackDay(EngineCase):
    """The day on which an unreachable step is replaced is known."""

    def test_the_next_contact_is_the_call(self):
        debtor = customer(channels=frozenset(("call",)))
        decision = run([owe(late=5)], debtor, day=date(2026, 3, 4))
        self.assert_silent(decision, Reason.NO_CONTACT, after(5))
