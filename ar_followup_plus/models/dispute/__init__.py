"""Disputes: intake, deadlines, resolution, credit notes."""

from . import ar_dispute_reason
from . import ar_dispute
from . import ar_dispute_line
from . import resolution
from . import credit_note_draft
from . import ar_dispute_watch
from . import ar_debtor
from . import ar_notice
from . import account_move
