"""The snapshot of debtors, beside one aggregate over the open items."""

from .measuring import median, timed
from .plan import RUNS


def measure(bench, size):
    """Return the figures of refreshing all snapshots."""
    runs = []
    for _number in range(RUNS):
        with bench.copy(bench.planned(size)) as database:
            with bench.worker(database) as worker:
                runs.append(worker.call("refresh", "run"))
    figures = {name: median([one[name] for one in runs]) for name in runs[0]}
    figures["refresh / aggregate"] = median(
        [one["refresh"] / one["aggregate"] for one in runs]
    )
    return figures


def run(env):
    """Refresh all snapshots for the first time, and again."""
    from odoo.addons.ar_followup_plus.models.decision.snapshot import Snapshot

    debtor = env["ar.debtor"]
    query = Snapshot(env, None).aggregate_query()

    def aggregate():
        env.cr.execute(query)
        return len(env.cr.fetchall())

    aggregate()
    aggregates = [timed(aggregate)[0]]
    refresh, changed = timed(debtor.refresh)
    aggregates.append(timed(aggregate)[0])
    again, written = timed(debtor.refresh)
    aggregates.append(timed(aggregate)[0])
    return {
        "refresh": refresh,
        "snapshots": changed,
        "refresh again": again,
        "written again": written,
        "aggregate": median(aggregates),
    }
