"""The product and a second reading of the ledger say the same, whatever happens."""

import ast
import os
import sys
from contextlib import suppress
from pathlib import Path

from odoo.tests import freeze_time

from ..common import ArCommon
from . import second_opinion
from .random_books import FIRST, Different, RandomBooks

#: Of each run of tests; ``script/chaos --seeds 1000`` takes a thousand.
SEEDS = int(os.environ.get("AR_ORACLE_SEEDS") or 24)
FROM = int(os.environ.get("AR_ORACLE_FROM") or 0)
#: In a currency only a difference of exchange rates is left on a past day.
REMAINDER = 748


class Undone(Exception):
    """Ends a run, so that the next one begins with what was there before."""


class TestOracle(ArCommon):
    with_users = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        RandomBooks.prepare(cls.company)

    def test_sixty_days(self):
        for seed in (*range(FROM, FROM + SEEDS), REMAINDER):
            with self.subTest(seed=seed), suppress(Undone), self.env.cr.savepoint():
                books = RandomBooks(self.env, self.company, self.eur, seed)
                self.assertGreater(books.run(every=3), 30)
                raise Undone
            self.env.invalidate_all()

    def test_the_comparison_finds_what_is_wrong(self):
        """A residual that is not what the matchings leave."""
        books = RandomBooks(self.env, self.company, self.eur, 1)
        with freeze_time(f"{FIRST} 10:00:00"):
            books._begin()
            books._night()
            books._compare()
            self.env.cr.execute(
                """UPDATE account_move_line SET amount_residual_currency = 1
                    WHERE id = ANY(%s)""",
                [list(books.opinion.lines)],
            )
            self.env.invalidate_all()
            with self.assertRaisesRegex(Different, "Seed 1, 2026-01-05, what may be"):
                books._compare()

    def test_the_second_opinion_is_independent(self):
        """It imports nothing of ours, and reads no view of ours."""
        text = Path(second_opinion.__file__).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                self.assertFalse(node.level)
                names = [node.module]
            else:
                continue
            self.assertLessEqual(set(names), sys.stdlib_module_names)
        self.assertNotIn("ar_open_item", text)
