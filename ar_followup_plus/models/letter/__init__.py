"""Letters beside the ladder: for a moment, as thanks, on paper."""

from . import ar_letter
