"""What comes next for a customer who was just contacted."""

import logging

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..engine.decide import decide
from .transactions import CONFLICTS, in_turn

_logger = logging.getLogger(__name__)

#: Customers in one transaction.
SLICE = 1000


class ArDebtor(models.Model):
    _inherit = "ar.debtor"

    @api.model
    def _ar_look_after_contacts(self):
        """Look ahead for who was written to today and still shows what just left."""
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            today = company._ar_today()
            stale = self.search(
                [
                    ("company_id", "=", company.id),
                    ("last_contact_date", "=", today),
                    ("next_contact_date", "<=", today),
                    ("next_reason", "=", False),
                ]
            )
            for ids in split_every(SLICE, stale.ids):
                some = self.browse(ids)
                try:
                    in_turn(self.env, some._ar_look_ahead)
                except CONFLICTS:
                    _logger.debug("The next night finds it.")

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
