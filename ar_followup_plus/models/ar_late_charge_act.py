"""Charges that are posted or waived: by a person, and at night by themselves."""

import logging
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from ..engine.interest import UNIT
from ..engine.values import STAGE_RANK, STAGES
from .ar_charge_reader import ChargeReader
from .transactions import CONFLICTS, in_turn, is_free, quietly

_logger = logging.getLogger(__name__)

#: Customers that are looked at together at night.
SLICE = 1000
#: Customers who are invoiced in one transaction: their rows stay locked so long.
NOTES = 5
#: Invoices for charges are due after so many days.
NOTE_DAYS = 14
_DAY = timedelta(days=1)


class ArLateCharge(models.Model):
    _inherit = "ar.late.charge"

    @api.model
    def _pause_sources(self):
        """Return SQL of days on which items, or parts of them, bear no interest.

        Each has the columns item, first, last and amount; without an amount all of the
        item is meant. What is in question bears none while we look at it, however it
        ends. A plan may let charges stand still while it is kept.

        :rtype: list
        """
        return [
            SQL(
                """SELECT x.move_line_id AS item, d.opened_on AS first,
                          d.closed_on AS last, x.amount
                     FROM ar_dispute_line x
                     JOIN ar_dispute d ON d.id = x.dispute_id"""
            ),
            SQL(
                """SELECT x.move_line_id, p.start_on, p.closed_on, x.amount
                     FROM ar_payment_plan_line x
                     JOIN ar_payment_plan p ON p.id = x.plan_id
                    WHERE p.kind <> 'promise' AND p.charges = 'frozen'
                      AND p.start_on IS NOT NULL
                      AND NOT (p.charges_back AND p.state = 'broken')"""
            ),
        ]

    # === A PERSON'S DECISION === #

    @api.model
    def _decide(self, debtor, until, amounts, reason=None, note_date=None):
        """Post or waive what accrued for items of a customer, as a credit manager.

        The days are done with: what is not charged of them is waived.

        :param datetime.date until: the last day; not in the future
        :param dict amounts: ``{journal item id: what is charged}``; 0 waives
        :param str reason: why something is waived
        :param datetime.date note_date: of the invoice; default: today
        :return: the decisions
        :rtype: ar.late.charge
        :raise UserError: says what to do
        """
        debtor.ensure_one()
        debtor.check_access("write")
        if not self.env.su and not self.env.user.has_group(
            "ar_followup_plus.group_credit_manager"
        ):
            raise AccessError(
                self.env._("Only a credit manager charges or waives: please ask one.")
            )
        today = debtor.company_id._ar_today()
        if until > today:
            raise UserError(
                self.env._(
                    "Charges are known until today: %(day)s is in the future.",
                    day=format_date(self.env, until),
                )
            )
        self._claim(debtor.ids)
        reader = ChargeReader(self.env, debtor.ids, until)
        found = [reader.charges[item] for item in amounts if item in reader.charges]
        for charge in found:
            if charge.gap:
                raise UserError(charge.scheme.with_env(self.env)._no_rate(charge.gap))
        found = [charge for charge in found if charge.accrued]
        if not found:
            raise UserError(
                self.env._(
                    "Nothing accrued here that was not charged or waived already."
                )
            )
        posted = {}
        for charge in found:
            amount = round(amounts[charge.id] * charge.factor)
            if not 0 <= amount <= charge.accrued:
                raise ValidationError(
                    self.env._(
                        "For %(invoice)s between 0 and %(amount)s can be charged.",
                        invoice=charge.name,
                        amount=charge.currency.format(charge.amount),
                    )
                )
            posted[charge.id] = amount
        reason = (reason or "").strip()
        if not reason and any(posted[c.id] < c.accrued for c in found):
            raise ValidationError(
                self.env._("Say why charges are waived: colleagues will ask.")
            )
        return self.sudo()._write_decisions(
            reader, debtor, found, posted, until, reason, note_date or today
        )

    @api.model
    def _claim(self, debtor_ids):
        """Let nobody else decide on the same customers meanwhile.

        Written, not only locked: who read before sees a conflict and tries again.
        """
        self.env["ar.debtor"].flush_model()
        quietly(
            self.env,
            SQL(
                """UPDATE ar_debtor SET charged_at = %s WHERE id IN (
                       SELECT id FROM ar_debtor WHERE id = ANY(%s) ORDER BY id
                          FOR NO KEY UPDATE)
                RETURNING id""",
                self.env.cr.now(),
                list(debtor_ids),
            ),
        )
        self.env["ar.debtor"].invalidate_model(["charged_at"])

    def _write_decisions(self, reader, debtor, charges, posted, until, reason, day):
        """Write decisions as superuser, and the invoices for what is charged."""
        self._forget_cancelled([charge.move_id for charge in charges])
        notes = {}
        by_note = {}
        for charge in charges:
            if posted[charge.id]:
                key = charge.company_id, charge.currency
                by_note.setdefault(key, []).append(charge)
        for (company_id, currency), mine in by_note.items():
            note = self._make_note(
                debtor, self.env["res.company"].browse(company_id), currency, day,
                [(charge, posted[charge.id]) for charge in mine], until,
            )  # fmt: skip
            notes.update(dict.fromkeys((charge.id for charge in mine), note.id))
        vals_list = []
        for charge in charges:
            amount = posted[charge.id]
            vals_list.append(
                {
                    **charge_vals(reader, charge, debtor.company_id, until),
                    "amount_posted": amount / charge.factor,
                    "amount_waived": (charge.accrued - amount) / charge.factor,
                    "reason": reason if amount < charge.accrued else False,
                    "user_id": self.env.uid,
                    "note_id": notes.get(charge.id),
                }
            )
        decisions = self.create(vals_list)
        decisions.flush_recordset()
        return decisions

    def _forget_cancelled(self, move_ids):
        """Let decisions whose invoice was cancelled or deleted count no more."""
        self.search(
            [
                ("move_id", "in", move_ids),
                ("amount_posted", ">", 0),
                "|",
                ("note_id", "=", False),
                ("note_id.state", "=", "cancel"),
            ]
        ).write({"active": False})

    def _make_note(self, debtor, company, currency, day, charges, until):
        """Return a posted invoice for charges, with a line for each item.

        :param charges: pairs ``(Charge, amount in minor units)``
        """
        root = company._ar_root()
        if root.ar_charge_mode != "posted":
            raise UserError(
                self.env._(
                    "%(company)s shows late charges only: choose in the settings that "
                    "they are charged, or waive them.",
                    company=root.name,
                )
            )
        if debtor.is_stopped:
            raise UserError(debtor._why_held())
        root._ar_prepare_charges()
        root._ar_check_open(day)
        partner = debtor.partner_id
        partner = partner.browse(partner.address_get(["invoice"])["invoice"])
        lang = partner.lang or debtor.partner_id.lang or root.partner_id.lang
        env = self.with_context(lang=lang).env
        lines = [
            Command.create(
                {
                    "product_id": root.ar_charge_product_id.id,
                    "name": env._(
                        "Late-payment charges on %(invoice)s, due %(due)s, until %(day)s",
                        invoice=charge.name,
                        due=format_date(env, charge.due),
                        day=format_date(env, until),
                    ),
                    "quantity": 1,
                    "price_unit": amount / charge.factor,
                }
            )
            for charge, amount in charges
        ]
        note = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "journal_id": root.ar_charge_journal_id.id,
                    "currency_id": currency.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_payment_term_id": False,
                    "invoice_date_due": fields.Date.add(day, days=NOTE_DAYS),
                    "invoice_line_ids": lines,
                }
            )
        )
        note.action_post()
        return note


