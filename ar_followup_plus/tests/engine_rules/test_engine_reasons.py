"""Every reason: that it is given, until when, and with which figure."""

from datetime import date

from odoo.tests import tagged

from ...engine.values import BankMoney, Proposal, Reason
from ..engine.engine_common import (
    EUR,
    FIRM,
    GENTLE,
    TODAY,
    WITH_APPROVAL,
    EngineCase,
    after,
    before,
    credit,
    customer,
    owe,
    run,
)

CALL_NEXT = {"taken": 3, "taken_on": before(40)}
FIRM_NEXT = {"taken": 10, "taken_on": before(40)}
FINAL_NEXT = {"taken": 17, "taken_on": before(40)}
#: Reason: (items, debtor, rules, day on which it can change, figure). The verdict is
#: that on item 1, with 91 days overdue and 1,000.00 open unless said.
CASES = {
    Reason.CREDIT_COVERS: (
        [owe(late=91), owe(2, 50_00, late=90), credit(3)],
        {},
        {},
        None,
        0,
    ),
    Reason.DISPUTED: ([owe(late=91, disputed=1000_00)], {}, {}, None, 1000_00),
    Reason.PROMISED: ([owe(late=91, promised=1000_00)], {}, {}, None, 1000_00),
    Reason.ON_PLAN: ([owe(late=91, planned=1000_00)], {}, {}, None, 1000_00),
    Reason.HANDED_OVER: ([owe(late=91, handed_over=True)], {}, {}, None, 1000_00),
    Reason.SNOOZED: ([owe(late=91, again_on=after(9))], {}, {}, after(9), 0),
    Reason.EXCLUDED: ([owe(late=91, excluded=True)], {}, {}, None, 1000_00),
    Reason.SMALL_DIFFERENCE: (
        [owe(1, 4_99, late=91, original=800_00)],
        {},
        {},
        None,
        4_99,
    ),
    Reason.PAYMENT_PENDING: ([owe(late=91, pending=1000_00)], {}, {}, None, 1000_00),
    Reason.BANK_UNMATCHED: (
        [owe(late=91)],
        {"bank": (BankMoney(EUR, 1200_00),)},
        {},
        None,
        1000_00,
    ),
    Reason.WAITING_FOR_US: ([owe(late=91, waiting=1000_00)], {}, {}, None, 1000_00),
    Reason.NOT_DUE: ([owe(late=2)], {}, {}, after(1), 0),
    Reason.DATE_GIVEN: (
        [owe(late=91, **FIRM_NEXT, date_given=after(2))],
        {},
        {},
        after(6),
        0,
    ),
    Reason.NOT_SENT: (
        [owe(late=91, sent=False)],
        {},
        {"require_sent": True},
        None,
        0,
    ),
    Reason.JUST_SENT: ([owe(late=91, sent_on=before(3))], {}, {}, after(4), 0),
    Reason.DIRECT_DEBIT: ([owe(late=4)], {"direct_debit": True}, {}, after(2), 0),
    Reason.OTHER_STEP: (
        [owe(late=91, **CALL_NEXT), owe(2, late=91, **FINAL_NEXT)],
        {},
        {},
        None,
        0,
    ),
    Reason.WITH_NEXT: (
        # Item 2 had a reminder six days ago, which announced the next one
        [owe(late=91), owe(2, late=91, taken=3, taken_on=before(6))],
        {},
        {},
        after(8),
        0,
    ),
    Reason.BUDGET: ([owe(late=91)], {"budget_on": after(4)}, {}, after(4), 0),
    Reason.NEEDS_PERSON: ([owe(late=500)], {}, {}, None, 500),
    Reason.DAILY_LIMIT: (
        [owe(late=91)],
        {},
        {"first_left": 0, "backlog_date": TODAY},
        after(1),
        0,
    ),
    Reason.CONTACTED_RECENTLY: (
        [owe(late=91)],
        {"last_contact": before(3)},
        {},
        after(2),
        0,
    ),
    Reason.BELOW_MINIMUM: ([owe(1, 4_00, late=91)], {}, {}, None, 4_00),
    Reason.QUIET_DAY: (
        [owe(late=91, **FINAL_NEXT)],
        {},
        {"day": date(2026, 3, 6)},
        date(2026, 3, 9),
        0,
    ),
    Reason.IN_OUTBOX: ([owe(late=91, outbox="ready")], {}, {}, None, 0),
    Reason.NO_CONTACT: (
        [owe(late=91)],
        {"channels": frozenset()},
        {},
        None,
        1000_00,
    ),
    Reason.LADDER_DONE: ([owe(late=91, taken=60)], {}, {}, None, 0),
    Reason.BOOKS_BEHIND: ([owe(late=91)], {}, {"books_behind": True}, None, 0),
    Reason.CONTACT_STOPPED: ([owe(late=91)], {"stopped": "court"}, {}, None, 0),
    Reason.COMPANY_OFF: ([owe(late=91)], {}, {"state": "off"}, None, 0),
    Reason.BROKEN: ([owe(late=91, broken="no_due_date")], {}, {}, None, 1000_00),
}
#: Reasons of the debtor as a whole: (debtor, rules, day on which it can change).
OF_DEBTOR = {
    Reason.SNOOZED: ({"snooze_until": after(4)}, {}, after(4)),
    Reason.WAITING_FOR_US: ({"reply_until": after(4)}, {}, after(4)),
    Reason.NEEDS_PERSON: ({"kind": "group"}, {}, None),
    Reason.CONTACTED_RECENTLY: ({"not_before": after(4)}, {}, after(4)),
    Reason.BOOKS_BEHIND: ({}, {"books_behind": True}, None),
    Reason.CONTACT_STOPPED: ({"stopped": "deceased"}, {}, None),
    Reason.COMPANY_OFF: ({}, {"state": "off"}, None),
}


