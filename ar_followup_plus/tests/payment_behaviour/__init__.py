from . import test_engine_behaviour
from . import test_behaviour
