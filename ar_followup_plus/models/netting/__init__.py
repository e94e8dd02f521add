"""Customers who are suppliers too: what is owed to them, and netting."""

from . import ar_debtor_supplier
