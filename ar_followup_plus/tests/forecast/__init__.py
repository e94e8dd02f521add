from . import test_cash_forecast
from . import test_overview
from . import test_tour_overview
from . import test_weekly_mail
