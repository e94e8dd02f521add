"""``script/bench [arguments]``: measures, on a generated ledger.

The arguments go to ``bench/run.py``, which says what there is to choose.
"""

from . import cache, process
from .console import say
from .workspace import fresh, open_workspace


def main(arguments):
    with open_workspace() as space, space.scratch("bench") as name:
        fresh(space, name)
        say("Measuring")
        quiet = ["-W", "ignore::DeprecationWarning", "-m", "harness.inside_run"]
        program = cache.REPOSITORY / "bench" / "run.py"
        return process.call(
            [space.machine.python, *quiet, space.write_config(name), program]
            + arguments,
            env=space.environment,
            cwd=cache.REPOSITORY,
        )
