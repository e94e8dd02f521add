"""When customers will pay: expected payments, the cash forecast, the overview."""

from . import ar_expected_payment
from . import overview_day
from . import overview
from . import weekly_mail
