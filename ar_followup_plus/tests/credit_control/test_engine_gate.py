"""The gate, as one table: each row is a case."""

from unittest import TestCase

from ...engine.gate import Customer, Document, Setting, answer

BLOCK, WARN, OFF = Setting("block"), Setting("warn"), Setting("off")
TOO = Setting("block", True)
ORDER, CASH, INVOICE = Document(), Document(credit=False), Document(invoice=True)
PREPAID = Document(prepaid=True)
DELIVERED = Document(invoice=True, delivered=True)
ROBOT, ROBOT_INVOICE = (
    Document(automatic=True),
    Document(automatic=True, invoice=True),
)
PASS = Document(passes=True)
PAID, PAID_INVOICE = Document(paid=True), Document(paid=True, invoice=True)
SIGNED, NOT, GRACE = Customer(), Customer(needs=True), Customer(True, True)
HELD, BOTH = Customer(held=True), Customer(True, False, True)

#: What, customer, setting, what happens, why, listed.
CASES = [
    # An order on credit: accepted or not
    (ORDER, SIGNED, BLOCK, "pass", "", False),
    (ORDER, NOT, OFF, "pass", "", False),
    (ORDER, NOT, WARN, "warn", "terms", False),
    (ORDER, NOT, BLOCK, "block", "terms", False),
    (ORDER, GRACE, BLOCK, "warn", "terms", False),
    # ... and under a hold, whatever the gate is
    (ORDER, HELD, OFF, "block", "hold", False),
    (ORDER, HELD, WARN, "block", "hold", False),
    (ORDER, BOTH, WARN, "block", "hold terms", False),
    (ORDER, BOTH, BLOCK, "block", "hold terms", False),
    # Immediate payment and prepaid always pass
    (CASH, BOTH, BLOCK, "pass", "", False),
    (PREPAID, BOTH, BLOCK, "pass", "", False),
    # Let through once
    (PASS, BOTH, BLOCK, "pass", "hold terms", False),
    # A payment opens a hold, and never missing terms
    (PAID, HELD, OFF, "pass", "hold", False),
    (PAID, BOTH, WARN, "pass", "hold terms", False),
    (PAID, NOT, BLOCK, "block", "terms", False),
    (PAID, BOTH, BLOCK, "block", "hold terms", False),
    (PAID, NOT, WARN, "warn", "terms", False),
    (PAID_INVOICE, HELD, TOO, "pass", "hold", False),
    (PAID_INVOICE, NOT, TOO, "block", "terms", False),
    # What was ordered or delivered is invoiced
    (DELIVERED, BOTH, TOO, "pass", "", False),
    # An invoice without an order
    (INVOICE, NOT, OFF, "pass", "", False),
    (INVOICE, NOT, WARN, "warn", "terms", False),
    (INVOICE, NOT, BLOCK, "warn", "terms", False),
    (INVOICE, NOT, TOO, "block", "terms", False),
    (INVOICE, GRACE, TOO, "warn", "terms", False),
    (INVOICE, HELD, BLOCK, "warn", "hold", False),
    (INVOICE, HELD, TOO, "block", "hold", False),
    (INVOICE, NOT, Setting("warn", True), "warn", "terms", False),
    # Automatic postings are never stopped, and the customer is listed
    (ROBOT, NOT, BLOCK, "pass", "terms", True),
    (ROBOT, HELD, BLOCK, "pass", "hold", True),
    (ROBOT_INVOICE, BOTH, TOO, "pass", "hold terms", True),
    (ROBOT, SIGNED, BLOCK, "pass", "", False),
]


class TestEngineGate(TestCase):
    """Terms × acceptance × hold × prepaid × delivered × override × automatic."""

    def test_table(self):
        for document, customer, setting, what, why, listed in CASES:
            with self.subTest(document=document, customer=customer, setting=setting):
                found = answer(document, customer, setting)
                self.assertEqual(
                    (found.what, " ".join(found.why), found.listed),
                    (what, why, listed),
                )

    def test_missing_terms_are_for_a_credit_manager(self):
        for document, customer, manager in (
            (ORDER, NOT, True),
            (ORDER, BOTH, True),
            (PAID, BOTH, True),
            (ORDER, HELD, False),
        ):
            found = answer(document, customer, BLOCK)
            self.assertEqual((found.what, found.by_manager), ("block", manager))

    def test_what_pays_at_once_passes_whatever_else(self):
        for document in (CASH, PREPAID, DELIVERED):
            for customer in (SIGNED, NOT, GRACE, HELD, BOTH):
                for setting in (OFF, WARN, BLOCK, TOO):
                    self.assertEqual(answer(document, customer, setting).what, "pass")
