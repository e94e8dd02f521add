"""What was charged or waived stays settled when it is deleted or made anonymous."""

from datetime import date, datetime

from ...models.late_charge.accrued_charges import AccruedCharges
from .test_retention import RetentionCommon


class TestRetentionCharges(RetentionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        scheme = cls._scheme("Nine percent", 9)
        cls.company.write(
            {
                "ar_charge_mode": "posted",
                "ar_charge_scheme_id": scheme.id,
                "ar_charge_since": date(2025, 1, 1),
            }
        )
        cls.bea = cls._customer("Bea Blue", is_company=False)
        cls.sole = cls._debtor(cls.bea, kind="sole_trader")

    def _decided(self, amount):
        """Let 1,000.00 be 56 days late, which is 13.81, and decide on it."""
        invoice = self._invoice(self.bea, 1000, 56)
        Charge = self.env["ar.late.charge"]
        [item] = self._items(invoice)
        charge = Charge._decide(self.sole, self.today, {item.id: amount}, "Goodwill")
        self._pay(invoice)
        if charge.note_id:
            self._pay(charge.note_id)
        return charge

    def test_charged_and_paid_is_not_charged_again(self):
        for amount in (13.81, 0):
            charge = self._decided(amount)
            self.assertFalse(AccruedCharges(self.sole).together())
            self._stamp()
            self.env.cr.execute(
                "UPDATE ar_late_charge SET create_date = %s", [datetime.now()]
            )
            ask = self.env["ar.person.ask"].with_user(self.user_manager)
            action = ask.create(
                {"partner_id": self.bea.id, "reason": "Asked for by letter"}
            ).action_anonymise()
            found = self.env["ar.retention"].browse(action["res_id"])
            found.with_user(self.user_manager).action_confirm()
            self._run(datetime.now().isoformat(" "))
            self.assertEqual(found.state, "done")
            self.assertFalse(charge.exists())
            self.assertFalse(AccruedCharges(self.sole).together())
            self.company.sudo()._ar_charge_company()
            self.assertFalse(
                self.env["ar.late.charge"].search([("debtor_id", "=", self.sole.id)])
            )
