from . import ar_snooze
from . import ar_contact_stop
from . import ar_copies_ask
from . import ar_notice_cancel
from . import ar_exclude
from . import ar_send_now
from . import ar_call_log
from . import base_partner_merge
