"""The customer: people in charge, contacts, do-not-contact, worklist, merge.

Hooks: `_before_merge`, `_stricter_of`, `_after_stop_change`.
"""

from . import ar_debtor
from . import ar_debtor_contact
from . import ar_debtor_worklist
from . import res_partner
from . import res_users
