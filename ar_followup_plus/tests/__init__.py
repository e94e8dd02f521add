from . import test_plan_repeat
