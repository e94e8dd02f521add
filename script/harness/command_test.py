"""``script/test [pytest arguments]``: everything, on real Odoo.

Everything is run in two lanes, each with a database of its own; a lane takes the next
file of tests that the other has not begun. Set `AR_DB` to work on a database that is kept from run to run, and
`AR_KEEP_DB` to look at a fresh one after the tests; both run in one lane, and so do
parts that are named.

With `AR_BOTH_SERVERS` set, what depends on the version of PostgreSQL is run once more,
on the server that pip brings, where the first run had another one: installing,
updating, and some files of tests. Both are installed at once, and a lane that has done
its share on one server goes on with the other. The last line counts both runs.
"""

import contextlib
import os
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from . import cache, from_pypi, postgres, process
from .console import Stop, say
from .workspace import Workspace, fresh, open_workspace, up_to_date

#: As many as a small machine has cores.
LANES = 2
#: Run on both servers: uninstalling, planning, delivery, races.
BOTH_SERVERS = (
    "test_charges_races.py",
    "test_plan_repeat.py",
    "test_plan_scale.py",
    "test_plan_start.py",
    "test_races.py",
    "test_sending_checks.py",
    "test_sending_message.py",
    "test_uninstall.py",
)
#: The last line of pytest.
_SUMMARY = re.compile(r"^=+ (.*\d+ \w+.*) in [\d.]+s.*=+$", re.M)


def main(arguments):
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        name = stack.enter_context(space.scratch("test"))
        database = os.environ.get("AR_DB") or name
        in_lanes = database == name and not arguments
        if database != name:
            stack.enter_context(cache.lock(f"database-{database}"))
            up_to_date(space, database)
        elif in_lanes and not os.environ.get("AR_KEEP_DB"):
            return _everything(stack, space, database)
        else:
            fresh(space, database)
        say("Running the tests")
        command, variables = _lane(space, database, name)
        command += arguments
        return process.call(command, env=variables, cwd=cache.REPOSITORY)


def _everything(stack, space, database):
    """Run everything in lanes; what each printed is shown one after the other.

    :return: the exit code
    """
    begin = time.monotonic()
    parts = [_Part(space, database, [])]
    if os.environ.get("AR_BOTH_SERVERS") and postgres.is_other(space.machine.python):
        parts.append(_other_server(stack))
    # Installing keeps one core busy: on both servers at once
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(lambda part: fresh(part.space, part.database), parts))
    code, texts = _in_lanes(parts)
    for part in parts[1:]:
        say("Updating on the PostgreSQL from pip")
        try:
            part.space.run_odoo(part.database, "-u", ",".join(part.space.addons))
        except Stop as error:
            print(error, flush=True)
            code, texts = 1, [*texts, "=== 1 error in 0.0s ==="]
    print(_together(texts, time.monotonic() - begin), flush=True)
    return code


class _Part(NamedTuple):
    """Tests that are run on one server; no files: all."""

    space: Workspace
    database: str
    files: list


def _other_server(stack):
    """Return what depends on the version of PostgreSQL, on the server from pip."""
    files = [
        str(path.relative_to(cache.REPOSITORY))
        for name in BOTH_SERVERS
        for path in _found(cache.ADDON / "tests", name)
    ]
    space = stack.enter_context(open_workspace(embedded=True))
    return _Part(space, stack.enter_context(space.scratch("test")), files)


def _found(folder, name):
    """Return the files of a name below a folder.

    :raise Stop: where there is none
    """
    found = sorted(folder.rglob(name))
    if not found:
        raise Stop(f"No {name} is in {folder}: see BOTH_SERVERS.")
    return found


def _lane(space, database, name):
    """Return the command and the variables of a run on a database."""
    # For tests that need committed data and processes of their own.
    copy = f"{name}_template"
    space.copy_database(database, copy)
    variables = {
        **space.environment,
        "ODOO_RC": str(space.write_config(database)),
        "AR_TEST_TEMPLATE_DB": copy,
        "AR_TEST_DB_PREFIX": f"{name}_child_",
        "AR_DATA_DIR": str(space.data_dir),
        "AR_FROM_PYPI": os.pathsep.join(
            map(str, from_pypi.needed(space.machine.python))
        ),
    }
    command = [space.machine.python, "-m", "pytest", "-p", "harness.pytest_guard"]
    return [*command, f"--odoo-database={database}", "--odoo-http"], variables


def _in_lanes(parts):
    """Run parts in lanes: each lane runs files of one part after the other.

    :return: the highest code, and what each printed
    """
    say(f"Running the tests in {LANES} lanes")
    with contextlib.ExitStack() as stack:
        lanes = [_Lane(stack, parts, number) for number in range(1, LANES + 1)]
        while any([lane.goes_on() for lane in lanes]):
            for lane in lanes:
                lane.show()
                if lane.left:
                    break  # the next one is shown when this one has ended
            time.sleep(1)
        for lane in lanes:
            lane.show()
        return (
            max(abs(code) for lane in lanes for code in lane.codes),
            [text for lane in lanes for text in lane.texts()],
        )


class _Lane:
    """Runs files of each part, one part after the other."""

    def __init__(self, stack, parts, number):
        self.codes, self.paths, self.shown, self.left = [], [], [], []
        self.stack, self.running = stack, None
        self.current = contextlib.ExitStack()
        stack.push(lambda *error: self.current.__exit__(*error))
        for part in parts:
            database = part.database
            if number > 1:
                database = f"{part.database}_lane{number}"
                part.space.copy_database(part.database, database)
            command, variables = _lane(part.space, database, database)
            folder = part.space.data_dir / f"{part.database}_begun"
            folder.mkdir(exist_ok=True)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            variables["AR_LANE"] = str(folder)
            path = part.space.data_dir / f"{database}.log"
            stack.callback(path.unlink, missing_ok=True)
            self.left.append((command + part.files, variables, path))

    def goes_on(self):
        """Begin the next part when one has ended; return whether one is running."""
        if self.running is not None:
            code = self.running.poll()
            if code is None:
                return True
            self.codes.append(code)
            self.left.pop(0)
            self.current.close()
            self.running = None
        if not self.left:
            return False
        command, variables, path = self.left[0]
        stream = self.current.enter_context(open(path, "w", encoding="utf-8"))
        self.shown.append(self.stack.enter_context(open(path, encoding="utf-8")))
        self.paths.append(path)
        self.running = self.current.enter_context(
            process.child(
                command,
                env=variables,
                cwd=cache.REPOSITORY,
                stdout=stream,
                stderr=stream,
            )
        )
        return True

    def show(self):
        """Print what it printed since the last time."""
        for stream in self.shown:
            print(stream.read(), end="", flush=True)

    def texts(self):
        """Return what each part printed."""
        return [path.read_text(encoding="utf-8") for path in self.paths]


def _together(texts, seconds):
    """Return the summaries of all lanes as one, in the words of pytest's own."""
    counts = {}
    for text in texts:
        found = _SUMMARY.findall(text)
        if not found:
            return "A lane ended without a summary."
        for number, what in re.findall(r"(\d+) ([a-z]+)", found[-1]):
            what = {"error": "errors", "warning": "warnings"}.get(what, what)
            counts[what] = counts.get(what, 0) + int(number)
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    minutes = f"0:{int(seconds) // 60:02}:{int(seconds) % 60:02}"
    return f" {said} in {seconds:.2f}s ({minutes}) ".center(80, "=")
