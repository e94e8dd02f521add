"""deliver() with one process and with two, against a mail server on this machine."""

import os
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from harness import process

from .measuring import median

MAILS = 300
PROCESSES = (1, 2)


def measure(bench, size):
    """Return the figures of sending the same notices with one and two processes."""
    figures = {"cores": os.cpu_count()}
    for number in PROCESSES:
        runs = [_run(bench, size, number) for _n in range(3 if bench.full else 1)]
        figures["mails"] = runs[0]["mails"]
        figures[f"seconds with {number}"] = median([one["seconds"] for one in runs])
        for name in ("twice", "missing", "errors"):
            figures[name] = figures.get(name, 0) + sum(one[name] for one in runs)
    figures["one / two"] = figures["seconds with 1"] / figures["seconds with 2"]
    return figures


def _run(bench, size, number):
    with bench.copy(bench.planned(size)) as database, _sink(bench) as (port, folder):
        with bench.worker(database) as worker:
            mails = worker.call("deliver", "prepare", port=port)
        with _all(bench.worker(database) for _n in range(number)) as workers:
            for worker in workers:
                worker.call("deliver", "ready")
            start = time.perf_counter()
            for worker in workers:
                worker.start("deliver", "run")
            counts = [worker.result() for worker in workers]
            seconds = time.perf_counter() - start
            states = workers[0].call("deliver", "states")
        inboxes = Counter(
            line
            for path in folder.glob("*.eml")
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
            if line.startswith("X-Sent-To: ")
        )
        sent = sum(one["sent"] for one in counts)
        return {
            "mails": mails,
            "seconds": seconds,
            "twice": sum(count - 1 for count in inboxes.values()),
            "missing": mails - len(inboxes),
            "errors": sum(one["failed"] for one in counts)
            + abs(sent - mails)
            + sum(
                count for state, count in states if state not in ("sent", "proposed")
            ),
        }


@contextmanager
def _all(managers):
    """Enter all of some context managers."""
    managers = list(managers)
    if not managers:
        yield []
        return
    with managers[0] as first, _all(managers[1:]) as others:
        yield [first, *others]


@contextmanager
def _sink(bench):
    """A mail server that keeps messages as files: its port, and the folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [bench.space.machine.python, "-m", "harness.inside_smtp", folder]
        with process.child(
            command, env=bench.space.environment, stdout=subprocess.PIPE, text=True
        ) as child:
            yield int(child.stdout.readline()), Path(folder)


# === INSIDE OF ODOO === #


def prepare(env, port):
    """Leave some e-mails ready, one for each customer; return how many."""
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create(
        {"name": "Bench", "smtp_host": "127.0.0.1", "smtp_port": port}
    )
    env.cr.execute(
        """UPDATE ar_notice SET state = 'proposed' WHERE state = 'ready' AND id NOT IN
             (SELECT min(id) FROM ar_notice WHERE state = 'ready' AND channel = 'email'
               GROUP BY debtor_id ORDER BY 1 LIMIT %s)""",
        [MAILS],
    )
    env.invalidate_all()
    ready = env["ar.notice"].search_count([("state", "=", "ready")])
    env.cr.commit()
    return ready


def ready(env):
    """Load what the first call loads."""
    return env["ar.notice"].search_count([])


def run(env):
    """Deliver all that is ready."""
    return env["ar.notice"].deliver()


def states(env):
    """Return how many notices are in which state."""
    env.cr.execute("SELECT state, count(*) FROM ar_notice GROUP BY 1")
    return env.cr.fetchall()
