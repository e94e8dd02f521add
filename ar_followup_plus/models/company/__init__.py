"""Settings of a company, rights to change them, and going live.

A setting is a field of ``res.company``; ``ar_manager=True`` lets credit managers change it.

Hooks:

- `res.company._ar_before_write`: gets the values that are about to be written; returns
  the values to write, with those that follow from them. Filled by customer, notice,
  late_charge, statement and credit_control.
- `res.company._ar_after_write`: gets the values that were written; returns nothing.
  Filled by voice and late_charge.
"""

from . import resource_calendar
from . import res_company
from . import rpc_border
from . import res_company_access
from . import res_company_go_live
from . import usable_fields
