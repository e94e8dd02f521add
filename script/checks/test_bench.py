"""The benchmark starts: its modules are imported before Odoo knows our addons."""

import ast
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"


class TestBench(unittest.TestCase):
    def test_addons_are_imported_in_functions_only(self):
        paths = sorted(BENCH.glob("*.py"))
        self.assertTrue(paths)
        for path in paths:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in tree.body:
                if isinstance(node, ast.ImportFrom):
                    with self.subTest(path=path.name, line=node.lineno):
                        self.assertFalse((node.module or "").startswith("odoo.addons"))
