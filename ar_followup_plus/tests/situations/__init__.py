from . import test_situations
from . import test_complaints
from . import test_cases
from . import test_cases_talk
from . import test_situations_talk
from . import test_talk_properties
