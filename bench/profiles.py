"""Where the time goes: statements by their time, and Python functions by theirs.

Not part of the table: ``script/bench --profile`` prints it for a measure.
"""

import cProfile
import io
import pstats
import re
import time
from collections import defaultdict

from odoo.sql_db import Cursor
from odoo.tools import SQL

from . import mails
from .plan import read_items

SHOWN = 14


def profiled(work):
    """Run a function; return its statements and functions by their time, as text.

    The profiler makes Python functions look slower beside statements than they are.
    """
    totals = defaultdict(lambda: [0, 0.0])
    execute = Cursor.execute

    def watched(cursor, query, *arguments, **options):
        start = time.perf_counter()
        try:
            return execute(cursor, query, *arguments, **options)
        finally:
            code = query.code if isinstance(query, SQL) else str(query)
            entry = totals[" ".join(re.sub(r"\s+", " ", code).split())[:110]]
            entry[0] += 1
            entry[1] += time.perf_counter() - start

    Cursor.execute = watched
    profiler = cProfile.Profile()
    start = time.perf_counter()
    try:
        profiler.runcall(work)
    finally:
        Cursor.execute = execute
    seconds = time.perf_counter() - start
    lines = [f"{seconds:.2f} s in all"]
    order = sorted(totals.items(), key=lambda entry: -entry[1][1])
    for code, (count, took) in order[:SHOWN]:
        lines.append(f"{took:8.3f} s {100 * took / seconds:4.0f} % {count:6d} × {code}")
    stream = io.StringIO()
    stats = pstats.Stats(profiler, stream=stream).strip_dirs()
    stats.sort_stats("tottime").print_stats(SHOWN)
    stats.sort_stats("cumtime").print_stats(3 * SHOWN)
    return "\n".join([*lines, re.sub(r"\n\s*\n+", "\n", stream.getvalue())])


# === OUTSIDE OF ODOO === #


def measure(bench, size):
    """Return the profiles as one text."""
    parts = []
    for source, function in (
        (bench.with_addon(size), "deciding"),
        (bench.planned(size), "mailing"),
        (bench.planned(size), "refreshing"),
    ):
        with bench.copy(source) as database, bench.worker(database) as worker:
            parts += worker.call("profiles", function)
    return "\n\n".join(f"=== {size}: {what} ===\n{text}" for what, text in parts)


# === INSIDE OF ODOO === #


def deciding(env):
    """Profile plan(), first and again."""
    env["ar.debtor"]._make_missing()
    env.cr.commit()
    read_items(env)
    plan = env["ar.notice"].plan
    return [("plan()", profiled(plan)), ("plan() again", profiled(plan))]


def mailing(env):
    """Profile making e-mails, and send_mail_batch; the first batch is not watched."""
    template, batches = mails.choose(env)
    mails.keep_from_sending(env)
    for ids in batches[:2]:
        mails.only_ready(env, ids)
        text = profiled(lambda ids=ids: env["ar.notice"].deliver(limit=len(ids)))
        env.cr.execute("UPDATE ar_notice SET state = 'sent' WHERE id = ANY(%s)", [ids])
        env.cr.commit()
    parts = [(f"{len(ids)} e-mails", text)]
    for ids in batches[2:4]:
        env.invalidate_all()
        text = profiled(lambda ids=ids: template.send_mail_batch(ids))
    return [*parts, (f"send_mail_batch of {len(ids)}", text)]


def refreshing(env):
    """Profile refresh(), first and again."""
    refresh = env["ar.debtor"].refresh
    return [("refresh()", profiled(refresh)), ("refresh() again", profiled(refresh))]
