from . import test_substitute
from . import test_tour_backoffice
from . import test_office
from . import test_office_speed
from . import test_merge
from . import test_hand_over
from . import test_parked_companies
from . import test_office_hints
