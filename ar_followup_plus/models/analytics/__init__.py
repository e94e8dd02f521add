"""Aging as of any date, key figures, receivables fit for financing, the cash forecast."""

from . import ar_aging_item
