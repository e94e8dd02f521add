from . import test_replies
from . import test_replies_gateway
from . import test_calls
from . import test_engine_when
from . import test_tour_calls
from . import test_replies_again
from . import test_answer_reply
