from . import test_engine_calendar
from . import test_engine_complaints
from . import test_engine_expected_payment
from . import test_engine_forecast
from . import test_engine_properties
from . import test_engine_replay
from . import test_engine_schedule
from . import test_engine_disputes
