"""What comes next for a customer who was just contacted."""

from odoo import models
from odoo.tools import SQL

from ..engine.decide import decide


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    def _ar_look_ahead(self):
        """Write what comes next and why, as the next night would find it.

        Nothing is proposed. A constant number of statements for all.
        """
        rows = []
        for record, debtor, items, ladder, rules, day in self._read_for_decision():
            decision = decide(debtor, items, ladder, rules, day)
            step, reason = decision.next_step, decision.reason
            rows.append(
                (
                    record.id,
                    decision.next_on,
                    step.id if step else None,
                    reason.value if reason else None,
                )
            )
        if not rows:
            return
        self.flush_recordset()
        ids, days, steps, reasons = map(list, zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor d
                      SET next_contact_date = s.day, next_step_id = s.step,
                          next_reason = s.reason
                     FROM unnest(%s::int[], %s::date[], %s::int[], %s::text[])
                          AS s(id, day, step, reason)
                    WHERE d.id = s.id""",
                ids,
                days,
                steps,
                reasons,
            )
        )
        self.invalidate_recordset(
            ["next_contact_date", "next_step_id", "next_reason"], flush=False
        )
