"""Rule "Credits first"."""

from odoo.tests import tagged

from ...engine.decision.cover import (
    collectible,
    company_amount,
)
from ...engine.decision.ladder import Ladder
from ...engine.values import Reason
from ..engine.engine_common import (
    FIRM,
    GENTLE,
    USD,
    EngineCase,
    credit,
    customer,
    owe,
    rules,
    run,
)


@tagged("post_install", "-at_install")
class TestEngineCredits(EngineCase):
    """What credits cover, in each order: named, equal, oldest."""

    def left(self, items, debtor=None, **settings):
        """Return ``{item id: what may be asked for}``."""
        found = collectible(debtor or customer(), items, rules(**settings))
        return {item_id: amount for item_id, (amount, _why, _figure) in found.items()}

    # === WHICH ITEM A CREDIT COVERS === #

    def test_credit_note_covers_its_own_invoice(self):
        # Item 1 is older, yet the credit note is for item 2: 500 - 200 = 300.
        items = [
            owe(1, 500_00, late=20),
            owe(2, 500_00, late=10),
            credit(3, 200_00, kind="credit_note", names=(102,)),
        ]
        self.assertEqual(self.left(items), {1: 500_00, 2: 300_00})

    def test_payment_covers_the_invoice_that_it_names(self):
        items = [
            owe(1, 500_00, late=20),
            owe(2, 500_00, late=10),
            credit(3, 450_00, names=(102,)),
        ]
        self.assertEqual(self.left(items), {1: 500_00, 2: 50_00})

    def test_named_payment_covers_installments_oldest_first(self):
        # 300 + 300 + 300, paid 400: the first, then 100 of the second.
        items = [
            owe(1, 300_00, late=-30, move_id=7),
            owe(2, 300_00, late=30, move_id=7),
            owe(3, 300_00, late=0, move_id=7),
            credit(4, 400_00, names=(7,)),
        ]
        self.assertEqual(self.left(items), {1: 300_00, 2: 0, 3: 200_00})

    def test_rest_of_a_named_credit_covers_the_oldest(self):
        # 700 for item 2 (500): the other 200 go to item 1.
        items = [
            owe(1, 600_00, late=20),
            owe(2, 500_00, late=10),
            credit(3, 700_00, names=(102,)),
        ]
        self.assertEqual(self.left(items), {1: 400_00, 2: 0})

    def test_payment_equal_to_an_item_covers_that(self):
        items = [
            owe(1, 500_00, late=30),
            owe(2, 120_00, late=10),
            credit(3, 120_00),
        ]
        self.assertEqual(self.left(items), {1: 500_00, 2: 0})

    def test_two_equal_payments_cover_two_equal_items(self):
        items = [
            owe(1, 500_00, late=30),
            owe(2, 120_00, late=10),
            owe(3, 120_00, late=5),
            credit(4, 120_00),
            credit(5, 120_00),
        ]
        self.assertEqual(self.left(items), {1: 500_00, 2: 0, 3: 0})

    def test_a_cent_off_is_not_equal(self):
        # 120.01 equals nothing: all of it goes to the oldest.
        items = [
            owe(1, 500_00, late=30),
            owe(2, 120_00, late=10),
            credit(3, 120_01),
        ]
        self.assertEqual(self.left(items), {1: 379_99, 2: 120_00})

    def test_named_comes_before_equal(self):
        # The credit note takes 100 of item 2 first; what is left, 20, is what the
        # payment of 120 no longer equals: it goes to the oldest.
        items = [
            owe(1, 500_00, late=30),
            owe(2, 120_00, late=10),
            credit(3, 120_00, late=9),
            credit(4, 100_00, late=1, kind="credit_note", names=(102,)),
        ]
        self.assertEqual(self.left(items), {1: 380_00, 2: 20_00})

    def test_rest_covers_oldest_first(self):
        # 5,000.00 on account over 1,000 + 3,000 + 2,000: 0, 0 and 1,000 are left.
        items = [
            owe(1, 2000_00, late=1),
            owe(2, 3000_00, late=40),
            owe(3, 1000_00, late=80),
            credit(4, 5000_00),
        ]
        self.assertEqual(self.left(items), {3: 0, 2: 0, 1: 1000_00})

    def test_rest_covers_what_may_be_chased_before_what_is_held(self):
        # Item 1 is disputed, 2 promised, 3 on a plan, and all are older than 4:
        # 450 go to 4 first (300), then to 1 (100), then 50 to 2.
        items = [
            owe(1, 100_00, late=90, disputed=100_00),
            owe(2, 100_00, late=80, promised=100_00),
            owe(3, 100_00, late=70, planned=100_00),
            owe(4, 300_00, late=10),
            credit(5, 450_00),
        ]
        self.assertEqual(self.left(items), {1: 0, 2: 0, 3: 0, 4: 0})
        # With one more claim of 80 the order shows: all of the credit is needed
        # before anything held is touched.
        items.append(owe(6, 180_00, late=5))
        self.assertEqual(self.left(items)[6], 30_00)

    def test_equal_to_a_disputed_item_still_covers_what_may_be_chased(self):
        # 100.00 equals the disputed item, yet the customer is spared first.
        items = [
            owe(1, 100_00, late=60, disputed=100_00),
            owe(2, 300_00, late=30),
            credit(3, 100_00),
        ]
        self.assertEqual(self.left(items), {1: 0, 2: 200_00})

    def test_payment_without_the_disputed_part_is_equal(self):
        # Invoice 300, of which 80 disputed: the 220 paid are for this one.
        items = [
            owe(1, 500_00, late=60),
            owe(2, 300_00, late=30, disputed=80_00),
            credit(3, 220_00),
        ]
        self.assertEqual(self.left(items), {1: 500_00, 2: 0})

    def test_excluded_items_take_no_credit_but_their_own(self):
        items = [
            owe(1, 500_00, late=90, excluded=True),
            owe(2, 300_00, late=10),
            credit(3, 100_00),
        ]
        self.assertEqual(self.left(items), {1: 0, 2: 200_00})
        items[2] = credit(3, 100_00, names=(101,))
        self.assertEqual(self.left(items), {1: 0, 2: 300_00})

    def test_keep_apart_covers_nothing(self):
        items = [
            owe(1, 500_00, late=30),
            credit(2, 800_00, keep_apart=True, names=(101,)),
        ]
        decision = run(items)
        contact = self.assert_contact(decision, GENTLE, {1: 500_00})
        self.assertEqual(contact.credits, [])
        self.assertIs(self.verdict(decision, 2).reason, Reason.CREDIT_COVERS)

    # === NOTHING OWED NET === #

    def test_covered_item_says_by_how_much(self):
        items = [owe(1, 500_00, late=30), owe(2, 100_00, late=40), credit(3, 120_00)]
        decision = run(items)
        self.assert_held(decision, 2, Reason.CREDIT_COVERS, None, 100_00)
        contact = self.assert_contact(decision, GENTLE, {1: 480_00})
        self.assertEqual([item.id for item in contact.credits], [3])
        # The credit has a verdict of its own: 120.00 taken off.
        self.assert_held(decision, 3, Reason.CREDIT_COVERS, None, 120_00)

    def test_partly_covered_item_is_asked_for_the_rest(self):
        items = [owe(1, 500_00, late=30), credit(2, 200_00)]
        self.assert_contact(run(items), GENTLE, {1: 300_00})

    def test_net_of_nothing_is_not_chased(self):
        # Debts 100 + 50, a credit note of 150 for another invoice that is gone.
        items = [
            owe(1, 100_00, late=60),
            owe(2, 50_00, late=30),
            credit(3, 150_00, kind="credit_note", names=(999,)),
        ]
        decision = run(items)
        self.assert_silent(decision, Reason.CREDIT_COVERS)
        self.assert_held(decision, 1, Reason.CREDIT_COVERS, None, 100_00)
        self.assert_held(decision, 2, Reason.CREDIT_COVERS, None, 50_00)

    def test_one_cent_net_may_be_chased(self):
        items = [owe(1, 100_00, late=60), credit(2, 99_99)]
        found = collectible(customer(), items, rules(small_amount=0))
        self.assertEqual(found[1], (1, None, 0))

    def test_credits_of_one_currency_do_not_cover_another(self):
        # 500 EUR owed, 100 USD (200 EUR) credited: net 300 EUR, asked in full, for
        # amounts of different currencies are never added.
        items = [owe(1, 500_00, late=30), credit(2, 100_00, currency=USD)]
        self.assert_contact(run(items), GENTLE, {1: 500_00})

    def test_nothing_net_in_company_currency_stops_all(self):
        # 500 EUR owed, 250 USD = 500 EUR credited.
        items = [owe(1, 500_00, late=30), credit(2, 250_00, currency=USD)]
        decision = run(items)
        self.assert_silent(decision, Reason.CREDIT_COVERS)
        self.assert_held(decision, 1, Reason.CREDIT_COVERS, None, 500_00)
        # One US cent less, and they owe two euro cents net.
        items[1] = credit(2, 249_99, currency=USD)
        self.assert_contact(run(items), GENTLE, {1: 500_00})

    def test_nothing_net_in_one_currency_chases_only_the_other(self):
        items = [
            owe(1, 500_00, late=30),
            owe(2, 80_00, late=30, currency=USD),
            credit(3, 80_00, currency=USD),
        ]
        decision = run(items)
        self.assert_contact(decision, GENTLE, {1: 500_00})
        self.assert_held(decision, 2, Reason.CREDIT_COVERS, None, 80_00)

    def test_nothing_net_in_one_currency_is_said_before_a_dispute(self):
        items = [
            owe(1, 500_00, late=30),
            owe(2, 80_00, late=30, currency=USD, disputed=80_00),
            credit(3, 80_00, currency=USD),
        ]
        decision = run(items)
        self.assert_contact(decision, GENTLE, {1: 500_00})
        self.assert_held(decision, 2, Reason.CREDIT_COVERS, None, 80_00)

    def test_two_currencies_have_their_own_lines(self):
        items = [owe(1, 500_00, late=30), owe(2, 80_00, late=30, currency=USD)]
        contact = self.assert_contact(run(items), GENTLE, {1: 500_00, 2: 80_00})
        self.assertEqual([entry[0].currency for entry in contact.about], [1, USD])

    def test_foreign_rest_worth_nothing_is_not_chased(self):
        # An exchange difference left 1 cent of USD with no value in EUR.
        items = [owe(1, 1, late=60, currency=USD, residual_company=0)]
        decision = run(items)
        self.assert_silent(decision, Reason.SMALL_DIFFERENCE)
        self.assert_held(decision, 1, Reason.SMALL_DIFFERENCE, None, 1)

    def test_foreign_amount_worth_nothing_needs_no_credit(self):
        # 5.00 USD that are 0.00 EUR in the books: no credit of 5.00 USD exists.
        items = [
            owe(1, 5_00, late=60, currency=USD, residual_company=0),
            owe(2, 100_00, late=30),
        ]
        decision = run(items)
        self.assert_contact(decision, GENTLE, {2: 100_00})
        self.assert_held(decision, 1, Reason.SMALL_DIFFERENCE, None, 5_00)

    def test_foreign_amount_worth_nothing_that_a_credit_covers(self):
        items = [
            owe(1, 5_00, late=60, currency=USD, residual_company=0),
            credit(2, 5_00, currency=USD),
        ]
        self.assert_held(run(items), 1, Reason.CREDIT_COVERS, None, 5_00)

    def test_excluded_comes_before_broken(self):
        items = [owe(1, 100_00, late=60, excluded=True, broken="no country")]
        self.assert_held(run(items), 1, Reason.EXCLUDED, None, 100_00)

    def test_what_a_person_said_is_not_explained_by_a_credit(self):
        items = [
            owe(1, 100_00, late=60, excluded=True),
            owe(2, 100_00, late=60, handed_over=True),
            owe(3, 100_00, late=60, broken="no due date"),
            credit(4, 500_00),
        ]
        decision = run(items)
        self.assert_held(decision, 1, Reason.EXCLUDED, None, 100_00)
        self.assert_held(decision, 2, Reason.HANDED_OVER, None, 100_00)
        self.assert_held(decision, 3, Reason.BROKEN, None, 100_00)

    def test_credit_does_not_change_what_others_take(self):
        # The covered oldest item took firm; the rest goes on from where it stood.
        items = [
            owe(1, 100_00, late=40, taken=17, taken_on=owe(late=20).due),
            owe(2, 300_00, late=40, taken=3, taken_on=owe(late=30).due),
            credit(3, 100_00),
        ]
        self.assert_contact(
            run(items, ladder=Ladder((GENTLE, FIRM))), FIRM, {2: 300_00}
        )

    # === COMPANY CURRENCY === #

    def test_company_amount_is_at_the_items_own_rate(self):
        item = owe(1, 300_00, currency=USD, residual_company=275_55)
        self.assertEqual(company_amount(item, 300_00), 275_55)
        # 275.55 / 3 = 91.85
        self.assertEqual(company_amount(item, 100_00), 91_85)
