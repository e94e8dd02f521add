"""The placeholders and tables of a notice's text.

Hooks:

- `ar.notice._text_extra`: called for many notices; returns the placeholders of other
  subjects, ``{notice id: {placeholder: text}}``. Filled by late_charge, credit_terms,
  payment_plan, dispute, credit_control and communication.
- `ar.notice._pay_block_parts`: called for one notice; returns markup to add below the
  ways to pay. Filled by delivery.
"""

from . import res_company
from . import ar_notice
from . import ar_ladder_letter
