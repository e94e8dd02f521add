"""``script/test [pytest arguments]``: everything, on real Odoo.

Set `AR_DB` to work on a database that is kept from run to run, and
`AR_KEEP_DB` to look at a fresh one after the tests.
"""

import contextlib
import os

from . import cache, from_pypi, process
from .console import say
from .workspace import fresh, open_workspace, up_to_date


def main(arguments):
    with contextlib.ExitStack() as stack:
        space = stack.enter_context(open_workspace())
        name = stack.enter_context(space.scratch("test"))
        database = os.environ.get("AR_DB") or name
        if database != name:
            stack.enter_context(cache.lock(f"database-{database}"))
            up_to_date(space, database)
        else:
            fresh(space, database)
        # For tests that need committed data and processes of their own.
        copy = f"{name}_template"
        space.copy_database(database, copy)
        variables = {
            **space.environment,
            "ODOO_RC": str(space.write_config(database)),
            "AR_TEST_TEMPLATE_DB": copy,
            "AR_TEST_DB_PREFIX": f"{name}_child_",
            "AR_DATA_DIR": str(space.data_dir),
            "AR_FROM_PYPI": os.pathsep.join(
                map(str, from_pypi.needed(space.machine.python))
            ),
        }
        command = [space.machine.python, "-m", "pytest", "-p", "harness.pytest_guard"]
        command += [f"--odoo-database={database}", "--odoo-http", *arguments]
        say("Running the tests")
        return process.call(command, env=variables, cwd=cache.REPOSITORY)
