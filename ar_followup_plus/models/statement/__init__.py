"""Statements of account: figures, files, and their schedule."""

from . import ar_debtor
from . import res_company
from . import ar_notice
