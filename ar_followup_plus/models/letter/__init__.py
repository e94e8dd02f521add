"""Letters beside the ladder: for a moment, as thanks, on paper.

Hooks:

- `ar.letter._moment_parts`: gets the words of the customer's language; returns the values
  and the blocks of the letter's text, as two dicts. Filled by credit_control and netting.
- `ar.letter._after_posting`: called as superuser for letters that were posted; returns
  nothing. Filled by credit_control.
"""

from . import ar_letter
