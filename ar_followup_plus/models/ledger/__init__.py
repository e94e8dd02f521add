"""Open items: their one definition, what holds them, and how they are read."""

from . import ar_open_item
from . import ar_open_item_form
from . import ar_exclusion
