from . import test_asked
from . import test_asked_alike
