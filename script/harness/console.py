"""Messages for the person at the keyboard, and running other programs."""

import os
import shlex
import subprocess
import sys
import time

START = time.monotonic()


class Stop(Exception):
    """Something is missing or wrong; the text says what to do about it."""


def say(text):
    """Print one line of progress, with the seconds since the start."""
    print(f"[{time.monotonic() - START:5.1f}s] {text}", file=sys.stderr, flush=True)


def run(command, *, quiet=True, log=None, **options):
    """Run a program and raise `Stop` with its last output when it fails.

    With `log`, a path, the whole output goes there as well.
    """
    options.setdefault("stdin", subprocess.DEVNULL)
    if quiet:
        options.update(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        done = subprocess.run(command, text=True, errors="replace", **options)
    except FileNotFoundError as error:
        raise Stop(f"{command[0]} is not installed.") from error
    if log and done.stdout is not None:
        with open(log, "a", encoding="utf-8") as stream:
            stream.write(f"$ {shlex.join(map(str, command))}\n{done.stdout}")
    if done.returncode:
        tail = "\n".join(line[:500] for line in (done.stdout or "").splitlines()[-15:])
        raise Stop(f"This failed: {shlex.join(map(str, command))}\n{tail}".rstrip())
    return done.stdout or ""


def output_of(command, **options):
    """The output of a program, or None where it cannot be run or fails."""
    try:
        done = subprocess.run(
            command,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **options,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def is_root():
    return os.geteuid() == 0
