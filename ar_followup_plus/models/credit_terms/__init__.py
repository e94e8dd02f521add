"""Terms of payment: versions, requests, acceptances."""

from . import ar_credit_policy
from . import ar_credit_policy_text
from . import ar_credit_policy_acceptance
from . import ar_debtor
from . import ar_notice