@tagged("post_install", "-at_install")
class TestEngineReasons(EngineCase):
    """No reason without a test of its day and its figure."""

    def test_reasons_of_items(self):
        for reason, (items, debtor, settings, on, figure) in CASES.items():
            with self.subTest(reason.name):
                if reason is Reason.CREDIT_COVERS:
                    continue
                decision = run(items, customer(**debtor), **settings)
                self.assert_held(decision, 1, reason, on, figure)
                if len(items) == 1:
                    self.assert_silent(decision, reason, on)

    def test_credit_covers(self):
        # 1,000.00 owed and 1,000.00 received for another invoice.
        decision = run([owe(late=91), credit(2, 1000_00)])
        self.assert_silent(decision, Reason.CREDIT_COVERS)
        self.assert_held(decision, 1, Reason.CREDIT_COVERS, None, 1000_00)

    def test_awaiting_approval(self):
        # The step stays on the verdict: the proposal is brought up to date.
        item = owe(late=91, **FINAL_NEXT, outbox="proposed")
        debtor = customer(proposal=Proposal(5, before(1)))
        decision = run([item], debtor, WITH_APPROVAL)
        verdict = self.verdict(decision)
        self.assertIs(verdict.reason, Reason.AWAITING_APPROVAL)
        self.assertEqual((verdict.amount, verdict.on), (1000_00, TODAY))
        self.assertEqual(verdict.step.id, 5)

    def test_every_reason_has_a_case(self):
        self.assertEqual(set(CASES) | {Reason.AWAITING_APPROVAL}, set(Reason))

    def test_reasons_of_the_debtor(self):
        for reason, (values, settings, on) in OF_DEBTOR.items():
            with self.subTest(reason.name):
                decision = run([owe(late=91)], customer(**values), **settings)
                self.assert_silent(decision, reason, on)
                self.assert_held(decision, 1, reason, on)

    def test_brakes_speak_only_where_something_would_leave(self):
        # Nothing is due: "not yet" says more than "snoozed".
        for values, settings, _on in OF_DEBTOR.values():
            decision = run([owe(late=1)], customer(**values), **settings)
            strong = (Reason.CONTACT_STOPPED, Reason.COMPANY_OFF)
            if decision.reason not in strong:
                self.assert_silent(decision, Reason.NOT_DUE, after(2))

    def test_the_largest_part_speaks_for_the_debtor(self):
        items = [
            owe(1, 5000_00, late=1),  # not yet
            owe(2, 200_00, late=40, disputed=200_00),
            owe(3, 300_00, late=40, promised=300_00),
        ]
        decision = run(items)
        self.assert_silent(decision, Reason.PROMISED, after(2))
        self.assertIs(decision.next_step, GENTLE)

    def test_next_day_is_the_first_on_which_anything_can_change(self):
        items = [
            owe(1, late=91, again_on=after(9)),
            owe(2, late=91, sent_on=before(3)),  # in four days
            owe(3, late=12, taken=10, taken_on=before(2)),  # firm in five days
        ]
        decision = run(items)
        self.assertEqual(decision.next_on, after(4))
        self.assertIs(decision.next_step, GENTLE)
        self.assertIs(self.verdict(decision, 3).coming.id, FIRM.id)

    def test_what_is_taken_out(self):
        brakes = {
            Reason.SNOOZED,
            Reason.WAITING_FOR_US,  # with an amount: the pause after a reply
            Reason.NOT_DUE,
            Reason.DATE_GIVEN,
            Reason.DIRECT_DEBIT,
            Reason.OTHER_STEP,
            Reason.WITH_NEXT,
            Reason.BUDGET,
            Reason.NEEDS_PERSON,
            Reason.DAILY_LIMIT,
            Reason.CONTACTED_RECENTLY,
            Reason.BELOW_MINIMUM,
            Reason.QUIET_DAY,
            Reason.AWAITING_APPROVAL,
            Reason.IN_OUTBOX,
            Reason.NO_CONTACT,
            Reason.LADDER_DONE,
            Reason.BOOKS_BEHIND,
        }
        self.assertEqual({r for r in Reason if r.takes_out}, set(Reason) - brakes)
