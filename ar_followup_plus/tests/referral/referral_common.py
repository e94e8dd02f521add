"""A customer with two overdue invoices, and an agency."""

from odoo import Command

from ..common import ArCommon


class ReferralCommon(ArCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debtor = cls._debtor(cls.customer)
        cls.old = cls._invoice(cls.customer, 1000, 100)
        cls.young = cls._invoice(cls.customer, 200, 40)
        cls.contact = cls.env["res.partner"].create(
            {"name": "Quick Agency", "phone": "+1 555 0199"}
        )
        cls.agency = cls.env["ar.referral.partner"].create(
            {
                "partner_id": cls.contact.id,
                "company_id": cls.company.id,
                "agreement_on": "2026-01-01",
                "fee_ids": [
                    Command.create({"days_to": 90, "percent": 15, "minimum": 40}),
                    Command.create({"days_from": 91, "percent": 25, "fixed": 30}),
                ],
            }
        )

    def _lines(self, *invoices):
        return self.env["ar.open.item"].browse(self._items(*invoices).ids)

    def _propose(self, *invoices, user=None):
        """Return a proposal of invoices to the agency."""
        items = self._lines(*invoices).with_user(user or self.user_collector)
        items.invalidate_recordset()
        referral = self.env["ar.referral"].browse(items.action_refer()["res_id"])
        referral.with_user(user or self.user_collector).partner_id = self.agency
        return referral

    def _out(self, *invoices):
        """Return a referral that is with the agency."""
        referral = self._propose(*invoices).with_user(self.user_manager)
        referral.override_reason = "For a test"
        referral.action_approve()
        referral.action_send()
        self.env.flush_all()
        return referral

    def _referred(self, *invoices):
        """Return which invoices are with a partner; both shapes say the same."""
        self.env.flush_all()
        ids = {line.id: line.move_id for line in self._items(*invoices)}
        answers = []
        for shape in ("lookup", "all"):
            for debtor_ids in (None, self.debtor.ids):
                rows = self.env.execute_query_dict(
                    self.env["ar.open.item"]._query(shape, debtor_ids)
                )
                answers.append(
                    {
                        ids[row["id"]]
                        for row in rows
                        if row["id"] in ids and row["is_handed_over"]
                    }
                )
        self.assertFalse([one for one in answers if one != answers[0]])
        return sum(answers[0], self.env["account.move"])
