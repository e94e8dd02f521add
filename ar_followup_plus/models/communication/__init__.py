"""Calls, visits and replies, with their outcomes."""

from . import ar_contact_log
from . import ar_notice
from . import call_screen
from . import ar_unmatched_reply
from . import mail_thread
from . import mail_activity
from . import mail_message
from . import next_message
