"""How a customer pays: the figures, and the payer profile."""

from . import ar_debtor
