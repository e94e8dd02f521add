"""Measures what the addon costs, on generated ledgers, beside floors and alternatives."""

import argparse
import importlib
import sys

from harness.console import say
from harness.workspace import open_workspace

from .place import Place
from .plot import draw
from .report import SIZES, Results, machine
from .targets import MAKERS


def main():
    parser = argparse.ArgumentParser("script/bench", description=__doc__)
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["S"])
    parser.add_argument("--full", action="store_true", help="all sizes, and more runs")
    parser.add_argument("--only", nargs="+", choices=list(MAKERS), default=list(MAKERS))
    parser.add_argument("--seed", type=int, default=7, help="of the ledgers")
    parser.add_argument("--readme", action="store_true", help="put the table there")
    options = parser.parse_args()
    sizes = SIZES if options.full else options.size
    results = Results()
    with open_workspace() as space, space.scratch("bench") as name:
        place = Place(space, name, options.seed, options.full)
        for size in sizes:
            for measure in options.only:
                say(f"{size}: {measure}")
                module = importlib.import_module(f"bench.{measure}")
                figures = module.measure(place, size)
                if not figures:
                    say(f"{size}: {measure} cannot be measured here")
                    continue
                results.add(size, measure, figures, machine(place))
    print(results.markdown(sizes))
    say(f"Kept: {results.write()} and {results.path.name} beside it")
    if options.readme:
        results.into_readme()
    if options.readme or options.full:
        draw(results.ordered())


if __name__ == "__main__":
    sys.exit(main())
