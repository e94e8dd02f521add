"""Lets faults happen at random moments, and checks what must be true after each."""

import argparse
import contextlib
import os
import random
import sys
import threading
import time
import traceback

import odoo.tools

#: Faults beside the kills: what they are called, their method, and its arguments.
FAULTS = {
    "eight processes at once": ("crowd", {"processes": 8}),
    "eight processes, killed at random moments": ("kills", {"processes": 8}),
    "connections cut in the middle": ("cuts", {}),
    "a mail server that fails for 30 %": ("flaky", {}),
    "wkhtmltopdf missing": ("no_pdf", {"missing": True}),
    "wkhtmltopdf killed": ("no_pdf", {"missing": False}),
    "200 pages and 60 messages at once": ("flood", {}),
    "a filestore that cannot be written": ("no_filestore", {}),
    "a mail server that takes 8 s": ("bad_mail", {"mode": "stall"}),
    "a mail server that refuses": ("bad_mail", {"mode": "refuse_data"}),
    "a mail server that drops in DATA": ("bad_mail", {"mode": "drop"}),
    "poisoned PDFs and pictures in evidence packs": ("poison", {}),
    "200 random books, read a second time": ("oracle", {"seeds": 200}),
}
KILLS = "one to three processes, killed at random moments"
ROTTEN = "a template that raises for one of a thousand"
BUSY = "two accountants at work, two processes of ours"
#: Random books in one transaction.
BOOKS = 10
QUIET = "two accountants at work alone"


def main():
    parser = argparse.ArgumentParser("script/chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--rounds", type=int, default=5, help="of each other fault")
    parser.add_argument("--seconds", type=int, default=60, help="of accountants' work")
    parser.add_argument("--minutes", type=float, help="begin no kills after so many")
    parser.add_argument("--debtors", type=int, default=300)
    parser.add_argument("--thousand", type=int, default=1000, help="for the template")
    parser.add_argument("--lanes", type=int, default=os.cpu_count(), help="at once")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", nargs="+", metavar="METHOD", help="kills, flaky, …")
    parser.add_argument(
        "--seeds", type=int, help="of random books from --seed on, or runs of --days"
    )
    parser.add_argument("--days", type=int, help="what customers hear in so many days")
    parser.add_argument("--customers", type=int, default=40, help="beside --days")
    parser.add_argument("--numbers", nargs="+", type=int, help="only these customers")
    parser.add_argument("--faults", type=int, default=15, help="shown of each kind")
    parser.add_argument("--trace", nargs="*", default=(), help="names of customers")
    parser.add_argument("--profile", metavar="FILE", help="beside --days")
    options = parser.parse_args()
    odoo.tools.config.parse_config(["-c", os.environ["ODOO_RC"]])
    if options.days:
        from .voice import listen

        return listen(options)
    return read_books(options) if options.seeds else Run(options).work()


def read_books(options):
    """Compare random books with a second reading of the ledger, a line for each seed.

    Begin again with a later ``--seed`` where a run was stopped.

    :return: 1 if anything was different
    """
    from odoo.addons.ar_followup_plus.tests.child import Database

    wrong = 0
    with contextlib.ExitStack() as stack:
        database = Database()
        stack.callback(database.drop)
        worker = database.worker()
        worker.call("set_up", port=1)
        database.sql("ANALYZE")
        first, last = options.seed, options.seed + options.seeds
        for start in range(first, last, BOOKS):
            seeds = list(range(start, min(start + BOOKS, last)))
            begin = time.monotonic()
            worker.start("oracle", seeds=seeds, every=2)
            found = worker.result(seconds=60 * BOOKS)
            seconds = (time.monotonic() - begin) / len(seeds)
            for seed, said in found.items():
                wrong += isinstance(said, str)
                print(f"Seed {seed}: {said}, {seconds:.1f} s", flush=True)
    print(f"{options.seeds} seeds from {first}, {wrong} different", flush=True)
    return int(bool(wrong))


