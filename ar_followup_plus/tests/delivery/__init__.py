from . import test_copies
from . import test_complaints_recipients
from . import test_sending_checks
from . import test_sending_people
from . import test_copies_page
from . import test_sending_large
