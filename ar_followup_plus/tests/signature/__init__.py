from . import test_signing
from . import test_signing_smtp
from . import test_tour_signing