def charge_vals(reader, charge, company, until):
    """Return what a decision keeps of an item and its days."""
    return {
        "company_id": company.id,
        "debtor_id": charge.debtor_id,
        "move_line_id": charge.id,
        "move_id": charge.move_id,
        "move_name": charge.name,
        "date_due": charge.due,
        "currency_id": charge.currency.id,
        "date_from": charge.start,
        "date_to": until,
        "amount_fixed": charge.fixed_new / charge.factor,
        "calculation": lines_of(reader, charge),
    }


def lines_of(reader, charge):
    """Return a calculation as plain values, to be kept and shown.

    :rtype: list of dicts
    """
    return [
        {
            "from": fields.Date.to_string(line.first),
            "to": fields.Date.to_string(line.last),
            "days": line.days,
            "base": line.base / charge.factor,
            "rate": line.rate / 10_000,
            "basis": line.basis,
            "amount": line.exact / UNIT / charge.factor,
        }
        for line in reader.lines(charge)
    ]


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _ar_charge_night(self):
        """Keep what demands promised, and charge what is to be charged by now.

        A missed night is caught up: what counts is which days were decided on.
        """
        for company in self.search([("parent_id", "=", False)]):
            if company.ar_charge_mode == "posted":
                company._ar_charge_company()

    def _ar_charge_company(self):
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
            except CONFLICTS:
                raise
            except Exception as error:  # the others go on
                _logger.info("No charges for customer %s: %s", debtor_id, error)
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
        Charge.create(
            [
                {
                    **charge_vals(reader, charge, self, reader.until[self.id]),
                    "amount_waived": charge.waived_now / charge.factor,
                    "reason": self.env._(
                        "All was paid by the date of %(notice)s", notice=charge.kept
                    ),
                }
                for charge in found
            ]
        )

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


class ArNotice(models.Model):
    _inherit = "ar.notice"

    @api.model
    def _cron_watch(self):
        """Charge before the rest of the night decides."""
        self.env["res.company"].sudo()._ar_charge_night()
        return super()._cron_watch()
