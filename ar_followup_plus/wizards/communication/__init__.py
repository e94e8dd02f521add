from . import ar_call_log
from . import ar_contact_again
