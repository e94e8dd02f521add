"""Installed on old books and uninstalled again: the accounting is as it was."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2

from odoo.tests import TransactionCase, tagged

CHILD = Path(__file__).parents[1].joinpath("child_uninstall.py")


@tagged("post_install", "-at_install")
class TestUninstall(TransactionCase):
    """In a process and on a database of its own, for uninstalling cannot be undone."""

    def setUp(self):
        super().setUp()
        self.database = f"{os.environ['AR_TEST_DB_PREFIX']}uninstall"
        template = os.environ["AR_TEST_TEMPLATE_DB"]
        self._sql(f'CREATE DATABASE "{self.database}" TEMPLATE "{template}"')
        self.addCleanup(self._sql, f'DROP DATABASE "{self.database}" WITH (FORCE)')
        files = Path(os.environ["AR_DATA_DIR"]) / "filestore"
        if (files / template).is_dir():
            shutil.copytree(
                files / template, files / self.database, copy_function=os.link
            )
        self.addCleanup(shutil.rmtree, files / self.database, ignore_errors=True)

    def _sql(self, statement):
        connection = psycopg2.connect(dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def test_uninstall_leaves_the_accounting_as_it_was(self):
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "ignore::DeprecationWarning",
                str(CHILD),
                self.database,
            ],
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr[-4000:])
        result = json.loads(done.stdout.splitlines()[-1])
        # It did something before it went, or this would prove nothing
        self.assertGreater(result["notices"], 0)
        self.assertGreater(result["moves"], 30)
        self.assertGreater(result["our_tables"], 5)
        self.assertGreater(result["our_columns"], 20)
        self.assertEqual(result["mails_to_customers"], 0)
        self.assertEqual(result["state"], "uninstalled")
        self.assertEqual(result["changed_by_work"], [])
        self.assertEqual(result["changed_by_uninstall"], [])
        self.assertEqual(result["left"], {})
        # Nothing for an administrator to worry about in the log
        self.assertNotIn("ERROR", done.stderr)
        self.assertNotIn("bad query", done.stderr)