class Run:
    """All faults, shared out to lanes that work at once."""

    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.rows = {}  # what: [rounds, killed, broken, seconds]
        self.counts = {}
        self.facts = []
        self.broken = []
        self.killed = 0

    def work(self):
        """Let everything happen; print the table; return the code to exit with."""
        from odoo.addons.ar_followup_plus.tests.chaos_common import Chaos

        self.begin = time.monotonic()
        options = self.options
        print(f"Seed {options.seed}, {options.debtors} customers", flush=True)
        with contextlib.ExitStack() as stack:
            lanes, kept = [], None
            for number in range(max(options.lanes, 1)):
                rng = random.Random(options.seed + number)
                lane = Chaos(rng, options.debtors, kept)
                stack.callback(lane.close)
                kept = lane.kept
                lanes.append(lane)
            self.todo = [fault for fault in FAULTS for _n in range(options.rounds)]
            random.Random(options.seed).shuffle(self.todo)
            threads = [
                threading.Thread(target=self._lane, args=(lane,)) for lane in lanes
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for what in (QUIET, BUSY):  # alone, for it is measured
                if self._wants("accountants"):
                    self._one(lanes[0], what, self._accountants, alone=what == QUIET)
            for lane in lanes:
                for what, count in lane.counts.items():
                    self.counts[what] = self.counts.get(what, 0) + count
        if self._wants("rotten"):
            with contextlib.ExitStack() as stack:
                lane = Chaos(random.Random(options.seed), options.thousand)
                stack.callback(lane.close)
                self._one(lane, ROTTEN, lane.rotten)
        print(self.markdown(time.monotonic() - self.begin), flush=True)
        return int(bool(self.broken))

    def _wants(self, method):
        return not self.options.only or method in self.options.only

    def _is_enough(self):
        minutes = self.options.minutes
        late = minutes and time.monotonic() > self.begin + minutes * 60
        return late or self.killed >= self.options.kills

    def _lane(self, lane):
        """Take what is left to do, one after the other."""
        while True:
            with self.lock:
                while self.todo and not self._wants(FAULTS[self.todo[-1]][0]):
                    self.todo.pop()
                what = self.todo.pop() if self.todo else None
                if what is None:
                    if self._is_enough() or not self._wants("kills"):
                        return
            method, arguments = FAULTS.get(what, ("kills", {}))
            self._one(lane, what or KILLS, getattr(lane, method), **arguments)

    def _one(self, lane, what, work, **arguments):
        begin, result = time.monotonic(), 0
        try:
            if what in (QUIET, BUSY):
                arguments["lane"] = lane
            result = work(**arguments) or 0
        except Exception:
            text = f"{what}: {traceback.format_exc()}"
            print(text[-6000:], file=sys.stderr, flush=True)
            self.broken.append(text)
            is_broken = True
        else:
            is_broken = False
        seconds = time.monotonic() - begin
        with self.lock:
            row = self.rows.setdefault(what, [0, 0, 0, 0.0])
            row[0] += 1
            row[1] += result
            row[2] += is_broken
            row[3] += seconds
            # A round that breaks counts, or a fault that always does never ended
            if what == KILLS:
                self.killed += result or 1
            killed = f", {result} killed" if result else ""
            print(f"{what}: {seconds:.1f} s{killed}", flush=True)

    def _accountants(self, lane, alone):
        found = lane.accountants(self.options.seconds, alone)
        wait = found["longest wait"]
        self.facts.append(
            f"Accountants {'alone' if alone else 'beside two processes of ours'}: "
            f"{found['acts']} acts, {len(found['errors'])} errors, "
            f"{found['met']} met each other, "
            f"longest wait for a lock {wait:.2f} s, longest act "
            f"{found['longest act']:.1f} s"
            + ("" if alone else f", {found['rounds']} runs of ours")
        )
        if not alone and (found["errors"] or wait >= 1):
            raise AssertionError("\n".join(found["errors"][:3]) or f"Waited {wait}")

    def markdown(self, seconds):
        """Return the table."""
        lines = ["", "| fault | rounds | killed | broken |", "|---|---|---|---|"]
        for what in (KILLS, *FAULTS, ROTTEN, QUIET, BUSY):
            if what in self.rows:
                rounds, killed, broken, _seconds = self.rows[what]
                lines.append(f"| {what} | {rounds} | {killed or ''} | {broken} |")
        lines += ["", "| over all rounds | |", "|---|---|"]
        lines += [f"| {what} | {count} |" for what, count in self.counts.items()]
        lines += ["", *self.facts]
        lines.append(
            f"{self.options.debtors} customers a round, seed {self.options.seed}, "
            f"{os.cpu_count()} cores, {seconds / 60:.0f} minutes."
        )
        return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
