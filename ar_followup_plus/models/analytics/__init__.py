"""Aging as of any date, key figures, receivables fit for financing, the cash forecast."""

from . import ar_aging_item
from . import ar_financing_rule
from . import ar_financing_item
