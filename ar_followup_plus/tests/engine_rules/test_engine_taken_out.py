"""Rules "Amounts taken out" and "Our turn"."""

from hypothesis import given

from odoo.tests import tagged

from ...engine.decision.cover import AMOUNT_FIELDS, collectible
from ...engine.decision.decide import still_asked
from ...engine.values import BankMoney, Item, Reason
from ..engine.engine_common import (
    EUR,
    GENTLE,
    USD,
    EngineCase,
    after,
    credit,
    customer,
    owe,
    run,
)
from ..engine.engine_strategies import EXAMPLES, cases

#: What holds an amount of an item: (name of the field, reason).
HELD = (
    ("disputed", Reason.DISPUTED),
    ("promised", Reason.PROMISED),
    ("planned", Reason.ON_PLAN),
    ("waiting", Reason.WAITING_FOR_US),
)


class Unread:
    """The value of a field that nothing may look at."""

    def _refuse(self, *_arguments):
        raise AssertionError("A field is read that is none of AMOUNT_FIELDS")

    __bool__ = __eq__ = __lt__ = __gt__ = __add__ = __radd__ = __hash__ = _refuse


@tagged("post_install", "-at_install")
class TestEngineAmountFields(EngineCase):
    @EXAMPLES
    @given(cases())
    def test_amounts_depend_on_these_fields_alone(self, case):
        """Who asks for amounts alone reads no others from the ledger."""
        debtor, items, _ladder, rules = case
        unread = dict.fromkeys(set(Item._fields) - AMOUNT_FIELDS, Unread())
        self.assertEqual(
            collectible(debtor, [item._replace(**unread) for item in items], rules),
            collectible(debtor, items, rules),
        )


