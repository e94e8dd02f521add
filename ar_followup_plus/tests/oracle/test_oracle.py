"""The product and a second reading of the ledger say the same, whatever happens."""

import os
from contextlib import suppress

from ..common import ArCommon
from .random_books import RandomBooks

#: Of each run of tests; ``script/chaos --only oracle`` takes a thousand.
SEEDS = int(os.environ.get("AR_ORACLE_SEEDS") or 25)
FROM = int(os.environ.get("AR_ORACLE_FROM") or 0)


class Undone(Exception):
    """Ends a run, so that the next one begins with what was there before."""


class TestOracle(ArCommon):
    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        RandomBooks.prepare(cls.company)

    def test_sixty_days(self):
        for seed in range(FROM, FROM + SEEDS):
            with self.subTest(seed=seed), suppress(Undone), self.env.cr.savepoint():
                books = RandomBooks(self.env, self.company, self.eur, seed)
                self.assertGreater(books.run(), 100)
                raise Undone
            self.env.invalidate_all()
