"""Reductions of items that bear charges, by payments and credits, with their days."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.decision.cover import allocation
from ..ledger.ledger_reader import Reader
from ..ledger.money import IS_MONEY

CREDIT_KINDS = [
    ("correction", "Correction: it was never owed"),
    ("return", "Return: it was owed until then"),
    ("goodwill", "Goodwill: it was owed until then"),
]
#: The kind of reduction of debt ``l`` by journal item ``c`` of move ``cm``. A credit
#: note without a kind is a correction of the invoice that it was created from, and a
#: return for any other.
HOW = SQL(
    """CASE WHEN EXISTS (SELECT 1 FROM account_partial_reconcile x
                          WHERE x.exchange_move_id = cm.id) THEN 'exchange'
            WHEN cm.move_type = 'out_refund' OR cm.reversed_entry_id IS NOT NULL
            THEN COALESCE((SELECT k.kind FROM ar_credit_kind k
                            WHERE k.move_id = cm.id),
                          CASE WHEN cm.reversed_entry_id = l.move_id
                               THEN 'correction' ELSE 'return' END)
            WHEN %s THEN 'money'
            ELSE 'ours' END""",
    IS_MONEY,
)


class ArCreditKind(models.Model):
    """The kind that a person chose for a credit note; stored outside the books."""

    _name = "ar.credit.kind"
    _description = "Kind of a Credit Note"
    _rec_name = "kind"

    kind = fields.Selection(CREDIT_KINDS, required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    # Collectors may not read invoices
    move_id = fields.Many2one(
        "account.move",
        string="Credit note",
        required=True,
        readonly=True,
        ondelete="cascade",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _move_unique = models.Constraint(
        "UNIQUE (move_id)", "This credit note has a kind already."
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_credit_kind = fields.Selection(
        CREDIT_KINDS,
        string="For late charges",
        compute="_compute_ar_credit_kind",
        inverse="_inverse_ar_credit_kind",
        search="_search_ar_credit_kind",
        copy=False,
        help="A correction takes its amount off from the beginning, so that no late "
        "charges are left on it. Empty: a correction of the invoice that it was made "
        "from, and a return for any other.",
    )

    def _compute_ar_credit_kind(self):
        known = {
            one.move_id.id: one.kind
            for one in self.env["ar.credit.kind"]
            .sudo()
            .search([("move_id", "in", self.ids)])
        }
        for move in self:
            move.ar_credit_kind = known.get(move._origin.id, False)

    def _inverse_ar_credit_kind(self):
        # sudo: users who may write the credit note may choose its kind
        Kind = self.env["ar.credit.kind"].sudo()
        known = Kind.search([("move_id", "in", self.ids)]).grouped("move_id")
        for move in self:
            mine = known.get(move.sudo(), Kind)
            if not move.ar_credit_kind:
                mine.unlink()
            elif mine:
                mine.kind = move.ar_credit_kind
            else:
                Kind.create(
                    {
                        "move_id": move.id,
                        "company_id": move.company_id.id,
                        "kind": move.ar_credit_kind,
                    }
                )

    @api.model
    def _search_ar_credit_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        Kind = self.env["ar.credit.kind"].sudo()
        said = Kind.search([("kind", "in", [one for one in value if one])])
        domain = fields.Domain("id", "in", said.move_id.ids)
        if False in value:
            domain |= fields.Domain("id", "not in", Kind.search([]).move_id.ids)
        return domain


class ChargeLedger:
    """Read reductions into a reader's charges: a constant number of SQL statements."""

    def _read_changes(self):
        """Read the reductions by payments and credits, with their days.

        A correction removes an amount that was never owed: it counts from the due date
        on. A return and goodwill count from their own day. An exchange difference
        counts on the day of its payment or credit.
        """
        part = [
            charge.id
            for charge in self.charges.values()
            if charge.residual != charge.late.amount + charge.apart
        ]
        if not part:
            return
        changes, differences = {}, {}
        for item, day, how, amount in self.env.execute_query(
            SQL(
                """SELECT r.debit_move_id, c.date, %s AS how,
                          sum(r.debit_amount_currency)
                     FROM account_partial_reconcile r
                     JOIN account_move_line c ON c.id = r.credit_move_id
                     JOIN account_move cm ON cm.id = c.move_id
                     JOIN account_move_line l ON l.id = r.debit_move_id
                    WHERE r.debit_move_id = ANY(%s)
                    GROUP BY r.debit_move_id, c.date, how""",
                HOW,
                part,
            )
        ):
            charge = self.charges[item]
            taken = round(amount * charge.factor)
            if how == "exchange":
                differences[item] = differences.get(item, 0) + taken
            elif taken:
                day = charge.due if how == "correction" else day
                changes.setdefault(item, []).append((day, taken))
        for item, found in changes.items():
            charge = self.charges[item]
            last = max(day for day, _amount in found)
            if differences.get(item):
                found.append((last, differences[item]))
            self._change(charge, self._without_charges(charge, found))
            if not charge.residual:
                charge.closed = last

    def _without_charges(self, charge, changes):
        """Return the payments of the part of an item that bears interest.

        If an invoice has a line for charges, payments cover it last, or first if the
        company counts charges first. The uncovered rest of the charges is kept for the
        next changes.
        """
        left = charge.apart
        if not left or self._root(charge).ar_charge_order != "charges":
            return changes
        found = []
        for day, amount in sorted(changes):
            used = min(left, amount)
            left -= used
            found.append((day, amount - used))
        charge.apart = left
        return found

    @staticmethod
    def _change(charge, changes):
        late = charge.late
        charge.late = late._replace(changes=(*late.changes, *changes))

    def _root(self, charge):
        return self.env["res.company"].browse(charge.company_id)._ar_root()

    def _read_credits(self):
        """Let unmatched credits cover items, as for collectible amounts.

        Customers who paid must not owe interest just because we have not matched the
        bank yet. All open items are included, because a credit may be for one that is
        not due yet, or that bears no charges.
        """
        self._taken = {}  # {item: [(day, amount, whether it is money)]}
        kinds, by_root = {}, {}
        for debtor, root, line, kind in self.env.execute_query(
            SQL(
                """SELECT d.id, d.company_id, l.id, k.kind
                     FROM account_move_line l
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     LEFT JOIN ar_credit_kind k ON k.move_id = l.move_id
                     JOIN res_company co ON co.id = l.company_id
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN ar_debtor d ON d.partner_id = p.commercial_partner_id
                      AND d.company_id = split_part(co.parent_path, '/', 1)::int
                    WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency < 0
                      AND d.id = ANY(%s)""",
                list({charge.debtor_id for charge in self.charges.values()}),
            )
        ):
            kinds[line] = kind
            by_root.setdefault(root, set()).add(debtor)
        for root, debtor_ids in by_root.items():
            reader = Reader(self.env, self.env["res.company"].browse(root))
            items = {}
            for item in reader.read_items(list(debtor_ids)):
                items.setdefault(item.debtor_id, []).append(item)
            changes = {}
            for mine in items.values():
                for credit, item, amount in allocation(mine):
                    day = self._take(credit, item, amount, kinds.get(credit.id))
                    changes.setdefault(item.id, []).append((day, amount))
            for item_id in changes.keys() & self.charges.keys():
                charge = self.charges[item_id]
                self._change(charge, self._without_charges(charge, changes[item_id]))

    def _take(self, credit, item, amount, kind):
        """Record the reduction of an item by a credit; return its effective day."""
        is_note = credit.kind == "credit_note"
        if is_note and not kind and item.move_id in (credit.names or ()):
            kind = "correction"
        day = credit.issued or credit.due
        self._taken.setdefault(item.id, []).append((day, amount, not is_note))
        return item.due if kind == "correction" else day
