"""``script/chaos [arguments]``: kills, cuts and flaky servers, at length.

``chaos/__main__.py`` says what there is to choose. It runs with the Python that has
Odoo, in a process of its own, beside databases made as for the tests.
"""

import contextlib
import os

from . import cache, process
from .workspace import fresh, open_workspace, up_to_date


def main(arguments):
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        name = stack.enter_context(space.scratch("chaos"))
        database = os.environ.get("AR_DB") or name
        if {"-h", "--help"} & set(arguments):
            pass
        elif database != name:
            stack.enter_context(cache.lock(f"database-{database}"))
            up_to_date(space, database)
            space.copy_database(database, f"{name}_template")
        else:
            fresh(space, database)
            space.copy_database(database, f"{name}_template")
        variables = {
            **space.environment,
            "ODOO_RC": str(space.write_config(database)),
            "AR_TEST_TEMPLATE_DB": f"{name}_template",
            "AR_TEST_DB_PREFIX": f"{name}_child_",
        }
        quiet = ["-W", "ignore::DeprecationWarning"]
        return process.call(
            [space.machine.python, *quiet, "-m", "chaos", *arguments],
            env=variables,
            cwd=cache.REPOSITORY,
        )
