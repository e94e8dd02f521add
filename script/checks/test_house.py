"""The check of the layout finds what climbs, what is doubled, and what is too long."""

import tempfile
import textwrap
import unittest
from pathlib import Path
from unittest.mock import patch

from harness import cache, house

MODELS = "ar_followup_plus/models"


class TestHouse(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.files = []
        for name in ("", "ledger/", "dispute/"):
            self._write(f"{MODELS}/{name}__init__.py", "")
        self._write(
            f"{MODELS}/ledger/item.py",
            """
            class Item(models.Model):
                _name = "ar.item"

                def open_it(self):
                    return self._hold_sources()

                def _hold_sources(self):
                    return []
            """,
        )
        self._write(
            f"{MODELS}/dispute/dispute.py",
            """
            from ..ledger.item import Item

            class Dispute(models.Model):
                _name = "ar.dispute"

                def close_it(self):
                    self.env["ar.item"].sudo().open_it()
            """,
        )

    def _write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        if path not in self.files:
            self.files.append(path)

    def _add(self, name, text):
        path = self.root / name
        self._write(name, path.read_text(encoding="utf-8") + textwrap.dedent(text))

    def _check(self, limits="", fix=False):
        place = self.root / "house.txt"
        place.write_text(limits, encoding="utf-8")
        with (
            patch.object(house, "LIMITS", place),
            patch.object(cache, "REPOSITORY", self.root),
            patch("builtins.print") as printed,
        ):
            found = house.check(self.files, fix)
        self.table = printed.call_args.args[0] if printed.called else ""
        self.limits = place.read_text(encoding="utf-8")
        return found

    def test_downwards_is_allowed(self):
        self.assertEqual(self._check(), [])
        self.assertRegex(self.table, r"(?m)^packages in models/ +2")

    def test_import_that_climbs(self):
        self._add(f"{MODELS}/ledger/item.py", "from ..dispute.dispute import Dispute")
        self.assertEqual(
            self._check(),
            [
                f"{MODELS}/ledger/item.py:10: ledger imports dispute",
                "imports that climb: 1, at most 0",
            ],
        )

    def test_import_within_a_function(self):
        self._add(
            f"{MODELS}/ledger/item.py",
            """
            def late():
                from odoo.addons.ar_followup_plus.models.dispute import dispute
            """,
        )
        self.assertIn("imports that climb: 1, at most 0", self._check())

    def test_calls_that_climb(self):
        for call in (
            'self.env["ar.dispute"].browse(1).close_it()',
            "record.close_it()",
            "for_each(record.close_it)",
        ):
            with self.subTest(call):
                self._write(
                    f"{MODELS}/ledger/late.py",
                    f"""
                    class Late(models.Model):
                        _inherit = "ar.item"

                        def late(self, record):
                            {call}
                    """,
                )
                self.assertEqual(
                    self._check(),
                    [
                        f"{MODELS}/ledger/late.py:6: ledger calls dispute: close_it",
                        "ledger -> dispute: 1, at most 0",
                    ],
                )

    def test_limits_only_shrink(self):
        self._add(
            f"{MODELS}/ledger/item.py",
            """
                def late(self, record):
                    record.close_it()
            """,
        )
        self.assertEqual(self._check("ledger -> dispute: 1\n"), [])
        self.assertRegex(self.table, r"(?m)^calls that climb +1 +1")
        self.assertEqual(
            self._check("ledger -> dispute: 2\n"),
            [
                "script/harness/house.txt: ledger -> dispute is 1 by now:"
                " script/lint --fix"
            ],
        )
        self.assertEqual(self._check("ledger -> dispute: 2\n", fix=True), [])
        self.assertIn("\nledger -> dispute: 1\n", self.limits)

    def test_hooks_of_the_docstring(self):
        text = """
        class More(models.Model):
            _inherit = "ar.item"

            def _hold_sources(self):
                return super()._hold_sources()
        """
        self._write(f"{MODELS}/dispute/item.py", text)
        found = self._check()
        self.assertEqual(found[-1], "methods defined twice: 1, at most 0")
        self.assertIn("ar.item._hold_sources is defined in", found[0])
        self._write(
            f"{MODELS}/ledger/__init__.py",
            '"""Open items.\n\nHooks: `_hold_sources`.\n"""\n',
        )
        self.assertEqual(self._check(), [])
        self.assertRegex(self.table, r"(?m)^named hooks +1")

    def test_form(self):
        absent = "ABSENT" + ".md, row" + " 7"  # in parts: nothing is cited here
        lines = "\n".join("    x = 1" for _line in range(60))
        self._write(f"{MODELS}/ledger/long.py", f"def long():\n{lines}\n")
        self._write(
            f"{MODELS}/ledger/cites.py",
            f"# See {absent}\n# See README.md\n",
        )
        self._write("README.md", "")
        self._write(f"{MODELS}/ledger/got.py", 'getattr(self, f"_do_{what}")\n')
        found = self._check()
        self.assertIn("functions over 60 lines: 1, at most 0", found)
        self.assertIn("citations of absent documents: 1, at most 0", found)
        self.assertIn("getattr dispatches: 1, at most 0", found)

    def test_largest_folder(self):
        for number in range(13):
            self._write(f"{MODELS}/ledger/file_{number}.py", "")
        self.assertIn("files in the largest folder: 14, at most 12", self._check())

    def test_flat_addon_gets_figures_only(self):
        self.files = []
        self._write(f"{MODELS}/__init__.py", "")
        self._write(f"{MODELS}/one.py", "getattr(self, f'_do_{what}')\n")
        self.assertEqual(self._check(), [])
        self.assertRegex(self.table, r"(?m)^getattr dispatches +1")

    def test_package_without_a_place(self):
        self._write(f"{MODELS}/unheard_of/__init__.py", "")
        self.assertIn("unheard_of", self._check()[0])
