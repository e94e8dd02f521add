"""Promises to pay, payment plans, reduced settlements."""

from . import ar_payment_plan
from . import offer
from . import monitoring
from . import plan_messages
from . import ar_payment_plan_form
from . import ar_debtor
from . import res_company
from . import letter_triggers
