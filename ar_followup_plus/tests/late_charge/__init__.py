from . import test_charges
from . import test_charges_ledger
from . import test_charges_owed
from . import test_charges_notices
from . import test_charges_races
from . import test_engine_interest
