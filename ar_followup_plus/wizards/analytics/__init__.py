"""Questions asked before a report of the analytics."""

from . import ar_aging_ask
