from . import ar_go_live_notes
from . import ar_go_live
from . import ar_go_live_gate
from . import ar_go_live_pay
from . import ar_state_ask
