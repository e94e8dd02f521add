"""Returned payments: bounced cheques and refused direct debits."""

from . import ar_returned_payment
from . import ar_returned_payment_act
from . import returned_payment_messages
from . import ar_debtor
