"""The nightly decision run: who is contacted, about what, and why not."""

from . import ar_notice_plan
from . import ar_debtor
