"""The folder that keeps what was downloaded or built, and its locks.

It lies outside the checkout, so that a fresh clone finds it filled.
"""

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path

from .console import say

REPOSITORY = Path(__file__).resolve().parents[2]
ADDON = REPOSITORY / "ar_followup_plus"


def folder():
    """`AR_CACHE`, else the user's cache folder; made when it is not there."""
    base = os.environ.get("AR_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        base = Path(home) / "ar_followup_plus"
    path = Path(base).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def lock(name, *, shared=False):
    """Let one process at a time do `name`; the system frees it if we die."""
    path = folder() / f"{name}.lock"
    with open(path, "a", encoding="utf-8") as stream:
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(stream, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another run is busy with {name}; waiting for it.")
            fcntl.flock(stream, mode)
        yield


@contextlib.contextmanager
def shared(name, start, stop):
    """Run `start`; the last of the processes that share `name` runs `stop`.

    Each of them holds a shared lock, which the system drops with the process:
    a killed one is not waited for.
    """
    with open(folder() / f"{name}.users", "a", encoding="utf-8") as users:
        with lock(name):
            fcntl.flock(users, fcntl.LOCK_SH)
            start()
        try:
            yield
        finally:
            with lock(name):
                fcntl.flock(users, fcntl.LOCK_UN)
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    stop()


def digest(*parts):
    """A short name for a set of texts: changes when any of them does."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def tree_digest(root, skip=()):
    """A digest of the files under `root`, without the top folders in `skip`."""
    total = hashlib.sha256()
    for path in sorted(Path(root).rglob("*")):
        inside = path.relative_to(root)
        if inside.parts[0] in skip or "__pycache__" in inside.parts:
            continue
        if path.is_file():
            total.update(str(inside).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]
