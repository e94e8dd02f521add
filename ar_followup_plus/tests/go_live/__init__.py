from . import test_tour_go_live
from . import test_go_live
from . import test_state
