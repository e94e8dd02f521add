"""``script/test [pytest arguments]``: everything, on real Odoo.

Everything is run in two lanes, each with every second file of tests and a database
of its own. Set `AR_DB` to work on a database that is kept from run to run, and
`AR_KEEP_DB` to look at a fresh one after the tests; both run in one lane, and so do
parts that are named.

With `AR_BOTH_SERVERS` set, what depends on the version of PostgreSQL is run once more,
on the server that pip brings, where the first run had another one: installing,
updating, and some files of tests. The last line counts both runs.
"""

import contextlib
import os
import re
import time

from . import cache, from_pypi, postgres, process
from .console import Stop, say
from .workspace import fresh, open_workspace, up_to_date

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
        if database != name:
            stack.enter_context(cache.lock(f"database-{database}"))
            up_to_date(space, database)
        else:
            fresh(space, database)
        in_lanes = database == name and not arguments
        if not in_lanes or os.environ.get("AR_KEEP_DB"):
            say("Running the tests")
            command, variables = _lane(space, database, name)
            command += arguments
            return process.call(command, env=variables, cwd=cache.REPOSITORY)
        begin = time.monotonic()
        code, texts = _in_lanes(space, database)
        python = space.machine.python
    if os.environ.get("AR_BOTH_SERVERS") and postgres.is_other(python):
        other_code, other_texts = _on_the_other_server()
        code, texts = max(code, other_code), texts + other_texts
    print(_together(texts, time.monotonic() - begin), flush=True)
    return code


def _on_the_other_server():
    """Run what depends on the version of PostgreSQL on the server from pip.

    :return: its code, and what was printed
    """
    try:
        files = [
            str(path.relative_to(cache.REPOSITORY))
            for name in BOTH_SERVERS
            for path in _found(cache.ADDON / "tests", name)
        ]
        with contextlib.ExitStack() as stack:
            space = stack.enter_context(open_workspace(embedded=True))
            say("Once more on the PostgreSQL from pip")
            database = stack.enter_context(space.scratch("test"))
            fresh(space, database)
            code, texts = _in_lanes(space, database, files)
            say("Updating")
            space.run_odoo(database, "-u", ",".join(space.addons))
            return code, texts
    except Stop as error:
        print(error, flush=True)
        return 1, ["=== 1 error in 0.0s ==="]


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


def _in_lanes(space, database, files=()):
    """Run everything in lanes; what each printed is shown one after the other.

    :param files: of tests; default: all
    :return: the highest code, and what each printed
    """
    lanes = []
    databases = [database]
    for number in range(2, LANES + 1):
        databases.append(f"{database}_lane{number}")
        space.copy_database(database, databases[-1])
    say(f"Running the tests in {LANES} lanes")
    with contextlib.ExitStack() as stack:
        for number, one in enumerate(databases, 1):
            command, variables = _lane(space, one, one)
            variables["AR_LANE"] = f"{number}/{LANES}"
            path = space.data_dir / f"{one}.log"
            stack.callback(path.unlink, missing_ok=True)
            command += files
            stream = stack.enter_context(open(path, "w+", encoding="utf-8"))
            running = process.child(
                command,
                env=variables,
                cwd=cache.REPOSITORY,
                stdout=stream,
                stderr=stream,
            )
            lanes.append((stack.enter_context(running), stream))
        codes = [_show(running, stream) for running, stream in lanes]
        texts = []
        for _running, stream in lanes:
            stream.seek(0)
            texts.append(stream.read())
    return max(map(abs, codes)), texts


def _show(running, stream):
    """Print what a lane prints until it ends; return its exit code."""
    with open(stream.name, encoding="utf-8") as output:
        while True:
            code = running.poll()
            print(output.read(), end="", flush=True)
            if code is not None:
                return code
            time.sleep(1)


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
