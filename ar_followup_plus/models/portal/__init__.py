"""The customer's page: what it shows, payments, codes, answers."""

from . import ar_answer
from . import ar_debtor
from . import res_company
