"""The credit hold, and the credit check before an order or invoice."""

from . import ar_debtor
from . import ar_notice
from . import ar_credit_pass
from . import account_move
from . import invoice_readiness
from . import res_company
from . import ar_letter
