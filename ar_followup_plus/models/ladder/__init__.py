"""Ladders, their steps, the texts of letters, and the words of a decision."""

from . import decision_words
from . import ar_ladder
from . import ar_ladder_step
from . import ar_letter_text
