"""The placeholders and tables of a notice's text.

Hooks: `_text_extra`, `_pay_block_parts`.
"""

from . import ar_notice
from . import ar_ladder_letter
