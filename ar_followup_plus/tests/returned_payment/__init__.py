from . import test_returned_payments
