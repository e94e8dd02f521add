"""The customer: people in charge, contacts, do-not-contact, worklist, merge.

Hooks:

- `ar.debtor._after_stop_change`: called for customers whose do-not-contact was set,
  changed or lifted; returns nothing. Filled by notice and late_charge.
- `ar.debtor._before_merge`: called for a customer that is merged, with the one that
  stays; returns nothing. Filled by notice.
- `ar.debtor._stricter_of`: gets the same; returns the values to write on the customer
  that stays, so that the stricter one counts. Filled by credit_control and letter.
- `ar.debtor._before_write`: gets the values that are about to be written, after the
  rights were checked; returns the values to write, with those that follow from them.
  Filled by payment_behaviour.
- `ar.debtor._after_write`: gets the values that were written; returns nothing. Filled by
  decision, statement and communication.
"""

from . import ar_debtor
from . import ar_debtor_contact
from . import ar_debtor_worklist
from . import res_partner
from . import res_users