@tagged("post_install", "-at_install")
class TestEngineTakenOut(EngineCase):
    """Amounts and items that are not to be asked for now."""

    # === DISPUTED, PROMISED, PLANNED, WAITING === #

    def test_held_amounts_are_never_demanded(self):
        for name, reason in HELD:
            with self.subTest(name):
                decision = run([owe(1, 500_00, late=30, **{name: 500_00})])
                self.assert_silent(decision, reason)
                self.assert_held(decision, 1, reason, None, 500_00)

    def test_the_rest_is_demanded_and_the_held_part_shown_apart(self):
        for name, reason in HELD:
            with self.subTest(name):
                item = owe(1, 500_00, late=30, **{name: 120_00})
                contact = self.assert_contact(run([item]), GENTLE, {1: 380_00})
                self.assertEqual(contact.apart, [(item, 120_00, reason)])

    def test_more_held_than_open_is_held_in_full(self):
        # 300 were disputed, 200 paid since: at most what is open is disputed.
        item = owe(1, 100_00, late=30, original=300_00, disputed=300_00)
        self.assert_held(run([item]), 1, Reason.DISPUTED, None, 100_00)
        other = owe(2, 50_00, late=30)
        contact = self.assert_contact(run([item, other]), GENTLE, {2: 50_00})
        self.assertEqual(contact.apart, [(item, 100_00, Reason.DISPUTED)])

    def test_the_largest_part_names_the_reason(self):
        item = owe(1, 500_00, late=30, disputed=100_00, promised=300_00, waiting=100_00)
        self.assert_held(run([item]), 1, Reason.PROMISED, None, 300_00)
        # Equal parts: the order of the rule, disputed first.
        item = owe(1, 500_00, late=30, disputed=250_00, planned=250_00)
        self.assert_held(run([item]), 1, Reason.DISPUTED, None, 250_00)

    def test_credit_and_dispute_together(self):
        # 500 - 200 disputed - 100 credit = 200.
        items = [owe(1, 500_00, late=30, disputed=200_00), credit(2, 100_00)]
        self.assert_contact(run(items), GENTLE, {1: 200_00})

    # === PERSONS SAID SO === #

    def test_excluded_handed_over_and_broken(self):
        for values, reason in (
            ({"excluded": True}, Reason.EXCLUDED),
            ({"handed_over": True}, Reason.HANDED_OVER),
            ({"broken": "no due date"}, Reason.BROKEN),
        ):
            with self.subTest(reason):
                decision = run([owe(1, 500_00, late=30, **values)])
                self.assert_silent(decision, reason)
                self.assert_held(decision, 1, reason, None, 500_00)

    def test_excluded_items_are_not_shown_apart(self):
        items = [
            owe(1, 90_00, late=30),
            owe(2, 80_00, late=30, excluded=True, disputed=80_00),
            owe(3, 70_00, late=30, broken="no_due_date", promised=70_00),
        ]
        self.assertEqual(self.assert_contact(run(items), GENTLE, {1: 90_00}).apart, [])

    def test_one_broken_item_leaves_the_others_alone(self):
        items = [owe(1, late=30, broken="archived currency"), owe(2, 70_00, late=30)]
        contact = self.assert_contact(run(items), GENTLE, {2: 70_00})
        self.assertEqual(contact.apart, [])

    def test_again_on(self):
        # "Ask again on": the day itself is asked again.
        item = owe(1, late=30, again_on=after(1))
        decision = run([item])
        self.assert_silent(decision, Reason.SNOOZED, after(1))
        self.assert_held(decision, 1, Reason.SNOOZED, after(1))
        self.assert_contact(run([item], day=after(1)), GENTLE, {1: 1000_00})

    # === SMALL DIFFERENCE === #

    def test_small_difference(self):
        # 5.00 left of 500.00: at most 5.00 and at most 1 %.
        item = owe(1, 5_00, late=30, original=500_00)
        decision = run([item])
        self.assert_silent(decision, Reason.SMALL_DIFFERENCE)
        self.assert_held(decision, 1, Reason.SMALL_DIFFERENCE, None, 5_00)

    def test_small_difference_boundaries(self):
        for rest, original, small in (
            (5_00, 500_00, True),
            (5_01, 600_00, False),  # above 5.00, below 1 %
            (5_00, 499_99, False),  # 1.00002 %
            (3_00, 1000_00, True),
            (4, 4, False),  # an invoice of four cents is no difference
            (1_00, 100_00, True),
            (1_01, 100_00, False),
        ):
            with self.subTest(rest=rest, original=original):
                decision = run([owe(1, rest, late=30, original=original)])
                reason = self.verdict(decision).reason
                self.assertEqual(reason is Reason.SMALL_DIFFERENCE, small)

    def test_small_difference_is_measured_in_company_currency(self):
        # 3.00 USD = 6.00 EUR, above 5.00; 2.50 USD = 5.00 EUR.
        item = owe(1, 3_00, late=30, currency=USD, original=900_00)
        self.assertIsNot(self.verdict(run([item])).reason, Reason.SMALL_DIFFERENCE)
        item = owe(1, 2_50, late=30, currency=USD, original=900_00)
        self.assertIs(self.verdict(run([item])).reason, Reason.SMALL_DIFFERENCE)

    def test_small_difference_after_a_credit(self):
        # 1,000.00 - 997.00 = 3.00
        items = [owe(1, 1000_00, late=30), credit(2, 997_00)]
        self.assert_held(run(items), 1, Reason.SMALL_DIFFERENCE, None, 3_00)

    def test_small_difference_can_be_switched_off(self):
        item = owe(1, 5_00, late=30, original=500_00)
        self.assert_contact(run([item], small_amount=0), GENTLE, {1: 5_00})

    # === MONEY ON ITS WAY === #

    def test_pending_payment(self):
        item = owe(1, 500_00, late=30, pending=500_00)
        decision = run([item])
        self.assert_silent(decision, Reason.PAYMENT_PENDING)
        self.assert_held(decision, 1, Reason.PAYMENT_PENDING, None, 500_00)

    def test_pending_amount_is_of_the_whole_invoice_oldest_first(self):
        # Three installments of 100, a card payment of 150: 0 + 50 + 100 are left.
        items = [
            owe(3, 100_00, late=25, move_id=7, pending=150_00),
            owe(2, 100_00, late=35, move_id=7, pending=150_00),
            owe(1, 100_00, late=45, move_id=7, pending=150_00),
            owe(4, 100_00, late=45),
        ]
        decision = run(items)
        self.assert_held(decision, 1, Reason.PAYMENT_PENDING, None, 100_00)
        self.assert_contact(decision, GENTLE, {2: 50_00, 3: 100_00, 4: 100_00})

    def test_pending_amount_passes_over_an_excluded_installment(self):
        items = [
            owe(1, 100_00, late=45, move_id=7, pending=100_00, excluded=True),
            owe(2, 100_00, late=35, move_id=7, pending=100_00),
        ]
        self.assert_held(run(items), 2, Reason.PAYMENT_PENDING, None, 100_00)

    def test_bank_money_up_to_its_amount(self):
        payer = customer(bank=(BankMoney(EUR, 150_00),))
        items = [owe(1, 100_00, late=40), owe(2, 100_00, late=30)]
        decision = run(items, payer)
        self.assert_held(decision, 1, Reason.BANK_UNMATCHED, None, 100_00)
        self.assert_contact(decision, GENTLE, {2: 50_00})

    def test_bank_money_for_the_invoice_it_names(self):
        payer = customer(bank=(BankMoney(EUR, 120_00, 102),))
        items = [owe(1, 100_00, late=40), owe(2, 100_00, late=30)]
        decision = run(items, payer)
        self.assert_held(decision, 2, Reason.BANK_UNMATCHED, None, 100_00)
        self.assert_contact(decision, GENTLE, {1: 80_00})

    def test_bank_money_beyond_the_invoice_it_names_goes_to_the_oldest(self):
        payer = customer(bank=(BankMoney(EUR, 150_00, 103),))
        items = [owe(n, 100_00, late=40 - n) for n in (1, 2, 3)]
        self.assert_contact(run(items, payer), GENTLE, {1: 50_00, 2: 100_00})

    def test_bank_money_of_another_currency_is_another_matter(self):
        payer = customer(bank=(BankMoney(USD, 500_00),))
        self.assert_contact(run([owe(1, 100_00, late=40)], payer), GENTLE, {1: 100_00})

    def test_bank_money_that_covers_all(self):
        payer = customer(bank=(BankMoney(EUR, 60_00), BankMoney(EUR, 40_00, 101)))
        decision = run([owe(1, 100_00, late=40)], payer)
        self.assert_silent(decision, Reason.BANK_UNMATCHED)
        self.assert_held(decision, 1, Reason.BANK_UNMATCHED, None, 100_00)

    # === WHAT A WAITING NOTICE MAY STILL ASK FOR === #

    def test_waiting_notice_loses_what_is_taken_out(self):
        kept = owe(1, 100_00, late=30, outbox="ready")
        for values, reason in (
            ({"disputed": 100_00}, Reason.DISPUTED),
            ({"promised": 100_00}, Reason.PROMISED),
            ({"planned": 100_00}, Reason.ON_PLAN),
            ({"waiting": 100_00}, Reason.WAITING_FOR_US),
            ({"pending": 100_00}, Reason.PAYMENT_PENDING),
            ({"excluded": True}, Reason.EXCLUDED),
            ({"handed_over": True}, Reason.HANDED_OVER),
            ({"broken": "x"}, Reason.BROKEN),
            ({"sent": False}, Reason.NOT_SENT),
            ({"sent_on": after(-2)}, Reason.JUST_SENT),
        ):
            with self.subTest(reason):
                lost = owe(2, 100_00, late=30, outbox="ready", **values)
                decision = run([kept, lost], require_sent=True)
                self.assertIs(self.verdict(decision, 2).reason, reason)
                self.assertEqual(still_asked(decision), {1: 100_00})

    def test_waiting_notice_about_an_invoice_sent_long_enough_ago_stays(self):
        for late, sent in ((30, 7), (0, 1)):
            item = owe(1, late=late, outbox="ready", sent_on=after(-sent))
            self.assert_held(run([item]), 1, Reason.IN_OUTBOX)

    def test_waiting_notice_keeps_the_rest_of_an_item(self):
        item = owe(1, 100_00, late=30, outbox="ready", disputed=30_00)
        self.assertEqual(still_asked(run([item])), {1: 70_00})

    def test_brakes_leave_a_waiting_notice_alone(self):
        for outbox in ("proposed", "ready"):
            for values in (
                {"last_contact": after(-1)},
                {"snooze_until": after(3)},
                {"reply_until": after(3)},
                {"not_before": after(3)},
            ):
                with self.subTest(outbox=outbox, **values):
                    item = owe(1, 100_00, late=30, outbox=outbox)
                    decision = run([item], customer(**values))
                    self.assertEqual(decision.contacts, [])
                    self.assertEqual(still_asked(decision), {1: 100_00})

    def test_a_stop_takes_all_out(self):
        item = owe(1, 100_00, late=30, outbox="ready")
        self.assertEqual(still_asked(run([item], customer(stopped="court"))), {})
        self.assertEqual(still_asked(run([item], state="off")), {})
