"""Who may call what over RPC: one row for each public method of ours."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .rpc_common import ROLES, RpcCommon, public_methods

#: Arguments that cannot be left out.
ARGUMENTS = {"save_call_draft": ("They pay on Friday",)}
#: Which role may call a method, on a record of its own company. It stands in
#: docs/RIGHTS.md too.
TABLE = """
""".strip()


class TestRpcTable(RpcCommon):
    """The table is made by trying, and compared with the one above."""

    maxDiff = None

    def test_table(self):
        samples = self._samples()
        lines = TABLE.splitlines()[:2]
        for (model, method), kind in sorted(public_methods(self.env).items()):
            if kind != "act":
                continue
            cells = [self._cell(samples, model, method, role) for role in ROLES]
            lines.append(f"| `{model}.{method}` | {' | '.join(cells)} |")
        open("/tmp/rpc_table.md", "w").write("\n".join(lines))
        self.assertEqual("\n".join(lines), TABLE)

    def _cell(self, samples, model, method, role):
        """Return whether a role may call a method on a record of its own company."""
        record, _change, _add = samples.get(model, ({}, {}, {}))
        env = self.as_user(role)
        try:
            with (
                mute_logger("odoo.addons.base.models.ir_model", "odoo.models"),
                self.env.cr.savepoint() as savepoint,
                self._cheap_pdf(),
            ):
                if model == "ar.go.live.customer":
                    panel = env["ar.go.live"].create({"company_id": self.company.id})
                    record = {
                        "panel_id": panel.id,
                        "debtor_id": self.debtor.id,
                        "step_id": self.own_ladder.step_ids.id,
                    }
                if isinstance(record, dict):
                    ids = env[model].create(record).ids
                else:
                    ids = record.ids
                args = [ids, *ARGUMENTS.get(method, ())]
                if hasattr(getattr(self.env[model], method), "_api_model"):
                    args = args[1:]
                self.rpc(env, model, method, *args)
                savepoint.rollback()
        except AccessError:
            return "-"
        except UserError:
            pass  # allowed, and not possible just now
        except Exception as error:
            import traceback

            with open("/tmp/rpc_table.err", "a") as f:
                f.write(f"{model}.{method} as {role}: {error!r}\n")
                f.write("".join(traceback.format_exc()[-900:]) + "\n")
            return "ERR"
        finally:
            self.env.invalidate_all()
        return "yes"
