"""What customers hear in half a year: ``script/chaos --days 180 --customers 40``."""

import contextlib
import cProfile
import os
import time

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules import module
from odoo.modules.registry import Registry


def listen(options):
    """Run the seeds one after the other; print the tables; return the code to exit with."""
    from odoo.addons.ar_followup_plus.tests.half_year.run import markdown

    runs = []
    for seed in range(options.seed, options.seed + (options.seeds or 1)):
        begin = time.monotonic()
        with _profiled(options.profile):
            runs.append((seed, *_one(seed, options)))
        print(f"Seed {seed}: {time.monotonic() - begin:.0f} s", flush=True)
    print(markdown(runs), flush=True)
    return int(any(any(counts.values()) for _seed, counts, _figures in runs))


def _one(seed, options):
    """Run one seed in a transaction that is undone."""
    from odoo.addons.ar_followup_plus.tests.half_year.checks import ROWS
    from odoo.addons.ar_followup_plus.tests.half_year.run import Voice

    database = os.environ.get("PGDATABASE") or odoo.tools.config["db_name"]
    if isinstance(database, list):
        [database] = database
    registry = Registry(database)
    module.current_test = _one  # within a test nothing is committed
    try:
        with contextlib.closing(registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env.ref("base.main_company")
            voice = Voice(env, company, seed, options.customers, options.numbers)
            counts = voice.run(options.days, lambda line: print(line, flush=True))
            for key, name in ROWS.items():
                if counts[key] and options.faults:
                    print(f"\n{name}: {counts[key]}")
                    print("\n".join(voice.faults(key, options.faults)))
            for name in options.trace:
                print(f"\n{voice.trace(name)}")
            print(f"\n{voice.fullest()}\n")
            print(f"Done: {voice.talk.done}; refused: {voice.talk.refused}")
            print({what: round(value) for what, value in voice.seconds.items()})
            figures = voice.figures()
            cr.rollback()
            return counts, figures
    finally:
        module.current_test = None


@contextlib.contextmanager
def _profiled(path):
    if not path:
        yield
        return
    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(path)
