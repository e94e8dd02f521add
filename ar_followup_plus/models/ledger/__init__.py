"""Open items: their definition, their holds, and how to read them."""

from . import ar_open_item
from . import ar_open_item_form
from . import ar_exclusion
