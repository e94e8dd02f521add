"""Nightly charges: waive them as offered in demands, and charge the rest.

For charges that turn out too high, propose a credit note.
"""

import logging
from datetime import date, timedelta

from odoo import Command, fields, models
from odoo.tools import SQL, format_amount

from ...engine.interest import DAYS, pieces, rounded
from ...engine.values import STAGE_RANK, STAGES
from ...tools.transactions import CONFLICTS, RACES, in_turn, is_free
from ..ledger.ledger_reader import Reader
from ..ledger.open_item_holds import HANDED_OVER
from .ar_late_charge_scheme import RATE_UNIT
from .charge_decision import charge_vals
from .charge_reader import ChargeReader

_logger = logging.getLogger(__name__)

#: Customers in one slice of the nightly run.
SLICE = 1000
#: Customers invoiced in one transaction, which locks their rows.
NOTES = 5
_DAY = timedelta(days=1)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _ar_charge_company(self):
        """Waive charges as offered in demands, and charge the rest that is due now.

        A missed night is caught up, because charging resumes after the last decided
        day. A company that no longer charges only credits excess charges.
        """
        self.ensure_one()
        until = self._ar_charge_until()
        charges = self.ar_charge_mode == "posted"
        may_charge = charges and self.ar_state in ("ask", "live") and not self.ar_paused
        self._ar_charge_try(self._ar_end_credits)
        debtors = self.env["ar.debtor"].search([("company_id", "=", self.id)]).ids
        for start in range(0, len(debtors), SLICE):
            part = debtors[start : start + SLICE]
            if charges:
                self._ar_charge_try(self._ar_waive_kept, part)
            self._ar_charge_try(self._ar_credit_too_high, part)
            if not may_charge:
                continue
            due = list(self._ar_to_charge(ChargeReader(self.env, part, until, self)))
            for first in range(0, len(due), NOTES):
                self._ar_charge_try(
                    self._ar_charge_some, due[first : first + NOTES], until
                )

    def _ar_charge_try(self, act, *arguments):
        """Call a method in its own transaction."""
        try:
            in_turn(self.env, lambda: act(*arguments))
        except CONFLICTS as conflict:
            if not is_free(self.env):
                raise  # nothing was rolled back
            _logger.debug("Somebody charges the same customers: %s", conflict)

    def _ar_charge_until(self):
        """Return the last day to charge tonight."""
        today = self._ar_today()
        if self.ar_charge_when == "monthly":
            return fields.Date.subtract(today.replace(day=1), days=1)
        return fields.Date.subtract(today, days=1)

    def _ar_charge_some(self, debtor_ids, until):
        """Charge some customers; report each failure without stopping the others."""
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
            except Exception as error:  # continue with the others
                self._ar_tell_failed(debtor, error)

    def _ar_tell_failed(self, debtor, error):
        """Notify the credit manager why the charges of a customer were not created."""
        _logger.info("No charges for customer %s: %s", debtor.id, error)
        debtor._ar_activity(
            "activity_check_notice",
            self.env._("Late charges could not be charged: %(why)s", why=error),
            self.ar_manager_id,
        )

    def _ar_waive_kept(self, debtor_ids):
        """Waive the charges of customers who met the payment date of a demand."""
        Charge = self.env["ar.late.charge"].sudo()
        reader = ChargeReader(self.env, debtor_ids, None, self)
        found = [c for c in reader.charges.values() if c.waived_now]
        if not found:
            return
        Charge._claim({charge.debtor_id for charge in found})
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
        except Exception:  # one of several: create the others
            for vals in vals_list:
                self._ar_waive_one(vals)

    def _ar_waive_one(self, vals):
        """Create one waiver; if it fails, report the reason and continue."""
        try:
            with self.env.cr.savepoint():
                self.env["ar.late.charge"].sudo().create(vals)
        except RACES:
            raise
        except Exception as error:  # continue with the others
            self._ar_tell_failed(self.env["ar.debtor"].browse(vals["debtor_id"]), error)

    def _ar_to_charge(self, reader):
        """Return the charges to post automatically now: ``{debtor id: [Charge]}``.

        Not before the payment date of a demand that offers to waive them. Like the
        ladder, also wait for the days that a bank takes and, if the company waits for
        its bank, until the books reach that day. If charged at a step: the charges of
        the items demanded there, again at each later step, and the rest when the
        invoice is paid. What is with a third party is claimed by it: charges accrue,
        and are not invoiced before it is back.
        """
        today = self._ar_today()
        referred = {
            item
            for (item,) in self.env.execute_query(
                SQL(
                    "SELECT l.id FROM account_move_line l WHERE l.id = ANY(%s) AND %s",
                    list(reader.charges),
                    HANDED_OVER,
                )
            )
        }
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
        known = today
        if any(charge.offered for charge in reader.charges.values()):
            reach = Reader(self.env, self).books_reach()
            known = min(today, reach + _DAY) if reach else today
        due = {}
        for charge in reader.charges.values():
            if not charge.accrued or charge.id in referred:
                continue
            if charge.offered and charge.offered >= known:
                continue
            if self.ar_charge_when == "step":
                sent = reached.get(charge.id)
                if not sent:
                    continue
                done = charge.covered and charge.covered >= sent - _DAY
                if done and not charge.closed:
                    continue
            due.setdefault(charge.debtor_id, []).append(charge)
        return self._ar_worth_charging(due)

    def _ar_worth_charging(self, due):
        """Leave out charges whose invoice would be below the company's minimum."""
        Charge = self.env["ar.late.charge"]
        kept = {}
        for debtor_id, charges in due.items():
            worth = Charge._worth_posting(
                self, [(c.company_id, c.currency, c.amount) for c in charges]
            )
            mine = [c for c in charges if (c.company_id, c.currency) in worth]
            if mine:
                kept[debtor_id] = mine
        return kept

    # === CHARGES THAT ARE TOO HIGH === #

    def _ar_end_credits(self):
        """End the activities about credit notes that are posted, cancelled or deleted."""
        known = self.env["ar.debtor"]._ar_activity_abouts("ar.late.charge").sudo()
        self.env["ar.debtor"]._ar_activity_over(
            known.filtered(lambda charge: charge.credit_id.state != "draft")
        )

    def _ar_credit_too_high(self, debtor_ids):
        """Propose credit notes for charges that turn out too high.

        The invoice was cancelled or corrected, a payment that met the date of a demand
        was booked late, or turned out to have arrived earlier. The person in charge
        checks and posts the draft; if one fails, the others continue.
        """
        Charge = self.env["ar.late.charge"].sudo()
        too_high = TooHigh(self, debtor_ids).amounts()
        if not too_high:
            return
        Charge._claim({charge.debtor_id.id for charge in too_high})
        for note, charges in Charge.concat(*too_high).grouped("note_id").items():
            amounts = {charge: too_high[charge] for charge in charges}
            try:
                with self.env.cr.savepoint():
                    charges._propose_credit(note, amounts)
            except RACES:
                raise
            except Exception as error:  # continue with the others
                _logger.info("No credit note for %s: %s", note.name, error)
                self.env.invalidate_all()
                charges.debtor_id[:1]._ar_activity(
                    "activity_check_notice",
                    self.env._(
                        "A credit note for %(number)s could not be made: %(why)s",
                        number=note.name,
                        why=error,
                    ),
                    self.ar_manager_id,
                )


