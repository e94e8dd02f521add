from . import test_disputes
from . import test_dispute_answers
