from . import test_access_companies
from . import test_access_guard
from . import test_access_table
from . import test_rpc_table
from . import test_rpc_hostile
from . import test_rpc_wizards
from . import test_rpc_cases
from . import test_bad_input
