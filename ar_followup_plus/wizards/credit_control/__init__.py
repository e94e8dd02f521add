from . import ar_hold_ask
