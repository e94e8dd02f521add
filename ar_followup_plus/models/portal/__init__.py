"""The customer's page: contents, payments, codes, answers."""

from . import ar_answer
from . import ar_debtor
from . import res_company
