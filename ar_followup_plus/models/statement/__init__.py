"""Statements of account: figures, files, and their schedule."""

from . import statement_figures
from . import res_company
from . import ar_notice
