from . import ar_referral_end
from . import ar_referral_pay
