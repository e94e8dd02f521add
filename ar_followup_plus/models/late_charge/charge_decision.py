"""Posts or waives charges."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ...engine.interest import UNIT
from ...tools.transactions import quietly
from ..company.roles import require_manager
from .charge_reader import ChargeReader

#: Days until an invoice for charges is due.
NOTE_DAYS = 14


class ArLateCharge(models.Model):
    _inherit = "ar.late.charge"

    @api.model
    def _pause_sources(self):
        """Return SQL of days on which items, or parts of them, bear no interest.

        Each has the columns item, first, last and amount; without an amount the whole
        item is meant. A disputed amount bears no interest during the dispute, whatever
        its result. A payment plan can suspend charges while it is kept; the promise of
        a good payer does so once a year.

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
                    WHERE p.charges = 'frozen'
                      AND p.start_on IS NOT NULL
                      AND NOT (p.charges_back AND p.state = 'broken')"""
            ),
        ]

    def _settle_for_good(self, day):
        """Exempt invoices that were paid until a day from further charges.

        Called before the decisions on them are deleted: otherwise posted or waived
        charges could be charged again.
        """
        self.env["ar.debtor"].flush_model(["charges_settled_on"])
        self.env.cr.execute(
            SQL(
                """UPDATE ar_debtor
                      SET charges_settled_on = GREATEST(charges_settled_on, %s)
                    WHERE id IN (SELECT debtor_id FROM ar_late_charge
                                  WHERE id = ANY(%s))""",
                day,
                self.ids,
            )
        )
        self.env["ar.debtor"].invalidate_model(["charges_settled_on"])

    # === A PERSON'S DECISION === #

    @api.model
    def _decide(self, debtor, until, amounts, reason=None, note_date=None):
        """Post or waive the accrued charges of a customer's items, as a credit manager.

        The decision is final for these days: the part that is not posted is waived.

        :param datetime.date until: the last day; not in the future
        :param dict amounts: ``{journal item id: amount to post}``; 0 waives
        :param str reason: reason of a waiver
        :param datetime.date note_date: date of the invoice; default: today
        :return: the decisions
        :rtype: ar.late.charge
        :raise UserError: with a text that says what to do
        """
        debtor.ensure_one()
        debtor.check_access("write")
        require_manager(
            self.env,
            self.env._("Only a credit manager charges or waives: please ask one."),
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
        posted = self._amounts_posted(found, amounts)
        self._check_worth_posting(
            debtor.company_id._ar_root(),
            [(c.company_id, c.currency, posted[c.id] / c.factor) for c in found],
        )
        reason = (reason or "").strip()
        if not reason and any(posted[c.id] < c.accrued for c in found):
            raise ValidationError(
                self.env._("Say why charges are waived: colleagues will ask.")
            )
        return self.sudo()._write_decisions(
            reader, debtor, found, posted, until, reason, note_date or today
        )

    @api.model
    def _worth_posting(self, root, charges):
        """Return the charges whose invoice reaches the company's minimum.

        :param list charges: triples ``(company id, currency, amount)``
        :return: the pairs ``(company id, currency)`` that reach it
        """
        sums = {}
        for company_id, currency, amount in charges:
            key = company_id, currency
            sums[key] = sums.get(key, 0) + amount
        return {
            (company_id, currency)
            for (company_id, currency), amount in sums.items()
            if currency.compare_amounts(amount, root._ar_least_charge(currency)) >= 0
        }

    @api.model
    def _check_worth_posting(self, root, charges):
        """Check that each invoice reaches the company's minimum.

        :raise UserError: naming the amount and the minimum
        """
        charges = [entry for entry in charges if entry[2]]
        worth = self._worth_posting(root, charges)
        for company_id, currency, _amount in charges:
            if (company_id, currency) in worth:
                continue
            total = sum(e[2] for e in charges if e[:2] == (company_id, currency))
            raise UserError(
                self.env._(
                    "The invoice would be over %(amount)s, less than the smallest one "
                    "of %(least)s: wait until more accrued, or waive it.",
                    amount=currency.format(total),
                    least=currency.format(root._ar_least_charge(currency)),
                )
            )

    @api.model
    def _amounts_posted(self, found, amounts):
        """Return the amounts to post, in minor units: ``{journal item id: amount}``.

        :raise ValidationError: for a negative amount, or more than accrued
        """
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
        return posted

    @api.model
    def _claim(self, debtor_ids):
        """Prevent concurrent decisions on the same customers.

        Writes instead of only locking, so that a transaction that read before conflicts
        and tries again.
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
        """Write decisions as superuser, and the invoices for the posted charges."""
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

    def _make_note(self, debtor, company, currency, day, charges, until):
        """Post an invoice for charges, with a line for each item, and return it.

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
    """Return the values of a decision about an item and its days."""
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
    """Return a calculation as plain values, to store and show.

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
