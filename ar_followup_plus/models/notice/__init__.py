"""The notice: its states and lines, its approval, its link."""

from . import ar_notice
from . import ar_notice_line
from . import ar_notice_state
from . import page_link
from . import ar_page_visit
from . import ar_notice_watch
from . import ar_parked
from . import account_move
from . import correspondence
from . import ar_debtor
