from . import test_policy
from . import test_policy_accept
from . import test_policy_notices
