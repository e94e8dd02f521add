"""The .pot files in the checkout are those that Odoo exports."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import psycopg2

REPOSITORY = Path(__file__).parents[2]
CHANGING = ('"POT-Creation-Date', '"PO-Revision-Date', '"Project-Id-Version')


def _lines(path):
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [line for line in text.splitlines() if not line.startswith(CHANGING)]


class TestTranslations(unittest.TestCase):
    def _is_installed(self, database, addon):
        connection = psycopg2.connect(dbname=database)
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(
                "SELECT state FROM ir_module_module WHERE name = %s", [addon]
            )
            return cursor.fetchall() == [("installed",)]

    def test_templates_are_current(self):
        database = os.environ["AR_TEST_TEMPLATE_DB"]
        odoo = [sys.executable, "-W", "ignore", "-m", "odoo", "i18n", "export"]
        for manifest in sorted(REPOSITORY.glob("*/__manifest__.py")):
            addon = manifest.parent.name
            if not self._is_installed(database, addon):
                # A bridge to what comes from PyPI: it has no text of its own
                self.assertFalse((manifest.parent / "i18n").exists())
                continue
            with self.subTest(addon=addon), tempfile.TemporaryDirectory() as folder:
                exported = Path(folder) / f"{addon}.pot"
                arguments = ["-c", os.environ["ODOO_RC"], "-d", database]
                subprocess.run(
                    [*odoo, *arguments, "-l", "pot", "-o", str(exported), addon],
                    check=True,
                    capture_output=True,
                )
                ours = manifest.parent / "i18n" / exported.name
                self.assertEqual(
                    _lines(ours),
                    _lines(exported),
                    f"{ours} is out of date: run script/i18n and commit it.",
                )
