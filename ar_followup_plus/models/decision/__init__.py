"""The nightly decision run: whom to contact about which items, or why not."""

from . import ar_notice_plan
from . import ar_debtor
from . import ledger_changes
