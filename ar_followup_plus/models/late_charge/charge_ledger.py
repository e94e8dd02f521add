"""What payments and credits took off the items that bear charges, and when."""

from odoo import fields, models
from odoo.tools import SQL

from ...engine.decision.cover import allocation
from ..ledger.ledger_reader import Reader
from ..ledger.money import IS_MONEY

#: What a journal item ``c`` of a move ``cm`` is for the debt ``l`` that it reduces.
#: A credit note that says no kind is a correction of the invoice that it was made
#: from, and a return for any other.
HOW = SQL(
    """CASE WHEN EXISTS (SELECT 1 FROM account_partial_reconcile x
                          WHERE x.exchange_move_id = cm.id) THEN 'exchange'
            WHEN cm.move_type = 'out_refund' OR cm.reversed_entry_id IS NOT NULL
            THEN COALESCE(cm.ar_credit_kind,
                          CASE WHEN cm.reversed_entry_id = l.move_id
                               THEN 'correction' ELSE 'return' END)
            WHEN %s THEN 'money'
            ELSE 'ours' END""",
    IS_MONEY,
)


class AccountMove(models.Model):
    _inherit = "account.move"

    ar_credit_kind = fields.Selection(
        [
            ("correction", "A correction: it was never owed"),
            ("return", "A return: it was owed until then"),
            ("goodwill", "Goodwill: it was owed until then"),
        ],
        string="For late charges",
        copy=False,
        help="A correction takes its amount off from the beginning, so that no late "
        "charges are left on it. Empty: a correction of the invoice that it was made "
        "from, and a return for any other.",
    )


class ChargeLedger:
    """Read into the charges of a reader, in a constant number of SQL statements."""

    def _read_changes(self):
        """Read what payments and credits took off, and on which day.

        A correction says what was never owed: it counts from the due date on. A return
        and goodwill count from their own day. A difference of exchange rates counts on
        the day of what it belongs to.
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
        """Return what was paid of the part of an item that bears interest.

        Of an invoice with a line for charges: payments count for these last, or first
        if the company counts charges first.
        """
        left = charge.apart
        if not left or self._root(charge).ar_charge_order != "charges":
            return changes
        found = []
        for day, amount in sorted(changes):
            used = min(left, amount)
            left -= used
            found.append((day, amount - used))
        return found

    @staticmethod
    def _change(charge, changes):
        late = charge.late
        charge.late = late._replace(changes=(*late.changes, *changes))

    def _root(self, charge):
        return self.env["res.company"].browse(charge.company_id)._ar_root()

    def _read_credits(self):
        """Let credits that nobody matched cover items, as they do for what is asked.

        Who paid owes no interest because we have not looked at the bank yet. All open
        items take part, for a credit may be for one that is not due yet.
        """
        self._taken = {}  # {item: [(day, amount, whether it is money)]}
        kinds, by_root = {}, {}
        for debtor, root, line, kind in self.env.execute_query(
            SQL(
                """SELECT d.id, d.company_id, l.id, m.ar_credit_kind
                     FROM account_move_line l
                     JOIN account_account a
                       ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                     JOIN account_move m ON m.id = l.move_id
                     JOIN res_company co ON co.id = l.company_id
                     JOIN res_partner p ON p.id = l.partner_id
                     JOIN ar_debtor d ON d.partner_id = p.commercial_partner_id
                      AND d.company_id = split_part(co.parent_path, '/', 1)::int
                    WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                      AND l.amount_residual_currency < 0
                      AND d.id = ANY(%s)""",
                list({c.debtor_id for c in self.charges.values() if c.residual > 0}),
            )
        ):
            kinds[line] = kind
            by_root.setdefault(root, set()).add(debtor)
        for root, debtor_ids in by_root.items():
            reader = Reader(self.env, self.env["res.company"].browse(root))
            items = {}
            for item in reader.read_items(list(debtor_ids)):
                items.setdefault(item.debtor_id, []).append(item)
            for mine in items.values():
                for credit, item, amount in allocation(mine):
                    self._take(credit, item, amount, kinds.get(credit.id))

    def _take(self, credit, item, amount, kind):
        """Note what a credit takes off an item."""
        is_note = credit.kind == "credit_note"
        if is_note and not kind and item.move_id in credit.names:
            kind = "correction"
        day = credit.issued or credit.due
        self._taken.setdefault(item.id, []).append((day, amount, not is_note))
        charge = self.charges.get(item.id)
        if charge:
            day = charge.due if kind == "correction" else day
            self._change(charge, [(day, amount)])