class TooHigh:
    """Charges posted to debtors that are more than they owe by today's ledger.

    Changed settings have no effect on posted charges: recompute them with the rates of
    their own calculation, on the current amounts of the ledger.
    """

    def __init__(self, company, debtor_ids):
        self.env = company.env
        self.company = company
        self.debtor_ids = list(debtor_ids)

    def amounts(self):
        """Return the amounts to credit, ``{ar.late.charge: amount}``."""
        reader = ChargeReader(
            self.env, self.debtor_ids, None, self.company, also_off=True
        )
        doubtful = {
            charge.move_id: []
            for charge in reader.charges.values()
            if charge.posted and (charge.kept or charge.posted > charge.total)
        }
        for charge in reader.charges.values():
            if charge.move_id in doubtful:
                doubtful[charge.move_id].append(charge)
        decided = (
            self.env["ar.late.charge"]
            .sudo()
            .search(
                [
                    ("debtor_id", "in", self.debtor_ids),
                    ("amount_posted", ">", 0),
                    ("note_id.state", "=", "posted"),
                    "|",
                    ("move_id", "in", list(doubtful)),
                    ("move_id.state", "=", "cancel"),
                ],
                order="date_to desc, id desc",
            )
        )
        found = {}
        for move, mine in decided.grouped("move_id").items():
            if move.state == "cancel":
                found.update(self._credit(mine, sum(mine.mapped("amount_posted"))))
                continue
            for charge in doubtful[move.id]:
                ours = mine.filtered(
                    lambda one, c=charge, only=doubtful[move.id]: (
                        one.move_line_id.id == c.id
                        or (not one.move_line_id and only[0] is c)
                    )
                )
                found.update(self._credit(ours, self._excess(charge, ours)))
        return found

    def _excess(self, charge, decided):
        """Return the excess charged on one item, in major units."""
        if not decided:
            return 0
        posted = sum(decided.mapped("amount_posted"))
        kept = [
            one.amount_posted
            for one in decided
            if charge.kept and one.create_date.date() >= (charge.kept_since or date.min)
        ]
        lines = decided[0].calculation
        if lines is None or lines is False:
            return sum(kept)
        then = rounded(sum(_worth(charge, line, line["base"]) for line in lines))
        now = rounded(
            sum(
                _worth(charge, line, piece.base / charge.factor, piece)
                for line in lines
                for piece in pieces(charge.late, decided[0].date_to)
            )
        )
        fixed = charge.fixed
        if now < then or not charge.first:
            fixed = min(fixed, charge.band)
        right = min(now, then) + fixed
        return max(posted - right / charge.factor, sum(kept), 0)

    def _credit(self, decided, amount):
        """Return the allocation of an amount to credit to decisions, last one first.

        Deduct credits proposed before, and use up to the remaining amount of each
        invoice.
        """
        found = {}
        amount -= sum(decided.mapped("amount_credited"))
        for one in decided:
            note = one.note_id
            credits = note.reversal_move_ids.filtered(lambda m: m.state != "cancel")
            room = note.amount_untaxed - sum(credits.mapped("amount_untaxed"))
            room = min(room, one.amount_posted - one.amount_credited)
            part = one.currency_id.round(min(amount, room))
            if part > 0:
                found[one] = part
                amount -= part
        return found


