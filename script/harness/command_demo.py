"""``script/demo [--no-serve] [--fresh]``: the whole thing, to look at.

Does the night's work on demonstration customers, prints what was decided for
each and why, and serves Odoo. Its mail goes to a server of our own.
"""

import argparse
import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email import message_from_bytes, policy

from . import cache, process
from .console import Stop, say
from .workspace import open_workspace, up_to_date

DATABASE = "ar_demo"
USUAL_PORT = 8069


def main(arguments):
    parser = argparse.ArgumentParser("script/demo", description=__doc__)
    parser.add_argument("--no-serve", action="store_true", help="stop after the table")
    parser.add_argument(
        "--fresh", action="store_true", help="start with a new database"
    )
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        stack.enter_context(cache.lock(f"database-{DATABASE}"))
        mails = space.cache / "demo-mails"
        if options.fresh:
            space.drop_databases(DATABASE)
            for path in mails.glob("*.eml"):
                path.unlink()
        up_to_date(space, DATABASE)
        seen = set(mails.glob("*.eml"))
        smtp_port = _start_mail_server(stack, space, mails)
        server, url, config = _start_odoo(stack, space, smtp_port)
        _night(space, config, smtp_port, url)
        _list_mails(mails, seen)
        if options.no_serve:
            return 0
        print(f"\nOdoo:   {url}/odoo   login: admin   password: admin")
        print("Ctrl-C stops it.", flush=True)
        return server.wait()


def _start_mail_server(stack, space, mails):
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


def _start_odoo(stack, space, smtp_port):
    port = USUAL_PORT if _is_free(USUAL_PORT) else space.free_port()
    url = f"http://127.0.0.1:{port}"
    config = space.write_config(
        DATABASE, http_port=port, smtp_server="127.0.0.1", smtp_port=smtp_port
    )
    say("Starting Odoo")
    log = space.logs / f"{DATABASE}-server.log"
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


def _night(space, config, smtp_port, url):
    say("Running the scheduled actions")
    quiet = ["-W", "ignore::DeprecationWarning", "-m", "harness.inside_demo"]
    log = space.logs / f"{DATABASE}-night.log"
    command = [space.machine.python, *quiet, config, str(smtp_port), url]
    sys.stdout.flush()
    environment = {**space.environment, "AR_LOG": str(log)}
    if process.call(command, env=environment, cwd=cache.REPOSITORY):
        raise Stop(f"The scheduled actions failed. Log: {log}")


def _list_mails(folder, seen):
    new = sorted(set(folder.glob("*.eml")) - seen)
    print(f"\n{len(new)} e-mails were sent in this run; all are in {folder}")
    for path in new:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        print(f"  {path.name}  {mail['To'] or mail['X-Sent-To']}  {mail['Subject']}")
