"""The notice: its states and lines, its approval, its link.

Hooks:

- `ar.debtor._before_write`: gets the values that are about to be written, after the
  rights were checked; returns the values to write, with those that follow from them.
  Filled by payment_behaviour.
- `ar.debtor._after_write`: gets the values that were written; returns nothing. Filled by
  statement and communication.
"""

from . import ar_notice
from . import ar_notice_line
from . import ar_notice_approval
from . import ar_notice_state
from . import page_link
from . import ar_page_visit
from . import ar_notice_watch
from . import ar_parked
from . import account_move
from . import correspondence
from . import ar_debtor
