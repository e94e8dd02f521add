"""``script/bench [arguments]``: measures, on generated ledgers.

``bench/__main__.py`` says what there is to choose. It runs with the Python that has
Odoo, in a process of its own.
"""

import os

from . import cache, process
from .machine import Machine


def main(arguments):
    python = Machine().python
    quiet = ["-W", "ignore::DeprecationWarning"]
    return process.call(
        [python, *quiet, "-m", "bench", *arguments],
        env=os.environ,
        cwd=cache.REPOSITORY,
    )
