"""What a user would pick instead: OCA's account_credit_control, on the same ledger."""

from .measuring import Statements, median, memory
from .plan import RUNS


def measure(bench, size):
    """Return the figures of its decision run; empty where there is no build of it."""
    database = bench.with_other(size)
    if database is None:
        return {}
    runs = []
    delays = bench.delays(size)
    # It takes minutes at M: each run is undone, in a process that goes on
    for _number in range(RUNS if size == "S" or bench.full else 1):
        with bench.worker(database, addons_path=bench.other_addons()) as worker:
            runs.append(worker.call("other", "run", delays=delays))
    return {"runs": len(runs)} | {
        name: median([one[name] for one in runs]) for name in runs[0]
    }


def run(env, delays):
    """Make the lines of a policy with the same levels as our ladder; undo it."""
    company = env.company
    template = env.ref("account_credit_control.email_template_credit_control_base")
    policy = env["credit.control.policy"].create(
        {
            "name": "The same steps",
            "company_id": company.id,
            "account_ids": [
                (6, 0, env["account.account"].search(
                    [("account_type", "=", "asset_receivable")]
                ).ids)
            ],
            "level_ids": [
                (
                    0,
                    0,
                    {
                        "name": f"Day {delay}",
                        "level": number,
                        "computation_mode": "net_days",
                        "delay_days": delay,
                        "channel": "email",
                        "email_template_id": template.id,
                        "custom_text": "Please pay.",
                        "custom_mail_text": "Please pay.",
                    },
                )
                for number, delay in enumerate(delays, 1)
            ],
        }
    )  # fmt: skip
    company.credit_policy_id = policy
    generator = env["credit.control.run"].create(
        {"date": env.cr.now().date(), "policy_ids": [(6, 0, policy.ids)]}
    )
    env.flush_all()
    idle = memory("VmRSS")
    with Statements() as made:
        generator.generate_credit_lines()
        env.flush_all()
    return {
        "other": made.seconds,
        "other statements": made.count,
        "other lines": len(generator.line_ids),
        "other MB above idle": memory("VmHWM") - idle,
    }
