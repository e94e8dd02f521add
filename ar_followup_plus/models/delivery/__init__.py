"""Sends what was decided: second look, channels, send gate, attachments.

Hooks: `_attachment_parts`, `_ar_terms_sql`.
"""

from . import channel_email
from . import channel_letter
from . import channel_call
from . import step_preview
from . import letter_printing
from . import delivery
from . import recheck
from . import ar_notice_approval
from . import ar_copies
from . import attachments
from . import mail_mail
from . import message_preview
