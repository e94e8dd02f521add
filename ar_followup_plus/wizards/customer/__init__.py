from . import ar_snooze
from . import ar_contact_stop
from . import base_partner_merge
