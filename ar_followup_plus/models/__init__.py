"""Models. These methods are hooks: the subject that names one defines it, subjects
above it extend it by ``_inherit`` and call ``super()``; no other method of a model is
defined twice in this addon.

- ``ar.nightly._tasks``: the tasks of the night
- ``ar.debtor``: ``_before_write``, ``_after_write``, ``_after_stop_change``,
  ``_before_merge``, ``_stricter_of`` (of two merged customers)
- ``res.company``: ``_ar_before_write``, ``_ar_after_write``, ``_ar_terms_sql``
- ``ar.notice``: ``_text_extra``, ``_pay_block_parts``, ``_attachment_parts``,
  ``_after_recheck``
- ``ar.letter``: ``_moment_parts``, ``_after_posting``
"""

from . import company
from . import ladder
from . import ledger
from . import signature
from . import customer
from . import notice
from . import notice_text
from . import decision
from . import delivery
from . import signing
from . import late_charge
from . import payment_behaviour
from . import statement
from . import credit_terms
from . import letter
from . import payment_plan
from . import dispute
from . import returned_payment
from . import credit_control
from . import netting
from . import communication
from . import portal
from . import evidence
from . import retention
from . import nightly
from . import ir_http  # reads the controllers, and these read all of the above
