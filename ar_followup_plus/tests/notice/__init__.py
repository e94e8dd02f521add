from . import test_approve_back
