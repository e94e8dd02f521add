"""``script/verify-evidence``: what it prints, and how it ends."""

import os
import shutil
import subprocess
from pathlib import Path

from ..child import ChildCase

COMMAND = Path(__file__).parents[3] / "script" / "verify-evidence"


class TestVerifyEvidence(ChildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What the demonstration published is checked too, with its files
        files = Path(os.environ["AR_DATA_DIR"]) / "filestore"
        cls.addClassCleanup(shutil.rmtree, files / cls.db.name, ignore_errors=True)
        if (files / os.environ["AR_TEST_TEMPLATE_DB"]).is_dir():
            shutil.copytree(
                files / os.environ["AR_TEST_TEMPLATE_DB"],
                files / cls.db.name,
                copy_function=os.link,
                dirs_exist_ok=True,
            )

    def _verify(self):
        """Return how the command ended, and what it printed."""
        done = subprocess.run(
            [COMMAND, self.db.name],
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def test_ends_with_1_where_anything_differs(self):
        debtor = self._ready("Keeps Proof")["Keeps Proof"][1]
        self.worker.call("deliver")
        self.worker.call("call", model="ar.proof", ids=[], method="_cron_append")
        [(notice, recipients)] = self.db.sql(
            "SELECT id, recipients FROM ar_notice WHERE debtor_id = %s AND state = %s",
            debtor,
            "sent",
        )
        [(entries, head)] = self.db.sql(
            """SELECT count(*), max(sha256) FILTER (WHERE sequence = (
                          SELECT max(sequence) FROM ar_proof WHERE company_id = %s))
                 FROM ar_proof WHERE company_id = %s""",
            self.company_id,
            self.company_id,
        )
        self.assertTrue(entries)
        code, text = self._verify()
        self.assertEqual(code, 0, text)
        self.assertIn(head, text)
        change = "UPDATE ar_notice SET recipients = %s WHERE id = %s"
        self.db.sql(change, "somebody@else.example", notice)
        code, text = self._verify()
        self.assertEqual(code, 1, text)
        self.assertIn(f"Notice {notice}", text)
        self.db.sql(change, recipients, notice)
        self.assertEqual(self._verify()[0], 0)
