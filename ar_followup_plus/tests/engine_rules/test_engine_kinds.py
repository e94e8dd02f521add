"""Rule "Kind and profile", and the ladders as shipped."""

from datetime import date

from odoo.tests import tagged

from ...engine.decision.forecast import preview
from ...engine.decision.ladder import Ladder
from ...engine.values import (
    KINDS,
    PROFILES,
    STAGE_RANK,
    STAGES,
    Reason,
    Step,
)
from ..engine.engine_common import (
    BUSINESS,
    CALL,
    FINAL,
    FIRM,
    GENTLE,
    HANDOVER,
    NOTICE,
    PLAIN,
    PREVENTIVE,
    WEEK,
    EngineCase,
    after,
    before,
    customer,
    owe,
    rules,
    run,
)


@tagged("post_install", "-at_install")
class TestEngineKinds(EngineCase):
    """Who gets which steps."""

    def delays(self, ladder, **values):
        return [step.delay for step in ladder.steps_for(customer(**values))]

    def test_profiles_limit_steps(self):
        regular = [-5, 3, 10, 17, 30, 45, 60]
        self.assertEqual(self.delays(BUSINESS, profile="regular"), regular)
        self.assertEqual(self.delays(BUSINESS, profile="chronic"), regular)
        self.assertEqual(self.delays(BUSINESS, profile="new"), regular)
        self.assertEqual(self.delays(BUSINESS, profile="good"), regular[1:])
        self.assertEqual(
            self.delays(BUSINESS, profile="first_late"), [-5, 7, 10, 21, 30, 45, 60]
        )

    def test_every_profile_and_kind_has_a_gentle_step_first(self):
        for kind in KINDS:
            for profile in PROFILES:
                steps = BUSINESS.steps_for(customer(kind=kind, profile=profile))
                overdue = [step for step in steps if step.stage != "preventive"]
                self.assertEqual(overdue[0].stage, "gentle")

    def test_first_time_late_is_given_more_time(self):
        # Due on Monday 2 March: the third working day is Thursday 5 March, the
        # seventh day Monday 9 March.
        item = owe(due=date(2026, 3, 2))
        for profile, on in (
            ("regular", date(2026, 3, 5)),
            ("first_late", date(2026, 3, 9)),
        ):
            decision = run([item], customer(profile=profile), BUSINESS, calendar=WEEK)
            self.assert_silent(decision, Reason.NOT_DUE, on)

    def test_public_body_is_never_threatened_or_handed_over(self):
        self.assertEqual(self.delays(PLAIN, kind="public"), [-5, 3, 10, 17])
        item = owe(late=200, taken=17, taken_on=before(90))
        decision = run([item], customer(kind="public"))
        self.assert_silent(decision, Reason.LADDER_DONE, before(0))
        for step in PLAIN.steps_for(customer(kind="public")):
            self.assertLessEqual(STAGE_RANK[step.stage], STAGE_RANK["firm"])

    def test_group_company_is_never_automatic(self):
        decision = run([owe(late=40)], customer(kind="group"))
        self.assert_silent(decision, Reason.NEEDS_PERSON)
        self.assert_held(decision, 1, Reason.NEEDS_PERSON)

    def test_kinds_that_are_followed_up(self):
        for kind in ("business", "sole_trader", "consumer", "public"):
            decision = run([owe(late=40)], customer(kind=kind))
            self.assert_contact(decision, GENTLE, {1: 1000_00})

    def test_direct_debit_waits_for_the_debit_to_come_back(self):
        # Due on Wednesday 25 February; five working days: Wednesday 4 March.
        item = owe(late=7)
        debtor = customer(direct_debit=True)
        decision = run([item], debtor, calendar=WEEK)
        self.assert_silent(decision, Reason.DIRECT_DEBIT, after(1))
        self.assert_held(decision, 1, Reason.DIRECT_DEBIT, after(1))
        decision = run([item], debtor, day=after(1), calendar=WEEK)
        self.assert_contact(decision, GENTLE, {1: 1000_00})

    def test_direct_debit_and_delay_the_later_decides(self):
        # The debit can come back until day 5: a step of day 5 waits for day 6, a
        # step of day 10 for its own day.
        debtor = customer(direct_debit=True)
        for delay, on, reason in (
            (5, after(1), Reason.DIRECT_DEBIT),
            (10, after(5), Reason.NOT_DUE),
        ):
            ladder = Ladder((GENTLE._replace(delay=delay),))
            self.assert_held(run([owe(late=5)], debtor, ladder), 1, reason, on)

    def test_direct_debit_has_no_early_note(self):
        decision = run([owe(late=-4)], customer(direct_debit=True))
        self.assertIs(self.verdict(decision).coming, GENTLE)
        self.assertEqual(decision.contacts, [])

    def test_stages_from_mild_to_harsh(self):
        self.assertEqual(
            STAGES,
            ("preventive", "gentle", "call", "firm", "final", "notice", "handover"),
        )

    # === SCENARIOS === #

    def walk(self, item, debtor, ladder, until, **settings):
        """Return ``[(day, step id)]`` of all contacts if nobody pays."""
        found = preview(debtor, [item], ladder, rules(**settings), item.issued, until)
        return [(day, contact.step.id) for day, contact in found]

    def test_business_that_never_pays(self):
        # Invoice of 1,000.00 of Monday 2 February 2026, due Wednesday 4 March.
        item = owe(due=date(2026, 3, 4), issued=date(2026, 2, 2))
        self.assertEqual(
            self.walk(item, customer(), BUSINESS, 150, calendar=WEEK),
            [
                # Due date - 5 days is Friday 27 February.
                (date(2026, 2, 27), PREVENTIVE.id),
                # + 3 working days: Thursday, Friday, Monday 9 March. A date is
                # given: 9 + 7 = Monday 16 March.
                (date(2026, 3, 9), GENTLE.id),
                # + 10 is 14 March; seven days after the gentle one is 16 March;
                # 16 March + three working days is Thursday 19: so Friday 20.
                (date(2026, 3, 20), CALL.id),
                # + 17 is 21 March; seven days after the call is Friday 27 March.
                # A date is given: Friday 3 April.
                (date(2026, 3, 27), FIRM.id),
                # + 30 is 3 April; 13 days after the firm one is 9 April; 3 April +
                # three working days is Wednesday 8 April: Thursday 9 April.
                # A date is given: 19 April is a Sunday, so Monday 20 April.
                (date(2026, 4, 9), FINAL.id),
                # + 15 days is 24 April, a Friday: Monday 27 April; 20 April + three
                # working days is Thursday 23. A date is given: 7 May.
                (date(2026, 4, 27), NOTICE.id),
                # + 15 days is Tuesday 12 May; 7 May + three working days is
                # Tuesday 12 May: Wednesday 13 May.
                (date(2026, 5, 13), HANDOVER.id),
            ],
        )

    def test_small_business_debt_is_not_called(self):
        # 100.00: no early note below 100.00 is not the case, no call below 500.00,
        # no notice and no hand-over below 250.00.
        item = owe(1, 100_00, due=date(2026, 3, 4), issued=date(2026, 2, 2))
        self.assertEqual(
            self.walk(item, customer(), BUSINESS, 200, calendar=WEEK),
            [
                (date(2026, 2, 27), PREVENTIVE.id),
                (date(2026, 3, 9), GENTLE.id),
                # 14 days after the gentle one: Monday 23 March; given 30 March.
                (date(2026, 3, 23), FIRM.id),
                # 13 days after it: Sunday 5 April; Monday is the first working day.
                # 30 March + three working days is 2 April.
                (date(2026, 4, 6), FINAL.id),
            ],
        )

    def test_consumer_ladder(self):
        # The ladder for consumers: -3, +7 (14 days), +24 (14 days), +40, +60.
        ladder = Ladder(
            (
                Step(1, -3, "preventive"),
                Step(2, 7, "gentle", date_given_days=14),
                Step(3, 24, "firm", date_given_days=14),
                Step(4, 40, "final", approval=True, date_given_days=14),
                Step(5, 60, "handover", ("call",), approval=True),
            )
        )
        item = owe(1, 100_00, due=date(2026, 3, 4), issued=date(2026, 2, 2))
        debtor = customer(kind="consumer", profile="new")
        self.assertEqual(
            self.walk(item, debtor, ladder, 150, calendar=WEEK),
            [
                # 1 March is a Sunday: Monday.
                (date(2026, 3, 2), 1),
                # + 7 is 11 March; ten days after the note is Thursday 12 March.
                (date(2026, 3, 12), 2),
                # Given 26 March, + three working days: 31 March.
                (date(2026, 4, 1), 3),
                # Given 15 April, + three working days: Monday 20 April.
                (date(2026, 4, 21), 4),
                # Given 5 May, + three working days: Friday 8 May; then Monday.
                (date(2026, 5, 11), 5),
            ],
        )

    def test_public_ladder(self):
        # -10 check, +10 gentle, +20 call, +45 firm, +75 a person decides: "firm",
        # for no other stage is left for a public body.
        ladder = Ladder(
            (
                Step(1, -10, "preventive", ("call",)),
                Step(2, 10, "gentle"),
                Step(3, 20, "call", ("call",)),
                Step(4, 45, "firm"),
                Step(5, 75, "firm", ("call",), approval=True),
            )
        )
        item = owe(due=date(2026, 3, 4), issued=date(2026, 1, 5))
        steps = self.walk(item, customer(kind="public"), ladder, 200, calendar=WEEK)
        self.assertEqual([step for _day, step in steps], [1, 2, 3, 4, 5])

    def test_strict_ladder_still_keeps_the_dates_given(self):
        ladder = Ladder(
            (
                PREVENTIVE,
                GENTLE._replace(delay=1),
                CALL._replace(delay=7),
                FIRM._replace(delay=12),
                FINAL._replace(delay=21),
            )
        )
        item = owe(late=8, taken=1, taken_on=before(7), date_given=before(0))
        decision = run([item], ladder=ladder, calendar=WEEK)
        # Given today, Wednesday: Thursday, Friday, Monday 9 March, so Tuesday.
        self.assert_held(decision, 1, Reason.DATE_GIVEN, date(2026, 3, 10))
