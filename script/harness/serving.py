"""An Odoo that is served while a command lasts, and its mail server."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from . import cache, process
from .console import Stop, say

USUAL_PORT = 8069


def start_mail_server(stack, space, mails):
    server = stack.enter_context(
        process.child(
            [space.machine.python, "-m", "harness.inside_smtp", mails],
            env=space.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
    )
    line = server.stdout.readline().strip()
    if not line:
        raise Stop("The mail server of the demonstration did not start.")
    return int(line)


def start_odoo(stack, space, database, smtp_port):
    port = USUAL_PORT if _is_free(USUAL_PORT) else space.free_port()
    url = f"http://127.0.0.1:{port}"
    config = space.write_config(
        database, http_port=port, smtp_server="127.0.0.1", smtp_port=smtp_port
    )
    say("Starting Odoo")
    log = space.logs / f"{database}-server.log"
    stream = stack.enter_context(open(log, "w", encoding="utf-8"))
    server = stack.enter_context(
        process.child(
            space.odoo_command("-c", config),
            env=space.environment,
            cwd=cache.REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            with urllib.request.urlopen(f"{url}/web/health", timeout=10):
                return server, url, config
        time.sleep(0.3)
    raise Stop(f"Odoo did not start. Log: {log}")


def _is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def run_inside(space, module, database, config, *arguments):
    """Run a module of the harness inside Odoo, beside the Odoo that is served."""
    quiet = ["-W", "ignore::DeprecationWarning", "-m", f"harness.{module}"]
    log = space.logs / f"{database}-{module}.log"
    command = [space.machine.python, *quiet, config, *map(str, arguments)]
    sys.stdout.flush()
    environment = {**space.environment, "AR_LOG": str(log)}
    if process.call(command, env=environment, cwd=cache.REPOSITORY):
        raise Stop(f"This failed: {module}. Log: {log}")
