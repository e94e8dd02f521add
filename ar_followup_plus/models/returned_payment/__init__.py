"""Returned payments: cheques that bounced, direct debits that were refused."""

from . import ar_returned_payment
from . import ar_returned_payment_act
from . import returned_payment_messages
from . import ar_debtor
