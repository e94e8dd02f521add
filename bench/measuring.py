"""Tools inside Odoo: time, SQL statements, memory."""

import gc
import statistics
import time

from odoo.sql_db import Cursor


class Statements:
    """Counts the SQL statements of all cursors, and times a block."""

    def __init__(self):
        self.count = 0
        self.seconds = 0.0

    def __enter__(self):
        gc.collect()
        self._execute = Cursor.execute
        counter = self

        def execute(cursor, *arguments, **options):
            counter.count += 1
            return self._execute(cursor, *arguments, **options)

        def copy_expert(cursor, *arguments, **options):
            counter.count += 1
            return cursor._obj.copy_expert(*arguments, **options)

        Cursor.execute = execute
        Cursor.copy_expert = copy_expert
        self._start = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self._start
        Cursor.execute = self._execute
        del Cursor.copy_expert


def timed(function, *arguments, **options):
    """Return the seconds that a call took, and what it returned."""
    gc.collect()
    start = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - start, result


def median(values):
    """Return the median of numbers."""
    return statistics.median(values)


def memory(name):
    """Return a figure of this process in megabytes: VmRSS now, VmHWM at the most."""
    with open("/proc/self/status", encoding="ascii") as stream:
        for line in stream:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    raise LookupError(name)


def forget_peak():
    """Let the peak of the memory begin anew with what is in use now."""
    gc.collect()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as stream:
        stream.write("5")
