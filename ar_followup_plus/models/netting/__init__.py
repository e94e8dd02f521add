"""Customers who are suppliers too: what we owe them, and netting."""

from . import ar_debtor_supplier
