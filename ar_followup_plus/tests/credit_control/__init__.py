from . import test_engine_hold
from . import test_engine_gate
from . import test_hold
from . import test_hold_ledger
