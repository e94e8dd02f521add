"""``script/verify-evidence DATABASE``: verifies the register of evidence.

Reads only. Prints what differs, and for each company the hash of the last entry; ends
with 1 where anything differs. ``ODOO_RC`` names the configuration of the server that
owns the database, whose files are read too; without it, it is a database of these
scripts.
"""

import argparse
import contextlib
import os

from . import cache, process
from .workspace import open_workspace


def main(arguments):
    parser = argparse.ArgumentParser("script/verify-evidence", description=__doc__)
    parser.add_argument("database")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        config = os.environ.get("ODOO_RC") or space.write_config(options.database)
        quiet = ["-W", "ignore::DeprecationWarning"]
        return process.call(
            [
                space.machine.python,
                *quiet,
                "-m",
                "harness.inside_verify",
                config,
                options.database,
            ],
            env=space.environment,
            cwd=cache.REPOSITORY,
        )
