"""Measures what the addon costs, on generated ledgers, beside floors and alternatives."""

import argparse
import contextlib
import importlib
import sys
import tempfile
from pathlib import Path

from harness.console import say
from harness.workspace import open_workspace

from . import forecast
from .place import Place
from .plot import draw
from .report import SIZES, Results, machine
from .targets import MAKERS


def main():
    parser = argparse.ArgumentParser("script/bench", description=__doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, help="default: S")
    parser.add_argument(
        "--full",
        action="store_true",
        help="more runs, and all sizes where none is named",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*MAKERS, "forecast"],
        default=list(MAKERS),
        help="forecast: how good the cash forecast would have been, needs --data",
    )
    parser.add_argument(
        "--data", metavar="FILE", help="paid invoices (CSV), for forecast"
    )
    parser.add_argument(
        "--from", dest="since", metavar="DAY", help="first invoice date to judge"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the ledgers")
    parser.add_argument(
        "--document", action="store_true", help="put the table into docs/BENCHMARKS.md"
    )
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    options = parser.parse_args()
    if "forecast" in options.only or options.data:
        if options.only != ["forecast"] or not options.data:
            parser.error("--only forecast and --data FILE belong together")
        return forecast.run(options.data, options.since)
    sizes = options.size or (SIZES if options.full else ["S"])
    results = Results()
    with contextlib.ExitStack() as scratch:
        space = scratch.enter_context(open_workspace())
        name = scratch.enter_context(space.scratch("bench"))
        folder = scratch.enter_context(tempfile.TemporaryDirectory())
        place = Place(space, name, Path(folder), options.seed, options.full)
        for size in sizes:
            if options.profile:
                print(importlib.import_module("bench.profiles").measure(place, size))
                continue
            for measure in options.only:
                say(f"{size}: {measure}")
                module = importlib.import_module(f"bench.{measure}")
                figures = module.measure(place, size)
                if not figures:
                    say(f"{size}: {measure} cannot be measured here")
                    continue
                results.add(size, measure, figures, machine(place))
    if options.profile:
        return 0
    print(results.markdown(sizes))
    say(f"Kept: {results.write()} and {results.path.name} beside it")
    if options.document:
        results.into_document()
    if options.document or options.full:
        draw(results.ordered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
