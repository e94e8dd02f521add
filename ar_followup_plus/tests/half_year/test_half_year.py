"""The voice in short: some weeks of some customers, and nothing that must not be."""

import os

from ..common import ArCommon
from .checks import ROWS
from .run import Voice

DAYS = int(os.environ.get("AR_HALF_YEAR_DAYS") or 40)
CUSTOMERS = int(os.environ.get("AR_HALF_YEAR_CUSTOMERS") or 12)
SEED = int(os.environ.get("AR_HALF_YEAR_SEED") or 1)


class TestHalfYear(ArCommon):
    with_users = False
    freeze_time = None

    def test_some_weeks(self):
        voice = Voice(self.env, self.company, SEED, CUSTOMERS)
        counts = voice.run(DAYS)
        self.assertGreater(len(voice.ears.messages), 20)
        said = [
            line
            for key in ROWS
            if counts[key]
            for line in [f"{ROWS[key]}: {counts[key]}", *voice.faults(key, 5)]
        ]
        self.assertFalse(said, "\n".join([*said, voice.fullest(1)]))