def _worth(charge, line, base, piece=None):
    """Return the exact interest of an amount on the days of a line, in ``UNIT``.

    :param dict line: of a stored calculation
    :param Piece piece: only the days within it
    """
    first = fields.Date.from_string(line["from"])
    last = fields.Date.from_string(line["to"])
    if piece:
        first, last = max(first, piece.first), min(last, piece.last)
        base = min(base, line["base"])
    days = (last - first).days + 1
    if days <= 0:
        return 0
    rate = round(line["rate"] * RATE_UNIT)
    return round(base * charge.factor) * rate * days * (DAYS // line["basis"])


class ArLateCharge(models.Model):
    _inherit = "ar.late.charge"

    def _propose_credit(self, note, amounts):
        """Create a draft credit note for the excess charged with one invoice.

        :param dict amounts: ``{decision: amount}``
        """
        line = note.invoice_line_ids[:1]
        lang = note.partner_id.lang or note.company_id.partner_id.lang
        env = self.with_context(lang=lang).env
        credit = (
            self.env["account.move"]
            .with_company(note.company_id)
            .create(
                {
                    "move_type": "out_refund",
                    "reversed_entry_id": note.id,
                    "partner_id": note.partner_id.id,
                    "company_id": note.company_id.id,
                    "journal_id": note.journal_id.id,
                    "currency_id": note.currency_id.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": line.product_id.id,
                                "account_id": line.account_id.id,
                                "tax_ids": [Command.set(line.tax_ids.ids)],
                                "name": env._(
                                    "Late-payment charges on %(invoice)s",
                                    invoice=charge.move_name or charge.move_id.name,
                                ),
                                "price_unit": amount,
                            }
                        )
                        for charge, amount in amounts.items()
                    ],
                }
            )
        )
        for charge, amount in amounts.items():
            charge.credit_id = credit
            charge.amount_credited += amount
        text = self.env._(
            "Late charges of %(number)s turned out too high by %(amount)s: please check "
            "and post the credit note.",
            number=note.name,
            amount=format_amount(self.env, sum(amounts.values()), note.currency_id),
        )
        debtor = self.debtor_id[:1]
        debtor.message_post(body=text)
        debtor._ar_activity(
            "activity_agreement",
            text,
            debtor.company_id._ar_root().ar_manager_id,
            about=self[:1],
        )
