"""Charges of the night: what demands promised is kept, the rest is charged."""

import logging
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...engine.values import STAGE_RANK, STAGES
from ...tools.transactions import CONFLICTS, RACES, in_turn, is_free
from .charge_decision import charge_vals
from .charge_reader import ChargeReader

_logger = logging.getLogger(__name__)

#: Customers that are looked at together at night.
SLICE = 1000
#: Customers who are invoiced in one transaction: their rows stay locked so long.
NOTES = 5
_DAY = timedelta(days=1)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_charge_company(self):
        """Keep what demands promised, and charge what is to be charged by now.

        A missed night is caught up: what counts is which days were decided on.
        """
        self.ensure_one()
        until = self._ar_charge_until()
        by_itself = self.ar_state in ("ask", "live") and not self.ar_paused
        debtors = self.env["ar.debtor"].search([("company_id", "=", self.id)]).ids
        for start in range(0, len(debtors), SLICE):
            part = debtors[start : start + SLICE]
            self._ar_charge_try(self._ar_waive_kept, part)
            if not by_itself:
                continue
            due = list(self._ar_to_charge(ChargeReader(self.env, part, until, self)))
            for first in range(0, len(due), NOTES):
                self._ar_charge_try(
                    self._ar_charge_some, due[first : first + NOTES], until
                )

    def _ar_charge_try(self, act, *arguments):
        """Act in a transaction of its own."""
        try:
            in_turn(self.env, lambda: act(*arguments))
        except CONFLICTS as conflict:
            if not is_free(self.env):
                raise  # nothing was rolled back
            _logger.debug("Somebody charges the same customers: %s", conflict)

    def _ar_charge_until(self):
        """Return the last day that is charged at night."""
        today = self._ar_today()
        if self.ar_charge_when == "monthly":
            return fields.Date.subtract(today.replace(day=1), days=1)
        return fields.Date.subtract(today, days=1)

    def _ar_charge_some(self, debtor_ids, until):
        """Charge some customers; one that fails fails alone, with its reason."""
        Charge = self.env["ar.late.charge"].sudo()
        Charge._claim(debtor_ids)
        reader = ChargeReader(self.env, debtor_ids, until, self)
        for debtor_id, charges in self._ar_to_charge(reader).items():
            debtor = self.env["ar.debtor"].browse(debtor_id)
            if debtor.is_stopped:
                continue
            try:
                with self.env.cr.savepoint():
                    Charge._write_decisions(
                        reader,
                        debtor,
                        charges,
                        {charge.id: charge.accrued for charge in charges},
                        until,
                        "",
                        self._ar_open_date(self._ar_today()),
                    )
            except RACES:
                raise
            except Exception as error:  # the others go on
                self._ar_tell_failed(debtor, error)

    def _ar_tell_failed(self, debtor, error):
        """Tell the credit manager why the charges of a customer were not written."""
        _logger.info("No charges for customer %s: %s", debtor.id, error)
        debtor._ar_activity(
            "activity_check_notice",
            self.env._("Late charges could not be charged: %(why)s", why=error),
            self.ar_manager_id,
        )

    def _ar_waive_kept(self, debtor_ids):
        """Write down that customers kept the date of a demand."""
        Charge = self.env["ar.late.charge"].sudo()
        reader = ChargeReader(self.env, debtor_ids, None, self)
        found = [c for c in reader.charges.values() if c.waived_now]
        if not found:
            return
        Charge._claim({charge.debtor_id for charge in found})
        Charge._forget_cancelled([charge.move_id for charge in found])
        vals_list = [
            {
                **charge_vals(reader, charge, self, reader.until[self.id]),
                "amount_waived": charge.waived_now / charge.factor,
                "reason": self.env._(
                    "All was paid by the date of %(notice)s", notice=charge.kept
                ),
            }
            for charge in found
        ]
        try:
            with self.env.cr.savepoint():
                Charge.create(vals_list)
        except RACES:
            raise
        except Exception:  # one of them: the others are written
            for vals in vals_list:
                self._ar_waive_one(vals)

    def _ar_waive_one(self, vals):
        """Write one waiver; one that fails fails alone, with its reason."""
        try:
            with self.env.cr.savepoint():
                self.env["ar.late.charge"].sudo().create(vals)
        except RACES:
            raise
        except Exception as error:  # the others go on
            self._ar_tell_failed(self.env["ar.debtor"].browse(vals["debtor_id"]), error)

    def _ar_to_charge(self, reader):
        """Return what is charged by itself now: ``{debtor id: [Charge]}``.

        Not while a demand waits for its date: until then nothing is charged if all
        arrives. At a step: what was demanded there, and again with each later one, and
        the rest when the invoice is paid.
        """
        today = self._ar_today()
        reached = {}
        if self.ar_charge_when == "step":
            lowest = STAGE_RANK[self.ar_charge_stage]
            reached = dict(
                self.env.execute_query(
                    SQL(
                        """SELECT nl.move_line_id, max(n.sent_on)
                             FROM ar_notice_line nl
                             JOIN ar_notice n ON n.id = nl.notice_id
                            WHERE nl.move_line_id = ANY(%s) AND nl.role = 'about'
                              AND n.state = 'sent' AND n.stage = ANY(%s)
                            GROUP BY nl.move_line_id""",
                        list(reader.charges),
                        [stage for stage in STAGES if STAGE_RANK[stage] >= lowest],
                    )
                )
            )
        due = {}
        for charge in reader.charges.values():
            if not charge.accrued or (charge.offered and charge.offered >= today):
                continue
            if self.ar_charge_when == "step":
                sent = reached.get(charge.id)
                if not sent:
                    continue
                done = charge.covered and charge.covered >= sent - _DAY
                if done and not charge.closed:
                    continue
            due.setdefault(charge.debtor_id, []).append(charge)
        return due
