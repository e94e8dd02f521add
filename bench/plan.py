"""Deciding: plan() beside its floor, and again at once beside reading the items."""

import subprocess
import sys
from contextlib import contextmanager

from .measuring import Statements, forget_peak, median, memory, timed

RUNS = 3


# === OUTSIDE OF ODOO === #


def measure(bench, size):
    """Return the figures of deciding on a ledger of a size."""
    source = bench.with_addon(size)
    runs = []
    for _number in range(RUNS):
        with bench.copy(source) as database, bench.worker(database) as worker:
            runs.append(worker.call("plan", "run"))
    with bench.copy(source) as database, bench.worker(database) as worker:
        watched = worker.call("plan", "watched")
    figures = {
        name: median([one[name] for one in runs])
        for name, value in runs[0].items()
        if isinstance(value, (int, float))
    }
    # The ratio of each run, not the ratio of the medians
    figures["plan / floor"] = median([one["plan"] / one["floor"] for one in runs])
    figures["again / read"] = median([one["again"] / one["read"] for one in runs])
    return {**figures, **watched, "counts": runs[0]["counts"]}


# === INSIDE OF ODOO === #


def run(env):
    """Plan everything, and again; measure the floors in the same database."""
    notice = env["ar.notice"]
    making, _made = timed(env["ar.debtor"]._make_missing)
    env.cr.commit()
    read_items(env)
    with Statements() as planned:
        counts = notice.plan()
    again, read = [], []
    for _number in range(RUNS):
        seconds, items = timed(read_items, env)
        read.append(seconds)
        with Statements() as repeated:
            notice.plan()
        again.append(repeated.seconds)
    return {
        "open items": items,
        "debtors made": making,
        "plan": planned.seconds,
        "plan statements": planned.count,
        "floor": median([_floor(env) for _number in range(RUNS)]),
        "again": median(again),
        "again statements": repeated.count,
        "read": median(read),
        "notices": counts["notices"],
        "debtors": counts["debtors"],
        "notice lines": env["ar.notice.line"].search_count([]),
        "counts": counts,
    }


def read_items(env):
    """Read all open items into Python; return how many there are."""
    for model, names in env["ar.open.item"]._depends.items():
        env[model].flush_model(names)
    env.cr.execute(env["ar.open.item"]._query("all"))
    return len(env.cr.fetchall())


def everything(env):
    """Plan everything, and leave it so."""
    env["ar.notice"].plan()
    env.cr.commit()


def delays(env):
    """Return the days after the due date of the steps of the company's ladder."""
    steps = env.ref("base.main_company").ar_ladder_id.step_ids
    return sorted({step.delay_days for step in steps if step.delay_days > 0})


def _floor(env):
    """Return the seconds of inserting the rows that plan() made, as they are.

    Into the same tables with their columns, indexes and foreign keys, emptied within
    the transaction, which is undone.
    """
    cr = env.cr
    cr.execute("DROP TABLE IF EXISTS floor_notice, floor_line")
    cr.execute("CREATE TEMP TABLE floor_notice AS SELECT * FROM ar_notice ORDER BY id")
    cr.execute(
        "CREATE TEMP TABLE floor_line AS SELECT * FROM ar_notice_line ORDER BY id"
    )
    cr.execute("ANALYZE floor_notice, floor_line")
    cr.execute("SAVEPOINT floor; TRUNCATE ar_notice, ar_notice_line CASCADE")

    def insert():
        cr.execute("INSERT INTO ar_notice SELECT * FROM floor_notice")
        cr.execute("INSERT INTO ar_notice_line SELECT * FROM floor_line")

    seconds, _nothing = timed(insert)
    cr.execute("ROLLBACK TO SAVEPOINT floor")
    cr.rollback()
    return seconds


def watched(env):
    """Plan everything once more; watch memory and the length of transactions."""
    env["ar.debtor"]._make_missing()
    env.cr.commit()
    forget_peak()
    idle = memory("VmRSS")
    with _watch_locks(env) as locks:
        env["ar.notice"].plan()
    return {
        "MB above idle": memory("VmHWM") - idle,
        "longest lock": locks["writing"],
        "longest transaction": locks["open"],
    }


@contextmanager
def _watch_locks(env):
    """Let another process look, every 5 ms, how long our transactions are open."""
    command = [sys.executable, "-m", "bench.watch_locks", env.cr.dbname]
    pid = env.cr._cnx.info.backend_pid
    env.cr.commit()
    with subprocess.Popen(
        [*command, str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as watcher:
        watcher.stdout.readline()  # it looks
        found = {}
        yield found
        answer, _errors = watcher.communicate("\n")
        names = ("writing", "open")
        found.update(zip(names, map(float, answer.split()), strict=True))
