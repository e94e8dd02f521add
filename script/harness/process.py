"""Child processes that never outlive the command that started them."""

import contextlib
import os
import signal
import subprocess
import sys

GRACE = 20


@contextlib.contextmanager
def child(command, **options):
    """Run a program while the block lasts; at its end stop it and its children.

    It gets a process group of its own, so that its browsers and workers can be
    found; but not when a person may want to talk to it (pytest --pdb).
    """
    own_group = not sys.stdin.isatty()
    process = subprocess.Popen(command, start_new_session=own_group, **options)
    try:
        yield process
    except BaseException:
        if process.poll() is None and own_group:
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        if own_group:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def call(command, **options):
    """Run a program to its end and return its exit code."""
    with child(command, **options) as process:
        return process.wait()
