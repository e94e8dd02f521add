"""A machine with PostgreSQL running: databases, and Odoo run on them."""

import ast
import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess

from . import cache, from_pypi, postgres, process
from .console import Stop, run, say
from .machine import Machine

# Beside what the manifests name: a chart of accounts, payment codes on letters, and a
# way to pay online that needs no network. They only serve tests and the demonstration.
EXTRA_MODULES = ("l10n_us", "account_qr_code_sepa", "payment_demo")
WARNING = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
# What Odoo warns of that has nothing to do with the modules it installs.
HARMLESS = re.compile(
    r"without server's admin password|running as user 'root'"
    r"|odoo/addons/(base|mail|web)/.*DeprecationWarning: 'werkzeug",
    re.I,
)


@contextlib.contextmanager
def open_workspace(embedded=False):
    """Open it; with the PostgreSQL from pip where that is wanted."""
    machine = Machine()
    with postgres.running(machine.python, embedded) as variables:
        yield Workspace(machine, variables)


class Workspace:
    def __init__(self, machine, variables):
        self.machine = machine
        found = {**os.environ, **variables}
        self.environment = {n: value for n, value in found.items() if value is not None}
        self.cache = cache.folder()
        self.logs = self.cache / "logs"
        # Names of databases are only unique on one server.
        server = [self.environment.get(name) for name in postgres.OF_THE_USER]
        self.data_dir = self.cache / f"data-{cache.digest(*server)}"
        for name in ("filestore", "runs", "conf"):
            (self.data_dir / name).mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        if machine.programs:
            self.put_on_path(machine.programs)
        self.environment["AR_CACHE"] = str(self.cache)
        self.environment["PYTHONUNBUFFERED"] = "1"

    def put_on_path(self, folder):
        path = self.environment["PATH"]
        self.environment["PATH"] = f"{folder}{os.pathsep}{path}"

    # Addons of this repository ------------------------------------------------

    @property
    def addons(self):
        """The addons of this checkout, by name, with their manifests.

        Without bridges to what comes from PyPI, which change how the night works: their
        tests install them in databases of their own.
        """
        found = {
            path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8"))
            for path in sorted(cache.REPOSITORY.glob("*/__manifest__.py"))
        }
        found = {
            name: manifest
            for name, manifest in found.items()
            if not set(from_pypi.NEEDED).intersection(manifest.get("depends", ()))
        }
        if not found:
            raise Stop(f"There is no addon in {cache.REPOSITORY}.")
        return found

    @property
    def dependencies(self):
        ours = self.addons
        named = {name for one in ours.values() for name in one.get("depends", ())}
        return sorted((named | set(EXTRA_MODULES)) - set(ours))

    def addons_digest(self):
        """Changes when a database has to be updated; tests do not count."""
        skip = ("tests", "static")
        return cache.digest(
            *(cache.tree_digest(cache.REPOSITORY / a, skip) for a in self.addons)
        )

    # Databases ------------------------------------------------------------------

    def sql(self, database, *statements):
        command = [self.machine.python, "-m", "harness.inside_sql", database]
        lines = run([*command, *statements], env=self.environment).splitlines()
        return [tuple(line.split("\t")) for line in lines]

    def databases(self, prefix=""):
        rows = self.sql("postgres", "SELECT datname FROM pg_database ORDER BY 1")
        return [name for (name,) in rows if name.startswith(prefix)]

    def copy_database(self, source, target):
        """Copy a database nobody is connected to, with its files."""
        self.sql("postgres", f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        files = self.data_dir / "filestore" / source
        shutil.rmtree(files.with_name(target), ignore_errors=True)
        if files.is_dir():
            # Odoo never changes a stored file, so links are as good as copies.
            shutil.copytree(files, files.with_name(target), copy_function=os.link)

    def drop_databases(self, *names):
        for name in names:
            self.sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            shutil.rmtree(self.data_dir / "filestore" / name, ignore_errors=True)

    def template(self):
        """A database with all that our addons need, made when first wanted."""
        modules = self.dependencies
        version = self.machine.odoo.version
        name = f"ar_template_{cache.digest(version, self.data_dir, *modules)}"
        if name in self.databases("ar_template_"):
            return name
        with cache.lock(name):
            if name not in self.databases("ar_template_"):
                say(f"Making a template database with {', '.join(modules)}")
                partial = f"{name}_partial"
                self.drop_databases(partial, name)
                self.sql(
                    "postgres",
                    f'CREATE DATABASE "{partial}" TEMPLATE template0'
                    " ENCODING 'UTF8' LC_COLLATE 'C'",
                )
                self.run_odoo(partial, "-i", ",".join(modules), strict=False)
                files = self.data_dir / "filestore" / partial
                if files.is_dir():
                    files.rename(files.with_name(name))
                self.config_path(partial).unlink()
                self.sql("postgres", f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
        return name

    @contextlib.contextmanager
    def scratch(self, kind):
        """The name of a new database that is dropped in the end.

        So are those whose name begins with it, and those that a killed run left:
        its lock file is there, and nobody holds it.
        """
        runs = self.data_dir / "runs"
        for path in runs.glob(f"ar_{kind}_*"):
            with open(path, "a", encoding="utf-8") as stream:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.drop_databases(*self.databases(path.name))
                    path.unlink(missing_ok=True)
        name = f"ar_{kind}_{os.getpid()}_{os.urandom(3).hex()}"
        with open(runs / name, "w", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            try:
                yield name
            finally:
                keep = {name} if os.environ.get("AR_KEEP_DB") else set()
                self.drop_databases(*set(self.databases(name)) - keep)
                (runs / name).unlink(missing_ok=True)
                for path in (self.data_dir / "conf").glob(f"{name}*"):
                    path.unlink()
                for database in keep:
                    say(f"Kept the database {database}.")

    # Odoo ------------------------------------------------------------------------

    def config_path(self, database):
        return self.data_dir / "conf" / f"{database}.conf"

    def write_config(self, database, **options):
        """An Odoo configuration file; returns its path."""
        values = {
            "db_name": database,
            "addons_path": cache.REPOSITORY,
            "data_dir": self.data_dir,
            "http_interface": "127.0.0.1",
            "dbfilter": f"^{database}$",
            "list_db": False,
            "max_cron_threads": 0,
            **options,
        }
        path = self.config_path(database)
        lines = [f"{key} = {value}" for key, value in values.items()]
        path.write_text("\n".join(["[options]", *lines, ""]), encoding="utf-8")
        return path

    def odoo_command(self, *arguments):
        quiet = ["-W", "ignore::DeprecationWarning"]
        return [str(self.machine.python), *quiet, "-m", "odoo", *map(str, arguments)]

    def run_odoo(self, database, *arguments, strict=True):
        """Run Odoo without HTTP until it has installed or updated.

        With `strict` a single warning in its log is an error: all the modules
        that others wrote are installed already, so the warning is about ours.
        """
        config = self.write_config(database)
        log = self.logs / f"{database}.log"
        command = self.odoo_command("-c", config, "--no-http", "--stop-after-init")
        with open(log, "w", encoding="utf-8") as stream:
            code = process.call(
                [*command, "--with-demo", *arguments],
                env=self.environment,
                cwd=cache.REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        text = log.read_text(encoding="utf-8", errors="replace")
        if code:
            tail = "\n".join(text.splitlines()[-60:])
            raise Stop(f"{tail}\n\nOdoo failed ({' '.join(arguments)}). Log: {log}")
        if strict:
            self._no_warnings(text, log)
            self._no_demo_failure(database)

    def _no_warnings(self, text, log):
        lines = text.splitlines()
        bad = [
            number
            for number, line in enumerate(lines)
            if WARNING.match(line) and not HARMLESS.search(line)
        ]
        if bad:
            shown = "\n".join("\n".join(lines[n : n + 12]) for n in bad[:5])
            raise Stop(f"{shown}\n\nOdoo warned {len(bad)} times. Log: {log}")

    def _no_demo_failure(self, database):
        names = ", ".join(f"'{name}'" for name in self.addons)
        rows = self.sql(
            database,
            "SELECT m.name, f.error FROM ir_demo_failure f"
            f" JOIN ir_module_module m ON m.id = f.module_id WHERE m.name IN ({names})",
        )
        if rows:
            raise Stop(f"Demo data failed: {rows}")

    def free_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]


def fresh(space, database):
    """Make `database` from the template and install our addons in it."""
    template = space.template()
    with cache.lock(f"copy-{template}"):  # copying needs the template for itself
        space.copy_database(template, database)
    # Odoo lets each PDF wait for scripts; in ours there are none to wait for.
    space.sql(
        database,
        "INSERT INTO ir_config_parameter (key, value) VALUES ('report.print_delay', 1)",
    )
    say(f"Installing {', '.join(space.addons)}")
    space.run_odoo(database, "-i", ",".join(space.addons))


def up_to_date(space, database):
    """Make or update a database that is kept between runs."""
    stamp = space.data_dir / f"{database}.digest"
    digest = space.addons_digest()
    if database not in space.databases(database):
        stamp.unlink(missing_ok=True)
        try:
            fresh(space, database)
        except BaseException:
            space.drop_databases(database)
            raise
    elif not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        say(f"Updating {database}")
        names = ",".join(space.addons)
        space.run_odoo(database, "-i", names, "-u", names)
    stamp.write_text(digest, encoding="utf-8")
