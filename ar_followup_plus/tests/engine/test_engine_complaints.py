"""What users of other systems complain about, as far as the decision goes.

Each test is named after its source (the last list of the domain notes).
"""

from datetime import date, timedelta

from odoo.tests import tagged

from ...engine.aging import bucket
from ...engine.decision.decide import still_asked
from ...engine.decision.forecast import after_contact
from ...engine.decision.ladder import Ladder, reached_on
from ...engine.values import Proposal, Reason
from .engine_common import (
    APPROVED,
    CALL,
    FINAL,
    GENTLE,
    PREVENTIVE,
    TODAY,
    USD,
    WEEK,
    WITH_APPROVAL,
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


@tagged("post_install", "-at_install")
class TestEngineComplaints(EngineCase):
    """The same faults must not happen here."""

    def test_invoiceninja_1693_2330_fossbilling_4024_same_reminder_every_run(self):
        # 22 runs a day for two days: one reminder.
        debtor, items, sent = customer(), [owe(late=5)], 0
        for day in (TODAY, after(1)):
            for _run in range(22):
                for contact in run(items, debtor, day=day).contacts:
                    debtor, items = after_contact(contact, debtor, items, day)
                    sent += 1
        self.assertEqual(sent, 1)

    def test_dolibarr_25197_missed_run_never_sent(self):
        # The delay is three days; the run missed the third, and the tenth.
        for late in (4, 11, 200):
            self.assert_contact(run([owe(late=late)]), GENTLE, {1: 1000_00})

    def test_dolibarr_30771_offset_with_the_wrong_sign(self):
        # -5 is before the due date and 3 after it, never the other way round.
        item = owe(due=date(2026, 3, 11))
        self.assertEqual(reached_on(PREVENTIVE, item, WEEK), date(2026, 3, 6))
        self.assertEqual(reached_on(GENTLE, item, WEEK), date(2026, 3, 14))
        working = PREVENTIVE._replace(working=True)
        self.assertEqual(reached_on(working, item, WEEK), date(2026, 3, 4))
        for late, stage in ((-3, "preventive"), (3, "gentle")):
            self.assertEqual(run([owe(late=late)]).contacts[0].step.stage, stage)

    def test_oca_credit_control_432_three_letters_in_one_run(self):
        items = [
            owe(1, 300_00, late=50, taken=17, taken_on=before(30)),
            owe(2, 200_00, late=40, taken=10, taken_on=before(20)),
            owe(3, 100_00, late=5),
        ]
        decision = run(items)
        self.assert_contact(decision, FINAL, {1: 300_00}, {2: 200_00, 3: 100_00})
        # Nor in three runs of one night, whether it waits or has left.
        waiting = [items[0]._replace(outbox="ready"), *items[1:]]
        self.assert_silent(run(waiting), Reason.IN_OUTBOX)
        debtor, items = after_contact(decision.contacts[0], customer(), items, TODAY)
        # Items 2 and 3 were taken along: not one of them has a letter of its own until
        # the date of the demand has passed.
        self.assertEqual([item.taken for item in items], [30, 17, 3])
        decision = run(items, debtor)
        self.assert_silent(decision, Reason.NOT_DUE, after(7))

    def test_oca_credit_control_122_unprocessed_proposals_climb(self):
        # A final demand is proposed and nobody approves it for a month: the notice
        # above it never comes.
        item = owe(late=91, taken=17, taken_on=before(60), outbox="proposed")
        debtor = customer(proposal=Proposal(APPROVED.id, before(30)))
        for ahead in (0, 1, 29):
            decision = run([item], debtor, WITH_APPROVAL, after(ahead), calendar=WEEK)
            self.assertEqual([c.step.id for c in decision.contacts], [APPROVED.id])

    def test_oca_credit_control_211_330_credits_and_part_payments_ignored(self):
        # 1,000 - 600 paid on account - 100 credit note = 300; the other invoice is
        # half paid already (residual 250 of 500).
        items = [
            owe(1, 1000_00, late=40),
            owe(2, 250_00, late=20, original=500_00),
            credit(3, 600_00),
            credit(4, 100_00, kind="credit_note", names=(101,)),
        ]
        self.assert_contact(run(items), GENTLE, {1: 300_00, 2: 250_00})

    def test_odoo_216062_outstanding_balance_of_nothing(self):
        for items in (
            [],
            [owe(1, 100_00, late=40), credit(2, 100_00)],
            [owe(1, 100_00, late=40, disputed=100_00)],
            [owe(1, 100_00, late=40, pending=100_00)],
        ):
            decision = run(items)
            self.assertEqual(decision.contacts, [])
            self.assertEqual(still_asked(decision), {})
        # Nor is a line of nothing listed beside others.
        items = [owe(1, 100_00, late=40), owe(2, 100_00, late=30), credit(3, 100_00)]
        contact = run(items).contacts[0]
        self.assertEqual(lines(contact.about + contact.also), {2: 100_00})

    def test_erpnext_46650_two_invoices_with_the_same_amount(self):
        items = [owe(1, 123_45, late=40), owe(2, 678_90, late=40)]
        self.assert_contact(run(items), GENTLE, {1: 123_45, 2: 678_90})

    def test_erpnext_56006_amounts_keep_their_currency(self):
        items = [owe(1, 100_00, late=40), owe(2, 100_00, late=40, currency=USD)]
        contact = run(items).contacts[0]
        self.assertEqual(
            {item.id: (item.currency, amount) for item, amount, _s in contact.about},
            {1: (1, 100_00), 2: (USD, 100_00)},
        )

    def test_oca_credit_control_314_foreign_amount_compared_with_a_limit(self):
        # The minimum is 5.00 in company currency. 18.00 in a currency of which four
        # make one (residual 4.50) are below it; 20.00 (5.00) are not.
        item = owe(1, 18_00, late=40, currency=3, residual_company=4_50)
        self.assert_held(run([item]), 1, Reason.BELOW_MINIMUM, None, 4_50)
        item = owe(1, 20_00, late=40, currency=3, residual_company=5_00)
        self.assert_contact(run([item]), GENTLE, {1: 20_00})

    def test_oca_account_invoice_overdue_reminder_only_after_the_last_installment(self):
        items = [
            owe(1, 300_00, late=33, move_id=7),
            owe(2, 300_00, late=3, move_id=7),
            owe(3, 300_00, late=-27, move_id=7),
        ]
        contact = self.assert_contact(run(items), GENTLE, {1: 300_00, 2: 300_00})
        self.assertNotIn(3, moved(contact))

    def test_oca_credit_control_447_unreachable_is_said_not_queued(self):
        decision = run([owe(late=40)], customer(channels=frozenset()))
        self.assert_silent(decision, Reason.NO_CONTACT)
        # Without an address, and with a telephone, there is the call.
        debtor = customer(channels=frozenset(("call",)))
        decision = run([owe(late=9)], debtor)
        self.assert_silent(decision, Reason.NO_CONTACT, after(1))
        self.assert_contact(run([owe(late=10)], debtor), CALL, {1: 1000_00})

    def test_letters_for_ten_cents(self):
        self.assert_silent(run([owe(1, 10, late=40)]), Reason.BELOW_MINIMUM)

    def test_first_contact_that_threatens_because_the_debt_is_old(self):
        self.assert_contact(run([owe(late=360)]), GENTLE, {1: 1000_00})

    def test_old_debt_blasted_on_the_day_of_installation(self):
        day_one = {"backlog_date": TODAY}
        self.assertEqual(run([owe(late=200)], state="off").contacts, [])
        self.assertEqual(run([owe(late=200)], first_left=0, **day_one).contacts, [])
        self.assertEqual(run([owe(late=366)], **day_one).contacts, [])

    def test_invoiceninja_4020_each_reminder_gives_a_new_date_that_binds(self):
        # Fourteen days ahead, and nothing before they and three working days passed.
        ladder = Ladder((GENTLE._replace(date_given_days=14), CALL))
        debtor, items = customer(), [owe(due=date(2026, 2, 27))]
        contact = run(items, debtor, ladder, calendar=WEEK).contacts[0]
        self.assertEqual(contact.date_given, date(2026, 3, 18))
        debtor, items = after_contact(contact, debtor, items, TODAY)
        day = TODAY
        while not run(items, debtor, ladder, day, calendar=WEEK).contacts:
            day += timedelta(days=1)
        # Thursday, Friday, Monday 23 March; then Tuesday.
        self.assertEqual(day, date(2026, 3, 24))

    # === OBSERVED ON OCA'S MODULES === #

    def test_observed_second_decision_on_a_day_doubles(self):
        items = [owe(late=40)]
        self.assertEqual(run(items), run(items))
        left = [items[0]._replace(taken=3, outbox="ready")]
        self.assertEqual(run(left).contacts, [])

    def test_observed_next_level_while_the_first_is_queued(self):
        for outbox in ("ready", "sending"):
            item = owe(late=91, taken=3, outbox=outbox)
            self.assert_silent(run([item]), Reason.IN_OUTBOX)

    def test_observed_failed_mail_counts_as_done(self):
        for ahead in (0, 30, 90):
            item = owe(late=91, taken=3, outbox="failed")
            self.assert_silent(run([item], day=after(ahead)), Reason.IN_OUTBOX)

    def test_observed_credit_of_500_against_a_debt_of_100(self):
        items = [owe(1, 100_00, late=40), credit(2, 500_00, kind="credit_note")]
        self.assert_silent(run(items), Reason.CREDIT_COVERS)

    def test_observed_one_bad_customer_aborts_the_run(self):
        # The engine decides for each alone, and broken data are a reason.
        items = [owe(1, late=40, broken="no_partner"), owe(2, 90_00, late=40)]
        self.assert_contact(run(items), GENTLE, {2: 90_00})

    # === BUCKETS AND DATES === #

    def test_statement_module_day_30_in_the_wrong_bucket(self):
        self.assertEqual((bucket(30), bucket(31)), ("1_30", "31_60"))
