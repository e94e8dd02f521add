from . import ar_call_log
