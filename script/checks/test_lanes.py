"""Lanes of tests: each goes on with its next part at once, and all output is shown."""

import contextlib
import io
import itertools
import re
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from harness import command_test, pytest_guard

#: Prints a summary as pytest does, after some time.
PROGRAM = """
import os, sys, time
time.sleep(float(os.environ["SLEEP"]))
print(time.time(), "ran", os.path.basename(os.environ["AR_LANE"]), os.environ["DATABASE"])
print("=== 2 passed in 0.10s ===")
sys.exit(int(os.environ["CODE"]))
"""


class TestLanes(unittest.TestCase):
    def _run(self, seconds, codes=()):
        """Run two parts in two lanes.

        :param dict seconds: how long each database takes
        :param dict codes: with what it ends, if not with 0
        :return: what was printed, the code, and each text
        """
        codes = dict(codes)
        copied = []
        with tempfile.TemporaryDirectory() as folder:
            space = SimpleNamespace(
                data_dir=Path(folder), copy_database=lambda *pair: copied.append(pair)
            )

            def lane(_space, database, _name):
                variables = {
                    "SLEEP": str(seconds[database]),
                    "CODE": str(codes.get(database, 0)),
                    "DATABASE": database,
                }
                return [sys.executable, "-c", PROGRAM], variables

            parts = [command_test._Part(space, name, []) for name in ("one", "two")]
            output = io.StringIO()
            with (
                patch.object(command_test, "_lane", lane),
                contextlib.redirect_stdout(output),
            ):
                code, texts = command_test._in_lanes(parts)
            self.assertFalse(list(Path(folder).iterdir()), "logs are deleted")
        self.assertEqual(copied, [("one", "one_lane2"), ("two", "two_lane2")])
        return output.getvalue(), code, texts

    def test_lane_does_not_wait_for_the_other(self):
        seconds = {"one": 4, "one_lane2": 0, "two": 0, "two_lane2": 0}
        output, code, texts = self._run(seconds)
        moments = {
            found[2]: float(found[1])
            for found in re.finditer(r"([\d.]+) ran \w+_begun (\w+)", output)
        }
        self.assertEqual(set(moments), set(seconds))
        self.assertLess(moments["two_lane2"], moments["one"])
        self.assertEqual((code, len(texts)), (0, 4))
        self.assertIn("8 passed", command_test._together(texts, 3))

    def test_one_red_part_is_red(self):
        seconds = dict.fromkeys(("one", "one_lane2", "two", "two_lane2"), 0)
        output, code, _texts = self._run(seconds, {"one_lane2": 1})
        self.assertEqual(code, 1)
        self.assertEqual(output.count("2 passed"), 4)

    def test_each_file_is_run_once(self):
        """Lanes that take turns run all, and the tests of a file in one of them."""
        items = [
            SimpleNamespace(path=Path(f"/tests/{name}.py"), name=number)
            for name in "abcdef"
            for number in range(3)
        ]
        with tempfile.TemporaryDirectory() as folder:
            lanes = [pytest_guard.claimed(items, folder) for _number in range(2)]
            runs = [[], []]
            turns = [0, 0, 1, 0, 1, 1, 1, 1, 0] * 10
            for lane in turns:
                runs[lane] += itertools.islice(lanes[lane], 1)
        self.assertEqual(len(runs[0]) + len(runs[1]), len(items))
        self.assertTrue(runs[0] and runs[1])
        self.assertFalse({i.path for i in runs[0]} & {i.path for i in runs[1]})
