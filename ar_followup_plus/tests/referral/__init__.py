from . import test_engine_referral
from . import test_referral
from . import test_referral_payments
