"""The output: results kept as JSON, a table in Markdown, and in docs/BENCHMARKS.md."""

import datetime
import json
import os
import platform
import re

from harness import cache

from .targets import rows

#: Sizes, from small to large.
SIZES = ("S", "M", "L")
MARKS = ("<!-- bench -->", "<!-- /bench -->")
RULES = """Sizes: S is 1,000 customers and 10,000 documents, M 10,000 and 100,000, L 50,000 and
1,000,000. Each ratio is of figures of the same run, on copies of the same database; medians of
at least three runs where not said otherwise. Ledgers are vacuumed and analyzed after filling, as
autovacuum does within minutes. Times are of this machine, ratios of any."""


class Results:
    """What was measured last in each size, kept in the cache."""

    def __init__(self):
        self.folder = cache.folder() / "bench"
        self.folder.mkdir(exist_ok=True)
        self.path = self.folder / "results.json"
        self.sizes = self._read()

    def _read(self):
        if not self.path.exists():
            return {}
        return json.loads(self.path.read_text(encoding="utf-8"))

    def add(self, size, measure, figures, facts):
        """Keep the figures of a measure, with when and on what they were taken."""
        now = datetime.datetime.now().isoformat(" ", "minutes")
        with cache.lock("bench-results"):  # another run may have added its own
            self.sizes = self._read()
            mine = self.sizes.setdefault(size, {})
            mine[measure] = figures
            mine.setdefault("facts", {}).update(facts)
            mine["facts"].setdefault("taken", {})[measure] = now
            text = json.dumps(self.sizes, indent=1, default=str)
            self.path.write_text(text + "\n", encoding="utf-8")

    def ordered(self, only=SIZES):
        """Return the results of sizes, from small to large."""
        return {
            size: self.sizes[size]
            for size in SIZES
            if size in self.sizes and size in only
        }

    def markdown(self, only=SIZES):
        """Return the table."""
        results = self.ordered(only)
        lines = ["| size | what | measured | target | met |", "|---|---|---|---|---|"]
        for size, what, measured, target, met in rows(results):
            word = {True: "yes", False: "**no**", None: ""}[met]
            lines.append(f"| {size} | {what} | {measured} | {target} | {word} |")
        facts = next(reversed(results.values()))["facts"]
        said = ", ".join(f"{what} {facts[what]}" for what in facts if what != "taken")
        return "\n".join([*lines, "", f"Measured with: {said}.", "", RULES])

    def write(self):
        """Write the table into the cache; return its path."""
        path = self.folder / "results.md"
        path.write_text(self.markdown() + "\n", encoding="utf-8")
        return path

    def into_document(self):
        """Put the table between its marks in docs/BENCHMARKS.md."""
        path = cache.REPOSITORY / "docs" / "BENCHMARKS.md"
        text = path.read_text(encoding="utf-8")
        begin, end = map(re.escape, MARKS)
        place = re.compile(f"{begin}.*{end}", re.S)
        if not place.search(text):
            raise LookupError(f"{path.name} has no {' … '.join(MARKS)}")
        inside = f"{MARKS[0]}\n{self.markdown()}\n{MARKS[1]}"
        path.write_text(place.sub(lambda _found: inside, text), encoding="utf-8")


def machine(place):
    """Return what the figures depend on: machine, versions, seed."""
    with open("/proc/meminfo", encoding="ascii") as stream:
        memory = int(stream.readline().split()[1]) // 1024**2
    [(server,)] = place.space.sql("postgres", "SHOW server_version")
    return {
        "CPU": f"{_processor()} ({os.cpu_count()} cores)",
        "memory": f"{memory} GB",
        "Odoo": place.space.machine.odoo.version,
        "PostgreSQL": server.split()[0],
        "Python": platform.python_version(),
        "seed": place.seed,
        **place.facts,
    }


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.machine()
