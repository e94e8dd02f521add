"""Questions asked before a report of the analytics."""

from . import ar_aging_ask
from . import ar_key_figure
from . import ar_key_figures_ask
from . import ar_financing_ask
