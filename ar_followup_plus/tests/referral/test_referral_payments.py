"""Payments while items are referred: to us, and to the partner."""

from odoo.exceptions import AccessError, UserError, ValidationError

from .referral_common import ReferralCommon


class TestReferralPayments(ReferralCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("ar_followup_plus.activity_referral")

    def _told(self):
        return self.debtor.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.kind
        )

    def _enter(self, referral, gross, commission, user=None, **values):
        wizard = (
            self.env["ar.referral.pay"]
            .with_user(user or self.user_collector)
            .create(
                {
                    "referral_id": referral.id,
                    "gross": gross,
                    "commission": commission,
                    "reference": "File 77",
                    **values,
                }
            )
        )
        wizard.action_apply()
        return referral.sudo().payment_ids[:1]

    def test_paid_to_us(self):
        referral = self._out(self.old, self.young)
        self.env["ar.referral"]._watch()
        self.assertFalse(self._told())
        self._pay(self.old, 300)
        self.env["ar.referral"]._watch()
        self.assertEqual(referral.amount_open, 900)
        self.assertRegex(
            self._told().summary,
            r"Tell Quick Agency: \$\s?300.00 was paid or credited to us, "
            r"\$\s?900.00 is",
        )
        self._told().unlink()
        self.env["ar.referral"]._watch()
        self.assertFalse(self._told(), "Told once")
        self._items(self.old).remove_move_reconcile()
        self.env["ar.referral"]._watch()
        self.assertRegex(self._told().summary, r"\$\s?300.00 was returned")
        self.assertEqual(referral.amount_open, 1200)

    def test_paid_in_full(self):
        referral = self._out(self.old)
        self._pay(self.old)
        self.env["ar.referral"]._watch()
        self.assertEqual(
            (referral.state, referral.outcome, referral.recovered),
            ("closed", "paid", 1000),
        )
        self.assertIn("is still open", self._told().summary)

    def test_paid_to_the_partner(self):
        referral = self._out(self.old)
        payment = self._enter(referral, 400, 100)
        self.assertEqual(payment.net, 300)
        draft, bill = payment.payment_id, payment.bill_id
        self.assertEqual(
            (draft.state, draft.payment_type, draft.partner_id, draft.amount),
            ("draft", "inbound", self.customer, 400),
        )
        self.assertEqual(
            (bill.state, bill.move_type, bill.partner_id, bill.amount_total, bill.ref),
            ("draft", "in_invoice", self.contact, 100, "File 77"),
        )
        # Nothing changes in the ledger until accounting posts; 600 can still be paid
        self.assertEqual(referral.amount_open, 1000)
        with self.assertRaisesRegex(ValidationError, "more than is still open"):
            self._enter(referral, 600.01, 0)
        draft.action_post()
        self._match(draft, self.old)
        self.env["ar.referral"]._watch()
        self.assertEqual(referral.amount_open, 600)
        self.assertFalse(self._told(), "The partner knows")
        # The rest to us
        self._pay(self.old)
        self.env["ar.referral"]._watch()
        self.assertRegex(self._told().summary, r"\$\s?600.00 was paid or credited")
        self.assertEqual((referral.state, referral.recovered), ("closed", 1000))

    def test_without_commission(self):
        payment = self._enter(self._out(self.old), 400, 0)
        self.assertTrue(payment.payment_id)
        self.assertFalse(payment.bill_id)

    def test_bad_amounts(self):
        referral = self._out(self.old)
        for gross, commission, words in (
            (1000.01, 0, "more than is still open"),
            (0, 0, "amount that was paid"),
            (-5, 0, "amount that was paid"),
            (100, 101, "commission"),
            (100, -1, "commission"),
        ):
            with (
                self.subTest(gross=gross, commission=commission),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self._enter(referral, gross, commission)
        with self.assertRaisesRegex(ValidationError, "future"):
            self._enter(referral, 100, 1, paid_on=self._ago(-1))
        with self.assertRaises(AccessError):
            self._enter(referral, 100, 1, user=self.user_accountant)
        self.assertFalse(referral.payment_ids)
        proposal = self._propose(self.young)
        with self.assertRaisesRegex(UserError, "with a partner"):
            self._enter(proposal, 100, 1)

    def test_amounts_add_up(self):
        """Referred = paid to us + paid to the partner + open, at any time."""
        referral = self._out(self.old)
        [line] = referral.line_ids

        def adds_up():
            self.env["ar.referral"]._watch()
            booked = line.sudo()._by_partner().get(line.id, 0)
            self.assertEqual(line.amount, line.amount_told + booked + line.amount_open)

        adds_up()
        self._pay(self.old, 250)
        adds_up()
        draft = self._enter(referral, 100, 20).payment_id
        adds_up()
        draft.action_post()
        self._match(draft, self.old)
        adds_up()
        self._credit(self.customer, 50, self.old, match=True)
        adds_up()
        self.assertEqual((line.amount_told, line.amount_open), (300, 600))
