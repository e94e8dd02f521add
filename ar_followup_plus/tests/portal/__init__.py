from . import test_portal_hostile
from . import test_portal_links
from . import test_portal_page
from . import test_portal_pay
from . import test_portal_answers
from . import test_portal_answers_bad
from . import test_tour_answers
