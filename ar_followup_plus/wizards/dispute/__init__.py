from . import ar_dispute_open
from . import ar_dispute_reply
