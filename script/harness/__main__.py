"""``python -m harness COMMAND``: what the files in ``script/`` run."""

import contextlib
import importlib
import signal
import sys
from pathlib import Path

from . import cache
from .console import Stop, is_root, run, say

COMMANDS = (
    "setup",
    "demo",
    "test",
    "lint",
    "bench",
    "chaos",
    "i18n",
    "screenshots",
    "verify-evidence",
)


def main(arguments):
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: script/{{{','.join(COMMANDS)}}}", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    name = arguments[0].replace("-", "_")
    command = importlib.import_module(f".command_{name}", __package__)
    try:
        with proc():
            return command.main(arguments[1:]) or 0
    except Stop as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


@contextlib.contextmanager
def proc():
    """See that there is a /proc, without which no browser starts.

    A bare chroot has none; as root we mount it for as long as we run.
    """
    ours = cache.folder() / "proc.mounted"
    if not is_root() or (Path("/proc/self").exists() and not ours.exists()):
        yield
        return

    def mount():
        if not Path("/proc/self").exists():
            run(["mount", "-t", "proc", "proc", "/proc"])
            ours.touch()

    def unmount():
        run(["umount", "--lazy", "/proc"])
        ours.unlink()

    with cache.shared("proc", mount, unmount):
        yield


def _interrupt(number, _frame):
    """Unwind, so that all that was started is stopped; once, not halfway."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    say(f"Stopping ({signal.Signals(number).name})")
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
