from . import test_voice
from . import test_voice_pairs
from . import test_gone_tasks
