"""The placeholders and tables of a notice's text.

Hooks:

- `ar.notice._text_extra`: called for many notices; returns the placeholders of other
  subjects, ``{notice id: {placeholder: text}}``. Filled by late_charge, credit_terms,
  payment_plan, dispute and credit_control.
- `ar.notice._pay_block_parts`: called for one notice; returns markup to add below the
  ways to pay. Filled by delivery.
"""

from . import ar_notice
from . import ar_ladder_letter
