"""Real Odoo servers on one database, as on several machines."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2

#: So many seconds until a server answers, or has done what it was asked.
PATIENCE = 240


class Server:
    """Odoo with a configuration, a port and a log of its own.

    :param str database: its name
    :param str packages: folders for PYTHONPATH
    :param sections: ``{section: {key: value}}`` beside ``[options]``
    :param options: of the configuration file
    """

    def __init__(self, database, packages="", sections=None, **options):
        self.folder = tempfile.TemporaryDirectory(prefix="ar_server_")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        usual = {
            "db_name": database,
            "dbfilter": f"^{database}$",
            "addons_path": Path(__file__).parents[2],
            "data_dir": os.environ["AR_DATA_DIR"],
            "http_interface": "127.0.0.1",
            "http_port": self.port,
            "gevent_port": 0,
            "list_db": False,
            "max_cron_threads": 1,
            "log_level": "info",
        }
        self.data_dir = {**usual, **options}["data_dir"]
        sections = {"options": {**usual, **options}, **(sections or {})}
        config = Path(self.folder.name) / "odoo.conf"
        config.write_text(
            "".join(
                "\n".join([f"[{name}]", *(f"{k} = {v}" for k, v in values.items()), ""])
                for name, values in sections.items()
            ),
            encoding="utf-8",
        )
        self.log = Path(self.folder.name) / "odoo.log"
        paths = [packages, os.environ.get("PYTHONPATH", "")]
        self.command = [sys.executable, "-W", "ignore::DeprecationWarning"]
        # What "python -m odoo" runs; from a file, for a server with workers starts
        # that file once more, for its bus
        start = Path(self.folder.name) / "start.py"
        start.write_text("from odoo.cli.command import main\n\nmain()\n", "utf-8")
        self.command += [str(start), "-c", str(config)]
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        self.process = None

    def run(self, *arguments):
        """Install or update, and end."""
        with open(self.log, "a", encoding="utf-8") as stream:
            done = subprocess.run(
                [*self.command, "--no-http", "--stop-after-init", *arguments],
                env=self.environment,
                stdout=stream,
                stderr=stream,
                timeout=PATIENCE,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(self.text()[-4000:])

    def start(self):
        """Start to serve; return when it answers."""
        with open(self.log, "a", encoding="utf-8") as stream:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        url = f"http://127.0.0.1:{self.port}/web/login"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(urllib.error.URLError, OSError):
                with urllib.request.urlopen(url, timeout=10):
                    return
            time.sleep(0.2)
        raise RuntimeError(self.text()[-4000:])

    def text(self):
        """Return its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def errors(self):
        """Return the lines of its log that tell of an error."""
        return [
            line
            for line in self.text().splitlines()
            if " ERROR " in line or " CRITICAL " in line
        ]

    def close(self):
        """End it, with its workers."""
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.folder.cleanup()


def wake(database):
    """Tell all servers that scheduled actions of a database are due."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('cron_trigger', %s)", [database])


def wait_until(condition, seconds=PATIENCE):
    """Wait until a function returns something true; return that."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError("It did not come to pass.")
        time.sleep(0.2)
    return found
