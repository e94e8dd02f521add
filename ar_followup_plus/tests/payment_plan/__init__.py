from . import test_agreement_money
from . import test_agreement_told
from . import test_agreements
from . import test_engine_agreement
from . import test_agreement_plans
from . import test_agreement_sign
from . import test_plan_views
