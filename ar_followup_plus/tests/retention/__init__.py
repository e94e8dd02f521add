from . import test_retention_charges
from . import test_retention
from . import test_retention_person
from . import test_retention_kills
