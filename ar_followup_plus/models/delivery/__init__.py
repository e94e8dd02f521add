"""Delivery of notices: second look, channels, send gate, attachments.

Hooks:

- `ar.notice._after_recheck`: gets the company; called for the notices that passed the
  second look, to update their contents; returns nothing. Filled by late_charge.
- `ar.notice._attachment_parts`: gets whether only the enclosures of a letter are wanted;
  returns documents, ``{notice id: [(name, PDF)]}``. Filled by statement and credit_terms.
- `res.company._ar_terms_sql`: returns an SQL condition: whether terms of payment may go
  with a notice. Filled by credit_terms.
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
