"""Calls, visits, replies: what customers say, and what follows."""

from . import ar_contact_log
from . import call_screen
from . import ar_unmatched_reply
from . import mail_thread
from . import mail_activity
from . import mail_message
