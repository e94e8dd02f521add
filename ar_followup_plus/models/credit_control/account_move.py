"""The credit check of invoices without an order, if a company requires accepted terms.

This is the only check of ours before a posting: off by default, and up to three
statements for a whole batch.
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.gate import Customer, Document, answer
from ...engine.hold import Hold
from ..credit_terms.credit_terms import CreditTerms
from .credit_check import ON_ACCOUNT, CreditCheck
from .credit_hold import CreditHold

READERS = "account.group_account_invoice,account.group_account_readonly"


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_gate_note = fields.Char(
        string="Before it is posted", compute="_compute_ar_gate_note", groups=READERS
    )

    @api.depends_context("uid", "lang")
    def _compute_ar_gate_note(self):
        """Show on a draft the warning, or the block, that its posting would cause."""
        for move in self:
            move.ar_gate_note = False
            if (
                move.state != "draft"
                or move.move_type not in ("out_invoice", "out_receipt")
                or not move._origin.id
                or not move._ar_gate_is_on()
            ):
                continue
            for check, found in move._origin.sudo()._ar_gate_answers().values():
                if found.what != "pass":
                    move.ar_gate_note = check.words(found)

    def action_ar_gate(self):
        """Show what the invoice lacks, and what can be done."""
        self.ensure_one()
        self.check_access("write")
        return self.env["ar.gate.ask"]._open(self.env["ar.debtor"], self)

    def _post(self, soft=True):
        # EXTENDS account: check before anything is written
        guarded = self.filtered(
            lambda m: (
                m.move_type in ("out_invoice", "out_receipt") and m._ar_gate_is_on()
            )
        )
        if guarded:
            guarded._ar_check_gate()
        return super()._post(soft)

    def _ar_gate_is_on(self):
        company = self.company_id.sudo()._ar_root()
        return company.ar_gate != "off" or company.ar_gate_invoices

    def _ar_check_gate(self):
        """Block invoices that may not be posted; list those that pass automatically."""
        answers = self.sudo()._ar_gate_answers(make=True)
        stopped, listed = [], self.env["ar.debtor"].sudo()
        for move_id, (check, found) in answers.items():
            move = self.browse(move_id)
            if found.what == "block":
                used = check.open_pass(move, found)
                if used:
                    used._use(move)
                else:
                    stopped.append((check, found, move))
            elif found.listed:
                listed |= check.debtor
        if stopped:
            CreditCheck.refuse(
                [(check, found) for check, found, _move in stopped[:10]],
                [move for _check, _found, move in stopped],
            )
        CreditCheck(listed).list_passed(self.company_id._ar_root())

    def _ar_gate_answers(self, make=False):
        """Return ``{move id: (check, answer)}`` of invoices with a warning or a block.

        Holds are read from the ledger, and not written: a posting must not wait for
        locks.

        :param bool make: also create missing debtors
        """
        Debtor = self.env["ar.debtor"]
        automatic = CreditCheck.is_automatic(self.env)
        result = {}
        for root in {move.company_id._ar_root() for move in self}:
            moves = self.filtered(lambda m, r=root: m.company_id._ar_root() == r)
            if make:
                Debtor._make_missing(root.ids, moves.commercial_partner_id.ids)
            setting = CreditCheck.setting(root)
            rows = self.env.execute_query(moves._ar_gate_sql(root))
            held = Debtor.browse({row[1] for row in rows if row[-1]})
            holds = CreditHold(held).judge() if held else {}
            for (
                move_id,
                debtor_id,
                credit,
                ordered,
                prepaid,
                needs,
                grace,
                _held,
            ) in rows:
                debtor = Debtor.browse(debtor_id)
                hold = holds.get(debtor, Hold())
                found = answer(
                    Document(
                        credit=credit,
                        delivered=ordered,
                        prepaid=prepaid,
                        automatic=automatic or self.browse(move_id).auto_post != "no",
                        invoice=True,
                    ),
                    Customer(needs, grace, hold.state == "hold"),
                    setting,
                )
                if found.what != "pass" or found.listed:
                    result[move_id] = (CreditCheck(debtor, hold), found)
        return result

    def _ar_gate_sql(self, root):
        """Return SQL with a row for each invoice: the input of the credit check.

        The terms of all customers are read once, and not again for each invoice.
        """
        for model in (
            "account.move",
            "account.move.line",
            "ar.debtor",
            "ar.credit.policy",
            "ar.credit.policy.acceptance",
        ):
            self.env[model].flush_model()
        return SQL(
            """WITH today AS MATERIALIZED (%(today)s),
                    terms AS MATERIALIZED (%(terms)s)
               SELECT m.id, d.id,
                      m.amount_total > 0
                      AND EXISTS (SELECT 1 FROM account_move_line l
                               WHERE l.move_id = m.id
                                 AND l.display_type = 'payment_term'
                                 AND l.date_maturity
                                     > COALESCE(m.invoice_date, today.day)),
                      %(ordered)s,
                      sum(m.amount_total_signed) OVER (
                          PARTITION BY d.id ORDER BY m.id) <= credit.amount,
                      terms.policy_id IS NOT NULL AND terms.acceptance_id IS NULL,
                      COALESCE(%(grace)s::date >= today.day, FALSE) AND EXISTS (
                          SELECT 1 FROM res_partner op
                            JOIN account_move old ON old.partner_id = op.id
                            JOIN res_company oc ON oc.id = old.company_id
                             AND split_part(oc.parent_path, '/', 1)::int = d.company_id
                           WHERE op.commercial_partner_id = d.partner_id
                             AND old.state = 'posted'
                             AND old.move_type IN ('out_invoice', 'out_receipt')
                             AND old.create_date < %(since)s),
                      COALESCE(d.hold_state, 'none') IN ('warn', 'hold')
                 FROM account_move m
                 CROSS JOIN today
                 JOIN ar_debtor d ON d.partner_id = m.commercial_partner_id
                                 AND d.company_id = %(company)s
                 LEFT JOIN terms ON terms.id = d.id
                 LEFT JOIN LATERAL (%(credit)s) credit ON TRUE
                WHERE m.id = ANY(%(ids)s) AND NOT %(charges)s""",
            today=root._ar_today_sql(),
            charges=self._ar_charges_sql(root.ar_charge_product_id.id),
            ordered=self._ar_ordered_sql(),
            credit=ON_ACCOUNT,
            grace=root.ar_gate_grace or None,
            since=root.ar_gate_since or fields.Datetime.now(),
            company=root.id,
            terms=CreditTerms.standing_sql(
                {root.id: SQL("(SELECT day FROM today)")},
                SQL("d.partner_id = ANY(%s)", self.commercial_partner_id.ids),
            ),
            ids=self.ids,
        )

    @api.model
    def _ar_charges_sql(self, product_id):
        """Return SQL that is true if ``m`` is for late charges, which give no credit.

        :param product_id: of such charges, or False
        """
        return SQL(
            """COALESCE((SELECT bool_and(cl.product_id IS NOT DISTINCT FROM %s)
                          FROM account_move_line cl
                         WHERE cl.move_id = m.id AND cl.display_type = 'product'
                           AND %s), FALSE)""",
            product_id or None,
            bool(product_id),
        )

    @api.model
    def _ar_ordered_sql(self):
        """Return SQL that is true for an invoice ``m`` of an order."""
        return SQL("FALSE")
