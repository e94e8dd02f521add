from . import test_voice
from . import test_voice_pairs
