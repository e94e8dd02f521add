"""Databases to measure on, and processes that work in them.

A ledger is generated once, without the addon, and kept until the generator changes.
Beside it are kept a copy with the addon, until that changes, and one with what a user
would pick instead. Whatever writes gets a copy of its own.
"""

import ast
import contextlib
import fcntl
import functools
import json
import shutil
import subprocess
import sys

from harness import cache, from_pypi, process
from harness.console import Stop, say

#: What a ledger needs: neither the addon nor demonstration data.
MODULES = "account_payment,l10n_us"
#: Without its bridges: a ledger that exists makes Odoo's own Sales log a change on each
#: invoice when it is installed, which is not what is measured here.
ADDON = "ar_followup_plus"
OTHER = "odoo-addon-account_credit_control==19.0.*"


class Place:
    """The databases of one run of the bench.

    It measures the addon as it is when it begins, in a copy of its folder: a checkout
    in which somebody works may change at any moment.

    :param space: harness.workspace.Workspace
    :param str name: how the names of databases of this run begin
    :param pathlib.Path folder: an empty one for this run
    """

    def __init__(self, space, name, folder, seed, full):
        self.space = space
        self.name = name
        self.folder = folder
        self.seed = seed
        self.full = full
        self.users = []
        skip = shutil.ignore_patterns("tests", "__pycache__")
        shutil.copytree(cache.REPOSITORY / ADDON, folder / ADDON, ignore=skip)
        self.copies = 0
        self.facts = {}
        self.digest = cache.digest(*_generator(), space.machine.odoo.version, seed)

    def ledger(self, size):
        """Return the database with the ledger of a size, generated when needed."""
        name = f"ar_ledger_{size.lower()}_{self.digest}"
        make = functools.partial(self._generate, size=size)
        self._keep(name, make, f"ar_ledger_{size.lower()}_")
        return name

    def with_addon(self, size):
        """Return the database with a ledger and the addon, live."""
        ledger = self.ledger(size)
        name = f"{ledger}_addon_{cache.tree_digest(self.folder)[:8]}"

        def make(partial):
            self.duplicate(ledger, partial)
            self._odoo(partial, "-i", ADDON, f"--addons-path={self.folder}")
            self._call(partial, "company", "go_live")
            self.settle(partial)

        self._keep(name, make, f"{ledger}_addon_")
        return name

    def planned(self, size):
        """Return a copy with the addon in which everything is planned; of this run."""
        name = f"{self.name}_planned_{size.lower()}"
        if name not in self.space.databases(name):
            self.duplicate(self.with_addon(size), name)
            self._call(name, "plan", "everything")
            self.settle(name)
        return name

    def delays(self, size):
        """Return the days after the due date of the steps of our ladder."""
        return self._call(self.with_addon(size), "plan", "delays")

    def with_other(self, size):
        """Return the database with a ledger and OCA's account_credit_control.

        :return: None where PyPI has no build of it
        """
        folder = self.other_addons()
        if folder is None:
            return None
        ledger = self.ledger(size)
        name = f"{ledger}_other"

        def make(partial):
            self.duplicate(ledger, partial)
            names = "account_credit_control"
            self._odoo(partial, "-i", names, f"--addons-path={folder}")
            self.settle(partial)

        self._keep(name, make)
        return name

    def other_addons(self):
        """Return the folder with OCA's addon, fetched by pip when it is not there."""
        try:
            folder = from_pypi.folder(self.space.machine.python, OTHER)
        except Stop as error:
            say(str(error))
            return None
        found = next(folder.glob("odoo_addon_account_credit_control*.dist-info"))
        self.facts["account_credit_control"] = found.name.split("-")[1][: -len(".dist")]
        return from_pypi.addons(folder)

    # === COPIES === #

    def duplicate(self, source, target):
        """Copy a database nobody is connected to, file by file."""
        self.space.sql(
            "postgres",
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy',
        )

    @contextlib.contextmanager
    def copy(self, source):
        """The name of a copy that is dropped at the end of the block."""
        self.copies += 1
        name = f"{self.name}_{self.copies}"
        self.duplicate(source, name)
        try:
            yield name
        finally:
            self.space.drop_databases(name)

    @contextlib.contextmanager
    def worker(self, database, **options):
        """A process with Odoo on a database."""
        options = {"addons_path": self.folder, **options}
        config = self.space.write_config(database, **options)
        command = [self.space.machine.python, "-W", "ignore::DeprecationWarning"]
        with process.child(
            [*command, "-m", "bench.worker", config],
            env=self.space.environment,
            cwd=cache.REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        ) as child:
            yield Worker(child)
            child.stdin.close()
            child.wait()

    # === MAKING THEM === #

    def _odoo(self, database, *arguments):
        self.space.run_odoo(database, *arguments, "--without-demo", strict=False)

    def _call(self, database, module, function, **options):
        with self.worker(database) as worker:
            return worker.call(module, function, **options)

    def _keep(self, name, make, former=None):
        """Make a database under another name, and rename it when it is complete.

        :param str former: how the names of those begin whose place it takes; they are
            dropped, unless another run still uses them
        """
        self._use(name)
        if name in self.space.databases(name):
            return
        with cache.lock(name):
            if name in self.space.databases(name):
                return
            for old in self.space.databases(former) if former else ():
                with self._stamp(old) as stream, contextlib.suppress(BlockingIOError):
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.space.drop_databases(old)
            partial = f"{name}_partial"
            self.space.drop_databases(partial)
            make(partial)
            self.space.sql("postgres", f'ALTER DATABASE "{partial}" RENAME TO "{name}"')

    def _use(self, name):
        """Keep others from dropping a database as long as this process lives."""
        stream = self._stamp(name)
        fcntl.flock(stream, fcntl.LOCK_SH)
        self.users.append(stream)

    def _stamp(self, name):
        path = self.space.data_dir / "runs" / f"{name}.used"
        return open(path, "a", encoding="utf-8")

    def _generate(self, partial, size):
        say(f"Generating a ledger of size {size}; it is kept for the next time")
        empty = f"ar_empty_{cache.digest(self.space.machine.odoo.version, MODULES)}"
        self._keep(empty, self._make_empty)
        self.duplicate(empty, partial)
        self._call(partial, "ledger", "fill", size=size, seed=self.seed)
        self.settle(partial)

    def _make_empty(self, partial):
        self.space.sql(
            "postgres",
            f'CREATE DATABASE "{partial}" TEMPLATE template0'
            " ENCODING 'UTF8' LC_COLLATE 'C'",
        )
        self._odoo(partial, "-i", MODULES)

    def settle(self, database):
        """Do what autovacuum does by itself within minutes after much was filled."""
        self.space.sql(database, "VACUUM ANALYZE")


def _generator():
    """Yield the program that generates ledgers; how it is laid out does not count."""
    for name in ("ledger.py", "clone.py"):
        text = (cache.REPOSITORY / "bench" / name).read_text(encoding="utf-8")
        yield ast.dump(ast.parse(text))


class Worker:
    """A process with Odoo in it; see worker.py."""

    def __init__(self, child):
        self.child = child

    def start(self, module, function, **options):
        """Begin a function of a measure; its result is fetched with `result`."""
        self.child.stdin.write(json.dumps([module, function, options]) + "\n")
        self.child.stdin.flush()

    def result(self):
        """Return what the function returned.

        :raise Stop: with the traceback if it raised, or the process ended
        """
        line = self.child.stdout.readline()
        answer = json.loads(line) if line else {"error": "The process ended."}
        if "error" in answer:
            raise Stop(answer["error"])
        return answer["result"]

    def call(self, module, function, **options):
        """Run a function of a measure and return its result."""
        self.start(module, function, **options)
        return self.result()
