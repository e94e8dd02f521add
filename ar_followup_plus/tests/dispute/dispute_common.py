"""A customer with an invoice, and reasons to contest it."""

from odoo.tests import freeze_time

from ...models.dispute.dispute_intake import DisputeIntake
from ..delivery.sending_common import SendingCommon


class DisputeCommon(SendingCommon):
    """Disputes are opened on Tuesday, 10 March 2026; working days are Monday to Friday.

    The price is answered within five of them: by the 17th. Nothing is sent about the
    invoice before the 18th.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.ar_manager_id = cls.user_manager
        cls.price = cls._reason("price")

    @classmethod
    def _reason(cls, code):
        return cls.env.ref(f"ar_followup_plus.ar_dispute_reason_{code}")

    def _dispute(self, invoice, amount=None, reason=None, **values):
        """Open a dispute of an amount, oldest due first; default: all."""
        debtor = self._debtor(invoice.partner_id, invoice.company_id.root_id)
        amounts = None
        if amount is not None:
            amounts = DisputeIntake(debtor).spread(invoice, amount)
        return DisputeIntake(debtor).open(
            invoice, reason or self.price, amounts=amounts, **values
        )

    def _item(self, invoice):
        """Return the open items of an invoice, read afresh."""
        self.env.flush_all()
        self.env["ar.open.item"].invalidate_model()
        return self.env["ar.open.item"].search([("move_id", "=", invoice.id)])

    def _held(self, invoice):
        """Return ``[(disputed, waiting)]`` of the items of an invoice.

        Both shapes of the query say the same.
        """
        items = self._item(invoice)
        found = [(i.amount_disputed, i.amount_waiting) for i in items]
        rows = self.env.execute_query_dict(
            self.env["ar.open.item"]._query("all", items.debtor_id.ids)
        )
        rows = {row["id"]: row for row in rows}
        grouped = [
            (float(rows[i.id]["amount_disputed"]), float(rows[i.id]["amount_waiting"]))
            for i in items
        ]
        self.assertEqual(found, grouped)
        return found

    def _on(self, day):
        """Let it be a day in March 2026."""
        return freeze_time(f"2026-03-{day:02} 10:00:00")

    def _watch(self):
        self.env["ar.dispute"].sudo()._watch()
        self.env.flush_all()
